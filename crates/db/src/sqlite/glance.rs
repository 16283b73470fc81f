//! Short reads where the caller stands.
//!
//! A row by its key takes a few microseconds; waking another thread for it takes longer. In the
//! write-ahead log's mode a reader waits for nobody, so there is nothing to be held up by.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use kernel::Error;
use rusqlite::Connection;

use super::{
    SLOW,
    constraints::Constraints,
    session::{Session, Texts},
};
use crate::call::{self, Job};

/// Connections for short reads: as many as were ever needed at once.
pub(crate) struct Glances {
    path: PathBuf,
    constraints: Arc<Constraints>,
    idle: Mutex<Vec<(Connection, Texts)>>,
}

impl Glances {
    pub(crate) fn new(path: PathBuf, constraints: Arc<Constraints>) -> Self {
        Self { path, constraints, idle: Mutex::default() }
    }

    /// Runs a closure and answers it before returning.
    pub(crate) fn run(&self, mut job: Job) {
        let outcome = match self.take() {
            Ok((connection, mut texts)) => {
                let mut session = Session::new(&connection, &mut texts, &self.constraints);
                let outcome = call::run(&mut job, &mut session, SLOW).result;
                self.idle().push((connection, texts));
                outcome
            }
            Err(error) => Err(Error::unavailable(error)),
        };
        job.call.answer(outcome);
    }

    fn take(&self) -> rusqlite::Result<(Connection, Texts)> {
        match self.idle().pop() {
            Some(idle) => Ok(idle),
            None => Ok((super::connect_reader(&self.path)?, Texts::default())),
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<(Connection, Texts)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
