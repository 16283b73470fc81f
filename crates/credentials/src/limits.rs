//! What binds the API token of this server that somebody logged in with, and so whatever is made
//! for them of this server's API: it is good for no longer and from nowhere else.

use std::time::Duration;

use identity::{Networks, Presented};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::token::Token;

/// Where it stands in what a login keeps.
pub(crate) const KEPT: &str = "limits";
/// What stands for ever.
const FOR_EVER: u64 = u64::MAX;

/// What binds an API token. Nothing binds whoever came without one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Limits {
    /// For how many seconds it was made; none: there is no token.
    lifetime: Option<u64>,
    /// Where it may be used from, as CIDR with spaces between; empty: from anywhere.
    networks: String,
}

impl Limits {
    /// Of whoever logs in.
    pub(crate) fn of_presented(presented: &Presented) -> Self {
        let lifetime = presented.lifetime.map_or(FOR_EVER, |lifetime| lifetime.as_secs().max(1));
        Self { lifetime: presented.token.map(|_| lifetime), networks: presented.networks.text() }
    }

    /// Of whoever has a token of this side.
    pub(crate) fn of_token(token: Option<&Token>) -> Self {
        let kept = token.and_then(|token| token.login.get(KEPT)).cloned();
        kept.and_then(|kept| serde_json::from_value(kept).ok()).unwrap_or_default()
    }

    /// As a login keeps it.
    pub(crate) fn kept(&self) -> Value {
        json!(self)
    }

    /// For how long the API token was made, the longest for ever; none: there is none.
    pub(crate) fn lifetime(&self) -> Option<Duration> {
        self.lifetime.map(|seconds| match seconds {
            FOR_EVER => Duration::MAX,
            seconds => Duration::from_secs(seconds),
        })
    }

    /// For how long what is made may be good; none: as long as it likes.
    pub(crate) fn longest(&self) -> Option<Duration> {
        self.lifetime().filter(|lifetime| *lifetime != Duration::MAX)
    }

    /// The end of what is made now and would be good for so long.
    pub(crate) fn end(&self, now: Timestamp, length: Duration) -> Timestamp {
        now.plus(self.longest().map_or(length, |longest| longest.min(length)))
    }

    /// Where what is made may be used from.
    pub(crate) fn networks(&self) -> Networks {
        // What can't be read admits nobody, rather than everybody: the address of no machine.
        let nowhere = || Networks::parse("::/128").unwrap_or_default();
        Networks::parse(&self.networks).unwrap_or_else(nowhere)
    }

    /// What is within both; none if that is nowhere.
    pub(crate) fn and(&self, other: &Self) -> Option<Self> {
        let networks = self.networks().shared_with(&other.networks())?.text();
        let lifetime = match (self.lifetime, other.lifetime) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Some(Self { lifetime, networks })
    }

    /// Whether what is made within these is within others, too.
    pub(crate) fn are_within(&self, others: &Self) -> bool {
        let longest = |limits: &Self| limits.longest().unwrap_or(Duration::MAX);
        longest(self) <= longest(others) && self.networks().are_within(&others.networks())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(lifetime: Option<u64>, networks: &str) -> Limits {
        Limits { lifetime, networks: networks.to_owned() }
    }

    #[test]
    fn the_narrower_holds() {
        let table = [
            ((None, ""), (None, ""), Some((None, ""))),
            ((None, ""), (Some(60), "10.0.0.0/8"), Some((Some(60), "10.0.0.0/8"))),
            ((Some(FOR_EVER), ""), (Some(60), ""), Some((Some(60), ""))),
            ((Some(9), "10.0.0.0/8"), (Some(8), "10.1.0.0/16"), Some((Some(8), "10.1.0.0/16"))),
            ((None, "10.0.0.0/8"), (None, "11.0.0.0/8"), None),
        ];
        for (one, other, both) in table {
            let [one, other] = [one, other].map(|(lifetime, text)| limits(lifetime, text));
            let both = both.map(|(lifetime, text)| limits(lifetime, text));
            assert_eq!(one.and(&other), both);
            assert_eq!(other.and(&one), both);
            if let Some(both) = both {
                assert!(both.are_within(&one) && both.are_within(&other));
            }
        }
        assert!(!limits(None, "").are_within(&limits(Some(60), "")));
        assert!(!limits(Some(FOR_EVER), "").are_within(&limits(Some(60), "")));
        assert!(!limits(None, "").are_within(&limits(None, "10.0.0.0/8")));
        assert!(limits(Some(FOR_EVER), "").are_within(&limits(None, "")));
    }

    #[test]
    fn what_can_not_be_read_admits_nobody() {
        let broken = limits(None, "everywhere");
        assert!(
            !broken.networks().admit("127.0.0.1".parse().ok()) && !broken.networks().is_empty()
        );
    }
}
