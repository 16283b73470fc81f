//! A workspace's settings, and its end.

use axum::extract::State;
use http::StatusCode;
use identity::{Project, Right, SafeForm, Scope, Tag, Visitor};
use kernel::{Error, Kind};
use serde::Deserialize;
use web::{
    ListQuery, Path,
    page::{
        Button, Choice, Field, Markup, Problems, Select, Tone, button, card, checkbox, confirm,
        count, danger_zone, field, heading, html, page, post_form, see_other, select,
    },
};

use super::{
    Place, Shown,
    parts::{projects, read_tags, sections, words},
    shell,
};
use crate::{
    Deletion, Workspace, Workspaces,
    change::{Change, WorkspaceChange},
    service, tags,
};

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SettingsForm {
    name: String,
    description: String,
    project: String,
    terraform_version: String,
    tags: String,
    global_remote_state: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DeleteForm {
    confirmation: String,
}

/// What the page shows.
struct Known {
    scope: Scope,
    workspace: Workspace,
    tags: Vec<Tag>,
    projects: Vec<Project>,
}

pub(super) async fn show(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, name)): Path<(String, String)>,
    query: ListQuery,
) -> Shown {
    let known = read(&visitor, &workspaces, &organization, &name).await?;
    let view = View { visitor: &visitor, place: Place::of(&organization), known: &known };
    let form = SettingsForm::of(&known);
    let done = query.get("done") == Some("saved");
    Ok(view.answer(&form, None, done))
}

pub(super) async fn update(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, name)): Path<(String, String)>,
    SafeForm(form): SafeForm<SettingsForm>,
) -> Shown {
    let (context, change) = (visitor.context.clone(), form.change()?);
    let (address, current) = (organization.clone(), name.clone());
    let changed = workspaces
        .db()
        .write(move |tx| {
            let scope = identity::scope(tx, &context, &address)?;
            let (workspace, scope) = service::find_by_name(tx, &scope, &current)?;
            service::update(tx, &context, &scope, workspace.id, &change)
        })
        .await;
    match changed {
        Ok((changed, _)) => {
            let to = Place::of(&organization).part(&changed.name, "settings");
            Ok(see_other(&format!("{to}?done=saved")))
        }
        Err(error) if error.kind() == Kind::Invalid => {
            let known = read(&visitor, &workspaces, &organization, &name).await?;
            let view = View { visitor: &visitor, place: Place::of(&organization), known: &known };
            Ok(view.answer(&form, Some(&error), false))
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn delete(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, name)): Path<(String, String)>,
    SafeForm(form): SafeForm<DeleteForm>,
) -> Shown {
    let to = Place::of(&organization).list();
    let (context, plugged) = (visitor.context, workspaces.clone());
    workspaces
        .db()
        .write(move |tx| {
            let scope = identity::scope(tx, &context, &organization)?;
            let (workspace, scope) = service::find_by_name(tx, &scope, &name)?;
            let deletion = match workspace.resource_count {
                Some(0) => Deletion::Safe,
                _ if form.confirmation == workspace.name => Deletion::Force,
                _ => {
                    return Err(Error::new(
                        Kind::Invalid,
                        "to leave its resources behind, type the workspace's name exactly",
                    ));
                }
            };
            service::delete(tx, &context, &scope, workspace.id, deletion, plugged.before_delete())
        })
        .await?;
    Ok(see_other(&format!("{to}?done=deleted")))
}

async fn read(
    visitor: &Visitor,
    workspaces: &Workspaces,
    organization: &str,
    name: &str,
) -> kernel::Result<Known> {
    let (context, address, name) =
        (visitor.context.clone(), organization.to_owned(), name.to_owned());
    let known = workspaces.db().read(move |tx| {
        let scope = identity::scope(tx, &context, &address)?;
        let (workspace, scope) = service::find_by_name(tx, &scope, &name)?;
        let own = tags::tags_of(tx, workspace.id)?.into_iter();
        Ok(Known {
            tags: own.map(|tag| Tag { key: tag.key, value: tag.value }).collect(),
            projects: projects(tx, &scope)?,
            scope,
            workspace,
        })
    });
    known.await
}

impl SettingsForm {
    fn of(known: &Known) -> Self {
        let workspace = &known.workspace;
        Self {
            name: workspace.name.clone(),
            description: workspace.description.clone(),
            project: workspace.project_id.to_string(),
            terraform_version: workspace.terraform_version.clone(),
            tags: known.tags.iter().map(words).collect::<Vec<_>>().join(", "),
            global_remote_state: workspace.global_remote_state,
        }
    }

    fn change(&self) -> kernel::Result<WorkspaceChange> {
        let project = match self.project.as_str() {
            "" => None,
            id => Some(id.parse().map_err(|_| Error::bad_request("this is not a project’s id"))?),
        };
        Ok(WorkspaceChange {
            attributes: Change {
                name: Some(Some(self.name.trim().to_owned())),
                description: Some(Some(self.description.trim().to_owned())),
                terraform_version: Some(Some(self.terraform_version.trim().to_owned())),
                global_remote_state: Some(Some(self.global_remote_state)),
                ..Change::default()
            },
            project,
            tags: Some(read_tags(&self.tags)),
        })
    }
}

struct View<'a> {
    visitor: &'a Visitor,
    place: Place,
    known: &'a Known,
}

