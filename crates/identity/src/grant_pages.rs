//! What the pages about access to projects and to workspaces share: the list of what is granted,
//! and the form of one grant.

use std::collections::HashMap;

use kernel::{Error, Page};
use web::page::{
    Button, Choice, Column, Icon, Markup, Problems, Select, Tick, button, button_link, card,
    confirm, empty_state, html, pagination, post_form, select, table, ticks,
};

use crate::{
    Grant, Grantable, Team,
    access::{Custom, ProjectLevel, ProjectRights, Right, Rights, Wish, WorkspaceLevel},
};

/// What a form sends: names and values.
pub type Sent = HashMap<String, String>;

/// A level whose grants have pages.
pub trait Shown: Grantable {
    /// The levels and what they mean.
    const CHOICES: &'static [(&'static str, &'static str)];
    /// What the place is called.
    const PLACE: &'static str;
    /// From where rights flow to it.
    const ABOVE: &'static str;
    /// The rights at the place itself that can be ticked, if it has other things in it.
    const OWN: &'static [(Right, &'static str)];

    /// What a grant gives.
    fn given(self, custom: Option<&Custom>) -> ProjectRights;

    /// Custom rights that give just this.
    fn custom(rights: ProjectRights) -> Custom;
}

/// A right that can be ticked, and what the tick says.
type Mark = (Right, &'static str);

const AT_WORKSPACES: &[Mark] = &[
    (Right::ReadState, "Read the state"),
    (Right::ReadOutputs, "Read the outputs"),
    (Right::WriteState, "Write the state"),
    (Right::Lock, "Lock"),
    (Right::ForceUnlock, "Break the locks of others"),
    (Right::ReadRuns, "See runs"),
    (Right::QueueRun, "Start runs"),
    (Right::ApplyRun, "Apply runs"),
    (Right::ReadVariables, "See variables"),
    (Right::ManageVariables, "Change variables"),
    (Right::ManageTags, "Change tags"),
    (Right::UpdateWorkspace, "Change settings"),
    (Right::MoveWorkspace, "Move to another project"),
    (Right::DeleteWorkspace, "Delete when nothing is left"),
    (Right::ForceDeleteWorkspace, "Delete whatever it holds"),
    (Right::ManageAccess, "Say who has access"),
];

const AT_PROJECTS: &[Mark] = &[
    (Right::CreateWorkspace, "Create workspaces"),
    (Right::ReadVariableSets, "See variable sets"),
    (Right::ManageVariableSets, "Change variable sets"),
    (Right::UpdateProject, "Change the project"),
    (Right::DeleteProject, "Delete the project"),
    (Right::ManageAccess, "Say who has access"),
];

impl Shown for WorkspaceLevel {
    const CHOICES: &'static [(&'static str, &'static str)] = &[
        ("read", "Read: see it all"),
        ("plan", "Plan: start plans, too"),
        ("write", "Write: the daily work, with state, lock and variables"),
        ("admin", "Admin: everything with this workspace"),
        ("custom", "Custom: as ticked below"),
    ];
    const PLACE: &'static str = "workspace";
    const ABOVE: &'static str = "its project and the organization";
    const OWN: &'static [Mark] = &[];

    fn given(self, custom: Option<&Custom>) -> ProjectRights {
        ProjectRights { project: Rights::NONE, workspaces: self.rights(custom) }
    }

    fn custom(rights: ProjectRights) -> Custom {
        Custom::of_workspace(rights.workspaces)
    }
}

impl Shown for ProjectLevel {
    const CHOICES: &'static [(&'static str, &'static str)] = &[
        ("read", "Read: see it all"),
        ("write", "Write: the daily work in every workspace"),
        ("maintain", "Maintain: make, change and delete workspaces"),
        ("admin", "Admin: everything with this project"),
        ("custom", "Custom: as ticked below"),
    ];
    const PLACE: &'static str = "project";
    const ABOVE: &'static str = "the organization";
    const OWN: &'static [Mark] = AT_PROJECTS;

    fn given(self, custom: Option<&Custom>) -> ProjectRights {
        self.rights(custom)
    }

    fn custom(rights: ProjectRights) -> Custom {
        Custom::of_project(rights)
    }
}

