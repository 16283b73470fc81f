//! Who is in a team: the vendor names people by their user name here, and memberships by id.

use axum::{extract::State, http::StatusCode};
use kernel::{Result, TeamId};
use web::{
    Answer, Path,
    body::{LinkageItem, Linkages},
};

use crate::{Caller, Identity, Person};

pub(super) async fn add_users(
    State(identity): State<Identity>,
    caller: Caller,
    Path(team): Path<TeamId>,
    Linkages(items): Linkages,
) -> Answer<StatusCode> {
    let people = people(&items, "users", Person::User)?;
    identity.add_team_members(&caller.context, team, people).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn remove_users(
    State(identity): State<Identity>,
    caller: Caller,
    Path(team): Path<TeamId>,
    Linkages(items): Linkages,
) -> Answer<StatusCode> {
    let people = people(&items, "users", Person::User)?;
    identity.remove_team_members(&caller.context, team, people).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn add_memberships(
    State(identity): State<Identity>,
    caller: Caller,
    Path(team): Path<TeamId>,
    Linkages(items): Linkages,
) -> Answer<StatusCode> {
    let people = people(&items, "organization-memberships", Person::Membership)?;
    identity.add_team_members(&caller.context, team, people).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn remove_memberships(
    State(identity): State<Identity>,
    caller: Caller,
    Path(team): Path<TeamId>,
    Linkages(items): Linkages,
) -> Answer<StatusCode> {
    let people = people(&items, "organization-memberships", Person::Membership)?;
    identity.remove_team_members(&caller.context, team, people).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn people(items: &[LinkageItem], kind: &str, person: fn(String) -> Person) -> Result<Vec<Person>> {
    let one = |item: &LinkageItem| {
        if !item.kind.is_empty() && item.kind != kind {
            return Err(item.invalid_member("type", format!("this must be \"{kind}\" here")));
        }
        let id = item.id.clone().ok_or_else(|| item.invalid_member("id", "is missing"))?;
        Ok(person(id))
    };
    items.iter().map(one).collect()
}
