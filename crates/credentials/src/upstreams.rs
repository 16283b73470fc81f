//! What is remembered of the servers that engines work with, for as long as this process runs:
//! the ways to those with certificate authorities of their own, and which of them don't answer.

use std::{
    collections::HashMap,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use kernel::Timestamp;
use outgoing::Outgoing;

/// How long a server that did not answer is left alone at first; twice as long each time.
const FIRST_REST: Duration = Duration::from_secs(5);
const LONGEST_REST: Duration = Duration::from_mins(1);
/// How many ways are kept: one for each set of certificate authorities.
const WAYS: usize = 64;

pub(crate) struct Upstreams {
    since: Timestamp,
    ways: Mutex<HashMap<String, Outgoing>>,
    resting: Mutex<HashMap<String, Rest>>,
    begun: AtomicBool,
}

#[derive(Clone, Copy)]
struct Rest {
    since: Timestamp,
    length: Duration,
}

impl Upstreams {
    /// Nothing yet.
    pub(crate) fn new(since: Timestamp) -> Self {
        let (ways, resting, begun) = Default::default();
        Self { since, ways, resting, begun }
    }

    /// Since when this process is at it, the first time that this is asked.
    pub(crate) fn begin(&self) -> Option<Timestamp> {
        (!self.begun.swap(true, Ordering::Relaxed)).then_some(self.since)
    }

    /// The way to servers whose certificates come from these authorities (PEM). It is kept, so
    /// that its connections are.
    pub(crate) fn way(&self, usual: &Outgoing, authorities: &str) -> Outgoing {
        let mut ways = self.ways.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(way) = ways.get(authorities) {
            return way.clone();
        }
        if ways.len() >= WAYS {
            ways.clear();
        }
        let way = usual.trusting(authorities);
        ways.insert(authorities.to_owned(), way.clone());
        way
    }

    /// Until when a mount's server is left alone, since it did not answer; none: it can be asked.
    pub(crate) fn resting_until(&self, mount: &str, now: Timestamp) -> Option<Timestamp> {
        let resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = resting.get(mount)?;
        let until = rest.since.plus(rest.length);
        // Whatever the clock does meanwhile, nobody rests longer than was meant.
        (rest.since <= now && until > now).then_some(until)
    }

    /// A mount's server did not answer. Of several requests at once, one counts.
    pub(crate) fn failed(&self, mount: &str, now: Timestamp) {
        if self.resting_until(mount, now).is_some() {
            return;
        }
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = resting.entry(mount.to_owned());
        rest.and_modify(|rest| {
            *rest = Rest { since: now, length: rest.length.saturating_mul(2).min(LONGEST_REST) };
        })
        .or_insert(Rest { since: now, length: FIRST_REST });
    }

    /// A mount's server has answered. Whether it had not before.
    pub(crate) fn answered(&self, mount: &str) -> bool {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner).remove(mount).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_does_not_answer_rests_longer_each_time() {
        let mut now = Timestamp::from_micros(1_000_000_000);
        let upstreams = Upstreams::new(now);
        assert_eq!(upstreams.resting_until("m", now), None);
        for seconds in [5, 10, 20, 40, 60, 60] {
            let end = now.plus(Duration::from_secs(seconds));
            for _ in 0..8 {
                upstreams.failed("m", now);
                assert_eq!(upstreams.resting_until("m", now), Some(end));
            }
            assert_eq!(upstreams.resting_until("m", end), None);
            now = end;
        }
        upstreams.failed("m", now);
        assert_eq!(upstreams.resting_until("other", now), None);
        assert_eq!(upstreams.resting_until("m", now.minus(Duration::from_secs(1))), None);
        assert!(upstreams.answered("m") && !upstreams.answered("m"));
        assert_eq!(upstreams.resting_until("m", now), None);
    }
}
