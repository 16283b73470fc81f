//! A record as JSON: in exports, in what is sent on, and in the API.

use kernel::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use super::AuditRecord;

/// A record with all its fields, as the hash covers them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct AuditJson<'a> {
    /// Left out where it stands elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    at: String,
    organization_id: Option<&'a str>,
    actor_kind: &'a str,
    actor_id: Option<&'a str>,
    actor_name: &'a str,
    token_id: Option<&'a str>,
    address: Option<&'a str>,
    request_id: &'a str,
    action: &'a str,
    resource_type: &'a str,
    resource_id: &'a str,
    resource_name: &'a str,
    outcome: &'a str,
    details: Details<'a>,
    position: Option<i64>,
    previous_hash: Option<String>,
    hash: Option<String>,
}

/// The details are kept as they were written, since the hash covers their text.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Details<'a> {
    Json(&'a RawValue),
    /// Somebody has tampered with it.
    Text(&'a str),
}

impl AuditRecord {
    /// All of it, with the instant to the microsecond.
    pub fn json(&self) -> AuditJson<'_> {
        AuditJson { id: Some(&self.id), ..self.attributes() }
    }

    /// All of it but the id.
    pub(crate) fn attributes(&self) -> AuditJson<'_> {
        let link = self.link.as_ref();
        AuditJson {
            id: None,
            at: exact(self.at),
            organization_id: self.organization.as_deref(),
            actor_kind: &self.actor_kind,
            actor_id: self.actor_id.as_deref(),
            actor_name: &self.actor_name,
            token_id: self.token.as_deref(),
            address: self.address.as_deref(),
            request_id: &self.request_id,
            action: &self.action,
            resource_type: &self.resource_kind,
            resource_id: &self.resource_id,
            resource_name: &self.resource_name,
            outcome: &self.outcome,
            details: match serde_json::from_str(&self.details) {
                Ok(json) => Details::Json(json),
                Err(_) => Details::Text(&self.details),
            },
            position: link.map(|link| link.position),
            previous_hash: link.map(|link| barrier::hex(&link.previous_hash)),
            hash: link.map(|link| barrier::hex(&link.hash)),
        }
    }
}

/// An instant to the microsecond: the hash covers it all.
fn exact(at: Timestamp) -> String {
    let text = at.to_string();
    let millis = text.strip_suffix('Z').unwrap_or(&text);
    format!("{millis}{:03}Z", at.as_micros().rem_euclid(1_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Link, entry::tests::sample};

    #[test]
    fn everything_the_hash_covers_is_in_it() {
        let record = AuditRecord {
            at: Timestamp::from_micros(1_621_841_884_171_999),
            details: r#"{"b":1,"a":{"x":null}}"#.to_owned(),
            link: Some(Link { position: 7, previous_hash: vec![0; 2], hash: vec![255; 2] }),
            ..sample()
        };
        assert_eq!(
            serde_json::to_string(&record.json()).unwrap(),
            concat!(
                r#"{"id":"ae-AAAAAAAAAAAAAAAA","at":"2021-05-24T07:38:04.171999Z","#,
                r#""organization-id":"org-AAAAAAAAAAAAAAAA","actor-kind":"user","#,
                r#""actor-id":"user-AAAAAAAAAAAAAAAA","actor-name":"ada","token-id":null,"#,
                r#""address":"192.0.2.1","request-id":"r","action":"read","#,
                r#""resource-type":"workspaces","resource-id":"ws-AAAAAAAAAAAAAAAA","#,
                r#""resource-name":"prod","outcome":"done","details":{"b":1,"a":{"x":null}},"#,
                r#""position":7,"previous-hash":"0000","hash":"ffff"}"#
            )
        );
        assert_eq!(exact(Timestamp::from_micros(-1)), "1969-12-31T23:59:59.999999Z");
    }
}
