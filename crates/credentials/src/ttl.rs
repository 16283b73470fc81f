//! How long a token or a lease is good for, decided without input or output.
//!
//! The system has a default and a maximum; a mount may set its own, also larger ones. A role's or a
//! token's maximum only makes it less. The maximum counts from when the thing was first issued,
//! however often it is renewed; an increment sets what remains, it does not add to it.

#[cfg(test)]
mod tests;

use std::time::Duration;

use kernel::Timestamp;

use crate::duration::{Printed, whole_seconds};

/// What a system or a mount gives, and at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// What is given to whoever asks for nothing.
    pub default: Duration,
    /// The most that is given.
    pub max: Duration,
}

impl Limits {
    /// What holds where nobody has said anything: 32 days.
    pub const SYSTEM: Self =
        Self { default: Duration::from_hours(768), max: Duration::from_hours(768) };

    /// These limits with those that a mount has set; zero is not set.
    #[must_use]
    pub fn tuned(self, default: Duration, max: Duration) -> Self {
        Self { default: either(default, self.default), max: either(max, self.max) }
    }
}

/// What is asked for. Of the durations, zero is as if it were not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What the caller wants, when renewing or in the request for a token.
    pub increment: Duration,
    /// What the role gives.
    pub ttl: Duration,
    /// What each renewal gives, however long ago the thing was issued.
    pub period: Duration,
    /// The most that the role gives.
    pub max: Duration,
    /// The most that this very token gets, whatever its period.
    pub explicit_max: Duration,
    /// When it was first issued: now, unless it is renewed.
    pub issued_at: Timestamp,
    /// The present instant.
    pub now: Timestamp,
}

impl Asked {
    /// Nothing in particular, for something that is issued now.
    pub const fn nothing(now: Timestamp) -> Self {
        Self {
            increment: Duration::ZERO,
            ttl: Duration::ZERO,
            period: Duration::ZERO,
            max: Duration::ZERO,
            explicit_max: Duration::ZERO,
            issued_at: now,
            now,
        }
    }
}

/// What is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// For how long from now, in whole seconds, and never zero.
    pub ttl: Duration,
    /// Until when: never after the end that its maximum sets.
    pub expires_at: Timestamp,
    /// What the answer tells the caller who gets less than was asked for.
    pub warnings: Vec<String>,
}

/// Why nothing is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TtlError {
    /// It has lived as long as it may.
    #[error("past the max TTL, cannot renew")]
    PastMax,
    /// There is no time that could be given.
    #[error("max TTL must be greater than zero")]
    NoMax,
}

/// Decides for how long something is good from now on.
pub fn grant(limits: Limits, asked: &Asked) -> Result<Grant, TtlError> {
    let max = [asked.max, asked.explicit_max]
        .into_iter()
        .map(whole_seconds)
        .filter(|max| !max.is_zero())
        .fold(whole_seconds(limits.max), Duration::min);
    if max.is_zero() {
        return Err(TtlError::NoMax);
    }
    let mut warnings = Vec::new();
    let period = whole_seconds(asked.period);
    let (wanted, longest) = if period.is_zero() {
        (either(asked.increment, either(asked.ttl, limits.default)), max)
    } else {
        if period > max {
            warnings.push(capped("period", period, max));
        }
        (period.min(max), whole_seconds(asked.explicit_max))
    };
    if longest.is_zero() {
        return Ok(Grant { ttl: wanted, expires_at: asked.now.plus(wanted), warnings });
    }
    // With the clock set back, what is left is not more than there ever was.
    let elapsed = asked.now.as_seconds().saturating_sub(asked.issued_at.as_seconds());
    let elapsed = Duration::from_secs(u64::try_from(elapsed).unwrap_or(0));
    let left = longest.saturating_sub(elapsed);
    if left.is_zero() {
        return Err(TtlError::PastMax);
    }
    let wanted = either(wanted, left);
    if wanted > left {
        warnings.push(capped("TTL", wanted, left));
    }
    let ttl = wanted.min(left);
    let end = asked.issued_at.plus(longest);
    Ok(Grant { ttl, expires_at: asked.now.plus(ttl).min(end), warnings })
}

fn either(first: Duration, second: Duration) -> Duration {
    let first = whole_seconds(first);
    if first.is_zero() { whole_seconds(second) } else { first }
}

fn capped(what: &str, wanted: Duration, max: Duration) -> String {
    format!(
        "{what} of {:?} exceeded the effective max_ttl of {:?}; {what} value is capped accordingly",
        Printed(wanted).short(),
        Printed(max).short(),
    )
}
