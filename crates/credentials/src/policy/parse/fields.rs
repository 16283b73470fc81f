//! What can stand about a path besides what it gives.

use std::{collections::BTreeMap, time::Duration};

use kernel::Timestamp;
use serde_json::Value as Json;

use crate::{
    duration,
    policy::{
        hcl::{Node, Value},
        permissions::{Parameters, Permissions},
    },
};

/// Every key that may stand about a path.
pub(super) const KNOWN: [&str; 13] = [
    "allowed_parameters",
    "capabilities",
    "comment",
    "control_group",
    "denied_parameters",
    "expiration",
    "list_scan_response_keys_filter_path",
    "max_wrapping_ttl",
    "mfa_methods",
    "min_wrapping_ttl",
    "pagination_limit",
    "policy",
    "required_parameters",
];

/// What is wrong, and where.
type Fault = (usize, String);

/// Reads a field into the permissions.
pub(super) fn read(permissions: &mut Permissions, name: &str, node: &Node) -> Result<(), Fault> {
    let at = node.at;
    match name {
        "allowed_parameters" => permissions.allowed = parameters(name, node)?,
        "denied_parameters" => permissions.denied = parameters(name, node)?,
        "required_parameters" => {
            let names =
                texts(node).map_err(|at| (at, format!("{name} must be a list of strings")))?;
            permissions.required = names.into_iter().map(|(_, name)| name.to_lowercase()).collect();
        }
        "min_wrapping_ttl" => permissions.min_wrapping_ttl = ttl(name, node)?,
        "max_wrapping_ttl" => permissions.max_wrapping_ttl = ttl(name, node)?,
        "pagination_limit" => {
            let limit = text(node).and_then(|text| text.parse().ok());
            permissions.page_limit =
                limit.ok_or_else(|| (at, format!("{name} must be a number of entries")))?;
        }
        // What would take something away is never silently left out.
        "control_group" | "mfa_methods" | "list_scan_response_keys_filter_path"
            if !is_empty(node) =>
        {
            return Err((at, format!("{name} is not enforced by this server; remove it")));
        }
        _ => {}
    }
    Ok(())
}

fn is_empty(node: &Node) -> bool {
    match &node.value {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        Value::List(nodes) => nodes.is_empty(),
        Value::Object(items) => items.is_empty(),
        Value::Bool(_) | Value::Integer(_) | Value::Float(_) => false,
    }
}

fn ttl(name: &str, node: &Node) -> Result<Duration, Fault> {
    let ttl = match &node.value {
        Value::Text(text) => duration::parse_text(text),
        Value::Integer(seconds) => duration::from_seconds(*seconds),
        Value::Float(seconds) => duration::parse_text(&format!("{seconds}s")),
        _ => Err(duration::DurationError::WrongType),
    };
    ttl.map_err(|error| (node.at, format!("error parsing {name}: {error}")))
}

/// An instant: RFC 3339, or seconds since 1970.
pub(super) fn instant(node: &Node) -> Result<Timestamp, &'static str> {
    let text = text(node).unwrap_or_default();
    let seconds =
        || Some(Timestamp::from_micros(text.parse::<i64>().ok()?.checked_mul(1_000_000)?));
    Timestamp::parse(&text)
        .or_else(seconds)
        .ok_or("invalid expiration time: could not parse string as date and time")
}

/// Lists of values by lower-cased names.
fn parameters(field: &str, node: &Node) -> Result<Parameters, Fault> {
    let Value::Object(items) = &node.value else {
        return Err((node.at, format!("{field} must be an object of lists")));
    };
    let mut parameters = BTreeMap::new();
    for item in items {
        let ([key], Value::List(nodes)) = (item.keys.as_slice(), &item.node.value) else {
            return Err((item.node.at, format!("{field} must hold lists, [] for any value")));
        };
        let values = nodes.iter().map(json).collect();
        if parameters.insert(key.name.to_lowercase(), values).is_some() {
            return Err((key.at, format!("{field} names {:?} twice", key.name)));
        }
    }
    Ok(parameters)
}

fn json(node: &Node) -> Json {
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(value) => (*value).into(),
        Value::Integer(value) => (*value).into(),
        Value::Float(value) => (*value).into(),
        Value::Text(value) => value.as_str().into(),
        Value::List(nodes) => nodes.iter().map(json).collect(),
        Value::Object(items) => {
            let pairs = items.iter().map(|item| {
                let keys: Vec<_> = item.keys.iter().map(|key| key.name.as_str()).collect();
                (keys.join(" "), json(&item.node))
            });
            Json::Object(pairs.collect())
        }
    }
}

/// A text, or a number as a text.
pub(super) fn text(node: &Node) -> Option<String> {
    match &node.value {
        Value::Text(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Null | Value::List(_) | Value::Object(_) => None,
    }
}

/// A list of texts with their places; or the place of what is none.
pub(super) fn texts(node: &Node) -> Result<Vec<(usize, String)>, usize> {
    let Value::List(nodes) = &node.value else { return Err(node.at) };
    let texts = nodes.iter().map(|node| Ok((node.at, text(node).ok_or(node.at)?)));
    texts.collect()
}
