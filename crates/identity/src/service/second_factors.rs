//! Setting up a second factor, switching it off, and its recovery codes.

use barrier::Barrier;
use db::Tx;
use kernel::{Context, Error, Result, Secret, Timestamp, UserActor, UserId};

use super::{
    require_site_admin,
    sign_in::{count_attempt, forget_failures, forgive_address},
};
use crate::{
    Enrolment, Identity, SecondFactorStatus, User,
    audit::{Event, record},
    second_factor::{SecondFactor, enrolment::Bound, recovery},
    store,
    throttle::Subject,
};

/// How a person can sign in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WaysIn {
    /// Whether a password of theirs is kept here, and of use.
    pub(crate) password: bool,
    /// What is asked for beside it.
    pub(crate) second_factor: Option<SecondFactorStatus>,
}

/// What was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// A code of the device.
    Device,
    /// A recovery code.
    RecoveryCode,
}

impl Identity {
    /// How the caller can sign in.
    pub(crate) async fn ways_in(&self, context: &Context) -> Result<WaysIn> {
        let id = context.user().ok_or_else(Error::unauthorized)?.id;
        let local_accounts = self.settings().local_accounts;
        self.db()
            .read(move |tx| {
                let (_, hash) =
                    store::credentials_by_id(tx, id)?.ok_or_else(Error::unauthorized)?;
                let second_factor = match store::find_second_factor(tx, id)? {
                    Some(factor) => Some(SecondFactorStatus {
                        since: factor.created_at,
                        recovery_codes: store::count_recovery_codes(tx, id)?,
                    }),
                    None => None,
                };
                Ok(WaysIn { password: local_accounts && hash.is_some(), second_factor })
            })
            .await
    }

    /// A secret for the caller's device: the one that a form brought back, or another one.
    pub(crate) fn enrolment(&self, context: &Context, sealed: &str) -> Result<Enrolment> {
        let actor = in_session(context)?;
        let binding = binding(actor);
        let bound =
            Bound { to: &binding, username: &actor.username, external_url: self.external_url() };
        match Enrolment::reopen(self.barrier(), bound, sealed, context.now) {
            Some(enrolment) => Ok(enrolment),
            None => Enrolment::draw(self.barrier(), bound, context.now),
        }
    }

    /// Sets up the caller's second factor and gives their recovery codes. Other browsers are
    /// signed out: they got in without it.
    pub(crate) async fn set_up_second_factor(
        &self,
        context: &Context,
        password: &Secret<String>,
        enrolment: &Enrolment,
        typed: &str,
    ) -> Result<Vec<Secret<String>>> {
        let actor = in_session(context)?.clone();
        self.require_password(context, password, &event("create", &actor)).await?;
        let step = enrolment.first_step(typed, context.now).ok_or_else(wrong_code)?;
        let codes = recovery::draw();
        let hashes = self.recovery_hashes(actor.id, &codes);
        let factor =
            SecondFactor::new(self.barrier(), actor.id, enrolment.secret(), step, context.now)?;
        let context = context.clone();
        self.db()
            .write(move |tx| {
                store::lock_user(tx, actor.id)?;
                let user = store::find_user(tx, actor.id)?.ok_or_else(Error::unauthorized)?;
                keep(tx, &context, &user, &factor, &hashes)?;
                store::delete_sessions(tx, actor.id, actor.session)
            })
            .await?;
        Ok(codes)
    }

    /// Gives the caller new recovery codes in the place of the old ones.
    pub(crate) async fn renew_recovery_codes(
        &self,
        context: &Context,
        password: &Secret<String>,
        typed: &str,
    ) -> Result<Vec<Secret<String>>> {
        let codes = recovery::draw();
        let id = in_session(context)?.id;
        let hashes = self.recovery_hashes(id, &codes);
        self.with_both(context, password, typed, "update", move |tx| {
            store::replace_recovery_codes(tx, id, &hashes)
        })
        .await?;
        Ok(codes)
    }

    /// Switches the caller's second factor off.
    pub(crate) async fn remove_second_factor(
        &self,
        context: &Context,
        password: &Secret<String>,
        typed: &str,
    ) -> Result<()> {
        let id = in_session(context)?.id;
        self.with_both(context, password, typed, "delete", move |tx| {
            store::delete_second_factor(tx, id).map(drop)
        })
        .await
    }

