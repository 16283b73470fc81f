//! Rows to types and back. Nothing here decides anything.

mod devices;
mod duty;
mod leases;
mod listed_leases;
mod logins;
mod mounts;
mod seal;
mod tokens;
mod wrappings;

use std::time::Duration;

use db::DbError;

pub(crate) use devices::*;
pub(crate) use duty::*;
pub(crate) use leases::*;
pub(crate) use listed_leases::*;
pub(crate) use logins::*;
pub(crate) use mounts::*;
pub(crate) use seal::*;
pub(crate) use tokens::*;
pub(crate) use wrappings::*;

/// A stored number of seconds.
fn seconds(number: i64) -> Duration {
    Duration::from_secs(u64::try_from(number).unwrap_or(0))
}

/// A length of time, as it is stored.
fn stored(length: Duration) -> i64 {
    i64::try_from(length.as_secs()).unwrap_or(i64::MAX)
}

/// A stored JSON object.
fn object(text: &str) -> Result<serde_json::Map<String, serde_json::Value>, DbError> {
    serde_json::from_str(text).map_err(|error| DbError::Failed { cause: error.to_string() })
}

/// Stored texts. Names of policies may hold spaces, so nothing simpler will do.
fn texts(text: &str) -> Result<Vec<String>, DbError> {
    serde_json::from_str(text).map_err(|error| DbError::Failed { cause: error.to_string() })
}

/// A JSON object, as it is stored.
fn object_text(object: &serde_json::Map<String, serde_json::Value>) -> String {
    serde_json::Value::Object(object.clone()).to_string()
}

/// A stored value that must have one of a few forms.
fn known<T>(word: &str, value: Option<T>) -> Result<T, DbError> {
    value.ok_or_else(|| DbError::Failed { cause: format!("unknown word {word:?}") })
}

/// A stored hash.
fn hash(bytes: Vec<u8>) -> Result<[u8; 32], DbError> {
    bytes.try_into().map_err(|_| DbError::Failed { cause: "a hash of another length".to_owned() })
}
