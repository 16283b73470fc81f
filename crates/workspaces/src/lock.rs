//! The lock of a workspace: taken, given back and broken by one conditional write each.
//!
//! Every holding has its own id. The writes name the holding that the decision saw, so a decision
//! that has been overtaken touches no row, and is made again on what is there now.

mod rules;

use db::Tx;
use identity::{
    Right, Scope,
    audit::{self, Event},
};
use kernel::{Actor, Context, Error, LockId, Result, WorkspaceId};

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
        let (user, service) = match &lock.holder {
            Holder::User { id, .. } => (Some(*id), None),
            Holder::Service { id, name } => (None, Some((id, name))),
            Holder::Run(_) => return Err(nobody()),
        };
        let params = [
            workspace.id.into(),
            lock.id.into(),
            user.into(),
            lock.token_id.into(),
            lock.reason.as_str().into(),
            lock.at.into(),
            service.map(|(id, _)| id).into(),
            service.map(|(_, name)| name).into(),
        ];
        if tx.execute(&sql::LOCK_WORKSPACE, &params)? == 1 {
            audit::record(tx, context, &about("lock", &workspace, &lock))?;
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
        record_end(tx, context, "unlock", &workspace)?;
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
        record_end(tx, context, "force-unlock", &workspace)?;
        return Ok(Workspace { lock: None, pending_state_version_id: None, ..workspace });
    }
    reread(tx, workspace.id)?
        .lock
        .map_or_else(|| Err(rules::already_unlocked()), |_| Err(overtaken()))
}

/// What happened to a holding of a workspace's lock.
fn about(action: &'static str, workspace: &Workspace, lock: &Lock) -> Event {
    let event = workspace.event(action).with("lock", lock.id.to_string());
    if lock.reason.is_empty() { event } else { event.with("reason", lock.reason.as_str()) }
}

fn record_end(
    tx: &mut Tx<'_>,
    context: &Context,
    action: &'static str,
    workspace: &Workspace,
) -> Result<()> {
    let Some(lock) = &workspace.lock else { return Ok(()) };
    let event = about(action, workspace, lock);
    let event = if lock.holder.is(context) {
        event
    } else {
        event.with("held-by", lock.holder.to_string()).with("since", lock.at.to_string())
    };
    audit::record(tx, context, &event)
}

fn new_lock(context: &Context, reason: &str) -> Result<Lock> {
    let holder = match &context.actor {
        Actor::User(user) => Holder::User { id: user.id, username: user.username.clone() },
        Actor::Service(service) => {
            Holder::Service { id: service.principal.to_string(), name: service.name.clone() }
        }
        Actor::Anonymous | Actor::System => return Err(nobody()),
    };
    if reason.len() > LONGEST_REASON || reason.contains('\0') {
        return Err(Error::invalid(
            "reason",
            "the reason is too long, or holds a character that is not text",
        ));
    }
    Ok(Lock {
        id: LockId::generate(),
        holder,
        token_id: context.token(),
        reason: reason.to_owned(),
        at: context.now,
        seen_at: context.now,
    })
}

fn reread(tx: &mut Tx<'_>, id: WorkspaceId) -> Result<Workspace> {
    store::find(tx, id)?.ok_or_else(Error::not_found)
}

fn nobody() -> Error {
    Error::forbidden("a workspace's lock can be taken by people and tokens only")
}

fn overtaken() -> Error {
    Error::conflict("the workspace's lock changed hands at this very moment; please try again")
}
