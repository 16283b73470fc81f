//! What ends by itself: leases, tokens, answers that nobody fetched, and secrets of which nobody
//! knows whether they were made.
//!
//! Each round claims some leases by moving the instant at which they are to be revoked: whoever
//! moves it first revokes them, so that several servers don't do the same work, and a server that
//! ends in the middle leaves them to be tried again.

use std::time::Duration;

use db::Tx;
use futures_util::{StreamExt as _, stream};
use kernel::{Result, Timestamp};

use crate::{
    Credentials,
    fault::Fault,
    lease::StoredLease,
    mount::Mount,
    sql,
    store::{self, Intent},
};

/// How many leases one round takes, so that no transaction is long.
const BATCH: u32 = 256;
/// How many of them are revoked at the same time.
const AT_ONCE: usize = 8;
/// How long one attempt may take before another server may try.
const CLAIM: Duration = Duration::from_secs(90);
/// How often a revocation may fail before it is given up.
pub(crate) const ATTEMPTS: i64 = 6;
const FIRST_WAIT: Duration = Duration::from_secs(10);
const LONGEST_ERROR: usize = 240;
/// A lease that was given up is tried again when it has been over for so long.
const GIVEN_UP_AGE: Duration = Duration::from_hours(1);
const INTENT_WAIT: Duration = Duration::from_mins(5);
/// After so many fruitless looks, what was intended was not made, or has ended by itself.
const INTENT_LOOKS: i64 = 3;

impl Credentials {
    /// One round of everything that ends by itself. Says whether there may be more to do at once.
    /// For a background role.
    pub async fn expire(&self) -> Result<bool> {
        if self.seal().is_sealed() {
            return Ok(false);
        }
        let now = self.identity().now();
        let tokens = self.expire_tokens(now).await?;
        let leases = self.expire_leases(now).await?;
        self.settle_intents(now).await?;
        Ok(tokens || leases)
    }

    /// Tries the leases again whose revocation was given up. Once a day.
    pub async fn retry_given_up(&self) -> Result<()> {
        let now = self.identity().now();
        self.db()
            .write(move |tx| {
                for lease in store::given_up_leases(tx, now.minus(GIVEN_UP_AGE), BATCH)? {
                    store::fail_lease(tx, &lease.id, ATTEMPTS - 1, Some(now), "")?;
                }
                Ok(())
            })
            .await
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

    async fn expire_leases(&self, now: Timestamp) -> Result<bool> {
        let mine = self.db().write(move |tx| claim(tx, now)).await?;
        let full = mine.len() == BATCH as usize;
        let mut ended = stream::iter(mine)
            .map(|lease| async move {
                let outcome = self.end(&lease).await;
                (lease, outcome)
            })
            .buffer_unordered(AT_ONCE)
            .chunks(AT_ONCE * 4);
        while let Some(outcomes) = ended.next().await {
            self.write_outcomes(outcomes).await?;
        }
        Ok(full)
    }

    /// Revokes what a lease was given for. What belongs to no mount any more has nothing to end.
    pub(crate) async fn end(&self, lease: &StoredLease) -> Result<(), Fault> {
        let core = self.clone();
        let known = self.db().read(move |tx| core.refresh(tx)).await?;
        let mount = known.mounts.iter().find(|mount| mount.uuid == lease.mount);
        let Some(mount) = mount else { return Ok(()) };
        match self.backend(&mount.r#type) {
            Some(backend) => backend.revoke(self, mount, lease).await,
            None => Ok(()),
        }
    }

    async fn write_outcomes(&self, outcomes: Vec<(StoredLease, Result<(), Fault>)>) -> Result<()> {
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

    async fn settle_intents(&self, now: Timestamp) -> Result<()> {
        let due = self
            .db()
            .write(move |tx| {
                let due = store::due_intents(tx, now, BATCH)?;
                for intent in &due {
                    let next = now.plus(INTENT_WAIT);
                    store::postpone_intent(tx, &intent.id, intent.attempts + 1, next)?;
                }
                Ok(due)
            })
            .await?;
        for intent in due {
            self.settle(intent).await?;
        }
        Ok(())
    }

    async fn settle(&self, intent: Intent) -> Result<()> {
        let known = self.known();
        let mount: Option<&Mount> = known.mounts.iter().find(|mount| mount.uuid == intent.mount);
        let outcome = match mount.and_then(|mount| Some((mount, self.backend(&mount.r#type)?))) {
            Some((mount, backend)) => backend.settle(self, mount, &intent).await,
            None => Ok(()),
        };
        match outcome {
            Ok(()) => self.db().write(move |tx| store::delete_intent(tx, &intent.id)).await,
            Err(fault) if intent.attempts >= INTENT_LOOKS => {
                tracing::error!(?fault, "a secret that was perhaps made could not be looked for");
                Ok(())
            }
            Err(_) => Ok(()),
        }
    }
}

/// Takes leases that are due, so that nobody else does.
fn claim(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<StoredLease>> {
    let mut mine = Vec::new();
    for lease in store::due_leases(tx, now, BATCH)? {
        if store::claim_lease(tx, &lease, now.plus(CLAIM))? {
            mine.push(lease);
        }
    }
    Ok(mine)
}

/// Removes a lease whose secret has ended.
pub(crate) fn gone(tx: &mut Tx<'_>, context: &kernel::Context, lease: &StoredLease) -> Result<()> {
    store::delete_lease(tx, &lease.id)?;
    let event = identity::audit::Event::new("revoke", "credential-leases", &lease.id);
    identity::audit::record(tx, context, &event)
}

/// Notes that a revocation failed: it is tried again later and later, and then given up.
pub(crate) fn failed(
    tx: &mut Tx<'_>,
    lease: &StoredLease,
    fault: &Fault,
    now: Timestamp,
) -> Result<()> {
    let attempts = lease.attempts + 1;
    let text = fault.errors().join("; ");
    let text: String = text.chars().take(LONGEST_ERROR).collect();
    tracing::warn!(lease.id = lease.id, attempts, error = text, "a lease could not be revoked");
    let next = (attempts < ATTEMPTS).then(|| now.plus(wait(attempts, jitter())));
    store::fail_lease(tx, &lease.id, attempts, next, &text)
}

/// How long to wait after so many failures: twice as long each time, more or less by half.
/// `jitter` is between 0 and 1.
fn wait(attempts: i64, jitter: f64) -> Duration {
    let doublings = u32::try_from(attempts.clamp(1, 16)).unwrap_or(1);
    FIRST_WAIT.saturating_mul(1 << doublings).mul_f64(0.5 + jitter.clamp(0.0, 1.0))
}

fn jitter() -> f64 {
    let [byte] = barrier::random_bytes::<1>();
    f64::from(byte) / f64::from(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_scatter() {
        for (attempts, seconds) in [(1, 20), (2, 40), (3, 80), (4, 160), (5, 320)] {
            let middle = Duration::from_secs(seconds);
            assert_eq!(wait(attempts, 0.5), middle);
            assert!(wait(attempts, 0.0) >= middle / 2 && wait(attempts, 1.0) <= middle * 3 / 2);
        }
    }
}
