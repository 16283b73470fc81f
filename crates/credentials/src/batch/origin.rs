//! Whether what a batch token came from is still there. It is asked with every request, since the
//! token can't be ended in any other way.

use db::Tx;
use identity::{Credential, find_user};
use kernel::{Result, Timestamp};
use serde_json::Value;

use super::Batch;
use crate::{known::Known, limits::API_TOKEN, store, token::Token};

/// Where a login at this server's own people keeps who it was.
const PERSON: &str = "user_id";

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
    login_stands(tx, &batch.token, now)
}

/// A login with an API token is over with it, and so is what it made; any other of a person is over
/// with them.
fn login_stands(tx: &mut Tx<'_>, token: &Token, now: Timestamp) -> Result<bool> {
    let kept = |name: &str| token.login.get(name).and_then(Value::as_str);
    if let Some(id) = kept(API_TOKEN) {
        let Ok(id) = id.parse() else { return Ok(false) };
        return Ok(Credential::Token(id).holder(tx, now)?.is_some());
    }
    if let Some(id) = kept(PERSON) {
        let Ok(id) = id.parse() else { return Ok(false) };
        return Ok(find_user(tx, id)?.is_some());
    }
    Ok(true)
}
