//! What is known of one issuer, and what to do next: decisions about instants.

use std::{sync::Arc, time::Duration};

use kernel::{Error, Result, Timestamp};
use tokio::sync::watch;

use super::fetch::Found;

/// How long keys that have run out are believed while there are no newer ones.
const GRACE: Duration = Duration::from_hours(24);
/// How long after a look no other is taken: neither after a failure nor for an unknown key.
const PAUSE: Duration = Duration::from_secs(30);
/// Keys are fetched anew when this part of their time is left.
const AHEAD: u32 = 5;

/// What is known of one issuer.
pub(super) struct State {
    /// When it was last asked for.
    pub(super) used_at: Timestamp,
    found: Option<Arc<Found>>,
    failure: Option<Error>,
    /// When the last look ended.
    looked_at: Option<Timestamp>,
    running: Option<watch::Receiver<()>>,
}

/// What to do for somebody who asks.
pub(super) enum Next {
    /// Give what is there.
    Serve(Arc<Found>),
    /// Give what is there, and look for newer meanwhile.
    ServeAndRefresh(Arc<Found>),
    /// Look for newer, and give what is there if that fails or takes too long.
    RefreshOrServe(Arc<Found>),
    /// There is nothing yet: look.
    Wait,
    /// There is nothing, and it is too early to look again.
    Fail(Error),
}

impl State {
    pub(super) const fn new(now: Timestamp) -> Self {
        Self { used_at: now, found: None, failure: None, looked_at: None, running: None }
    }

    /// What to do for somebody who asks at `now`.
    pub(super) fn next(&self, now: Timestamp) -> Next {
        let rests = !self.may_look_again(now);
        match (&self.found, &self.failure) {
            (Some(found), _) if now < found.fresh_until => {
                let ahead = found.fresh_until.since(found.fetched_at) / AHEAD;
                if rests || now < found.fresh_until.minus(ahead) {
                    Next::Serve(Arc::clone(found))
                } else {
                    Next::ServeAndRefresh(Arc::clone(found))
                }
            }
            (Some(found), _) if now < found.fresh_until.plus(GRACE) => {
                if rests {
                    Next::Serve(Arc::clone(found))
                } else {
                    Next::RefreshOrServe(Arc::clone(found))
                }
            }
            (_, Some(failure)) if rests => Next::Fail(failure.clone()),
            _ => Next::Wait,
        }
    }

    /// Whether the last look is long enough ago.
    pub(super) fn may_look_again(&self, now: Timestamp) -> bool {
        self.looked_at.is_none_or(|looked| now.since(looked) >= PAUSE)
    }

    /// The look that is being taken.
    pub(super) fn running(&self) -> Option<watch::Receiver<()>> {
        // One that has ended without a word has panicked.
        self.running.clone().filter(|running| running.has_changed().is_ok())
    }

    /// A look begins.
    pub(super) fn begin(&mut self, running: watch::Receiver<()>) {
        self.running = Some(running);
    }

    /// A look has ended.
    pub(super) fn end(&mut self, outcome: Result<Arc<Found>>, now: Timestamp) {
        self.running = None;
        self.looked_at = Some(now);
        match outcome {
            Ok(found) => (self.found, self.failure) = (Some(found), None),
            Err(error) => self.failure = Some(error),
        }
    }

    /// What was found last.
    pub(super) fn found(&self) -> Option<Arc<Found>> {
        self.found.clone()
    }

    /// How the last look ended.
    pub(super) fn outcome(&self) -> Result<Arc<Found>> {
        match (&self.failure, &self.found) {
            (Some(failure), _) => Err(failure.clone()),
            (None, Some(found)) => Ok(Arc::clone(found)),
            (None, None) => Err(Error::unavailable("a look at an issuer's keys was broken off")),
        }
    }
}

#[cfg(test)]
mod tests {
    use barrier::jwt::KeySet;

    use super::*;

    const HOUR: u64 = 3_600;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_micros(0).plus(Duration::from_secs(seconds))
    }

    /// Keys that were fetched at zero and are fresh for an hour.
    fn found() -> Arc<Found> {
        let keys = Arc::new(KeySet::parse(b"{\"keys\":[]}").unwrap());
        Arc::new(Found { metadata: None, keys, fetched_at: at(0), fresh_until: at(HOUR) })
    }

    fn next(state: &State, seconds: u64) -> &'static str {
        match state.next(at(seconds)) {
            Next::Serve(_) => "serve",
            Next::ServeAndRefresh(_) => "serve and refresh",
            Next::RefreshOrServe(_) => "refresh or serve",
            Next::Wait => "wait",
            Next::Fail(_) => "fail",
        }
    }

    #[test]
    fn keys_are_served_renewed_ahead_and_believed_for_another_day() {
        let mut state = State::new(at(0));
        assert_eq!(next(&state, 0), "wait");
        state.end(Ok(found()), at(0));
        for (seconds, expected) in [
            (0, "serve"),
            (HOUR * 4 / 5 - 1, "serve"),
            (HOUR * 4 / 5, "serve and refresh"),
            (HOUR - 1, "serve and refresh"),
            (HOUR, "refresh or serve"),
            (25 * HOUR - 1, "refresh or serve"),
            (25 * HOUR, "wait"),
        ] {
            assert_eq!(next(&state, seconds), expected, "{seconds}");
        }
    }

    #[test]
    fn a_failure_is_remembered_for_a_while() {
        let mut state = State::new(at(0));
        state.end(Err(Error::unavailable("gone")), at(10));
        for (seconds, expected) in [(10, "fail"), (39, "fail"), (40, "wait")] {
            assert_eq!(next(&state, seconds), expected, "{seconds}");
        }
        // What is there is served all the same, without another try.
        state.end(Ok(found()), at(40));
        assert!(state.outcome().is_ok());
        for moment in [HOUR * 4 / 5, HOUR, 25 * HOUR - 100] {
            state.end(Err(Error::unavailable("gone")), at(moment));
            assert!(state.outcome().is_err() && state.found().is_some());
            assert_eq!(next(&state, moment + 29), "serve", "{moment}");
            assert!(next(&state, moment + 30).contains("refresh"), "{moment}");
        }
        state.end(Err(Error::unavailable("gone")), at(25 * HOUR));
        assert_eq!(next(&state, 25 * HOUR + 1), "fail");
    }

    #[test]
    fn an_unknown_key_makes_for_a_look_now_and_then() {
        let mut state = State::new(at(0));
        assert!(state.may_look_again(at(0)));
        state.end(Ok(found()), at(100));
        assert!(!state.may_look_again(at(129)) && state.may_look_again(at(130)));
    }

    #[test]
    fn a_look_that_was_broken_off_is_not_waited_for() {
        let mut state = State::new(at(0));
        let (done, running) = watch::channel(());
        state.begin(running);
        assert!(state.running().is_some());
        drop(done);
        assert!(state.running().is_none());
        assert!(state.outcome().is_err());
    }
}
