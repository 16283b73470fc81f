//! How the key is kept, and the numbers that tell servers that something has changed.

use db::{DbError, Row, Tx};
use kernel::{Result, Timestamp};

use super::known;
use crate::{seal::SealKind, sql};

/// How the key is kept.
#[derive(Clone, Debug)]
pub(crate) struct WrittenSeal {
    pub(crate) kind: SealKind,
    /// The root key, sealed.
    pub(crate) sealed_root: Vec<u8>,
    pub(crate) shares: i64,
    pub(crate) threshold: i64,
    pub(crate) cluster_id: String,
    pub(crate) created_at: Timestamp,
}

fn seal(row: &Row<'_>) -> Result<WrittenSeal, DbError> {
    let kind = row.text(0)?;
    Ok(WrittenSeal {
        kind: known(&kind, SealKind::parse(&kind))?,
        sealed_root: row.bytes(1)?,
        shares: row.int(2)?,
        threshold: row.int(3)?,
        cluster_id: row.text(4)?,
        created_at: row.timestamp(5)?,
    })
}

/// None before it is initialized.
pub(crate) fn find_seal(tx: &mut Tx<'_>) -> Result<Option<WrittenSeal>> {
    Ok(tx.query_optional(&sql::FIND_SEAL, &[], seal)?)
}

/// Whether it is written: nobody else has initialized it.
pub(crate) fn insert_seal(tx: &mut Tx<'_>, seal: &WrittenSeal) -> Result<bool> {
    let params = [
        seal.kind.as_str().into(),
        seal.shares.into(),
        seal.threshold.into(),
        (&seal.sealed_root).into(),
        (&seal.cluster_id).into(),
        seal.created_at.into(),
    ];
    Ok(tx.execute(&sql::INSERT_SEAL, &params)? == 1)
}

/// Whether it is written: the key is still kept as it was `before`.
pub(crate) fn update_seal(
    tx: &mut Tx<'_>,
    seal: &WrittenSeal,
    before: &WrittenSeal,
) -> Result<bool> {
    let params = [
        seal.kind.as_str().into(),
        seal.shares.into(),
        seal.threshold.into(),
        (&seal.sealed_root).into(),
        (&before.sealed_root).into(),
    ];
    Ok(tx.execute(&sql::UPDATE_SEAL, &params)? == 1)
}

/// What tells whether something has changed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Generation {
    /// Of mounts, policies and devices.
    pub(crate) known: i64,
    /// How often this side was sealed by hand.
    pub(crate) seals: i64,
}

pub(crate) fn generation(tx: &mut Tx<'_>) -> Result<Generation> {
    Ok(tx.query_one(&sql::FIND_GENERATION, &[], |row| {
        Ok(Generation { known: row.int(0)?, seals: row.int(1)? })
    })?)
}

/// Tells every server to forget the key.
pub(crate) fn raise_seals(tx: &mut Tx<'_>) -> Result<()> {
    tx.query_one(&sql::RAISE_SEALS, &[], |row| row.int(0))?;
    Ok(())
}
