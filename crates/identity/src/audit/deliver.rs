//! Sending records on, in the order of the chain: to a file, and to a webhook.
//!
//! Each place gets every record at least once, from the first that is kept on, and may get some
//! twice: how far it has got is noted after they are there. One server at a time sends to a place.
//! What can't be sent is tried again, later and later, and no record is let go before it was sent.

mod file;
mod webhook;

use std::time::Duration;

use kernel::{Error, Result, Timestamp};

use super::AuditRecord;
use crate::{Identity, store};

/// How many records are sent at once.
const BATCH: usize = 200;
/// How long a server may take for them, before another one tries.
const LEASE: Duration = Duration::from_mins(1);
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// The names of the places. A place keeps its name when it moves, so that it goes on where it was.
const FILE: &str = "file";
const WEBHOOK: &str = "webhook";

/// How far a place has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) position: i64,
    pub(crate) failures: i64,
    pub(crate) next_try_at: Timestamp,
}

impl Delivery {
    /// After the records up to a place were taken.
    const fn succeeded(position: i64, now: Timestamp) -> Self {
        Self { position, failures: 0, next_try_at: now }
    }

    /// After they were not.
    fn failed(self, now: Timestamp) -> Self {
        let wait = 1_u64.checked_shl(u32::try_from(self.failures).unwrap_or(u32::MAX));
        let wait =
            wait.map_or(LONGEST_WAIT, |seconds| Duration::from_secs(seconds).min(LONGEST_WAIT));
        Self { failures: self.failures + 1, next_try_at: now.plus(wait), ..self }
    }
}

/// Records that one place is to get, and how far it has got.
struct Batch {
    delivery: Delivery,
    records: Vec<AuditRecord>,
}

impl Identity {
    /// Appends new records to the file, if one is set. For a background role.
    pub async fn deliver_audit_to_file(&self) -> Result<()> {
        let Some(path) = &self.settings().audit.file else { return Ok(()) };
        while let Some(batch) = self.next_batch(FILE).await? {
            let outcome = file::append(path, &batch.records).await;
            if !self.settle(FILE, batch, outcome).await? {
                break;
            }
        }
        Ok(())
    }

    /// Posts new records to the webhook, if one is set. For a background role.
    pub async fn deliver_audit_to_webhook(&self) -> Result<()> {
        let Some(webhook) = &self.settings().audit.webhook else { return Ok(()) };
        while let Some(batch) = self.next_batch(WEBHOOK).await? {
            let outcome = webhook::post(self.outgoing(), webhook, &batch.records, self.now()).await;
            if !self.settle(WEBHOOK, batch, outcome).await? {
                break;
            }
        }
        Ok(())
    }

    /// The next records for a place, which is this server's for a while; none if there are no new
    /// ones, or it is not time.
    async fn next_batch(&self, target: &'static str) -> Result<Option<Batch>> {
        let now = self.now();
        let found = self
            .db()
            .read(move |tx| {
                let delivery = store::audit_delivery(tx, target)?.unwrap_or(Delivery {
                    position: 0,
                    failures: 0,
                    next_try_at: now,
                });
                if delivery.next_try_at > now {
                    return Ok(None);
                }
                let records = store::chained_audit_records(tx, delivery.position, BATCH)?;
                Ok((!records.is_empty()).then_some(Batch { delivery, records }))
            })
            .await?;
        let Some(batch) = found else { return Ok(None) };
        let position = batch.delivery.position;
        let claimed = self
            .db()
            .write(move |tx| {
                store::begin_audit_delivery(tx, target)?;
                store::claim_audit_delivery(tx, target, position, now, now.plus(LEASE))
            })
            .await?;
        Ok(claimed.then_some(batch))
    }

    /// Notes how it went; says whether to go on at once.
    async fn settle(
        &self,
        target: &'static str,
        batch: Batch,
        outcome: Result<()>,
    ) -> Result<bool> {
        let now = self.now();
        let last = batch.records.last().and_then(|record| record.link.as_ref());
        let position = last.map_or(batch.delivery.position, |link| link.position);
        let (delivery, error) = match outcome {
            Ok(()) => (Delivery::succeeded(position, now), None),
            Err(error) => {
                tracing::warn!(target, ?error, "audit records could not be sent; they wait");
                (batch.delivery.failed(now), Some(error))
            }
        };
        let sent = error.is_none();
        let text = error.as_ref().map(Error::to_string);
        self.db()
            .write(move |tx| store::update_audit_delivery(tx, target, delivery, text.as_deref()))
            .await?;
        Ok(sent)
    }

    /// The places that are set.
    pub(super) fn audit_targets(&self) -> Vec<&'static str> {
        let set = &self.settings().audit;
        let file = set.file.is_some().then_some(FILE);
        file.into_iter().chain(set.webhook.is_some().then_some(WEBHOOK)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_wait_longer_and_longer_but_not_for_ever() {
        let now = Timestamp::from_micros(0);
        let mut delivery = Delivery::succeeded(7, now);
        let mut waits = Vec::new();
        for _ in 0..100 {
            delivery = delivery.failed(now);
            waits.push(delivery.next_try_at.since(now).as_secs());
        }
        assert_eq!(waits[..5], [1, 2, 4, 8, 16]);
        assert_eq!(waits[99], 300);
        assert_eq!((delivery.position, delivery.failures), (7, 100));
    }
}
