//! Large states: one pass on a blocking thread, fed through a short channel.

use std::io::{self, Read};

use axum::body::BodyDataStream;
use blobs::Writer;
use bytes::{Buf as _, Bytes};
use futures_util::StreamExt as _;
use kernel::{Error, Result};
use tokio::sync::mpsc;

use super::{Arrived, blocking, check_size, interrupted};
use crate::{
    State,
    json_cut::{Cutter, Nothing},
    scan::scan_reader,
};

/// How many pieces wait for the thread; a piece of a body has some 16 KiB to 64 KiB.
const WAITING: usize = 16;

/// Bytes that come piece by piece, for a thread that may wait.
pub(crate) trait Source {
    /// The next piece; none at the end, and ever after.
    fn next(&mut self) -> Result<Option<Bytes>>;
}

/// What goes through the channel. The end is said, not guessed: a request that was given up looks
/// like a channel that is closed.
enum Piece {
    Data(Bytes),
    End,
}

/// The pieces of a request's body.
pub(crate) struct Pieces {
    head: std::vec::IntoIter<Bytes>,
    rest: mpsc::Receiver<Result<Piece>>,
    ended: bool,
}

impl Source for Pieces {
    fn next(&mut self) -> Result<Option<Bytes>> {
        if let Some(piece) = self.head.next() {
            return Ok(Some(piece));
        }
        if self.ended {
            return Ok(None);
        }
        match self.rest.blocking_recv() {
            Some(Ok(Piece::Data(piece))) => Ok(Some(piece)),
            Some(Ok(Piece::End)) => {
                self.ended = true;
                Ok(None)
            }
            Some(Err(error)) => Err(error),
            None => Err(Error::bad_request("the body ended before it was complete")),
        }
    }
}

impl State {
    /// Lets a thread work on a body that goes on after `head`.
    pub(crate) async fn on_thread<T: Send + 'static>(
        &self,
        head: Vec<Bytes>,
        mut body: BodyDataStream,
        work: impl FnOnce(Pieces) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let _turn = self.large_uploads().acquire().await.map_err(Error::internal)?;
        let (sender, rest) = mpsc::channel(WAITING);
        let worker = blocking(move || work(Pieces { head: head.into_iter(), rest, ended: false }));
        let feed = async move {
            while let Some(piece) = body.next().await {
                let piece = piece.map(Piece::Data).map_err(interrupted);
                let failed = piece.is_err();
                // A thread that has stopped listening has its reasons, and will tell.
                if sender.send(piece).await.is_err() || failed {
                    return;
                }
            }
            // The same here.
            let _ = sender.send(Ok(Piece::End)).await;
        };
        let ((), result) = tokio::join!(feed, worker);
        result
    }
}

/// Takes in a state to its last byte: hashed, sealed and scanned in one pass.
pub(crate) fn take_all(source: impl Source, writer: Writer, limit: u64) -> Result<Arrived> {
    let mut tee = Tee {
        source,
        writer,
        limit,
        nesting: Some(Cutter::new(&[])),
        piece: Bytes::new(),
        failure: None,
    };
    let facts = scan_reader(&mut tee);
    // The scanner stops at what it can't read; the bytes are kept all the same.
    while tee.failure.is_none() && tee.advance() {}
    match tee.failure {
        Some(error) => Err(error),
        None => Ok(Arrived { content: tee.writer.finish()?, facts }),
    }
}

/// Gives the scanner what it has given to the writer.
struct Tee<S> {
    source: S,
    writer: Writer,
    limit: u64,
    /// Watches the nesting, until it is too deep for the scanner.
    nesting: Option<Cutter>,
    piece: Bytes,
    failure: Option<Error>,
}

impl<S: Source> Tee<S> {
    /// Goes on to the next piece; false at the end or after a failure.
    fn advance(&mut self) -> bool {
        match self.try_advance() {
            Ok(more) => more,
            Err(error) => {
                self.failure = Some(error);
                false
            }
        }
    }

    fn try_advance(&mut self) -> Result<bool> {
        let Some(piece) = self.source.next()? else { return Ok(false) };
        check_size(self.writer.size() + piece.len() as u64, self.limit)?;
        self.writer.write_blocking(&piece)?;
        if let Some(nesting) = &mut self.nesting
            && nesting.push(&piece, &mut Nothing).is_err()
        {
            self.nesting = None;
        }
        self.piece = piece;
        Ok(true)
    }
}

impl<S: Source> Read for Tee<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            if !self.advance() {
                return match self.failure {
                    Some(_) => Err(io::Error::other("the source failed")),
                    None => Ok(0),
                };
            }
        }
        if self.nesting.is_none() {
            return Err(io::Error::other("nested too deeply"));
        }
        let length = buffer.len().min(self.piece.len());
        let (target, _) = buffer.split_at_mut(length);
        self.piece.copy_to_slice(target);
        Ok(length)
    }
}
