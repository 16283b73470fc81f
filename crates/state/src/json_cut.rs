//! Cuts single values out of a JSON text that arrives in pieces, without holding the text: the
//! base64 of a state out of a request, the serial out of a state.
//!
//! It only follows strings, brackets and keys; whether the text is JSON at all is for the parser
//! of what remains. So it never fails on malformed text, only on text nested too deeply.

use kernel::Error;

/// How deep a wanted value may stand.
const FOLLOWED: usize = 3;
/// Longer keys are nobody's.
const LONGEST_KEY: usize = 64;
/// Deeper nesting is hostile. What parsers keep per level stays small.
const DEEPEST: usize = 100_000;

/// What a wanted value must look like; anything else is left where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A string: its quotes remain, what stands between them is cut out.
    Text,
    /// A number or word: cut out whole.
    Scalar,
}

/// A wanted value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// The keys that lead there, from the outermost object.
    pub(crate) path: &'static [&'static str],
    /// What it must look like.
    pub(crate) shape: Shape,
}

/// Takes what is cut apart. `place` counts the wanted places in their order.
pub(crate) trait Sink {
    /// Text that is not wanted.
    fn rest(&mut self, bytes: &[u8]) -> Result<(), Error>;
    /// A wanted value begins.
    fn begin(&mut self, place: usize) -> Result<(), Error>;
    /// The next bytes of the wanted value, as they stand in the text.
    fn value(&mut self, place: usize, bytes: &[u8]) -> Result<(), Error>;
    /// The wanted value ends.
    fn end(&mut self, place: usize) -> Result<(), Error>;
}

/// Follows one JSON text.
#[derive(Debug)]
pub(crate) struct Cutter {
    places: &'static [Place],
    depth: usize,
    frames: [Frame; FOLLOWED],
    key_next: bool,
    mode: Mode,
}

#[derive(Debug, Default)]
struct Frame {
    object: bool,
    key: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Between,
    Key { escaped: bool },
    Text { escaped: bool },
    CutText { place: usize, escaped: bool },
    CutScalar { place: usize },
}

impl Cutter {
    /// A follower that looks for `places`.
    pub(crate) fn new(places: &'static [Place]) -> Self {
        Self { places, depth: 0, frames: Default::default(), key_next: false, mode: Mode::Between }
    }

    /// The next piece of the text.
    pub(crate) fn push(&mut self, mut piece: &[u8], sink: &mut impl Sink) -> Result<(), Error> {
        while !piece.is_empty() {
            let taken = match self.mode {
                Mode::Between => self.between(piece, sink)?,
                Mode::Key { escaped } => self.key(piece, escaped, sink)?,
                Mode::Text { escaped } => self.text(piece, escaped, sink)?,
                Mode::CutText { place, escaped } => self.cut_text(piece, place, escaped, sink)?,
                Mode::CutScalar { place } => self.cut_scalar(piece, place, sink)?,
            };
            piece = piece.get(taken..).unwrap_or_default();
        }
        Ok(())
    }

