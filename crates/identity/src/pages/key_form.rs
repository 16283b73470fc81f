//! The form for a new key: what it may do, and where.

use kernel::{Error, PageRequest, Result};
use web::page::{
    Button, Choice, Field, Markup, Problems, Select, button, button_link, card, checkbox, field,
    heading, html, post_form, select,
};

use super::{
    keys::path,
    new_organization_token::limit_hint,
    token_form::{FIELDS, TokenForm},
};
use crate::{
    Identity, Lifetimes, LimitedKind, Project, ProjectFilter, Right, Scope, Visitor,
    access::WORKSPACE_ADMIN,
};

const LEVELS: [(&str, &str); 6] = [
    ("read", "read: see everything"),
    ("plan", "plan: start plans too (workspace)"),
    ("write", "write: write states, lock and apply too"),
    ("maintain", "maintain: keep workspaces too (project, organization)"),
    ("admin", "admin: everything there"),
    ("custom", "custom: as ticked below (project, workspace)"),
];

/// What the page shows.
pub(super) struct KeyPage {
    pub(super) scope: Scope,
    projects: Vec<Project>,
    lifetimes: Lifetimes,
}

impl KeyPage {
    pub(super) async fn read(
        identity: &Identity,
        visitor: &Visitor,
        organization: &str,
    ) -> Result<Self> {
        let context = &visitor.context;
        let request = PageRequest::new(1, PageRequest::MAX_SIZE);
        let filter = ProjectFilter::default();
        let (scope, projects) =
            identity.list_projects(context, organization, filter, request).await?;
        let (_, lifetimes) = identity.lifetimes(context, organization).await?;
        let projects = projects.items.into_iter().map(|listed| listed.details.project).collect();
        Ok(Self { scope, projects, lifetimes })
    }

    pub(super) fn markup(
        &self,
        visitor: &Visitor,
        form: &TokenForm,
        error: Option<&Error>,
    ) -> Markup {
        let path = path(&self.scope.organization.name);
        let problems = Problems::of(error);
        let limit = limit_hint(&self.lifetimes, LimitedKind::Key);
        html! {
            (heading("New key", html! {
                "in " strong { (self.scope.organization.name) } ". It can do no more than you can."
            }, html! {}))
            (card(html! {
                (problems.summary(&[FIELDS.as_slice(), &["workspace"]].concat()))
                (post_form(&path, &visitor.csrf(), html! {
                    (form.fields(problems, &limit))
                    (self.place(form, problems))
                    (rights(form))
                    div.actions {
                        (button(Button::Primary, "Create key"))
                        (button_link("Cancel", &path, false))
                    }
                }))
            }))
        }
    }

    fn place(&self, form: &TokenForm, problems: Problems<'_>) -> Markup {
        let levels: Vec<_> =
            LEVELS.into_iter().map(|(word, label)| Choice::new(word, label)).collect();
        let everywhere = Choice::new("", "The whole organization, or the workspace beside");
        let projects: Vec<_> = std::iter::once(everywhere)
            .chain(self.projects.iter().map(|project| {
                Choice::new(project.id.to_string(), format!("Project {}", project.name))
            }))
            .collect();
        html! {
            div.form-row {
                (select(&Select {
                    name: "level", label: "It may", hint: "", choices: &levels, chosen: &form.level,
                }))
                (select(&Select {
                    name: "project", label: "Where", hint: "", choices: &projects,
                    chosen: &form.project,
                }))
                (field(&Field::text("workspace", "Or at one workspace").optional()
                    .value(&form.workspace).placeholder("network")
                    .error(problems.with("workspace"))))
            }
        }
    }
}

/// The rights of the level `custom`.
fn rights(form: &TokenForm) -> Markup {
    let ticked = form.rights();
    html! {
        details open[form.level == "custom"] {
            summary { "Custom rights" }
            div.stack {
                @for right in WORKSPACE_ADMIN.iter().filter(|right| *right != Right::ReadWorkspace) {
                    (checkbox(
                        &format!("right-{}", right.as_str()),
                        right.as_str(),
                        right.phrase(),
                        ticked.iter().any(|word| word == right.as_str()),
                    ))
                }
            }
        }
    }
}
