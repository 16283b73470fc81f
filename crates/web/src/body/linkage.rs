//! References between resources in a request.

use std::collections::BTreeMap;

use kernel::{Error, Result};
use serde_json::{Map, Value};

use super::parse::escape;

/// A reference to a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linkage {
    /// The resource's type.
    pub kind: String,
    /// The resource's id.
    pub id: String,
}

/// One of many references; or a resource that is yet to be made, without an id but with
/// attributes, as clients send tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkageItem {
    /// The resource's type.
    pub kind: String,
    /// The resource's id, if it has one.
    pub id: Option<String>,
    /// The resource's attributes.
    pub attributes: Map<String, Value>,
    pointer: String,
}

/// The relationships of a resource in a request.
#[derive(Clone, Debug, Default)]
pub struct Relationships(BTreeMap<String, Data>);

#[derive(Clone, Debug)]
enum Data {
    One(Option<Linkage>),
    Many(Vec<LinkageItem>),
}

impl Relationships {
    /// The one thing that a relationship names; none if it is absent or null. Many things where one
    /// can be is an error, not silence.
    pub fn one(&self, name: &str) -> Result<Option<&Linkage>> {
        match self.0.get(name) {
            Some(Data::One(linkage)) => Ok(linkage.as_ref()),
            Some(Data::Many(_)) => Err(wrong_number(name, "expected one resource or null")),
            None => Ok(None),
        }
    }

    /// The things that a relationship names; none if it is absent. A thing that stands alone is an
    /// error.
    pub fn many(&self, name: &str) -> Result<Option<&[LinkageItem]>> {
        match self.0.get(name) {
            Some(Data::Many(items)) => Ok(Some(items)),
            Some(Data::One(Some(_))) => Err(wrong_number(name, "expected an array of resources")),
            Some(Data::One(None)) | None => Ok(None),
        }
    }

    /// Whether a relationship has data, be it null.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Reads the relationships of a resource. Ones without data (with links only) say nothing.
    pub(super) fn read(members: Map<String, Value>) -> Result<Self> {
        let mut relationships = BTreeMap::new();
        for (name, mut member) in members {
            let pointer = format!("/data/relationships/{}", escape(&name));
            let Some(member) = member.as_object_mut() else {
                return Err(Error::invalid_at(pointer, "expected an object with \"data\""));
            };
            if let Some(data) = member.remove("data") {
                relationships.insert(name, Data::read(data, &format!("{pointer}/data"))?);
            }
        }
        Ok(Self(relationships))
    }
}

fn wrong_number(name: &str, text: &str) -> Error {
    Error::invalid_at(format!("/data/relationships/{}/data", escape(name)), text)
}

impl Data {
    fn read(data: Value, pointer: &str) -> Result<Self> {
        match data {
            Value::Null => Ok(Self::One(None)),
            Value::Array(items) => LinkageItem::read_all(items, pointer).map(Self::Many),
            Value::Object(_) => {
                let item = LinkageItem::read(data, pointer.to_owned())?;
                let Some(id) = item.id else {
                    return Err(Error::invalid_at(format!("{pointer}/id"), "is missing"));
                };
                Ok(Self::One(Some(Linkage { kind: item.kind, id })))
            }
            _ => Err(Error::invalid_at(pointer, "expected an object, an array or null")),
        }
    }
}

impl LinkageItem {
    /// A text attribute; none if it is absent or null.
    pub fn text(&self, name: &str) -> Result<Option<&str>> {
        match self.attributes.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.invalid(name, "expected a string")),
        }
    }

    /// A text attribute that must be there and not be empty.
    pub fn required_text(&self, name: &str) -> Result<&str> {
        self.text(name)?
            .filter(|text| !text.is_empty())
            .ok_or_else(|| self.invalid(name, "is missing"))
    }

    /// An error at one of its attributes.
    pub fn invalid(&self, attribute: &str, text: impl Into<String>) -> Error {
        Error::invalid_at(format!("{}/attributes/{}", self.pointer, escape(attribute)), text)
    }

    /// An error at one of its own members, such as `id`.
    pub fn invalid_member(&self, member: &str, text: impl Into<String>) -> Error {
        Error::invalid_at(format!("{}/{}", self.pointer, escape(member)), text)
    }

    pub(super) fn read_all(items: Vec<Value>, pointer: &str) -> Result<Vec<Self>> {
        let numbered = items.into_iter().enumerate();
        numbered.map(|(number, item)| Self::read(item, format!("{pointer}/{number}"))).collect()
    }

    fn read(item: Value, pointer: String) -> Result<Self> {
        let Value::Object(mut members) = item else {
            return Err(Error::invalid_at(pointer, "expected an object with \"type\" and \"id\""));
        };
        let mut text = |name: &str| match members.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Error::invalid_at(format!("{pointer}/{name}"), "expected a string")),
        };
        let kind = text("type")?.unwrap_or_default();
        let id = text("id")?.filter(|id| !id.is_empty());
        let attributes = match members.remove("attributes") {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(attributes)) => attributes,
            Some(_) => {
                let pointer = format!("{pointer}/attributes");
                return Err(Error::invalid_at(pointer, "expected an object"));
            }
        };
        Ok(Self { kind, id, attributes, pointer })
    }
}