    /// Takes somebody's second factor away, for an administrator: the device is lost, and so are
    /// the recovery codes. Their browser sessions end. False if there was none.
    pub async fn reset_second_factor(&self, context: &Context, id: UserId) -> Result<bool> {
        require_site_admin(context)?;
        let context = context.clone();
        self.db()
            .write(move |tx| {
                store::lock_user(tx, id)?;
                let user = store::find_user(tx, id)?.ok_or_else(Error::not_found)?;
                if !store::delete_second_factor(tx, id)? {
                    return Ok(false);
                }
                store::delete_sessions(tx, id, None)?;
                forget_failures(tx, id)?;
                let event = Event::new("delete", "second-factors", id).named(&user.username);
                record(tx, &context, &event)?;
                Ok(true)
            })
            .await
    }

    /// Does something to the caller's second factor, if password and code are right.
    async fn with_both(
        &self,
        context: &Context,
        password: &Secret<String>,
        typed: &str,
        action: &'static str,
        change: impl Fn(&mut Tx<'_>) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        let actor = in_session(context)?.clone();
        let event = event(action, &actor);
        self.require_password(context, password, &event).await?;
        let (barrier, context) = (self.barrier().clone(), context.clone());
        let typed = typed.to_owned();
        let right = self
            .db()
            .write(move |tx| {
                store::lock_user(tx, actor.id)?;
                let factor = store::find_second_factor(tx, actor.id)?.ok_or_else(|| {
                    Error::conflict("there is no second factor; it was switched off already")
                })?;
                count_codes(tx, &context, actor.id)?;
                if take(tx, &barrier, &factor, &typed, context.now)?.is_none() {
                    record(tx, &context, &event.clone().denied().with("reason", "code"))?;
                    return Ok(false);
                }
                forget_failures(tx, actor.id)?;
                forgive_address(tx, &context)?;
                change(tx)?;
                record(tx, &context, &event)?;
                Ok(true)
            })
            .await?;
        if right { Ok(()) } else { Err(wrong_code()) }
    }

    /// Whom a secret is drawn for.
    pub(super) fn bound<'a>(&'a self, to: &'a str, user: &'a User) -> Bound<'a> {
        Bound { to, username: &user.username, external_url: self.external_url() }
    }

    /// What recovery codes are kept as.
    pub(super) fn recovery_hashes(&self, user: UserId, codes: &[Secret<String>]) -> Vec<[u8; 32]> {
        codes.iter().map(|code| recovery::hash(self.barrier(), user, code.expose())).collect()
    }
}

/// A person in a browser session: tokens don't touch second factors.
fn in_session(context: &Context) -> Result<&UserActor> {
    context.user().filter(|user| user.session.is_some()).ok_or_else(Error::unauthorized)
}

fn binding(actor: &UserActor) -> String {
    let session = actor.session.map(|id| id.to_string()).unwrap_or_default();
    format!("session:{session}")
}

fn event(action: &'static str, actor: &UserActor) -> Event {
    Event::new(action, "second-factors", actor.id).named(&actor.username)
}

/// Counts a code that is about to be tried, unless there were too many.
pub(super) fn count_codes(tx: &mut Tx<'_>, context: &Context, user: UserId) -> Result<()> {
    for subject in Subject::codes(user) {
        count_attempt(tx, &subject, context.now)?;
    }
    match context.address.map(Subject::address) {
        Some(address) => count_attempt(tx, &address, context.now),
        None => Ok(()),
    }
}

/// Takes a code, of the device or for recovery, so that it works once. None if it is wrong.
pub(super) fn take(
    tx: &mut Tx<'_>,
    barrier: &Barrier,
    factor: &SecondFactor,
    typed: &str,
    now: Timestamp,
) -> Result<Option<Proof>> {
    if let Some(code) = recovery::read(typed) {
        let hash = recovery::hash(barrier, factor.user, &code);
        let taken = store::take_recovery_code(tx, factor.user, &hash)?;
        return Ok(taken.then_some(Proof::RecoveryCode));
    }
    match factor.accepted_step(barrier, typed, now)? {
        Some(step) if store::advance_second_factor(tx, factor.user, step)? => {
            Ok(Some(Proof::Device))
        }
        _ => Ok(None),
    }
}

/// Keeps a new second factor and its recovery codes.
pub(super) fn keep(
    tx: &mut Tx<'_>,
    context: &Context,
    user: &User,
    factor: &SecondFactor,
    hashes: &[[u8; 32]],
) -> Result<()> {
    store::insert_second_factor(tx, factor)?;
    store::replace_recovery_codes(tx, user.id, hashes)?;
    let event = Event::new("create", "second-factors", user.id).named(&user.username);
    record(tx, context, &event)
}

/// What is said about a code that is not taken, whatever is wrong with it.
pub(super) fn wrong_code() -> Error {
    Error::invalid("code", "this code is wrong or was used already; wait for the next one")
}
