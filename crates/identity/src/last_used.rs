//! When tokens and sessions were last used, kept in memory and written in batches: a write for
//! every request would cost more than most requests.

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{Mutex, MutexGuard, PoisonError},
};

use kernel::{Result, SessionId, Timestamp, TokenId};

use crate::{Identity, store};

#[derive(Default)]
pub(crate) struct LastUsed {
    tokens: Uses<TokenId>,
    sessions: Uses<SessionId>,
}

/// When, and from where.
pub(crate) type Use = (Timestamp, Option<IpAddr>);

/// The last use of each of some things.
struct Uses<I>(Mutex<HashMap<I, Use>>);

impl<I> Default for Uses<I> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<I: Copy + Eq + Hash> Uses<I> {
    fn map(&self) -> MutexGuard<'_, HashMap<I, Use>> {
        // A panic elsewhere can't leave a map of instants half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, id: I, used: Use) {
        let mut map = self.map();
        let latest = map.entry(id).or_insert(used);
        if used.0 > latest.0 {
            *latest = used;
        }
    }

    fn of(&self, id: I) -> Option<Use> {
        self.map().get(&id).copied()
    }

    fn all(&self) -> Vec<(I, Use)> {
        self.map().iter().map(|(id, used)| (*id, *used)).collect()
    }

    /// Forgets what was written, unless it was used again meanwhile.
    fn forget(&self, written: &[(I, Use)]) {
        let mut map = self.map();
        for (id, used) in written {
            if map.get(id) == Some(used) {
                map.remove(id);
            }
        }
    }
}

impl LastUsed {
    pub(crate) fn note_token(&self, id: TokenId, at: Timestamp, address: Option<IpAddr>) {
        self.tokens.note(id, (at, address));
    }

    pub(crate) fn note_session(&self, id: SessionId, at: Timestamp) {
        self.sessions.note(id, (at, None));
    }

    /// A token's last use, if it is not written yet.
    pub(crate) fn token(&self, id: TokenId) -> Option<Use> {
        self.tokens.of(id)
    }

    /// A session's last use, if it is not written yet.
    pub(crate) fn session(&self, id: SessionId) -> Option<Timestamp> {
        self.sessions.of(id).map(|(at, _)| at)
    }
}

impl Identity {
    /// Writes down when tokens and sessions were last used. For a background role.
    pub async fn flush_last_used(&self) -> Result<()> {
        let mut tokens = self.last_used().tokens.all();
        let mut sessions = self.last_used().sessions.all();
        // Servers that write the same rows in one order wait for each other and never in a circle.
        tokens.sort_unstable_by_key(|(id, _)| *id);
        sessions.sort_unstable_by_key(|(id, _)| *id);
        if tokens.is_empty() && sessions.is_empty() {
            return Ok(());
        }
        let written = (tokens.clone(), sessions.clone());
        self.db()
            .write(move |tx| {
                for (id, (at, address)) in &tokens {
                    store::touch_token(tx, *id, *at, *address)?;
                }
                for (id, (at, _)) in &sessions {
                    store::touch_session(tx, *id, *at)?;
                }
                Ok(())
            })
            .await?;
        self.last_used().tokens.forget(&written.0);
        self.last_used().sessions.forget(&written.1);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Use {
        (Timestamp::from_micros(micros), None)
    }

    #[test]
    fn only_what_was_written_is_forgotten() {
        let uses = Uses::default();
        let (one, other) = (TokenId::generate(), TokenId::generate());
        uses.note(one, at(5));
        uses.note(other, at(5));
        let written = uses.all();
        uses.note(other, at(7));
        uses.forget(&written);
        assert_eq!(uses.all(), [(other, at(7))]);
    }

    #[test]
    fn time_does_not_run_backwards() {
        let uses = Uses::default();
        let id = TokenId::generate();
        uses.note(id, at(9));
        uses.note(id, at(3));
        assert_eq!(uses.of(id), Some(at(9)));
    }
}
