//! Whether what a batch token came from is still there. It is asked with every request, since the
//! token can't be ended in any other way.

use db::Tx;
use kernel::{Result, Timestamp};

use super::Batch;
use crate::{known::Known, origin, store};

/// Whether the mount, the parent and whoever logged in are there.
pub(super) fn stands(
    tx: &mut Tx<'_>,
    batch: &Batch,
    known: &Known,
    now: Timestamp,
) -> Result<bool> {
    let mount = known.mounts.iter().find(|mount| mount.uuid == batch.mount);
    if mount.is_none_or(|mount| mount.tainted) {
        return Ok(false);
    }
    if let Some(parent) = &batch.token.parent {
        let parent = store::find_token(tx, parent)?;
        if parent.is_none_or(|parent| !parent.lives(now)) {
            return Ok(false);
        }
    }
    origin::stands(tx, &batch.token, now)
}
