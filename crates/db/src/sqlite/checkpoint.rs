//! Moving the log into the database, beside the writer: it takes tens of milliseconds under load, in
//! which nobody has to wait.
//!
//! The engine lets a log be moved while it is appended to. It begins the log anew only when all of
//! it was moved and nothing came after; under load that is never so, and the writer itself moves the
//! small rest when the log has reached its limit.

use rusqlite::Connection;

use crate::queue::Queue;

/// After so many changed rows the log is moved.
const ROWS: u64 = 1_500;

/// Says when there is something to move.
#[derive(Default)]
pub(crate) struct Checkpoints {
    due: Queue<()>,
}

/// The writer's end: it counts.
pub(crate) struct Counter<'a> {
    checkpoints: &'a Checkpoints,
    moved_at: u64,
}

impl Checkpoints {
    /// Counts from nothing.
    pub(crate) fn counter(&self) -> Counter<'_> {
        Counter { checkpoints: self, moved_at: 0 }
    }

    /// Moves the log whenever it is due, until the writer has ended.
    pub(crate) fn run(&self, connection: &Connection) {
        let mut due = Vec::new();
        while self.due.take_batch(&mut due, usize::MAX) {
            due.clear();
            // What is in the way now is moved next time, or by the writer.
            let moved = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
            if let Err(error) = moved {
                tracing::warn!(%error, "the log could not be moved into the database");
            }
        }
    }
}

impl Counter<'_> {
    /// So many rows were changed since the writer began.
    pub(crate) fn note(&mut self, changes: u64) {
        if changes.saturating_sub(self.moved_at) >= ROWS {
            self.moved_at = changes;
            self.checkpoints.due.push(());
        }
    }
}

impl Drop for Counter<'_> {
    fn drop(&mut self) {
        self.checkpoints.due.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_due_after_so_many_rows_and_ends_with_the_writer() {
        let checkpoints = Checkpoints::default();
        let mut counter = checkpoints.counter();
        for changes in [0, 1, ROWS - 1, ROWS, ROWS + 1, ROWS * 2 - 1, ROWS * 2, ROWS * 9] {
            counter.note(changes);
        }
        drop(counter);
        let mut due = Vec::new();
        assert!(checkpoints.due.take_batch(&mut due, usize::MAX));
        assert_eq!(due.len(), 3);
        assert!(!checkpoints.due.take_batch(&mut due, usize::MAX));
    }
}
