//! XAES-256-GCM (<https://c2sp.org/XAES-256-GCM>): AES-256-GCM with a 192-bit random nonce.
//!
//! Plain AES-256-GCM with random 96-bit nonces must not seal more than 2^32 messages under one
//! key, which a busy organization reaches. Here the first half of the nonce and the key give a
//! key of the message's own, the second half is that message's GCM nonce, and nobody has to count.

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    cmac,
    error::Unspecified,
};

pub(crate) const NONCE_LENGTH: usize = 24;
pub(crate) const TAG_LENGTH: usize = 16;
const HALF: usize = NONCE_LENGTH / 2;

/// A key for XAES-256-GCM.
pub(crate) struct Aead(cmac::Key);

impl Aead {
    pub(crate) fn new(key: &[u8; 32]) -> Result<Self, Unspecified> {
        cmac::Key::new(cmac::AES_256, key).map(Self)
    }

    /// Encrypts in place and returns the tag.
    pub(crate) fn seal(
        &self,
        nonce: [u8; NONCE_LENGTH],
        associated: &[u8],
        in_out: &mut [u8],
    ) -> Result<[u8; TAG_LENGTH], Unspecified> {
        let (key, nonce) = self.message_key(nonce)?;
        let tag = key.seal_in_place_separate_tag(nonce, Aad::from(associated), in_out)?;
        tag.as_ref().try_into().map_err(|_| Unspecified)
    }

    /// Checks and decrypts ciphertext and tag in place; the plaintext is what is returned.
    pub(crate) fn open<'a>(
        &self,
        nonce: [u8; NONCE_LENGTH],
        associated: &[u8],
        in_out: &'a mut [u8],
    ) -> Result<&'a mut [u8], Unspecified> {
        let (key, nonce) = self.message_key(nonce)?;
        key.open_in_place(nonce, Aad::from(associated), in_out)
    }

    /// The standard's derivation: a counter, the letter X, and half of the nonce, through CMAC.
    fn message_key(&self, nonce: [u8; NONCE_LENGTH]) -> Result<(LessSafeKey, Nonce), Unspecified> {
        let (first, second) = nonce.split_at_checked(HALF).ok_or(Unspecified)?;
        let mut key = [0; 32];
        for (counter, half) in (1..).zip(key.chunks_exact_mut(16)) {
            let mut block = [0, counter, b'X', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            for (slot, byte) in block.iter_mut().skip(4).zip(first) {
                *slot = *byte;
            }
            cmac::sign_to_buffer(&self.0, &block, half)?;
        }
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &key)?);
        Ok((key, Nonce::try_assume_unique_for_key(second)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex;

    #[test]
    fn sealing_gives_the_published_test_vectors() {
        for (key, associated, expected) in [
            (1, "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
            (
                3,
                "c2sp.org/XAES-256-GCM",
                "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d",
            ),
        ] {
            let aead = Aead::new(&[key; 32]).unwrap();
            let mut text = b"XAES-256-GCM".to_vec();
            let tag =
                aead.seal(*b"ABCDEFGHIJKLMNOPQRSTUVWX", associated.as_bytes(), &mut text).unwrap();
            assert_eq!(hex(text) + &hex(tag), expected);
        }
    }
}
