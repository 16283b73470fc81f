//! Contents and their rows.

use db::{DbError, Tx};
use kernel::{ContentId, Error, OrganizationId, Result, Timestamp};

use crate::{
    prepared::{Prepared, Rest},
    sql,
};

/// A content as its row has it: sealed, and without its chunks.
#[derive(Clone)]
pub struct Stored {
    pub(crate) id: ContentId,
    pub(crate) size: u64,
    pub(crate) inline: Option<Vec<u8>>,
    pub(crate) chunks: u32,
}

impl Stored {
    /// How many bytes the plaintext has.
    pub const fn size(&self) -> u64 {
        self.size
    }
}

/// Chunks that are stored before their content's row.
pub(crate) struct Batch {
    pub(crate) id: ContentId,
    pub(crate) organization: OrganizationId,
    pub(crate) now: Timestamp,
    pub(crate) first: u32,
    pub(crate) chunks: Vec<Vec<u8>>,
}

impl Batch {
    pub(crate) fn store(&self, tx: &mut Tx<'_>) -> Result<()> {
        if self.first == 0 {
            tx.execute(
                &sql::INSERT_CONTENT_UPLOAD,
                &[self.id.into(), self.organization.into(), self.now.into()],
            )?;
        }
        insert_chunks(tx, self.id, self.first, &self.chunks)
    }
}

/// Gives a prepared content its row, in the transaction that stores what refers to it.
pub fn insert(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    prepared: &Prepared,
    now: Timestamp,
) -> Result<()> {
    let id = prepared.id;
    // Whoever deletes this row decides about the stored chunks: we keep them, or the collector
    // of orphans, if it was first, has thrown them away.
    if prepared.stored > 0 && tx.execute(&sql::DELETE_CONTENT_UPLOAD, &[id.into()])? == 0 {
        return Err(Error::unavailable(format!("{id} was collected before it was inserted")));
    }
    let inline = match &prepared.rest {
        Rest::Inline(sealed) => Some(sealed.as_slice()),
        Rest::Chunks(chunks) => {
            insert_chunks(tx, id, prepared.stored, chunks)?;
            None
        }
    };
    let size = i64::try_from(prepared.digest.size).map_err(Error::internal)?;
    tx.execute(
        &sql::INSERT_CONTENT,
        &[
            id.into(),
            organization.into(),
            size.into(),
            inline.into(),
            prepared.chunks()?.into(),
            now.into(),
        ],
    )?;
    Ok(())
}

fn insert_chunks(tx: &mut Tx<'_>, id: ContentId, first: u32, chunks: &[Vec<u8>]) -> Result<()> {
    for (position, chunk) in (first..).zip(chunks) {
        let bytes = chunk.as_slice();
        tx.execute(&sql::INSERT_CONTENT_CHUNK, &[id.into(), position.into(), bytes.into()])?;
    }
    Ok(())
}

/// A content's row. That it is there is the caller's promise.
pub fn fetch(tx: &mut Tx<'_>, id: ContentId) -> Result<Stored> {
    let stored = tx.query_optional(&sql::READ_CONTENT, &[id.into()], |row| {
        Ok(Stored {
            id,
            size: row.int(0)?.try_into().map_err(out_of_range)?,
            chunks: row.int(1)?.try_into().map_err(out_of_range)?,
            inline: row.opt_bytes(2)?,
        })
    })?;
    let stored = stored.ok_or_else(|| Error::internal(format!("{id} is not stored")))?;
    // Even an empty content has its sealed proof of being empty.
    if stored.inline.is_some() != (stored.chunks == 0) {
        return Err(Error::internal(format!("{id} is damaged: inline and chunks, or neither")));
    }
    Ok(stored)
}

/// One sealed chunk.
pub(crate) fn fetch_chunk(tx: &mut Tx<'_>, id: ContentId, position: u32) -> Result<Vec<u8>> {
    let chunk =
        tx.query_optional(&sql::READ_CONTENT_CHUNK, &[id.into(), position.into()], |row| {
            row.bytes(0)
        })?;
    chunk.ok_or_else(|| Error::internal(format!("chunk {position} of {id} is not stored")))
}

/// Deletes a content. The caller sees to it that nothing refers to it any more.
pub fn delete(tx: &mut Tx<'_>, id: ContentId) -> Result<()> {
    tx.execute(&sql::DELETE_CONTENT_CHUNKS, &[id.into()])?;
    tx.execute(&sql::DELETE_CONTENT, &[id.into()])?;
    Ok(())
}

fn out_of_range(error: std::num::TryFromIntError) -> DbError {
    DbError::Failed { cause: error.to_string() }
}
