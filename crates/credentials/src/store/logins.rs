//! The table of failures to log in.

use db::Tx;
use kernel::{Result, Timestamp};

use crate::sql;

/// How often somebody has failed to log in, and when last.
pub(crate) fn login_failures(
    tx: &mut Tx<'_>,
    mount: &str,
    name: &str,
) -> Result<Option<(i64, Timestamp)>> {
    let params = [mount.into(), name.into()];
    Ok(tx.query_optional(&sql::FIND_LOGIN_FAILURES, &params, |row| {
        Ok((row.int(0)?, row.timestamp(1)?))
    })?)
}

/// Counts a failure to log in; those before an instant no longer count.
pub(crate) fn count_login_failure(
    tx: &mut Tx<'_>,
    mount: &str,
    name: &str,
    now: Timestamp,
    since: Timestamp,
) -> Result<()> {
    let params = [mount.into(), name.into(), now.into(), since.into()];
    tx.execute(&sql::COUNT_LOGIN_FAILURE, &params)?;
    Ok(())
}

/// Everybody who has failed at a mount: how often, and when last.
pub(crate) fn list_login_failures(
    tx: &mut Tx<'_>,
    mount: &str,
) -> Result<Vec<(String, i64, Timestamp)>> {
    Ok(tx.query(&sql::LIST_LOGIN_FAILURES, &[mount.into()], |row| {
        Ok((row.text(0)?, row.int(1)?, row.timestamp(2)?))
    })?)
}
