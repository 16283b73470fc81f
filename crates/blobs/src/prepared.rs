//! A content that is ready for its row.

use barrier::DataKey;
use kernel::{ContentId, Error, Result};

use crate::{
    Digest, PIECE, codec,
    sealer::{Place, Sealer},
};

/// Up to this length, compressed, a content stands in its row.
const INLINE: usize = 64 * 1024;

/// A content that only needs [`insert`](crate::insert) to exist. It holds sealed bytes only.
pub struct Prepared {
    pub(crate) id: ContentId,
    pub(crate) digest: Digest,
    /// How many chunks are stored already.
    pub(crate) stored: u32,
    pub(crate) rest: Rest,
}

/// What is not stored yet.
pub(crate) enum Rest {
    /// All, for the row of `contents`.
    Inline(Vec<u8>),
    /// The last chunks.
    Chunks(Vec<Vec<u8>>),
}

impl Prepared {
    /// The new content's id.
    pub const fn id(&self) -> ContentId {
        self.id
    }

    /// Size and hashes of the plaintext.
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// How many chunks it has in all.
    pub(crate) fn chunks(&self) -> Result<u32> {
        let held = match &self.rest {
            Rest::Inline(_) => 0,
            Rest::Chunks(chunks) => u32::try_from(chunks.len()).map_err(Error::internal)?,
        };
        Ok(self.stored + held)
    }
}

impl Rest {
    /// Of a content that is one piece.
    pub(crate) fn of_single_piece(sealer: &Sealer, piece: &[u8]) -> Result<Self> {
        let compressed = codec::compress(piece)?;
        Ok(if compressed.len() <= INLINE {
            Self::Inline(sealer.seal(Place::Inline, &compressed)?)
        } else {
            let place = Place::Chunk { position: 0, last: true };
            Self::Chunks(vec![sealer.seal(place, &compressed)?])
        })
    }
}

/// Prepares bytes that are whole in memory, without any input or output. Meant for small ones:
/// the whole sealed content is in memory too.
pub fn seal_small(key: &DataKey, bytes: &[u8]) -> Result<Prepared> {
    let sealer = Sealer { key: key.clone(), id: ContentId::generate() };
    let rest = if bytes.len() <= PIECE {
        Rest::of_single_piece(&sealer, bytes)?
    } else {
        let mut pieces = (0..).zip(bytes.chunks(PIECE)).peekable();
        let mut chunks = Vec::new();
        while let Some((position, piece)) = pieces.next() {
            chunks.push(sealer.seal_chunk(position, pieces.peek().is_none(), piece)?);
        }
        Rest::Chunks(chunks)
    };
    Ok(Prepared { id: sealer.id, digest: Digest::of(bytes), stored: 0, rest })
}
