//! The token that the server shows to itself: the credential engine speaks to every Terraform API
//! over HTTP, also to this server's own. It is signed, and not stored, so that every server of an
//! installation knows it; and good for a moment only.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Secret, Timestamp};

use crate::Identity;

const PREFIX: &str = "stwi_";
const PURPOSE: &str = "internal token";
const LIFETIME: Duration = Duration::from_mins(1);
const INSTANT: usize = 8;

impl Identity {
    /// A token with which the server asks itself, for the next minute.
    pub fn internal_token(&self) -> Secret<String> {
        let end = self.now().plus(LIFETIME).as_micros().to_be_bytes();
        let tag = self.barrier().sign(PURPOSE, &end);
        let text = URL_SAFE_NO_PAD.encode([end.as_slice(), tag.as_slice()].concat());
        Secret::new(format!("{PREFIX}{text}"))
    }

    /// Whether the server itself shows this token, and still may.
    pub(crate) fn is_internal(&self, token: &str, now: Timestamp) -> bool {
        let Some(text) = token.strip_prefix(PREFIX) else { return false };
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(text) else { return false };
        let Some((end, tag)) = bytes.split_first_chunk::<INSTANT>() else { return false };
        let ends_at = Timestamp::from_micros(i64::from_be_bytes(*end));
        // One that ends later than any that is made was not made here.
        ends_at > now
            && ends_at <= now.plus(LIFETIME.saturating_mul(2))
            && self.barrier().verify(PURPOSE, end, tag)
    }
}
