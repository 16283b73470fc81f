//! Why identities of CI jobs were refused, in the log: a few a minute, so that whoever sends
//! nonsense does not fill it, and how many were left out.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use kernel::{Context, Timestamp};

const WINDOW: Duration = Duration::from_mins(1);
const MOST: u32 = 10;
/// How much of an issuer's name is logged, which is whatever somebody sent.
const MAX_ISSUER: usize = 200;

/// How many were logged lately.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Mutex<Lately>);

#[derive(Debug, Default)]
struct Lately {
    since: Option<Timestamp>,
    logged: u32,
    left_out: u64,
}

impl Lately {
    /// Whether one more is to be logged, and how many were left out before it.
    fn admit(&mut self, now: Timestamp) -> Option<u64> {
        if self.since.is_none_or(|since| now.since(since) >= WINDOW) {
            *self = Self { since: Some(now), logged: 0, left_out: self.left_out };
        }
        if self.logged >= MOST {
            self.left_out += 1;
            return None;
        }
        self.logged += 1;
        Some(std::mem::take(&mut self.left_out))
    }
}

impl Refusals {
    /// Notes that an identity was refused, and why.
    pub(crate) fn note(&self, context: &Context, issuer: Option<&str>, reason: &impl fmt::Display) {
        let admitted = self.0.lock().unwrap_or_else(PoisonError::into_inner).admit(context.now);
        let Some(left_out) = admitted else { return };
        let issuer: Option<String> = issuer.map(|issuer| issuer.chars().take(MAX_ISSUER).collect());
        tracing::warn!(
            request.id = %context.request_id,
            address = context.address.map(tracing::field::display),
            issuer = ?issuer,
            %reason,
            left_out,
            "the identity of a CI job was refused"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_counted_and_not_logged() {
        let mut lately = Lately::default();
        let at = |seconds| Timestamp::from_micros(0).plus(Duration::from_secs(seconds));
        for _ in 0..MOST {
            assert_eq!(lately.admit(at(0)), Some(0));
        }
        for _ in 0..25 {
            assert_eq!(lately.admit(at(59)), None);
        }
        assert_eq!(lately.admit(at(60)), Some(25));
        assert_eq!(lately.admit(at(61)), Some(0));
    }
}
