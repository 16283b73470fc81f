//! Who works in an organization.

use axum::extract::State;
use http::StatusCode;
use kernel::{Error, Kind, MembershipId, Page, PageRequest, TeamId};
use serde::de::IgnoredAny;
use web::{
    ListQuery, Path,
    page::{
        Button, Column, Field, Markup, Problems, Tick, Tone, badge, button, card, confirm, field,
        heading, html, page, page_request, pagination, post_form, search_form, see_other, table,
        ticks, time,
    },
};

use super::{
    Shown, done, settings,
    teams::{self, Sent, text},
};
use crate::{
    Identity, MembershipDetails, MembershipFilter, MembershipStatus, Right, SafeForm, Scope, Team,
    TeamDetails, TeamFilter, Visitor,
};

pub(super) async fn list(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path(organization): Path<String>,
    query: ListQuery,
) -> Shown {
    answer(&visitor, &identity, &organization, &query, &Sent::new(), None).await
}

pub(super) async fn invite(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path(organization): Path<String>,
    SafeForm(form): SafeForm<Sent>,
) -> Shown {
    let email = text(&form, "email");
    let teams = ticked(&form);
    match identity.create_membership(&visitor.context, &organization, email, teams).await {
        Ok((scope, _)) => {
            Ok(see_other(&format!("{}?done=invited", path(&scope.organization.name))))
        }
        Err(error) if is_answered(&error) => {
            let query = ListQuery::default();
            answer(&visitor, &identity, &organization, &query, &form, Some(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn remove(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path((organization, membership)): Path<(String, String)>,
    SafeForm(_): SafeForm<IgnoredAny>,
) -> Shown {
    let id: MembershipId = membership.parse().map_err(|_| Error::not_found())?;
    let (_, details) = identity.read_membership(&visitor.context, id).await?;
    identity.delete_membership(&visitor.context, id).await?;
    let left = details.membership.user.is_some_and(|user| user.id == visitor.user().id);
    let to = if left { "/app".to_owned() } else { path(&organization) };
    Ok(see_other(&format!("{to}?done=removed")))
}

/// Whether the page is shown again, with what is wrong.
pub(super) fn is_answered(error: &Error) -> bool {
    matches!(error.kind(), Kind::Invalid | Kind::Conflict | Kind::Forbidden)
}

/// The status of a page that is shown again.
pub(super) fn status_of(error: &Error) -> StatusCode {
    match error.kind() {
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::Conflict => StatusCode::CONFLICT,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// The teams that were ticked: their ids are the names in the form.
pub(super) fn ticked(form: &Sent) -> Vec<TeamId> {
    form.keys().filter_map(|name| name.parse().ok()).collect()
}

/// Teams to be ticked, as many as fit.
pub(super) async fn choices(
    identity: &Identity,
    visitor: &Visitor,
    organization: &str,
) -> kernel::Result<Vec<TeamDetails>> {
    let request = PageRequest::new(1, PageRequest::MAX_SIZE);
    let filter = TeamFilter::default();
    let (scope, teams) =
        identity.list_teams(&visitor.context, organization, filter, request).await?;
    let owner = scope.is_owner();
    Ok(teams.items.into_iter().filter(|details| owner || !details.team.owners).collect())
}

/// The teams, ticked or not.
pub(super) fn team_ticks(
    choices: &[TeamDetails],
    hint: &str,
    is_ticked: impl Fn(&Team) -> bool,
) -> Markup {
    let one = |details: &TeamDetails| {
        let team = &details.team;
        let hint = if team.owners { "May do everything." } else { "" };
        Tick::new(team.id.to_string(), &team.name, is_ticked(team)).hint(hint)
    };
    let all: Vec<Tick> = choices.iter().map(one).collect();
    html! { @if !all.is_empty() { (ticks("Teams", hint, &all)) } }
}

async fn answer(
    visitor: &Visitor,
    identity: &Identity,
    organization: &str,
    query: &ListQuery,
    form: &Sent,
    error: Option<&Error>,
) -> Shown {
    let search = query.get("search").unwrap_or_default();
    let filter = MembershipFilter {
        search: Some(search.to_owned()).filter(|search| !search.is_empty()),
        ..MembershipFilter::default()
    };
    let request = page_request(query);
    let (scope, members) =
        identity.list_memberships(&visitor.context, organization, filter, request).await?;
    let teams = if scope.allows(Right::ManageMemberships) {
        choices(identity, visitor, organization).await?
    } else {
        Vec::new()
    };
    let mut shell = settings::shell(visitor, &scope, "Members")
        .crumb("Members", path(&scope.organization.name));
    if let Some((tone, text)) = done(query.get("done")) {
        shell = shell.flash(tone, text);
    }
    if let Some(error) = error {
        shell = shell.status(status_of(error)).about(error);
    }
    let view = View { visitor, scope: &scope, members: &members, teams, search, form, error };
    Ok(page(shell, view.markup()))
}

/// What the page shows.
struct View<'a> {
    visitor: &'a Visitor,
    scope: &'a Scope,
    members: &'a Page<MembershipDetails>,
    teams: Vec<TeamDetails>,
    search: &'a str,
    form: &'a Sent,
    error: Option<&'a Error>,
}

pub(super) fn path(organization: &str) -> String {
    format!("{}/members", settings::path(organization))
}

impl View<'_> {
    fn markup(&self) -> Markup {
        let path = path(&self.scope.organization.name);
        let rows = self.members.items.iter().map(|details| self.row(details)).collect();
        html! {
            (heading("Members", html! {
                "Who works in " strong { (self.scope.organization.name) } ". What they may do comes "
                "from their teams."
            }, html! {}))
            (settings::parts(self.scope, "/members"))
            @if self.scope.allows(Right::ManageMemberships) { (card(self.invitation())) }
            (search_form(&path, ("search", self.search), "Search members", "list", html! {}))
            div #list {
                (table("Members", &[
                    Column::main("Name"), Column::text("E-mail"), Column::text("Teams"),
                    Column::text("Since"), Column::actions("Change"),
                ], rows))
                (pagination(self.members, "member", &path, &[("search", self.search)]))
            }
        }
    }

    fn row(&self, details: &MembershipDetails) -> Vec<Markup> {
        let member = &details.membership;
        let own = member.user.as_ref().is_some_and(|user| user.id == self.visitor.user().id);
        let called = member.user.as_ref().map_or(member.email.as_str(), |user| &user.username);
        let page = format!("{}/{}", path(&self.scope.organization.name), member.id);
        vec![
            html! {
                @match &member.user {
                    Some(user) => strong { (user.username) },
                    None => span.quiet { "no account yet" },
                }
                @if own { " " (badge(Tone::Accent, "You")) }
                @if member.status == MembershipStatus::Invited { " " (badge(Tone::Neutral, "Invited")) }
            },
            html! { (member.email) },
            self.teams_of(details),
            time(self.visitor.context.now, member.created_at),
            html! {
                div.row-actions {
                    @if self.may_change_teams() {
                        a.button.small href=(page) aria-label={ "Change the teams of " (called) } {
                            "Teams"
                        }
                    }
                    @if own || self.scope.allows(Right::ManageMemberships) {
                        (confirm(
                            if own { "Leave…" } else { "Remove…" },
                            html! { strong { (called) } " loses access to everything in "
                                strong { (self.scope.organization.name) } "." },
                            (if own { "Leave the organization" } else { "Remove the member" },
                                &format!("{page}/remove")),
                            &self.visitor.csrf(),
                            html! {},
                        ))
                    }
                }
            },
        ]
    }

    fn may_change_teams(&self) -> bool {
        self.scope.allows(Right::ManageMemberships) || self.scope.allows(Right::ManageTeams)
    }

    fn teams_of(&self, details: &MembershipDetails) -> Markup {
        let path = teams::path(&self.scope.organization.name);
        html! {
            @if details.teams.is_empty() { span.quiet { "none" } }
            @else {
                div.badges {
                    @for team in &details.teams {
                        a href={ (path) "/" (team.id) } {
                            (badge(if team.owners { Tone::Accent } else { Tone::Neutral }, &team.name))
                        }
                    }
                }
            }
        }
    }

    fn invitation(&self) -> Markup {
        let problems = Problems::of(self.error);
        let ticked = ticked(self.form);
        html! {
            h2 { "Invite somebody" }
            (problems.summary(&["email"]))
            (post_form(&path(&self.scope.organization.name), &self.visitor.csrf(), html! {
                (field(&Field::text("email", "E-mail").value(text(self.form, "email"))
                    .placeholder("grace@example.com").error(problems.with("email"))))
                (team_ticks(&self.teams, "Without a team they see who is here, and nothing else.",
                    |team| ticked.contains(&team.id)))
                (button(Button::Primary, "Invite"))
            }))
        }
    }
}
