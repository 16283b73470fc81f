//! The teams of an organization: what there is, and a new one.

use std::collections::HashMap;

use axum::extract::State;
use http::StatusCode;
use kernel::{Error, Kind, Page};
use web::{
    ListQuery, Path,
    page::{
        Button, Choice, Column, Field, Icon, Markup, PageShell, Problems, Select, Tone, badge,
        button, button_link, card, count, empty_state, field, heading, html, page, page_request,
        pagination, post_form, search_form, see_other, select, table,
    },
};

use super::{Shown, done, settings};
use crate::{
    Identity, NewTeam, Right, SafeForm, Scope, Team, TeamChange, TeamDetails, TeamFilter,
    Visibility, Visitor,
};

/// Where the page is below the settings.
pub(super) const PART: &str = "/teams";

/// What a form sends: names and values.
pub(super) type Sent = HashMap<String, String>;

pub(super) fn path(organization: &str) -> String {
    format!("{}{PART}", settings::path(organization))
}

pub(super) fn shell(visitor: &Visitor, scope: &Scope, title: &str) -> PageShell {
    settings::shell(visitor, scope, title).crumb("Teams", path(&scope.organization.name))
}

pub(super) async fn list(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path(organization): Path<String>,
    query: ListQuery,
) -> Shown {
    let search = query.get("search").unwrap_or_default();
    let filter = TeamFilter {
        search: Some(search.to_owned()).filter(|search| !search.is_empty()),
        ..TeamFilter::default()
    };
    let (scope, teams) =
        identity.list_teams(&visitor.context, &organization, filter, page_request(&query)).await?;
    let mut shell = shell(&visitor, &scope, "Teams");
    if let Some((tone, text)) = done(query.get("done")) {
        shell = shell.flash(tone, text);
    }
    Ok(page(shell, list_page(&scope, &teams, search)))
}

pub(super) async fn new(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path(organization): Path<String>,
) -> Shown {
    new_answer(&visitor, &identity, &organization, &Sent::new(), None).await
}

