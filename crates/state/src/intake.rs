//! Taking bytes in: hashed, scanned, compressed and sealed on the way, before any transaction.
//!
//! Small bodies, nearly all there are, are done on the spot. Larger ones go to a blocking thread,
//! and beyond a few MiB they pass through it piece by piece, so that memory does not grow with
//! the state.

mod inline;
mod stream;

use axum::body::{Body, BodyDataStream, HttpBody as _};
use barrier::DataKey;
use blobs::{Prepared, Writer};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use kernel::{Error, Kind, OrganizationId, Result, Timestamp};

pub(crate) use inline::{Inline, InlineParts, JsonPart, Whole};
pub(crate) use stream::{Source, take_all};

use crate::{
    State,
    scan::{Facts, scan_slice},
};

/// Up to this size the work takes well under a millisecond, and no other thread is asked.
const ON_THE_SPOT: usize = 128 << 10;
/// Up to this size a body is gathered in memory.
pub(crate) const IN_MEMORY: usize = 2 << 20;

/// A state that has arrived: everything about it that the transaction needs.
pub(crate) struct Arrived {
    pub(crate) content: Prepared,
    pub(crate) facts: Facts,
}

impl Arrived {
    /// From bytes that are whole in memory.
    pub(crate) fn of(key: &DataKey, bytes: &[u8]) -> Result<Self> {
        Ok(Self { content: blobs::seal_small(key, bytes)?, facts: scan_slice(bytes) })
    }

    /// The MD5 of the bytes, as the wire has it.
    pub(crate) fn md5(&self) -> String {
        barrier::hex(self.content.digest().md5)
    }
}

/// For whom bytes are taken in.
#[derive(Clone)]
pub(crate) struct Owner {
    pub(crate) key: DataKey,
    pub(crate) organization: OrganizationId,
    pub(crate) now: Timestamp,
}

impl Owner {
    pub(crate) fn writer(&self, state: &State) -> Writer {
        Writer::new(state.db().clone(), self.key.clone(), self.organization, self.now)
    }
}

impl State {
    /// Takes in a state, whatever its size.
    pub(crate) async fn take_state(&self, owner: Owner, body: Body) -> Result<Arrived> {
        let limit = self.settings().max_state_bytes;
        match begin(body, limit).await? {
            Beginning::Whole(bytes) => self.take_whole(owner, bytes).await,
            Beginning::More { head, body } => {
                let writer = owner.writer(self);
                self.on_thread(head, body, move |pieces| take_all(pieces, writer, limit)).await
            }
        }
    }

    /// Takes in a state that is whole in memory.
    pub(crate) async fn take_whole(&self, owner: Owner, bytes: Bytes) -> Result<Arrived> {
        if bytes.len() <= ON_THE_SPOT {
            return Arrived::of(&owner.key, &bytes);
        }
        blocking(move || Arrived::of(&owner.key, &bytes)).await
    }

    /// Takes in a JSON representation, which is not looked into.
    pub(crate) async fn take_json(&self, owner: Owner, body: Body) -> Result<Prepared> {
        let limit = self.max_json_bytes();
        match begin(body, limit).await? {
            Beginning::Whole(bytes) if bytes.len() <= ON_THE_SPOT => {
                blobs::seal_small(&owner.key, &bytes)
            }
            Beginning::Whole(bytes) => {
                blocking(move || blobs::seal_small(&owner.key, &bytes)).await
            }
            Beginning::More { head, mut body } => {
                let mut writer = owner.writer(self);
                for piece in head {
                    writer.write(&piece).await?;
                }
                while let Some(piece) = body.next().await {
                    let piece = piece.map_err(interrupted)?;
                    check_size(writer.size() + piece.len() as u64, limit)?;
                    writer.write(&piece).await?;
                }
                writer.finish()
            }
        }
    }

    /// A document with a state and its JSON representation inline, both as base64.
    pub(crate) fn max_document_bytes(&self) -> u64 {
        (self.settings().max_state_bytes + self.max_json_bytes()) / 3 * 4 + (16 << 20)
    }

    /// The JSON representation repeats the state in more words.
    pub(crate) fn max_json_bytes(&self) -> u64 {
        self.settings().max_state_bytes / 3 * 4
    }
}

/// A body whose beginning was read.
pub(crate) enum Beginning {
    /// That was all.
    Whole(Bytes),
    /// There is more.
    More {
        /// What was read.
        head: Vec<Bytes>,
        /// What is left.
        body: BodyDataStream,
    },
}

/// Reads a body until it ends, or is too large for memory.
pub(crate) async fn begin(body: Body, limit: u64) -> Result<Beginning> {
    check_size(body.size_hint().lower(), limit)?;
    let mut body = body.into_data_stream();
    let mut head = Vec::new();
    let mut size = 0;
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(interrupted)?;
        size += piece.len();
        check_size(size as u64, limit)?;
        head.push(piece);
        if size > IN_MEMORY {
            return Ok(Beginning::More { head, body });
        }
    }
    Ok(Beginning::Whole(joined(head, size)))
}

fn joined(mut pieces: Vec<Bytes>, size: usize) -> Bytes {
    if pieces.len() <= 1 {
        return pieces.pop().unwrap_or_default();
    }
    let mut whole = BytesMut::with_capacity(size);
    for piece in pieces {
        whole.extend_from_slice(&piece);
    }
    whole.freeze()
}

/// Runs something that takes its time where it holds up nobody.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

pub(crate) fn check_size(size: u64, limit: u64) -> Result<()> {
    if size <= limit {
        return Ok(());
    }
    Err(Error::new(
        Kind::TooLarge,
        format!("a state may have at most {limit} bytes here; the operator can raise the limit"),
    ))
}

pub(crate) fn interrupted(cause: axum::Error) -> Error {
    Error::bad_request("the body ended before it was complete").caused_by(cause)
}
