//! The row that says which server ends what is over.

use db::Tx;
use kernel::Result;

use crate::sql;

/// Who is on duty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Duty {
    /// The server that began the last round; empty: it has left.
    pub(crate) holder: String,
    /// How many rounds there were, of all servers.
    pub(crate) rounds: i64,
}

pub(crate) fn duty(tx: &mut Tx<'_>) -> Result<Duty> {
    let row = |row: &db::Row<'_>| Ok(Duty { holder: row.text(0)?, rounds: row.int(1)? });
    Ok(tx.query_one(&sql::FIND_DUTY, &[], row)?)
}

/// Whether a server begins the next round: not if another has begun one since `before`.
pub(crate) fn take_duty(tx: &mut Tx<'_>, server: &str, before: &Duty) -> Result<bool> {
    let params = [server.into(), (&before.holder).into(), before.rounds.into()];
    Ok(tx.execute(&sql::TAKE_DUTY, &params)? == 1)
}

/// Leaves the duty, if it is this server's.
pub(crate) fn leave_duty(tx: &mut Tx<'_>, server: &str) -> Result<()> {
    tx.execute(&sql::LEAVE_DUTY, &[server.into()])?;
    Ok(())
}
