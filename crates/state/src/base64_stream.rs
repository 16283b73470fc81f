//! Base64 that arrives in pieces, as it stands between the quotes of a JSON string.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::Error;

/// Decodes piece by piece. Line breaks within the text are skipped, as every decoder of it does.
#[derive(Debug)]
pub(crate) struct Decoder {
    field: &'static str,
    waiting: Vec<u8>,
    decoded: Vec<u8>,
    padded: bool,
    escape: Escape,
}

#[derive(Debug)]
enum Escape {
    None,
    Begun,
    Unicode(String),
}

impl Decoder {
    /// A decoder of the attribute `field`, which errors name.
    pub(crate) fn new(field: &'static str) -> Self {
        Self {
            field,
            waiting: Vec::new(),
            decoded: Vec::new(),
            padded: false,
            escape: Escape::None,
        }
    }

    /// Takes the next piece and answers what it decodes to.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<&[u8], Error> {
        let plain = matches!(self.escape, Escape::None)
            && !piece.iter().any(|byte| matches!(byte, b'\\' | b' ' | b'\t' | b'\r' | b'\n'));
        if plain {
            self.waiting.extend_from_slice(piece);
        } else {
            for byte in piece {
                self.unescape(*byte)?;
            }
        }
        let whole = self.waiting.len() / 4 * 4;
        self.decode(whole)
    }

    /// Takes the end of the text and answers the last decoded bytes.
    pub(crate) fn finish(&mut self) -> Result<&[u8], Error> {
        if !matches!(self.escape, Escape::None) {
            return Err(self.malformed());
        }
        self.decode(self.waiting.len())
    }

    fn decode(&mut self, length: usize) -> Result<&[u8], Error> {
        self.decoded.clear();
        let text = self.waiting.get(..length).unwrap_or_default();
        if text.is_empty() {
            return Ok(&self.decoded);
        }
        // Padding ends the text: nothing may follow the piece that had it.
        let padded = std::mem::replace(&mut self.padded, text.last() == Some(&b'='));
        if padded || STANDARD.decode_vec(text, &mut self.decoded).is_err() {
            return Err(self.malformed());
        }
        self.waiting.drain(..length);
        Ok(&self.decoded)
    }

    fn unescape(&mut self, byte: u8) -> Result<(), Error> {
        match (&mut self.escape, byte) {
            (Escape::None, b'\\') => self.escape = Escape::Begun,
            (Escape::None, b' ' | b'\t' | b'\r' | b'\n') => {}
            (Escape::None, other) => self.waiting.push(other),
            (Escape::Begun, b'u') => self.escape = Escape::Unicode(String::new()),
            (Escape::Begun, b'n' | b'r' | b't') => self.escape = Escape::None,
            (Escape::Begun, b'/') => {
                self.waiting.push(b'/');
                self.escape = Escape::None;
            }
            (Escape::Begun, _) => return Err(self.malformed()),
            (Escape::Unicode(digits), digit) => {
                digits.push(char::from(digit));
                if digits.len() == 4 {
                    let code = u8::from_str_radix(digits, 16).map_err(|_| self.malformed())?;
                    self.escape = Escape::None;
                    self.waiting.push(code);
                }
            }
        }
        Ok(())
    }

    fn malformed(&self) -> Error {
        Error::invalid(self.field, format!("{} is not valid base64", self.field))
    }
}

/// Decodes a text that is whole in memory.
pub(crate) fn decode(field: &'static str, text: &str) -> Result<Vec<u8>, Error> {
    let mut decoder = Decoder::new(field);
    let mut bytes = decoder.push(text.as_bytes())?.to_vec();
    bytes.extend_from_slice(decoder.finish()?);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn in_pieces(text: &str, piece: usize) -> Result<Vec<u8>, Error> {
        let mut decoder = Decoder::new("state");
        let mut bytes = Vec::new();
        for piece in text.as_bytes().chunks(piece) {
            bytes.extend_from_slice(decoder.push(piece)?);
        }
        bytes.extend_from_slice(decoder.finish()?);
        Ok(bytes)
    }

    #[test]
    fn escapes_and_line_breaks_are_read() {
        for text in ["Pz8/\\n Pw==", "Pz8\\/Pw\\u003d=", "Pz8\\u002FPw\\u003D\\u003d"] {
            for piece in 1..text.len() {
                assert_eq!(in_pieces(text, piece).unwrap(), b"????", "{text} in {piece}");
            }
        }
    }

    #[test]
    fn what_is_not_base64_is_refused() {
        for text in ["A", "AA=A", "AA==AAAA", "A-_A", "AAAA\\", "AAAA\\u00", "\\u00zzAAA", "\\x"] {
            for piece in 1..=text.len() {
                assert!(in_pieces(text, piece).is_err(), "{text} in {piece}");
            }
        }
    }

    proptest! {
        #[test]
        fn what_was_encoded_comes_back(bytes in prop::collection::vec(any::<u8>(), 0..200), piece in 1_usize..40) {
            let text = STANDARD.encode(&bytes);
            prop_assert_eq!(in_pieces(&text, piece).unwrap(), bytes.clone());
            prop_assert_eq!(decode("state", &text).unwrap(), bytes);
        }
    }
}
