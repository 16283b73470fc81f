//! JSON to types, with errors that say where.

use std::{fmt, marker::PhantomData};

use kernel::{Error, Result};
use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeOwned, IgnoredAny, MapAccess, Visitor,
        value::{MapAccessDeserializer, MapDeserializer},
    },
};
use serde_json::{Map, Value, error::Category};
use serde_path_to_error::Segment;

use super::{JsonApi, LinkageItem, Relationships};

/// The longest message that is passed on; longer ones quote the client's own megabytes.
const MAX_MESSAGE: usize = 300;

#[derive(Deserialize)]
#[serde(bound(deserialize = "A: DeserializeOwned"))]
struct Envelope<A> {
    data: Object<ResourceObject<A>>,
}

#[derive(Deserialize)]
#[serde(bound(deserialize = "A: DeserializeOwned"))]
struct ResourceObject<A> {
    #[serde(rename = "type", default)]
    kind: Option<String>,
    #[serde(default)]
    id: Option<String>,
    attributes: Option<Object<A>>,
    relationships: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct ListEnvelope {
    data: Vec<Value>,
}

#[derive(Deserialize)]
struct Probe {
    data: Option<IgnoredAny>,
}

/// A JSON:API document with one resource.
pub(super) fn document<A: DeserializeOwned>(text: &[u8]) -> Result<JsonApi<A>> {
    if text.is_empty() {
        return Err(Error::bad_request("the body is empty; send a JSON:API document"));
    }
    let Object(resource) = object::<Envelope<A>>(text)?.data;
    let attributes = match resource.attributes {
        Some(Object(attributes)) => attributes,
        None => without_attributes()?,
    };
    Ok(JsonApi {
        kind: resource.kind,
        id: resource.id,
        attributes,
        relationships: Relationships::read(resource.relationships.unwrap_or_default())?,
    })
}

/// A JSON:API document, bare attributes, or nothing.
pub(super) fn optional_document<A: DeserializeOwned + Default>(text: &[u8]) -> Result<JsonApi<A>> {
    if text.is_empty() {
        return Ok(JsonApi::default());
    }
    if object::<Probe>(text)?.data.is_some() {
        return document(text);
    }
    Ok(JsonApi { attributes: object(text)?, ..JsonApi::default() })
}

/// A document whose data is a list.
pub(super) fn linkages(text: &[u8]) -> Result<Vec<LinkageItem>> {
    if text.is_empty() {
        return Err(Error::bad_request("the body is empty; send a JSON:API document"));
    }
    LinkageItem::read_all(object::<ListEnvelope>(text)?.data, "/data")
}

/// A JSON object.
pub(super) fn object<T: DeserializeOwned>(text: &[u8]) -> Result<T> {
    let error = match serde_json::from_slice::<Object<T>>(text) {
        Ok(Object(value)) => return Ok(value),
        Err(error) => error,
    };
    match error.classify() {
        Category::Data => Err(wrong_shape::<T>(text, &error)),
        Category::Syntax | Category::Eof | Category::Io => {
            Err(Error::bad_request(format!("the body is not valid JSON: {}", shortened(&error))))
        }
    }
}

/// Reads once more, this time keeping track of where we are.
fn wrong_shape<T: DeserializeOwned>(text: &[u8], error: &serde_json::Error) -> Error {
    let mut deserializer = serde_json::Deserializer::from_slice(text);
    match serde_path_to_error::deserialize::<_, Object<T>>(&mut deserializer) {
        Ok(_) => Error::invalid_at("", without_position(error)),
        Err(found) => at_field(pointer(found.path()), &without_position(found.inner())),
    }
}

/// Attributes that were not sent: fine if all of them may be absent.
fn without_attributes<A: DeserializeOwned>() -> Result<A> {
    let empty =
        MapDeserializer::<_, serde::de::value::Error>::new(std::iter::empty::<(&str, &str)>());
    A::deserialize(empty)
        .map_err(|error| at_field("/data/attributes".to_owned(), &error.to_string()))
}

/// A missing field is reported at its object; the pointer should name the field itself.
fn at_field(pointer: String, message: &str) -> Error {
    let missing = message
        .strip_prefix("missing field `")
        .and_then(|rest| rest.split_once('`'))
        .map(|(field, _)| format!("{pointer}/{}", escape(field)));
    match missing {
        Some(pointer) => Error::invalid_at(pointer, "is missing"),
        None => Error::invalid_at(pointer, in_plain_words(message)),
    }
}

/// What the parser says of a value of the wrong kind, without the names of our types.
fn in_plain_words(message: &str) -> String {
    let kinds =
        message.strip_prefix("invalid type: ").and_then(|kinds| kinds.split_once(", expected "));
    let Some((found, expected)) = kinds else { return message.to_owned() };
    let found = match found {
        "map" => "an object".to_owned(),
        "sequence" => "a list".to_owned(),
        "null" => "null".to_owned(),
        _ => format!("the {found}"),
    };
    let expected = match expected {
        "i8" | "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a map" => "an object",
        "a sequence" => "a list",
        other if other.starts_with("struct ") => "an object",
        other => other,
    };
    format!("expected {expected}, not {found}")
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    let part = |segment: &Segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", escape(key)),
        Segment::Enum { .. } | Segment::Unknown => String::new(),
    };
    path.iter().map(part).collect()
}

/// A name as part of a JSON pointer.
pub(super) fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    shortened(text.strip_suffix(position.as_str()).unwrap_or(&text))
}

fn shortened(text: impl fmt::Display) -> String {
    let text = text.to_string();
    match text.char_indices().nth(MAX_MESSAGE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// A `T` that is written as an object. Derived types would also take an array of their fields.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Self::Value, M::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }

        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}
