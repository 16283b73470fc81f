//! Who may take, give back or break a lock, decided without a database.
//!
//! The texts are read by clients: on unlock they search them for `is locked by User`, `is locked
//! by Run` and `latest state version is still pending`.

use kernel::{Context, Error, Kind, LockId, Result};

use crate::workspace::{Holder, Lock, Workspace};

/// A lock can be taken while nobody holds it; also its holder can't take it again, so that jobs
/// that share a token exclude each other.
pub(crate) fn require_free(workspace: &Workspace) -> Result<()> {
    workspace.lock.as_ref().map_or(Ok(()), |lock| Err(conflict(lock)))
}

/// What a caller hears who wants a lock that is held.
fn conflict(lock: &Lock) -> Error {
    Error::conflict(format!(
        "the workspace is locked by {} since {}, last sign of life at {}{}",
        lock.holder,
        lock.at,
        lock.seen_at,
        reason(lock),
    ))
}

fn reason(lock: &Lock) -> String {
    if lock.reason.is_empty() {
        String::new()
    } else {
        format!(", with the reason \"{}\"", lock.reason)
    }
}

/// A lock is given back by its holder, with any token, and not while the bytes of a state version
/// are awaited. Answers which holding is to end.
pub(crate) fn require_releasable(workspace: &Workspace, context: &Context) -> Result<LockId> {
    let lock = workspace.lock.as_ref().ok_or_else(already_unlocked)?;
    if !lock.holder.is(context) {
        return Err(Error::conflict(format!(
            "the workspace is locked by {}; only the holder can unlock it, or an owner can force it",
            lock.holder
        )));
    }
    if workspace.pending_state_version_id.is_some() {
        // A 409 would be read as "already unlocked"; on 503 clients try again.
        return Err(Error::new(
            Kind::Unavailable,
            "the workspace can't be unlocked: its latest state version is still pending",
        ));
    }
    Ok(lock.id)
}

/// A lock is broken by its holder, or by a caller with the right to break those of others.
/// Answers which holding is to end.
pub(crate) fn require_breakable(
    workspace: &Workspace,
    context: &Context,
    may_break_others: Result<()>,
) -> Result<LockId> {
    let lock = workspace.lock.as_ref();
    if !lock.is_some_and(|lock| lock.holder.is(context)) {
        may_break_others?;
    }
    lock.map(|lock| lock.id).ok_or_else(already_unlocked)
}

/// What writes state needs the lock, held by the caller. Answers under which holding it goes on.
pub fn require_held(workspace: &Workspace, context: &Context) -> Result<LockId> {
    match &workspace.lock {
        Some(lock) if lock.holder.is(context) => Ok(lock.id),
        Some(lock) => Err(Error::conflict(format!(
            "the workspace is locked by {} since {}; state can only be written by the holder of the lock",
            lock.holder, lock.at
        ))),
        None => {
            Err(Error::conflict("the workspace is not locked; lock it before you write its state"))
        }
    }
}

/// What a caller hears who wants to unlock what is not locked.
pub(super) fn already_unlocked() -> Error {
    Error::conflict("the workspace is already unlocked")
}

