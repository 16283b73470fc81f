//! The writing thread: many closures, one commit.

use kernel::{Error, Result};
use rusqlite::Connection;

use super::{
    SLOW,
    checkpoint::Counter,
    constraints::Constraints,
    session::{Session, Texts},
};
use crate::{
    call::{self, Job},
    queue::Queue,
};

/// How many closures share a commit at most.
const BATCH: usize = 256;

/// Runs closures until the queue is closed.
pub(crate) fn run(
    connection: &Connection,
    constraints: &Constraints,
    queue: &Queue<Job>,
    mut counter: Counter<'_>,
) {
    let mut texts = Texts::default();
    let mut session = Session::new(connection, &mut texts, constraints);
    let mut batch = Vec::with_capacity(BATCH);
    let mut outcomes = Vec::with_capacity(BATCH);
    while queue.take_batch(&mut batch, BATCH) {
        let committed = match commit_together(&mut session, &mut batch, &mut outcomes) {
            Ok(true) => Ok(()),
            Ok(false) => {
                session.abandon();
                outcomes.clear();
                commit_apart(&mut session, &mut batch, &mut outcomes)
            }
            Err(error) => Err(error),
        };
        if let Err(error) = committed {
            session.abandon();
            fail(&mut outcomes, batch.len(), &error);
        }
        // Only now is anything on disk; nobody hears before.
        for (job, outcome) in batch.drain(..).zip(outcomes.drain(..)) {
            job.call.answer(outcome);
        }
        counter.note(session.changes());
    }
}

/// Runs a batch in one transaction, without a way back for one closure alone: most that fail have
/// refused before they wrote anything. False if one had written, and all must run again apart.
fn commit_together(
    session: &mut Session<'_>,
    batch: &mut [Job],
    outcomes: &mut Vec<Result<()>>,
) -> rusqlite::Result<bool> {
    session.control("BEGIN IMMEDIATE")?;
    for job in batch {
        let before = session.changes();
        let outcome = call::run(job, session, SLOW).result;
        let unharmed = outcome.is_ok() || session.changes() == before;
        // On a full disk, say, the engine has ended the whole transaction by itself.
        if !unharmed || session.has_ended() {
            return Ok(false);
        }
        outcomes.push(outcome);
    }
    session.control("COMMIT")?;
    Ok(true)
}

/// Runs a batch in one transaction, each closure in a savepoint of its own. The error is one of
/// the whole batch.
fn commit_apart(
    session: &mut Session<'_>,
    batch: &mut [Job],
    outcomes: &mut Vec<Result<()>>,
) -> rusqlite::Result<()> {
    session.control("BEGIN IMMEDIATE")?;
    for job in batch {
        session.control("SAVEPOINT closure")?;
        let outcome = call::run(job, session, SLOW).result;
        if outcome.is_err() {
            // This fails when the engine has ended the whole transaction, on a full disk say.
            session.control("ROLLBACK TO closure")?;
        }
        session.control("RELEASE closure")?;
        outcomes.push(outcome);
    }
    session.control("COMMIT")
}

/// Nothing of the batch was kept: whoever has no error of their own gets this one.
fn fail(outcomes: &mut Vec<Result<()>>, count: usize, error: &rusqlite::Error) {
    outcomes.resize(count, Ok(()));
    for outcome in outcomes.iter_mut().filter(|outcome| outcome.is_ok()) {
        *outcome = Err(Error::unavailable(format!("the batch was not committed: {error}")));
    }
}
