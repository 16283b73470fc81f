//! Leases as pages list them.

use db::{DbError, Row, Tx};
use identity::names::contains_pattern;
use kernel::{Page, PageRequest, Result, Timestamp};

use super::count_leases;
use crate::{sql, view::after};

/// Which leases are wanted.
#[derive(Clone, Debug, Default)]
pub(crate) struct LeaseFilter {
    /// Those of the mount with this id; empty: all.
    pub(crate) mount: String,
    /// Those whose id, or whose token's name or accessor, holds this.
    pub(crate) search: Option<String>,
    /// Those whose revocation was given up, in place of those that live.
    pub(crate) irrevocable: bool,
}

/// A lease, with whom it was given to.
#[derive(Clone, Debug)]
pub(crate) struct ListedLease {
    pub(crate) id: String,
    pub(crate) mount: String,
    pub(crate) issued_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) renewable: bool,
    /// What the engine keeps, sealed.
    pub(crate) internal: Vec<u8>,
    /// How often its revocation has failed.
    pub(crate) attempts: i64,
    /// When it is to be revoked; none: that was given up.
    pub(crate) revoke_at: Option<Timestamp>,
    /// Why the last revocation failed.
    pub(crate) last_error: Option<String>,
    /// The token that it was given to, while that lives.
    pub(crate) holder: Option<Holder>,
}

/// A token, as far as lists tell of it.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    pub(crate) accessor: String,
    pub(crate) display_name: String,
}

fn listed(row: &Row<'_>) -> Result<ListedLease, DbError> {
    let holder = match (row.opt_text(9)?, row.opt_text(10)?) {
        (Some(accessor), Some(display_name)) => Some(Holder { accessor, display_name }),
        _ => None,
    };
    Ok(ListedLease {
        id: row.text(0)?,
        mount: row.text(1)?,
        issued_at: row.timestamp(2)?,
        expires_at: row.timestamp(3)?,
        renewable: row.bool(4)?,
        internal: row.bytes(5)?,
        attempts: row.int(6)?,
        revoke_at: row.opt_timestamp(7)?,
        last_error: row.opt_text(8)?,
        holder,
    })
}

/// A page of leases.
pub(crate) fn list_leases(
    tx: &mut Tx<'_>,
    filter: &LeaseFilter,
    request: PageRequest,
) -> Result<Page<ListedLease>> {
    let (mount, pattern) = (filter.mount.as_str(), filter.search.as_deref().map(contains_pattern));
    let statement =
        if filter.irrevocable { &sql::LIST_IRREVOCABLE_LEASES } else { &sql::LIST_LIVE_LEASES };
    let params =
        [mount.into(), pattern.clone().into(), request.limit().into(), request.offset().into()];
    let items = tx.query(statement, &params, listed)?;
    let total = match pattern {
        None => count_of_mount(tx, filter)?,
        Some(pattern) => {
            let params = [mount.into(), pattern.into(), filter.irrevocable.into()];
            tx.query_one(&sql::COUNT_LISTED_LEASES, &params, |row| row.int(0))?
        }
    };
    Ok(Page { items, total: total.unsigned_abs(), request })
}

/// How many leases a list without a search has: counted without their tokens, which takes a fraction
/// of the time.
fn count_of_mount(tx: &mut Tx<'_>, filter: &LeaseFilter) -> Result<i64> {
    let mut count = |given_up| -> Result<i64> {
        let counts = count_leases(tx, given_up)?.into_iter();
        let wanted = |mount: &str| filter.mount.is_empty() || mount == filter.mount;
        Ok(counts.filter(|(mount, _)| wanted(mount)).map(|(_, count)| count).sum())
    };
    let given_up = count(true)?;
    Ok(if filter.irrevocable { given_up } else { count(false)? - given_up })
}

/// How many ids are read at once.
const IDS: u32 = 1_000;

/// The next part of each id below a prefix, sorted, from behind one on: what has more parts ends in
/// a slash, and is there once. However many leases there are, no more than the parts is kept of them.
pub(crate) fn lease_parts(
    tx: &mut Tx<'_>,
    prefix: &str,
    behind: &str,
    limit: usize,
) -> Result<Vec<String>> {
    let (mut parts, end) = (Vec::<String>::new(), after(prefix));
    let mut from = format!("{prefix}{behind}");
    loop {
        let params = [from.as_str().into(), end.as_str().into(), IDS.into()];
        let ids = tx.query(&sql::LIST_LEASE_IDS, &params, |row| row.text(0))?;
        for part in ids.iter().filter_map(|id| next_part(id, prefix)) {
            if part <= behind || parts.last().is_some_and(|last| last == part) {
                continue;
            }
            if parts.len() == limit {
                return Ok(parts);
            }
            parts.push(part.to_owned());
        }
        match ids.last().filter(|_| ids.len() == IDS as usize) {
            // What else a folder holds is passed over.
            Some(last) => match next_part(last, prefix).filter(|part| part.ends_with('/')) {
                Some(folder) => from = after(&format!("{prefix}{folder}")),
                None => from.clone_from(last),
            },
            None => return Ok(parts),
        }
    }
}

/// What follows a prefix, up to the next slash.
fn next_part<'a>(id: &'a str, prefix: &str) -> Option<&'a str> {
    id.strip_prefix(prefix)?.split_inclusive('/').next()
}

/// How many leases have ids that begin so.
pub(crate) fn count_leases_under(tx: &mut Tx<'_>, prefix: &str) -> Result<u64> {
    let params = [prefix.into(), after(prefix).into()];
    let count = tx.query_one(&sql::COUNT_LEASES_UNDER, &params, |row| row.int(0))?;
    Ok(count.unsigned_abs())
}
