//! The lists on the page of a workspace's variables.

use identity::{Right, Scope};
use kernel::{Page, PageRequest};
use web::page::{
    Column, Icon, Markup, Tone, badge, button_link, empty_state, heading, html, pagination,
    pagination_among, search_form, section_heading, table,
};

use super::{
    Place,
    parts::sections,
    variable_parts::{actions, category, name, value},
    variable_sets::set_path,
};
use crate::{
    Workspace,
    variable_sets::Applying,
    variables::{Effective, Owner, Place as Reach, Variable},
};

/// What the page shows.
pub(super) struct View<'a> {
    pub(super) scope: &'a Scope,
    pub(super) workspace: &'a Workspace,
    pub(super) effective: &'a Effective,
    pub(super) place: &'a Place,
    pub(super) csrf: String,
    pub(super) search: &'a str,
    pub(super) pages: (PageRequest, PageRequest),
}

/// A variable and what counts instead of it, if something does.
type Row<'a> = (&'a Variable, Option<&'a Variable>);

impl View<'_> {
    pub(super) fn markup(&self) -> Markup {
        let path = self.path();
        let (own, of_sets): (Vec<Row<'_>>, Vec<Row<'_>>) = self
            .rows()
            .into_iter()
            .partition(|(variable, _)| matches!(variable.owner, Owner::Workspace(_)));
        let nothing = self.effective.variables.is_empty();
        html! {
            (heading("Variables", html! { "of the workspace " strong { (self.workspace.name) } }, html! {
                @if self.may_change() && !nothing {
                    (button_link("Add variable", &format!("{path}/new"), true))
                }
            }))
            (sections(self.scope, self.place, &self.workspace.name, "variables"))
            @if nothing { (self.first_steps(&path)) }
            @else {
                (search_form(&path, ("search", self.search), "Search variables", "list", html! {}))
                div #list {
                    (self.own(&Page::of(own, self.pages.0), &path))
                    (self.of_sets(&Page::of(of_sets, self.pages.1), &path))
                }
            }
        }
    }

    fn path(&self) -> String {
        self.place.part(&self.workspace.name, "variables")
    }

    fn may_change(&self) -> bool {
        self.scope.allows(Right::ManageVariables)
    }

    /// The variables that the search finds, with what counts instead of each.
    fn rows(&self) -> Vec<Row<'_>> {
        let wanted = self.search.to_lowercase();
        let variables = &self.effective.variables;
        variables
            .iter()
            .zip(&self.effective.covered)
            .filter(|(variable, _)| variable.key.to_lowercase().contains(&wanted))
            .map(|(variable, covered)| (variable, covered.and_then(|by| variables.get(by))))
            .collect()
    }

    fn own(&self, found: &Page<Row<'_>>, path: &str) -> Markup {
        let rows = found.items.iter().map(|row| self.own_row(row, path)).collect();
        html! {
            section.part {
                (section_heading("own", "This workspace’s own", html! {}))
                @if found.total == 0 {
                    p.quiet {
                        @if self.search.is_empty() { "It has none." } @else { "None has such a key." }
                    }
                } @else {
                    (table("This workspace’s own variables", &[
                        Column::main("Key"), Column::text("Value"), Column::text("Goes to"),
                        Column::actions("Change or delete"),
                    ], rows))
                    (pagination(found, "variable", path, &[("search", self.search)]))
                }
            }
        }
    }

    fn own_row(&self, (variable, instead): &Row<'_>, path: &str) -> Vec<Markup> {
        let href = format!("{path}/{}", variable.id);
        vec![
            html! {
                (name(variable, self.may_change().then_some(href.as_str())))
                @if let Some(instead) = instead { (self.overridden(instead)) }
            },
            value(variable),
            category(variable.category),
            html! { @if self.may_change() { (actions(variable, path, &self.csrf)) } },
        ]
    }

    fn of_sets(&self, found: &Page<Row<'_>>, path: &str) -> Markup {
        let sets = &self.effective.sets;
        let rows = found.items.iter().map(|row| self.set_row(row)).collect();
        html! {
            section.part #sets {
                (section_heading("from-sets", "From variable sets", html! {
                    "What counts here because a set counts for this workspace."
                }))
                @if sets.is_empty() { p.quiet { "No variable set counts for this workspace." } }
                @else {
                    div.badges {
                        @for applying in sets {
                            a href=(set_path(self.scope, applying.set.id)) {
                                (badge(tone(applying), &label(applying)))
                            }
                        }
                    }
                    @if found.total == 0 {
                        p.quiet {
                            @if self.search.is_empty() { "They have no variables." }
                            @else { "None has such a key." }
                        }
                    } @else {
                        (table("Variables from sets", &[
                            Column::main("Key"), Column::text("Value"), Column::text("Goes to"),
                            Column::text("Set"),
                        ], rows))
                        (pagination_among("sets", found, "variable", path,
                            &[("search", self.search)]))
                    }
                }
            }
        }
    }

    fn set_row(&self, (variable, instead): &Row<'_>) -> Vec<Markup> {
        let applying = self.effective.set_of(variable);
        vec![
            html! {
                (name(variable, None))
                @if let Some(instead) = instead { (self.overridden(instead)) }
            },
            value(variable),
            category(variable.category),
            html! {
                @if let Some(applying) = applying {
                    a href=(set_path(self.scope, applying.set.id)) { (applying.set.name) }
                }
            },
        ]
    }

    /// Says what counts instead of a variable.
    fn overridden(&self, instead: &Variable) -> Markup {
        html! {
            p.hint {
                (badge(Tone::Warning, "Overridden")) " by "
                @match self.effective.set_of(instead) {
                    Some(applying) => { "the set " strong { (applying.set.name) } },
                    None => "this workspace’s own",
                }
            }
        }
    }

    fn first_steps(&self, path: &str) -> Markup {
        empty_state(
            Icon::Key,
            "No variables yet",
            html! {
                "Values for the configuration and for the environment that it runs in. Those of a "
                "variable set that counts here show up, too."
            },
            html! {
                @if self.may_change() {
                    (button_link("Add variable", &format!("{path}/new"), true))
                }
            },
        )
    }
}

fn tone(applying: &Applying) -> Tone {
    if applying.set.priority { Tone::Accent } else { Tone::Neutral }
}

/// A set, and why it counts.
fn label(applying: &Applying) -> String {
    let reason = match applying.place {
        Reach::Workspace => "this workspace",
        Reach::Project => "its project",
        Reach::Global => "everywhere",
    };
    let priority = if applying.set.priority { ", has priority" } else { "" };
    format!("{}: {reason}{priority}", applying.set.name)
}
