//! The variable sets of an organization, those that count in a project, and a new one.

use axum::extract::State;
use http::StatusCode;
use identity::{Project, Right, SafeForm, Scope, Visitor, frames, project_details};
use kernel::{Error, Kind, Page, ProjectId, VariableSetId};
use serde::Deserialize;
use web::{
    ListQuery, Path,
    page::{
        Button, Choice, Column, Field, Icon, Markup, Problems, Select, Tone, badge, button,
        button_link, card, checkbox, count, empty_state, field, heading, html, page, page_request,
        pagination, post_form, search_form, see_other, select, table, text_area,
    },
};

use super::{Shown, parts::projects};
use crate::{
    Workspaces,
    variable_sets::{
        self as sets, NewSet, Parent, Relations, SetChange, SetFilter, SetIncludes, VariableSet,
    },
};

/// Where the pages are below an organization's settings, and below a project's page.
const PART: &str = "/variable-sets";

/// Where the sets of an organization are.
pub(super) fn list_path(scope: &Scope) -> String {
    format!("{}{PART}", frames::settings_path(&scope.organization.name))
}

/// Where a set is.
pub(super) fn set_path(scope: &Scope, id: VariableSetId) -> String {
    format!("{}/{id}", list_path(scope))
}

/// What a form of a set sends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SetForm {
    pub(super) name: String,
    pub(super) description: String,
    pub(super) global: bool,
    pub(super) priority: bool,
    pub(super) owner: String,
}

impl SetForm {
    /// What is asked for.
    pub(super) fn change(&self) -> SetChange {
        SetChange {
            name: Some(Some(self.name.trim().to_owned())),
            description: Some(Some(self.description.trim().to_owned())),
            global: Some(Some(self.global)),
            priority: Some(Some(self.priority)),
        }
    }
}

/// What a list shows.
struct Known {
    scope: Scope,
    found: Page<VariableSet>,
    relations: Relations,
}

pub(super) async fn list(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path(organization): Path<String>,
    query: ListQuery,
) -> Shown {
    let barrier = workspaces.identity().barrier().clone();
    let context = visitor.context.clone();
    let (filter, request) = (filter(&query, None), page_request(&query));
    let read = move |tx: &mut db::Tx<'_>| {
        let scope = identity::scope(tx, &context, &organization)?;
        scope.at_organization().require(Right::ReadOrganization)?;
        let found = sets::list(tx, &scope, &filter, request)?;
        let relations =
            Relations::load(tx, &barrier, &scope, &found.items, SetIncludes::default())?;
        let projects = projects(tx, &scope)?;
        let keeps = keeps_any(tx, &scope, &projects)?;
        Ok((Known { scope, found, relations }, keeps))
    };
    let (known, keeps) = workspaces.db().snapshot(read).await?;
    let path = list_path(&known.scope);
    let mut shell = frames::settings_shell(&visitor, &known.scope, "Variable sets")
        .crumb("Variable sets", path.as_str());
    if query.get("done") == Some("deleted") {
        shell = shell.flash(Tone::Good, "The set is deleted.");
    }
    let new = keeps.then(|| format!("{path}/new"));
    let contents = html! {
        (heading("Variable sets", html! {
            "Variables that several workspaces of " strong { (known.scope.organization.name) } " share."
        }, action(&known, new.as_deref(), &query)))
        (frames::settings_parts(&known.scope, PART))
        (known.markup(&path, &query, new.as_deref()))
    };
    Ok(page(shell, contents))
}

pub(super) async fn list_of_project(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, project)): Path<(String, String)>,
    query: ListQuery,
) -> Shown {
    let id: ProjectId = project.parse().map_err(|_| Error::not_found())?;
    let barrier = workspaces.identity().barrier().clone();
    let context = visitor.context.clone();
    let (filter, request) = (filter(&query, Some(id)), page_request(&query));
    let read = move |tx: &mut db::Tx<'_>| {
        let scope = identity::scope(tx, &context, &organization)?;
        let details = project_details(tx, &scope, id)?
            .filter(|details| details.project.organization_id == scope.organization.id)
            .ok_or_else(Error::not_found)?;
        let scope = scope.at_project(tx, id)?;
        let found = sets::list(tx, &scope, &filter, request)?;
        let relations =
            Relations::load(tx, &barrier, &scope, &found.items, SetIncludes::default())?;
        Ok((Known { scope, found, relations }, details))
    };
    let (known, details) = workspaces.db().snapshot(read).await?;
    let path = format!("{}{PART}", frames::project_path(&known.scope, &details));
    let shell = frames::project_shell(&visitor, &known.scope, &details)
        .crumb("Variable sets", path.as_str());
    let keeps = known.scope.allows(Right::ManageVariableSets);
    let new = keeps.then(|| format!("{}/new?project={id}", list_path(&known.scope)));
    let contents = html! {
        (heading("Variable sets", html! {
            "Those that count in the whole project " strong { (details.project.name) }
            ", or belong to it."
        }, action(&known, new.as_deref(), &query)))
        (frames::project_parts(&known.scope, &details, PART))
        (known.markup(&path, &query, new.as_deref()))
    };
    Ok(page(shell, contents))
}

