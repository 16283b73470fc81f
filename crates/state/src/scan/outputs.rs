//! The outputs of a state: each with its value and type exactly as the file has them.

use std::{collections::BTreeMap, fmt};

use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::Meter;

/// How much of the outputs' values is kept, all together; further ones keep only their names.
const KEPT: usize = 8 << 20;
/// How many outputs are kept at all. Where some are left out, one of those kept has no contents,
/// which makes clients read the whole state instead.
const MOST: usize = 10_000;

/// An output of a state.
#[derive(Debug)]
pub(crate) struct ScannedOutput {
    /// Its name.
    pub(crate) name: String,
    /// Whether its value must not be shown in passing.
    pub(crate) sensitive: bool,
    /// Its value and its type, as JSON; none when there was too much to keep.
    pub(crate) contents: Option<OutputContents>,
}

/// Value and type of an output.
#[derive(Debug)]
pub(crate) struct OutputContents {
    /// The value as JSON.
    pub(crate) value: Box<RawValue>,
    /// The cty type as JSON.
    pub(crate) kind: Option<Box<RawValue>>,
}

#[derive(Debug, Default)]
pub(super) struct Outputs {
    by_name: BTreeMap<String, (bool, Option<OutputContents>)>,
    kept: usize,
    left_out: bool,
}

impl Outputs {
    fn add(&mut self, name: String, entry: Entry) {
        let value = entry.value.unwrap_or_else(|| RawValue::NULL.to_owned());
        let kind = entry.kind.filter(|kind| kind.get() != "null");
        self.kept +=
            name.len() + value.get().len() + kind.as_ref().map_or(0, |kind| kind.get().len());
        let contents = (self.kept <= KEPT).then_some(OutputContents { value, kind });
        // Of two outputs with one name the later counts, as for every client.
        self.by_name.insert(name, (entry.sensitive.unwrap_or(false), contents));
    }

    fn is_full(&self) -> bool {
        self.by_name.len() >= MOST || self.kept > 2 * KEPT
    }

    /// The database takes no U+0000 in a text.
    pub(super) fn is_storable(&self) -> bool {
        !self.by_name.keys().any(|name| name.contains('\0'))
    }

    pub(super) fn into_list(mut self) -> Vec<ScannedOutput> {
        if let Some((_, contents)) = self.by_name.values_mut().next().filter(|_| self.left_out) {
            *contents = None;
        }
        self.by_name
            .into_iter()
            .map(|(name, (sensitive, contents))| ScannedOutput { name, sensitive, contents })
            .collect()
    }
}

/// An output as it stands in the file.
#[derive(Deserialize)]
struct Entry {
    value: Option<Box<RawValue>>,
    #[serde(rename = "type")]
    kind: Option<Box<RawValue>>,
    sensitive: Option<bool>,
}

pub(super) struct OutputsSeed<'a> {
    pub(super) outputs: &'a mut Outputs,
    pub(super) meter: &'a Meter,
}

impl<'de> DeserializeSeed<'de> for OutputsSeed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for OutputsSeed<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of outputs")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if self.outputs.is_full() {
                self.outputs.left_out = true;
                self.meter.skipping(|| map.next_value::<IgnoredAny>())?;
            } else {
                self.outputs.add(name, map.next_value()?);
            }
            self.meter.next_piece();
        }
        Ok(())
    }
}
