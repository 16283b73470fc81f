//! Rows to workspaces and back.

use std::collections::HashMap;

use db::{DbError, Row, Tx, Value};
use kernel::{OrganizationId, Result, StateVersionId, Timestamp, WorkspaceId};

use crate::{
    name, sql,
    workspace::{ExecutionMode, Holder, Lock, Settings, Workspace},
};

/// A workspace by its id, for whoever asks.
pub(crate) fn find(tx: &mut Tx<'_>, id: WorkspaceId) -> Result<Option<Workspace>> {
    Ok(tx.query_optional(&sql::FIND_WORKSPACE, &[id.into()], from_row)?)
}

/// A workspace by its name, for whoever asks.
pub(crate) fn find_by_name(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    name: &str,
) -> Result<Option<Workspace>> {
    let params = [organization.into(), name.into()];
    Ok(tx.query_optional(&sql::FIND_WORKSPACE_BY_NAME, &params, from_row)?)
}

/// The workspaces with these ids, in this order.
pub(crate) fn list_by_id(tx: &mut Tx<'_>, ids: &[WorkspaceId]) -> Result<Vec<Workspace>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let list: Vec<Value<'_>> = ids.iter().map(Value::from).collect();
    let place: HashMap<WorkspaceId, usize> = ids.iter().copied().zip(0..).collect();
    let mut workspaces = tx.query_in(&sql::LIST_WORKSPACES_BY_ID, &[], &list, from_row)?;
    workspaces.sort_by_key(|workspace| place.get(&workspace.id).copied());
    Ok(workspaces)
}

/// Stores a new workspace; false if its name is taken.
pub(crate) fn insert(tx: &mut Tx<'_>, workspace: &Workspace) -> Result<bool> {
    let texts = Texts::of(workspace)?;
    Ok(tx.execute(&sql::INSERT_WORKSPACE, &changeable(workspace, &texts, workspace.created_at))?
        == 1)
}

/// Writes what a person can change.
pub(crate) fn update(tx: &mut Tx<'_>, workspace: &Workspace) -> Result<()> {
    let texts = Texts::of(workspace)?;
    tx.execute(&sql::UPDATE_WORKSPACE, &changeable(workspace, &texts, workspace.updated_at))
        .map_err(|error| error.or_constraint("workspaces_name", name_taken_just_now))?;
    Ok(())
}

/// Removes a workspace and what hangs on it.
pub(crate) fn delete(tx: &mut Tx<'_>, id: WorkspaceId) -> Result<()> {
    tx.execute(&sql::DELETE_WORKSPACE, &[id.into()])?;
    Ok(())
}

fn name_taken_just_now() -> kernel::Error {
    kernel::Error::invalid("name", "the name has just been taken by another workspace")
}

struct Texts {
    name_folded: String,
    settings: String,
}

impl Texts {
    fn of(workspace: &Workspace) -> Result<Self> {
        // Most workspaces have no such settings, and reading `{}` costs nothing.
        let settings = if workspace.settings == Settings::default() {
            "{}".to_owned()
        } else {
            serde_json::to_string(&workspace.settings).map_err(kernel::Error::internal)?
        };
        Ok(Self { name_folded: name::fold(&workspace.name), settings })
    }
}

fn changeable<'a>(workspace: &'a Workspace, texts: &'a Texts, at: Timestamp) -> [Value<'a>; 14] {
    [
        workspace.id.into(),
        workspace.organization_id.into(),
        workspace.project_id.into(),
        workspace.name.as_str().into(),
        texts.name_folded.as_str().into(),
        workspace.description.as_str().into(),
        workspace.execution_mode.map(ExecutionMode::as_str).into(),
        workspace.terraform_version.as_str().into(),
        workspace.working_directory.as_str().into(),
        workspace.auto_apply.into(),
        workspace.global_remote_state.into(),
        workspace.project_remote_state.into(),
        texts.settings.as_str().into(),
        at.into(),
    ]
}

