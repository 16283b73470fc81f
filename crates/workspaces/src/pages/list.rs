//! The list of an organization's workspaces, with its search and filters.

use axum::extract::State;
use identity::{Project, Scope, Visitor};
use kernel::{Page, PageRequest};
use web::{
    ListQuery, Path,
    page::{
        Choice, Column, Icon, Markup, Select, Tone, button_link, copyable, empty_state, filter,
        heading, html, icon, page, page_request, pagination, search_form, table, time,
    },
};

use super::{Place, Shown, cloud_block, parts, shell};
use crate::{
    Workspaces,
    list::{Filter, Listed, Order, list},
    tags::{OrganizationTag, TagFilter, list_tags},
};

/// What the page asks for, as it stands in its address.
#[derive(Clone, Debug, Default)]
struct Wish {
    search: String,
    project: String,
    tag: String,
    lock: String,
    order: String,
}

/// What the page shows.
struct Found {
    scope: Scope,
    workspaces: Page<Listed>,
    projects: Vec<Project>,
    tags: Vec<OrganizationTag>,
    may_create: bool,
}

pub(super) async fn show(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path(organization): Path<String>,
    query: ListQuery,
) -> Shown {
    let wish = Wish::read(&query);
    let request = page_request(&query);
    let (context, address, filter) = (visitor.context.clone(), organization.clone(), wish.filter());
    let found = workspaces
        .db()
        .read(move |tx| {
            let scope = identity::scope(tx, &context, &address)?;
            let choices = PageRequest::new(1, PageRequest::MAX_SIZE);
            Ok(Found {
                workspaces: list(tx, &scope, &filter, request)?,
                projects: parts::projects(tx, &scope)?,
                tags: list_tags(tx, &scope, &TagFilter::default(), choices)?.items,
                may_create: !parts::open_projects(tx, &scope)?.is_empty(),
                scope,
            })
        })
        .await?;
    let place = Place::of(&organization);
    let mut shell = shell(&visitor, &found.scope, "Workspaces").crumb("Workspaces", place.list());
    if query.get("done") == Some("deleted") {
        shell = shell.flash(Tone::Good, "The workspace is deleted.");
    }
    let view = View { visitor: &visitor, place, wish: &wish, found: &found };
    Ok(page(shell, view.markup(workspaces.identity().external_url())))
}

impl Wish {
    fn read(query: &ListQuery) -> Self {
        let text = |name: &str| query.get(name).unwrap_or_default().to_owned();
        Self {
            search: text("search"),
            project: text("project"),
            tag: text("tag"),
            lock: text("lock"),
            order: text("sort"),
        }
    }

    fn filter(&self) -> Filter {
        let project = (!self.project.is_empty()).then(|| self.project.parse());
        Filter {
            search: (!self.search.is_empty()).then(|| self.search.clone()),
            project: project.as_ref().and_then(|parsed| parsed.as_ref().ok().copied()),
            tags: Some(self.tag.clone()).filter(|tag| !tag.is_empty()).into_iter().collect(),
            impossible: project.is_some_and(|parsed| parsed.is_err()),
            locked: match self.lock.as_str() {
                "locked" => Some(true),
                "free" => Some(false),
                _ => None,
            },
            order: match self.order.as_str() {
                "-name" => Order::NameDown,
                "-changed" => Order::ChangeDown,
                "changed" => Order::Change,
                "-created" => Order::CreationDown,
                _ => Order::Name,
            },
            ..Filter::default()
        }
    }

    fn is_empty(&self) -> bool {
        [&self.search, &self.project, &self.tag, &self.lock].iter().all(|text| text.is_empty())
    }

    fn pairs(&self) -> [(&str, &str); 5] {
        [
            ("search", &self.search),
            ("project", &self.project),
            ("tag", &self.tag),
            ("lock", &self.lock),
            ("sort", &self.order),
        ]
    }
}

struct View<'a> {
    visitor: &'a Visitor,
    place: Place,
    wish: &'a Wish,
    found: &'a Found,
}

