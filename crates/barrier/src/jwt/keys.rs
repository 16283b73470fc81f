//! An issuer's keys.

use std::fmt;

use serde_json::Value;

use super::{Algorithm, JwtError, key::Key};

/// More keys than this are not looked at: a token without a key's name tries them all.
const MAX_KEYS: usize = 100;

/// The public keys of an issuer, as its JWKS document lists them.
#[derive(Clone)]
pub struct KeySet(Vec<Key>);

impl KeySet {
    /// Reads a JWKS document. Keys that can't sign tokens for us are passed over: those to encrypt,
    /// symmetric ones, and those of unknown kinds.
    pub fn parse(json: &[u8]) -> Result<Self, JwtError> {
        let document: Value =
            serde_json::from_slice(json).map_err(|_| JwtError::Keys("it is not JSON"))?;
        let keys = document
            .get("keys")
            .and_then(Value::as_array)
            .ok_or(JwtError::Keys("it has no list \"keys\""))?;
        Ok(Self(keys.iter().take(MAX_KEYS).filter_map(Key::read).collect()))
    }

    /// How many keys there are that can be used.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no key can be used.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Checks a signature with the key that the token names. One that names none is tried with all
    /// keys, and so is one that is named by none.
    pub(super) fn verify(
        &self,
        id: Option<&str>,
        algorithm: Algorithm,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), JwtError> {
        let named = |key: &&Key| match (id, &key.id) {
            (Some(wanted), Some(own)) => wanted == own,
            _ => true,
        };
        let mut outcome = Err(JwtError::UnknownKey);
        for key in self.0.iter().filter(named) {
            match (key.verify(algorithm, message, signature), &outcome) {
                (Ok(()), _) => return Ok(()),
                // What is said is what came closest.
                (Err(JwtError::OtherKind), Err(JwtError::Signature)) => {}
                (Err(error), _) => outcome = Err(error),
            }
        }
        outcome
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|key| &key.id)).finish()
    }
}
