//! Servers that vouch for identities by signing tokens (OpenID Connect), and their keys.
//!
//! Keys are fetched when they are first asked for, kept for as long as the issuer says (within
//! limits), and fetched anew in the background before they run out. A token that names a key which
//! is not known makes for an early look, now and then. While an issuer can't be reached its last
//! keys are believed for another day, and whoever waits for one waits for that one only: there is
//! one fetch at a time for each issuer, its failure is remembered for a while, and no lock is held
//! while it runs.

mod fetch;
mod state;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use barrier::jwt::{Claims, JwtError, KeySet, Unverified};
use kernel::{Clock, Error, Kind, Result, Timestamp};
use outgoing::Outgoing;
use tokio::{sync::watch, time::timeout};

pub use fetch::Metadata;
use fetch::{Found, fetch};
use state::{Next, State};

/// How long somebody waits for newer keys where older ones would do.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many issuers are remembered before those that nobody asks for are forgotten.
const MOST: usize = 1_000;
/// How long nobody asks for those.
const UNUSED: Duration = Duration::from_hours(1);

/// Why a token is not believed.
#[derive(Debug, thiserror::Error)]
pub enum NotBelieved {
    /// Because of the token.
    #[error("{0}")]
    Token(#[from] JwtError),
    /// There are no keys to judge it by.
    #[error("the issuer's keys are missing: {0}")]
    Keys(Error),
}

/// Where an issuer's keys come from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeySource {
    /// From where the issuer's own discovery document says.
    Issuer(String),
    /// From an address (`jwks_uri`).
    Address(String),
    /// They were given, as a JWKS document: the issuer can't be reached from here.
    Given(String),
}

/// The issuers that are known so far. Cheap to clone.
#[derive(Clone)]
pub struct Issuers(Arc<Inner>);

struct Inner {
    outgoing: Outgoing,
    clock: Arc<dyn Clock>,
    entries: Mutex<HashMap<KeySource, Arc<Entry>>>,
}

struct Entry {
    source: KeySource,
    state: Mutex<State>,
}

impl Issuers {
    /// Over the way out.
    pub fn new(outgoing: Outgoing, clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(Inner { outgoing, clock, entries: Mutex::default() }))
    }

    /// An issuer's keys.
    pub async fn keys(&self, source: &KeySource) -> Result<Arc<KeySet>> {
        if let KeySource::Given(json) = source {
            let keys = KeySet::parse(json.as_bytes())
                .map_err(|error| Error::new(Kind::Invalid, error.to_string()))?;
            return Ok(Arc::new(keys));
        }
        self.find(source).await.map(|found| Arc::clone(&found.keys))
    }

    /// An issuer's keys, looked at anew because a token names a key that is not among `known`.
    /// None if there are no others, or it is too early to look again.
    pub async fn newer_keys(&self, source: &KeySource, known: &Arc<KeySet>) -> Option<Arc<KeySet>> {
        if matches!(source, KeySource::Given(_)) {
            return None;
        }
        let entry = self.entry(source);
        let now = self.0.clock.now();
        let latest = || entry.lock().found().map(|found| Arc::clone(&found.keys));
        let other = latest().filter(|keys| !Arc::ptr_eq(keys, known));
        if other.is_some() || !entry.lock().may_look_again(now) {
            return other;
        }
        wait(self.start(&entry)).await;
        latest().filter(|keys| !Arc::ptr_eq(keys, known))
    }

    /// The claims of a token, if it is signed by an issuer and valid at `now`. Newer keys are looked
    /// for if the token names one that is not among those that are known.
    pub async fn verify(
        &self,
        token: &Unverified,
        source: &KeySource,
        now: Timestamp,
        leeway: Duration,
    ) -> std::result::Result<Claims, NotBelieved> {
        let keys = self.keys(source).await.map_err(NotBelieved::Keys)?;
        let first = token.verify(&keys, now, leeway);
        let may_be_newer = match &first {
            Err(JwtError::UnknownKey) => true,
            Err(JwtError::Signature) => token.key_id.is_none(),
            _ => false,
        };
        if may_be_newer && let Some(newer) = self.newer_keys(source, &keys).await {
            return Ok(token.verify(&newer, now, leeway)?);
        }
        Ok(first?)
    }

    /// What an issuer says about itself.
    pub async fn metadata(&self, issuer: &str) -> Result<Arc<Metadata>> {
        let found = self.find(&KeySource::Issuer(issuer.to_owned())).await?;
        found.metadata.clone().ok_or_else(|| Error::internal("an issuer without metadata"))
    }

    async fn find(&self, source: &KeySource) -> Result<Arc<Found>> {
        let entry = self.entry(source);
        let next = entry.lock().next(self.0.clock.now());
        match next {
            Next::Serve(found) => Ok(found),
            Next::ServeAndRefresh(found) => {
                self.start(&entry);
                Ok(found)
            }
            Next::RefreshOrServe(found) => {
                let _ = timeout(PATIENCE, wait(self.start(&entry))).await;
                Ok(entry.lock().found().unwrap_or(found))
            }
            Next::Wait => {
                wait(self.start(&entry)).await;
                entry.lock().outcome()
            }
            Next::Fail(error) => Err(error),
        }
    }

    /// Begins to fetch, unless somebody has. A task of its own does it, which goes on when the
    /// request that began it is gone.
    fn start(&self, entry: &Arc<Entry>) -> watch::Receiver<()> {
        let mut state = entry.lock();
        if let Some(running) = state.running() {
            return running;
        }
        let (done, running) = watch::channel(());
        state.begin(running.clone());
        let (inner, entry) = (Arc::clone(&self.0), Arc::clone(entry));
        tokio::spawn(async move {
            let outcome = fetch(&inner.outgoing, &entry.source, &*inner.clock).await;
            if let Err(error) = &outcome {
                tracing::warn!(
                    source = %entry.source.address(),
                    error = ?error,
                    "the keys of an issuer can't be fetched"
                );
            }
            entry.lock().end(outcome.map(Arc::new), inner.clock.now());
            drop(done);
        });
        running
    }

    fn entry(&self, source: &KeySource) -> Arc<Entry> {
        let now = self.0.clock.now();
        let mut entries = self.0.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.get(source) {
            entry.lock().used_at = now;
            return Arc::clone(entry);
        }
        if entries.len() >= MOST {
            entries.retain(|_, entry| now.since(entry.lock().used_at) < UNUSED);
        }
        let entry = Arc::new(Entry { source: source.clone(), state: Mutex::new(State::new(now)) });
        entries.insert(source.clone(), Arc::clone(&entry));
        entry
    }
}

impl Entry {
    /// Never held across an await: everything under it is done at once.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KeySource {
    /// What the log calls it.
    fn address(&self) -> &str {
        match self {
            Self::Issuer(address) | Self::Address(address) => address,
            Self::Given(_) => "given",
        }
    }
}

/// Until the fetch has ended, well or not: its end hangs up.
async fn wait(mut running: watch::Receiver<()>) {
    while running.changed().await.is_ok() {}
}
