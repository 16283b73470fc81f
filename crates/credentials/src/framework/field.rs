//! The fields of a path: read weakly, as Vault's framework reads them, and described in its help.

use std::time::Duration;

use serde_json::{Map, Value};

use crate::{duration, fault::Fault};

/// A field of a path: one that its pattern captures, or one of the body.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// How it is read.
    pub kind: FieldKind,
    /// What it means, for the help.
    pub description: &'static str,
}

/// How a field is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// A text. Numbers and booleans are turned into one.
    Text,
    /// A text in lower case.
    LowerText,
    /// A whole number.
    Integer,
    /// Yes or no.
    Boolean,
    /// A length of time.
    Duration,
    /// A JSON object.
    Map,
    /// Texts with texts: an object, or a list of `key=value`.
    Pairs,
    /// Texts: a list, or one text with commas.
    Texts,
}

impl FieldKind {
    /// What the help calls it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::LowerText => "lowercase string",
            Self::Integer => "int",
            Self::Boolean => "bool",
            Self::Duration => "duration (sec)",
            Self::Map => "map",
            Self::Pairs => "keypair",
            Self::Texts => "slice",
        }
    }
}

/// The values that a request gives to a path's fields. What is absent or null is not there.
#[derive(Clone, Debug, Default)]
pub struct Input {
    fields: &'static [Field],
    values: Map<String, Value>,
}

impl Input {
    /// The fields of a path, given what the pattern captured and the body. What is captured
    /// counts over what the body says.
    pub fn new(
        fields: &'static [Field],
        captured: &[(&'static str, String)],
        mut body: Map<String, Value>,
    ) -> Self {
        body.retain(|_, value| !value.is_null());
        for (name, value) in captured {
            body.insert((*name).to_owned(), Value::String(value.clone()));
        }
        Self { fields, values: body }
    }

    /// Whether a field was given.
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// The names that no field of the path has, sorted.
    pub fn unknown(&self) -> Vec<String> {
        let known = |name: &String| self.fields.iter().any(|field| field.name == name);
        let mut unknown: Vec<String> =
            self.values.keys().filter(|name| !known(name)).cloned().collect();
        unknown.sort();
        unknown
    }

    /// All that was given.
    pub const fn values(&self) -> &Map<String, Value> {
        &self.values
    }

    fn kind(&self, name: &str) -> FieldKind {
        let field = self.fields.iter().find(|field| field.name == name);
        field.map_or(FieldKind::Text, |field| field.kind)
    }

    /// A text.
    pub fn text(&self, name: &str) -> Result<Option<String>, Fault> {
        let Some(value) = self.values.get(name) else { return Ok(None) };
        let text = weak_text(value).ok_or_else(|| mismatch(name, "string", value))?;
        Ok(Some(match self.kind(name) {
            FieldKind::LowerText => text.to_lowercase(),
            _ => text,
        }))
    }

    /// A text, empty if it was not given.
    pub fn text_or_empty(&self, name: &str) -> Result<String, Fault> {
        Ok(self.text(name)?.unwrap_or_default())
    }

    /// Yes or no.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, Fault> {
        let Some(value) = self.values.get(name) else { return Ok(None) };
        let read = match value {
            Value::Bool(value) => Some(*value),
            Value::Number(number) => Some(number.as_f64() != Some(0.0)),
            Value::String(text) if text.is_empty() => Some(false),
            Value::String(text) => parse_bool(text),
            _ => None,
        };
        read.map(Some).ok_or_else(|| mismatch(name, "bool", value))
    }

    /// A whole number.
    pub fn integer(&self, name: &str) -> Result<Option<i64>, Fault> {
        let Some(value) = self.values.get(name) else { return Ok(None) };
        let read = match value {
            Value::Number(number) => number.as_i64(),
            Value::Bool(value) => Some(i64::from(*value)),
            Value::String(text) if text.is_empty() => Some(0),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        read.map(Some).ok_or_else(|| mismatch(name, "int", value))
    }

    /// A length of time.
    pub fn duration(&self, name: &str) -> Result<Option<Duration>, Fault> {
        let Some(value) = self.values.get(name) else { return Ok(None) };
        duration::parse(value).map_err(|error| {
            Fault::refused(format!(
                "Field validation failed: error converting input for field {name:?}: {error}"
            ))
        })
    }

    /// Texts.
    pub fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Fault> {
        let Some(value) = self.values.get(name) else { return Ok(None) };
        let texts = match value {
            Value::Array(items) => items.iter().map(weak_text).collect::<Option<Vec<_>>>(),
            Value::String(text) if text.trim().is_empty() => Some(Vec::new()),
            Value::String(text) => {
                Some(text.split(',').map(|part| part.trim().to_owned()).collect())
            }
            other => weak_text(other).map(|text| vec![text]),
        };
        texts.map(Some).ok_or_else(|| mismatch(name, "slice", value))
    }

    /// Texts by name.
    pub fn pairs(&self, name: &str) -> Result<Option<Vec<(String, String)>>, Fault> {
        let Some(value) = self.values.get(name) else { return Ok(None) };
        let pair = |item: &Value| {
            let (key, value) = item.as_str()?.split_once('=')?;
            Some((key.to_owned(), value.to_owned()))
        };
        let pairs = match value {
            Value::Object(map) => {
                map.iter().map(|(key, value)| Some((key.clone(), weak_text(value)?))).collect()
            }
            Value::Array(items) => items.iter().map(pair).collect(),
            Value::String(text) if text.is_empty() => Some(Vec::new()),
            single @ Value::String(_) => pair(single).map(|pair| vec![pair]),
            _ => None::<Vec<_>>,
        };
        pairs.map(Some).ok_or_else(|| mismatch(name, "keypair", value))
    }

    /// A JSON object.
    pub fn map(&self, name: &str) -> Result<Option<&Map<String, Value>>, Fault> {
        match self.values.get(name) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(map)),
            Some(other) => Err(mismatch(name, "map", other)),
        }
    }
}

fn weak_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(true) => Some("1".to_owned()),
        Value::Bool(false) => Some("0".to_owned()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The truth as Go reads it.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

fn mismatch(name: &str, wanted: &str, value: &Value) -> Fault {
    let given = match value {
        Value::Null => "nil",
        Value::Bool(_) => "bool",
        Value::Number(_) => "json.Number",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    };
    Fault::refused(format!(
        "Field validation failed: error converting input for field {name:?}: '' expected type \
         '{wanted}', got unconvertible type '{given}'"
    ))
}
