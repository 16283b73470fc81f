//! One team: who is in it, what it may do, its settings, and its end.

use axum::{extract::State, response::Response};
use http::StatusCode;
use kernel::{Error, Kind, Result, TeamId};
use serde::de::IgnoredAny;
use web::{
    ListQuery, Path,
    page::{Markup, PageShell, html, page, see_other},
};

use super::{
    Shown, done,
    team_parts::TeamPage,
    teams::{self, LABELS, Sent, text},
};
use crate::{
    Identity, Person, SafeForm, Scope, TeamChange, TeamDetails, Visibility, Visitor,
    service::TeamPlace,
};

pub(super) async fn show(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path((_, team)): Path<(String, String)>,
    query: ListQuery,
) -> Shown {
    let known = Known::read(&identity, &visitor, id(&team)?, &query).await?;
    let mut shell = known.shell(&visitor);
    if let Some((tone, text)) = done(query.get("done")) {
        shell = shell.flash(tone, text);
    }
    Ok(page(shell, known.markup(&visitor, &Sent::new(), None)))
}

/// Changes what the team is.
pub(super) async fn update(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path((_, team)): Path<(String, String)>,
    SafeForm(form): SafeForm<Sent>,
) -> Shown {
    let change = TeamChange {
        name: Some(text(&form, "name").to_owned()),
        visibility: Visibility::parse(text(&form, "visibility")),
        sso_team_id: Some(text(&form, "sso-team-id").to_owned()),
        allow_member_token_management: Some(form.contains_key("allow-member-token-management")),
        ..TeamChange::default()
    };
    let changed = identity.update_team(&visitor.context, id(&team)?, change).await;
    answer(&identity, &visitor, (&team, "saved"), &form, changed.map(drop)).await
}

/// Changes what the team may do in the whole organization. What the page does not show stays.
pub(super) async fn set_access(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path((_, team)): Path<(String, String)>,
    SafeForm(form): SafeForm<Sent>,
) -> Shown {
    let words = LABELS.iter().map(|label| (label.word, form.contains_key(label.word))).collect();
    let change = TeamChange { organization_access: words, ..TeamChange::default() };
    let changed = identity.update_team(&visitor.context, id(&team)?, change).await;
    answer(&identity, &visitor, (&team, "saved"), &Sent::new(), changed.map(drop)).await
}

pub(super) async fn add_member(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path((_, team)): Path<(String, String)>,
    SafeForm(form): SafeForm<Sent>,
) -> Shown {
    let people = vec![Person::User(text(&form, "member").to_owned())];
    let added = identity.add_team_members(&visitor.context, id(&team)?, people).await;
    // The service names the place in a list; on the page there is one field.
    let added = added.map_err(|error| match error.kind() {
        Kind::Invalid => Error::invalid("member", error.to_string()),
        _ => error,
    });
    answer(&identity, &visitor, (&team, "joined"), &form, added).await
}

pub(super) async fn remove_member(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path((_, team)): Path<(String, String)>,
    SafeForm(form): SafeForm<Sent>,
) -> Shown {
    let people = vec![Person::Membership(text(&form, "membership").to_owned())];
    let removed = identity.remove_team_members(&visitor.context, id(&team)?, people).await;
    answer(&identity, &visitor, (&team, "left"), &form, removed).await
}

pub(super) async fn delete(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path((organization, team)): Path<(String, String)>,
    SafeForm(_): SafeForm<IgnoredAny>,
) -> Shown {
    identity.delete_team(&visitor.context, id(&team)?).await?;
    Ok(see_other(&format!("{}?done=deleted", teams::path(&organization))))
}

fn id(text: &str) -> Result<TeamId> {
    text.parse().map_err(|_| Error::not_found())
}

/// The page again: as it is now, or with what was sent and what is wrong with it.
async fn answer(
    identity: &Identity,
    visitor: &Visitor,
    (team, word): (&str, &str),
    form: &Sent,
    outcome: Result<()>,
) -> Shown<Response> {
    let id = id(team)?;
    let known = Known::read(identity, visitor, id, &ListQuery::default()).await;
    match outcome {
        Ok(()) => {
            // Whoever takes themselves out may not see the team any more.
            let Ok(known) = known else { return Ok(see_other("/app?done=left")) };
            let path = teams::path(&known.scope.organization.name);
            Ok(see_other(&format!("{path}/{id}?done={word}")))
        }
        Err(error) => {
            let status = match error.kind() {
                Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
                Kind::Conflict => StatusCode::CONFLICT,
                Kind::Forbidden => StatusCode::FORBIDDEN,
                _ => return Err(error.into()),
            };
            let known = known?;
            let shell = known.shell(visitor).status(status).about(&error);
            Ok(page(shell, known.markup(visitor, form, Some(&error))))
        }
    }
}

/// What the page shows.
struct Known {
    scope: Scope,
    details: TeamDetails,
    places: Vec<TeamPlace>,
    search: String,
    number: u32,
}

impl Known {
    async fn read(
        identity: &Identity,
        visitor: &Visitor,
        id: TeamId,
        query: &ListQuery,
    ) -> Result<Self> {
        let (scope, details) = identity.read_team(&visitor.context, id).await?;
        let places = identity.team_places(&scope, id).await?;
        let search = query.get("search").unwrap_or_default().to_owned();
        let number = web::page::page_request(query).number();
        Ok(Self { scope, details, places, search, number })
    }

    fn shell(&self, visitor: &Visitor) -> PageShell {
        let team = &self.details.team;
        let path = teams::path(&self.scope.organization.name);
        teams::shell(visitor, &self.scope, &team.name)
            .crumb(&team.name, format!("{path}/{}", team.id))
    }

    fn markup(&self, visitor: &Visitor, form: &Sent, error: Option<&Error>) -> Markup {
        let page = TeamPage {
            visitor,
            scope: &self.scope,
            details: &self.details,
            places: &self.places,
            search: &self.search,
            number: self.number,
            form,
            error,
        };
        html! { (page.markup()) }
    }
}
