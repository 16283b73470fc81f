//! How often a mount lets logging in fail: `user_lockout_config`.

use std::time::Duration;

use kernel::Timestamp;
use serde_json::{Map, Value, json};

use crate::{duration, fault::Fault, framework::parse_bool, mount::Mount};

/// What a mount's settings keep it under.
pub(crate) const CONFIG: &str = "user_lockout_config";
/// How often one name may fail, unless the mount says otherwise.
const FAILURES: i64 = 5;
/// For how long a name is locked then, and failures count, unless the mount says otherwise.
const WINDOW: Duration = Duration::from_mins(15);
/// Failures are not remembered for longer.
pub(crate) const LONGEST_WINDOW: Duration = Duration::from_hours(24);
/// The ways to log in with something that could be guessed.
const KINDS: [&str; 2] = ["userpass", "approle"];

/// What a mount allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    /// How often one name may fail.
    pub(super) failures: i64,
    /// For how long it is locked then.
    pub(super) locked_for: Duration,
    /// For how long failures count.
    pub(super) counted_for: Duration,
    off: bool,
}

impl Default for Rule {
    fn default() -> Self {
        Self { failures: FAILURES, locked_for: WINDOW, counted_for: WINDOW, off: false }
    }
}

impl Rule {
    /// What holds at a mount; none: nobody is locked out.
    pub(crate) fn of(mount: &Mount) -> Option<Self> {
        let rule = Self::kept(mount.settings.get(CONFIG));
        (!rule.off && rule.failures > 0).then_some(rule)
    }

    /// Whether so many failures, the last of them then, keep somebody out.
    pub(super) fn locks(&self, failures: i64, last: Timestamp, now: Timestamp) -> bool {
        failures >= self.failures && now.since(last) < self.locked_for
    }

    fn kept(config: Option<&Value>) -> Self {
        let seconds = |name: &str| Some(Duration::from_secs(config?.get(name)?.as_u64()?));
        let number = config.and_then(|config| config.get("user_lockout_threshold"));
        let off = config.and_then(|config| config.get("user_lockout_disable"));
        Self {
            failures: number.and_then(Value::as_i64).unwrap_or(FAILURES),
            locked_for: seconds("user_lockout_duration").unwrap_or(WINDOW),
            counted_for: seconds("user_lockout_counter_reset_duration").unwrap_or(WINDOW),
            off: off.and_then(Value::as_bool).unwrap_or(false),
        }
    }

    /// What a mount keeps that is told something new.
    pub(crate) fn tuned(mount: &Mount, given: &Map<String, Value>) -> Result<Value, Fault> {
        if !KINDS.contains(&mount.r#type.as_str()) {
            return Err(Fault::refused(format!(
                "tuning of user lockout configuration for auth type {:?} not allowed",
                mount.r#type
            )));
        }
        let mut rule = Self::kept(mount.settings.get(CONFIG));
        let wrong = |name: &str| Fault::refused(format!("{name} can't be read"));
        if let Some(value) = given.get("lockout_threshold") {
            let number = match value {
                Value::String(text) => text.parse().ok(),
                value => value.as_i64(),
            };
            let number = number.filter(|number| *number >= 0);
            rule.failures = number.ok_or_else(|| wrong("lockout_threshold"))?;
        }
        for (name, kept) in [
            ("lockout_duration", &mut rule.locked_for),
            ("lockout_counter_reset_duration", &mut rule.counted_for),
        ] {
            let Some(value) = given.get(name) else { continue };
            let length = duration::parse(value).map_err(|_| wrong(name))?;
            *kept = length.unwrap_or(WINDOW).min(LONGEST_WINDOW);
        }
        if let Some(value) = given.get("lockout_disable") {
            let off = match value {
                Value::String(word) => parse_bool(word),
                value => value.as_bool(),
            };
            rule.off = off.ok_or_else(|| wrong("lockout_disable"))?;
        }
        Ok(json!({
            "user_lockout_counter_reset_duration": rule.counted_for.as_secs(),
            "user_lockout_disable": rule.off,
            "user_lockout_duration": rule.locked_for.as_secs(),
            "user_lockout_threshold": rule.failures,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_as_usual() {
        assert_eq!(Rule::kept(None), Rule::default());
        let kept = json!({ "user_lockout_threshold": 3, "user_lockout_duration": 60 });
        let rule = Rule::kept(Some(&kept));
        assert_eq!((rule.failures, rule.locked_for), (3, Duration::from_mins(1)));
        assert_eq!((rule.counted_for, rule.off), (WINDOW, false));
    }
}
