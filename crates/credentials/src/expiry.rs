//! What ends by itself: leases, tokens, answers that nobody fetched, and secrets of which nobody
//! knows whether they were made.
//!
//! Of several servers one at a time is on duty (`duty.rs`). Each round claims some leases by moving
//! the instant at which they are to be revoked: whoever moves it first revokes them, so that two
//! servers never do the same work, and a server that ends in the middle leaves them to be tried
//! again. Mounts are worked for side by side, each for a limited time: one of which the server hangs
//! keeps no other waiting for long, and is left alone for a while, so that its leases don't use up
//! their attempts on it.

mod duty;
mod origins;
mod outcome;

use std::{collections::HashMap, time::Duration};

use db::{Engine, Tx};
use futures_util::{
    future::join_all,
    stream::{FuturesUnordered, StreamExt as _},
};
use kernel::{Error, Result, Timestamp};
use tokio::time::{Instant, timeout};

use crate::{
    Credentials,
    fault::Fault,
    lease::StoredLease,
    sql,
    store::{self, Intent},
};

pub(crate) use duty::Watch;
pub(crate) use outcome::{ATTEMPTS, failed_by_hand, gone};
use outcome::{failed, until_next_look};

/// How many leases one round takes, so that no transaction is long.
const BATCH: u32 = 256;
/// How many of a mount's are revoked at the same time.
const AT_ONCE: usize = 8;
/// How many outcomes are written in one transaction.
const WRITTEN_AT_ONCE: usize = 32;
/// How long a round begins new attempts for a mount.
const ROUND: Duration = Duration::from_secs(20);
/// How long one attempt may last.
const ATTEMPT: Duration = Duration::from_mins(1);
/// How long a round waits for a mount. Work that takes longer goes on by itself, and other mounts'
/// leases are not kept waiting.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long one look for a lost secret may last: less than it takes until the next one.
const LOOK: Duration = Duration::from_mins(4);
/// How long a claim holds before another server may try: longer than both.
const CLAIM: Duration = Duration::from_secs(90);
/// A lease that was given up is tried again when it has been over for so long.
const GIVEN_UP_AGE: Duration = Duration::from_hours(1);
/// After so many fruitless looks, what was intended was not made, or has ended by itself.
const LOOKS: i64 = 3;

/// What is to be done for one mount.
#[derive(Default)]
struct Work {
    leases: Vec<StoredLease>,
    intents: Vec<Intent>,
}

impl Credentials {
    /// One round of everything that ends by itself, if this server is on duty. Says whether there may
    /// be more to do at once. For a background role.
    pub async fn expire(&self) -> Result<bool> {
        self.round(PATIENCE).await
    }

    /// A round that waits so long for a mount.
    pub(crate) async fn round(&self, patience: Duration) -> Result<bool> {
        if self.seal().is_sealed() {
            return Ok(false);
        }
        let now = self.identity().now();
        if let Some(started) = self.upstreams().begin() {
            self.db().write(move |tx| take_up(tx, started, now)).await?;
        }
        self.take_back().await;
        if !self.is_on_duty(now).await? {
            return Ok(false);
        }
        let tokens = self.expire_tokens(now).await?;
        self.end_leases_of_gone(now).await?;
        let (leases, intents) = self.db().write(move |tx| claim(tx, now)).await?;
        let full = leases.len() == BATCH as usize;
        let mut by_mount: HashMap<String, Work> = HashMap::new();
        for lease in leases {
            by_mount.entry(lease.mount.clone()).or_default().leases.push(lease);
        }
        for intent in intents {
            by_mount.entry(intent.mount.clone()).or_default().intents.push(intent);
        }
        let work = by_mount.into_iter().map(|(mount, work)| {
            let core = self.clone();
            timeout(patience, tokio::spawn(async move { core.work_off(mount, work).await }))
        });
        for done in join_all(work).await.into_iter().flatten() {
            done.map_err(Error::internal)??;
        }
        Ok(tokens || full)
    }

    /// Lets every engine take back what it has prepared in vain.
    async fn take_back(&self) {
        for backend in self.backends() {
            if let Err(fault) = backend.take_back(self).await {
                tracing::warn!(error = fault.sentence(), "what was not used could not be deleted");
            }
        }
    }

