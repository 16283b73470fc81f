//! Audit devices: where every request below `/v1/` and its answer are written down before anything
//! is done or given out, in the form of Vault's records. Values are hashed, so that who reads them
//! can recognize a value that they know, and learn no other.
//!
//! This is besides the server's own audit trail, which tells of changes and has no values at all.

mod entry;
mod file;
mod hasher;
mod watch;

use barrier::DataKey;
use serde_json::{Map, Value};

use crate::fault::Fault;

pub(crate) use entry::probe;
pub(crate) use file::{Target, test};
pub(crate) use hasher::Hasher;
pub(crate) use watch::Watch;

/// A device.
#[derive(Clone, Debug)]
pub(crate) struct Device {
    /// What it is called, with a slash at the end.
    pub(crate) path: String,
    /// `file`.
    pub(crate) kind: String,
    pub(crate) description: String,
    /// As they were given: texts by name.
    pub(crate) options: Map<String, Value>,
    /// What values are hashed with, sealed.
    pub(crate) salt: Vec<u8>,
}

impl Device {
    /// Where its salt is sealed for.
    pub(crate) fn place(path: &str) -> String {
        format!("credential_audit_devices:{path}")
    }

    /// An option; empty if it was not given.
    pub(crate) fn option(&self, name: &str) -> &str {
        self.options.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// What hashes values for it.
    pub(crate) fn hasher(&self, key: &DataKey) -> Result<Hasher, Fault> {
        let salt = key.open(Self::place(&self.path).as_bytes(), &self.salt)?;
        Ok(Hasher::new(salt, self.option("hmac_accessor") != "false"))
    }
}