/// A workspace that is locked is not deleted under its holder, and a safe delete wants nothing
/// left to manage. Clients search the text for `locked`, so no name of the user's stands in it.
pub(crate) fn require_deletable(
    workspace: &Workspace,
    context: &Context,
    safe: bool,
) -> Result<()> {
    match &workspace.lock {
        Some(lock) if safe || !lock.holder.is(context) => {
            let holder = match &lock.holder {
                Holder::User { .. } => "a user",
                Holder::Service { .. } => "a token",
                Holder::Run(_) => "a run",
            };
            return Err(Error::conflict(format!(
                "the workspace can't be deleted while it is locked by {holder}; unlock it first"
            )));
        }
        _ => {}
    }
    match workspace.resource_count {
        Some(0) => Ok(()),
        _ if !safe => Ok(()),
        Some(count) => Err(Error::conflict(format!(
            "the workspace can't be deleted safely: its state still manages {count} resources; \
             destroy them first, or force the deletion and leave them behind"
        ))),
        None => Err(Error::conflict(
            "the workspace can't be deleted safely: its state is encrypted by the client and may \
             still manage resources; force the deletion if you are sure",
        )),
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Error, Kind, LockId, RunId, StateVersionId};

    use super::*;
    use crate::tests::{lock_of, somebody, workspace};

    type Rule = fn(&Workspace, &Context) -> Result<()>;

    const RULES: [(&str, Rule); 6] = [
        ("lock", |workspace, _| require_free(workspace)),
        ("unlock", |workspace, context| require_releasable(workspace, context).map(drop)),
        ("break as member", |workspace, context| {
            require_breakable(workspace, context, Err(Error::forbidden("no"))).map(drop)
        }),
        ("break as owner", |workspace, context| {
            require_breakable(workspace, context, Ok(())).map(drop)
        }),
        ("write state", |workspace, context| require_held(workspace, context).map(drop)),
        ("safe delete", |workspace, context| require_deletable(workspace, context, true)),
    ];

    fn row(workspace: &Workspace, context: &Context) -> Vec<(&'static str, Option<Kind>)> {
        RULES
            .iter()
            .map(|(name, rule)| (*name, rule(workspace, context).err().map(|error| error.kind())))
            .collect()
    }

    fn expect(kinds: [Option<Kind>; 6]) -> Vec<(&'static str, Option<Kind>)> {
        RULES.iter().zip(kinds).map(|((name, _), kind)| (*name, kind)).collect()
    }

    const CONFLICT: Option<Kind> = Some(Kind::Conflict);
    const FORBIDDEN: Option<Kind> = Some(Kind::Forbidden);
    const UNAVAILABLE: Option<Kind> = Some(Kind::Unavailable);

    #[test]
    fn every_state_of_the_lock_answers_every_caller() {
        let (alice, bob) = (somebody("alice"), somebody("bob"));
        let free = workspace();
        let held = Workspace { lock: Some(lock_of(&alice)), ..workspace() };
        let uploading = Workspace {
            pending_state_version_id: Some(StateVersionId::generate()),
            ..held.clone()
        };
        let run = Lock { holder: Holder::Run(RunId::generate()), ..lock_of(&alice) };
        let running = Workspace { lock: Some(run), ..workspace() };

        let table = [
            (&free, &alice, [None, CONFLICT, FORBIDDEN, CONFLICT, CONFLICT, None]),
            (&held, &alice, [CONFLICT, None, None, None, None, CONFLICT]),
            (&held, &bob, [CONFLICT, CONFLICT, FORBIDDEN, None, CONFLICT, CONFLICT]),
            (&uploading, &alice, [CONFLICT, UNAVAILABLE, None, None, None, CONFLICT]),
            (&uploading, &bob, [CONFLICT, CONFLICT, FORBIDDEN, None, CONFLICT, CONFLICT]),
            (&running, &alice, [CONFLICT, CONFLICT, FORBIDDEN, None, CONFLICT, CONFLICT]),
        ];
        for (position, (workspace, caller, kinds)) in table.into_iter().enumerate() {
            assert_eq!(row(workspace, caller), expect(kinds), "row {position}");
        }
    }

    #[test]
    fn the_texts_hold_what_clients_and_people_look_for() {
        let (alice, bob) = (somebody("alice"), somebody("bob"));
        let lock = Lock { reason: "Locked by Terraform".to_owned(), ..lock_of(&alice) };
        let (at, seen_at) = (lock.at.to_string(), lock.seen_at.to_string());
        let held = Workspace { lock: Some(lock), ..workspace() };

        let text = require_free(&held).unwrap_err().to_string();
        for part in ["is locked by User alice", &at, &seen_at, "Locked by Terraform"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        let text = require_releasable(&held, &bob).unwrap_err().to_string();
        assert!(text.contains("is locked by User alice"), "{text}");
        let held = Workspace {
            pending_state_version_id: Some(StateVersionId::generate()),
            ..held.clone()
        };
        let text = require_releasable(&held, &alice).unwrap_err().to_string();
        assert!(text.contains("latest state version is still pending"), "{text}");
    }

    #[test]
    fn the_holding_that_ends_is_the_one_that_was_seen() {
        let alice = somebody("alice");
        let id = LockId::generate();
        let held = Workspace { lock: Some(Lock { id, ..lock_of(&alice) }), ..workspace() };
        assert_eq!(require_releasable(&held, &alice).unwrap(), id);
        assert_eq!(require_breakable(&held, &alice, Ok(())).unwrap(), id);
        assert_eq!(require_held(&held, &alice).unwrap(), id);
    }

    #[test]
    fn a_safe_delete_wants_nothing_left_to_manage() {
        let alice = somebody("alice");
        for (resource_count, safe, allowed) in [
            (Some(0), true, true),
            (Some(3), true, false),
            (None, true, false),
            (Some(3), false, true),
        ] {
            let workspace = Workspace { resource_count, ..workspace() };
            let outcome = require_deletable(&workspace, &alice, safe);
            assert_eq!(outcome.is_ok(), allowed, "{resource_count:?} {safe}");
            if let Err(error) = outcome {
                assert!(!error.to_string().contains("locked"), "{error}");
            }
        }
        let held = Workspace { lock: Some(lock_of(&alice)), ..workspace() };
        assert!(require_deletable(&held, &alice, false).is_ok(), "the holder may force it");
        let error = require_deletable(&held, &somebody("bob"), false).unwrap_err();
        assert!(error.to_string().contains("locked"), "{error}");
    }
}