    /// Tries the leases again whose revocation was given up, if they ended a while ago. Once an hour.
    pub async fn retry_given_up(&self) -> Result<()> {
        let now = self.identity().now();
        let retry = store::Retry { ended_before: now.minus(GIVEN_UP_AGE), mount: String::new() };
        self.retry(retry, now).await
    }

    async fn retry(&self, retry: store::Retry, now: Timestamp) -> Result<()> {
        let retried = self
            .db()
            .write(move |tx| store::retry_given_up_leases(tx, &retry, ATTEMPTS - 1, now))
            .await?;
        if retried > 0 {
            tracing::info!(leases = retried, "leases are tried again that had been given up");
        }
        Ok(())
    }

    async fn expire_tokens(&self, now: Timestamp) -> Result<bool> {
        self.db()
            .write(move |tx| {
                let ended = store::expired_tokens(tx, now, BATCH)?;
                for token in &ended {
                    store::revoke_token(tx, token, now)?;
                }
                tx.execute(&sql::DELETE_EXPIRED_WRAPPINGS, &[now.into()])?;
                Ok(ended.len() == BATCH as usize)
            })
            .await
    }

    /// Works for one mount, unless its server is being left alone.
    async fn work_off(&self, mount: String, work: Work) -> Result<()> {
        let started = Instant::now();
        let rest = self.end_leases(&mount, work.leases, started).await?;
        if !rest.is_empty() {
            self.release(&mount, rest).await?;
        }
        for intent in work.intents {
            let resting = self.upstreams().resting_until(&mount, self.identity().now());
            if started.elapsed() >= ROUND || resting.is_some() {
                break;
            }
            self.settle(&mount, intent).await?;
        }
        Ok(())
    }

    /// Revokes leases of a mount, as long as its server answers and there is time. Those that were
    /// not tried.
    async fn end_leases(
        &self,
        mount: &str,
        leases: Vec<StoredLease>,
        started: Instant,
    ) -> Result<Vec<StoredLease>> {
        let mut waiting = leases.into_iter();
        let (mut trying, mut outcomes) = (FuturesUnordered::new(), Vec::new());
        let mut rest = Vec::new();
        loop {
            let resting = self.upstreams().resting_until(mount, self.identity().now());
            if resting.is_none() && started.elapsed() < ROUND {
                let room = AT_ONCE.saturating_sub(trying.len());
                trying.extend(waiting.by_ref().take(room).map(|lease| self.attempt(lease)));
            }
            let Some((lease, outcome)) = trying.next().await else { break };
            self.note(mount, &outcome).await?;
            if matches!(outcome, Err(Fault::Sealed)) {
                rest.push(lease);
                break;
            }
            outcomes.push((lease, outcome));
            if outcomes.len() >= WRITTEN_AT_ONCE {
                self.write_outcomes(std::mem::take(&mut outcomes)).await?;
            }
        }
        self.write_outcomes(outcomes).await?;
        rest.extend(waiting);
        Ok(rest)
    }

    async fn attempt(&self, lease: StoredLease) -> (StoredLease, Result<(), Fault>) {
        let outcome = timeout(ATTEMPT, self.end(&lease)).await;
        let outcome = outcome.unwrap_or_else(|_| {
            Err(Fault::Outage("the revocation took longer than a minute".to_owned()))
        });
        (lease, outcome)
    }

    /// Remembers whether a mount's server answers. Once it does again, what had been given up is
    /// tried again.
    pub(crate) async fn note<T: Sync>(
        &self,
        mount: &str,
        outcome: &Result<T, Fault>,
    ) -> Result<()> {
        let now = self.identity().now();
        match outcome {
            Err(Fault::Outage(_)) => self.upstreams().failed(mount, now),
            Err(Fault::Sealed | Fault::Internal(_)) => {}
            Ok(_) | Err(_) if self.upstreams().answered(mount) => {
                self.retry(store::Retry { ended_before: now, mount: mount.to_owned() }, now)
                    .await?;
            }
            Ok(_) | Err(_) => {}
        }
        Ok(())
    }

