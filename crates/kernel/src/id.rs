//! Identifiers: a prefix that names the kind, and 16 letters and digits.
//!
//! The form is the vendor's (`ws-Abc123…`): clients require a non-empty string without slashes or
//! spaces, and of run ids that they start with `run-`. The first half tells when an id was made, the
//! second is random (47 bits). So rows that are made together stand together in every index, and a
//! write touches few pages; an id is no secret.

use std::{fmt, hash::Hash, marker::PhantomData, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{Clock as _, SystemClock};

const LENGTH: usize = 16;
const MOMENT_LENGTH: usize = 8;
/// Microseconds in the unit of the first half: it lasts until 2080 and then begins anew.
const UNIT: u64 = 16;
/// In the order of bytes, which is the order of every index.
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

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
    /// Makes a new id: later ones are greater, as far as the clocks of several servers agree.
    pub fn generate() -> Self {
        let mut characters = [0; LENGTH];
        let (moment, random) = characters.split_at_mut(MOMENT_LENGTH);
        moment.copy_from_slice(&this_moment());
        draw(random);
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

/// What ids begin with that are made now, for those that have another form.
pub fn moment() -> String {
    this_moment().map(char::from).iter().collect()
}

fn this_moment() -> [u8; MOMENT_LENGTH] {
    let mut rest = SystemClock.now().as_micros().unsigned_abs() / UNIT;
    let mut characters = [0; MOMENT_LENGTH];
    for slot in characters.iter_mut().rev() {
        let digit = usize::try_from(rest % 62).unwrap_or_default();
        *slot = ALPHABET.get(digit).copied().unwrap_or_default();
        rest /= 62;
    }
    characters
}

/// Fills the slots from the operating system's secure source.
fn draw(slots: &mut [u8]) {
    let mut filled = 0;
    while filled < slots.len() {
        let mut bytes = [0; 16];
        if getrandom::fill(&mut bytes).is_err() {
            // Without randomness nothing here is safe; there is no caller who could go on.
            std::process::abort();
        }
        // 248 = 4 × 62: larger bytes are thrown away, so that every character is as likely.
        let usable = bytes.iter().filter(|byte| **byte < 248);
        for (slot, byte) in slots.iter_mut().skip(filled).zip(usable) {
            if let Some(character) = ALPHABET.get(usize::from(*byte) % ALPHABET.len()) {
                *slot = *character;
                filled += 1;
            }
        }
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
        let id = WorkspaceId::generate();
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
            seen.extend(WorkspaceId::generate().characters[MOMENT_LENGTH..].iter().copied());
        }
        assert_eq!(seen.len(), ALPHABET.len());
    }

    #[test]
    fn later_ids_are_greater() {
        let earlier = WorkspaceId::generate();
        std::thread::sleep(std::time::Duration::from_millis(1));
        let later = WorkspaceId::generate();
        assert!(earlier < later && earlier.to_string() < later.to_string());
        assert!(moment().as_bytes() >= &later.characters[..MOMENT_LENGTH]);
    }

    #[test]
    fn ids_of_one_moment_differ() {
        let ids: std::collections::HashSet<_> = (0..10_000).map(|_| LockId::generate()).collect();
        assert_eq!(ids.len(), 10_000);
    }
}
