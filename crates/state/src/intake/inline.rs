//! Requests that carry the state inline, as base64 within a JSON document: the two long strings
//! are cut out and decoded on the way, and the rest of the document is parsed like any other.

use std::{collections::VecDeque, mem};

use blobs::Writer;
use bytes::Bytes;
use kernel::{Error, Kind, Result};

use super::{Source, check_size};
use crate::{
    base64_stream::Decoder,
    json_cut::{Cutter, Place, Shape, Sink},
};

const PLACES: &[Place] = &[
    Place { path: &["data", "attributes", "state"], shape: Shape::Text },
    Place { path: &["data", "attributes", "json-state"], shape: Shape::Text },
];
const STATE: usize = 0;

/// How much of the document may be anything else than the two strings.
const MOST_OTHER: usize = 16 << 20;

/// Where the JSON representation goes.
pub(crate) enum JsonPart {
    /// Into memory: the whole document is there already.
    Memory(Vec<u8>),
    /// Into the store.
    Store(Box<Writer>),
}

/// What a document was cut into.
pub(crate) struct InlineParts {
    /// The document with the two strings emptied.
    pub(crate) rest: Vec<u8>,
    /// Whether there was a state that was not empty.
    pub(crate) has_state: bool,
    /// The JSON representation, if there was one.
    pub(crate) json: Option<JsonPart>,
}

/// Cuts a document while it passes by. As a source it gives the state's bytes.
pub(crate) struct Inline<S> {
    source: S,
    cutter: Cutter,
    parts: Parts,
}

struct Parts {
    rest: Vec<u8>,
    state: Option<Decoder>,
    decoded: VecDeque<Bytes>,
    state_size: u64,
    json: Option<Decoder>,
    json_part: JsonPart,
    json_size: u64,
    max_json: u64,
}

impl<S: Source> Inline<S> {
    /// A cutter of a document of which `max_json` bytes may be a JSON representation.
    pub(crate) fn new(source: S, json_part: JsonPart, max_json: u64) -> Self {
        let parts = Parts {
            rest: Vec::new(),
            state: None,
            decoded: VecDeque::new(),
            state_size: 0,
            json: None,
            json_part,
            json_size: 0,
            max_json,
        };
        Self { source, cutter: Cutter::new(PLACES), parts }
    }

    /// The parts, once the document has passed.
    pub(crate) fn into_parts(self) -> InlineParts {
        InlineParts {
            rest: self.parts.rest,
            has_state: self.parts.state_size > 0,
            json: (self.parts.json_size > 0).then_some(self.parts.json_part),
        }
    }
}

impl<S: Source> Source for &mut Inline<S> {
    fn next(&mut self) -> Result<Option<Bytes>> {
        loop {
            if let Some(bytes) = self.parts.decoded.pop_front() {
                return Ok(Some(bytes));
            }
            let Some(piece) = self.source.next()? else { return Ok(None) };
            self.cutter.push(&piece, &mut self.parts)?;
        }
    }
}

impl Parts {
    fn keep_json(&mut self, bytes: &[u8]) -> Result<()> {
        self.json_size += bytes.len() as u64;
        check_size(self.json_size, self.max_json)?;
        match &mut self.json_part {
            JsonPart::Memory(whole) => {
                whole.extend_from_slice(bytes);
                Ok(())
            }
            JsonPart::Store(writer) => writer.write_blocking(bytes),
        }
    }

    fn keep_state(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.state_size += bytes.len() as u64;
            self.decoded.push_back(Bytes::copy_from_slice(bytes));
        }
    }
}

impl Sink for Parts {
    fn rest(&mut self, bytes: &[u8]) -> Result<()> {
        if self.rest.len() + bytes.len() > MOST_OTHER {
            return Err(Error::new(
                Kind::TooLarge,
                "apart from the state itself, the document is too large",
            ));
        }
        self.rest.extend_from_slice(bytes);
        Ok(())
    }