fn filter(query: &ListQuery, project: Option<ProjectId>) -> SetFilter {
    SetFilter { search: query.get("search").map(str::to_owned), project, ..SetFilter::default() }
}

/// Whether somebody keeps the sets of the organization, or of a project.
fn keeps_any(tx: &mut db::Tx<'_>, scope: &Scope, projects: &[Project]) -> kernel::Result<bool> {
    let whole = scope.at_organization().allows(Right::ManageVariableSets);
    Ok(whole || !kept(tx, scope, projects)?.is_empty())
}

/// The projects whose sets somebody keeps.
fn kept(tx: &mut db::Tx<'_>, scope: &Scope, projects: &[Project]) -> kernel::Result<Vec<Project>> {
    let reach = scope.reach(tx)?;
    let keeps =
        |project: &&Project| reach.at_project(scope, project.id).allows(Right::ManageVariableSets);
    Ok(projects.iter().filter(keeps).cloned().collect())
}

/// The way to a new set, unless the empty list shows it.
fn action(known: &Known, new: Option<&str>, query: &ListQuery) -> Markup {
    let empty = known.found.total == 0 && query.get("search").is_none();
    html! {
        @if let Some(new) = new.filter(|_| !empty) { (button_link("New variable set", new, true)) }
    }
}

impl Known {
    fn markup(&self, path: &str, query: &ListQuery, new: Option<&str>) -> Markup {
        let search = query.get("search").unwrap_or_default();
        let found = &self.found;
        let rows = found.items.iter().map(|set| self.row(set)).collect();
        html! {
            @if found.total == 0 && search.is_empty() { (first_steps(new)) }
            @else {
                (search_form(path, ("search", search), "Search variable sets", "list", html! {}))
                div #list {
                    @if found.total == 0 {
                        (empty_state(Icon::Search, "No set matches", html! {
                            "Nothing here is called “" (search) "”."
                        }, button_link("Show all", path, false)))
                    } @else {
                        (table("Variable sets", &[
                            Column::main("Name"), Column::text("Owner"), Column::text("Counts"),
                            Column::number("Variables"),
                        ], rows))
                        (pagination(found, "set", path, &[("search", search)]))
                    }
                }
            }
        }
    }

    fn row(&self, set: &VariableSet) -> Vec<Markup> {
        vec![
            html! {
                a href=(set_path(&self.scope, set.id)) { (set.name) }
                @if set.priority { " " (badge(Tone::Accent, "Priority")) }
                @if !set.description.is_empty() { p.hint { (set.description) } }
            },
            owner(set),
            reach(set, &self.relations),
            html! { (self.relations.variables(set).len()) },
        ]
    }
}

/// Who owns a set.
pub(super) fn owner(set: &VariableSet) -> Markup {
    html! {
        @match &set.project {
            Some((_, name)) => { "project " strong { (name) } },
            None => "the organization",
        }
    }
}

/// Where a set counts, in a few words.
pub(super) fn reach(set: &VariableSet, relations: &Relations) -> Markup {
    let projects = relations.projects(set).len() as u64;
    let workspaces = relations.workspaces(set).len() as u64;
    html! {
        @if set.global { (badge(Tone::Good, "Everywhere")) }
        @else if projects + workspaces == 0 { span.quiet { "nowhere yet" } }
        @else {
            @if projects > 0 { (count(projects, "project")) }
            @if projects > 0 && workspaces > 0 { ", " }
            @if workspaces > 0 { (count(workspaces, "workspace")) }
        }
    }
}

fn first_steps(new: Option<&str>) -> Markup {
    empty_state(
        Icon::Key,
        "No variable sets yet",
        html! {
            "A set keeps variables in one place for many workspaces: the region and the keys of a "
            "cloud account, for example."
        },
        html! { @if let Some(new) = new { (button_link("New variable set", new, true)) } },
    )
}

