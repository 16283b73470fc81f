//! Recovery codes: ten words that get in without the device, each once.

use barrier::{Barrier, random_bytes};
use kernel::{Secret, UserId};

/// How many there are.
pub(crate) const COUNT: usize = 10;
/// How many letters and digits one has: 60 bits.
const LENGTH: usize = 12;
/// Where a dash stands when it is shown.
const GROUP: usize = 4;
/// Without what is mistaken for each other: i, l, o, u.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

const PURPOSE: &str = "recovery code";

/// Draws new ones, in the form in which they are shown.
pub(crate) fn draw() -> Vec<Secret<String>> {
    (0..COUNT).map(|_| Secret::new(draw_one())).collect()
}

fn draw_one() -> String {
    let bytes: [u8; LENGTH] = random_bytes();
    let mut text = String::with_capacity(LENGTH + LENGTH / GROUP);
    for (position, byte) in bytes.into_iter().enumerate() {
        if position > 0 && position % GROUP == 0 {
            text.push('-');
        }
        let letter = ALPHABET.get(usize::from(byte) % ALPHABET.len()).copied();
        text.push(letter.map_or('0', char::from));
    }
    text
}

/// What was typed, as it is kept: case, spaces and dashes do not count, nor does a letter that is
/// mistaken for a digit. None if it can't be one.
pub(crate) fn read(typed: &str) -> Option<String> {
    let mut text = String::with_capacity(LENGTH);
    for character in typed.chars().filter(|c| !matches!(c, '-' | ' ')) {
        let character = match character.to_ascii_lowercase() {
            'i' | 'l' => '1',
            'o' => '0',
            other => other,
        };
        let known = u8::try_from(character).is_ok_and(|byte| ALPHABET.contains(&byte));
        if !known || text.len() == LENGTH {
            return None;
        }
        text.push(character);
    }
    (text.len() == LENGTH).then_some(text)
}

/// What a code is looked up by: it says nothing without the server's key.
pub(crate) fn hash(barrier: &Barrier, user: UserId, code: &str) -> [u8; 32] {
    let code = code.replace('-', "");
    barrier.sign(PURPOSE, format!("{user}:{code}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_type_them() {
        for code in draw() {
            let code = code.into_exposed();
            assert_eq!(code.len(), LENGTH + 2, "{code}");
            let kept = code.replace('-', "");
            for typed in [code.clone(), kept.clone(), code.to_uppercase(), format!(" {code} ")] {
                assert_eq!(read(&typed), Some(kept.clone()), "{typed}");
            }
        }
        assert_eq!(read("OIL0-abcd-efgh").as_deref(), Some("0110abcdefgh"));
    }

    #[test]
    fn what_can_not_be_a_code_is_none() {
        for typed in ["", "123456", "abcd-efgh-jkm", "abcd-efgh-jkmnp", "abcd-efgh-jkm!", "ü"] {
            assert_eq!(read(typed), None, "{typed}");
        }
    }

    #[test]
    fn codes_differ() {
        let codes: std::collections::BTreeSet<_> =
            (0..20).flat_map(|_| draw()).map(Secret::into_exposed).collect();
        assert_eq!(codes.len(), 20 * COUNT);
    }
}
