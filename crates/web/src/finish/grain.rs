//! Answers that must not tell what is there are given at certain instants only.
//!
//! To look for something takes longer when it is there and may not be seen than when it is not
//! there: more is asked of the database. The answers are the same to the letter; here they become
//! the same in time, too, as long as both are found within one grain.

use std::time::Duration;

use http::StatusCode;
use tokio::time::Instant;

/// Such answers leave a multiple of this after the request has come in. Several times what the
/// slower way takes on a small machine, and less than a person or Terraform notices: few requests
/// of theirs find nothing.
const GRAIN: Duration = Duration::from_millis(8);

/// Waits, if the answer could be about something hidden: what is not found by its address, and what
/// a document names in vain.
pub(super) async fn hold(path: &str, status: StatusCode, started: Instant) {
    let about_something = path.starts_with("/api/") || path.starts_with("/app/");
    let telling = matches!(status, StatusCode::NOT_FOUND | StatusCode::UNPROCESSABLE_ENTITY);
    if about_something && telling {
        tokio::time::sleep_until(started + rounded_up(started.elapsed())).await;
    }
}

/// The next multiple of the grain after this.
fn rounded_up(elapsed: Duration) -> Duration {
    let grains = elapsed.as_nanos() / GRAIN.as_nanos() + 1;
    GRAIN.saturating_mul(u32::try_from(grains).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_within_a_grain_ends_with_it() {
        for (micros, grains) in [(0, 1), (1, 1), (7_999, 1), (8_000, 2), (8_001, 2), (80_000, 11)] {
            assert_eq!(rounded_up(Duration::from_micros(micros)), GRAIN * grains, "{micros}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_could_be_hidden_waits() {
        for (path, status, waits) in [
            ("/api/v2/workspaces/ws-0000000000000000", 404, true),
            ("/app/acme/workspaces", 404, true),
            ("/api/v2/organizations/acme/workspaces", 422, true),
            ("/api/v2/organizations/acme/workspaces", 200, false),
            ("/api/v2/organizations/acme", 403, false),
            ("/assets/nothing", 404, false),
        ] {
            let started = Instant::now();
            tokio::time::sleep(Duration::from_micros(300)).await;
            let before = started.elapsed();
            hold(path, StatusCode::from_u16(status).unwrap(), started).await;
            let expected = if waits { GRAIN } else { before };
            assert_eq!(started.elapsed(), expected, "{path} {status}");
        }
    }
}
