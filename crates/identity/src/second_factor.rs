//! A second factor: a device that knows a secret and shows another code every half minute
//! (RFC 6238), and recovery codes for when it is lost.
//!
//! What holds:
//! - The secret is sealed; the recovery codes are kept as keyed hashes, and each works once.
//! - A code works once, and none works that is older than one that was taken.
//! - Nothing is kept before a first code has shown that the device knows the secret: until then the
//!   secret travels, sealed, in the form that asks for the code.

pub(crate) mod enrolment;
pub(crate) mod recovery;
pub(crate) mod ticket;
pub(crate) mod totp;

use barrier::Barrier;
use kernel::{Result, Timestamp, UserId};

pub use enrolment::Enrolment;
pub use ticket::Stage;

/// A person's second factor, as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct SecondFactor {
    pub(crate) user: UserId,
    pub(crate) sealed: Vec<u8>,
    /// The newest step of which a code was taken.
    pub(crate) last_step: i64,
    pub(crate) created_at: Timestamp,
}

impl SecondFactor {
    /// A new one, whose first code was of `step`.
    pub(crate) fn new(
        barrier: &Barrier,
        user: UserId,
        secret: &[u8],
        step: i64,
        now: Timestamp,
    ) -> Result<Self> {
        let sealed = barrier.system_key().seal(place(user).as_bytes(), secret)?;
        Ok(Self { user, sealed, last_step: step, created_at: now })
    }

    /// The step whose code was typed, if it is good at `now`.
    pub(crate) fn accepted_step(
        &self,
        barrier: &Barrier,
        typed: &str,
        now: Timestamp,
    ) -> Result<Option<i64>> {
        let secret = barrier.system_key().open(place(self.user).as_bytes(), &self.sealed)?;
        Ok(totp::accepted_step(&secret, typed, now, self.last_step))
    }
}

/// The place that a secret is sealed for.
fn place(user: UserId) -> String {
    format!("second_factors:{user}")
}

/// What a person sees of their own second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondFactorStatus {
    /// Since when it is asked for.
    pub since: Timestamp,
    /// How many recovery codes are left.
    pub recovery_codes: u64,
}
