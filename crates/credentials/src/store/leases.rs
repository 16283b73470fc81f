//! The tables of leases and intents.

use db::{DbError, Row, Tx};
use kernel::{Result, Timestamp};

use super::hash;
use crate::{lease::StoredLease, sql, view::after};

fn lease(row: &Row<'_>) -> Result<StoredLease, DbError> {
    Ok(StoredLease {
        id: row.text(0)?,
        mount: row.text(1)?,
        token: row.opt_bytes(2)?.map(hash).transpose()?,
        issued_at: row.timestamp(3)?,
        expires_at: row.timestamp(4)?,
        last_renewal_at: row.opt_timestamp(5)?,
        renewable: row.bool(6)?,
        internal: row.bytes(7)?,
        attempts: row.int(8)?,
        revoke_at: row.opt_timestamp(9)?,
        last_error: row.opt_text(10)?,
    })
}

pub(crate) fn find_lease(tx: &mut Tx<'_>, id: &str) -> Result<Option<StoredLease>> {
    Ok(tx.query_optional(&sql::FIND_LEASE, &[id.into()], lease)?)
}

/// Adds a lease; `origin` is who stands behind the token that it is given to.
pub(crate) fn insert_lease(
    tx: &mut Tx<'_>,
    lease: &StoredLease,
    origin: Option<&str>,
) -> Result<()> {
    tx.execute(
        &sql::INSERT_LEASE,
        &[
            (&lease.id).into(),
            (&lease.mount).into(),
            lease.token.as_ref().into(),
            lease.issued_at.into(),
            lease.expires_at.into(),
            lease.renewable.into(),
            (&lease.internal).into(),
            origin.into(),
        ],
    )?;
    Ok(())
}

/// Who stands behind leases, after an id.
pub(crate) fn origins_of_leases(tx: &mut Tx<'_>, after: &str, limit: u32) -> Result<Vec<String>> {
    let params = [after.into(), limit.into()];
    Ok(tx.query(&sql::LIST_ORIGINS_OF_LEASES, &params, |row| row.text(0))?)
}

/// Ends the leases behind which somebody stood.
pub(crate) fn expire_leases_of_origin(tx: &mut Tx<'_>, origin: &str, now: Timestamp) -> Result<()> {
    tx.execute(&sql::EXPIRE_LEASES_OF_ORIGIN, &[origin.into(), now.into()])?;
    Ok(())
}

/// Whether a lease has a new end: not if its revocation has begun meanwhile.
pub(crate) fn renew_lease(
    tx: &mut Tx<'_>,
    lease: &StoredLease,
    expires_at: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let params = [(&lease.id).into(), expires_at.into(), now.into(), lease.revoke_at.into()];
    Ok(tx.execute(&sql::RENEW_LEASE, &params)? == 1)
}

pub(crate) fn expire_lease(tx: &mut Tx<'_>, id: &str, now: Timestamp) -> Result<()> {
    tx.execute(&sql::EXPIRE_LEASE, &[id.into(), now.into()])?;
    Ok(())
}

/// Ends leases with ids that begin so, from one on and not more than `limit`: how many, and the next
/// one if there are more.
pub(crate) fn expire_leases_under(
    tx: &mut Tx<'_>,
    prefix: &str,
    from: &str,
    limit: u32,
    now: Timestamp,
) -> Result<(u64, Option<String>)> {
    let end = after(prefix);
    let params = [from.into(), end.as_str().into(), limit.into()];
    let next = tx.query_optional(&sql::FIND_LEASE_AFTER_SOME, &params, |row| row.text(0))?;
    let until = next.as_ref().unwrap_or(&end);
    let params = [from.into(), until.into(), now.into()];
    Ok((tx.execute(&sql::EXPIRE_LEASES_UNDER, &params)?, next))
}

/// Whether a lease that is due was taken, and not by somebody else.
pub(crate) fn claim_lease(tx: &mut Tx<'_>, lease: &StoredLease, until: Timestamp) -> Result<bool> {
    let params = [(&lease.id).into(), lease.revoke_at.into(), until.into()];
    Ok(tx.execute(&sql::CLAIM_LEASE, &params)? == 1)
}

pub(crate) fn delete_lease(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    tx.execute(&sql::DELETE_LEASE, &[id.into()])?;
    Ok(())
}

pub(crate) fn fail_lease(
    tx: &mut Tx<'_>,
    id: &str,
    attempts: i64,
    next: Option<Timestamp>,
    error: &str,
    now: Timestamp,
) -> Result<()> {
    let params = [id.into(), attempts.into(), next.into(), error.into(), now.into()];
    tx.execute(&sql::FAIL_LEASE, &params)?;
    Ok(())
}

/// Tries a lease again at an instant, without counting a failure.
pub(crate) fn postpone_lease(tx: &mut Tx<'_>, id: &str, until: Timestamp) -> Result<()> {
    tx.execute(&sql::POSTPONE_LEASE, &[id.into(), until.into()])?;
    Ok(())
}