    /// Lets leases be claimed again that were not tried: as soon as the mount's server may be asked.
    async fn release(&self, mount: &str, leases: Vec<StoredLease>) -> Result<()> {
        let now = self.identity().now();
        let until = self.upstreams().resting_until(mount, now).unwrap_or(now);
        self.db()
            .write(move |tx| {
                leases.iter().try_for_each(|lease| store::postpone_lease(tx, &lease.id, until))
            })
            .await
    }

    /// Revokes what a lease was given for. What belongs to no mount any more has nothing to end.
    pub(crate) async fn end(&self, lease: &StoredLease) -> Result<(), Fault> {
        let core = self.clone();
        let known = self.db().glance(move |tx| core.refresh(tx)).await?;
        let mount = known.mounts.iter().find(|mount| mount.uuid == lease.mount);
        let Some(mount) = mount else { return Ok(()) };
        match self.backend(&mount.r#type) {
            Some(backend) => backend.revoke(self, mount, lease).await,
            None => Ok(()),
        }
    }

    async fn write_outcomes(&self, outcomes: Vec<(StoredLease, Result<(), Fault>)>) -> Result<()> {
        if outcomes.is_empty() {
            return Ok(());
        }
        let now = self.identity().now();
        let system = self.identity().system();
        self.db()
            .write(move |tx| {
                for (lease, outcome) in &outcomes {
                    match outcome {
                        Ok(()) => gone(tx, &system, lease)?,
                        Err(fault) => failed(tx, lease, fault, now)?,
                    }
                }
                Ok(())
            })
            .await
    }

    /// Looks into everything that a mount was about to make, before it is taken away: afterwards
    /// nobody knows the way any more.
    pub(crate) async fn settle_intents_of(&self, mount: &str) -> Result<()> {
        let of = mount.to_owned();
        let intents = self.db().read(move |tx| store::intents_of_mount(tx, &of, BATCH)).await?;
        for intent in intents {
            if self.upstreams().resting_until(mount, self.identity().now()).is_some() {
                break;
            }
            self.settle(mount, intent).await?;
        }
        Ok(())
    }

    /// Looks into an intent, which is forgotten when there is nothing more to look for.
    async fn settle(&self, mount: &str, intent: Intent) -> Result<()> {
        let core = self.clone();
        let known = self.db().glance(move |tx| core.refresh(tx)).await?;
        let mount = known.mounts.iter().find(|known| known.uuid == mount);
        let outcome = match mount.and_then(|mount| Some((mount, self.backend(&mount.r#type)?))) {
            Some((mount, backend)) => {
                let looking = timeout(LOOK, backend.settle(self, mount, &intent)).await;
                let outcome = looking.unwrap_or_else(|_| {
                    Err(Fault::Outage("looking for a lost token took too long".to_owned()))
                });
                self.note(&mount.uuid, &outcome).await?;
                outcome
            }
            None => Ok(true),
        };
        match outcome {
            Ok(settled) if settled || intent.attempts >= LOOKS => {
                self.db().write(move |tx| store::delete_intent(tx, &intent.id)).await
            }
            Ok(_) => Ok(()),
            Err(fault) => {
                let error = fault.sentence();
                tracing::warn!(
                    intent.id = intent.id,
                    error,
                    "a token that was perhaps made could not be looked for"
                );
                Ok(())
            }
        }
    }
}

/// What the first round after a start does: what was given up gets another chance; and where one
/// server has the database to itself, whatever had been begun before it was broken off.
fn take_up(tx: &mut Tx<'_>, started: Timestamp, now: Timestamp) -> Result<()> {
    if tx.engine() == Engine::Sqlite {
        store::hasten_intents(tx, started, now)?;
    }
    let retry = store::Retry { ended_before: now, mount: String::new() };
    store::retry_given_up_leases(tx, &retry, ATTEMPTS - 1, now).map(drop)
}

/// Takes leases and intents that are due, so that nobody else does.
fn claim(tx: &mut Tx<'_>, now: Timestamp) -> Result<(Vec<StoredLease>, Vec<Intent>)> {
    let mut mine = Vec::new();
    for lease in store::due_leases(tx, now, BATCH)? {
        if store::claim_lease(tx, &lease, now.plus(CLAIM))? {
            mine.push(lease);
        }
    }
    let next = |attempts| now.plus(until_next_look(attempts));
    Ok((mine, store::claim_intents(tx, now, next, BATCH)?))
}
