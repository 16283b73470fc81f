//! What can be done with leases: look, renew, revoke, one or all below a prefix.

use std::time::Duration;

use db::Tx;
use identity::audit::{self, Event};
use kernel::{Context, Timestamp};

use crate::{Credentials, expiry, fault::Fault, lease::StoredLease, store, ttl::Grant};

/// How many leases are gone through at once.
const PAGE: u32 = 1_000;

/// When a revocation is to happen, and what becomes of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Revocation {
    /// Soon; it is tried again until it works.
    Queued,
    /// Now; the caller hears of failures.
    Now,
    /// Now, and the lease is forgotten whether it works or not.
    Forced,
}

impl Credentials {
    /// A lease.
    pub(crate) async fn find_lease(&self, id: &str) -> Result<Option<StoredLease>, Fault> {
        let id = id.to_owned();
        Ok(self.db().read(move |tx| store::find_lease(tx, &id)).await?)
    }

    /// Gives a lease a new end. An increment sets what remains, it does not add to it.
    pub(crate) async fn renew_lease(
        &self,
        id: &str,
        increment: Option<Duration>,
        context: &Context,
    ) -> Result<(StoredLease, Grant), Fault> {
        let lease = self.find_lease(id).await?;
        let lease = lease.ok_or_else(|| Fault::refused("lease not found"))?;
        require_renewable(&lease, context.now)?;
        let known = self.known();
        let mount = known.mounts.iter().find(|mount| mount.uuid == lease.mount);
        let mount = mount.ok_or_else(|| Fault::refused("lease not found"))?;
        let backend = self.backend(&mount.r#type).ok_or(Fault::UnsupportedPath)?;
        let grant = backend.renew(self, mount, &lease, increment, context.now).await?;
        let (old, end, now) = (lease.clone(), grant.expires_at, context.now);
        let renewed = self.db().write(move |tx| store::renew_lease(tx, &old, end, now)).await?;
        if !renewed {
            // It has ended, or was renewed by somebody else in this very moment.
            return Err(Fault::refused("lease not found"));
        }
        Ok((lease, grant))
    }

    /// Revokes a lease. One that is not there is as good as revoked.
    pub(crate) async fn revoke_lease(
        &self,
        id: &str,
        revocation: Revocation,
        context: &Context,
    ) -> Result<(), Fault> {
        let Some(lease) = self.find_lease(id).await? else { return Ok(()) };
        if revocation == Revocation::Queued {
            let (id, context) = (lease.id, context.clone());
            let end = move |tx: &mut Tx<'_>| {
                store::expire_lease(tx, &id, context.now)?;
                let event = Event::new("revoke", "credential-leases", &id);
                audit::record(tx, &context, &event)
            };
            return Ok(self.db().write(end).await?);
        }
        self.end_now(lease, revocation, context).await
    }

    /// Revokes all leases below a prefix. How many that were.
    pub(crate) async fn revoke_leases_under(
        &self,
        prefix: &str,
        revocation: Revocation,
        context: &Context,
    ) -> Result<usize, Fault> {
        // A whole id is taken for that one lease, as long as it does not end in a slash.
        if !prefix.ends_with('/') && self.find_lease(prefix).await?.is_some() {
            self.revoke_lease(prefix, revocation, context).await?;
            return Ok(1);
        }
        let below = format!("{}/", prefix.trim_end_matches('/'));
        self.revoke_tokens_under(&below, context).await?;
        if revocation == Revocation::Queued {
            return self.expire_under(&below, context).await;
        }
        let mut count = 0;
        loop {
            let under = below.clone();
            let page = self.db().read(move |tx| store::leases_under(tx, &under, PAGE)).await?;
            if page.is_empty() {
                return Ok(count);
            }
            for lease in page {
                let id = lease.id.clone();
                let ended = self.end_now(lease, revocation, context).await;
                count += 1;
                if let Err(Fault::Refused(text)) = ended {
                    return Err(self.stopped_at(&below, &id, count, &text).await?);
                }
                ended?;
            }
        }
    }

