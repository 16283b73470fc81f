//! A record, as it is stored, and its hash.

use barrier::FieldHash;
use kernel::Timestamp;
use serde_json::{Map, Value};

/// Names what is hashed and how, so that another encoding can never collide with this one.
const DOMAIN: &str = "stateward audit record 1";

/// What stands before the first record of all.
pub(crate) const BEGINNING: [u8; 32] = [0; 32];

/// A record of the audit trail. Ids are texts, since a record outlives what it tells of, and since
/// one that was tampered with must still be read to be named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// When it happened.
    pub at: Timestamp,
    /// Its own id.
    pub id: String,
    /// The organization it belongs to, if it belongs to one.
    pub organization: Option<String>,
    /// What kind of actor: `user`, `team`, `key`, `workload`, `organization`, `auditor`, `system`
    /// or `anonymous`.
    pub actor_kind: String,
    /// The actor's id, if it has one.
    pub actor_id: Option<String>,
    /// What people call the actor.
    pub actor_name: String,
    /// The token that was shown.
    pub token: Option<String>,
    /// Where the request came from.
    pub address: Option<String>,
    /// Names the request in the log and in answers.
    pub request_id: String,
    /// What was done, or tried.
    pub action: String,
    /// The kind of thing, as the wire calls it.
    pub resource_kind: String,
    /// Its id.
    pub resource_id: String,
    /// What people call it.
    pub resource_name: String,
    /// `done` or `denied`.
    pub outcome: String,
    /// More about it: JSON.
    pub details: String,
    /// Its place in the chain, once it has one.
    pub link: Option<Link>,
}

/// A record's place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The place, from 1.
    pub position: i64,
    /// The hash of the record before it.
    pub previous_hash: Vec<u8>,
    /// Its own hash, over all its fields and the one before.
    pub hash: Vec<u8>,
}

impl AuditRecord {
    /// Whether it was allowed.
    pub fn is_done(&self) -> bool {
        self.outcome == "done"
    }

    /// What more there is to know.
    pub fn details(&self) -> Map<String, Value> {
        serde_json::from_str(&self.details).unwrap_or_default()
    }

    /// Its hash when it follows a record with this hash. Its place does not count, which says by
    /// itself who follows whom.
    pub fn hash_after(&self, previous: &[u8]) -> [u8; 32] {
        let mut hash = FieldHash::new(DOMAIN);
        hash.bytes("previous_hash", Some(previous));
        hash.number("at", Some(self.at.as_micros()));
        hash.text("id", Some(&self.id));
        hash.text("organization_id", self.organization.as_deref());
        hash.text("actor_kind", Some(&self.actor_kind));
        hash.text("actor_id", self.actor_id.as_deref());
        hash.text("actor_name", Some(&self.actor_name));
        hash.text("token_id", self.token.as_deref());
        hash.text("address", self.address.as_deref());
        hash.text("request_id", Some(&self.request_id));
        hash.text("action", Some(&self.action));
        hash.text("resource_kind", Some(&self.resource_kind));
        hash.text("resource_id", Some(&self.resource_id));
        hash.text("resource_name", Some(&self.resource_name));
        hash.text("outcome", Some(&self.outcome));
        hash.text("details", Some(&self.details));
        hash.finish()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Some record.
    pub(crate) fn sample() -> AuditRecord {
        AuditRecord {
            at: Timestamp::from_micros(1),
            id: "ae-AAAAAAAAAAAAAAAA".to_owned(),
            organization: Some("org-AAAAAAAAAAAAAAAA".to_owned()),
            actor_kind: "user".to_owned(),
            actor_id: Some("user-AAAAAAAAAAAAAAAA".to_owned()),
            actor_name: "ada".to_owned(),
            token: None,
            address: Some("192.0.2.1".to_owned()),
            request_id: "r".to_owned(),
            action: "read".to_owned(),
            resource_kind: "workspaces".to_owned(),
            resource_id: "ws-AAAAAAAAAAAAAAAA".to_owned(),
            resource_name: "prod".to_owned(),
            outcome: "done".to_owned(),
            details: "{}".to_owned(),
            link: None,
        }
    }

    #[test]
    fn the_hash_stays_what_it_is() {
        // The chain in people's databases depends on it.
        assert_eq!(
            barrier::hex(sample().hash_after(&BEGINNING)),
            "9badedea310728ac7695521547c912483ca5f426c669aa7d7d788c0918180019"
        );
    }

    #[test]
    fn every_field_counts() {
        let text = || "x".to_owned();
        let some = || Some("x".to_owned());
        let changed = [
            AuditRecord { at: Timestamp::from_micros(2), ..sample() },
            AuditRecord { id: text(), ..sample() },
            AuditRecord { organization: None, ..sample() },
            AuditRecord { actor_kind: text(), ..sample() },
            AuditRecord { actor_id: some(), ..sample() },
            AuditRecord { actor_name: text(), ..sample() },
            AuditRecord { token: some(), ..sample() },
            AuditRecord { token: Some(String::new()), ..sample() },
            AuditRecord { address: some(), ..sample() },
            AuditRecord { request_id: text(), ..sample() },
            AuditRecord { action: text(), ..sample() },
            AuditRecord { resource_kind: text(), ..sample() },
            AuditRecord { resource_id: text(), ..sample() },
            AuditRecord { resource_name: text(), ..sample() },
            AuditRecord { outcome: text(), ..sample() },
            AuditRecord { details: text(), ..sample() },
        ];
        let mut hashes: Vec<_> =
            changed.iter().map(|record| record.hash_after(&BEGINNING)).collect();
        hashes.push(sample().hash_after(&BEGINNING));
        hashes.push(sample().hash_after(&[1; 32]));
        let count = hashes.len();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), count);
    }
}
