//! What a caller wants a variable to be: checked as a whole, then applied, without a database.

use std::fmt;

use kernel::{Error, Result, Secret, Timestamp, VariableId};
use serde::{Deserialize, Deserializer, de};
use web::body::{LinkageItem, patch};

use super::{Category, Owner, Variable};
use crate::{change::Patch, refusals::Refusals};

/// The longest value, in bytes.
pub(crate) const LONGEST_VALUE: usize = 256 << 10;
const LONGEST_KEY: usize = 128;
const LONGEST_DESCRIPTION: usize = 512;

/// Attributes of a new variable, or of a change to one, as they stand on the wire.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(crate) struct VariableChange {
    /// See [`Variable::key`].
    #[serde(deserialize_with = "patch")]
    pub(crate) key: Patch<String>,
    /// See [`Variable::value`].
    #[serde(deserialize_with = "secret_patch")]
    pub(crate) value: Patch<Secret<String>>,
    /// See [`Variable::description`].
    #[serde(deserialize_with = "patch")]
    pub(crate) description: Patch<String>,
    /// See [`Variable::category`].
    #[serde(deserialize_with = "patch")]
    pub(crate) category: Patch<String>,
    /// See [`Variable::hcl`].
    #[serde(deserialize_with = "patch")]
    pub(crate) hcl: Patch<bool>,
    /// See [`Variable::sensitive`].
    #[serde(deserialize_with = "patch")]
    pub(crate) sensitive: Patch<bool>,
}

impl VariableChange {
    /// Reads a variable that is sent inside another thing's document, without an id.
    pub(crate) fn of_item(item: &LinkageItem) -> Result<Self> {
        let text = |name: &str| Ok::<_, Error>(item.text(name)?.map(|text| Some(text.to_owned())));
        let flag = |name: &str| match item.attributes.get(name) {
            None | Some(serde_json::Value::Null) => Ok(None),
            Some(serde_json::Value::Bool(flag)) => Ok(Some(Some(*flag))),
            Some(_) => Err(item.invalid(name, "expected true or false")),
        };
        Ok(Self {
            key: text("key")?,
            value: text("value")?.map(|value| value.map(Secret::new)),
            description: text("description")?,
            category: text("category")?,
            hcl: flag("hcl")?,
            sensitive: flag("sensitive")?,
        })
    }

    /// The variable that this asks for, and its value; or everything that is wrong with it.
    pub(crate) fn create(
        &self,
        owner: Owner,
        now: Timestamp,
    ) -> Result<(Variable, Secret<String>)> {
        let mut refusals = Refusals::default();
        if self.key.is_none() {
            refusals.add(Err(Error::invalid("key", "is missing")));
        }
        if self.category.is_none() {
            refusals.add(Err(unknown_category()));
        }
        let mut variable = Variable {
            id: VariableId::generate(),
            owner,
            key: String::new(),
            value: None,
            category: Category::Terraform,
            description: String::new(),
            hcl: false,
            sensitive: false,
            version: String::new(),
            created_at: now,
            updated_at: now,
        };
        let value = self.apply(&mut variable, &mut refusals);
        refusals.done()?;
        Ok((variable, value.unwrap_or_else(|| Secret::new(String::new()))))
    }

    /// The variable after this change, and its new value if there is one; or everything that is
    /// wrong with it.
    pub(crate) fn update(
        &self,
        before: &Variable,
        now: Timestamp,
    ) -> Result<(Variable, Option<Secret<String>>)> {
        let mut refusals = Refusals::default();
        let mut variable = Variable { value: None, updated_at: now, ..before.clone() };
        let mut value = self.apply(&mut variable, &mut refusals);
        if before.sensitive {
            // Whoever reads such a variable and sends it back sends null.
            if self.value == Some(None) {
                value = None;
            }
            if value.is_none() {
                refusals.add(require_same(before, &variable));
            }
        }
        refusals.done()?;
        Ok((variable, value))
    }

