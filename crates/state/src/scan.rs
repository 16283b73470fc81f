//! Reads what the product needs to know out of a state, in one pass and in bounded memory: the
//! header, the outputs, and a summary of the resources. Attributes of resources, which are nearly
//! all of a state, are skipped without being kept.
//!
//! A state that can't be read (encrypted by OpenTofu, of an older format, not JSON, hostile) is no
//! error: it is *opaque*, and kept like any other.

mod meter;
mod outputs;
pub(crate) mod resources;
mod root;

use std::io::Read;

pub(crate) use meter::Meter;
use meter::Metered;
pub(crate) use outputs::ScannedOutput;
pub(crate) use resources::IndexKey;
pub use resources::Mode;
use root::Root;
use serde::de::DeserializeSeed as _;

use crate::summary::{Builder, Summary};

/// The state format that is read.
const FORMAT: i64 = 4;

/// What was read out of a state.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// The format number, 4 these days.
    pub(crate) format: Option<i64>,
    /// The version of the program that wrote it.
    pub(crate) terraform_version: Option<String>,
    /// The serial in the file.
    pub(crate) serial: Option<i64>,
    /// The lineage in the file.
    pub(crate) lineage: Option<String>,
    /// Whether nothing but the above could be read.
    pub(crate) opaque: bool,
    /// The outputs, by name; none if opaque.
    pub(crate) outputs: Vec<ScannedOutput>,
    /// The resources; nothing if opaque.
    pub(crate) summary: Summary,
}

/// What a scan gathers.
#[derive(Debug, Default)]
struct Gathered {
    facts: Facts,
    encrypted: bool,
    outputs: outputs::Outputs,
    resources: Builder,
}

/// Scans a state that is whole in memory.
pub(crate) fn scan_slice(bytes: &[u8]) -> Facts {
    let mut gathered = Gathered::default();
    let meter = Meter::default();
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let readable = Root { gathered: &mut gathered, meter: &meter }
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end())
        .is_ok();
    gathered.into_facts(readable)
}

/// Scans a state while it passes by. A reader that fails makes the state opaque; the reader's
/// owner knows why it failed.
pub(crate) fn scan_reader(reader: impl Read) -> Facts {
    let mut gathered = Gathered::default();
    let meter = Meter::default();
    let mut deserializer = serde_json::Deserializer::from_reader(Metered { reader, meter: &meter });
    let readable = Root { gathered: &mut gathered, meter: &meter }
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end())
        .is_ok();
    gathered.into_facts(readable)
}

impl Facts {
    /// The database takes no U+0000 in a text.
    fn is_storable(&self) -> bool {
        let texts = [&self.terraform_version, &self.lineage];
        !texts.into_iter().flatten().any(|text| text.contains('\0'))
    }
}

impl Gathered {
    fn into_facts(self, readable: bool) -> Facts {
        let mut facts = self.facts;
        if !readable || !self.outputs.is_storable() || !facts.is_storable() {
            // A file that is broken somewhere is not believed anywhere.
            return Facts { opaque: true, ..Facts::default() };
        }
        facts.opaque = self.encrypted || facts.format != Some(FORMAT);
        if !facts.opaque {
            facts.outputs = self.outputs.into_list();
            facts.summary = self.resources.finish();
        }
        facts
    }
}

#[cfg(test)]
mod tests;
