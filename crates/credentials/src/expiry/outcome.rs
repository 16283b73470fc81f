//! What becomes of a lease that was to be revoked, and when what failed is tried again.

use std::time::Duration;

use db::Tx;
use identity::audit;
use kernel::{Context, Result, Timestamp};

use crate::{fault::Fault, lease::StoredLease, store};

/// How often a revocation may fail before it is given up.
pub(crate) const ATTEMPTS: i64 = 6;
const FIRST_WAIT: Duration = Duration::from_secs(10);
const LONGEST_ERROR: usize = 240;
const FIRST_LOOK: Duration = Duration::from_mins(5);
const LONGEST_LOOK: Duration = Duration::from_hours(6);

/// Removes a lease whose secret has ended.
pub(crate) fn gone(tx: &mut Tx<'_>, context: &Context, lease: &StoredLease) -> Result<()> {
    store::delete_lease(tx, &lease.id)?;
    let event = audit::Event::new("revoke", "credential-leases", &lease.id);
    audit::record(tx, context, &event)
}

/// Notes that a revocation failed: it is tried again later and later, and then given up.
pub(super) fn failed(
    tx: &mut Tx<'_>,
    lease: &StoredLease,
    fault: &Fault,
    now: Timestamp,
) -> Result<()> {
    let attempts = lease.attempts + 1;
    let next = (attempts < ATTEMPTS).then(|| now.plus(wait(attempts, jitter())));
    note_failure(tx, lease, fault, (attempts, next), now)
}

/// Notes that a revocation failed that somebody asked for and waited for. However often they ask,
/// that is one failure, and it is tried again soon, also if it had been given up.
pub(crate) fn failed_by_hand(
    tx: &mut Tx<'_>,
    lease: &StoredLease,
    fault: &Fault,
    now: Timestamp,
) -> Result<()> {
    let attempts = lease.attempts.clamp(1, ATTEMPTS - 1);
    let next = now.plus(wait(1, jitter()));
    note_failure(tx, lease, fault, (attempts, Some(next)), now)
}

fn note_failure(
    tx: &mut Tx<'_>,
    lease: &StoredLease,
    fault: &Fault,
    (attempts, next): (i64, Option<Timestamp>),
    now: Timestamp,
) -> Result<()> {
    let text: String = fault.sentence().chars().take(LONGEST_ERROR).collect();
    tracing::warn!(lease.id = lease.id, attempts, error = text, "a lease could not be revoked");
    store::fail_lease(tx, &lease.id, attempts, next, &text, now)
}

/// How long to wait after so many failures: twice as long each time, more or less by half.
/// `jitter` is between 0 and 1.
fn wait(attempts: i64, jitter: f64) -> Duration {
    let doublings = u32::try_from(attempts.clamp(1, 16)).unwrap_or(1);
    FIRST_WAIT.saturating_mul(1 << doublings).mul_f64(0.5 + jitter.clamp(0.0, 1.0))
}

/// How long until something is looked for again, after so many looks.
pub(super) fn until_next_look(attempts: i64) -> Duration {
    let doublings = u32::try_from(attempts.clamp(1, 16) - 1).unwrap_or(0);
    FIRST_LOOK.saturating_mul(1 << doublings).min(LONGEST_LOOK)
}

fn jitter() -> f64 {
    let [byte] = barrier::random_bytes::<1>();
    f64::from(byte) / f64::from(u8::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_scatter() {
        for (attempts, seconds) in [(1, 20), (2, 40), (3, 80), (4, 160), (5, 320)] {
            let middle = Duration::from_secs(seconds);
            assert_eq!(wait(attempts, 0.5), middle);
            assert!(wait(attempts, 0.0) >= middle / 2 && wait(attempts, 1.0) <= middle * 3 / 2);
        }
    }

    #[test]
    fn looks_become_rarer_but_never_end() {
        let minutes = [5, 10, 20, 40, 80, 160, 320, 360, 360];
        for (attempts, minutes) in (1..).zip(minutes) {
            assert_eq!(until_next_look(attempts), Duration::from_mins(minutes));
        }
        assert_eq!(until_next_look(i64::MAX), LONGEST_LOOK);
    }
}
