//! Durations as Vault's fields take them and as Go prints them.
//!
//! A field takes whole seconds (`3600` or `"3600"`), Go's notation (`"1h30m"`, `"1.5h"`, `"90s"`)
//! or days (`"2d"`). The wire counts in whole seconds, so a field's fractions are cut off.

mod go;
#[cfg(test)]
mod tests;

use std::{fmt::Write as _, time::Duration};

use serde_json::Value;

pub use go::Printed;

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;
/// How much of a wrong text an error repeats.
const SHOWN: usize = 100;

/// Why something is no duration. The texts are those that clients of Vault know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Not in Go's notation, or more than it can count.
    #[error("time: invalid duration {}", quoted(.0))]
    Invalid(String),
    /// A number that is not whole and has no unit.
    #[error("time: missing unit in duration {}", quoted(.0))]
    MissingUnit(String),
    /// A unit that Go does not know.
    #[error("time: unknown unit {} in duration {}", quoted(.unit), quoted(.text))]
    UnknownUnit {
        /// What stands where a unit should.
        unit: String,
        /// The whole text.
        text: String,
    },
    /// Days that are not a whole number.
    #[error("strconv.ParseInt: parsing {}: invalid syntax", quoted(.0))]
    Days(String),
    /// JSON that is neither a number nor a string.
    #[error("could not parse duration from input")]
    WrongType,
    /// More than 292 years.
    #[error("multiplication of durations resulted in overflow, one operand may be too large")]
    Overflow,
    /// Less than nothing, in whole seconds.
    #[error("cannot provide negative value '{0}'")]
    Negative(i64),
}

/// Reads a duration with its fraction of a second. Nothing is zero; less than nothing is refused.
pub fn parse_text(text: &str) -> Result<Duration, DurationError> {
    not_negative(nanoseconds(text)?)
}

/// Reads the duration that a field holds, in whole seconds; `null` is as if the field were absent.
pub fn parse(value: &Value) -> Result<Option<Duration>, DurationError> {
    let duration = match value {
        Value::Null => return Ok(None),
        Value::String(text) => parse_text(text)?,
        Value::Number(number) => match number.as_i64() {
            Some(seconds) => from_seconds(seconds)?,
            None => parse_text(&number.to_string())?,
        },
        Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            return Err(DurationError::WrongType);
        }
    };
    Ok(Some(whole_seconds(duration)))
}

/// So many seconds.
pub fn from_seconds(seconds: i64) -> Result<Duration, DurationError> {
    let nanoseconds = seconds.checked_mul(SECOND);
    not_negative(nanoseconds.ok_or(DurationError::Overflow)?)
}

/// A duration without its fraction of a second.
pub const fn whole_seconds(duration: Duration) -> Duration {
    Duration::from_secs(duration.as_secs())
}

/// Fractions of a second below zero round to zero, as they do on the wire.
fn not_negative(nanoseconds: i64) -> Result<Duration, DurationError> {
    match u64::try_from(nanoseconds) {
        Ok(nanoseconds) => Ok(Duration::from_nanos(nanoseconds)),
        Err(_) if nanoseconds > -SECOND => Ok(Duration::ZERO),
        Err(_) => Err(DurationError::Negative(nanoseconds / SECOND)),
    }
}

fn nanoseconds(text: &str) -> Result<i64, DurationError> {
    if text.is_empty() {
        return Ok(0);
    }
    let (count, unit) = match (text.parse::<i64>(), text.strip_suffix('d')) {
        (Ok(seconds), _) => (seconds, SECOND),
        (Err(_), Some(days)) => {
            (days.parse().map_err(|_| DurationError::Days(shortened(days)))?, DAY)
        }
        (Err(_), None) => return go::parse(text),
    };
    count.checked_mul(unit).ok_or(DurationError::Overflow)
}

fn shortened(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

/// Quotes as Go's `time` package does: everything but plain ASCII as bytes.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', byte.into()]),
            b' '..=b'\x7f' => quoted.push(byte.into()),
            _ => {
                let _ = write!(quoted, "\\x{byte:02x}");
            }
        }
    }
    quoted + "\""
}
