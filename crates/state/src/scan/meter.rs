//! Holds the scan to its memory: what is kept may only be so long, what is skipped may be longer.

use std::{
    cell::Cell,
    io::{self, Read},
};

/// How many bytes one kept piece (an output, the header of a resource) may span.
const LONGEST_PIECE: u64 = 8 << 20;

/// Counts the bytes of the piece that is being kept right now.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    used: Cell<u64>,
    skipping: Cell<bool>,
}

impl Meter {
    /// A new piece begins.
    pub(crate) fn next_piece(&self) {
        self.used.set(0);
    }

    /// Runs something that keeps nothing of what it reads.
    pub(crate) fn skipping<T>(&self, read: impl FnOnce() -> T) -> T {
        self.skipping.set(true);
        let result = read();
        self.skipping.set(false);
        result
    }

    fn count(&self, bytes: usize) -> io::Result<()> {
        if self.skipping.get() {
            return Ok(());
        }
        let used = self.used.get() + bytes as u64;
        self.used.set(used);
        if used > LONGEST_PIECE {
            return Err(io::Error::other("too much to keep in one piece"));
        }
        Ok(())
    }
}

/// A reader under a meter.
#[derive(Debug)]
pub(super) struct Metered<'a, R> {
    pub(super) reader: R,
    pub(super) meter: &'a Meter,
}

impl<R: Read> Read for Metered<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.reader.read(buffer)?;
        self.meter.count(length)?;
        Ok(length)
    }
}
