//! Size and hashes of the plaintext.

use barrier::Sha256;
use md5::{Digest as _, Md5};

/// Size and hashes of a content's plaintext.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest {
    /// How many bytes it has.
    pub size: u64,
    /// Its MD5, which the state API asks for.
    pub md5: [u8; 16],
    /// Its SHA-256.
    pub sha256: [u8; 32],
}

impl Digest {
    /// The digest of bytes that are whole in memory.
    pub fn of(bytes: &[u8]) -> Self {
        let mut digester = Digester::default();
        digester.update(bytes);
        digester.finish()
    }
}

/// A digest that is fed piece by piece.
#[derive(Clone, Default)]
pub(crate) struct Digester {
    size: u64,
    md5: Md5,
    sha256: Sha256,
}

impl Digester {
    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.size += bytes.len() as u64;
        self.md5.update(bytes);
        self.sha256.update(bytes);
    }

    pub(crate) fn finish(self) -> Digest {
        Digest { size: self.size, md5: self.md5.finalize().into(), sha256: self.sha256.finish() }
    }
}