pub(super) async fn new(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path(organization): Path<String>,
    query: ListQuery,
) -> Shown {
    let owner = query.get("project").unwrap_or_default().to_owned();
    let form = SetForm { owner, ..SetForm::default() };
    new_page(&visitor, &workspaces, organization, &form, None).await
}

pub(super) async fn create(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path(organization): Path<String>,
    SafeForm(form): SafeForm<SetForm>,
) -> Shown {
    let barrier = workspaces.identity().barrier().clone();
    let (context, address) = (visitor.context.clone(), organization.clone());
    let parent = match form.owner.as_str() {
        "" => None,
        id => Some(Parent::Project(id.parse().map_err(|_| Error::not_found())?)),
    };
    let new = NewSet { attributes: form.change(), parent, ..NewSet::default() };
    let write = move |tx: &mut db::Tx<'_>| {
        let scope = identity::scope(tx, &context, &address)?;
        let set = sets::create(tx, &context, &barrier, &scope, &new)?;
        Ok(set_path(&scope, set.id))
    };
    match workspaces.db().write(write).await {
        Ok(path) => Ok(see_other(&format!("{path}?done=created"))),
        Err(error) if error.kind() == Kind::Invalid => {
            new_page(&visitor, &workspaces, organization, &form, Some(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

async fn new_page(
    visitor: &Visitor,
    workspaces: &Workspaces,
    organization: String,
    form: &SetForm,
    error: Option<&Error>,
) -> Shown {
    let context = visitor.context.clone();
    let read = move |tx: &mut db::Tx<'_>| {
        let scope = identity::scope(tx, &context, &organization)?;
        let projects = projects(tx, &scope)?;
        let kept = kept(tx, &scope, &projects)?;
        let whole = scope.at_organization();
        if kept.is_empty() {
            whole.require(Right::ManageVariableSets)?;
        }
        Ok((scope, whole.allows(Right::ManageVariableSets), kept))
    };
    let (scope, whole, kept) = workspaces.db().read(read).await?;
    let path = list_path(&scope);
    let mut shell = frames::settings_shell(visitor, &scope, "New variable set")
        .crumb("Variable sets", path.as_str())
        .crumb("New", format!("{path}/new"));
    if error.is_some() {
        shell = shell.status(StatusCode::UNPROCESSABLE_ENTITY);
    }
    let organization = whole.then(|| Choice::new("", "The organization"));
    let project = |project: &Project| {
        Choice::new(project.id.to_string(), format!("The project {}", project.name))
    };
    let owners: Vec<Choice> = organization.into_iter().chain(kept.iter().map(project)).collect();
    let problems = Problems::of(error);
    let contents = html! {
        (heading("New variable set", html! { "in " strong { (scope.organization.name) } }, html! {}))
        (frames::settings_parts(&scope, PART))
        (card(html! {
            (problems.summary(&["name", "description"]))
            (post_form(&path, &visitor.csrf(), html! {
                (fields(form, problems, true))
                (select(&Select {
                    name: "owner", label: "Owner", choices: &owners, chosen: &form.owner,
                    hint: "A project’s set is kept by those who write in the project, and counts there only.",
                }))
                (switches(form, true))
                div.actions {
                    (button(Button::Primary, "Create variable set"))
                    (button_link("Cancel", &path, false))
                }
            }))
        }))
    };
    Ok(page(shell, contents))
}

/// The name and the description of a set; `first` when one starts there.
pub(super) fn fields(form: &SetForm, problems: Problems<'_>, first: bool) -> Markup {
    let name = Field::text("name", "Name")
        .value(&form.name)
        .placeholder("aws-production")
        .hint("Sets of one rank win by their names, in alphabetical order.")
        .error(problems.with("name"));
    html! {
        (field(&if first { name.focus() } else { name }))
        (text_area(&Field::text("description", "Description").optional()
            .value(&form.description).error(problems.with("description")), 2))
    }
}

/// What holds for a set as a whole.
pub(super) fn switches(form: &SetForm, may_be_global: bool) -> Markup {
    html! {
        @if may_be_global {
            (checkbox("global", "Counts everywhere",
                "For every workspace of the organization, also for those to come.", form.global))
        }
        (checkbox("priority", "Has priority",
            "Its values win over those of workspaces and of narrower sets.", form.priority))
    }
}
