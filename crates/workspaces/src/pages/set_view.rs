//! What the page of one variable set looks like.

use identity::frames;
use kernel::{ProjectId, WorkspaceId};
use web::page::{
    Button, Choice, Column, Field, Icon, Markup, Problems, Select, Tone, badge, button,
    button_link, card, confirm, danger_zone, definition_list, empty_state, field, heading, html,
    pagination, pagination_among, path_segment, post_form, search_form, section_heading, select,
    table,
};

use super::{
    variable_parts::{actions, category, name, value},
    variable_set::{Known, PlaceForm, Refused},
    variable_sets::{SetForm, fields, owner, set_path, switches},
};
use crate::variables::Variable;

/// A place where a set counts.
pub(super) enum Named {
    /// All workspaces of a project of this name.
    Project(ProjectId, String),
    /// The workspace of this name.
    Workspace(WorkspaceId, String),
}

/// The page of a set.
pub(super) struct View<'a> {
    pub(super) known: &'a Known,
    pub(super) csrf: String,
    pub(super) search: &'a str,
    pub(super) refused: Option<Refused<'a>>,
}

impl View<'_> {
    pub(super) fn markup(&self) -> Markup {
        let Known { scope, set, kept, .. } = self.known;
        html! {
            (heading(&set.name, html! { "A variable set of " (owner(set)) }, html! {}))
            (frames::settings_parts(scope, "/variable-sets"))
            @if !*kept { (card(self.facts())) }
            (self.variables())
            (self.places())
            @if *kept {
                section.part {
                    (section_heading("settings", "Settings", html! {}))
                    (card(self.settings()))
                }
                (self.end())
            }
        }
    }

    fn path(&self) -> String {
        set_path(&self.known.scope, self.known.set.id)
    }

    fn facts(&self) -> Markup {
        let set = &self.known.set;
        let yes_or_no = |yes: bool| html! { @if yes { "yes" } @else { "no" } };
        html! {
            @if !set.description.is_empty() { p { (set.description) } }
            (definition_list(&[
                ("Counts everywhere", yes_or_no(set.global)),
                ("Has priority", yes_or_no(set.priority)),
                ("Id", html! { code { (set.id) } }),
            ]))
        }
    }

    fn settings(&self) -> Markup {
        let set = &self.known.set;
        let refused = self.refused.as_ref().filter(|refused| refused.set.is_some());
        let problems = Problems::of(refused.map(|refused| refused.error));
        let form = refused.and_then(|refused| refused.set).cloned().unwrap_or_else(|| SetForm {
            name: set.name.clone(),
            description: set.description.clone(),
            global: set.global,
            priority: set.priority,
            owner: String::new(),
        });
        html! {
            (problems.summary(&["name", "description"]))
            (post_form(&self.path(), &self.csrf, html! {
                (fields(&form, problems, false))
                (switches(&form, set.project.is_none()))
                (button(Button::Primary, "Save changes"))
            }))
        }
    }

    fn variables(&self) -> Markup {
        let path = self.path();
        let (found, kept) = (&self.known.variables, self.known.kept);
        let rows = found.items.iter().map(|variable| self.variable(variable)).collect();
        let nothing = found.total == 0 && self.search.is_empty();
        let add = html! {
            @if kept { (button_link("Add variable", &format!("{path}/variables/new"), true)) }
        };
        html! {
            section.part {
                div.heading {
                    (section_heading("variables", "Variables", html! {}))
                    @if !nothing { (add) }
                }
                @if nothing {
                    (empty_state(Icon::Key, "No variables yet", html! {
                        "What is added here counts for every workspace that the set counts for."
                    }, add))
                } @else {
                    (search_form(&path, ("search", self.search), "Search variables", "list", html! {}))
                    div #list {
                        @if found.total == 0 { p.quiet { "None has such a key." } }
                        @else {
                            (table("Variables", &[
                                Column::main("Key"), Column::text("Value"), Column::text("Goes to"),
                                Column::actions("Change or delete"),
                            ], rows))
                            (pagination(found, "variable", &path, &[("search", self.search)]))
                        }
                    }
                }
            }
        }
    }

    fn variable(&self, variable: &Variable) -> Vec<Markup> {
        let path = format!("{}/variables", self.path());
        let href = format!("{path}/{}", variable.id);
        vec![
            name(variable, self.known.kept.then_some(href.as_str())),
            value(variable),
            category(variable.category),
            html! { @if self.known.kept { (actions(variable, &path, &self.csrf)) } },
        ]
    }

    fn places(&self) -> Markup {
        let Known { set, kept, places, .. } = self.known;
        let rows = places.items.iter().map(|place| self.place(place)).collect();
        html! {
            section.part #places {
                (section_heading("where", "Where it counts", html! {
                    @if set.global { "Everywhere in the organization; what is listed here counts when the set does not any more." }
                    @else { "For every workspace of these projects, and for these workspaces." }
                }))
                @if places.total > 0 {
                    (table("Where it counts", &[
                        Column::main("Name"), Column::text("Kind"), Column::actions("Remove"),
                    ], rows))
                    (pagination_among("places", places, "place", &self.path(),
                        &[("search", self.search)]))
                } @else if set.global {
                    p { (badge(Tone::Good, "Everywhere")) }
                } @else {
                    p.quiet { "Nowhere yet." }
                }
                @if *kept { (card(self.adding())) }
            }
        }
    }

    fn place(&self, place: &Named) -> Vec<Markup> {
        let organization = path_segment(&self.known.scope.organization.name);
        let (name, href, kind, field) = match place {
            Named::Project(id, name) => (
                name,
                format!("/app/{organization}/projects/{id}/variable-sets"),
                "project",
                ("project", id.to_string()),
            ),
            Named::Workspace(id, name) => (
                name,
                format!("/app/{organization}/workspaces/{}/variables", path_segment(name)),
                "workspace",
                ("workspace", id.to_string()),
            ),
        };
        vec![
            html! { a href=(href) { (name) } },
            html! { (kind) },
            html! {
                @if self.known.kept {
                    (confirm(
                        "Remove…",
                        html! { "The set’s variables count in " strong { (name) } " no longer." },
                        ("Remove", &format!("{}/places/remove", self.path())),
                        &self.csrf,
                        html! { input type="hidden" name=(field.0) value=(field.1); },
                    ))
                }
            },
        ]
    }

    /// The forms that add a place: a workspace by its name, or a project.
    fn adding(&self) -> Markup {
        let Known { set, choices, .. } = self.known;
        let action = format!("{}/places", self.path());
        let refused = self.refused.as_ref().filter(|refused| refused.place.is_some());
        let problems = Problems::of(refused.map(|refused| refused.error));
        let sent: PlaceForm =
            refused.and_then(|refused| refused.place).cloned().unwrap_or_default();
        let choices: Vec<Choice> = choices
            .iter()
            .filter(|project| set.project_id().is_none_or(|owner| owner == project.id))
            .map(|project| Choice::new(project.id.to_string(), project.name.as_str()))
            .collect();
        let about_project = !sent.project.is_empty();
        let problem = problems.with("workspace").or_else(|| problems.with("id"));
        let problem = problem.filter(|_| !about_project);
        html! {
            @if about_project { (problems.summary(&[])) }
            (post_form(&action, &self.csrf, html! {
                div.form-row {
                    (field(&Field::text("workspace", "Workspace").value(&sent.workspace)
                        .placeholder("payments-production").error(problem)))
                    (button(Button::Plain, "Add workspace"))
                }
            }))
            (post_form(&action, &self.csrf, html! {
                div.form-row {
                    (select(&Select { name: "project", label: "Project", hint: "",
                        choices: &choices, chosen: &sent.project }))
                    (button(Button::Plain, "Add project"))
                }
            }))
        }
    }

    fn end(&self) -> Markup {
        let set = &self.known.set;
        danger_zone(
            "Delete this variable set",
            html! { "Its variables count nowhere any more, and their values are gone." },
            confirm(
                "Delete…",
                html! { "The set " strong { (set.name) } " goes. This can’t be undone." },
                ("Delete the set", &format!("{}/delete", self.path())),
                &self.csrf,
                html! {},
            ),
        )
    }
}