    /// Puts what is sent into the variable, and gives the value that is sent.
    fn apply(&self, variable: &mut Variable, refusals: &mut Refusals) -> Option<Secret<String>> {
        if let Some(word) = &self.category {
            match word.as_deref().and_then(Category::parse) {
                Some(category) => variable.category = category,
                None => refusals.add(Err(unknown_category())),
            }
        }
        let named = self.key.is_some() || !variable.key.is_empty();
        if let Some(key) = &self.key {
            variable.key = key.clone().unwrap_or_default();
        }
        if named && (self.key.is_some() || self.category.is_some()) {
            refusals.add(check_key(variable.category, &variable.key));
        }
        if let Some(text) = &self.description {
            variable.description = text.clone().unwrap_or_default();
            refusals.add(check_description(&variable.description));
        }
        variable.hcl = self.hcl.map_or(variable.hcl, Option::unwrap_or_default);
        variable.sensitive = self.sensitive.map_or(variable.sensitive, Option::unwrap_or_default);
        let value = self.value.as_ref()?;
        let value = value.clone().unwrap_or_else(|| Secret::new(String::new()));
        refusals.add(check_value(value.expose()));
        Some(value)
    }
}

/// What a sensitive value is for, and that it is sensitive, changes only together with the value:
/// else one could have it printed by saying that it is something else.
fn require_same(before: &Variable, after: &Variable) -> Result<()> {
    let changed = [
        ("sensitive", before.sensitive != after.sensitive),
        ("key", before.key != after.key),
        ("category", before.category != after.category),
        ("hcl", before.hcl != after.hcl),
    ];
    let mut refusals = Refusals::default();
    for (field, _) in changed.into_iter().filter(|(_, changed)| *changed) {
        let text = "the variable is sensitive: this can be changed only together with its value; \
                    send the value too, or make a new variable";
        refusals.add(Err(Error::invalid(field, text)));
    }
    refusals.done()
}

fn unknown_category() -> Error {
    Error::invalid("category", "the category must be \"terraform\" or \"env\"")
}

/// Whether a key can be a variable's: what Terraform takes for the name of a variable, or what can
/// stand in an environment.
fn check_key(category: Category, key: &str) -> Result<()> {
    let refuse = |text: &str| Err(Error::invalid("key", text));
    if key.is_empty() {
        return refuse("the key can't be blank");
    }
    if key.chars().count() > LONGEST_KEY {
        return refuse("the key is too long: it has at most 128 characters");
    }
    let fits = match category {
        Category::Terraform => is_identifier(key),
        Category::Env => !key.chars().any(|c| c == '=' || c.is_control() || c.is_whitespace()),
    };
    match (fits, category) {
        (true, _) => Ok(()),
        (false, Category::Terraform) => refuse(
            "the key of a Terraform variable has letters, digits, - and _, and starts with a \
             letter or _",
        ),
        (false, Category::Env) => {
            refuse("the key of an environment variable holds neither = nor spaces")
        }
    }
}

fn is_identifier(key: &str) -> bool {
    let mut characters = key.chars();
    characters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && characters.all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
}

fn check_description(text: &str) -> Result<()> {
    if text.chars().count() > LONGEST_DESCRIPTION {
        let text = "the description is too long: it has at most 512 characters";
        return Err(Error::invalid("description", text));
    }
    if text.contains('\0') {
        return Err(Error::invalid("description", "this holds a character that is not text"));
    }
    Ok(())
}

fn check_value(value: &str) -> Result<()> {
    if value.len() > LONGEST_VALUE {
        return Err(Error::invalid("value", "the value is too long: it has at most 256 kilobytes"));
    }
    // No environment can hold one, and Terraform takes none.
    if value.contains('\0') {
        return Err(Error::invalid("value", "this holds a character that is not text"));
    }
    Ok(())
}

/// Like `patch`, for a text that no error may quote.
fn secret_patch<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Patch<Secret<String>>, D::Error> {
    deserializer.deserialize_any(SecretText).map(Some)
}

struct SecretText;

impl de::Visitor<'_> for SecretText {
    type Value = Option<Secret<String>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or null")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Secret::new(text.to_owned())))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Self::Value, E> {
        Ok(Some(Secret::new(text)))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Self::Value, E> {
        Err(E::custom("expected a string or null"))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Self::Value, E> {
        Err(E::custom("expected a string or null"))
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Self::Value, E> {
        Err(E::custom("expected a string or null"))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Self::Value, E> {
        Err(E::custom("expected a string or null"))
    }
}

#[cfg(test)]
mod tests;
