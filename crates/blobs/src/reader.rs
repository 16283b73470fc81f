//! Reading a content, in bounded memory.

use barrier::DataKey;
use db::Db;
use kernel::{ContentId, Error, Result};

use crate::{
    sealer::{Place, Sealer},
    store::{self, Stored},
};

/// Reads a content piece by piece: with [`next_piece`](Self::next_piece) in async code, as an
/// iterator on a thread of its own. After an error there are no more pieces.
pub struct Reader {
    db: Db,
    sealer: Sealer,
    size: u64,
    inline: Option<Vec<u8>>,
    chunks: u32,
    position: u32,
    read: u64,
}

impl Reader {
    /// Finds a content; waits. A content that is not there is an internal error, because whoever
    /// has its id has it from a row that refers to it.
    pub async fn load(db: &Db, key: &DataKey, id: ContentId) -> Result<Self> {
        let stored = db.read(move |tx| store::fetch(tx, id)).await?;
        Ok(Self::new(db, key, stored))
    }

    /// Finds a content; blocks.
    pub fn open(db: &Db, key: &DataKey, id: ContentId) -> Result<Self> {
        let stored = db.read_blocking(move |tx| store::fetch(tx, id))?;
        Ok(Self::new(db, key, stored))
    }

    /// Reads a content that was fetched in a transaction of the caller's.
    pub fn new(db: &Db, key: &DataKey, stored: Stored) -> Self {
        Self {
            db: db.clone(),
            sealer: Sealer { key: key.clone(), id: stored.id },
            size: stored.size,
            inline: stored.inline,
            chunks: stored.chunks,
            position: 0,
            read: 0,
        }
    }

    /// How many bytes the content has.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The next piece, at most [`PIECE`](crate::PIECE) bytes and never empty, until all are read.
    /// Only contents that don't stand in their row go to the database again.
    pub async fn next_piece(&mut self) -> Option<Result<Vec<u8>>> {
        if let Some(sealed) = self.inline.take() {
            return self.unseal(Place::Inline, Ok(sealed));
        }
        let (id, position, place) = self.next_chunk()?;
        let sealed = self.db.read(move |tx| store::fetch_chunk(tx, id, position)).await;
        self.unseal(place, sealed)
    }

    /// What is left, in memory: for small contents.
    pub async fn read_to_end(mut self) -> Result<Vec<u8>> {
        let mut whole = Vec::new();
        while let Some(piece) = self.next_piece().await {
            if whole.is_empty() {
                whole = piece?;
            } else {
                whole.append(&mut piece?);
            }
        }
        Ok(whole)
    }

    fn next_chunk(&mut self) -> Option<(ContentId, u32, Place)> {
        let position = self.position;
        if position >= self.chunks {
            return None;
        }
        self.position += 1;
        let last = self.position == self.chunks;
        Some((self.sealer.id, position, Place::Chunk { position, last }))
    }

    fn unseal(&mut self, place: Place, sealed: Result<Vec<u8>>) -> Option<Result<Vec<u8>>> {
        let piece = sealed.and_then(|sealed| {
            let piece = self.sealer.open(place, &sealed)?;
            self.read += piece.len() as u64;
            if self.position == self.chunks && self.read != self.size {
                let (id, read, size) = (self.sealer.id, self.read, self.size);
                return Err(Error::internal(format!("{id} has {read} bytes instead of {size}")));
            }
            Ok(piece)
        });
        if piece.is_err() {
            self.position = self.chunks;
        }
        // Only an empty content has an empty piece.
        Some(piece).filter(|piece| piece.as_ref().map_or(true, |piece| !piece.is_empty()))
    }
}

impl Iterator for Reader {
    type Item = Result<Vec<u8>>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(sealed) = self.inline.take() {
            return self.unseal(Place::Inline, Ok(sealed));
        }
        let (id, position, place) = self.next_chunk()?;
        let sealed = self.db.read_blocking(move |tx| store::fetch_chunk(tx, id, position));
        self.unseal(place, sealed)
    }
}

/// Reads a whole content into memory: for small ones.
pub async fn read(db: &Db, key: &DataKey, id: ContentId) -> Result<Vec<u8>> {
    Reader::load(db, key, id).await?.read_to_end().await
}
