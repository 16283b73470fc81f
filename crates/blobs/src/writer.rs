//! Writing a content whose size is not known, in bounded memory.

use std::mem;

use barrier::DataKey;
use db::Db;
use kernel::{ContentId, Error, OrganizationId, Result, Timestamp};

use crate::{
    PIECE,
    digest::Digester,
    prepared::{Prepared, Rest},
    sealer::Sealer,
    store::Batch,
};

/// How much sealed data is gathered before it is stored. States compress well: twenty and more
/// pieces go into one transaction.
const BATCH: usize = 1 << 20;

/// Writes a content piece by piece. Chunks are stored on the way, each batch in a transaction of
/// its own; up to one batch stays in memory, so that a content of a few MiB is stored by the one
/// transaction that inserts it.
///
/// A writer that is dropped leaves its chunks to [`collect_orphans`](crate::collect_orphans).
pub struct Writer {
    db: Db,
    sealer: Sealer,
    organization: OrganizationId,
    now: Timestamp,
    digester: Digester,
    /// The last piece so far. It is sealed when it is known whether another follows.
    piece: Vec<u8>,
    held: Vec<Vec<u8>>,
    held_bytes: usize,
    stored: u32,
    /// A batch was sent off and nothing was heard of it yet, or only that it failed.
    adrift: bool,
}

impl Writer {
    /// A writer for one new content.
    pub fn new(db: Db, key: DataKey, organization: OrganizationId, now: Timestamp) -> Self {
        Self {
            db,
            sealer: Sealer { key, id: ContentId::generate() },
            organization,
            now,
            digester: Digester::default(),
            piece: Vec::new(),
            held: Vec::new(),
            held_bytes: 0,
            stored: 0,
            adrift: false,
        }
    }

    /// How many bytes were written so far.
    pub const fn size(&self) -> u64 {
        self.digester.size()
    }

    /// Writes some bytes; blocks while a batch is stored.
    pub fn write_blocking(&mut self, bytes: &[u8]) -> Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = self.take(rest)?;
            if let Some(batch) = self.batch()? {
                self.db.write_blocking(move |tx| batch.store(tx))?;
                self.adrift = false;
            }
        }
        Ok(())
    }

    /// Writes some bytes; waits while a batch is stored. Compressing a full piece takes a few
    /// milliseconds of the calling thread.
    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = self.take(rest)?;
            if let Some(batch) = self.batch()? {
                self.db.write(move |tx| batch.store(tx)).await?;
                self.adrift = false;
            }
        }
        Ok(())
    }

    /// Seals what is left. No input or output.
    pub fn finish(mut self) -> Result<Prepared> {
        self.check()?;
        let rest = if self.next_position()? == 0 {
            Rest::of_single_piece(&self.sealer, &self.piece)?
        } else {
            self.seal_piece(true)?;
            Rest::Chunks(self.held)
        };
        let digest = self.digester.finish();
        Ok(Prepared { id: self.sealer.id, digest, stored: self.stored, rest })
    }

    /// Takes bytes until the piece is full and returns the others.
    fn take<'a>(&mut self, bytes: &'a [u8]) -> Result<&'a [u8]> {
        self.check()?;
        if self.piece.len() == PIECE {
            self.seal_piece(false)?;
        }
        let room = PIECE - self.piece.len();
        let (taken, rest) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
        self.digester.update(taken);
        self.piece.extend_from_slice(taken);
        Ok(rest)
    }

    fn seal_piece(&mut self, last: bool) -> Result<()> {
        let sealed = self.sealer.seal_chunk(self.next_position()?, last, &self.piece)?;
        self.piece.clear();
        self.held_bytes += sealed.len();
        self.held.push(sealed);
        Ok(())
    }

    fn next_position(&self) -> Result<u32> {
        Ok(self.stored + u32::try_from(self.held.len()).map_err(Error::internal)?)
    }

    /// What is to be stored now, if it is enough.
    fn batch(&mut self) -> Result<Option<Batch>> {
        if self.held_bytes < BATCH {
            return Ok(None);
        }
        let first = self.stored;
        self.stored = self.next_position()?;
        self.held_bytes = 0;
        self.adrift = true;
        Ok(Some(Batch {
            id: self.sealer.id,
            organization: self.organization,
            now: self.now,
            first,
            chunks: mem::take(&mut self.held),
        }))
    }

    fn check(&self) -> Result<()> {
        if self.adrift {
            return Err(Error::unavailable("an earlier part of the content was not stored"));
        }
        Ok(())
    }
}
