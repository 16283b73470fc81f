//! Contents: bytes of any size, kept exactly, compressed and sealed.
//!
//! Owns the tables `contents`, `content_chunks` and `content_uploads`. A content is cut into
//! pieces of at most [`PIECE`] bytes; each is compressed and sealed by itself, so that writing and
//! reading take a few MiB of memory whatever the size. A single piece of at most 64 KiB when
//! sealed stands in the row of `contents`, all else in chunks. A chunk is sealed for its content,
//! its position and whether it is the last: swapped, repeated, foreign or missing chunks don't
//! open, and a content ends where it ended when it was written.
//!
//! Nothing refers to a content before its row exists, and the row comes in the caller's
//! transaction ([`insert`]). What a [`Writer`] had to store earlier is listed in
//! `content_uploads` until then, and collected from there if the row never comes.
//!
//! This is the only crate that names `zstd`.

mod codec;
mod digest;
mod jobs;
mod prepared;
mod reader;
mod sealer;
pub mod sql;
mod store;
mod writer;

pub use digest::Digest;
pub use jobs::collect_orphans;
pub use prepared::{Prepared, seal_small};
pub use reader::{Reader, read};
pub use store::{Stored, delete, fetch, insert};
pub use writer::Writer;

/// The most plaintext that one piece holds, when writing and when reading.
pub const PIECE: usize = 1 << 20;

#[cfg(test)]
mod tests;