/// The list of what is granted at a place whose page of access is at `path`.
pub fn list<L: Shown>(grants: &Page<Grant<L>>, path: &str, csrf: &str) -> Markup {
    if grants.total == 0 {
        let about = html! {
            "What people may do with this " (L::PLACE) " comes from " (L::ABOVE) " alone."
        };
        let action = button_link("Give a team access", &format!("{path}/new"), false);
        return empty_state(Icon::Person, "No team has access of its own here", about, action);
    }
    let rows = grants.items.iter().map(|grant| row(grant, path, csrf)).collect();
    html! {
        (table("Access", &[Column::main("Team"), Column::text("Access"),
            Column::actions("Change")], rows))
        (pagination(grants, "team", path, &[]))
    }
}

fn row<L: Shown>(grant: &Grant<L>, path: &str, csrf: &str) -> Vec<Markup> {
    let page = format!("{path}/{}", grant.id);
    vec![
        html! { strong { (grant.team.name) } },
        html! {
            div {
                (level_name(grant.level))
                @if grant.level == L::CUSTOM {
                    p.hint { (words(grant.level.given(grant.custom.as_ref()))) }
                }
            }
        },
        html! {
            div.row-actions {
                a.button.small href=(page) aria-label={ "Change the access of " (grant.team.name) } {
                    "Change"
                }
                (confirm(
                    "Remove…",
                    html! { "The team " strong { (grant.team.name) } " loses this access." },
                    ("Remove the access", &format!("{page}/delete")),
                    csrf,
                    html! {},
                ))
            }
        },
    ]
}

fn level_name<L: Shown>(level: L) -> &'static str {
    let known = L::CHOICES.iter().find(|(word, _)| *word == level.word());
    let label = known.map_or(level.word(), |(_, label)| *label);
    label.split_once(':').map_or(label, |(name, _)| name)
}

/// Rights, as words.
fn words(given: ProjectRights) -> String {
    let seen = Rights::of(&[Right::ReadWorkspace, Right::ReadProject]);
    let all = (given.project | given.workspaces).without(seen);
    let words: Vec<_> = all.iter().map(Right::as_str).collect();
    if words.is_empty() { "see that it is there".to_owned() } else { words.join(", ") }
}

/// The form of a grant.
pub struct Form<'a, L: Shown> {
    /// Where it is sent.
    pub action: &'a str,
    /// The page that says who has access.
    pub back: &'a str,
    /// For the hidden field.
    pub csrf: &'a str,
    /// The teams to choose from; none where the team is known.
    pub teams: Option<&'a [Team]>,
    /// The grant as it is.
    pub grant: Option<&'a Grant<L>>,
    /// What was sent, if something is wrong with it.
    pub sent: &'a Sent,
    /// What is wrong.
    pub error: Option<&'a Error>,
}

