//! A variable of a set: a new one, changing and deleting one.

use axum::extract::State;
use http::StatusCode;
use identity::{SafeForm, Scope, Visitor, frames};
use kernel::{Error, Kind, VariableId, VariableSetId};
use serde::de::IgnoredAny;
use web::{
    Path,
    page::{heading, html, page, see_other},
};

use super::{
    Shown,
    variable_form::{FormView, VariableForm},
    variable_set::{find_at, frame, id},
    variable_sets::set_path,
};
use crate::{
    Workspaces,
    variable_sets::{self as sets, VariableSet, require_keeper},
    variables::Variable,
};

pub(super) async fn new(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, set)): Path<(String, String)>,
) -> Shown {
    let known = known(&visitor, &workspaces, (organization, id(&set)?), None).await?;
    Ok(known.form(&visitor, &VariableForm::default(), None))
}

pub(super) async fn create(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, set)): Path<(String, String)>,
    SafeForm(form): SafeForm<VariableForm>,
) -> Shown {
    let set = id(&set)?;
    let known = known(&visitor, &workspaces, (organization, set), None).await?;
    let barrier = workspaces.identity().barrier().clone();
    let (context, change) = (visitor.context.clone(), form.change(None));
    let write =
        move |tx: &mut db::Tx<'_>| sets::create_variable(tx, &context, &barrier, set, &change);
    let made = workspaces.db().write(write).await.map(drop);
    known.answer(&visitor, form, made, "added")
}

pub(super) async fn edit(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, set, variable)): Path<(String, String, String)>,
) -> Shown {
    let variable = variable_id(&variable)?;
    let known = known(&visitor, &workspaces, (organization, id(&set)?), Some(variable)).await?;
    let form = known.variable.as_ref().map(VariableForm::of).unwrap_or_default();
    Ok(known.form(&visitor, &form, None))
}

pub(super) async fn update(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, set, variable)): Path<(String, String, String)>,
    SafeForm(form): SafeForm<VariableForm>,
) -> Shown {
    let (set, variable) = (id(&set)?, variable_id(&variable)?);
    let known = known(&visitor, &workspaces, (organization, set), Some(variable)).await?;
    let barrier = workspaces.identity().barrier().clone();
    let (context, change) = (visitor.context.clone(), form.change(known.variable.as_ref()));
    let write = move |tx: &mut db::Tx<'_>| {
        sets::update_variable(tx, &context, &barrier, set, (variable, &change))
    };
    let changed = workspaces.db().write(write).await.map(drop);
    known.answer(&visitor, form, changed, "saved")
}

pub(super) async fn delete(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, set, variable)): Path<(String, String, String)>,
    SafeForm(_): SafeForm<IgnoredAny>,
) -> Shown {
    let (set, variable) = (id(&set)?, variable_id(&variable)?);
    let known = known(&visitor, &workspaces, (organization, set), Some(variable)).await?;
    let barrier = workspaces.identity().barrier().clone();
    let write = move |tx: &mut db::Tx<'_>| {
        sets::delete_variable(tx, &visitor.context, &barrier, set, variable)
    };
    workspaces.db().write(write).await?;
    Ok(see_other(&format!("{}?done=deleted", known.path())))
}

fn variable_id(text: &str) -> kernel::Result<VariableId> {
    text.parse().map_err(|_| Error::not_found())
}

/// What the page is about.
struct Known {
    scope: Scope,
    set: VariableSet,
    variable: Option<Variable>,
}

/// The set, for somebody who keeps it, and the variable if one is named.
async fn known(
    visitor: &Visitor,
    workspaces: &Workspaces,
    (organization, set): (String, VariableSetId),
    variable: Option<VariableId>,
) -> kernel::Result<Known> {
    let barrier = workspaces.identity().barrier().clone();
    let context = visitor.context.clone();
    let read = move |tx: &mut db::Tx<'_>| {
        let (set, scope) = find_at(tx, &context, &organization, set)?;
        require_keeper(tx, &scope, set.project_id())?;
        let variable = match variable {
            Some(id) => Some(sets::find_variable(tx, &context, &barrier, set.id, id)?),
            None => None,
        };
        Ok(Known { scope, set, variable })
    };
    workspaces.db().read(read).await
}

impl Known {
    fn path(&self) -> String {
        set_path(&self.scope, self.set.id)
    }

    fn answer(
        &self,
        visitor: &Visitor,
        form: VariableForm,
        outcome: kernel::Result<()>,
        done: &str,
    ) -> Shown {
        match outcome {
            Ok(()) => Ok(see_other(&format!("{}?done={done}", self.path()))),
            Err(error) if error.kind() == Kind::Invalid => {
                let form = form.refused(self.variable.as_ref());
                Ok(self.form(visitor, &form, Some(&error)))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn form(
        &self,
        visitor: &Visitor,
        form: &VariableForm,
        error: Option<&Error>,
    ) -> axum::response::Response {
        let (back, csrf) = (self.path(), visitor.csrf());
        let path = format!("{back}/variables");
        let (title, crumb, action, address) = match &self.variable {
            Some(variable) => {
                let action = format!("{path}/{}", variable.id);
                let title = format!("Change {}", variable.key);
                (title, variable.key.as_str(), action.clone(), action)
            }
            None => ("Add a variable".to_owned(), "New", path.clone(), format!("{path}/new")),
        };
        let mut shell = frame(visitor, &self.scope, &self.set).crumb(crumb, address);
        if error.is_some() {
            shell = shell.status(StatusCode::UNPROCESSABLE_ENTITY);
        }
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
                (heading(&title, html! { "of the variable set " strong { (self.set.name) } }, html! {}))
                (frames::settings_parts(&self.scope, "/variable-sets"))
                (form.markup())
            },
        )
    }
}
