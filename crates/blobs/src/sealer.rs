//! Compressing and sealing one piece for its place, and the way back.

use barrier::DataKey;
use kernel::{ContentId, Result};

use crate::codec;

/// Where a piece stands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// In the row of `contents`, alone.
    Inline,
    /// In a row of `content_chunks`.
    Chunk { position: u32, last: bool },
}

impl Place {
    /// The associated data: a sealed piece opens in this place only.
    fn associated(self, id: ContentId) -> String {
        match self {
            Self::Inline => format!("contents:{id}"),
            Self::Chunk { position, last: false } => format!("content_chunks:{id}:{position}:more"),
            Self::Chunk { position, last: true } => format!("content_chunks:{id}:{position}:last"),
        }
    }
}

/// The key of one content.
#[derive(Clone, Debug)]
pub(crate) struct Sealer {
    pub(crate) key: DataKey,
    pub(crate) id: ContentId,
}

impl Sealer {
    /// Compresses and seals a piece that stands in a chunk.
    pub(crate) fn seal_chunk(&self, position: u32, last: bool, piece: &[u8]) -> Result<Vec<u8>> {
        self.seal(Place::Chunk { position, last }, &codec::compress(piece)?)
    }

    /// Seals what was compressed already.
    pub(crate) fn seal(&self, place: Place, compressed: &[u8]) -> Result<Vec<u8>> {
        self.key.seal(place.associated(self.id).as_bytes(), compressed)
    }

    /// Opens and decompresses a piece.
    pub(crate) fn open(&self, place: Place, sealed: &[u8]) -> Result<Vec<u8>> {
        codec::decompress(&self.key.open(place.associated(self.id).as_bytes(), sealed)?)
    }
}
