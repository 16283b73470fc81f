//! What stands in a batch token before it is sealed: one byte of version, and JSON with short names.

use std::time::Duration;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use identity::Networks;
use kernel::{Error, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Batch;
use crate::token::{Token, TokenHash, TokenKind};

/// The one form there is so far. Another one gets another number, and this one stays readable for
/// as long as tokens may live.
const VERSION: u8 = 1;

/// Everything that a batch token is.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    #[serde(rename = "m")]
    mount: String,
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    #[serde(rename = "a")]
    path: String,
    #[serde(rename = "n")]
    display_name: String,
    #[serde(rename = "p")]
    policies: Vec<String>,
    #[serde(rename = "d", default, skip_serializing_if = "Map::is_empty")]
    meta: Map<String, Value>,
    /// Microseconds since 1970.
    #[serde(rename = "c")]
    created_at: i64,
    /// Seconds. There is none without an end.
    #[serde(rename = "t")]
    ttl: u64,
    #[serde(rename = "r", default, skip_serializing_if = "String::is_empty")]
    role: String,
    #[serde(rename = "i", default, skip_serializing_if = "String::is_empty")]
    networks: String,
    #[serde(rename = "e", default, skip_serializing_if = "String::is_empty")]
    entity_id: String,
    #[serde(rename = "l", default, skip_serializing_if = "Map::is_empty")]
    login: Map<String, Value>,
}

/// What is sealed of a token that was got at a mount.
pub(super) fn write(token: &Token, mount: &str) -> Result<Vec<u8>, Error> {
    let payload = Payload {
        mount: mount.to_owned(),
        parent: token.parent.map(|hash| BASE64_URL_SAFE_NO_PAD.encode(hash)),
        path: token.path.clone(),
        display_name: token.display_name.clone(),
        policies: token.policies.clone(),
        meta: token.meta.clone(),
        created_at: token.created_at.as_micros(),
        ttl: token.creation_ttl.as_secs(),
        role: token.role.clone(),
        networks: token.networks.text(),
        entity_id: token.entity_id.clone(),
        login: token.login.clone(),
    };
    let mut bytes = vec![VERSION];
    serde_json::to_writer(&mut bytes, &payload).map_err(Error::internal)?;
    Ok(bytes)
}

/// The token that was sealed; none if it can't be read. Its hash is that of its value, which is not
/// known here.
pub(super) fn read(bytes: &[u8]) -> Option<Batch> {
    let (&VERSION, json) = bytes.split_first()? else { return None };
    let payload: Payload = serde_json::from_slice(json).ok()?;
    let parent = match payload.parent {
        Some(text) => Some(hash(&text)?),
        None => None,
    };
    let created_at = Timestamp::from_micros(payload.created_at);
    let ttl = Duration::from_secs(payload.ttl);
    let token = Token {
        hash: TokenHash::default(),
        kind: TokenKind::Batch,
        accessor: String::new(),
        parent,
        path: payload.path,
        display_name: payload.display_name,
        policies: payload.policies,
        meta: payload.meta,
        uses_left: 0,
        created_at,
        creation_ttl: ttl,
        expires_at: Some(created_at.plus(ttl)),
        last_renewal_at: None,
        explicit_max_ttl: Duration::ZERO,
        period: Duration::ZERO,
        renewable: false,
        orphan: parent.is_none(),
        role: payload.role,
        // What can't be read admits nobody, rather than everybody.
        networks: Networks::parse(&payload.networks)?,
        entity_id: payload.entity_id,
        login: payload.login,
        entity: None,
    };
    Some(Batch { token, mount: payload.mount })
}

fn hash(text: &str) -> Option<TokenHash> {
    BASE64_URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok()
}
