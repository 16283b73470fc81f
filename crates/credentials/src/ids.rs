//! Values that nobody can guess, in the forms that Vault's have.

use barrier::random_bytes;
use kernel::Secret;

/// What a token begins with, so that clients and scanners know it.
const TOKEN_PREFIX: &str = "hvs.";
/// How long the random part of tokens, accessors and leases is: 142 bits.
const LENGTH: usize = 24;
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A new token's value.
pub fn token() -> Secret<String> {
    Secret::new(format!("{TOKEN_PREFIX}{}", base62()))
}

/// A new accessor.
pub fn accessor() -> String {
    base62()
}

/// The id of a new lease of what was read at `path`.
pub fn lease(path: &str) -> String {
    format!("{path}/{}", base62())
}

/// The accessor of a new mount: its type and eight hexadecimal digits.
pub fn mount_accessor(kind: &str) -> String {
    format!("{kind}_{}", barrier::hex(&random_bytes::<4>()))
}

/// A random UUID (RFC 9562, version 4).
pub fn uuid() -> String {
    let mut bytes = random_bytes::<16>();
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
    *version = (*version & 0x0f) | 0x40;
    *variant = (*variant & 0x3f) | 0x80;
    let hex = barrier::hex(&bytes);
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

fn base62() -> String {
    let mut text = String::with_capacity(LENGTH);
    while text.len() < LENGTH {
        // Bytes above the last whole multiple of 62 would make some characters likelier.
        let usable = random_bytes::<32>().into_iter().filter(|byte| *byte < 248);
        let characters = usable.filter_map(|byte| ALPHABET.get(usize::from(byte) % 62));
        text.extend(characters.map(|byte| char::from(*byte)).take(LENGTH - text.len()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_forms_and_differ() {
        let token = token();
        assert!(token.expose().starts_with("hvs.") && token.expose().len() == 28);
        assert_ne!(accessor(), accessor());
        assert!(accessor().bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert!(lease("terraform/creds/ci").starts_with("terraform/creds/ci/"));
        let uuid = uuid();
        assert_eq!((uuid.len(), uuid.as_bytes()[14]), (36, b'4'));
        assert_eq!(mount_accessor("kv").len(), 11);
    }
}
