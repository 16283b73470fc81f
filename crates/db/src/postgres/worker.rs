//! A thread with its connection.

use std::{sync::Arc, thread, time::Duration};

use kernel::{Error, Result};

use super::{SLOW, connect::Connector, session::Session};
use crate::{
    call::{self, Job, Ran},
    queue::Queue,
    tx::Access,
};

/// How often a closure is run before its caller hears of a race that it keeps losing, or of a
/// server that keeps going away.
const ATTEMPTS: u32 = 10;

macro_rules! begin {
    ($lock:literal) => {
        concat!(
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT ",
            $lock,
            "(hashtextextended('stateward writes in ' || CURRENT_SCHEMA, 0))"
        )
    };
}

/// Every write holds this lock together with all others, on all servers of the installation. It is
/// in memory only, and comes along with the `BEGIN`.
const BEGIN_WRITE: &str = begin!("pg_advisory_xact_lock_shared");

/// Whoever holds it alone knows that what began before has ended.
const BEGIN_SETTLE: &str = begin!("pg_advisory_xact_lock");

/// A thread's state.
pub(crate) struct Worker {
    number: usize,
    connector: Arc<Connector>,
    session: Option<Session>,
}

impl Worker {
    pub(crate) fn new(number: usize, connector: Arc<Connector>) -> Self {
        Self { number, connector, session: None }
    }

    /// Runs closures until the queue is closed.
    pub(crate) fn run(&mut self, queue: &Queue<Job>) {
        while let Some(mut job) = queue.take() {
            let outcome = self.settle(&mut job);
            job.call.answer(outcome);
        }
    }

    /// Runs a closure until it has an outcome.
    fn settle(&mut self, job: &mut Job) -> Result<()> {
        for attempt in 1.. {
            let session = if let Some(session) = &mut self.session {
                session
            } else {
                // What the operator may read is not for a client's eyes.
                let client = self.connector.connect().map_err(Error::unavailable)?;
                self.session.insert(Session::new(client))
            };
            let ran = run(session, job);
            if session.is_broken() {
                self.session = None;
            }
            if !ran.again || attempt == ATTEMPTS {
                return ran.result;
            }
            tracing::debug!(closure = job.call.name(), attempt, "a transaction is run again");
            thread::sleep(self.pause(attempt));
        }
        Ok(())
    }

    /// Longer each time, and not the same on every thread: those who met should not meet again.
    fn pause(&self, attempt: u32) -> Duration {
        let spread = u64::try_from(self.number % 5).unwrap_or_default();
        Duration::from_millis(u64::from(attempt * attempt) + spread)
    }
}

/// Runs a closure once.
fn run(session: &mut Session, job: &mut Job) -> Ran {
    match job.access {
        // Each statement is a transaction of its own, without the round trips around it.
        Access::Read => call::run(job, session, SLOW),
        Access::Snapshot => {
            transaction(session, job, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        }
        Access::Write => transaction(session, job, BEGIN_WRITE),
        Access::Settle => transaction(session, job, BEGIN_SETTLE),
    }
}

fn transaction(session: &mut Session, job: &mut Job, begin: &str) -> Ran {
    if let Err(trouble) = session.control(begin) {
        return Ran { result: Err(trouble.error.into()), again: trouble.again };
    }
    let ran = call::run(job, session, SLOW);
    if ran.result.is_err() {
        if !session.is_broken()
            && let Err(trouble) = session.control("ROLLBACK")
        {
            tracing::debug!(error = %trouble.error, "a transaction could not be rolled back");
        }
        return ran;
    }
    match session.control("COMMIT") {
        Ok(()) => ran,
        // Whether it took effect is not known, so it must not be done again.
        Err(trouble) if session.is_broken() => Ran {
            result: Err(Error::unavailable(format!("lost during COMMIT: {}", trouble.error))),
            again: false,
        },
        Err(trouble) => Ran { result: Err(trouble.error.into()), again: trouble.again },
    }
}
