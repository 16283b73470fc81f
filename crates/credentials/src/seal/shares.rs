//! A key in shares: how many, how they are written, and what they come to.

use barrier::{
    DataKey, random_bytes,
    shamir::{self, SecretBytes},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::{Error, Secret};

use crate::{fault::Fault, start::ROOT_PLACE, store::WrittenSeal};

/// How long the key is, in bytes.
const KEY: usize = 32;
/// A share is one byte longer than what is split; what is not split is its own share.
const LONGEST: usize = KEY + 1;
const SHORTEST: usize = 16;

/// How many shares there are, and how many of them are enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Division {
    pub(crate) shares: u8,
    pub(crate) threshold: u8,
}

impl Division {
    /// As somebody asks for it.
    pub(crate) fn checked(shares: i64, threshold: i64) -> Result<Self, Fault> {
        let wrong = |why: &str| Err(Fault::refused(format!("invalid seal configuration: {why}")));
        if shares < 1 {
            return wrong("shares must be at least one");
        }
        if threshold < 1 {
            return wrong("threshold must be at least one");
        }
        let (Ok(shares), Ok(threshold)) = (u8::try_from(shares), u8::try_from(threshold)) else {
            return wrong("shares must be less than 256");
        };
        if threshold > shares {
            return wrong("threshold cannot be larger than shares");
        }
        if shares > 1 && threshold == 1 {
            return wrong("threshold must be greater than one for multiple shares");
        }
        Ok(Self { shares, threshold })
    }
}

/// A new key, and the shares that it comes to.
pub(super) fn new_key(division: Division) -> Result<(DataKey, Vec<SecretBytes>), Fault> {
    let key = random_bytes::<KEY>();
    let shares = if division.shares == 1 {
        vec![Secret::new(key.to_vec().into())]
    } else {
        shamir::split(&key, division.shares, division.threshold).map_err(Error::internal)?
    };
    Ok((under_shares(key)?, shares))
}

fn under_shares(key: [u8; KEY]) -> Result<DataKey, Fault> {
    Ok(DataKey::of_root("credentials under shares", key)?)
}

/// A share as people write it: in hexadecimal digits or in base64.
pub(super) fn read(text: &str) -> Result<SecretBytes, Fault> {
    let text = text.trim();
    let bytes = from_hex(text).or_else(|| STANDARD.decode(text).ok());
    let bytes =
        bytes.ok_or_else(|| Fault::refused("'key' must be a valid hex or base64 string"))?;
    let text = match bytes.len() {
        ..SHORTEST => format!("key is shorter than minimum {SHORTEST} bytes"),
        SHORTEST..=LONGEST => return Ok(Secret::new(bytes.into())),
        _ => format!("key is longer than maximum {LONGEST} bytes"),
    };
    Err(Fault::refused(format!("invalid key: {text}")))
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits =
        text.bytes().map(|byte| char::from(byte).to_digit(16)).collect::<Option<Vec<_>>>()?;
    let (pairs, []) = digits.as_chunks::<2>() else { return None };
    pairs.iter().map(|[high, low]| u8::try_from(high * 16 + low).ok()).collect()
}

/// The root key that these shares open. Shares that were not made for it are refused.
pub(super) fn open_root(shares: &[SecretBytes], written: &WrittenSeal) -> Result<[u8; KEY], Fault> {
    let wrong =
        |why: String| Fault::refused(format!("unable to retrieve stored keys: invalid key: {why}"));
    let key = if let [only] = shares {
        only.clone()
    } else {
        let shares: Vec<_> = shares.iter().map(Secret::expose).collect();
        shamir::combine(&shares).map_err(|error| wrong(error.to_string()))?
    };
    let other = || wrong("failed to decrypt keys from storage".to_owned());
    let key = key.expose().as_slice().try_into().map_err(|_| other())?;
    let root = under_shares(key)?.open(ROOT_PLACE, &written.sealed_root).map_err(|_| other())?;
    root.try_into().map_err(|_| other())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divisions_are_checked_in_the_words_that_clients_know() {
        for (shares, threshold, why) in [
            (0, 0, "shares must be at least one"),
            (5, 0, "threshold must be at least one"),
            (5, 6, "threshold cannot be larger than shares"),
            (5, 1, "threshold must be greater than one for multiple shares"),
            (300, 3, "shares must be less than 256"),
        ] {
            let text = Division::checked(shares, threshold).unwrap_err().errors().join("");
            assert_eq!(text, format!("invalid seal configuration: {why}"));
        }
        for (shares, threshold) in [(1, 1), (2, 2), (5, 3), (255, 255)] {
            assert!(Division::checked(shares, threshold).is_ok());
        }
    }

    #[test]
    fn shares_are_read_in_both_ways_of_writing() {
        let bytes: Vec<u8> = (0..33).map(|byte| byte * 7).collect();
        for text in
            [barrier::hex(&bytes), barrier::hex(&bytes).to_uppercase(), STANDARD.encode(&bytes)]
        {
            assert_eq!(read(&text).unwrap().expose().as_slice(), bytes, "{text}");
        }
        for (text, why) in [
            ("zz!", "'key' must be a valid hex or base64 string"),
            ("aabb", "invalid key: key is shorter than minimum 16 bytes"),
            (&"ab".repeat(34), "invalid key: key is longer than maximum 33 bytes"),
        ] {
            assert_eq!(read(text).unwrap_err().errors(), [why]);
        }
    }
}
