//! Go's notation of durations, read and written.

use std::{fmt, time::Duration};

use super::{DurationError, shortened};

const UNITS: [(&str, i64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];
/// More digits after the point say nothing: an hour has 13 digits of nanoseconds.
const DIGITS: u32 = 18;

/// Reads a sign and numbers with units into nanoseconds.
pub(super) fn parse(text: &str) -> Result<i64, DurationError> {
    let invalid = || DurationError::Invalid(shortened(text));
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total = 0_i64;
    while !rest.is_empty() {
        let (whole, after) = digits(rest);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => digits(after),
            None => ("", after),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(invalid());
        }
        let whole = number(whole).ok_or_else(invalid)?;
        let end = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, after) = after.split_at_checked(end).unwrap_or((after, ""));
        if unit.is_empty() {
            return Err(DurationError::MissingUnit(shortened(text)));
        }
        let nanoseconds =
            UNITS.iter().find(|(name, _)| *name == unit).map(|(_, nanoseconds)| *nanoseconds);
        let nanoseconds = nanoseconds.ok_or_else(|| DurationError::UnknownUnit {
            unit: shortened(unit),
            text: shortened(text),
        })?;
        let part = part(whole, fraction, nanoseconds).ok_or_else(invalid)?;
        total = total.checked_add(part).ok_or_else(invalid)?;
        rest = after;
    }
    Ok(if negative { -total } else { total })
}

/// The digits that a text begins with, and what follows them.
fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn number(digits: &str) -> Option<i64> {
    if digits.is_empty() { Some(0) } else { digits.parse().ok() }
}

fn part(whole: i64, fraction: &str, unit: i64) -> Option<i64> {
    let (mut numerator, mut scale) = (0_i128, 1_i128);
    for digit in fraction.bytes().take(DIGITS as usize) {
        numerator = numerator * 10 + i128::from(digit.wrapping_sub(b'0'));
        scale *= 10;
    }
    let fraction = i128::from(unit) * numerator / scale;
    i64::try_from(i128::from(whole) * i128::from(unit) + fraction).ok()
}

/// A duration as people read it in Go's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Printed(pub Duration);

impl Printed {
    /// Without the parts at the end that are zero: `1h` for `1h0m0s`.
    pub fn short(self) -> String {
        let long = self.to_string();
        let short = match long.strip_suffix("m0s") {
            Some(start) => format!("{start}m"),
            None => long,
        };
        match short.split_once("h0m") {
            Some((hours, rest)) => format!("{hours}h{rest}"),
            None => short,
        }
    }
}

impl fmt::Display for Printed {
    /// Like Go: `1h0m0s`, `1m30s`, `1.5s`, `20ms`, `0s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanoseconds) = (self.0.as_secs(), self.0.subsec_nanos());
        if seconds == 0 {
            return match nanoseconds {
                0 => f.write_str("0s"),
                1..1_000 => write!(f, "{nanoseconds}ns"),
                1_000..1_000_000 => decimal(f, nanoseconds.into(), 3, "\u{b5}s"),
                _ => decimal(f, nanoseconds.into(), 6, "ms"),
            };
        }
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
        if hours > 0 {
            write!(f, "{hours}h")?;
        }
        if seconds >= 60 {
            write!(f, "{minutes}m")?;
        }
        decimal(f, seconds % 60 * 1_000_000_000 + u64::from(nanoseconds), 9, "s")
    }
}

/// Writes `number` with the point before its last `places` digits, without zeros at the end.
fn decimal(f: &mut fmt::Formatter<'_>, number: u64, places: u32, unit: &str) -> fmt::Result {
    let scale = 10_u64.pow(places);
    write!(f, "{}", number / scale)?;
    let rest = number % scale;
    if rest > 0 {
        let digits = format!("{rest:0width$}", width = places as usize);
        write!(f, ".{}", digits.trim_end_matches('0'))?;
    }
    f.write_str(unit)
}