    /// Which of the leases below a prefix it was that could not be ended: the how manieth of all.
    async fn stopped_at(
        &self,
        below: &str,
        id: &str,
        number: usize,
        text: &str,
    ) -> Result<Fault, Fault> {
        let below = below.to_owned();
        let left = self.db().read(move |tx| store::count_leases_under(tx, &below)).await?;
        // It is among those that are left.
        let all = left.saturating_add(number as u64).saturating_sub(1);
        Ok(Fault::refused(format!("failed to revoke {id:?} ({number} / {all}): {text}")))
    }

    /// Ends all leases below a prefix, so many at a time that others come in between. How many
    /// there were.
    async fn expire_under(&self, below: &str, context: &Context) -> Result<usize, Fault> {
        let (mut count, mut from) = (0, below.to_owned());
        loop {
            let (below, context) = (below.to_owned(), context.clone());
            let some = move |tx: &mut Tx<'_>| expire_some(tx, &below, &from, &context);
            let (ended, next) = self.db().write(some).await?;
            count += usize::try_from(ended).unwrap_or(usize::MAX);
            match next {
                Some(next) => from = next,
                None => return Ok(count),
            }
        }
    }

    /// Revokes the tokens that were made by paths below a prefix: logins, for one.
    async fn revoke_tokens_under(&self, below: &str, context: &Context) -> Result<(), Fault> {
        let (below, context) = (below.to_owned(), context.clone());
        Ok(self
            .db()
            .write(move |tx| {
                let tokens = store::tokens_made_under(tx, &below)?;
                for token in &tokens {
                    store::revoke_token(tx, token, context.now)?;
                }
                record_many(tx, &context, ("credential-tokens", &below), tokens.len() as u64)
            })
            .await?)
    }

    async fn end_now(
        &self,
        lease: StoredLease,
        revocation: Revocation,
        context: &Context,
    ) -> Result<(), Fault> {
        let outcome = self.end(&lease).await;
        self.note(&lease.mount, &outcome).await?;
        if let Err(fault) = &outcome
            && revocation == Revocation::Forced
        {
            tracing::warn!(lease.id = lease.id, ?fault, "forgotten without being revoked");
        }
        let context = context.clone();
        match outcome {
            Err(fault) if revocation == Revocation::Now => {
                let text = fault.sentence();
                let now = context.now;
                self.db().write(move |tx| expiry::failed_by_hand(tx, &lease, &fault, now)).await?;
                Err(Fault::refused(format!(
                    "failed to revoke entry: resp: (*logical.Response)(nil) err: {text}"
                )))
            }
            _ => Ok(self.db().write(move |tx| expiry::gone(tx, &context, &lease)).await?),
        }
    }
}

/// Ends leases below a prefix, from one on. How many, and where there are more.
fn expire_some(
    tx: &mut Tx<'_>,
    below: &str,
    from: &str,
    context: &Context,
) -> kernel::Result<(u64, Option<String>)> {
    let (count, next) = store::expire_leases_under(tx, below, from, PAGE, context.now)?;
    record_many(tx, context, ("credential-leases", below), count)?;
    Ok((count, next))
}

/// Records that all things of a kind below a prefix were ended, if there were any.
fn record_many(
    tx: &mut Tx<'_>,
    context: &Context,
    (kind, below): (&'static str, &str),
    count: u64,
) -> kernel::Result<()> {
    if count == 0 {
        return Ok(());
    }
    let event = Event::new("revoke", kind, below).named(format!("all below {below}"));
    audit::record(tx, context, &event.with("count", count))
}

fn require_renewable(lease: &StoredLease, now: Timestamp) -> Result<(), Fault> {
    if lease.revoke_at.is_none() {
        return Err(Fault::refused("lease is expired and has failed previous revocation attempts"));
    }
    if lease.expires_at <= now {
        return Err(Fault::refused("lease expired"));
    }
    if !lease.renewable {
        return Err(Fault::refused("lease is not renewable"));
    }
    Ok(())
}
