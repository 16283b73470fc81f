//! How often signing in may fail: per account, so that nobody guesses on and on, and per address,
//! so that nobody tries one password on everybody.

use std::{net::IpAddr, time::Duration};

use barrier::{hex, sha256};
use kernel::{Error, Kind, Timestamp};

use crate::names::fold;

/// How long failures count.
pub(crate) const WINDOW: Duration = Duration::from_mins(15);

const PER_ACCOUNT: u64 = 10;
const PER_ADDRESS: u64 = 50;

/// What attempts are counted for: the row's key, and how many may fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) key: String,
    limit: u64,
}

impl Subject {
    /// An account: its id, or what was typed if there is none. Hashed, since people type passwords
    /// into the wrong field, and texts of any length.
    pub(crate) fn account(login: &str) -> Self {
        Self { key: format!("account:{}", hex(sha256(fold(login)))), limit: PER_ACCOUNT }
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
        Self { key, limit: PER_ADDRESS }
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
        let wait = window_started_at.plus(WINDOW).since(now);
        Err(Error::new(
            Kind::TooManyRequests,
            format!("too many failed attempts to sign in; try again in {}", words(wait)),
        ))
    }
}

/// Minutes, rounded up: nobody comes back too early.
fn words(wait: Duration) -> String {
    match wait.as_secs().div_ceil(60).max(1) {
        1 => "1 minute".to_owned(),
        minutes => format!("{minutes} minutes"),
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
