//! A state version and what belongs to it.

use kernel::{
    ContentId, LockId, OrganizationId, OutputId, RunId, StateVersionId, Timestamp, TokenId, UserId,
    WorkspaceId,
};
use serde_json::value::RawValue;

use crate::record::Record;

/// How far a state version has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Created; its bytes are awaited.
    Pending,
    /// Complete, and part of the workspace's chain for good.
    Finalized,
    /// Never completed: overtaken, refused or expired.
    Discarded,
}

impl Status {
    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Finalized => "finalized",
            Self::Discarded => "discarded",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Finalized, Self::Discarded]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}

/// A state version, without its bytes.
#[derive(Clone, Debug)]
pub struct Version {
    /// Its id.
    pub id: StateVersionId,
    /// The workspace whose state it is.
    pub workspace_id: WorkspaceId,
    /// The organization of the workspace.
    pub organization_id: OrganizationId,
    /// How far it has got.
    pub status: Status,
    /// Its place in the workspace's chain, from 1, once it is finalized.
    pub position: Option<i64>,
    /// Its serial.
    pub serial: i64,
    /// Its lineage; empty when nobody said.
    pub lineage: String,
    /// The MD5 of its bytes, as announced and, once finalized, checked.
    pub md5: String,
    /// Whether the order of serials and lineages was ignored.
    pub forced: bool,
    /// Whether another version was written under the same holding of the lock.
    pub intermediate: bool,
    /// The holding of the lock it was created under.
    pub lock_id: LockId,
    /// How many bytes it has.
    pub size: Option<i64>,
    /// The SHA-256 of its bytes.
    pub sha256: Option<Vec<u8>>,
    /// The format number in the file.
    pub format: Option<i64>,
    /// The version of the program that wrote the file.
    pub terraform_version: Option<String>,
    /// Whether nothing more could be read out of the file.
    pub opaque: bool,
    /// Its bytes.
    pub content_id: Option<ContentId>,
    /// Its JSON representation.
    pub json_content_id: Option<ContentId>,
    /// The hash of the record before it.
    pub previous_hash: Option<Vec<u8>>,
    /// The hash of its own record.
    pub record_hash: Option<Vec<u8>>,
    /// The version that it brought back.
    pub rollback_of: Option<StateVersionId>,
    /// Who wrote it.
    pub created_by_user_id: Option<UserId>,
    /// What they were called then.
    pub created_by_name: String,
    /// With which token.
    pub token_id: Option<TokenId>,
    /// In which run.
    pub run_id: Option<RunId>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it became current.
    pub finalized_at: Option<Timestamp>,
}

impl Version {
    /// What its record vouches for, if it is finalized and nothing of it is missing.
    pub fn record(&self) -> Option<Record<'_>> {
        Some(Record {
            previous_hash: self.previous_hash.as_deref(),
            id: self.id,
            workspace_id: self.workspace_id,
            position: self.position?,
            serial: self.serial,
            lineage: &self.lineage,
            md5: &self.md5,
            sha256: self.sha256.as_deref()?,
            size: self.size?,
            format: self.format,
            terraform_version: self.terraform_version.as_deref(),
            opaque: self.opaque,
            forced: self.forced,
            lock_id: self.lock_id,
            rollback_of: self.rollback_of,
            created_by_user_id: self.created_by_user_id,
            created_by_name: &self.created_by_name,
            token_id: self.token_id,
            run_id: self.run_id,
            created_at: self.created_at,
            finalized_at: self.finalized_at?,
        })
    }
}

/// An output of a state version.
#[derive(Clone, Debug)]
pub struct Output {
    /// Its id.
    pub id: OutputId,
    /// Its name.
    pub name: String,
    /// Whether its value must not be shown in passing.
    pub sensitive: bool,
    /// Its value, as JSON; none when it can't be told.
    pub value: Option<Box<RawValue>>,
    /// Its cty type, as JSON; none when it can't be told.
    pub kind: Option<Box<RawValue>>,
}

impl Output {
    /// The type's simple name.
    pub fn type_name(&self) -> Option<&'static str> {
        // A primitive type is its name, any other an array that begins with its name.
        let text = self.kind.as_ref()?.get().trim_start();
        let name = text.strip_prefix('[').unwrap_or(text).trim_start().strip_prefix('"')?;
        match name.split('"').next()? {
            "string" => Some("string"),
            "number" => Some("number"),
            "bool" => Some("bool"),
            "list" | "set" | "tuple" => Some("array"),
            "map" | "object" => Some("object"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_have_simple_names() {
        for (kind, name) in [
            (r#""string""#, Some("string")),
            (r#""number""#, Some("number")),
            (r#"["list","string"]"#, Some("array")),
            (r#"[ "tuple", ["string"]]"#, Some("array")),
            (r#"["map","bool"]"#, Some("object")),
            (r#"["object",{"a":"string"}]"#, Some("object")),
            (r#""dynamic""#, None),
            ("5", None),
            ("[]", None),
        ] {
            let output = Output {
                id: OutputId::generate(),
                name: "o".to_owned(),
                sensitive: false,
                value: None,
                kind: Some(RawValue::from_string(kind.to_owned()).unwrap()),
            };
            assert_eq!(output.type_name(), name, "{kind}");
        }
    }
}
