//! The lock of a workspace: taken, given back and broken by one conditional write each.
//!
//! Every holding has its own id. The writes name the holding that the decision saw, so a decision
//! that has been overtaken touches no row, and is made again on what is there now.

mod rules;

use db::Tx;
use identity::{Right, Scope};
use kernel::{Context, Error, LockId, Result, WorkspaceId};

pub(crate) use rules::require_deletable;
pub use rules::require_held;

use crate::{
    sql, store,
    workspace::{Holder, Lock, Workspace},
};

const LONGEST_REASON: usize = 1_000;

/// Locks a workspace for the caller.
pub fn acquire(
    tx: &mut Tx<'_>,
    context: &Context,
    scope: &Scope,
    workspace: Workspace,
    reason: &str,
) -> Result<Workspace> {
    scope.require(Right::Lock)?;
    let lock = new_lock(context, reason)?;
    let mut workspace = workspace;
    if workspace.lock.is_none() {
        let Holder::User { id, .. } = &lock.holder else { return Err(not_a_person()) };
        let params = [
            workspace.id.into(),
            lock.id.into(),
            id.into(),
            lock.token_id.into(),
            lock.reason.as_str().into(),
            lock.at.into(),
        ];
        if tx.execute(&sql::LOCK_WORKSPACE, &params)? == 1 {
            let lock = Some(lock);
            return Ok(Workspace { lock, pending_state_version_id: None, ..workspace });
        }
        workspace = reread(tx, workspace.id)?;
    }
    rules::require_free(&workspace)?;
    Err(overtaken())
}

/// Gives the caller's lock back.
pub fn release(
    tx: &mut Tx<'_>,
    context: &Context,
    scope: &Scope,
    workspace: Workspace,
) -> Result<Workspace> {
    scope.require(Right::Lock)?;
    let lock_id = rules::require_releasable(&workspace, context)?;
    if tx.execute(&sql::UNLOCK_WORKSPACE, &[workspace.id.into(), lock_id.into()])? == 1 {
        return Ok(Workspace { lock: None, ..workspace });
    }
    rules::require_releasable(&reread(tx, workspace.id)?, context)?;
    Err(overtaken())
}

/// Breaks a lock. What its holder was uploading is no longer awaited.
pub fn force_release(
    tx: &mut Tx<'_>,
    context: &Context,
    scope: &Scope,
    workspace: Workspace,
) -> Result<Workspace> {
    let may_break_others = scope.require(Right::ForceUnlock);
    let lock_id = rules::require_breakable(&workspace, context, may_break_others)?;
    if tx.execute(&sql::FORCE_UNLOCK_WORKSPACE, &[workspace.id.into(), lock_id.into()])? == 1 {
        return Ok(Workspace { lock: None, pending_state_version_id: None, ..workspace });
    }
    reread(tx, workspace.id)?
        .lock
        .map_or_else(|| Err(rules::already_unlocked()), |_| Err(overtaken()))
}

fn new_lock(context: &Context, reason: &str) -> Result<Lock> {
    let user = context.user().ok_or_else(not_a_person)?;
    if reason.len() > LONGEST_REASON || reason.contains('\0') {
        return Err(Error::invalid(
            "reason",
            "the reason is too long, or holds a character that is not text",
        ));
    }
    Ok(Lock {
        id: LockId::random(),
        holder: Holder::User { id: user.id, username: user.username.clone() },
        token_id: user.token,
        reason: reason.to_owned(),
        at: context.now,
        seen_at: context.now,
    })
}

fn reread(tx: &mut Tx<'_>, id: WorkspaceId) -> Result<Workspace> {
    store::find(tx, id)?.ok_or_else(Error::not_found)
}

fn not_a_person() -> Error {
    Error::forbidden("only a person can take a workspace's lock here")
}

fn overtaken() -> Error {
    Error::conflict("the workspace's lock changed hands at this very moment; please try again")
}
