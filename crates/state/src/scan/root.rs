//! The outermost object of a state.

use std::fmt;

use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor},
};

use super::{Gathered, Meter, outputs::OutputsSeed, resources::ResourcesSeed};

/// Reads a state into what is gathered.
pub(super) struct Root<'a> {
    pub(super) gathered: &'a mut Gathered,
    pub(super) meter: &'a Meter,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Key {
    Version,
    TerraformVersion,
    Serial,
    Lineage,
    Outputs,
    Resources,
    EncryptedData,
    #[serde(other)]
    Other,
}

impl<'de> DeserializeSeed<'de> for Root<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Root<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a state")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { gathered, meter } = self;
        let (mut outputs, mut resources) = (false, false);
        while let Some(key) = map.next_key()? {
            meter.next_piece();
            let facts = &mut gathered.facts;
            match key {
                Key::Version => facts.format = Some(map.next_value()?),
                Key::TerraformVersion => facts.terraform_version = map.next_value()?,
                Key::Serial => facts.serial = Some(map.next_value()?),
                Key::Lineage => facts.lineage = map.next_value()?,
                Key::Outputs if std::mem::replace(&mut outputs, true) => {
                    return Err(A::Error::duplicate_field("outputs"));
                }
                Key::Outputs => {
                    map.next_value_seed(OutputsSeed { outputs: &mut gathered.outputs, meter })?;
                }
                Key::Resources if std::mem::replace(&mut resources, true) => {
                    return Err(A::Error::duplicate_field("resources"));
                }
                Key::Resources => {
                    let builder = &mut gathered.resources;
                    map.next_value_seed(ResourcesSeed { builder, meter })?;
                }
                Key::EncryptedData | Key::Other => {
                    gathered.encrypted |= matches!(key, Key::EncryptedData);
                    meter.skipping(|| map.next_value::<IgnoredAny>())?;
                }
            }
            meter.next_piece();
        }
        Ok(())
    }
}