impl View<'_> {
    fn markup(&self, external_url: &str) -> Markup {
        let nothing_there = self.found.workspaces.total == 0 && self.wish.is_empty();
        html! {
            (heading("Workspaces", self.about(), html! {
                @if self.found.may_create {
                    (button_link("New workspace", &self.place.new_workspace(), !nothing_there))
                }
            }))
            @if nothing_there { (self.first_steps(external_url)) }
            @else {
                (search_form(&self.place.list(), ("search", &self.wish.search), "Search workspaces", "list",
                    self.filters()))
                div #list { (self.results()) }
            }
        }
    }

    fn about(&self) -> Markup {
        let scope = &self.found.scope;
        html! {
            @if let Some(project) = &scope.project {
                "The workspaces of the project " strong { (project.name) } " in "
                strong { (scope.organization.name) } "."
            } @else {
                "Each workspace of " strong { (scope.organization.name) } " keeps one state and its history."
            }
        }
    }

    fn filters(&self) -> Markup {
        let projects: Vec<_> = [Choice::new("", "All projects")]
            .into_iter()
            .chain(
                self.found
                    .projects
                    .iter()
                    .map(|project| Choice::new(project.id.to_string(), project.name.as_str())),
            )
            .collect();
        let tags: Vec<_> = [Choice::new("", "All tags")]
            .into_iter()
            .chain(
                self.found.tags.iter().map(|tag| Choice::new(tag.name.as_str(), tag.name.as_str())),
            )
            .collect();
        let locks =
            [("", "Locked or not"), ("locked", "Locked"), ("free", "Not locked")].map(choice);
        let orders = [
            ("", "By name"),
            ("-changed", "Last changed"),
            ("changed", "Longest unchanged"),
            ("-created", "Newest"),
        ]
        .map(choice);
        let select = |name, label, choices: &[Choice], chosen: &str| {
            filter(&Select { name, label, hint: "", choices, chosen })
        };
        html! {
            @if self.found.scope.project.is_none() && projects.len() > 2 {
                (select("project", "Project", &projects, &self.wish.project))
            }
            @if tags.len() > 1 { (select("tag", "Tag", &tags, &self.wish.tag)) }
            (select("lock", "Lock", &locks, &self.wish.lock))
            (select("sort", "Order", &orders, &self.wish.order))
        }
    }

    fn results(&self) -> Markup {
        let found = &self.found.workspaces;
        let rows = found.items.iter().map(|listed| self.row(listed)).collect();
        html! {
            @if found.total == 0 {
                (empty_state(Icon::Search, "No workspace matches", html! {
                    "Nothing here fits what you look for."
                }, button_link("Show all", &self.place.list(), false)))
            } @else {
                (table("Workspaces", &[
                    Column::main("Name"), Column::text("Lock"), Column::text("Tags"),
                    Column::number("Resources"), Column::text("Changed"),
                ], rows))
                (pagination(found, "workspace", &self.place.list(), &self.wish.pairs()))
            }
        }
    }

    fn row(&self, listed: &Listed) -> Vec<Markup> {
        let workspace = &listed.workspace;
        let now = self.visitor.context.now;
        vec![
            html! {
                a href=(self.place.workspace(&workspace.name)) { (workspace.name) }
                p.hint { (workspace.project_name) }
            },
            html! {
                @if let Some(lock) = &workspace.lock {
                    span.badge.tone-warning {
                        (icon(Icon::Lock)) (parts::holder(lock)) ", " (time(now, lock.at))
                    }
                }
            },
            parts::tags(&self.place, &listed.tags),
            html! {
                @match (workspace.current_state_version_id, workspace.resource_count) {
                    (None, _) => span.quiet { "no state" },
                    (Some(_), Some(count)) => (count),
                    (Some(_), None) => span.quiet title="The state is encrypted by the client" { "unknown" },
                }
            },
            time(now, workspace.latest_change_at),
        ]
    }

    fn first_steps(&self, external_url: &str) -> Markup {
        let project = self.found.scope.project.as_ref();
        empty_state(
            Icon::Workspace,
            "No workspaces yet",
            html! {
                "Terraform makes them by itself: put this block into a configuration, then run "
                code { "terraform init" } "."
            },
            html! {
                (cloud_block(external_url, &self.found.scope,
                    project.map(|project| (project.id, project.name.as_str())), "my-workspace"))
                (copyable("terraform init"))
            },
        )
    }
}

fn choice((value, label): (&str, &str)) -> Choice {
    Choice::new(value, label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_that_is_no_id_finds_nothing() {
        let wish = Wish { project: "payments".to_owned(), ..Wish::default() };
        assert!(wish.filter().impossible);
        assert!(!Wish::default().filter().impossible);
    }

    #[test]
    fn the_lock_filter_has_three_positions() {
        let locked = |lock: &str| Wish { lock: lock.to_owned(), ..Wish::default() }.filter().locked;
        assert_eq!([locked(""), locked("locked"), locked("free")], [None, Some(true), Some(false)]);
    }
}
