//! A door to what one mount keeps: sealed, and out of reach of every other mount.

use barrier::DataKey;
use db::Tx;
use kernel::{Error, Kind, Result};
use serde::{Serialize, de::DeserializeOwned};

use crate::sql;

/// An index holds no longer ones on every engine.
const LONGEST_KEY: usize = 1_024;

/// The entries of one mount. Cheap to clone.
#[derive(Clone, Debug)]
pub struct View {
    mount: String,
    key: DataKey,
}

impl View {
    /// The door to the entries of the mount with this id.
    pub(crate) fn new(mount: impl Into<String>, key: DataKey) -> Self {
        Self { mount: mount.into(), key }
    }

    fn place(&self, key: &str) -> String {
        format!("credential_entries:{}:{key}", self.mount)
    }

    /// An entry.
    pub fn get<T: DeserializeOwned>(&self, tx: &mut Tx<'_>, key: &str) -> Result<Option<T>> {
        let params = [self.mount.as_str().into(), key.into()];
        let Some(sealed) = tx.query_optional(&sql::FIND_ENTRY, &params, |row| row.bytes(0))? else {
            return Ok(None);
        };
        let bytes = self.key.open(self.place(key).as_bytes(), &sealed)?;
        serde_json::from_slice(&bytes).map(Some).map_err(Error::internal)
    }

    /// Holds an entry, if it is there, until the end of the transaction.
    pub fn lock(&self, tx: &mut Tx<'_>, key: &str) -> Result<()> {
        Ok(tx.lock(&sql::LOCK_ENTRY, &[self.mount.as_str().into(), key.into()])?)
    }

    /// Writes an entry, in place of the one that is there.
    pub fn put<T: Serialize>(&self, tx: &mut Tx<'_>, key: &str, value: &T) -> Result<()> {
        if key.len() > LONGEST_KEY {
            return Err(Error::new(Kind::Invalid, "this name or path is too long"));
        }
        let bytes = serde_json::to_vec(value).map_err(Error::internal)?;
        let sealed = self.key.seal(self.place(key).as_bytes(), &bytes)?;
        tx.execute(&sql::PUT_ENTRY, &[self.mount.as_str().into(), key.into(), sealed.into()])?;
        Ok(())
    }

    /// Removes an entry, if it is there.
    pub fn delete(&self, tx: &mut Tx<'_>, key: &str) -> Result<()> {
        tx.execute(&sql::DELETE_ENTRY, &[self.mount.as_str().into(), key.into()])?;
        Ok(())
    }

    /// The keys that begin with `prefix`, without it, sorted.
    pub fn list(&self, tx: &mut Tx<'_>, prefix: &str) -> Result<Vec<String>> {
        let params = [self.mount.as_str().into(), prefix.into(), after(prefix).into()];
        let keys = tx.query(&sql::LIST_ENTRIES, &params, |row| row.text(0))?;
        Ok(keys.into_iter().filter_map(|key| Some(key.strip_prefix(prefix)?.to_owned())).collect())
    }

    /// Seals something that stands in another table, for its place there.
    pub(crate) fn seal<T: Serialize>(&self, place: &str, value: &T) -> Result<Vec<u8>> {
        let bytes = serde_json::to_vec(value).map_err(Error::internal)?;
        self.key.seal(place.as_bytes(), &bytes)
    }

    /// Opens it again.
    pub(crate) fn open<T: DeserializeOwned>(&self, place: &str, sealed: &[u8]) -> Result<T> {
        let bytes = self.key.open(place.as_bytes(), sealed)?;
        serde_json::from_slice(&bytes).map_err(Error::internal)
    }
}

/// The first text behind all those that begin with `prefix`.
pub(crate) fn after(prefix: &str) -> String {
    format!("{prefix}\u{10FFFF}")
}
