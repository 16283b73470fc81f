//! What is sealed, and the keys that seal it.
//!
//! An envelope is: one byte of version, 16 characters of key id, 24 bytes of random nonce,
//! ciphertext, 16 bytes of tag. Version and key id are authenticated together with the caller's
//! associated data.

use std::{fmt, sync::Arc};

use aws_lc_rs::error::Unspecified;
use kernel::{Error, Result};

use crate::{
    aead::{Aead, NONCE_LENGTH, TAG_LENGTH},
    digest::derive,
    random_bytes,
};

/// The one form of envelope there is so far.
const VERSION: u8 = 1;
/// How long a key's id is within an envelope.
const ID_LENGTH: usize = 16;
const HEADER_LENGTH: usize = 1 + ID_LENGTH;

/// Why something does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenError {
    /// Too short, or of a version that is not known here.
    Form,
    /// Sealed with a key that is not this one.
    OtherKey,
    /// Changed, or not meant for this place.
    Damaged,
}

/// One key: 32 random bytes under an id.
pub(crate) struct Key {
    id: [u8; ID_LENGTH],
    root: [u8; 32],
    aead: Aead,
}

impl Key {
    /// The key `root`, known in envelopes by `id`.
    pub(crate) fn new(id: [u8; ID_LENGTH], root: [u8; 32]) -> Result<Self> {
        let aead = Aead::new(&derive(&root, "stateward seal")).map_err(Error::internal)?;
        Ok(Self { id, root, aead })
    }

    /// What other keys are derived from.
    pub(crate) const fn root(&self) -> &[u8; 32] {
        &self.root
    }

    fn header(&self) -> [u8; HEADER_LENGTH] {
        let mut header = [VERSION; HEADER_LENGTH];
        for (slot, byte) in header.iter_mut().skip(1).zip(self.id) {
            *slot = byte;
        }
        header
    }

    /// Seals `plaintext` for the place that `associated` names.
    pub(crate) fn seal(&self, associated: &[u8], plaintext: &[u8]) -> Result<Vec<u8>> {
        let (header, nonce) = (self.header(), random_bytes::<NONCE_LENGTH>());
        let length = HEADER_LENGTH + NONCE_LENGTH + plaintext.len() + TAG_LENGTH;
        let mut sealed = Vec::with_capacity(length);
        sealed.extend_from_slice(&header);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(plaintext);
        let tag = sealed
            .get_mut(HEADER_LENGTH + NONCE_LENGTH..)
            .ok_or(Unspecified)
            .and_then(|body| self.aead.seal(nonce, &authenticated(&header, associated), body))
            .map_err(|_| Error::internal("sealing failed"))?;
        sealed.extend_from_slice(&tag);
        Ok(sealed)
    }

    /// Opens what this key sealed for the place that `associated` names.
    pub(crate) fn open(&self, associated: &[u8], sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let parts = Parts::split(sealed)?;
        if parts.header != &self.header() {
            return Err(OpenError::OtherKey);
        }
        let mut body = parts.body.to_vec();
        let associated = authenticated(parts.header, associated);
        let length = self
            .aead
            .open(*parts.nonce, &associated, &mut body)
            .map_err(|_| OpenError::Damaged)?
            .len();
        body.truncate(length);
        Ok(body)
    }
}

fn authenticated(header: &[u8; HEADER_LENGTH], associated: &[u8]) -> Vec<u8> {
    [header.as_slice(), associated].concat()
}

struct Parts<'a> {
    header: &'a [u8; HEADER_LENGTH],
    nonce: &'a [u8; NONCE_LENGTH],
    body: &'a [u8],
}

impl<'a> Parts<'a> {
    fn split(sealed: &'a [u8]) -> Result<Self, OpenError> {
        let (header, rest) = sealed.split_first_chunk().ok_or(OpenError::Form)?;
        let (nonce, body) = rest.split_first_chunk().ok_or(OpenError::Form)?;
        if header.first() != Some(&VERSION) || body.len() < TAG_LENGTH {
            return Err(OpenError::Form);
        }
        Ok(Self { header, nonce, body })
    }
}

/// A data key in all its versions: the newest seals, and each opens what it has sealed.
#[derive(Clone)]
pub struct DataKey(Arc<Versions>);

struct Versions {
    scope: String,
    first: Key,
    /// In the order of their versions.
    later: Vec<Key>,
}

impl DataKey {
    /// From the keys of one scope, oldest first.
    pub(crate) fn new(scope: String, first: Key, later: Vec<Key>) -> Self {
        Self(Arc::new(Versions { scope, first, later }))
    }

    /// The key that 32 random bytes make, which are kept outside of this crate: in shares that
    /// people hold, for one. Envelopes know it by what is derived from them.
    pub fn of_root(scope: impl Into<String>, root: [u8; 32]) -> Result<Self> {
        let mut id = [0; ID_LENGTH];
        let name = crate::hex(derive(&root, "stateward key id"));
        for (slot, byte) in id.iter_mut().zip(name.bytes()) {
            *slot = byte;
        }
        Ok(Self::new(scope.into(), Key::new(id, root)?, Vec::new()))
    }

    /// The oldest version, for what is looked up by a keyed hash and so must not change.
    pub(crate) fn first(&self) -> &Key {
        &self.0.first
    }

    /// Seals `plaintext` for the place that `associated` names, such as `state_outputs:wsout-…`.
    pub fn seal(&self, associated: &[u8], plaintext: &[u8]) -> Result<Vec<u8>> {
        self.0.later.last().unwrap_or(&self.0.first).seal(associated, plaintext)
    }

    /// Opens what was sealed for this place. Anything else is a fault of the store.
    pub fn open(&self, associated: &[u8], sealed: &[u8]) -> Result<Vec<u8>> {
        let mut result = self.0.first.open(associated, sealed);
        for key in &self.0.later {
            if result != Err(OpenError::OtherKey) {
                break;
            }
            result = key.open(associated, sealed);
        }
        result.map_err(|error| {
            let place = String::from_utf8_lossy(associated);
            Error::internal(format!("{place} does not open with the key of {self:?}: {error:?}"))
        })
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.scope)
    }
}

#[cfg(test)]
#[path = "tests/envelope.rs"]
mod tests;
