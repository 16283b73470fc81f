//! The resources of a state: where each stands, and which instances it has.

use std::fmt;

use serde::{
    Deserialize, Serialize,
    de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor},
};

use super::Meter;
use crate::summary::Builder;

/// How many bytes of index keys are kept of one resource; further instances are only counted.
const KEPT_KEYS: usize = 4 << 20;

/// Whether a resource is managed or only read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Made and changed by the configuration.
    #[default]
    Managed,
    /// A data source, or of a kind that this version does not know.
    #[serde(other)]
    Data,
}

/// What tells the instances of a resource apart.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub(crate) enum IndexKey {
    /// With `count`.
    Number(i64),
    /// With `for_each`.
    Text(String),
}

/// A resource as the file has it.
#[derive(Debug, Default)]
pub(crate) struct ScannedResource {
    pub(crate) module: Option<String>,
    pub(crate) mode: Mode,
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) provider: String,
    pub(crate) instances: Instances,
}

/// The instances of a resource.
#[derive(Debug, Default)]
pub(crate) struct Instances {
    /// What tells them apart; none stands for the only one.
    pub(crate) keys: Vec<Option<IndexKey>>,
    /// How many there are, those without a kept key and deposed ones included.
    pub(crate) count: u64,
    kept: usize,
}

impl Instances {
    fn add(&mut self, key: Option<IndexKey>) {
        self.count += 1;
        let text = if let Some(IndexKey::Text(text)) = &key { text.len() } else { 0 };
        self.kept += size_of::<Option<IndexKey>>() + text;
        // Deposed objects stand beside the instance whose key they have.
        if self.kept <= KEPT_KEYS && self.keys.last() != Some(&key) {
            self.keys.push(key);
        }
    }
}

pub(super) struct ResourcesSeed<'a> {
    pub(super) builder: &'a mut Builder,
    pub(super) meter: &'a Meter,
}

impl<'de> DeserializeSeed<'de> for ResourcesSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ResourcesSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of resources")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(resource) = seq.next_element_seed(ResourceSeed(self.meter))? {
            self.builder.add(resource);
            self.meter.next_piece();
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Key {
    Module,
    Mode,
    Type,
    Name,
    Provider,
    Instances,
    #[serde(other)]
    Other,
}

struct ResourceSeed<'a>(&'a Meter);

impl<'de> DeserializeSeed<'de> for ResourceSeed<'_> {
    type Value = ScannedResource;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ResourceSeed<'_> {
    type Value = ScannedResource;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a resource")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut resource = ScannedResource::default();
        while let Some(key) = map.next_key()? {
            match key {
                Key::Module => resource.module = map.next_value()?,
                Key::Mode => resource.mode = map.next_value()?,
                Key::Type => resource.kind = map.next_value()?,
                Key::Name => resource.name = map.next_value()?,
                Key::Provider => resource.provider = map.next_value()?,
                Key::Instances => {
                    resource.instances = Instances::default();
                    let instances = &mut resource.instances;
                    map.next_value_seed(InstancesSeed { instances, meter: self.0 })?;
                }
                Key::Other => {
                    self.0.skipping(|| map.next_value::<IgnoredAny>())?;
                }
            }
        }
        Ok(resource)
    }
}

struct InstancesSeed<'a> {
    instances: &'a mut Instances,
    meter: &'a Meter,
}

impl<'de> DeserializeSeed<'de> for InstancesSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for InstancesSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of instances")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(key) = seq.next_element_seed(InstanceSeed(self.meter))? {
            self.instances.add(key);
            self.meter.next_piece();
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum InstanceKey {
    IndexKey,
    #[serde(other)]
    Other,
}

struct InstanceSeed<'a>(&'a Meter);

impl<'de> DeserializeSeed<'de> for InstanceSeed<'_> {
    type Value = Option<IndexKey>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for InstanceSeed<'_> {
    type Value = Option<IndexKey>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an instance")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut index = None;
        while let Some(key) = map.next_key()? {
            match key {
                InstanceKey::IndexKey => index = map.next_value()?,
                InstanceKey::Other => {
                    self.0.skipping(|| map.next_value::<IgnoredAny>())?;
                }
            }
        }
        Ok(index)
    }
}
