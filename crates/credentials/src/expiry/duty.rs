//! Which server ends what is over: of several with one database, one at a time.
//!
//! Whoever is on duty counts its rounds in the database. The others watch the number: when it has
//! stood still for too long by their own clock, they take over. So nobody's clock has to agree with
//! anybody else's. A server that takes over from one that is only slow does no harm: each lease is
//! claimed besides.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use db::Engine;
use kernel::{Result, Timestamp};

use crate::{
    Credentials, ids,
    store::{self, Duty},
};

/// How long whoever is on duty may be silent: longer than a round lasts.
const SILENCE: Duration = Duration::from_secs(30);

/// A server that does its duty, or watches the one that does.
pub(crate) struct Watch {
    /// This server's name: another one with each start.
    name: String,
    /// What was seen of another server, and since when nothing else.
    seen: Mutex<Option<(Duty, Timestamp)>>,
    /// The last id that was asked after of those behind leases; empty: they are begun with anew.
    pub(super) asked_after: Mutex<String>,
}

impl Watch {
    /// Nobody was seen yet.
    pub(crate) fn new() -> Self {
        Self { name: ids::uuid(), seen: Mutex::default(), asked_after: Mutex::default() }
    }

    /// Whether this server may begin a round: nobody else is on duty, or has been silent for too
    /// long.
    fn may_begin(&self, duty: &Duty, now: Timestamp) -> bool {
        if duty.holder.is_empty() || duty.holder == self.name {
            return true;
        }
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match &*seen {
            // A clock that was put back begins to count anew.
            Some((known, since)) if known == duty && *since <= now => since.plus(SILENCE) <= now,
            _ => {
                *seen = Some((duty.clone(), now));
                false
            }
        }
    }
}

impl Credentials {
    /// Whether this server is on duty now. The embedded database has one server, which always is.
    pub(super) async fn is_on_duty(&self, now: Timestamp) -> Result<bool> {
        match self.db().engine() {
            Engine::Sqlite => Ok(true),
            Engine::Postgres => self.take_duty(now).await,
        }
    }

    /// Begins a round, unless it is for another server to do so.
    async fn take_duty(&self, now: Timestamp) -> Result<bool> {
        let before = self.db().glance(store::duty).await?;
        if !self.watch().may_begin(&before, now) {
            return Ok(false);
        }
        let name = self.watch().name.clone();
        let is_new = before.holder != name;
        let taken = self.db().write(move |tx| store::take_duty(tx, &name, &before)).await?;
        if taken && is_new {
            tracing::info!("this server ends what is over from now on");
        }
        Ok(taken)
    }

    /// Lets another server end what is over from now on, without waiting. For a stop.
    pub async fn leave_duty(&self) -> Result<()> {
        if self.db().engine() == Engine::Sqlite {
            return Ok(());
        }
        let name = self.watch().name.clone();
        self.db().write(move |tx| store::leave_duty(tx, &name)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Timestamp = Timestamp::from_micros(1_000_000_000);

    fn after(seconds: u64) -> Timestamp {
        START.plus(Duration::from_secs(seconds))
    }

    fn duty(holder: &str, rounds: i64) -> Duty {
        Duty { holder: holder.to_owned(), rounds }
    }

    #[test]
    fn who_is_on_duty_stays_and_nobody_is_followed_at_once() {
        let watch = Watch::new();
        assert!(watch.may_begin(&duty("", 7), START));
        let own = duty(&watch.name, 8);
        assert!(watch.may_begin(&own, START) && watch.may_begin(&own, after(1_000_000)));
    }

    #[test]
    fn who_is_silent_for_too_long_is_replaced() {
        let watch = Watch::new();
        for round in 0..90 {
            assert!(!watch.may_begin(&duty("other", round), after(round.unsigned_abs())));
        }
        // From the last round on that was seen, also by those who look rarely.
        assert!(!watch.may_begin(&duty("other", 89), after(118)));
        assert!(watch.may_begin(&duty("other", 89), after(119)));
        // A third server was faster.
        assert!(!watch.may_begin(&duty("third", 90), after(120)));
        assert!(!watch.may_begin(&duty("third", 90), after(149)));
        assert!(watch.may_begin(&duty("third", 90), after(150)));
    }

    #[test]
    fn clocks_need_not_agree_and_may_be_put_back() {
        let watch = Watch::new();
        assert!(!watch.may_begin(&duty("other", 1), after(1_000)));
        assert!(!watch.may_begin(&duty("other", 1), after(10)));
        assert!(!watch.may_begin(&duty("other", 1), after(39)));
        assert!(watch.may_begin(&duty("other", 1), after(40)));
    }
}
