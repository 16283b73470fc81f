//! HMAC under a key that somebody else knows too: webhook signatures, one-time passwords.

use aws_lc_rs::hmac;

/// HMAC-SHA-256.
pub fn hmac_sha256(key: impl AsRef<[u8]>, data: impl AsRef<[u8]>) -> [u8; 32] {
    mac(hmac::HMAC_SHA256, key.as_ref(), data.as_ref())
}

/// HMAC-SHA-1, which the world's authenticator apps compute. As an HMAC it is still sound.
pub fn hmac_sha1(key: impl AsRef<[u8]>, data: impl AsRef<[u8]>) -> [u8; 20] {
    mac(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key.as_ref(), data.as_ref())
}

/// `N` is the algorithm's length, always.
fn mac<const N: usize>(algorithm: hmac::Algorithm, key: &[u8], data: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(hmac::sign(&hmac::Key::new(algorithm, key), data).as_ref());
    array
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex;

    #[test]
    fn macs_are_the_published_ones() {
        // RFC 4231 and RFC 2202, test case 2.
        let (key, data) = ("Jefe", "what do ya want for nothing?");
        assert_eq!(
            hex(hmac_sha256(key, data)),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(hex(hmac_sha1(key, data)), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
        // Keys longer than a block are hashed first.
        assert_eq!(
            hex(hmac_sha1([0xaa; 80], "Test Using Larger Than Block-Size Key - Hash Key First")),
            "aa4ae5e15272d00e95705637ce8a3b55ed402112"
        );
    }
}
