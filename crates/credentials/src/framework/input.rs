//! What a request gives to a path's fields: read weakly, as Vault's framework reads them.

#[cfg(test)]
mod tests;

use std::time::Duration;

use serde_json::{Map, Value};

use super::{Field, FieldKind};
use crate::{duration, fault::Fault};

/// The values that a request gives to a path's fields. What is null is nothing of its kind, such
/// as an empty text; but a length of time that is null is not there.
#[derive(Clone, Debug, Default)]
pub struct Input {
    fields: &'static [Field],
    values: Map<String, Value>,
    replaced: Vec<&'static str>,
}

impl Input {
    /// The fields of a path, given what the pattern captured and the body. What is captured
    /// counts over what the body says.
    pub fn new(
        fields: &'static [Field],
        captured: &[(&'static str, String)],
        mut body: Map<String, Value>,
    ) -> Self {
        let is_length = |name: &str| {
            fields.iter().any(|field| field.name == name && field.kind == FieldKind::Duration)
        };
        body.retain(|name, value| !value.is_null() || !is_length(name));
        let mut replaced = Vec::new();
        for (name, value) in captured {
            if body.insert((*name).to_owned(), Value::String(value.clone())).is_some() {
                replaced.push(*name);
            }
        }
        Self { fields, values: body, replaced }
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

    /// The names that both the path and the body gave a value to.
    pub fn replaced(&self) -> &[&'static str] {
        &self.replaced
    }

    /// The same with the path's own fields alone.
    #[must_use]
    pub fn known(&self) -> Self {
        let mut known = self.clone();
        known.values.retain(|name, _| self.fields.iter().any(|field| field.name == name));
        known
    }

    /// All that was given.
    pub const fn values(&self) -> &Map<String, Value> {
        &self.values
    }

    fn kind(&self, name: &str) -> FieldKind {
        let field = self.fields.iter().find(|field| field.name == name);
        field.map_or(FieldKind::Text, |field| field.kind)
    }

    /// Whether every field can be read as what it is: all at once, before anything is done.
    pub fn check(&self) -> Result<(), Fault> {
        for Field { name, kind, .. } in self.fields {
            match kind {
                FieldKind::Text | FieldKind::LowerText => self.text(name).map(drop),
                FieldKind::Integer => self.integer(name).map(drop),
                FieldKind::Boolean => self.boolean(name).map(drop),
                FieldKind::Duration => self.duration(name).map(drop),
                FieldKind::Map => self.map(name).map(drop),
                FieldKind::Pairs => self.pairs(name).map(drop),
                FieldKind::Texts | FieldKind::List => self.texts(name).map(drop),
            }?;
        }
        Ok(())
    }

    /// A text.
    pub fn text(&self, name: &str) -> Result<Option<String>, Fault> {
        let Some(value) = self.values.get(name) else { return Ok(None) };
        let text = match value {
            Value::Null => String::new(),
            value => weak_text(value).ok_or_else(|| mismatch(name, "string", value))?,
        };
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
            Value::Null => Some(false),
            Value::Bool(value) => Some(*value),
            Value::Number(number) => {
                let number = number.as_i64().filter(|number| matches!(number, 0 | 1));
                let number = number.ok_or_else(|| unparsable(name, "bool", "ParseBool"))?;
                Some(number == 1)
            }
            Value::String(text) if text.is_empty() => Some(false),
            Value::String(text) => {
                Some(parse_bool(text).ok_or_else(|| unparsable(name, "bool", "ParseBool"))?)
            }
            _ => None,
        };
        read.map(Some).ok_or_else(|| mismatch(name, "bool", value))
    }

    /// A whole number.
    pub fn integer(&self, name: &str) -> Result<Option<i64>, Fault> {
        let Some(value) = self.values.get(name) else { return Ok(None) };
        let read = match value {
            Value::Null => Some(0),
            Value::Bool(value) => Some(i64::from(*value)),
            Value::Number(number) => number.as_i64(),
            Value::String(text) if text.is_empty() => Some(0),
            Value::String(text) => text.trim().parse().ok(),
            _ => return Err(mismatch(name, "int", value)),
        };
        read.map(Some).ok_or_else(|| unparsable(name, "int", "ParseInt"))
    }

    /// A length of time.
    pub fn duration(&self, name: &str) -> Result<Option<Duration>, Fault> {
        let Some(value) = self.values.get(name) else { return Ok(None) };
        duration::parse(value).map_err(|error| unreadable(name, &error.to_string()))
    }

    /// Texts.
    pub fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Fault> {
        let Some(value) = self.values.get(name) else { return Ok(None) };
        let items = match value {
            Value::Null => return Ok(Some(Vec::new())),
            Value::Array(items) => items.as_slice(),
            Value::String(text) if text.trim().is_empty() => return Ok(Some(Vec::new())),
            Value::String(text) if self.kind(name) != FieldKind::List => {
                return Ok(Some(text.split(',').map(|part| part.trim().to_owned()).collect()));
            }
            other => std::slice::from_ref(other),
        };
        let texts: Vec<String> = items.iter().filter_map(weak_text).collect();
        if texts.len() == items.len() { Ok(Some(texts)) } else { Err(no_texts(name, items)) }
    }

    /// Texts by name.
    pub fn pairs(&self, name: &str) -> Result<Option<Vec<(String, String)>>, Fault> {
        let Some(value) = self.values.get(name) else { return Ok(None) };
        let items = match value {
            Value::Null => return Ok(Some(Vec::new())),
            Value::Object(map) => {
                let pair = |(key, value): (&String, &Value)| Some((key.clone(), weak_text(value)?));
                let pairs: Option<_> = map.iter().map(pair).collect();
                return pairs.map(Some).ok_or_else(|| no_texts(name, std::slice::from_ref(value)));
            }
            Value::Array(items) => items.as_slice(),
            other => std::slice::from_ref(other),
        };
        let pair = |(position, item): (usize, &Value)| {
            let (key, value) =
                item.as_str().and_then(|text| text.split_once('=')).ok_or_else(|| {
                    let text = format!("invalid key pair at index {position} in field {name:?}");
                    unreadable(name, &text)
                })?;
            Ok((key.to_owned(), value.to_owned()))
        };
        items.iter().enumerate().map(pair).collect::<Result<_, Fault>>().map(Some)
    }

    /// A JSON object.
    pub fn map(&self, name: &str) -> Result<Option<&Map<String, Value>>, Fault> {
        match self.values.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(map)) => Ok(Some(map)),
            Some(other) => Err(mismatch(name, "map[string]interface {}", other)),
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
    let given = go_type(value);
    unreadable(name, &format!("'' expected type '{wanted}', got unconvertible type '{given}'"))
}

fn unparsable(name: &str, wanted: &str, function: &str) -> Fault {
    let text = format!("'' cannot parse value as '{wanted}': strconv.{function}: invalid syntax");
    unreadable(name, &text)
}

/// Every item that is no text, by its position.
fn no_texts(name: &str, items: &[Value]) -> Fault {
    let wrong = items.iter().enumerate().filter(|(_, item)| weak_text(item).is_none());
    let wrong = wrong.map(|(position, item)| {
        let given = go_type(item);
        format!("'[{position}]' expected type 'string', got unconvertible type '{given}'")
    });
    let wrong = wrong.collect::<Vec<_>>().join("\n");
    unreadable(name, &format!("decoding failed due to the following error(s):\n\n{wrong}"))
}

fn unreadable(name: &str, why: &str) -> Fault {
    Fault::Refused(format!("error converting input for field {name:?}: {why}"))
}

/// What Go calls a JSON value, which its error texts tell.
const fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "nil",
        Value::Bool(_) => "bool",
        Value::Number(_) => "json.Number",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}
