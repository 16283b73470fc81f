//! A workspace's variables: its own, and those that sets add.

use axum::extract::State;
use http::StatusCode;
use identity::{SafeForm, Scope, Visitor};
use kernel::{Error, Kind, VariableId};
use serde::de::IgnoredAny;
use web::{
    ListQuery, Path,
    page::{PageShell, Tone, heading, html, page, page_request, page_request_by, see_other},
};

use super::{
    Place, Shown,
    parts::sections,
    shell,
    variable_form::{FormView, VariableForm},
    variable_list::View,
};
use crate::{
    Workspace, Workspaces, service,
    variables::{Effective, Variable, service as variables},
};

/// Where the page is below the workspace's.
const PART: &str = "variables";

pub(super) async fn show(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, name)): Path<(String, String)>,
    query: ListQuery,
) -> Shown {
    let barrier = workspaces.identity().barrier().clone();
    let (context, address) = (visitor.context.clone(), organization.clone());
    let read = move |tx: &mut db::Tx<'_>| {
        let scope = identity::scope(tx, &context, &address)?;
        let (workspace, scope) = service::find_by_name(tx, &scope, &name)?;
        let effective = Effective::load(tx, &barrier, &scope, &workspace, true)?;
        Ok((workspace, scope, effective))
    };
    let (workspace, scope, effective) = workspaces.db().snapshot(read).await?;
    let place = Place::of(&organization);
    let mut shell = frame(&visitor, &scope, &place, &workspace);
    shell = match query.get("done") {
        Some("added") => shell.flash(Tone::Good, "The variable is added."),
        Some("saved") => shell.flash(Tone::Good, "Your changes are saved."),
        Some("deleted") => shell.flash(Tone::Good, "The variable is deleted."),
        _ => shell,
    };
    let view = View {
        scope: &scope,
        workspace: &workspace,
        effective: &effective,
        place: &place,
        csrf: visitor.csrf(),
        search: query.get("search").unwrap_or_default(),
        pages: (page_request(&query), page_request_by("sets", 20, &query)),
    };
    Ok(page(shell, view.markup()))
}

pub(super) async fn new(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, name)): Path<(String, String)>,
) -> Shown {
    let known = known(&visitor, &workspaces, &organization, &name, None).await?;
    Ok(known.form(&visitor, &organization, &VariableForm::default(), None))
}

pub(super) async fn create(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, name)): Path<(String, String)>,
    SafeForm(form): SafeForm<VariableForm>,
) -> Shown {
    let known = known(&visitor, &workspaces, &organization, &name, None).await?;
    let barrier = workspaces.identity().barrier().clone();
    let (context, change) = (visitor.context.clone(), form.change(None));
    let id = known.workspace.id;
    let write = move |tx: &mut db::Tx<'_>| {
        let (workspace, scope) = service::find(tx, &context, id)?;
        variables::create(tx, &context, &barrier, &scope, &workspace, &change)
    };
    let made = workspaces.db().write(write).await.map(drop);
    known.answer(&visitor, &organization, form, made, "added")
}

pub(super) async fn edit(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, name, variable)): Path<(String, String, String)>,
) -> Shown {
    let id = id(&variable)?;
    let known = known(&visitor, &workspaces, &organization, &name, Some(id)).await?;
    let form = known.variable.as_ref().map(VariableForm::of).unwrap_or_default();
    Ok(known.form(&visitor, &organization, &form, None))
}

pub(super) async fn update(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, name, variable)): Path<(String, String, String)>,
    SafeForm(form): SafeForm<VariableForm>,
) -> Shown {
    let id = id(&variable)?;
    let known = known(&visitor, &workspaces, &organization, &name, Some(id)).await?;
    let barrier = workspaces.identity().barrier().clone();
    let (context, change) = (visitor.context.clone(), form.change(known.variable.as_ref()));
    let owner = known.workspace.id;
    let write = move |tx: &mut db::Tx<'_>| {
        let (workspace, scope) = service::find(tx, &context, owner)?;
        variables::update(tx, &context, &barrier, &scope, &workspace, (id, &change))
    };
    let changed = workspaces.db().write(write).await.map(drop);
    known.answer(&visitor, &organization, form, changed, "saved")
}

