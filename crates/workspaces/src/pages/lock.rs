//! Breaking a lock.

use axum::extract::State;
use identity::{SafeForm, Visitor};
use kernel::Error;
use serde::Deserialize;
use web::{Path, page::see_other};

use super::{Place, Shown};
use crate::{Workspaces, lock, service};

#[derive(Debug, Deserialize)]
pub(super) struct LockForm {
    lock: String,
}

pub(super) async fn force_unlock(
    visitor: Visitor,
    State(workspaces): State<Workspaces>,
    Path((organization, name)): Path<(String, String)>,
    SafeForm(form): SafeForm<LockForm>,
) -> Shown {
    let to = Place::of(&organization).workspace(&name);
    let context = visitor.context;
    workspaces
        .db()
        .write(move |tx| {
            let scope = identity::scope(tx, &context, &organization)?;
            let (workspace, scope) = service::find_by_name(tx, &scope, &name)?;
            // What the page asked about, and not what somebody has locked since.
            let seen = workspace.lock.as_ref().is_some_and(|lock| lock.id.to_string() == form.lock);
            if !seen {
                return Err(Error::conflict(
                    "this lock is gone: it was given back, or somebody else holds it now",
                ));
            }
            lock::force_release(tx, &context, &scope, workspace)
        })
        .await?;
    Ok(see_other(&format!("{to}?done=unlocked")))
}
