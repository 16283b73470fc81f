//! One hash over several named fields, such that no two different sets of values have the same
//! encoding: of each field its name, whether it is there, its length and its bytes.

use crate::Sha256;

/// A SHA-256 over fields.
pub struct FieldHash(Sha256);

impl FieldHash {
    /// The hash of no field yet. `domain` names what is hashed and how, so that another encoding
    /// can never collide with this one.
    pub fn new(domain: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(domain.as_bytes());
        Self(hash)
    }

    /// Feeds a field of bytes.
    pub fn bytes(&mut self, name: &str, value: Option<&[u8]>) {
        self.length(name.len());
        self.0.update(name.as_bytes());
        self.0.update(&[u8::from(value.is_some())]);
        if let Some(value) = value {
            self.length(value.len());
            self.0.update(value);
        }
    }

    /// Feeds a text.
    pub fn text(&mut self, name: &str, value: Option<&str>) {
        self.bytes(name, value.map(str::as_bytes));
    }

    /// Feeds a number.
    pub fn number(&mut self, name: &str, value: Option<i64>) {
        self.bytes(name, value.map(i64::to_le_bytes).as_ref().map(<[u8; 8]>::as_slice));
    }

    /// The hash of everything that was fed.
    pub fn finish(self) -> [u8; 32] {
        self.0.finish()
    }

    fn length(&mut self, length: usize) {
        self.0.update(&(length as u64).to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(fields: &[(&str, Option<&str>)]) -> [u8; 32] {
        let mut hash = FieldHash::new("test");
        for (name, value) in fields {
            hash.text(name, *value);
        }
        hash.finish()
    }

    #[test]
    fn borders_and_absence_count() {
        let mut hashes = vec![
            hash(&[]),
            hash(&[("a", None)]),
            hash(&[("a", Some(""))]),
            hash(&[("a", Some("b"))]),
            hash(&[("ab", Some(""))]),
            hash(&[("a", Some("bc")), ("d", Some(""))]),
            hash(&[("a", Some("b")), ("d", Some("c"))]),
        ];
        let count = hashes.len();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), count);
    }
}