    /// Outside of strings: up to the next string or wanted value.
    fn between(&mut self, piece: &[u8], sink: &mut impl Sink) -> Result<usize, Error> {
        for (position, byte) in piece.iter().enumerate() {
            match byte {
                b'"' => {
                    sink.rest(up_to(piece, position + 1))?;
                    self.mode = self.begin_string(sink)?;
                    return Ok(position + 1);
                }
                b'{' | b'[' => self.descend(*byte == b'{')?,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    self.key_next = false;
                }
                b',' => self.key_next = self.frame().is_some_and(|frame| frame.object),
                b':' => self.key_next = false,
                b' ' | b'\t' | b'\r' | b'\n' => {}
                _ if self.places.is_empty() => {}
                _ => {
                    if let Some(place) = self.wanted(Shape::Scalar) {
                        sink.rest(up_to(piece, position))?;
                        sink.begin(place)?;
                        self.mode = Mode::CutScalar { place };
                        return Ok(position);
                    }
                }
            }
        }
        sink.rest(piece)?;
        Ok(piece.len())
    }

    fn begin_string(&mut self, sink: &mut impl Sink) -> Result<Mode, Error> {
        if self.key_next && self.depth <= FOLLOWED {
            if let Some(frame) = self.frame() {
                frame.key.clear();
            }
            return Ok(Mode::Key { escaped: false });
        }
        match self.wanted(Shape::Text) {
            Some(place) => {
                sink.begin(place)?;
                Ok(Mode::CutText { place, escaped: false })
            }
            None => Ok(Mode::Text { escaped: false }),
        }
    }

    fn descend(&mut self, object: bool) -> Result<(), Error> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Error::bad_request("the JSON is nested too deeply"));
        }
        self.key_next = object && self.depth <= FOLLOWED;
        if let Some(frame) = self.frame() {
            frame.object = object;
            frame.key.clear();
        }
        Ok(())
    }

    /// The innermost container, if it is one of those whose keys are followed.
    fn frame(&mut self) -> Option<&mut Frame> {
        self.frames.get_mut(self.depth.checked_sub(1)?)
    }

    /// The wanted place at which the value that begins now stands.
    fn wanted(&self, shape: Shape) -> Option<usize> {
        let frames = self.frames.get(..self.depth)?;
        self.places.iter().position(|place| {
            place.shape == shape
                && place.path.len() == frames.len()
                && place
                    .path
                    .iter()
                    .zip(frames)
                    .all(|(key, frame)| frame.object && frame.key.as_slice() == key.as_bytes())
        })
    }

    fn key(&mut self, piece: &[u8], escaped: bool, sink: &mut impl Sink) -> Result<usize, Error> {
        let (taken, end) = string_end(piece, escaped);
        let text = up_to(piece, if end == End::Closed { taken - 1 } else { taken });
        if let Some(frame) = self.frame() {
            let room = (LONGEST_KEY + 1).saturating_sub(frame.key.len());
            frame.key.extend_from_slice(up_to(text, room));
        }
        self.mode = match end {
            End::Closed => {
                self.key_next = false;
                Mode::Between
            }
            End::Open { escaped } => Mode::Key { escaped },
        };
        sink.rest(up_to(piece, taken))?;
        Ok(taken)
    }

    fn text(&mut self, piece: &[u8], escaped: bool, sink: &mut impl Sink) -> Result<usize, Error> {
        let (taken, end) = string_end(piece, escaped);
        self.mode = match end {
            End::Closed => Mode::Between,
            End::Open { escaped } => Mode::Text { escaped },
        };
        sink.rest(up_to(piece, taken))?;
        Ok(taken)
    }

    fn cut_text(
        &mut self,
        piece: &[u8],
        place: usize,
        escaped: bool,
        sink: &mut impl Sink,
    ) -> Result<usize, Error> {
        let (taken, end) = string_end(piece, escaped);
        match end {
            End::Closed => {
                sink.value(place, up_to(piece, taken - 1))?;
                sink.end(place)?;
                sink.rest(b"\"")?;
                self.mode = Mode::Between;
            }
            End::Open { escaped } => {
                sink.value(place, piece)?;
                self.mode = Mode::CutText { place, escaped };
            }
        }
        Ok(taken)
    }

    fn cut_scalar(
        &mut self,
        piece: &[u8],
        place: usize,
        sink: &mut impl Sink,
    ) -> Result<usize, Error> {
        let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\r' | b'\n');
        let Some(position) = piece.iter().position(ends) else {
            sink.value(place, piece)?;
            return Ok(piece.len());
        };
        sink.value(place, up_to(piece, position))?;
        sink.end(place)?;
        self.mode = Mode::Between;
        Ok(position)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Closed,
    Open { escaped: bool },
}

/// How many bytes of `piece` belong to a string that it begins within, its closing quote
/// included, and whether it was closed.
fn string_end(piece: &[u8], mut escaped: bool) -> (usize, End) {
    for (position, byte) in piece.iter().enumerate() {
        if escaped {
            escaped = false;
        } else if *byte == b'"' {
            return (position + 1, End::Closed);
        } else if *byte == b'\\' {
            escaped = true;
        }
    }
    (piece.len(), End::Open { escaped })
}

fn up_to(bytes: &[u8], end: usize) -> &[u8] {
    bytes.get(..end).unwrap_or(bytes)
}

