//! What a batch token looks like: `hvb.`, what is sealed in base64 (the alphabet of URLs), and six
//! letters and digits that are the checksum of all before. Scanners for leaked secrets know such
//! tokens by their beginning; one that was mistyped or cut short is not even tried to be opened.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};

/// What batch tokens begin with. Nobody gets another token with a dot in it.
const PREFIX: &str = "hvb.";

/// How many characters one has at most: few enough for every proxy's limit for a header.
pub(super) const LONGEST: usize = 4_096;

/// Whether a value can be nothing but a batch token.
pub(super) fn is_batch(value: &str) -> bool {
    value.starts_with(PREFIX)
}

/// What was sealed, as text.
pub(super) fn write(sealed: &[u8]) -> String {
    barrier::with_checksum(format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(sealed)))
}

/// What was sealed, if this is such a text.
pub(super) fn read(value: &str) -> Option<Vec<u8>> {
    if value.len() > LONGEST {
        return None;
    }
    let sealed = barrier::without_checksum(value)?.strip_prefix(PREFIX)?;
    BASE64_URL_SAFE_NO_PAD.decode(sealed).ok()
}
