//! Values that nobody can guess, in the forms that Vault's have.

use barrier::random_bytes;
use kernel::Secret;

/// What a token begins with, so that clients and scanners know it.
const TOKEN_PREFIX: &str = "hvs.";
/// How long tokens, and the last part of accessors and leases are: as Vault's. A token is all random
/// (142 bits), the others begin with when they were made, as ids do (95 bits).
const LENGTH: usize = 24;
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A new token's value.
pub fn token() -> Secret<String> {
    Secret::new(format!("{TOKEN_PREFIX}{}", random_text(LENGTH)))
}

/// A new accessor.
pub fn accessor() -> String {
    in_order()
}

/// The id of a new lease of what was read at `path`.
pub fn lease(path: &str) -> String {
    format!("{path}/{}", in_order())
}

/// The accessor of a new mount: its type and eight hexadecimal digits.
pub fn mount_accessor(kind: &str) -> String {
    format!("{kind}_{}", barrier::hex(random_bytes::<4>()))
}

/// A random UUID (RFC 9562, version 4).
pub fn uuid() -> String {
    let mut bytes = random_bytes::<16>();
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
    *version = (*version & 0x0f) | 0x40;
    *variant = (*variant & 0x3f) | 0x80;
    let hex = barrier::hex(bytes);
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

fn in_order() -> String {
    let moment = kernel::moment();
    let random = random_text(LENGTH.saturating_sub(moment.len()));
    moment + &random
}

/// So many letters and digits.
pub fn random_text(length: usize) -> String {
    let mut text = String::with_capacity(length);
    while text.len() < length {
        // Bytes above the last whole multiple of 62 would make some characters likelier.
        let usable = random_bytes::<32>().into_iter().filter(|byte| *byte < 248);
        let characters = usable.filter_map(|byte| ALPHABET.get(usize::from(byte) % 62));
        text.extend(characters.map(|byte| char::from(*byte)).take(length - text.len()));
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Whether a text is `length` characters of the alphabet.
    fn is_base62(text: &str, length: usize) -> bool {
        text.len() == length && text.bytes().all(|byte| ALPHABET.contains(&byte))
    }

    #[test]
    fn values_have_their_forms() {
        let token = token();
        assert!(is_base62(token.expose().strip_prefix("hvs.").unwrap(), 24));
        assert!(is_base62(&accessor(), 24));
        let lease = lease("terraform/creds/ci");
        assert!(is_base62(lease.strip_prefix("terraform/creds/ci/").unwrap(), 24));
        let accessor = mount_accessor("kv");
        let digits = accessor.strip_prefix("kv_").unwrap();
        assert_eq!(digits.len(), 8);
        assert!(digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')));
    }

    #[test]
    fn uuids_say_which_version_they_are() {
        for _ in 0..200 {
            let uuid = uuid();
            let lengths: Vec<_> = uuid.split('-').map(str::len).collect();
            assert_eq!(lengths, [8, 4, 4, 4, 12]);
            let (version, variant) = (uuid.as_bytes()[14], uuid.as_bytes()[19]);
            assert!(version == b'4' && b"89ab".contains(&variant), "{uuid}");
        }
    }

    #[test]
    fn nothing_comes_twice_and_every_character_comes_everywhere() {
        let accessors: BTreeSet<_> = (0..5_000).map(|_| accessor()).collect();
        assert_eq!(accessors.len(), 5_000);
        let values: BTreeSet<_> = (0..5_000).map(|_| random_text(LENGTH)).collect();
        assert_eq!(values.len(), 5_000);
        for position in 0..LENGTH {
            let seen: BTreeSet<_> = values.iter().map(|value| value.as_bytes()[position]).collect();
            assert_eq!(seen.len(), ALPHABET.len(), "at {position}");
        }
        let uuids: BTreeSet<_> = (0..5_000).map(|_| uuid()).collect();
        assert_eq!(uuids.len(), 5_000);
    }
}
