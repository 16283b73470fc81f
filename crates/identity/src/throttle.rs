//! How often signing in may fail: per account, so that nobody guesses on and on, and per address,
//! so that nobody tries one password on everybody.

use std::{net::IpAddr, time::Duration};

use barrier::{hex, sha256};
use kernel::{Error, Kind, Timestamp, UserId};

use crate::names::fold;

/// How long failures count.
const WINDOW: Duration = Duration::from_mins(15);
/// How long they count where few are expected: no row is needed any longer than this.
pub(crate) const LONGEST_WINDOW: Duration = Duration::from_hours(24);

const PER_ACCOUNT: u64 = 10;
const PER_ADDRESS: u64 = 50;
/// Six digits give in to patience: whoever has the password guesses this many codes in a day.
const CODES_PER_DAY: u64 = 30;

/// What attempts are counted for: the row's key, how many may fail, and in what time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) key: String,
    limit: u64,
    pub(crate) window: Duration,
}

impl Subject {
    /// An account: its id, or what was typed if there is none. Hashed, since people type passwords
    /// into the wrong field, and texts of any length.
    pub(crate) fn account(login: &str) -> Self {
        let key = format!("account:{}", hex(sha256(fold(login))));
        Self { key, limit: PER_ACCOUNT, window: WINDOW }
    }

    /// The codes of a person's second factor. They have counts of their own, which the right
    /// password alone does not clear.
    pub(crate) fn codes(user: UserId) -> [Self; 2] {
        [
            Self { key: format!("code:{user}"), limit: PER_ACCOUNT, window: WINDOW },
            Self { key: format!("code-day:{user}"), limit: CODES_PER_DAY, window: LONGEST_WINDOW },
        ]
    }

    /// Where attempts come from. Whoever has one IPv6 address has its whole network.
    pub(crate) fn address(address: IpAddr) -> Self {
        let key = match address.to_canonical() {
            IpAddr::V4(address) => format!("address:{address}"),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                format!("address:{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        };
        Self { key, limit: PER_ADDRESS, window: WINDOW }
    }

    /// Refuses an attempt that is one too many; `counted` includes it.
    pub(crate) fn check(
        &self,
        window_started_at: Timestamp,
        counted: u64,
        now: Timestamp,
    ) -> Result<(), Error> {
        if counted <= self.limit {
            return Ok(());
        }
        let wait = rounded(window_started_at.plus(self.window).since(now));
        let text = format!("too many failed attempts to sign in; try again in {}", words(wait));
        Err(Error::new(Kind::TooManyRequests, text).until_after(wait))
    }
}

/// Whole minutes or hours, rounded up: nobody comes back too early.
fn rounded(wait: Duration) -> Duration {
    match wait.as_secs().div_ceil(60).max(1) {
        minutes @ ..=120 => Duration::from_mins(minutes),
        minutes => Duration::from_hours(minutes.div_ceil(60)),
    }
}

fn words(rounded: Duration) -> String {
    match rounded.as_secs() / 60 {
        1 => "1 minute".to_owned(),
        minutes @ ..=120 => format!("{minutes} minutes"),
        minutes => format!("{} hours", minutes / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attempt_after_the_last_allowed_one_is_refused_with_the_wait() {
        let subject = Subject::account("Ada");
        let started = Timestamp::from_micros(0);
        let now = started.plus(Duration::from_secs(61));
        assert!(subject.check(started, PER_ACCOUNT, now).is_ok());
        let error = subject.check(started, PER_ACCOUNT + 1, now).unwrap_err();
        assert_eq!(error.kind(), Kind::TooManyRequests);
        assert!(error.to_string().ends_with("in 14 minutes"), "{error}");
        assert_eq!(error.wait(), Some(Duration::from_mins(14)));
    }

    #[test]
    fn codes_are_counted_by_the_quarter_of_an_hour_and_by_the_day() {
        let now = Timestamp::from_micros(0);
        let [short, long] = Subject::codes(UserId::generate());
        assert_ne!(short.key, long.key);
        assert!(short.check(now, PER_ACCOUNT, now).is_ok());
        assert!(short.check(now, PER_ACCOUNT + 1, now).is_err());
        let error = long.check(now, CODES_PER_DAY + 1, now).unwrap_err();
        assert!(error.to_string().ends_with("in 24 hours"), "{error}");
        assert_eq!(error.wait(), Some(Duration::from_hours(24)));
    }

    #[test]
    fn accounts_are_the_same_whatever_the_case() {
        assert_eq!(Subject::account("ADA"), Subject::account("ada"));
        assert_ne!(Subject::account("ada"), Subject::account("bob"));
    }

    #[test]
    fn an_ipv6_network_counts_as_one() {
        let subject = |text: &str| Subject::address(text.parse().unwrap());
        assert_eq!(subject("2001:db8:1:2::1"), subject("2001:db8:1:2:ffff::9"));
        assert_ne!(subject("2001:db8:1:2::1"), subject("2001:db8:1:3::1"));
        assert_eq!(subject("::ffff:10.0.0.1"), subject("10.0.0.1"));
    }
}
