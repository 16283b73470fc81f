//! Time-based one-time passwords (RFC 6238 over RFC 4226): SHA-1, six digits, half a minute, which
//! is what every authenticator app computes.

use barrier::{constant_time_equal, hmac_sha1};
use kernel::Timestamp;

/// How long a code is shown, in seconds.
pub(crate) const PERIOD: i64 = 30;
/// How many digits a code has.
pub(crate) const DIGITS: usize = 6;
/// How far the device's clock may be off, in steps.
const DRIFT: i64 = 1;
const MODULUS: u32 = 1_000_000;

/// The step of an instant.
pub(crate) const fn step(now: Timestamp) -> i64 {
    now.as_seconds().div_euclid(PERIOD)
}

/// The code of a step.
pub(crate) fn code(secret: &[u8], step: i64) -> String {
    format!("{:0DIGITS$}", truncated(secret, step) % MODULUS)
}

/// The 31 bits that a step's code is made of ("dynamic truncation").
fn truncated(secret: &[u8], step: i64) -> u32 {
    let mac = hmac_sha1(secret, step.to_be_bytes());
    let offset = usize::from(mac.last().copied().unwrap_or_default() & 15);
    let number = mac.iter().skip(offset).take(4).fold(0, |all, byte| all << 8 | u32::from(*byte));
    number & 0x7fff_ffff
}

/// The step whose code was typed, if it is one of now and newer than the last one that was taken.
/// Every step is looked at, so that the time taken says nothing.
pub(crate) fn accepted_step(
    secret: &[u8],
    typed: &str,
    now: Timestamp,
    last_step: i64,
) -> Option<i64> {
    let (current, typed) = (step(now), digits(typed));
    let mut accepted = None;
    for step in current - DRIFT..=current + DRIFT {
        if constant_time_equal(code(secret, step), &typed) && step > last_step {
            accepted = Some(step);
        }
    }
    accepted
}

/// What was typed, without the space that apps show in the middle.
fn digits(typed: &str) -> String {
    typed.chars().filter(|character| !character.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B: the SHA-1 rows, of which six digits are kept.
        for (seconds, expected) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let step = step(Timestamp::from_micros(seconds * 1_000_000));
            assert_eq!(code(SECRET, step), expected[2..], "{seconds}");
            assert_eq!(format!("{:08}", truncated(SECRET, step) % 100_000_000), expected);
        }
    }

    #[test]
    fn counters_are_those_of_the_standard() {
        // RFC 4226, appendix D.
        let expected = [
            "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583",
            "399871", "520489",
        ];
        for (step, expected) in (0..).zip(expected) {
            assert_eq!(code(SECRET, step), expected);
        }
    }

    #[test]
    fn a_code_is_taken_one_step_early_or_late_and_once() {
        let now = Timestamp::from_micros(1_700_000_010_000_000);
        let current = step(now);
        for (offset, expected) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let typed = code(SECRET, current + offset);
            let accepted = accepted_step(SECRET, &typed, now, 0);
            assert_eq!(accepted, expected.then_some(current + offset), "{offset}");
        }
        let typed = code(SECRET, current);
        let (start, end) = typed.split_at(3);
        let spaced = accepted_step(SECRET, &format!(" {start} {end}\n"), now, 0);
        assert_eq!(spaced, Some(current));
        assert_eq!(accepted_step(SECRET, &typed, now, current), None);
        // The code before one that was taken is gone with it.
        assert_eq!(accepted_step(SECRET, &code(SECRET, current - 1), now, current), None);
        let next = accepted_step(SECRET, &code(SECRET, current + 1), now, current);
        assert_eq!(next, Some(current + 1));
        let later = now.plus(Duration::from_mins(1));
        assert_eq!(accepted_step(SECRET, &typed, later, 0), None);
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let now = Timestamp::from_micros(1_700_000_000_000_000);
        let right = code(SECRET, step(now));
        for typed in ["", "0", "1234567", "12345", "abcdef", "１２３４５６", &right[1..]] {
            assert_eq!(accepted_step(SECRET, typed, now, 0), None, "{typed}");
        }
        assert_eq!(accepted_step(b"another secret", &right, now, 0), None);
    }
}
