//! Which policies people and teams are given.
//!
//! They are written down by name and stay with whoever had that name then: an entry holds the id,
//! and counts for nobody else who takes the name later.

use db::Tx;
use identity::{Presented, Who, audit, names::fold, person_named, team_named};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    backend::{Answer, Call},
    fault::Fault,
    issue::clean,
    response::Response,
    token::ROOT,
    view::View,
};

const USER: &str = "user/";
const TEAM: &str = "team/";

/// What somebody is given.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Entry {
    /// Whose it is.
    id: String,
    /// As they write their name, or the team's.
    name: String,
    policies: Vec<String>,
}

fn user_key(name: &str) -> String {
    format!("{USER}{}", fold(name))
}

fn team_key(organization: &str, team: &str) -> String {
    format!("{TEAM}{}/{}", fold(organization), fold(team))
}

/// The policies that somebody is given, by themselves and by their teams.
pub(super) fn policies(
    tx: &mut Tx<'_>,
    view: &View,
    presented: &Presented,
) -> kernel::Result<Vec<String>> {
    let mut given = Vec::new();
    if let Who::User(user) = presented.who {
        given.push((user_key(&presented.name), user.to_string()));
    }
    let teams = presented.teams.iter();
    given.extend(teams.map(|team| (team_key(&team.organization, &team.name), team.id.to_string())));
    let mut policies = Vec::new();
    for (key, id) in given {
        let entry: Option<Entry> = view.get(tx, &key)?;
        let theirs = entry.filter(|entry| entry.id == id);
        policies.extend(theirs.into_iter().flat_map(|entry| entry.policies));
    }
    Ok(clean(&policies, true))
}

fn key(call: &Call<'_>) -> Result<String, Fault> {
    let text = |name: &str| call.input.text_or_empty(name);
    Ok(match call.path.name {
        "user" => user_key(&text("name")?),
        _ => team_key(&text("organization")?, &text("team")?),
    })
}

pub(super) async fn list(call: &Call<'_>) -> Answer {
    let prefix = match call.path.name {
        "users" => USER.to_owned(),
        "organizations" => TEAM.to_owned(),
        _ => team_key(&call.input.text_or_empty("organization")?, ""),
    };
    let view = call.view()?;
    let keys = call.core.db().read(move |tx| view.list(tx, &prefix)).await?;
    let mut names: Vec<String> = keys
        .into_iter()
        .map(|key| key.split_once('/').map(|(folder, _)| format!("{folder}/")).unwrap_or(key))
        .collect();
    names.dedup();
    Ok(Some(Response::keys(names)))
}

pub(super) async fn read(call: &Call<'_>) -> Answer {
    let (view, key) = (call.view()?, key(call)?);
    let entry: Option<Entry> = call.core.db().read(move |tx| view.get(tx, &key)).await?;
    Ok(entry.map(|entry| {
        let Entry { id, name, policies } = entry;
        Response::data(json!({ "id": id, "name": name, "policies": policies }))
    }))
}

pub(super) async fn write(call: &Call<'_>) -> Answer {
    let policies = clean(&call.input.texts("policies")?.unwrap_or_default(), true);
    if policies.is_empty() {
        return Err(Fault::refused("missing policies"));
    }
    if policies.iter().any(|policy| policy == ROOT) {
        return Err(Fault::refused("auth methods cannot create root tokens"));
    }
    let key = key(call)?;
    let text = |name: &str| call.input.text_or_empty(name);
    let (user, organization, team) = (text("name")?, text("organization")?, text("team")?);
    let is_user = call.path.name == "user";
    let (view, context) = (call.view()?, call.context.clone());
    let written = call.core.db().write(move |tx| {
        let found = if is_user {
            person_named(tx, &user)?.map(|(id, name)| (id.to_string(), name))
        } else {
            team_named(tx, &organization, &team)?.map(|team| (team.id.to_string(), team.name))
        };
        let Some((id, name)) = found else {
            return Ok(Err(Fault::refused(if is_user {
                format!("there is nobody called {user:?} on this server")
            } else {
                format!("there is no team {team:?} in an organization {organization:?}")
            })));
        };
        let event = audit::Event::new("map", "credential-policies", &id)
            .named(name.as_str())
            .with("policies", policies.clone());
        view.put(tx, &key, &Entry { id, name, policies: policies.clone() })?;
        audit::record(tx, &context, &event)?;
        Ok(Ok(None))
    });
    written.await?
}

pub(super) async fn delete(call: &Call<'_>) -> Answer {
    let (view, key, context) = (call.view()?, key(call)?, call.context.clone());
    call.core
        .db()
        .write(move |tx| {
            let Some(entry) = view.get::<Entry>(tx, &key)? else { return Ok(()) };
            view.delete(tx, &key)?;
            let event = audit::Event::new("unmap", "credential-policies", &entry.id);
            audit::record(tx, &context, &event.named(entry.name.as_str()))
        })
        .await?;
    Ok(None)
}
