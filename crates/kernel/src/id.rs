//! Identifiers: a prefix that names the kind, and 16 random characters (95 bits).
//!
//! The form is the vendor's (`ws-Abc123…`): clients require a non-empty string without slashes or
//! spaces, and of run ids that they start with `run-`.

use std::{fmt, hash::Hash, marker::PhantomData, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

const LENGTH: usize = 16;
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A kind of thing that has ids.
pub trait IdKind: 'static {
    /// What stands before the dash.
    const PREFIX: &'static str;
}

/// The marker types behind the id types.
pub mod kinds {
    use super::IdKind;

    macro_rules! kinds {
        ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
            $(#[$doc])*
            #[derive(Debug)]
            pub enum $name {}
            impl IdKind for $name { const PREFIX: &'static str = $prefix; }
        )*};
    }

    kinds! {
        /// An organization.
        Organization = "org";
        /// A project of an organization.
        Project = "prj";
        /// A workspace.
        Workspace = "ws";
        /// One holding of a workspace's lock.
        Lock = "lock";
        /// A state version.
        StateVersion = "sv";
        /// An output of a state version.
        Output = "wsout";
        /// A run.
        Run = "run";
        /// A person.
        User = "user";
        /// An API token.
        Token = "at";
        /// A person's membership in an organization.
        Membership = "ou";
        /// A team of an organization.
        Team = "team";
        /// A team's access to a workspace.
        WorkspaceAccess = "tws";
        /// A team's access to a project.
        ProjectAccess = "tprj";
        /// An issuer of identities that is trusted.
        Trust = "trust";
        /// A variable of a workspace or a variable set.
        Variable = "var";
        /// A variable set.
        VariableSet = "varset";
        /// A tag key that an organization reserves.
        ReservedTagKey = "rtk";
        /// A record of the audit trail.
        AuditRecord = "ae";
        /// A browser session.
        Session = "sess";
        /// A tag name within an organization.
        Tag = "tag";
        /// A key and value on a workspace or project.
        TagBinding = "tb";
        /// Bytes that are kept sealed: a state, for one.
        Content = "content";
        /// One version of a key that seals data.
        DataKey = "dk";
    }
}

/// An organization's id.
pub type OrganizationId = Id<kinds::Organization>;
/// A project's id.
pub type ProjectId = Id<kinds::Project>;
/// A workspace's id.
pub type WorkspaceId = Id<kinds::Workspace>;
/// The id of one holding of a lock: a new one each time a workspace is locked.
pub type LockId = Id<kinds::Lock>;
/// A state version's id.
pub type StateVersionId = Id<kinds::StateVersion>;
/// A state version output's id.
pub type OutputId = Id<kinds::Output>;
/// A run's id.
pub type RunId = Id<kinds::Run>;
/// A user's id.
pub type UserId = Id<kinds::User>;
/// An API token's id.
pub type TokenId = Id<kinds::Token>;
/// An organization membership's id.
pub type MembershipId = Id<kinds::Membership>;
/// A team's id.
pub type TeamId = Id<kinds::Team>;
/// The id of a team's access to a workspace.
pub type WorkspaceAccessId = Id<kinds::WorkspaceAccess>;
/// The id of a team's access to a project.
pub type ProjectAccessId = Id<kinds::ProjectAccess>;
/// The id of an issuer that is trusted.
pub type TrustId = Id<kinds::Trust>;
/// A variable's id.
pub type VariableId = Id<kinds::Variable>;
/// A variable set's id.
pub type VariableSetId = Id<kinds::VariableSet>;
/// A reserved tag key's id.
pub type ReservedTagKeyId = Id<kinds::ReservedTagKey>;
/// The id of a record of the audit trail.
pub type AuditRecordId = Id<kinds::AuditRecord>;
/// A browser session's id.
pub type SessionId = Id<kinds::Session>;
/// A tag's id.
pub type TagId = Id<kinds::Tag>;
/// A tag binding's id.
pub type TagBindingId = Id<kinds::TagBinding>;
/// The id of sealed bytes.
pub type ContentId = Id<kinds::Content>;
/// The id of one version of a data key.
pub type DataKeyId = Id<kinds::DataKey>;

/// An id of kind `K`. Small and `Copy`, so closures can take it.
pub struct Id<K> {
    characters: [u8; LENGTH],
    kind: PhantomData<fn() -> K>,
}

/// A text is not an id of the kind asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a valid id: expected \"{prefix}-\" and 16 letters or digits")]
pub struct InvalidId {
    prefix: &'static str,
}

impl<K: IdKind> Id<K> {
    /// Draws a new id from the operating system's secure source.
    pub fn random() -> Self {
        let mut characters = [0; LENGTH];
        let mut filled = 0;
        while filled < LENGTH {
            let mut bytes = [0; 32];
            if getrandom::fill(&mut bytes).is_err() {
                // Without randomness nothing here is safe; there is no caller who could go on.
                std::process::abort();
            }
            // 248 = 4 × 62: larger bytes are thrown away, so that every character is as likely.
            let usable = bytes.iter().filter(|byte| **byte < 248);
            for (slot, byte) in characters.iter_mut().skip(filled).zip(usable) {
                if let Some(character) = ALPHABET.get(usize::from(*byte) % ALPHABET.len()) {
                    *slot = *character;
                    filled += 1;
                }
            }
        }
        Self::from_characters(characters)
    }

    fn from_characters(characters: [u8; LENGTH]) -> Self {
        Self { characters, kind: PhantomData }
    }

    fn characters(&self) -> &str {
        // Only ASCII letters and digits ever get in.
        str::from_utf8(&self.characters).unwrap_or_default()
    }
}

impl<K: IdKind> FromStr for Id<K> {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = InvalidId { prefix: K::PREFIX };
        let rest =
            text.strip_prefix(K::PREFIX).and_then(|rest| rest.strip_prefix('-')).ok_or(invalid)?;
        let characters: [u8; LENGTH] = rest.as_bytes().try_into().map_err(|_| invalid)?;
        if !characters.iter().all(u8::is_ascii_alphanumeric) {
            return Err(invalid);
        }
        Ok(Self::from_characters(characters))
    }
}

impl<K: IdKind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", K::PREFIX, self.characters())
    }
}

impl<K: IdKind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Id<K> {}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.characters == other.characters
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.characters.cmp(&other.characters)
    }
}

impl<K> Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.characters.hash(state);
    }
}

impl<K: IdKind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: IdKind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_being_written_and_read() {
        let id = WorkspaceId::random();
        assert_eq!(id.to_string().parse::<WorkspaceId>(), Ok(id));
        assert!(id.to_string().starts_with("ws-"));
    }

    #[test]
    fn ids_of_another_kind_or_form_are_refused() {
        for text in [
            "",
            "ws-",
            "ws-short",
            "prj-AAAAAAAAAAAAAAAA",
            "ws-AAAAAAAAAAAAAAA/",
            "ws-AAAAAAAAAAAAAAAAA",
        ] {
            assert!(text.parse::<WorkspaceId>().is_err(), "{text}");
        }
    }

    #[test]
    fn every_character_of_the_alphabet_is_drawn() {
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..400 {
            seen.extend(WorkspaceId::random().characters);
        }
        assert_eq!(seen.len(), ALPHABET.len());
    }
}
