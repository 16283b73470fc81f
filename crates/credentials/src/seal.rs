//! The key of this side: sealed under the barrier's own key, so that a server that starts is
//! unsealed; or under a key that people hold in shares.

mod gathering;
mod initialize;
mod rekey;
mod root_token;
mod shares;
mod unseal;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwapOption;
use barrier::DataKey;

use crate::fault::Fault;

pub(crate) use gathering::Gathering;
pub(crate) use rekey::Rekeying;
pub(crate) use root_token::{Attempt, mask_length};
pub(crate) use shares::Division;

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
    /// The word on the wire, in the settings and in the database.
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
pub(crate) struct Seal(Arc<Inner>);

#[derive(Default)]
struct Inner {
    opened: ArcSwapOption<Opened>,
    gathered: Mutex<Gathered>,
}

struct Opened {
    key: DataKey,
    /// How often this side had been sealed by hand when this server was unsealed.
    seals: i64,
}

/// What people are giving their shares for.
#[derive(Default)]
pub(crate) struct Gathered {
    /// To unseal.
    pub(crate) unsealing: Option<Gathering<()>>,
    /// For a root token, which is given out under a mask.
    pub(crate) root_token: Option<Gathering<root_token::Mask>>,
    /// For other shares.
    pub(crate) rekeying: Option<Gathering<Division>>,
}

impl Seal {
    /// The key; refused while sealed.
    pub(crate) fn key(&self) -> Result<DataKey, Fault> {
        self.0.opened.load_full().map(|opened| opened.key.clone()).ok_or(Fault::Sealed)
    }

    /// Whether there is no key in memory.
    pub(crate) fn is_sealed(&self) -> bool {
        self.0.opened.load().is_none()
    }

    /// Begins to open what was sealed, until this side is sealed by hand more often than so far.
    pub(crate) fn unseal(&self, key: DataKey, seals: i64) {
        self.0.opened.store(Some(Arc::new(Opened { key, seals })));
    }

    /// Forgets the key, and all shares.
    pub(crate) fn seal(&self) {
        self.0.opened.store(None);
        *self.gathered() = Gathered::default();
    }

    /// Forgets the key if this side was sealed, here or elsewhere, since this server was unsealed.
    pub(crate) fn heed(&self, seals: i64) {
        if self.0.opened.load().as_ref().is_some_and(|opened| opened.seals < seals) {
            tracing::warn!("the credential engine was sealed at another server");
            self.seal();
        }
    }

    /// The shares that were given so far.
    pub(crate) fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.0.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
