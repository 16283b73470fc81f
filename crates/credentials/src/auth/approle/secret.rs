//! A secret id: what is kept of it, which is not the secret id itself.

use std::{net::IpAddr, time::Duration};

use barrier::hex;
use db::Tx;
use identity::Networks;
use kernel::{Result, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::{Credentials, mount::Mount, view::View};

/// What is kept of a secret id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct SecretId {
    pub(super) accessor: String,
    /// How often it is still good; zero: as often as one likes.
    pub(super) num_uses: u64,
    pub(super) ttl: Duration,
    /// In microseconds since 1970, like the two below.
    pub(super) created_at: i64,
    pub(super) updated_at: i64,
    /// None: until it is destroyed.
    pub(super) expires_at: Option<i64>,
    pub(super) metadata: Map<String, Value>,
    pub(super) cidr_list: Vec<String>,
    pub(super) token_bound_cidrs: Vec<String>,
}

/// Where the secret ids of a role stand, with their hashes behind it.
pub(super) fn of_role(role: &str) -> String {
    format!("secret/{role}/")
}

/// Where the hashes of a role's secret ids stand, with their accessors behind it.
pub(super) fn accessors_of(role: &str) -> String {
    format!("accessor/{role}/")
}

/// What a secret id is kept under. Two mounts don't know each other's.
pub(super) fn hash(core: &Credentials, mount: &Mount, secret_id: &str) -> String {
    hex(core.token_hash(&format!("approle:{}:{secret_id}", mount.uuid)))
}

/// Writes a secret id.
pub(super) fn put(
    tx: &mut Tx<'_>,
    view: &View,
    role: &str,
    hash: &str,
    secret: &SecretId,
) -> Result<()> {
    view.put(tx, &format!("{}{hash}", of_role(role)), secret)?;
    view.put(tx, &format!("{}{}", accessors_of(role), secret.accessor), &hash)
}

/// A secret id that is still good.
pub(super) fn find(
    tx: &mut Tx<'_>,
    view: &View,
    role: &str,
    hash: &str,
    now: Timestamp,
) -> Result<Option<SecretId>> {
    let secret: Option<SecretId> = view.get(tx, &format!("{}{hash}", of_role(role)))?;
    Ok(secret.filter(|secret| !secret.is_over(now)))
}

/// Forgets a secret id.
pub(super) fn forget(
    tx: &mut Tx<'_>,
    view: &View,
    role: &str,
    hash: &str,
    accessor: &str,
) -> Result<()> {
    view.delete(tx, &format!("{}{accessor}", accessors_of(role)))?;
    view.delete(tx, &format!("{}{hash}", of_role(role)))
}

/// Forgets all secret ids of a role.
pub(super) fn forget_all(tx: &mut Tx<'_>, view: &View, role: &str) -> Result<()> {
    for prefix in [of_role(role), accessors_of(role)] {
        for key in view.list(tx, &prefix)? {
            view.delete(tx, &format!("{prefix}{key}"))?;
        }
    }
    Ok(())
}

/// Uses a secret id once, and gives what it was before; none if it is not good any more.
pub(super) fn use_up(
    tx: &mut Tx<'_>,
    view: &View,
    role: &str,
    hash: &str,
    now: Timestamp,
) -> Result<Option<SecretId>> {
    view.lock(tx, &format!("{}{hash}", of_role(role)))?;
    let Some(secret) = find(tx, view, role, hash, now)? else { return Ok(None) };
    match secret.num_uses {
        0 => {}
        1 => forget(tx, view, role, hash, &secret.accessor)?,
        uses => {
            let used =
                SecretId { num_uses: uses - 1, updated_at: now.as_micros(), ..secret.clone() };
            put(tx, view, role, hash, &used)?;
        }
    }
    Ok(Some(secret))
}

impl SecretId {
    /// Whether it has come to its end.
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now.as_micros())
    }

    /// Whether it may be used from there.
    pub(super) fn admits(&self, address: Option<IpAddr>) -> bool {
        is_inside(&self.cidr_list, address)
    }

    /// What is shown of it.
    pub(super) fn shown(&self) -> Value {
        let time = |micros: i64| json!(Timestamp::from_micros(micros));
        json!({
            "cidr_list": self.cidr_list,
            "creation_time": time(self.created_at),
            "expiration_time": self.expires_at.map_or_else(|| json!("0001-01-01T00:00:00Z"), time),
            "last_updated_time": time(self.updated_at),
            "metadata": self.metadata,
            "secret_id_accessor": self.accessor,
            "secret_id_num_uses": self.num_uses,
            "secret_id_ttl": self.ttl.as_secs(),
            "token_bound_cidrs": self.token_bound_cidrs,
        })
    }
}

/// Whether an address is in one of these networks; without any, everywhere is.
pub(super) fn is_inside(networks: &[String], address: Option<IpAddr>) -> bool {
    Networks::parse(&networks.join(" ")).is_some_and(|networks| networks.admit(address))
}
