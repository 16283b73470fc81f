//! Tokens that can be recognised without asking the server.
//!
//! A token is a prefix such as `stw_`, 43 letters and digits (256 bits of randomness) and 6 more
//! that are the CRC-32 of all before, in base 62. Secret scanners find leaked ones by the pattern
//! and tell them from look-alikes by the checksum; a token that was mistyped or cut short costs
//! no look-up.

use kernel::Secret;

use crate::random_bytes;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const RANDOM_LENGTH: usize = 43;
const CHECKSUM_LENGTH: usize = 6;

/// Draws a token that starts with `prefix`.
pub fn random_token(prefix: &str) -> Secret<String> {
    let length = prefix.len() + RANDOM_LENGTH;
    let mut token = String::with_capacity(length + CHECKSUM_LENGTH);
    token.push_str(prefix);
    while token.len() < length {
        // 248 = 4 × 62: larger bytes are thrown away, so that every character is as likely.
        let bytes = random_bytes::<64>().into_iter().filter(|byte| *byte < 248);
        token.extend(bytes.map(|byte| character(byte.into())).take(length - token.len()));
    }
    Secret::new(with_checksum(token))
}

/// A text with its checksum behind it, as all tokens end.
pub fn with_checksum(mut text: String) -> String {
    text.push_str(&checksum(&text));
    text
}

/// What stands before the checksum, if that is right.
pub fn without_checksum(token: &str) -> Option<&str> {
    let position = token.len().checked_sub(CHECKSUM_LENGTH)?;
    let (start, end) = token.split_at_checked(position)?;
    (end == checksum(start)).then_some(start)
}

/// Whether this can be a token of ours: nothing but its form and checksum is looked at.
pub fn token_is_well_formed(token: &str) -> bool {
    let Some(start) = without_checksum(token) else { return false };
    let random = start.len().checked_sub(RANDOM_LENGTH).and_then(|position| start.get(position..));
    random.is_some_and(|random| random.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// The CRC-32 of `text` in base 62, most significant digit first.
fn checksum(text: &str) -> String {
    let mut rest = crc32(text.as_bytes());
    let mut digits = ['0'; CHECKSUM_LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = character(rest % 62);
        rest /= 62;
    }
    digits.iter().collect()
}

fn character(number: u32) -> char {
    ALPHABET.get(number as usize % ALPHABET.len()).copied().map_or('0', char::from)
}

/// CRC-32 as zip, PNG and the tokens of the large code hosts have it.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_known_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(checksum("123456789"), "3jZRME");
    }

    #[test]
    fn tokens_are_recognised_and_never_the_same() {
        let tokens: std::collections::BTreeSet<_> =
            (0..200).map(|_| random_token("stw_").into_exposed()).collect();
        assert_eq!(tokens.len(), 200);
        for token in &tokens {
            assert_eq!(token.len(), "stw_".len() + RANDOM_LENGTH + CHECKSUM_LENGTH);
            assert!(token.starts_with("stw_") && token_is_well_formed(token), "{token}");
        }
        assert!(tokens.iter().flat_map(|token| token.bytes()).any(|byte| byte == b'z'));
    }

    #[test]
    fn every_slip_of_one_character_is_noticed() {
        let token = random_token("stw_").into_exposed();
        for position in 0..token.len() {
            for other in ["0", "Z", "a", "_", " ", "é"] {
                let mut wrong = token.clone();
                wrong.replace_range(position..=position, other);
                assert!(wrong == token || !token_is_well_formed(&wrong), "{wrong}");
            }
            assert!(!token_is_well_formed(&token[..position]));
        }
        assert!(!token_is_well_formed(&format!("{token}0")));
        assert!(!token_is_well_formed("éééééé"));
    }
}