impl<L: Shown> Form<'_, L> {
    /// The form in a card.
    pub fn markup(&self) -> Markup {
        let problems = Problems::of(self.error);
        let choices: Vec<_> =
            L::CHOICES.iter().map(|(word, label)| Choice::new(*word, *label)).collect();
        let chosen = self.chosen();
        let held = self.held();
        card(html! {
            (problems.summary(&[]))
            (post_form(self.action, self.csrf, html! {
                @if let Some(teams) = self.teams { (self.team(teams)) }
                (select(&Select {
                    name: "access", label: "Access", hint: "", choices: &choices, chosen: &chosen,
                }))
                details.more open[chosen == "custom"] {
                    summary { "Custom rights" }
                    p.hint { "They count only if the access is custom." }
                    @if !L::OWN.is_empty() {
                        (ticks("With the project itself", "",
                            &marks("project", L::OWN, held.project)))
                    }
                    (ticks(if L::OWN.is_empty() { "Rights" } else { "In every workspace of it" },
                        "", &marks("workspace", AT_WORKSPACES, held.workspaces)))
                }
                div.actions {
                    (button(Button::Primary, "Save access"))
                    (button_link("Cancel", self.back, false))
                }
            }))
        })
    }

    fn team(&self, teams: &[Team]) -> Markup {
        let choices: Vec<_> =
            teams.iter().map(|team| Choice::new(team.id.to_string(), team.name.as_str())).collect();
        if choices.is_empty() {
            return html! { p { "There is no team that could be chosen: make one first." } };
        }
        let chosen = self.sent.get("team").map(String::as_str).unwrap_or_default();
        select(&Select { name: "team", label: "Team", hint: "", choices: &choices, chosen })
    }

    fn chosen(&self) -> String {
        let stored = || self.grant.map_or("read", |grant| grant.level.word()).to_owned();
        self.sent.get("access").cloned().unwrap_or_else(stored)
    }

    /// What is ticked: what was sent, or what the grant gives.
    fn held(&self) -> ProjectRights {
        if self.sent.contains_key("access") {
            return sent_rights(self.sent);
        }
        let given = |grant: &Grant<L>| grant.level.given(grant.custom.as_ref());
        self.grant.map(given).unwrap_or_default()
    }
}

fn marks(group: &str, offered: &[Mark], held: Rights) -> Vec<Tick> {
    let name = |right: Right| format!("{group}:{}", right.as_str());
    let one = |(right, label): &Mark| Tick::new(name(*right), *label, held.holds(*right));
    offered.iter().map(one).collect()
}

fn sent_rights(sent: &Sent) -> ProjectRights {
    let of = |group: &str| -> Rights {
        let words = sent.keys().filter_map(|name| name.strip_prefix(group)?.strip_prefix(':'));
        words.filter_map(Right::parse).collect()
    };
    ProjectRights { project: of("project"), workspaces: of("workspace") }
}

/// What a form asks for: the level, and the rights that were ticked if it is the custom one.
pub fn read<L: Shown>(sent: &Sent) -> (Option<String>, Wish) {
    let access = sent.get("access").cloned();
    let custom = access.as_deref().and_then(L::read) == Some(L::CUSTOM);
    let wish = if custom { L::custom(sent_rights(sent)).into() } else { Wish::default() };
    (access, wish)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{PROJECT_ADMIN, WORKSPACE_ADMIN};

    fn rights(marks: &[Mark]) -> Rights {
        marks.iter().map(|(right, _)| *right).collect()
    }

    #[test]
    fn every_right_can_be_ticked() {
        let seen = Rights::of(&[Right::ReadWorkspace]);
        assert_eq!(rights(AT_WORKSPACES), WORKSPACE_ADMIN.without(seen));
        // Moving is said of the workspaces; the vendor has no word for a project's tags.
        let others = Rights::of(&[Right::ReadProject, Right::MoveWorkspace, Right::ManageTags]);
        assert_eq!(rights(AT_PROJECTS), PROJECT_ADMIN.without(others));
    }

    #[test]
    fn what_was_ticked_is_what_is_wished() {
        let sent = [("access", "custom"), ("workspace:lock", "true"), ("workspace:nonsense", "x")];
        let sent: Sent =
            sent.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let (access, wish) = read::<WorkspaceLevel>(&sent);
        assert_eq!((access.as_deref(), wish.locking), (Some("custom"), Some(true)));
        let sent = sent.into_iter().map(|(name, value)| match name.as_str() {
            "access" => (name, "write".to_owned()),
            _ => (name, value),
        });
        let (access, wish) = read::<WorkspaceLevel>(&sent.collect());
        assert_eq!((access.as_deref(), wish.locking), (Some("write"), None));
    }
}