/// Notes which state version's bytes are awaited since when, if any. Announcing one is a sign of
/// life of the lock's holder.
pub fn set_pending_state(
    tx: &mut Tx<'_>,
    workspace: WorkspaceId,
    awaited: Option<(StateVersionId, Timestamp)>,
) -> Result<()> {
    let (version, now) = awaited.unzip();
    tx.execute(&sql::SET_PENDING_STATE, &[workspace.into(), version.into(), now.into()])?;
    Ok(())
}

/// Makes a state version the current one. Nothing is awaited any longer, and the lock's holder
/// has given a sign of life. `resource_count` is none when it can't be told.
pub fn set_current_state(
    tx: &mut Tx<'_>,
    workspace: WorkspaceId,
    version: StateVersionId,
    resource_count: Option<i64>,
    now: Timestamp,
) -> Result<()> {
    let count = resource_count.unwrap_or(UNKNOWN_COUNT);
    let params = [workspace.into(), version.into(), count.into(), now.into()];
    tx.execute(&sql::SET_CURRENT_STATE, &params)?;
    Ok(())
}

/// Keeps other writers away from a workspace until the transaction ends.
pub fn lock_row(tx: &mut Tx<'_>, workspace: WorkspaceId) -> Result<()> {
    Ok(tx.lock(&sql::LOCK_WORKSPACE_ROW, &[workspace.into()])?)
}

/// Stands in the database for a count that can't be told.
const UNKNOWN_COUNT: i64 = -1;

/// Reads a row of the statements that select whole workspaces.
fn from_row(row: &Row<'_>) -> Result<Workspace, DbError> {
    Ok(Workspace {
        id: row.id(0)?,
        organization_id: row.id(1)?,
        project_id: row.id(2)?,
        project_name: row.text(3)?,
        name: row.text(4)?,
        description: row.text(5)?,
        execution_mode: row.opt_text(6)?.as_deref().and_then(ExecutionMode::parse),
        inherited_execution_mode: row.opt_text(7)?.as_deref().and_then(ExecutionMode::parse),
        terraform_version: row.text(8)?,
        working_directory: row.text(9)?,
        auto_apply: row.bool(10)?,
        global_remote_state: row.bool(11)?,
        project_remote_state: row.bool(12)?,
        settings: settings(&row.text(13)?)?,
        lock: lock(row)?,
        current_state_version_id: row.opt_id(22)?,
        pending_state_version_id: row.opt_id(23)?,
        resource_count: Some(row.int(24)?).filter(|count| *count != UNKNOWN_COUNT),
        created_at: row.timestamp(25)?,
        updated_at: row.timestamp(26)?,
        latest_change_at: row.timestamp(27)?,
    })
}

fn settings(text: &str) -> Result<Settings, DbError> {
    if text == "{}" {
        return Ok(Settings::default());
    }
    serde_json::from_str(text)
        .map_err(|error| DbError::Failed { cause: format!("settings of a workspace: {error}") })
}

fn lock(row: &Row<'_>) -> Result<Option<Lock>, DbError> {
    let Some(id) = row.opt_id(14)? else { return Ok(None) };
    let holder = match (row.opt_id(15)?, row.opt_id(17)?, row.opt_text(28)?) {
        (Some(id), _, _) => {
            Holder::User { id, username: row.opt_text(16)?.unwrap_or_else(|| id.to_string()) }
        }
        (None, Some(run), _) => Holder::Run(run),
        (None, None, Some(id)) => {
            Holder::Service { id, name: row.opt_text(29)?.unwrap_or_default() }
        }
        (None, None, None) => {
            return Err(DbError::Failed { cause: format!("nobody holds the lock {id}") });
        }
    };
    Ok(Some(Lock {
        id,
        holder,
        token_id: row.opt_id(18)?,
        reason: row.opt_text(19)?.unwrap_or_default(),
        at: row.timestamp(20)?,
        seen_at: row.timestamp(21)?,
    }))
}