    fn begin(&mut self, place: usize) -> Result<()> {
        let (decoder, field) = match place {
            STATE => (&mut self.state, "state"),
            _ => (&mut self.json, "json-state"),
        };
        if decoder.replace(Decoder::new(field)).is_some() {
            return Err(Error::invalid(field, format!("{field} is there twice")));
        }
        Ok(())
    }

    fn value(&mut self, place: usize, bytes: &[u8]) -> Result<()> {
        self.decode(place, |decoder| decoder.push(bytes))
    }

    fn end(&mut self, place: usize) -> Result<()> {
        self.decode(place, Decoder::finish)
    }
}

impl Parts {
    fn decode(
        &mut self,
        place: usize,
        step: impl FnOnce(&mut Decoder) -> Result<&[u8]>,
    ) -> Result<()> {
        let slot = if place == STATE { &mut self.state } else { &mut self.json };
        // Taken out, so that what it decodes can be kept while it is borrowed.
        let mut decoder = mem::take(slot);
        if let Some(decoder) = &mut decoder {
            let bytes = step(decoder)?;
            if place == STATE {
                self.keep_state(bytes);
            } else {
                self.keep_json(bytes)?;
            }
        }
        *(if place == STATE { &mut self.state } else { &mut self.json }) = decoder;
        Ok(())
    }
}

/// A document that is whole in memory, as a source.
pub(crate) struct Whole(pub(crate) Option<Bytes>);

impl Source for Whole {
    fn next(&mut self) -> Result<Option<Bytes>> {
        Ok(self.0.take())
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine as _, engine::general_purpose::STANDARD};

    use super::*;

    struct InPieces(VecDeque<Bytes>);

    impl Source for InPieces {
        fn next(&mut self) -> Result<Option<Bytes>> {
            Ok(self.0.pop_front())
        }
    }

    fn cut(document: &str, piece: usize) -> Result<(Vec<u8>, InlineParts)> {
        let pieces = document.as_bytes().chunks(piece).map(Bytes::copy_from_slice).collect();
        let mut inline = Inline::new(InPieces(pieces), JsonPart::Memory(Vec::new()), 100);
        let mut state = Vec::new();
        let mut source = &mut inline;
        while let Some(bytes) = source.next()? {
            state.extend_from_slice(&bytes);
        }
        Ok((state, inline.into_parts()))
    }

    #[test]
    fn the_two_strings_are_cut_out_and_decoded() {
        let document = format!(
            r#"{{"data":{{"attributes":{{"json-state":"{}","serial":1,"state":"{}"}}}}}}"#,
            STANDARD.encode("json"),
            STANDARD.encode("state"),
        );
        for piece in 1..document.len() {
            let (state, parts) = cut(&document, piece).unwrap();
            assert_eq!(state, b"state");
            assert!(parts.has_state);
            assert!(matches!(parts.json, Some(JsonPart::Memory(json)) if json == b"json"));
            assert_eq!(
                String::from_utf8(parts.rest).unwrap(),
                r#"{"data":{"attributes":{"json-state":"","serial":1,"state":""}}}"#
            );
        }
    }

    #[test]
    fn an_empty_string_is_no_state() {
        let document = r#"{"data":{"attributes":{"json-state":"","state":null}}}"#;
        let (state, parts) = cut(document, 7).unwrap();
        assert!(state.is_empty() && !parts.has_state && parts.json.is_none());
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (attributes, pointer) in [
            (r#""state":"!""#, "/data/attributes/state"),
            (r#""state":"AAAA","state":"AAAA""#, "/data/attributes/state"),
            (r#""json-state":"A""#, "/data/attributes/json-state"),
        ] {
            let document = format!(r#"{{"data":{{"attributes":{{{attributes}}}}}}}"#);
            let error = cut(&document, 5).err().unwrap();
            assert_eq!(error.details()[0].pointer.as_deref(), Some(pointer));
        }
        let long = format!(
            r#"{{"data":{{"attributes":{{"json-state":"{}"}}}}}}"#,
            STANDARD.encode([0; 101])
        );
        assert_eq!(cut(&long, 50).err().unwrap().kind(), Kind::TooLarge);
    }
}
