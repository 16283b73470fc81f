//! Batch tokens: nothing of them is kept here. All that one is stands in its value, sealed with the
//! key of this side, so that nobody makes or changes one: they cost no row, and there may be as many
//! as one likes.
//!
//! What is not kept can't be renewed, counted, revoked or listed, makes no other tokens, and has no
//! accessor and no place of its own. It ends at its end; and before that, with the next request,
//! when what it came from has ended: its parent, the mount that it was got at, the API token or
//! the person of this server that logged in.

mod form;
mod origin;
mod payload;
#[cfg(test)]
mod tests;

use barrier::DataKey;
use db::Tx;
use kernel::{Error, Secret, Timestamp};

use crate::{
    Credentials,
    fault::Fault,
    known::Known,
    mount::Mount,
    token::{Token, TokenHash},
};

/// What batch tokens are sealed for. Nothing else that this side seals opens as one.
const PLACE: &[u8] = b"credential_batch_tokens";

/// A batch token that was opened.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    token: Token,
    /// The id of the mount that it was got at.
    mount: String,
}

/// A token as somebody shows it.
#[derive(Clone, Debug)]
pub(crate) enum Shown {
    /// One that is kept here, if at all.
    Kept(TokenHash),
    /// One that is not kept here.
    Batch(Box<Batch>),
    /// Something that looks like a batch token and is none.
    Nothing,
}

impl Credentials {
    /// What a value can be. Nothing is looked up for this.
    pub(crate) fn read_token(&self, value: &str) -> Shown {
        if !form::is_batch(value) {
            return Shown::Kept(self.token_hash(value));
        }
        // While all is sealed no token is known.
        let opened = self.seal().key().ok().and_then(|key| open(&key, value));
        opened.map_or(Shown::Nothing, |mut batch| {
            batch.token.hash = self.token_hash(value);
            Shown::Batch(Box::new(batch))
        })
    }

    /// The token that was shown, with who logged in, unless it is unknown or what it came from has
    /// ended. Whether it lets its bearer in is not asked.
    pub(crate) fn shown_in(
        &self,
        tx: &mut Tx<'_>,
        shown: &Shown,
        known: &Known,
        now: Timestamp,
    ) -> kernel::Result<Option<Token>> {
        match shown {
            Shown::Kept(hash) => self.token_in(tx, hash, now),
            Shown::Batch(batch) if origin::stands(tx, batch, known, now)? => {
                self.with_entity(tx, batch.token.clone()).map(Some)
            }
            Shown::Batch(_) | Shown::Nothing => Ok(None),
        }
    }

    /// The value of a batch token that is got at a mount; refused if it would be too long to be
    /// sent in a header.
    pub(crate) fn seal_token(&self, token: &Token, mount: &Mount) -> Result<Secret<String>, Fault> {
        let value = seal(&self.seal().key()?, token, &mount.uuid)?;
        let length = value.expose().len();
        if length <= form::LONGEST {
            return Ok(value);
        }
        Err(Fault::refused(format!(
            "this batch token would have {length} characters, and may have {}: give it less \
             metadata and fewer policies, or use a service token",
            form::LONGEST
        )))
    }
}

fn seal(key: &DataKey, token: &Token, mount: &str) -> Result<Secret<String>, Error> {
    let sealed = key.seal(PLACE, &payload::write(token, mount)?)?;
    Ok(Secret::new(form::write(&sealed)))
}

/// None if it was not sealed here as it is.
fn open(key: &DataKey, value: &str) -> Option<Batch> {
    let sealed = form::read(value)?;
    payload::read(&key.open(PLACE, &sealed).ok()?)
}