/// Which leases are tried again whose revocation was given up.
#[derive(Clone, Debug)]
pub(crate) struct Retry {
    /// Those that ended before this.
    pub(crate) ended_before: Timestamp,
    /// Those of this mount; empty: of all.
    pub(crate) mount: String,
}

/// Lets leases be tried again whose revocation was given up. How many there were.
pub(crate) fn retry_given_up_leases(
    tx: &mut Tx<'_>,
    retry: &Retry,
    attempts: i64,
    now: Timestamp,
) -> Result<u64> {
    let params = [retry.ended_before.into(), attempts.into(), now.into(), (&retry.mount).into()];
    Ok(tx.execute(&sql::RETRY_GIVEN_UP_LEASES, &params)?)
}

pub(crate) fn due_leases(tx: &mut Tx<'_>, now: Timestamp, limit: u32) -> Result<Vec<StoredLease>> {
    Ok(tx.query(&sql::LIST_DUE_LEASES, &[now.into(), limit.into()], lease)?)
}

/// Leases whose revocation was given up, the longest over first.
pub(crate) fn given_up_leases(tx: &mut Tx<'_>, limit: u32) -> Result<Vec<StoredLease>> {
    Ok(tx.query(&sql::LIST_GIVEN_UP_LEASES, &[limit.into()], lease)?)
}

pub(crate) fn leases_under(tx: &mut Tx<'_>, prefix: &str, limit: u32) -> Result<Vec<StoredLease>> {
    let params = [prefix.into(), after(prefix).into(), limit.into()];
    Ok(tx.query(&sql::LIST_LEASES_UNDER, &params, lease)?)
}

/// How many leases each mount has; of those alone whose revocation was given up, if asked.
pub(crate) fn count_leases(tx: &mut Tx<'_>, given_up: bool) -> Result<Vec<(String, i64)>> {
    Ok(tx.query(&sql::COUNT_LEASES, &[given_up.into()], |row| Ok((row.text(0)?, row.int(1)?)))?)
}

/// A secret that was about to be made elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct Intent {
    pub(crate) id: String,
    pub(crate) mount: String,
    pub(crate) target: Vec<u8>,
    /// How often it was looked into.
    pub(crate) attempts: i64,
}

fn intent(row: &Row<'_>) -> Result<Intent, DbError> {
    Ok(Intent {
        id: row.text(0)?,
        mount: row.text(1)?,
        target: row.bytes(2)?,
        attempts: row.int(3)?,
    })
}

/// The intents of a mount.
pub(crate) fn intents_of_mount(tx: &mut Tx<'_>, mount: &str, limit: u32) -> Result<Vec<Intent>> {
    Ok(tx.query(&sql::LIST_INTENTS_OF_MOUNT, &[mount.into(), limit.into()], intent)?)
}

/// Notes an intent, to be looked into at an instant unless it is settled before. Whether it was
/// noted: not if one with its id is there.
pub(crate) fn insert_intent(
    tx: &mut Tx<'_>,
    intent: &Intent,
    now: Timestamp,
    try_at: Timestamp,
) -> Result<bool> {
    let params = [
        (&intent.id).into(),
        (&intent.mount).into(),
        (&intent.target).into(),
        now.into(),
        try_at.into(),
    ];
    Ok(tx.execute(&sql::INSERT_INTENT, &params)? == 1)
}

pub(crate) fn delete_intent(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    tx.execute(&sql::DELETE_INTENT, &[id.into()])?;
    Ok(())
}

/// Forgets an intent: what it was about is written down in this transaction. False: it is being
/// looked into already.
pub(crate) fn take_intent(tx: &mut Tx<'_>, id: &str) -> Result<bool> {
    Ok(tx.execute(&sql::TAKE_INTENT, &[id.into()])? == 1)
}

/// Lets the intents from before an instant be looked into at once: whoever wrote them is gone.
pub(crate) fn hasten_intents(tx: &mut Tx<'_>, before: Timestamp, now: Timestamp) -> Result<()> {
    tx.execute(&sql::HASTEN_INTENTS, &[before.into(), now.into()])?;
    Ok(())
}

/// Takes intents that are due, so that nobody else does: each counts as looked into once more, and
/// is due again at the instant that `next` gives for so many looks.
pub(crate) fn claim_intents(
    tx: &mut Tx<'_>,
    now: Timestamp,
    next: impl Fn(i64) -> Timestamp,
    limit: u32,
) -> Result<Vec<Intent>> {
    let due = tx.query(&sql::LIST_DUE_INTENTS, &[now.into(), limit.into()], |row| {
        Ok((intent(row)?, row.timestamp(4)?))
    })?;
    let mut mine = Vec::new();
    for (mut intent, try_at) in due {
        intent.attempts += 1;
        let params = [
            (&intent.id).into(),
            intent.attempts.into(),
            next(intent.attempts).into(),
            try_at.into(),
        ];
        if tx.execute(&sql::POSTPONE_INTENT, &params)? == 1 {
            mine.push(intent);
        }
    }
    Ok(mine)
}
