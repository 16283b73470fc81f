//! Who can read or write a state, and what lets them, as a part of the page of access.

use identity::{
    Right, Rights, Scope, SubjectId,
    access::{At, Given, SharedWith, Through},
};
use kernel::Page;
use web::page::{
    Column, Icon, Markup, Tone, badge, html, icon, pagination_by, path_segment, search_form,
    section_heading, table,
};

use crate::{
    Workspace,
    explanation::{Explanation, Names},
};

/// What the part shows.
pub(super) struct View<'a> {
    pub(super) scope: &'a Scope,
    pub(super) workspace: &'a Workspace,
    pub(super) explanations: &'a Page<Explanation>,
    pub(super) names: &'a Names,
    pub(super) path: &'a str,
    pub(super) search: &'a str,
}

impl View<'_> {
    pub(super) fn markup(&self) -> Markup {
        let rows = self.explanations.items.iter().map(|explanation| self.row(explanation));
        html! {
            section.part #people {
                (section_heading("who", "Who can read or write this state", html! {
                    "Everybody, with what lets them: people, tokens of teams, keys and trusted issuers."
                }))
                (search_form(self.path, ("search", self.search), "Search by name", "list", html! {}))
                div #list {
                    @if self.explanations.items.is_empty() {
                        p.quiet { "Nobody of that name can." }
                    } @else {
                        (table("Who can read or write this state", &[
                            Column::main("Who"), Column::text("State"), Column::text("Through"),
                        ], rows.collect()))
                        (pagination_by("people", self.explanations, "entry", self.path))
                    }
                }
            }
        }
    }

    fn row(&self, explanation: &Explanation) -> Vec<Markup> {
        let subject = &explanation.subject;
        let (sign, kind) = match subject.id {
            SubjectId::User(_) => (Icon::Person, ""),
            SubjectId::Team(_) => (Icon::Person, "team"),
            SubjectId::Token(_) => (Icon::Key, "token"),
            SubjectId::Trust(_) => (Icon::Key, "trusted issuer"),
        };
        vec![
            html! {
                span.with-icon { (icon(sign)) strong { (self.names.subject(subject)) } }
                @if !kind.is_empty() { p.hint { (kind) } }
            },
            state(explanation.rights),
            html! {
                ul.through {
                    @for given in relevant(explanation) { li { (self.given(given, explanation)) } }
                }
            },
        ]
    }

    fn given(&self, given: &Given, explanation: &Explanation) -> Markup {
        let access = self.names.access(given, &explanation.subject);
        html! {
            (self.through(given))
            @if let Some(access) = access { ": " (access.replace(' ', ", ")) }
            " " span.quiet { (self.at(given)) }
        }
    }

    fn through(&self, given: &Given) -> Markup {
        let organization = path_segment(&self.scope.organization.name);
        match given.through {
            Through::Membership => html! { "being a member" },
            Through::Site => html! { "administering the site" },
            Through::Organization => html! { "the organization’s token" },
            Through::Team(team) => html! {
                @if let Some(name) = self.names.team(team) {
                    "the team " a href={ "/app/" (organization) "/settings/teams/" (team) } { (name) }
                } @else {
                    "a secret team"
                }
            },
            Through::Key(_) => html! { "the key itself" },
            Through::Trust(_) => html! { "the trust itself" },
            Through::Sharing(with) => self.shared(with),
        }
    }

    fn shared(&self, with: SharedWith) -> Markup {
        match with {
            SharedWith::Organization => html! { "sharing with the whole organization" },
            SharedWith::Project => html! { "sharing with the project" },
            SharedWith::Workspace(id) => html! {
                @if let Some(name) = self.names.workspaces.get(&id) {
                    "sharing with the workspace " strong { (name) }
                } @else {
                    "sharing with another workspace"
                }
            },
        }
    }

    fn at(&self, given: &Given) -> Markup {
        match (given.through, given.at) {
            (Through::Sharing(_) | Through::Site, _) => html! {},
            (_, At::Organization) => html! { "in the whole organization" },
            (_, At::Project(_)) => html! { "at the project " (self.workspace.project_name) },
            (_, At::Workspace(_)) => html! { "at this workspace" },
        }
    }
}

/// The parts that let somebody read or write the state.
fn relevant(explanation: &Explanation) -> impl Iterator<Item = &Given> {
    explanation.given.iter().filter(|given| {
        [Right::ReadState, Right::ReadOutputs, Right::WriteState]
            .into_iter()
            .any(|right| given.rights.holds(right))
    })
}

fn state(rights: Rights) -> Markup {
    html! {
        div.badges {
            @if rights.holds(Right::ReadState) { (badge(Tone::Neutral, "Read")) }
            @else if rights.holds(Right::ReadOutputs) { (badge(Tone::Neutral, "Outputs")) }
            @if rights.holds(Right::WriteState) { (badge(Tone::Accent, "Write")) }
        }
    }
}
