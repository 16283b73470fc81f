//! Handing a secret to a device: as an address that the device reads from a picture, and as text
//! for people to type.
//!
//! Nothing is kept of it before the device has shown a first code. Until then the secret stands,
//! sealed, in the form that asks for the code, bound to the session or ticket that it was drawn for.

use std::time::Duration;

use barrier::{Barrier, random_bytes};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Result, Secret, Timestamp};
use web::page::{host, path_segment};

use super::totp::{self, DIGITS, PERIOD};

/// As long as the hash, which is what the standard asks for.
const LENGTH: usize = 20;
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// How long a person has until the first code.
const PATIENCE: Duration = Duration::from_mins(30);

/// Whom a device's secret is for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bound<'a> {
    /// The session or ticket: in no other is the secret of any use.
    pub(crate) to: &'a str,
    /// The person, as the device will list them.
    pub(crate) username: &'a str,
    /// This server, as the device will list it.
    pub(crate) external_url: &'a str,
}

/// A secret on its way to a device.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// The `otpauth:` address.
    pub address: Secret<String>,
    /// The secret, for typing: in base 32, in groups of four.
    pub text: Secret<String>,
    /// The secret, sealed: the form brings it back with the first code.
    pub sealed: String,
    secret: Secret<Vec<u8>>,
}

impl Enrolment {
    /// Draws a secret.
    pub(crate) fn draw(barrier: &Barrier, bound: Bound<'_>, now: Timestamp) -> Result<Self> {
        let secret: [u8; LENGTH] = random_bytes();
        let end = now.plus(PATIENCE).as_micros().to_be_bytes();
        let plain = [end.as_slice(), &secret].concat();
        let sealed = barrier.system_key().seal(place(bound).as_bytes(), &plain)?;
        Ok(Self::new(&secret, URL_SAFE_NO_PAD.encode(sealed), bound))
    }

    /// The secret that a form brought back. None if it was drawn for somebody else or long ago.
    pub(crate) fn reopen(
        barrier: &Barrier,
        bound: Bound<'_>,
        sealed: &str,
        now: Timestamp,
    ) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let plain = barrier.system_key().open(place(bound).as_bytes(), &bytes).ok()?;
        let (end, secret) = plain.split_first_chunk()?;
        let end = Timestamp::from_micros(i64::from_be_bytes(*end));
        (end > now).then(|| Self::new(secret, sealed.to_owned(), bound))
    }

    fn new(secret: &[u8], sealed: String, bound: Bound<'_>) -> Self {
        let text = base32(secret);
        Self {
            address: Secret::new(address(&text, bound)),
            text: Secret::new(grouped(&text)),
            sealed,
            secret: Secret::new(secret.to_vec()),
        }
    }

    /// The secret itself.
    pub(crate) fn secret(&self) -> &[u8] {
        self.secret.expose()
    }

    /// The step of the first code, if the device knows the secret.
    pub(crate) fn first_step(&self, typed: &str, now: Timestamp) -> Option<i64> {
        totp::accepted_step(self.secret(), typed, now, 0)
    }
}

/// What a device reads from the picture. It lists the secret under this server's name and the
/// person's.
fn address(secret: &str, bound: Bound<'_>) -> String {
    let host = host(bound.external_url);
    // A colon parts the two names, so the port stays out.
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let issuer = path_segment(&format!("Stateward {host}"));
    let username = path_segment(bound.username);
    format!(
        "otpauth://totp/{issuer}:{username}?secret={secret}&issuer={issuer}\
         &algorithm=SHA1&digits={DIGITS}&period={PERIOD}"
    )
}

fn place(bound: Bound<'_>) -> String {
    format!("enrolment:{}", bound.to)
}

/// Base 32 without padding (RFC 4648).
fn base32(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 8 / 5 + 1);
    let (mut buffer, mut bits) = (0_u32, 0_u32);
    let mut push = |number: u32| {
        let letter = ALPHABET.get(number as usize & 31).copied();
        text.push(letter.map_or('A', char::from));
    };
    for byte in bytes {
        buffer = buffer << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            push(buffer >> bits);
        }
    }
    if bits > 0 {
        push(buffer << (5 - bits));
    }
    text
}

fn grouped(text: &str) -> String {
    let mut grouped = String::with_capacity(text.len() + text.len() / 4);
    for (position, character) in text.chars().enumerate() {
        if position > 0 && position % 4 == 0 {
            grouped.push(' ');
        }
        grouped.push(character);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Site;

    #[test]
    fn base_32_is_that_of_the_standard() {
        for (bytes, expected) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), expected);
        }
    }

    const BOUND: Bound<'_> =
        Bound { to: "sess-1", username: "ada", external_url: "https://tf.example:8443" };

    #[test]
    fn a_device_is_told_everything() {
        let enrolment = Enrolment::new(b"12345678901234567890", String::new(), BOUND);
        assert_eq!(
            enrolment.address.expose(),
            "otpauth://totp/Stateward%20tf.example:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Stateward%20tf.example&algorithm=SHA1&digits=6&period=30"
        );
        assert_eq!(enrolment.text.expose(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert!(!format!("{enrolment:?}").contains("GEZD"));
    }

    #[tokio::test]
    async fn a_form_brings_its_own_secret_back_for_a_while() {
        let site = Site::new();
        let barrier = site.identity.barrier();
        let now = Timestamp::from_micros(0);
        let drawn = Enrolment::draw(barrier, BOUND, now).unwrap();
        let reopen = |bound, sealed: &str, now| Enrolment::reopen(barrier, bound, sealed, now);
        let same = reopen(BOUND, &drawn.sealed, now.plus(PATIENCE / 2)).unwrap();
        assert_eq!(same.secret(), drawn.secret());
        assert_eq!(same.address, drawn.address);
        assert!(reopen(BOUND, &drawn.sealed, now.plus(PATIENCE)).is_none());
        assert!(reopen(Bound { to: "sess-2", ..BOUND }, &drawn.sealed, now).is_none());
        for sealed in ["", "AAAA", "!", drawn.sealed.get(1..).unwrap()] {
            assert!(reopen(BOUND, sealed, now).is_none(), "{sealed}");
        }
        assert_ne!(Enrolment::draw(barrier, BOUND, now).unwrap().secret(), drawn.secret());
    }
}
