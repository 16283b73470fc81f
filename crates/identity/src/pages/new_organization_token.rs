//! The form for a new token of an organization or of one of its teams.

use axum::extract::State;
use http::StatusCode;
use kernel::{Error, Kind, Result, Secret, TeamId};
use web::{
    ListQuery, Path,
    page::{
        Button, Choice, Markup, Problems, Select, button, button_link, card, heading, html, page,
        post_form, select,
    },
};

use super::{
    Shown,
    organization_tokens::{made, path, shell},
    token_form::{FIELDS, TokenForm},
};
use crate::{
    Identity, Lifetimes, LimitedKind, OrganizationTokenKind, SafeForm, Scope, Team, Token, Visitor,
    lifetime::in_words,
};

pub(super) async fn new(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path(organization): Path<String>,
    query: ListQuery,
) -> Shown {
    let kind = query.get("kind").unwrap_or("team");
    let form = TokenForm::of_kind(kind, query.get("team").unwrap_or_default());
    let known = Known::read(&identity, &visitor, &organization).await?;
    Ok(page(shell(&visitor, &known.scope), known.markup(&visitor, &form, None)))
}

pub(super) async fn create(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path(organization): Path<String>,
    SafeForm(form): SafeForm<TokenForm>,
) -> Shown {
    match make(&identity, &visitor, &organization, &form).await {
        Ok((token, secret)) => {
            let scope = identity.read_organization(&visitor.context, &organization).await?;
            Ok(made(&identity, &visitor, &scope, &token, secret.expose()))
        }
        Err(error) if error.kind() == Kind::Invalid => {
            let known = Known::read(&identity, &visitor, &organization).await?;
            let shell = shell(&visitor, &known.scope).status(StatusCode::UNPROCESSABLE_ENTITY);
            Ok(page(shell, known.markup(&visitor, &form, Some(&error))))
        }
        Err(error) => Err(error.into()),
    }
}

async fn make(
    identity: &Identity,
    visitor: &Visitor,
    organization: &str,
    form: &TokenForm,
) -> Result<(Token, Secret<String>)> {
    let context = &visitor.context;
    let new = form.new_token(context.now)?;
    let kind = match form.kind.as_str() {
        "organization" => OrganizationTokenKind::Organization,
        "audit-trails" => OrganizationTokenKind::AuditTrails,
        _ => {
            let team: TeamId =
                form.team.parse().map_err(|_| Error::invalid("team", "choose a team"))?;
            return identity.create_team_token(context, team, new).await;
        }
    };
    identity.create_organization_token(context, organization, kind, new).await
}

/// What the page shows.
struct Known {
    scope: Scope,
    teams: Vec<Team>,
    lifetimes: Lifetimes,
}

impl Known {
    async fn read(identity: &Identity, visitor: &Visitor, organization: &str) -> Result<Self> {
        let context = &visitor.context;
        let (scope, teams) = identity.teams_to_keep_tokens_of(context, organization).await?;
        let (_, lifetimes) = identity.lifetimes(context, organization).await?;
        Ok(Self { scope, teams, lifetimes })
    }

    fn markup(&self, visitor: &Visitor, form: &TokenForm, error: Option<&Error>) -> Markup {
        let path = path(&self.scope.organization.name);
        let problems = Problems::of(error);
        let (title, kind, warning) = match form.kind.as_str() {
            "organization" => (
                "New organization token",
                LimitedKind::Organization,
                "It replaces the one there is, which ends in the same moment.",
            ),
            "audit-trails" => (
                "New audit trail token",
                LimitedKind::AuditTrails,
                "It replaces the one there is, which ends in the same moment.",
            ),
            _ => ("New team token", LimitedKind::Team, "It may do what the team may do."),
        };
        html! {
            (heading(title, html! { (warning) }, html! {}))
            (card(html! {
                (problems.summary(&FIELDS))
                (post_form(&path, &visitor.csrf(), html! {
                    input type="hidden" name="kind" value=(form.kind);
                    @if kind == LimitedKind::Team { (self.team_choice(form)) }
                    (form.fields(problems, &limit_hint(&self.lifetimes, kind)))
                    div.actions {
                        (button(Button::Primary, "Create token"))
                        (button_link("Cancel", &path, false))
                    }
                }))
            }))
        }
    }

    fn team_choice(&self, form: &TokenForm) -> Markup {
        let choices: Vec<_> = self
            .teams
            .iter()
            .map(|team| Choice::new(team.id.to_string(), team.name.as_str()))
            .collect();
        select(&Select {
            name: "team",
            label: "Team",
            hint: "",
            choices: &choices,
            chosen: &form.team,
        })
    }
}

/// How long a token of a kind can live, as a hint.
pub(super) fn limit_hint(lifetimes: &Lifetimes, kind: LimitedKind) -> String {
    let longest = lifetimes.of(kind).or_else(|| match kind {
        LimitedKind::Key => lifetimes.of(LimitedKind::Organization),
        _ => None,
    });
    longest.map_or_else(String::new, |longest| {
        format!("At most {} here; never is as late as is allowed.", in_words(longest))
    })
}
