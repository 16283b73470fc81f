//! A new workspace.

use axum::extract::State;
use http::StatusCode;
use identity::{Project, Right, SafeForm, Scope, Visitor};
use kernel::{Error, Kind};
use serde::Deserialize;
use web::{
    Path,
    page::{
        Button, Choice, Field, Markup, Problems, Select, button, button_link, card, field, heading,
        html, page, post_form, see_other, select,
    },
};

use super::{
    Place, Shown,
    parts::{self, read_tags},
    shell,
};
use crate::{
    Workspaces,
    change::{Change, NewWorkspace},
    service,
};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct WorkspaceForm {
    name: String,
    description: String,
    project: String,
    tags: String,
}

pub(super) async fn show(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path(organization): Path<String>,
) -> Shown {
    answer(&visitor, &workspaces, organization, &WorkspaceForm::default(), None).await
}

pub(super) async fn create(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path(organization): Path<String>,
    SafeForm(form): SafeForm<WorkspaceForm>,
) -> Shown {
    let (context, address, new) = (visitor.context.clone(), organization.clone(), new(&form)?);
    let made = workspaces
        .db()
        .write(move |tx| {
            let scope = identity::scope(tx, &context, &address)?;
            service::create(tx, &context, &scope, &new)
        })
        .await;
    match made {
        Ok((made, _)) => {
            let to = Place::of(&organization).workspace(&made.name);
            Ok(see_other(&format!("{to}?done=created")))
        }
        Err(error) if error.kind() == Kind::Invalid => {
            answer(&visitor, &workspaces, organization, &form, Some(&error)).await
        }
        Err(error) => Err(error.into()),
    }
}

fn new(form: &WorkspaceForm) -> kernel::Result<NewWorkspace> {
    let project = match form.project.as_str() {
        "" => None,
        id => Some(id.parse().map_err(|_| Error::bad_request("this is not a project’s id"))?),
    };
    Ok(NewWorkspace {
        attributes: Change {
            name: Some(Some(form.name.trim().to_owned())),
            description: Some(Some(form.description.trim().to_owned())),
            source: Some(Some("tfe-ui".to_owned())),
            ..Change::default()
        },
        project,
        tags: read_tags(&form.tags),
    })
}

async fn answer(
    visitor: &Visitor,
    workspaces: &Workspaces,
    organization: String,
    form: &WorkspaceForm,
    error: Option<&Error>,
) -> Shown {
    let place = Place::of(&organization);
    let context = visitor.context.clone();
    let (scope, projects) = workspaces
        .db()
        .read(move |tx| {
            let scope = identity::scope(tx, &context, &organization)?;
            let projects = parts::open_projects(tx, &scope)?;
            if projects.is_empty() {
                scope.require(Right::CreateWorkspace)?;
            }
            Ok((scope, projects))
        })
        .await?;
    let shell = shell(visitor, &scope, "New workspace")
        .crumb("Workspaces", place.list())
        .crumb("New", place.new_workspace())
        .status(if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK });
    Ok(page(shell, markup(visitor, &place, &scope, &projects, form, error)))
}

fn markup(
    visitor: &Visitor,
    place: &Place,
    scope: &Scope,
    projects: &[Project],
    form: &WorkspaceForm,
    error: Option<&Error>,
) -> Markup {
    let problems = Problems::of(error);
    let target = scope.target_project().to_string();
    let chosen = if form.project.is_empty() { target.as_str() } else { form.project.as_str() };
    let choices: Vec<_> = projects
        .iter()
        .map(|project| Choice::new(project.id.to_string(), project.name.as_str()))
        .collect();
    html! {
        (heading("New workspace", html! {
            "Terraform also makes workspaces by itself, on the first " code { "terraform init" } "."
        }, html! {}))
        (card(html! {
            (problems.summary(&["name", "description"]))
            (post_form(&place.list(), &visitor.csrf(), html! {
                (field(&Field::text("name", "Name").value(&form.name).focus()
                    .placeholder("payments-production")
                    .hint("Letters, digits, hyphens and underscores; unique in the organization.")
                    .error(problems.with("name"))))
                (field(&Field::text("description", "Description").optional()
                    .value(&form.description).error(problems.with("description"))))
                (select(&Select { name: "project", label: "Project", hint: "", choices: &choices, chosen }))
                (field(&Field::text("tags", "Tags").optional().value(&form.tags)
                    .placeholder("core, env=production")
                    .hint("Words or key=value, between commas.")))
                div.actions {
                    (button(Button::Primary, "Create workspace"))
                    (button_link("Cancel", &place.list(), false))
                }
            }))
        }))
    }
}
