//! The projects of an organization: what there is, a new one, changing and deleting one.

use axum::extract::State;
use http::StatusCode;
use kernel::{Error, Kind, Page, ProjectId};
use serde::{Deserialize, de::IgnoredAny};
use web::{
    ListQuery, Path,
    page::{
        Button, Column, Field, Icon, Markup, PageShell, Problems, Tab, Tone, badge, button,
        button_link, card, confirm, count, danger_zone, empty_state, field, heading, html, page,
        page_request, pagination, path_segment, post_form, search_form, see_other, table, tabs,
        text_area, time,
    },
};

use super::{Shown, done};
use crate::{
    Identity, ListedProject, NewProject, ProjectChange, ProjectDetails, ProjectFilter, Right,
    SafeForm, Scope, Visitor,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ProjectForm {
    name: String,
    description: String,
}

pub(super) async fn list(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path(organization): Path<String>,
    query: ListQuery,
) -> Shown {
    let search = query.get("search").unwrap_or_default();
    let filter = ProjectFilter {
        search: Some(search.to_owned()).filter(|search| !search.is_empty()),
        ..ProjectFilter::default()
    };
    let request = page_request(&query);
    let (scope, found) =
        identity.list_projects(&visitor.context, &organization, filter, request).await?;
    let mut shell = shell(&visitor, &scope, "Projects");
    if let Some((tone, text)) = done(query.get("done")) {
        shell = shell.flash(tone, text);
    }
    Ok(page(shell, list_page(&visitor, &scope, &found, search)))
}

pub(super) async fn new(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path(organization): Path<String>,
) -> Shown {
    let scope = identity.read_organization(&visitor.context, &organization).await?;
    scope.require(Right::CreateProject)?;
    let shell = new_shell(&visitor, &scope);
    Ok(page(shell, new_page(&visitor, &scope, &ProjectForm::default(), None)))
}

pub(super) async fn create(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path(organization): Path<String>,
    SafeForm(form): SafeForm<ProjectForm>,
) -> Shown {
    let new = NewProject {
        name: form.name.trim().to_owned(),
        description: form.description.trim().to_owned(),
        ..NewProject::default()
    };
    match identity.create_project(&visitor.context, &organization, new).await {
        Ok((scope, _)) => Ok(see_other(&format!("{}?done=created", path(&scope)))),
        Err(error) if error.kind() == Kind::Invalid => {
            let scope = identity.read_organization(&visitor.context, &organization).await?;
            let shell = new_shell(&visitor, &scope).status(StatusCode::UNPROCESSABLE_ENTITY);
            Ok(page(shell, new_page(&visitor, &scope, &form, Some(&error))))
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn edit(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path((_, project)): Path<(String, String)>,
    query: ListQuery,
) -> Shown {
    let (scope, details) = identity.read_project(&visitor.context, id(&project)?).await?;
    let form = ProjectForm {
        name: details.project.name.clone(),
        description: details.project.description.clone(),
    };
    let mut shell = edit_shell(&visitor, &scope, &details);
    if let Some((tone, text)) = done(query.get("done")) {
        shell = shell.flash(tone, text);
    }
    Ok(page(shell, edit_page(&visitor, &scope, &details, &form, None)))
}

pub(super) async fn update(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path((_, project)): Path<(String, String)>,
    SafeForm(form): SafeForm<ProjectForm>,
) -> Shown {
    let id = id(&project)?;
    let change = ProjectChange {
        name: Some(form.name.trim().to_owned()),
        description: Some(form.description.trim().to_owned()),
        ..ProjectChange::default()
    };
    match identity.update_project(&visitor.context, id, change).await {
        Ok((scope, _)) => Ok(see_other(&format!("{}/{id}?done=saved", path(&scope)))),
        Err(error) if error.kind() == Kind::Invalid => {
            let (scope, details) = identity.read_project(&visitor.context, id).await?;
            let shell =
                edit_shell(&visitor, &scope, &details).status(StatusCode::UNPROCESSABLE_ENTITY);
            Ok(page(shell, edit_page(&visitor, &scope, &details, &form, Some(&error))))
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn delete(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path((organization, project)): Path<(String, String)>,
    SafeForm(_): SafeForm<IgnoredAny>,
) -> Shown {
    identity.delete_project(&visitor.context, id(&project)?).await?;
    Ok(see_other(&format!("/app/{}/projects?done=deleted", path_segment(&organization))))
}

pub(super) fn id(text: &str) -> kernel::Result<ProjectId> {
    text.parse().map_err(|_| Error::not_found())
}

pub(super) fn path(scope: &Scope) -> String {
    format!("/app/{}/projects", path_segment(&scope.organization.name))
}

fn shell(visitor: &Visitor, scope: &Scope, title: &str) -> PageShell {
    visitor
        .shell(title)
        .organization(&scope.organization.name, "projects")
        .crumb("Projects", path(scope))
}

fn new_shell(visitor: &Visitor, scope: &Scope) -> PageShell {
    shell(visitor, scope, "New project").crumb("New", format!("{}/new", path(scope)))
}

/// The parts of a project that not everybody sees.
const VARIABLE_SETS: &str = "Variable sets";
const ACCESS: &str = "Access";

/// The parts of a project: what each is called, and where it is below its page.
const PARTS: &[(&str, &str)] =
    &[("Settings", ""), (VARIABLE_SETS, "/variable-sets"), (ACCESS, "/access")];

/// The way between them, for those who may see more than one; `active` as in [`PARTS`].
pub(super) fn parts(scope: &Scope, project: ProjectId, active: &str) -> Markup {
    let path = format!("{}/{project}", path(scope));
    let parts: Vec<Tab> = PARTS
        .iter()
        .filter(|(label, _)| match *label {
            VARIABLE_SETS => scope.allows(Right::ReadVariableSets),
            ACCESS => scope.allows(Right::ManageAccess),
            _ => true,
        })
        .map(|(label, part)| Tab {
            label: (*label).to_owned(),
            href: format!("{path}{part}"),
            current: *part == active,
        })
        .collect();
    if parts.len() > 1 {
        tabs("Project", &parts)
    } else {
        html! {}
    }
}

pub(super) fn edit_shell(visitor: &Visitor, scope: &Scope, details: &ProjectDetails) -> PageShell {
    let project = &details.project;
    shell(visitor, scope, &project.name)
        .crumb(&project.name, format!("{}/{}", path(scope), project.id))
}

fn list_page(
    visitor: &Visitor,
    scope: &Scope,
    found: &Page<ListedProject>,
    search: &str,
) -> Markup {
    let path = path(scope);
    let may_create = scope.allows(Right::CreateProject);
    let rows =
        found.items.iter().map(|listed| row(visitor, &listed.scope, &listed.details)).collect();
    html! {
        (heading("Projects", html! {
            "Projects group the workspaces of " strong { (scope.organization.name) } ". A "
            "configuration names one after the organization, as in "
            code { (scope.organization.name) ".payments" } "."
        }, html! {
            @if may_create { (button_link("New project", &format!("{path}/new"), true)) }
        }))
        (search_form(&path, ("search", search), "Search projects", "list", html! {}))
        div #list {
            @if found.items.is_empty() {
                (empty_state(Icon::Project, "No project matches", html! {
                    "Nothing here is called “" (search) "”."
                }, button_link("Show all", &path, false)))
            } @else {
                (table("Projects", &[
                    Column::main("Name"), Column::number("Workspaces"), Column::text("Created"),
                    Column::actions("Change"),
                ], rows))
                (pagination(found, "project", &path, &[("search", search)]))
            }
        }
    }
}

fn row(visitor: &Visitor, scope: &Scope, details: &ProjectDetails) -> Vec<Markup> {
    let project = &details.project;
    let organization = path_segment(&scope.organization.name);
    let is_default = project.id == scope.organization.default_project_id;
    vec![
        html! {
            a href={ "/app/" (organization) "/workspaces?project=" (project.id) } { (project.name) }
            @if is_default { " " (badge(Tone::Accent, "Default")) }
            @if !project.description.is_empty() { p.hint { (project.description) } }
        },
        html! { (details.workspace_count) },
        time(visitor.context.now, project.created_at),
        html! {
            @if scope.allows(Right::UpdateProject) {
                a.button.small href={ (path(scope)) "/" (project.id) }
                    aria-label={ "Change " (project.name) } { "Change" }
            }
        },
    ]
}

fn form_fields(form: &ProjectForm, problems: Problems<'_>) -> Markup {
    html! {
        (field(&Field::text("name", "Name").value(&form.name).focus().placeholder("payments")
            .hint("Letters, digits, hyphens, underscores and inner spaces. Without spaces it can be named in configurations.")
            .error(problems.with("name"))))
        (text_area(&Field::text("description", "Description").optional()
            .value(&form.description).error(problems.with("description")), 3))
    }
}

fn new_page(visitor: &Visitor, scope: &Scope, form: &ProjectForm, error: Option<&Error>) -> Markup {
    let path = path(scope);
    let problems = Problems::of(error);
    html! {
        (heading("New project", html! { "in " strong { (scope.organization.name) } }, html! {}))
        (card(html! {
            (problems.summary(&["name", "description"]))
            (post_form(&path, &visitor.csrf(), html! {
                (form_fields(form, problems))
                div.actions {
                    (button(Button::Primary, "Create project"))
                    (button_link("Cancel", &path, false))
                }
            }))
        }))
    }
}

fn edit_page(
    visitor: &Visitor,
    scope: &Scope,
    details: &ProjectDetails,
    form: &ProjectForm,
    error: Option<&Error>,
) -> Markup {
    let project = &details.project;
    let action = format!("{}/{}", path(scope), project.id);
    let problems = Problems::of(error);
    html! {
        (heading(&project.name, html! {
            (count(details.workspace_count, "workspace")) " · " code { (project.id) }
        }, html! {}))
        (parts(scope, details.project.id, ""))
        (card(html! {
            (problems.summary(&["name", "description"]))
            (post_form(&action, &visitor.csrf(), html! {
                (form_fields(form, problems))
                (button(Button::Primary, "Save changes"))
            }))
        }))
        @if scope.allows(Right::DeleteProject) { (end(visitor, scope, details, &action)) }
    }
}

fn end(visitor: &Visitor, scope: &Scope, details: &ProjectDetails, action: &str) -> Markup {
    let title = "Delete this project";
    if details.project.id == scope.organization.default_project_id {
        return danger_zone(
            title,
            html! {
                "It is the organization’s default project: new workspaces go here. Make another one the "
                "default in the organization’s settings first."
            },
            html! {},
        );
    }
    if details.workspace_count > 0 {
        return danger_zone(
            title,
            html! {
                "It holds " (count(details.workspace_count, "workspace")) ". Move or delete them first."
            },
            html! {},
        );
    }
    danger_zone(
        title,
        html! { "It is empty." },
        confirm(
            "Delete…",
            html! { "The project " strong { (details.project.name) } " goes. This can’t be undone." },
            ("Delete the project", &format!("{action}/delete")),
            &visitor.csrf(),
            html! {},
        ),
    )
}
