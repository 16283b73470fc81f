//! The second step of signing in: showing a code, or setting up the second factor that this server
//! requires. What got somebody here is a ticket, which lets nobody in.

use db::Tx;
use kernel::{Context, Result, Secret};

use super::{
    second_factors::{Proof, count_codes, keep, take, wrong_code},
    sign_in::{NewSession, SignIn, begin_session, sign_in_event},
};
use crate::{
    Enrolment, Identity, Stage, User,
    audit::{in_name_of, record},
    second_factor::{SecondFactor, recovery, ticket::Ticket},
    store,
};

/// Somebody whose password was right.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    ticket: Ticket,
    user: User,
    factor: Option<SecondFactor>,
}

impl Waiting {
    /// What they have to do.
    pub(crate) const fn stage(&self) -> Stage {
        self.ticket.stage
    }

    /// Who they are.
    pub(crate) fn username(&self) -> &str {
        &self.user.username
    }
}

/// What came of a second step.
enum Outcome {
    /// The ticket is worth nothing any more.
    Ended,
    WrongCode,
    Done(User),
}

impl Identity {
    /// Who holds a ticket; nobody, if it is worth nothing any more.
    pub(crate) async fn waiting(&self, context: &Context, ticket: &str) -> Result<Option<Waiting>> {
        let Some(ticket) = Ticket::read(ticket, self.barrier(), context.now) else {
            return Ok(None);
        };
        let identity = self.clone();
        self.db().read(move |tx| holder(tx, &identity, &ticket)).await
    }

    /// A secret for somebody who has to set up a second factor: the one that a form brought back,
    /// or another one.
    pub(crate) fn waiting_enrolment(
        &self,
        context: &Context,
        waiting: &Waiting,
        sealed: &str,
    ) -> Result<Enrolment> {
        let binding = waiting.ticket.binding();
        let bound = self.bound(&binding, &waiting.user);
        match Enrolment::reopen(self.barrier(), bound, sealed, context.now) {
            Some(enrolment) => Ok(enrolment),
            None => Enrolment::draw(self.barrier(), bound, context.now),
        }
    }

    /// Signs the holder of a ticket in, by a code of their device or a recovery code. None if the
    /// ticket is worth nothing any more.
    pub(crate) async fn sign_in_by_code(
        &self,
        context: &Context,
        waiting: &Waiting,
        typed: &str,
    ) -> Result<Option<SignIn>> {
        if waiting.stage() != Stage::Code {
            return Ok(None);
        }
        let session = self.draw_session(context.now);
        let (identity, context, fresh) = (self.clone(), context.clone(), session.clone());
        let (ticket, typed) = (waiting.ticket.clone(), typed.to_owned());
        let outcome = self
            .db()
            .write(move |tx| by_code(tx, &identity, &context, &ticket, &typed, &fresh))
            .await?;
        conclude(outcome, session)
    }

    /// Sets up the second factor of the holder of a ticket and signs them in; gives their recovery
    /// codes too. None if the ticket is worth nothing any more.
    pub(crate) async fn sign_in_enrolling(
        &self,
        context: &Context,
        waiting: &Waiting,
        enrolment: &Enrolment,
        typed: &str,
    ) -> Result<Option<(SignIn, Vec<Secret<String>>)>> {
        if waiting.stage() != Stage::Enrol {
            return Ok(None);
        }
        let step = enrolment.first_step(typed, context.now).ok_or_else(wrong_code)?;
        let session = self.draw_session(context.now);
        let (codes, user) = (recovery::draw(), &waiting.user);
        let hashes = self.recovery_hashes(user.id, &codes);
        let factor =
            SecondFactor::new(self.barrier(), user.id, enrolment.secret(), step, context.now)?;
        let (identity, context, fresh) = (self.clone(), context.clone(), session.clone());
        let ticket = waiting.ticket.clone();
        let outcome = self
            .db()
            .write(move |tx| {
                store::lock_user(tx, ticket.user)?;
                let Some(Waiting { user, .. }) = holder(tx, &identity, &ticket)? else {
                    return Ok(Outcome::Ended);
                };
                keep(tx, &in_name_of(&context, &user), &user, &factor, &hashes)?;
                store::delete_sessions(tx, user.id, None)?;
                begin_session(tx, &context, &user, &fresh, &[("by", "password and device")])?;
                Ok(Outcome::Done(user))
            })
            .await?;
        Ok(conclude(outcome, session)?.map(|sign_in| (sign_in, codes)))
    }
}

fn conclude(outcome: Outcome, session: NewSession) -> Result<Option<SignIn>> {
    match outcome {
        Outcome::Ended => Ok(None),
        Outcome::WrongCode => Err(wrong_code()),
        Outcome::Done(user) => Ok(Some(SignIn { user, cookie: session.cookie, next: None })),
    }
}

/// Whoever holds a ticket, if their password is still the same and what the ticket asks for is
/// still to be done.
fn holder(tx: &mut Tx<'_>, identity: &Identity, ticket: &Ticket) -> Result<Option<Waiting>> {
    let Some((user, Some(hash))) = store::credentials_by_id(tx, ticket.user)? else {
        return Ok(None);
    };
    if !identity.settings().local_accounts || !ticket.is_for_password(identity.barrier(), &hash) {
        return Ok(None);
    }
    let factor = store::find_second_factor(tx, user.id)?;
    let due = match ticket.stage {
        Stage::Code => factor.is_some(),
        Stage::Enrol => factor.is_none(),
    };
    Ok(due.then(|| Waiting { ticket: ticket.clone(), user, factor }))
}

/// Every attempt is counted, also one that comes to nothing: so a wrong code is no error of the
/// transaction.
fn by_code(
    tx: &mut Tx<'_>,
    identity: &Identity,
    context: &Context,
    ticket: &Ticket,
    typed: &str,
    session: &NewSession,
) -> Result<Outcome> {
    store::lock_user(tx, ticket.user)?;
    let Some(Waiting { user, factor: Some(factor), .. }) = holder(tx, identity, ticket)? else {
        return Ok(Outcome::Ended);
    };
    count_codes(tx, context, user.id)?;
    let Some(proof) = take(tx, identity.barrier(), &factor, typed, context.now)? else {
        let event = sign_in_event(&user).denied().with("reason", "code");
        record(tx, context, &event)?;
        return Ok(Outcome::WrongCode);
    };
    let by = match proof {
        Proof::Device => "password and device",
        Proof::RecoveryCode => "password and recovery code",
    };
    begin_session(tx, context, &user, session, &[("by", by)])?;
    Ok(Outcome::Done(user))
}
