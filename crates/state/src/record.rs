//! The record of a state version: one hash over every fact about it and over the record before
//! it. Changing or removing any version of a workspace breaks the chain from there on.

use barrier::FieldHash;
use kernel::{LockId, RunId, StateVersionId, Timestamp, TokenId, UserId, WorkspaceId};

/// Names what is hashed and how, so that another encoding can never collide with this one.
const DOMAIN: &str = "stateward state version 1";

/// Everything that the record vouches for.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "the fields are the columns of state_versions")]
pub struct Record<'a> {
    pub previous_hash: Option<&'a [u8]>,
    pub id: StateVersionId,
    pub workspace_id: WorkspaceId,
    pub position: i64,
    pub serial: i64,
    pub lineage: &'a str,
    pub md5: &'a str,
    pub sha256: &'a [u8],
    pub size: i64,
    pub format: Option<i64>,
    pub terraform_version: Option<&'a str>,
    pub opaque: bool,
    pub forced: bool,
    pub lock_id: LockId,
    pub rollback_of: Option<StateVersionId>,
    pub created_by_user_id: Option<UserId>,
    pub created_by_name: &'a str,
    pub token_id: Option<TokenId>,
    pub run_id: Option<RunId>,
    pub created_at: Timestamp,
    pub finalized_at: Timestamp,
}

impl Record<'_> {
    /// The record's hash.
    pub fn hash(&self) -> [u8; 32] {
        let mut encoding = FieldHash::new(DOMAIN);
        encoding.bytes("previous_hash", self.previous_hash);
        encoding.text("id", Some(&self.id.to_string()));
        encoding.text("workspace_id", Some(&self.workspace_id.to_string()));
        encoding.number("position", Some(self.position));
        encoding.number("serial", Some(self.serial));
        encoding.text("lineage", Some(self.lineage));
        encoding.text("md5", Some(self.md5));
        encoding.bytes("sha256", Some(self.sha256));
        encoding.number("size", Some(self.size));
        encoding.number("format", self.format);
        encoding.text("terraform_version", self.terraform_version);
        encoding.number("opaque", Some(i64::from(self.opaque)));
        encoding.number("forced", Some(i64::from(self.forced)));
        encoding.text("lock_id", Some(&self.lock_id.to_string()));
        encoding.text("rollback_of", self.rollback_of.map(|id| id.to_string()).as_deref());
        let created_by = self.created_by_user_id.map(|id| id.to_string());
        encoding.text("created_by_user_id", created_by.as_deref());
        encoding.text("created_by_name", Some(self.created_by_name));
        encoding.text("token_id", self.token_id.map(|id| id.to_string()).as_deref());
        encoding.text("run_id", self.run_id.map(|id| id.to_string()).as_deref());
        encoding.number("created_at", Some(self.created_at.as_micros()));
        encoding.number("finalized_at", Some(self.finalized_at.as_micros()));
        encoding.finish()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Some record.
    pub(crate) fn sample() -> Record<'static> {
        Record {
            previous_hash: None,
            id: "sv-AAAAAAAAAAAAAAAA".parse().unwrap(),
            workspace_id: "ws-AAAAAAAAAAAAAAAA".parse().unwrap(),
            position: 1,
            serial: 1,
            lineage: "l",
            md5: "m",
            sha256: &[1; 32],
            size: 10,
            format: Some(4),
            terraform_version: Some("1.15.0"),
            opaque: false,
            forced: false,
            lock_id: "lock-AAAAAAAAAAAAAAAA".parse().unwrap(),
            rollback_of: None,
            created_by_user_id: None,
            created_by_name: "ada",
            token_id: None,
            run_id: None,
            created_at: Timestamp::from_micros(1),
            finalized_at: Timestamp::from_micros(2),
        }
    }

    #[test]
    fn the_hash_stays_what_it_is() {
        // The chain in people's databases depends on it.
        assert_eq!(
            barrier::hex(sample().hash()),
            "09f98ee58b7d36f80cd166ab30dff3b359d129fe109f8cafef42a8e8b9bb2b02"
        );
    }

    #[test]
    fn every_field_counts() {
        let sample = sample();
        let id = "sv-BBBBBBBBBBBBBBBB".parse().unwrap();
        let changed = [
            Record { previous_hash: Some(&[0; 32]), ..sample },
            Record { id, ..sample },
            Record { workspace_id: "ws-BBBBBBBBBBBBBBBB".parse().unwrap(), ..sample },
            Record { position: 2, ..sample },
            Record { serial: 2, ..sample },
            Record { lineage: "lm", md5: "", ..sample },
            Record { lineage: "", ..sample },
            Record { md5: "n", ..sample },
            Record { sha256: &[2; 32], ..sample },
            Record { size: 11, ..sample },
            Record { format: None, ..sample },
            Record { terraform_version: None, ..sample },
            Record { terraform_version: Some(""), ..sample },
            Record { opaque: true, ..sample },
            Record { forced: true, ..sample },
            Record { lock_id: "lock-BBBBBBBBBBBBBBBB".parse().unwrap(), ..sample },
            Record { rollback_of: Some(id), ..sample },
            Record { created_by_user_id: Some(UserId::generate()), ..sample },
            Record { created_by_name: "bob", ..sample },
            Record { token_id: Some(TokenId::generate()), ..sample },
            Record { run_id: Some(RunId::generate()), ..sample },
            Record { created_at: Timestamp::from_micros(3), ..sample },
            Record { finalized_at: Timestamp::from_micros(3), ..sample },
        ];
        let mut hashes: Vec<_> = changed.iter().map(Record::hash).collect();
        hashes.push(sample.hash());
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), changed.len() + 1);
    }
}
