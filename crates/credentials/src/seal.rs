//! The key of this side: sealed under the barrier's own key, so that a server that starts is
//! unsealed; or under a key that people hold in shares.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use barrier::DataKey;

use crate::fault::Fault;

/// How the key is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SealKind {
    /// Under the barrier's key: unsealed at every start.
    #[default]
    Static,
    /// Under a key in shares: sealed at every start, until enough people have given theirs.
    Shamir,
}

impl SealKind {
    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Static => "static",
            Self::Shamir => "shamir",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Static, Self::Shamir].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// The key while it is in memory: none while sealed. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Seal(Arc<ArcSwapOption<DataKey>>);

impl Seal {
    /// The key; refused while sealed.
    pub(crate) fn key(&self) -> Result<DataKey, Fault> {
        self.0.load_full().map(|key| DataKey::clone(&key)).ok_or(Fault::Sealed)
    }

    /// Whether there is no key in memory.
    pub(crate) fn is_sealed(&self) -> bool {
        self.0.load().is_none()
    }

    /// Begins to open what was sealed.
    pub(crate) fn unseal(&self, key: DataKey) {
        self.0.store(Some(Arc::new(key)));
    }

    /// Forgets the key.
    pub(crate) fn seal(&self) {
        self.0.store(None);
    }
}