pub(super) async fn delete(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, name, variable)): Path<(String, String, String)>,
    SafeForm(_): SafeForm<IgnoredAny>,
) -> Shown {
    let id = id(&variable)?;
    let barrier = workspaces.identity().barrier().clone();
    let to = Place::of(&organization).part(&name, PART);
    let write = move |tx: &mut db::Tx<'_>| {
        let context = &visitor.context;
        let scope = identity::scope(tx, context, &organization)?;
        let (workspace, scope) = service::find_by_name(tx, &scope, &name)?;
        variables::delete(tx, context, &barrier, &scope, &workspace, id)
    };
    workspaces.db().write(write).await?;
    Ok(see_other(&format!("{to}?done=deleted")))
}

/// Where older versions of the command line lead: to the page of a workspace's variables.
pub(super) async fn from_elsewhere(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, name)): Path<(String, String)>,
) -> Shown {
    let to = Place::of(&organization).part(&name, PART);
    let read = move |tx: &mut db::Tx<'_>| {
        let scope = identity::scope(tx, &visitor.context, &organization)?;
        service::find_by_name(tx, &scope, &name)
    };
    workspaces.db().read(read).await?;
    Ok(see_other(&to))
}

fn id(text: &str) -> kernel::Result<VariableId> {
    text.parse().map_err(|_| Error::not_found())
}

fn frame(visitor: &Visitor, scope: &Scope, place: &Place, workspace: &Workspace) -> PageShell {
    let name = &workspace.name;
    shell(visitor, scope, &format!("Variables of {name}"))
        .crumb(name, place.workspace(name))
        .crumb("Variables", place.part(name, PART))
}

/// What a page of one variable is about.
struct Known {
    scope: Scope,
    workspace: Workspace,
    variable: Option<Variable>,
}

/// The workspace, for somebody who may change its variables, and the variable if one is named.
async fn known(
    visitor: &Visitor,
    workspaces: &Workspaces,
    organization: &str,
    name: &str,
    id: Option<VariableId>,
) -> kernel::Result<Known> {
    let barrier = workspaces.identity().barrier().clone();
    let (context, address, name) =
        (visitor.context.clone(), organization.to_owned(), name.to_owned());
    let read = move |tx: &mut db::Tx<'_>| {
        let scope = identity::scope(tx, &context, &address)?;
        let (workspace, scope) = service::find_by_name(tx, &scope, &name)?;
        variables::require_hand(&scope)?;
        let variable = match id {
            Some(id) => Some(variables::find(tx, &barrier, &scope, &workspace, id)?),
            None => None,
        };
        Ok(Known { scope, workspace, variable })
    };
    workspaces.db().read(read).await
}

impl Known {
    fn answer(
        &self,
        visitor: &Visitor,
        organization: &str,
        form: VariableForm,
        outcome: kernel::Result<()>,
        done: &str,
    ) -> Shown {
        match outcome {
            Ok(()) => {
                let to = Place::of(organization).part(&self.workspace.name, PART);
                Ok(see_other(&format!("{to}?done={done}")))
            }
            Err(error) if error.kind() == Kind::Invalid => {
                let form = form.refused(self.variable.as_ref());
                Ok(self.form(visitor, organization, &form, Some(&error)))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn form(
        &self,
        visitor: &Visitor,
        organization: &str,
        form: &VariableForm,
        error: Option<&Error>,
    ) -> axum::response::Response {
        let place = Place::of(organization);
        let name = &self.workspace.name;
        let back = place.part(name, PART);
        let key = self.variable.as_ref().map(|variable| variable.key.as_str());
        let (title, crumb, action) = match &self.variable {
            Some(variable) => (
                format!("Change {}", variable.key),
                variable.key.as_str(),
                format!("{back}/{}", variable.id),
            ),
            None => ("Add a variable".to_owned(), "New", back.clone()),
        };
        let address = key.map_or_else(|| format!("{back}/new"), |_| action.clone());
        let mut shell = frame(visitor, &self.scope, &place, &self.workspace).crumb(crumb, address);
        if error.is_some() {
            shell = shell.status(StatusCode::UNPROCESSABLE_ENTITY);
        }
        let csrf = visitor.csrf();
        let form = FormView {
            form,
            before: self.variable.as_ref(),
            error,
            action: &action,
            back: &back,
            csrf: &csrf,
        };
        page(
            shell,
            html! {
                (heading(&title, html! { "of the workspace " strong { (name) } }, html! {}))
                (sections(&self.scope, &place, name, PART))
                (form.markup())
            },
        )
    }
}
