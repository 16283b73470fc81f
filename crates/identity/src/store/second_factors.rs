//! The tables `second_factors` and `recovery_codes`.

use db::Tx;
use kernel::{Error, Result, UserId};

use super::count;
use crate::{second_factor::SecondFactor, sql};

pub(crate) fn find_second_factor(tx: &mut Tx<'_>, user: UserId) -> Result<Option<SecondFactor>> {
    Ok(tx.query_optional(&sql::FIND_SECOND_FACTOR, &[user.into()], |row| {
        Ok(SecondFactor {
            user,
            sealed: row.bytes(0)?,
            last_step: row.int(1)?,
            created_at: row.timestamp(2)?,
        })
    })?)
}

pub(crate) fn insert_second_factor(tx: &mut Tx<'_>, factor: &SecondFactor) -> Result<()> {
    let SecondFactor { user, sealed, last_step, created_at } = factor;
    let params = [user.into(), sealed.into(), (*last_step).into(), (*created_at).into()];
    tx.execute(&sql::INSERT_SECOND_FACTOR, &params).map_err(|error| {
        error.or_constraint("second_factors_pkey", || {
            Error::conflict("a second factor is set up already; switch it off first")
        })
    })?;
    Ok(())
}

/// Takes a step's code. False if it, or a newer one, was taken already.
pub(crate) fn advance_second_factor(tx: &mut Tx<'_>, user: UserId, step: i64) -> Result<bool> {
    Ok(tx.execute(&sql::ADVANCE_SECOND_FACTOR, &[user.into(), step.into()])? > 0)
}

/// Takes a second factor and its recovery codes away. False if there was none.
pub(crate) fn delete_second_factor(tx: &mut Tx<'_>, user: UserId) -> Result<bool> {
    tx.execute(&sql::DELETE_RECOVERY_CODES, &[user.into()])?;
    Ok(tx.execute(&sql::DELETE_SECOND_FACTOR, &[user.into()])? > 0)
}

/// Puts these recovery codes in the place of all others.
pub(crate) fn replace_recovery_codes(
    tx: &mut Tx<'_>,
    user: UserId,
    hashes: &[[u8; 32]],
) -> Result<()> {
    tx.execute(&sql::DELETE_RECOVERY_CODES, &[user.into()])?;
    for hash in hashes {
        tx.execute(&sql::INSERT_RECOVERY_CODE, &[user.into(), hash.into()])?;
    }
    Ok(())
}

/// Takes a recovery code. False if there is no such.
pub(crate) fn take_recovery_code(tx: &mut Tx<'_>, user: UserId, hash: &[u8; 32]) -> Result<bool> {
    Ok(tx.execute(&sql::TAKE_RECOVERY_CODE, &[user.into(), hash.into()])? > 0)
}

pub(crate) fn count_recovery_codes(tx: &mut Tx<'_>, user: UserId) -> Result<u64> {
    Ok(count(tx.query_one(&sql::COUNT_RECOVERY_CODES, &[user.into()], |row| row.int(0))?))
}