pub(super) async fn create(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path(organization): Path<String>,
    SafeForm(form): SafeForm<Sent>,
) -> Shown {
    let new = NewTeam {
        name: text(&form, "name").to_owned(),
        change: TeamChange {
            visibility: Visibility::parse(text(&form, "visibility")),
            ..TeamChange::default()
        },
    };
    match identity.create_team(&visitor.context, &organization, new).await {
        Ok((scope, details)) => {
            let path = path(&scope.organization.name);
            Ok(see_other(&format!("{path}/{}?done=created", details.team.id)))
        }
        Err(error) if error.kind() == Kind::Invalid => {
            new_answer(&visitor, &identity, &organization, &form, Some(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// What was typed into a field, without what stands around it.
pub(super) fn text<'a>(form: &'a Sent, name: &str) -> &'a str {
    form.get(name).map(|text| text.trim()).unwrap_or_default()
}

async fn new_answer(
    visitor: &Visitor,
    identity: &Identity,
    organization: &str,
    form: &Sent,
    error: Option<&Error>,
) -> Shown {
    let scope = identity.read_organization(&visitor.context, organization).await?;
    scope.require(Right::ManageTeams)?;
    let path = path(&scope.organization.name);
    let mut shell = shell(visitor, &scope, "New team").crumb("New", format!("{path}/new"));
    if error.is_some() {
        shell = shell.status(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let problems = Problems::of(error);
    Ok(page(
        shell,
        html! {
            (heading("New team", html! { "in " strong { (scope.organization.name) } }, html! {}))
            (card(html! {
                (problems.summary(&["name"]))
                (post_form(&path, &visitor.csrf(), html! {
                    (field(&Field::text("name", "Name").value(text(form, "name")).focus()
                        .placeholder("platform")
                        .hint("Letters, digits, hyphens and underscores.")
                        .error(problems.with("name"))))
                    (visibility(text(form, "visibility")))
                    div.actions {
                        (button(Button::Primary, "Create team"))
                        (button_link("Cancel", &path, false))
                    }
                }))
            }))
        },
    ))
}

/// The choice of who sees a team.
pub(super) fn visibility(chosen: &str) -> Markup {
    select(&Select {
        name: "visibility",
        label: "Who sees it",
        hint: "Secret teams are seen by their members and by those who keep the teams.",
        choices: &[
            Choice::new("organization", "Everybody in the organization"),
            Choice::new("secret", "Its members only"),
        ],
        chosen,
    })
}

fn list_page(scope: &Scope, teams: &Page<TeamDetails>, search: &str) -> Markup {
    let path = path(&scope.organization.name);
    let may_create = scope.allows(Right::ManageTeams);
    let rows = teams.items.iter().map(|details| row(&path, details)).collect();
    html! {
        (heading("Teams", html! {
            "What people in " strong { (scope.organization.name) } " may do comes from their teams."
        }, html! {
            @if may_create { (button_link("New team", &format!("{path}/new"), true)) }
        }))
        (settings::parts(scope, PART))
        (search_form(&path, ("search", search), "Search teams", "list", html! {}))
        div #list {
            @if teams.items.is_empty() {
                (empty_state(Icon::Person, "No team matches", html! {
                    "No team that you see is called “" (search) "”."
                }, button_link("Show all", &path, false)))
            } @else {
                (table("Teams", &[
                    Column::main("Name"), Column::number("People"),
                    Column::text("In the whole organization"),
                ], rows))
                (pagination(teams, "team", &path, &[("search", search)]))
            }
        }
    }
}

fn row(path: &str, details: &TeamDetails) -> Vec<Markup> {
    let team = &details.team;
    vec![
        html! {
            a href={ (path) "/" (team.id) } { (team.name) }
            @if team.visibility == Visibility::Secret { " " (badge(Tone::Neutral, "Secret")) }
        },
        html! { (details.people()) },
        everywhere(team),
    ]
}

/// What a team may do in the whole organization, in short.
pub(super) fn everywhere(team: &Team) -> Markup {
    if team.owners {
        return badge(Tone::Accent, "Everything");
    }
    let held: Vec<_> = LABELS.iter().filter(|label| team.holds(label.word)).collect();
    html! {
        @match held.as_slice() {
            [] => span.quiet { "nothing" },
            [one, rest @ ..] => {
                (one.text)
                @if !rest.is_empty() { " and " (count(rest.len() as u64, "more right")) }
            }
        }
    }
}

/// How people call a word of the organization's access.
pub(super) struct Label {
    pub(super) word: &'static str,
    pub(super) text: &'static str,
    pub(super) hint: &'static str,
}

const fn label(word: &'static str, text: &'static str, hint: &'static str) -> Label {
    Label { word, text, hint }
}

/// The words that give something, the widest first. The others concern what is not built yet.
pub(super) const LABELS: &[Label] = &[
    label("manage-projects", "Manage all projects", "And every workspace in them."),
    label("manage-workspaces", "Manage all workspaces", "Create, change, move and delete them."),
    label("read-projects", "See all projects", "And the states of their workspaces."),
    label("read-workspaces", "See all workspaces", "And their states."),
    label(
        "manage-membership",
        "Manage members",
        "Invite and remove people, and put them into teams.",
    ),
    label("manage-teams", "Manage teams", "Make, change and delete them."),
    label(
        "manage-organization-access",
        "Manage organization access",
        "Say what teams may do in the whole organization.",
    ),
    label("access-secret-teams", "See secret teams", ""),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{Rights, WORDS};

    #[test]
    fn every_word_that_gives_something_has_a_label() {
        for (word, rights) in WORDS {
            let labelled = LABELS.iter().any(|label| label.word == *word);
            assert_eq!(labelled, *rights != Rights::NONE, "{word}");
        }
    }
}
