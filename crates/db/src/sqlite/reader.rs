//! A reading thread: each closure sees one instant.

use kernel::Error;
use rusqlite::Connection;

use super::{
    SLOW,
    constraints::Constraints,
    session::{Session, Texts},
};
use crate::{
    call::{self, Job},
    queue::Queue,
};

/// Runs closures until the queue is closed.
pub(crate) fn run(connection: &Connection, constraints: &Constraints, queue: &Queue<Job>) {
    let mut texts = Texts::default();
    let mut session = Session::new(connection, &mut texts, constraints);
    while let Some(mut job) = queue.take() {
        let outcome = match session.control("BEGIN") {
            Ok(()) => call::run(&mut job, &mut session, SLOW).result,
            Err(error) => Err(Error::unavailable(error)),
        };
        // There is nothing to keep, and after an error nothing else to do.
        session.abandon();
        job.call.answer(outcome);
    }
}
