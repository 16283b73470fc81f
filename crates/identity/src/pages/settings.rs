//! An organization's settings, and its end.

use axum::extract::State;
use http::StatusCode;
use kernel::{Error, Kind, PageRequest};
use serde::Deserialize;
use web::{
    ListQuery, Path,
    page::{
        Button, Choice, Field, Markup, PageShell, Problems, Select, Tab, button, card, confirm,
        danger_zone, definition_list, field, heading, html, page, path_segment, post_form,
        see_other, select, tabs, time,
    },
};

use super::{Shown, done};
use crate::{
    ExecutionMode, Identity, OrganizationChange, Project, ProjectFilter, Right, SafeForm, Scope,
    Visitor,
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SettingsForm {
    name: String,
    email: String,
    default_execution_mode: String,
    default_project: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DeleteForm {
    confirmation: String,
}

pub(super) async fn show(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path(organization): Path<String>,
    query: ListQuery,
) -> Shown {
    let known = read(&identity, &visitor, &organization).await?;
    let form = SettingsForm::of(&known.scope);
    let mut shell = shell(&visitor, &known.scope, "Settings");
    if let Some((tone, text)) = done(query.get("done")) {
        shell = shell.flash(tone, text);
    }
    Ok(page(shell, markup(&visitor, &known, &form, None)))
}

pub(super) async fn update(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path(organization): Path<String>,
    SafeForm(form): SafeForm<SettingsForm>,
) -> Shown {
    let change = form.change()?;
    match identity.update_organization(&visitor.context, &organization, change).await {
        Ok(scope) => Ok(see_other(&format!("{}?done=saved", path(&scope.organization.name)))),
        Err(error) if matches!(error.kind(), Kind::Invalid | Kind::Conflict) => {
            let known = read(&identity, &visitor, &organization).await?;
            let shell =
                shell(&visitor, &known.scope, "Settings").status(StatusCode::UNPROCESSABLE_ENTITY);
            Ok(page(shell, markup(&visitor, &known, &form, Some(&error))))
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn delete(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path(organization): Path<String>,
    SafeForm(form): SafeForm<DeleteForm>,
) -> Shown {
    let scope = identity.read_organization(&visitor.context, &organization).await?;
    if form.confirmation != scope.organization.name {
        return Err(Error::new(
            Kind::Invalid,
            "the organization was not deleted: type its name exactly as it is written",
        )
        .into());
    }
    identity.delete_organization(&visitor.context, &organization).await?;
    Ok(see_other("/app?done=deleted"))
}

async fn read(identity: &Identity, visitor: &Visitor, organization: &str) -> kernel::Result<Known> {
    let filter = ProjectFilter::default();
    let request = PageRequest::new(1, PageRequest::MAX_SIZE);
    let (scope, projects) =
        identity.list_projects(&visitor.context, organization, filter, request).await?;
    let projects = projects.items.into_iter().map(|listed| listed.details.project).collect();
    Ok(Known { scope, projects })
}

/// The frame of an organization's settings.
pub(super) fn shell(visitor: &Visitor, scope: &Scope, title: &str) -> PageShell {
    visitor
        .shell(title)
        .organization(&scope.organization.name, "settings")
        .crumb("Settings", path(&scope.organization.name))
}

pub(super) fn path(organization: &str) -> String {
    format!("/app/{}/settings", path_segment(organization))
}

/// The part that not every member sees.
const AUDIT: &str = "Audit";

/// The parts of an organization's settings: what each is called, and where it is below them.
const PARTS: &[(&str, &str)] = &[
    ("General", ""),
    ("Members", "/members"),
    ("Teams", "/teams"),
    ("Variable sets", "/variable-sets"),
    ("Tokens", "/tokens"),
    ("Keys", "/keys"),
    ("Trusted issuers", "/trusted-issuers"),
    (AUDIT, "/audit"),
];

/// The way between them; `active` is where the page is, as in [`PARTS`].
pub(super) fn parts(scope: &Scope, active: &str) -> Markup {
    let path = path(&scope.organization.name);
    let parts: Vec<Tab> = PARTS
        .iter()
        .filter(|(label, _)| *label != AUDIT || scope.allows(Right::ReadAudit))
        .map(|(label, part)| Tab {
            label: (*label).to_owned(),
            href: format!("{path}{part}"),
            current: *part == active,
        })
        .collect();
    tabs("Settings", &parts)
}

/// What the page shows.
struct Known {
    scope: Scope,
    projects: Vec<Project>,
}

impl SettingsForm {
    fn of(scope: &Scope) -> Self {
        let organization = &scope.organization;
        Self {
            name: organization.name.clone(),
            email: organization.email.clone(),
            default_execution_mode: organization.default_execution_mode.as_str().to_owned(),
            default_project: organization.default_project_id.to_string(),
        }
    }

    fn change(&self) -> kernel::Result<OrganizationChange> {
        let project = self.default_project.parse();
        Ok(OrganizationChange {
            name: Some(self.name.trim().to_owned()),
            email: Some(self.email.trim().to_owned()),
            default_execution_mode: Some(ExecutionMode::parse(
                "default-execution-mode",
                &self.default_execution_mode,
            )?),
            default_project_id: Some(
                project.map_err(|_| Error::bad_request("this is not a project’s id"))?,
            ),
            ..OrganizationChange::default()
        })
    }
}

fn markup(visitor: &Visitor, known: &Known, form: &SettingsForm, error: Option<&Error>) -> Markup {
    let scope = &known.scope;
    let organization = &scope.organization;
    let facts = definition_list(&[
        ("Id", html! { code { (organization.id) } }),
        ("Created", time(visitor.context.now, organization.created_at)),
    ]);
    html! {
        (heading("Settings", html! { "of " strong { (organization.name) } }, html! {}))
        (parts(scope, ""))
        @if scope.allows(Right::UpdateOrganization) {
            (card(html! { (facts) (form_markup(visitor, known, form, Problems::of(error))) }))
        } @else {
            (card(html! {
                (facts)
                p.hint { "Only owners of the organization can change its settings." }
            }))
        }
        @if scope.allows(Right::DeleteOrganization) { (end(visitor, scope)) }
    }
}

fn form_markup(
    visitor: &Visitor,
    known: &Known,
    form: &SettingsForm,
    problems: Problems<'_>,
) -> Markup {
    let projects: Vec<_> = known
        .projects
        .iter()
        .map(|project| Choice::new(project.id.to_string(), project.name.as_str()))
        .collect();
    let modes = [
        Choice::new("local", "On the machine of whoever runs Terraform"),
        Choice::new("remote", "On this server"),
    ];
    html! {
        (problems.summary(&["name", "email"]))
        (post_form(&path(&known.scope.organization.name), &visitor.csrf(), html! {
            (field(&Field::text("name", "Name").value(&form.name)
                .hint("Configurations name it: change it there as well.")
                .error(problems.with("name"))))
            (field(&Field::text("email", "E-mail").value(&form.email)
                .hint("Whom to write to about the organization.")
                .error(problems.with("email"))))
            (select(&Select {
                name: "default_project", label: "Default project",
                hint: "Where new workspaces go when a configuration names no project.",
                choices: &projects, chosen: &form.default_project,
            }))
            (select(&Select {
                name: "default_execution_mode", label: "Plans and applies run",
                hint: "Projects and workspaces can say otherwise.",
                choices: &modes, chosen: &form.default_execution_mode,
            }))
            (button(Button::Primary, "Save changes"))
        }))
    }
}

fn end(visitor: &Visitor, scope: &Scope) -> Markup {
    let name = &scope.organization.name;
    danger_zone(
        "Delete this organization",
        html! { "Its workspaces must be deleted first, so that no state is lost by a slip." },
        confirm(
            "Delete…",
            html! { "This can’t be undone. Type " strong { (name) } " to go on." },
            ("Delete the organization", &format!("{}/delete", path(name))),
            &visitor.csrf(),
            field(&Field::text("confirmation", "Name of the organization")),
        ),
    )
}
