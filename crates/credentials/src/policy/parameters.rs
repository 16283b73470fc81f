//! Whether a rule lets a request through with what it carries.

use std::{borrow::Cow, time::Duration};

use serde_json::{Map, Value};

use super::{Capability, permissions::Permissions};
use crate::Operation;

const ANY: &str = "*";

impl Permissions {
    /// Whether they give the operation, with these parameters and this wrapping of the answer.
    pub(super) fn allow(
        &self,
        operation: Operation,
        parameters: &Map<String, Value>,
        wrap_ttl: Option<Duration>,
    ) -> bool {
        let capability = match operation {
            Operation::Read | Operation::Header => Capability::Read,
            Operation::List => Capability::List,
            Operation::Create => Capability::Create,
            Operation::Update => Capability::Update,
            Operation::Patch => Capability::Patch,
            Operation::Delete => Capability::Delete,
            Operation::Help => return true,
        };
        self.capabilities.holds(capability)
            && self.allow_wrapping(wrap_ttl)
            && match operation {
                Operation::List => self.allow_page(parameters),
                Operation::Delete => true,
                _ => self.allow_parameters(parameters),
            }
    }

    fn allow_wrapping(&self, ttl: Option<Duration>) -> bool {
        let (min, max) = (self.min_wrapping_ttl, self.max_wrapping_ttl);
        match ttl {
            None => min.is_zero() && max.is_zero(),
            Some(ttl) => ttl >= min && (max.is_zero() || ttl <= max),
        }
    }

    fn allow_parameters(&self, parameters: &Map<String, Value>) -> bool {
        if !self.required.iter().all(|name| parameters.contains_key(name)) {
            return false;
        }
        if parameters.is_empty() {
            return true;
        }
        if self.denied.contains_key(ANY) {
            return false;
        }
        parameters.iter().all(|(name, value)| {
            let name = lower_cased(name);
            !self.denies(&name, value) && self.allows(&name, value)
        })
    }

    fn denies(&self, name: &str, value: &Value) -> bool {
        let Some(denied) = self.denied.get(name) else { return false };
        let one_of = |value| denied.iter().any(|denied| is_meant(denied, value));
        // Whoever denies a value denies it in a list, too.
        let in_list = || value.as_array().is_some_and(|values| values.iter().any(one_of));
        denied.is_empty() || one_of(value) || in_list()
    }

    fn allows(&self, name: &str, value: &Value) -> bool {
        match self.allowed.get(name) {
            Some(allowed) => {
                allowed.is_empty() || allowed.iter().any(|allowed| is_meant(allowed, value))
            }
            None => self.allowed.is_empty() || self.allowed.contains_key(ANY),
        }
    }

    /// Who asks for more than a page is refused; `max` is as much as there may be.
    fn allow_page(&self, parameters: &Map<String, Value>) -> bool {
        if self.page_limit == 0 {
            return true;
        }
        match parameters.get("limit") {
            None => !self.required.contains("limit"),
            Some(Value::String(text)) if text == "max" => true,
            Some(Value::String(text)) => text.parse().is_ok_and(|limit| self.within(limit)),
            Some(limit) => limit.as_i64().is_some_and(|limit| self.within(limit)),
        }
    }

    fn within(&self, limit: i64) -> bool {
        u64::try_from(limit).is_ok_and(|limit| limit != 0 && limit <= self.page_limit)
    }
}

fn lower_cased(name: &str) -> Cow<'_, str> {
    if name.chars().any(char::is_uppercase) { name.to_lowercase().into() } else { name.into() }
}

/// Whether a value is the one that a policy means. Fields take a number for a text and the other
/// way round, so that both are compared as what they say.
fn is_meant(meant: &Value, value: &Value) -> bool {
    match (meant, value) {
        (Value::Number(meant), Value::Number(value)) => meant.as_f64() == value.as_f64(),
        (Value::String(meant), _) => text(value).is_some_and(|value| fits(meant, &value)),
        (_, Value::String(value)) => text(meant).is_some_and(|meant| meant == *value),
        _ => meant == value,
    }
}

fn text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(text.into()),
        Value::Number(number) => Some(number.to_string().into()),
        Value::Bool(value) => Some(value.to_string().into()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Whether a text fits one with `*` at either end. A lone `*` is a text like any other.
fn fits(meant: &str, value: &str) -> bool {
    if meant.len() < 2 {
        return meant == value;
    }
    match (meant.strip_prefix('*'), meant.strip_suffix('*')) {
        (Some(rest), Some(_)) => value.contains(rest.strip_suffix('*').unwrap_or(rest)),
        (Some(end), None) => value.ends_with(end),
        (None, Some(start)) => value.starts_with(start),
        (None, None) => meant == value,
    }
}