impl View<'_> {
    fn answer(
        &self,
        form: &SettingsForm,
        error: Option<&Error>,
        saved: bool,
    ) -> axum::response::Response {
        let name = &self.known.workspace.name;
        let mut shell = shell(self.visitor, &self.known.scope, &format!("Settings of {name}"))
            .crumb(name, self.place.workspace(name))
            .crumb("Settings", self.place.part(name, "settings"));
        if saved {
            shell = shell.flash(Tone::Good, "Your changes are saved.");
        }
        if error.is_some() {
            shell = shell.status(StatusCode::UNPROCESSABLE_ENTITY);
        }
        page(shell, self.markup(form, error))
    }

    fn markup(&self, form: &SettingsForm, error: Option<&Error>) -> Markup {
        let scope = &self.known.scope;
        html! {
            (heading("Settings", html! { "of the workspace " strong { (self.known.workspace.name) } }, html! {}))
            (sections(scope, &self.place, &self.known.workspace.name, "settings"))
            (card(self.form(form, Problems::of(error))))
            @if scope.allows(Right::DeleteWorkspace) { (self.end()) }
        }
    }

    fn form(&self, form: &SettingsForm, problems: Problems<'_>) -> Markup {
        let action = self.place.part(&self.known.workspace.name, "settings");
        let choices: Vec<_> = self
            .known
            .projects
            .iter()
            .map(|project| Choice::new(project.id.to_string(), project.name.as_str()))
            .collect();
        html! {
            (problems.summary(&["name", "description", "terraform-version"]))
            (post_form(&action, &self.visitor.csrf(), html! {
                (field(&Field::text("name", "Name").value(&form.name)
                    .hint("Configurations name it: change it there as well.")
                    .error(problems.with("name"))))
                (field(&Field::text("description", "Description").optional()
                    .value(&form.description).error(problems.with("description"))))
                (select(&Select {
                    name: "project", label: "Project", hint: "", choices: &choices,
                    chosen: &form.project,
                }))
                (field(&Field::text("tags", "Tags").optional().value(&form.tags)
                    .placeholder("core, env=production")
                    .hint("Words or key=value, between commas.")))
                (field(&Field::text("terraform_version", "Terraform version").optional()
                    .value(&form.terraform_version)
                    .hint("A version, a constraint such as ~> 1.9.0, or latest. The command line warns when its own differs.")
                    .error(problems.with("terraform-version"))))
                (checkbox("global_remote_state", "Share the state with the whole organization",
                    "Other workspaces may read its outputs through terraform_remote_state.",
                    form.global_remote_state))
                (button(Button::Primary, "Save changes"))
            }))
        }
    }

    fn end(&self) -> Markup {
        let (workspace, scope) = (&self.known.workspace, &self.known.scope);
        let action = self.place.part(&workspace.name, "settings/delete");
        let csrf = self.visitor.csrf();
        if workspace.lock.is_some() {
            return danger_zone(
                "Delete this workspace",
                html! {
                    "It is locked. Unlock it first."
                },
                html! {},
            );
        }
        if workspace.resource_count == Some(0) {
            let question = html! { "Its state and its whole history go. This can’t be undone." };
            return danger_zone(
                "Delete this workspace",
                html! {
                    "Its state holds no resources, so nothing is left behind."
                },
                confirm("Delete…", question, ("Delete the workspace", &action), &csrf, html! {}),
            );
        }
        let held = workspace.resource_count.and_then(|count| u64::try_from(count).ok());
        let about = html! {
            @if let Some(held) = held { "Its state still manages " (count(held, "resource")) "." }
            @else { "Its state is encrypted by the client, and may still manage resources." }
            " Better: " code { "terraform destroy" } " first."
        };
        if !scope.allows(Right::ForceDeleteWorkspace) {
            return danger_zone("Delete this workspace", about, html! {});
        }
        let question = html! {
            "What it manages keeps running, and no state knows it any more. Type "
            strong { (workspace.name) } " to go on."
        };
        let typed = html! { (field(&Field::text("confirmation", "Name of the workspace"))) };
        danger_zone(
            "Delete this workspace",
            about,
            confirm("Delete…", question, ("Delete, leave resources behind", &action), &csrf, typed),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_that_is_no_id_is_refused() {
        let form = SettingsForm { project: "payments".to_owned(), ..SettingsForm::default() };
        assert_eq!(form.change().unwrap_err().kind(), Kind::BadRequest);
    }
}
