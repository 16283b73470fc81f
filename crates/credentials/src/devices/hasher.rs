//! Hashing the values of a record.

use barrier::hmac_sha256;
use serde_json::{Map, Value};

/// Hashes values for one device.
pub(crate) struct Hasher {
    salt: Vec<u8>,
    accessors: bool,
}

impl Hasher {
    /// With a device's salt. `accessors`: whether accessors are hashed as well.
    pub(crate) const fn new(salt: Vec<u8>, accessors: bool) -> Self {
        Self { salt, accessors }
    }

    /// What stands for a text in the records.
    pub(crate) fn text(&self, text: &str) -> String {
        format!("hmac-sha256:{}", barrier::hex(hmac_sha256(&self.salt, text)))
    }

    /// What stands for an accessor.
    pub(super) fn accessor(&self, accessor: &str) -> String {
        if self.accessors && !accessor.is_empty() {
            self.text(accessor)
        } else {
            accessor.to_owned()
        }
    }

    /// The same data with every text in it hashed, but below these keys. Numbers and truths stay,
    /// as does what things are called.
    pub(super) fn data(&self, data: &Map<String, Value>, clear: &[String]) -> Map<String, Value> {
        let hashed = |(name, value): (&String, &Value)| {
            let value = if clear.contains(name) { value.clone() } else { self.value(name, value) };
            (name.clone(), value)
        };
        data.iter().map(hashed).collect()
    }

    fn value(&self, name: &str, value: &Value) -> Value {
        match value {
            Value::String(text) if name == "accessor" => Value::String(self.accessor(text)),
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(items) => items.iter().map(|item| self.value("", item)).collect(),
            Value::Object(map) => Value::Object(self.data(map, &[])),
            other => other.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn no_text_stays_but_names_numbers_and_truths() {
        let hasher = Hasher::new(b"salt".to_vec(), true);
        let data = json!({
            "s": "v", "n": 1, "t": true, "none": null, "l": ["v"], "o": {"k": "v"}, "c": "clear",
        });
        let hashed = hasher.data(data.as_object().unwrap(), &["c".to_owned()]);
        let v = hasher.text("v");
        assert_eq!(v.len(), "hmac-sha256:".len() + 64);
        assert_eq!(
            Value::Object(hashed),
            json!({
                "s": v, "n": 1, "t": true, "none": null, "l": [v], "o": {"k": v}, "c": "clear",
            })
        );
        assert_ne!(v, Hasher::new(b"other".to_vec(), true).text("v"));
    }

    #[test]
    fn accessors_may_stay() {
        let data = json!({ "accessor": "abc" });
        let of = |accessors| {
            let hasher = Hasher::new(b"salt".to_vec(), accessors);
            hasher.data(data.as_object().unwrap(), &[]).remove("accessor").unwrap()
        };
        assert_eq!(of(false), "abc");
        assert_ne!(of(true), "abc");
    }
}
