//! One resource of a document.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::value::RawValue;

use super::Members;

/// A resource: what it is, its attributes and what it is related to.
#[derive(Clone, Debug)]
pub struct Resource {
    kind: &'static str,
    id: String,
    attributes: Option<Box<RawValue>>,
    relationships: Vec<(&'static str, Relationship)>,
    links: Vec<(&'static str, String)>,
    meta: Option<Box<RawValue>>,
    failure: Option<String>,
}

#[derive(Clone, Debug, Default)]
struct Relationship {
    data: Option<Linkage>,
    links: Vec<(&'static str, String)>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Linkage {
    One(Option<Reference>),
    Many(Vec<Reference>),
}

#[derive(Clone, Debug, Serialize)]
struct Reference {
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
}

impl Reference {
    fn new((kind, id): (&'static str, impl fmt::Display)) -> Self {
        Self { kind, id: id.to_string() }
    }
}

impl Resource {
    /// A resource with neither attributes nor relationships.
    pub fn new(kind: &'static str, id: impl fmt::Display) -> Self {
        Self {
            kind,
            id: id.to_string(),
            attributes: None,
            relationships: Vec::new(),
            links: Vec::new(),
            meta: None,
            failure: None,
        }
    }

    /// The attributes: anything that serializes as an object.
    #[must_use]
    pub fn attributes(mut self, attributes: impl Serialize) -> Self {
        self.attributes = self.object("attributes", &attributes);
        self
    }

    /// A relationship to one thing, or to none.
    #[must_use]
    pub fn one(
        self,
        name: &'static str,
        target: Option<(&'static str, impl fmt::Display)>,
    ) -> Self {
        let data = Linkage::One(target.map(Reference::new));
        self.relate(name, |relationship| relationship.data = Some(data))
    }

    /// A relationship to many things.
    #[must_use]
    pub fn many<D: fmt::Display>(
        self,
        name: &'static str,
        targets: impl IntoIterator<Item = (&'static str, D)>,
    ) -> Self {
        let data = Linkage::Many(targets.into_iter().map(Reference::new).collect());
        self.relate(name, |relationship| relationship.data = Some(data))
    }

    /// A link of a relationship, such as `related`. The relationship need not have data.
    #[must_use]
    pub fn relationship_link(
        self,
        name: &'static str,
        link: &'static str,
        url: impl Into<String>,
    ) -> Self {
        self.relate(name, |relationship| relationship.links.push((link, url.into())))
    }

    /// A link of the resource, such as `self`.
    #[must_use]
    pub fn link(mut self, name: &'static str, url: impl Into<String>) -> Self {
        self.links.push((name, url.into()));
        self
    }

    /// The resource's meta object.
    #[must_use]
    pub fn meta(mut self, meta: impl Serialize) -> Self {
        self.meta = self.object("meta", &meta);
        self
    }

    /// What tells it from every other resource.
    pub(super) fn key(&self) -> (&'static str, &str) {
        (self.kind, &self.id)
    }

    /// What it refers to, with the name of the relationship.
    pub(super) fn targets(&self) -> impl Iterator<Item = (&'static str, (&'static str, &str))> {
        self.relationships.iter().flat_map(|(name, relationship)| {
            let references = match &relationship.data {
                Some(Linkage::One(reference)) => reference.as_slice(),
                Some(Linkage::Many(references)) => references,
                None => &[],
            };
            references.iter().map(move |reference| (*name, (reference.kind, reference.id.as_str())))
        })
    }

    /// Why it can't be written, if so.
    pub(super) fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }

    /// Changes the relationship of a name, which is there afterwards.
    fn relate(mut self, name: &'static str, change: impl FnOnce(&mut Relationship)) -> Self {
        let existing = self.relationships.iter_mut().find(|(existing, _)| *existing == name);
        if let Some((_, relationship)) = existing {
            change(relationship);
        } else {
            let mut relationship = Relationship::default();
            change(&mut relationship);
            self.relationships.push((name, relationship));
        }
        self
    }

    fn object(&mut self, part: &str, value: &impl Serialize) -> Option<Box<RawValue>> {
        match serde_json::value::to_raw_value(value) {
            Ok(raw) if raw.get().starts_with('{') => Some(raw),
            Ok(_) => {
                self.failure = Some(format!("the {part} of {} are no object", self.kind));
                None
            }
            Err(error) => {
                self.failure = Some(format!("the {part} of {}: {error}", self.kind));
                None
            }
        }
    }
}

impl Serialize for Resource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.write(serializer, &[])
    }
}

impl Resource {
    /// Writes the resource without some of its relationships.
    pub(super) fn write<S: Serializer>(
        &self,
        serializer: S,
        cut: &[&'static str],
    ) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.id)?;
        map.serialize_entry("type", self.kind)?;
        if let Some(attributes) = &self.attributes {
            map.serialize_entry("attributes", attributes)?;
        }
        if cut.is_empty() && !self.relationships.is_empty() {
            map.serialize_entry("relationships", &Members(&self.relationships))?;
        } else if self.relationships.len() > cut.len() {
            let mut kept = self.relationships.clone();
            kept.retain(|(name, _)| !cut.contains(name));
            map.serialize_entry("relationships", &Members(&kept))?;
        }
        if !self.links.is_empty() {
            map.serialize_entry("links", &Members(&self.links))?;
        }
        if let Some(meta) = &self.meta {
            map.serialize_entry("meta", meta)?;
        }
        map.end()
    }
}

impl Serialize for Relationship {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(data) = &self.data {
            map.serialize_entry("data", data)?;
        }
        if !self.links.is_empty() {
            map.serialize_entry("links", &Members(&self.links))?;
        }
        map.end()
    }
}
