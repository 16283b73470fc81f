//! Hashes and keyed hashes.

use aws_lc_rs::{constant_time, digest, hmac};

/// The SHA-256 of some bytes.
pub fn sha256(bytes: impl AsRef<[u8]>) -> [u8; 32] {
    array(digest::digest(&digest::SHA256, bytes.as_ref()).as_ref())
}

/// A hash function, for whoever wants a hash that is not this server's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Digest {
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// SHA3-256.
    Sha3_256,
    /// SHA3-384.
    Sha3_384,
    /// SHA3-512.
    Sha3_512,
}

impl Digest {
    /// By the name that Vault has for it, such as `sha2-256`.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "sha2-224" => Self::Sha224,
            "sha2-256" => Self::Sha256,
            "sha2-384" => Self::Sha384,
            "sha2-512" => Self::Sha512,
            "sha3-256" => Self::Sha3_256,
            "sha3-384" => Self::Sha3_384,
            "sha3-512" => Self::Sha3_512,
            _ => return None,
        })
    }

    /// The hash of some bytes.
    pub fn of(self, bytes: impl AsRef<[u8]>) -> Vec<u8> {
        let algorithm = match self {
            Self::Sha224 => &digest::SHA224,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
            Self::Sha3_256 => &digest::SHA3_256,
            Self::Sha3_384 => &digest::SHA3_384,
            Self::Sha3_512 => &digest::SHA3_512,
        };
        digest::digest(algorithm, bytes.as_ref()).as_ref().to_vec()
    }
}

/// A SHA-256 that is fed piece by piece.
#[derive(Clone)]
pub struct Sha256(digest::Context);

impl Sha256 {
    /// The hash of nothing yet.
    pub fn new() -> Self {
        Self(digest::Context::new(&digest::SHA256))
    }

    /// Feeds the next piece.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of everything that was fed.
    pub fn finish(self) -> [u8; 32] {
        array(self.0.finish().as_ref())
    }
}

impl Default for Sha256 {
    fn default() -> Self {
        Self::new()
    }
}

/// Compares without telling by the time taken where the first difference is.
pub fn constant_time_equal(a: impl AsRef<[u8]>, b: impl AsRef<[u8]>) -> bool {
    constant_time::verify_slices_are_equal(a.as_ref(), b.as_ref()).is_ok()
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: impl AsRef<[u8]>) -> String {
    let digits = bytes.as_ref().iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.filter_map(|digit| char::from_digit(u32::from(digit), 16)).collect()
}

/// A key for HMAC-SHA-256.
pub(crate) struct MacKey(hmac::Key);

impl MacKey {
    /// The key that `root` gives for one purpose: HMAC as a pseudo-random function, so that no
    /// derived key says anything about another or about its root.
    pub(crate) fn derive(root: &[u8; 32], purpose: &str) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, &derive(root, purpose)))
    }

    /// The tag of several parts in a row. The parts' borders are for the caller to make clear.
    pub(crate) fn tag(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(part);
        }
        array(context.sign().as_ref())
    }
}

/// 32 bytes of key that `root` gives for one purpose.
pub(crate) fn derive(root: &[u8; 32], purpose: &str) -> [u8; 32] {
    let root = hmac::Key::new(hmac::HMAC_SHA256, root);
    array(hmac::sign(&root, purpose.as_bytes()).as_ref())
}

/// SHA-256 and its HMAC are always 32 bytes long.
fn array(bytes: &[u8]) -> [u8; 32] {
    let mut array = [0; 32];
    array.copy_from_slice(bytes);
    array
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_the_published_ones() {
        assert_eq!(
            hex(sha256(b"abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        let mut hash = Sha256::new();
        hash.update(b"a");
        hash.update(b"bc");
        assert_eq!(hash.finish(), sha256("abc"));
    }

    #[test]
    fn equality_looks_at_every_byte_and_at_the_length() {
        assert!(constant_time_equal(b"same", "same"));
        assert!(!constant_time_equal(b"same", "sane"));
        assert!(!constant_time_equal(b"same", "same "));
    }

    #[test]
    fn derived_keys_differ_by_purpose_and_root() {
        let keys = [derive(&[1; 32], "a"), derive(&[1; 32], "b"), derive(&[2; 32], "a")];
        assert!(keys[0] != keys[1] && keys[0] != keys[2] && keys[1] != keys[2]);
    }
}