/// A sink for those who only want the nesting watched.
#[derive(Debug)]
pub(crate) struct Nothing;

impl Sink for Nothing {
    fn rest(&mut self, _: &[u8]) -> Result<(), Error> {
        Ok(())
    }
    fn begin(&mut self, _: usize) -> Result<(), Error> {
        Ok(())
    }
    fn value(&mut self, _: usize, _: &[u8]) -> Result<(), Error> {
        Ok(())
    }
    fn end(&mut self, _: usize) -> Result<(), Error> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const PLACES: &[Place] = &[
        Place { path: &["data", "attributes", "state"], shape: Shape::Text },
        Place { path: &["serial"], shape: Shape::Scalar },
    ];

    #[derive(Default)]
    struct Parts {
        rest: Vec<u8>,
        values: Vec<(usize, String)>,
        ended: usize,
    }

    impl Sink for Parts {
        fn rest(&mut self, bytes: &[u8]) -> Result<(), Error> {
            self.rest.extend_from_slice(bytes);
            Ok(())
        }
        fn begin(&mut self, place: usize) -> Result<(), Error> {
            self.values.push((place, String::new()));
            Ok(())
        }
        fn value(&mut self, place: usize, bytes: &[u8]) -> Result<(), Error> {
            let last = self.values.last_mut().unwrap();
            assert_eq!(last.0, place);
            last.1.push_str(str::from_utf8(bytes).unwrap());
            Ok(())
        }
        fn end(&mut self, _: usize) -> Result<(), Error> {
            self.ended += 1;
            Ok(())
        }
    }

    fn cut(text: &[u8], piece: usize) -> Parts {
        let mut parts = Parts::default();
        let mut cutter = Cutter::new(PLACES);
        for piece in text.chunks(piece) {
            cutter.push(piece, &mut parts).unwrap();
        }
        parts
    }

    #[test]
    fn wanted_values_are_cut_out_wherever_the_pieces_break() {
        let text = br#"{"serial": 12, "data": {"type":"x","attributes":{"a":[1,{"state":"no"}],"state":"QUJD\/\"","b":"state"}, "state":"not this"},"list":[{"data":1}]}"#;
        for piece in 1..text.len() {
            let parts = cut(text, piece);
            assert_eq!(
                parts.values,
                [(1, "12".to_owned()), (0, "QUJD\\/\\\"".to_owned())],
                "pieces of {piece}"
            );
            assert_eq!(parts.ended, 2);
            assert_eq!(
                String::from_utf8(parts.rest).unwrap(),
                r#"{"serial": , "data": {"type":"x","attributes":{"a":[1,{"state":"no"}],"state":"","b":"state"}, "state":"not this"},"list":[{"data":1}]}"#
            );
        }
    }

    #[test]
    fn values_of_another_shape_stay_where_they_are() {
        for text in [
            r#"{"data":{"attributes":{"state":null}}}"#,
            r#"{"data":{"attributes":{"state":{"state":"x"}}}}"#,
            r#"{"data":[{"attributes":{"state":"x"}}]}"#,
            r#"[{"data":{"attributes":{"state":"x"}}}]"#,
            r#"{"serial":"5"}"#,
            r#"{"a":{"serial":5}}"#,
            r#""serial""#,
            "5",
        ] {
            let parts = cut(text.as_bytes(), 3);
            assert!(parts.values.is_empty(), "{text}");
            assert_eq!(parts.rest, text.as_bytes());
        }
    }

    #[test]
    fn bottomless_nesting_is_refused() {
        let text = "[".repeat(DEEPEST + 1);
        assert!(Cutter::new(PLACES).push(text.as_bytes(), &mut Nothing).is_err());
    }

    proptest! {
        /// Any bytes, in any pieces: no panic, and the pieces make no difference.
        #[test]
        fn any_bytes_are_followed(text in "[\\[\\]{}:,\"\\\\ adstre0-9]{0,60}", piece in 1_usize..9) {
            let (one, two) = (cut(text.as_bytes(), text.len().max(1)), cut(text.as_bytes(), piece));
            prop_assert_eq!(one.rest, two.rest);
            prop_assert_eq!(one.values, two.values);
        }
    }
}
