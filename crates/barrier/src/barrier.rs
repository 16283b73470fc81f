//! The barrier itself: who holds which keys.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use db::{Db, Tx};
use kernel::{Error, OrganizationId, Result, Timestamp};

use crate::{DataKey, MasterKey, constant_time_equal, digest::MacKey, envelope::Key, store};

/// The scope of the key that belongs to no organization.
const SYSTEM: &str = "system";
const FIRST_VERSION: i64 = 1;

/// The keys, for as long as the server runs. Cheap to clone.
#[derive(Clone)]
pub struct Barrier(Arc<Inner>);

struct Inner {
    master: Arc<Key>,
    system: DataKey,
    tokens: MacKey,
    signatures: MacKey,
    organizations: RwLock<HashMap<OrganizationId, DataKey>>,
}

impl Barrier {
    /// Reads the system key, or makes it on the very first start. A master key that is not this
    /// database's is refused. Blocks.
    pub fn open(db: &Db, master: &MasterKey, now: Timestamp) -> Result<Self> {
        let master = Arc::new(master.wrapping_key()?);
        let key = Arc::clone(&master);
        let system = db.write_blocking(move |tx| {
            if let Some(system) = store::find(tx, &key, SYSTEM)? {
                return Ok(system);
            }
            store::create(tx, &key, SYSTEM, FIRST_VERSION, now)?;
            store::find(tx, &key, SYSTEM)?.ok_or_else(|| missing(SYSTEM))
        })?;
        let root = system.first().root();
        Ok(Self(Arc::new(Inner {
            tokens: MacKey::derive(root, "stateward token look-up"),
            signatures: MacKey::derive(root, "stateward signatures"),
            organizations: RwLock::default(),
            master,
            system,
        })))
    }

    /// Makes the key of a new organization.
    pub fn create_organization_key(
        &self,
        tx: &mut Tx<'_>,
        organization: OrganizationId,
        now: Timestamp,
    ) -> Result<()> {
        // A transaction that is run again must not find the key of its failed first run.
        self.forget(organization);
        store::create(tx, &self.0.master, &organization.to_string(), FIRST_VERSION, now)
    }

    /// Forgets an organization's key: what it has sealed can't be opened by anyone any more.
    pub fn delete_organization_key(
        &self,
        tx: &mut Tx<'_>,
        organization: OrganizationId,
    ) -> Result<()> {
        self.forget(organization);
        store::delete(tx, &organization.to_string())
    }

    /// An organization's key, within a transaction.
    pub fn organization_key(
        &self,
        tx: &mut Tx<'_>,
        organization: OrganizationId,
    ) -> Result<DataKey> {
        if let Some(key) = self.cached(organization) {
            return Ok(key);
        }
        let scope = organization.to_string();
        let key = store::find(tx, &self.0.master, &scope)?.ok_or_else(|| missing(&scope))?;
        let mut cache = self.0.organizations.write().unwrap_or_else(PoisonError::into_inner);
        cache.insert(organization, key.clone());
        Ok(key)
    }

    /// An organization's key; without a transaction if it was asked for before.
    pub async fn load_organization_key(
        &self,
        db: &Db,
        organization: OrganizationId,
    ) -> Result<DataKey> {
        if let Some(key) = self.cached(organization) {
            return Ok(key);
        }
        let barrier = self.clone();
        db.read(move |tx| barrier.organization_key(tx, organization)).await
    }

    /// The key for what belongs to no organization.
    pub fn system_key(&self) -> &DataKey {
        &self.0.system
    }

    /// What a token is looked up by. It stays the same for as long as the database lives.
    pub fn token_hash(&self, token: &str) -> [u8; 32] {
        self.0.tokens.tag(&[token.as_bytes()])
    }

    /// Signs `payload` for one purpose; a signature for one is none for another.
    pub fn sign(&self, purpose: &str, payload: &[u8]) -> [u8; 32] {
        let length = (purpose.len() as u64).to_be_bytes();
        self.0.signatures.tag(&[&length, purpose.as_bytes(), payload])
    }

    /// Whether `tag` is the signature of `payload` for this purpose.
    pub fn verify(&self, purpose: &str, payload: &[u8], tag: &[u8]) -> bool {
        constant_time_equal(self.sign(purpose, payload), tag)
    }

    fn cached(&self, organization: OrganizationId) -> Option<DataKey> {
        let cache = self.0.organizations.read().unwrap_or_else(PoisonError::into_inner);
        cache.get(&organization).cloned()
    }

    fn forget(&self, organization: OrganizationId) {
        let mut cache = self.0.organizations.write().unwrap_or_else(PoisonError::into_inner);
        cache.remove(&organization);
    }
}

fn missing(scope: &str) -> Error {
    Error::internal(format!("{scope} has no data key"))
}

#[cfg(test)]
#[path = "tests/barrier.rs"]
mod tests;
