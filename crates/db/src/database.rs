//! The handle that everybody holds.

use std::{
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
};

use kernel::{Error, Result};

use crate::{
    call::{self, Job, gone},
    migrations::{self, Migration},
    options::{Engine, Options},
    postgres,
    queue::Queue,
    schema::Prepared,
    settle::Settling,
    sql::Statement,
    sqlite,
    tx::{Access, Tx},
};

/// A database. Clones share it; when the last one goes, what is queued is finished and the threads
/// end.
#[derive(Clone)]
pub struct Db {
    core: Arc<Core>,
}

/// The queues, and the threads that take from them.
pub(crate) struct Core {
    pub(crate) engine: Engine,
    pub(crate) reads: Arc<Queue<Job>>,
    /// The same queue as `reads` on PostgreSQL.
    pub(crate) writes: Arc<Queue<Job>>,
    /// Where short reads run on SQLite.
    pub(crate) glances: Option<sqlite::Glances>,
    pub(crate) settling: Settling,
    pub(crate) threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Db {
    /// Opens a database and brings its tables up to date. Blocks. The error is for the operator and
    /// says what to do.
    pub fn open(options: &Options) -> Result<Self> {
        Self::open_with(options, migrations::ALL)
    }

    /// Opens a database as a version of the server would that knew only the first so many
    /// migrations: for tests of what the others make of it.
    pub fn open_as_of(options: &Options, count: usize) -> Result<Self> {
        Self::open_with(options, migrations::ALL.get(..count).unwrap_or(migrations::ALL))
    }

    fn open_with(options: &Options, known: &[Migration]) -> Result<Self> {
        let core = match options {
            Options::Sqlite { path } => sqlite::open(path, known)?,
            Options::Postgres { url, connections, schema } => {
                postgres::open(url, *connections, schema.as_deref(), known)?
            }
        };
        Ok(Self { core: Arc::new(core) })
    }

    /// The engine.
    pub fn engine(&self) -> Engine {
        self.core.engine
    }

    /// Runs a closure in a transaction. `Ok` means that the change is on disk.
    pub async fn write<T, F>(&self, closure: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (job, answer) = call::from_task(Access::Write, closure);
        self.core.submit(job);
        answer.await.unwrap_or_else(|_| Err(gone()))
    }

    /// `write` for what takes something away from others, such as a right: when it returns, no write
    /// runs any more that began before and may have seen what was there. On SQLite, where writes
    /// come one after the other, that is so anyway.
    pub async fn write_settled<T, F>(&self, closure: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let value = self.write(closure).await?;
        if self.core.engine == Engine::Postgres {
            let wait = || async {
                let (job, answer) = call::from_task(Access::Settle, |_: &mut Tx<'_>| Ok(()));
                self.core.submit(job);
                answer.await.unwrap_or_else(|_| Err(gone()))
            };
            self.core.settling.settle(wait).await?;
        }
        Ok(value)
    }

    /// Runs a closure that only reads. On PostgreSQL each statement sees its own instant, which
    /// saves two round trips; where several must agree, take `snapshot`.
    pub async fn read<T, F>(&self, closure: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (job, answer) = call::from_task(Access::Read, closure);
        self.core.submit(job);
        answer.await.unwrap_or_else(|_| Err(gone()))
    }

    /// `read` for a row or a few by their key. On SQLite it runs where the caller stands, since
    /// another thread takes longer to wake than the read takes; so never scan in it.
    pub async fn glance<T, F>(&self, closure: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (job, answer) = call::from_task(Access::Read, closure);
        match &self.core.glances {
            Some(glances) => glances.run(job),
            None => self.core.submit(job),
        }
        answer.await.unwrap_or_else(|_| Err(gone()))
    }

    /// Runs a closure that only reads and whose statements all see one instant.
    pub async fn snapshot<T, F>(&self, closure: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (job, answer) = call::from_task(Access::Snapshot, closure);
        self.core.submit(job);
        answer.await.unwrap_or_else(|_| Err(gone()))
    }

    /// `write` for threads.
    pub fn write_blocking<T, F>(&self, closure: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (job, answer) = call::from_thread(Access::Write, closure);
        self.core.submit(job);
        answer.recv().unwrap_or_else(|_| Err(gone()))
    }

    /// `read` for threads.
    pub fn read_blocking<T, F>(&self, closure: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (job, answer) = call::from_thread(Access::Read, closure);
        self.core.submit(job);
        answer.recv().unwrap_or_else(|_| Err(gone()))
    }

    /// `snapshot` for threads.
    pub fn snapshot_blocking<T, F>(&self, closure: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (job, answer) = call::from_thread(Access::Snapshot, closure);
        self.core.submit(job);
        answer.recv().unwrap_or_else(|_| Err(gone()))
    }

    /// Prepares statements without running them: for the test that holds every statement against
    /// both engines. Blocks. Statements that only lock are left out on SQLite. The error names all
    /// statements that the engine refuses.
    pub fn prepare_all(&self, statements: &[&Statement]) -> Result<Vec<Prepared>> {
        let mut prepared = Vec::with_capacity(statements.len());
        let mut refused = Vec::new();
        for statement in statements.iter().map(|statement| **statement) {
            if statement.lock && self.engine() == Engine::Sqlite {
                continue;
            }
            match self.read_blocking(move |tx| Ok(tx.describe(&statement)?)) {
                Ok(found) => prepared.push(found),
                Err(error) => {
                    refused.push(error.internal_cause().unwrap_or_default().to_owned());
                }
            }
        }
        if refused.is_empty() { Ok(prepared) } else { Err(Error::internal(refused.join("\n"))) }
    }
}

impl Core {
    fn submit(&self, job: Job) {
        match job.access {
            Access::Read | Access::Snapshot => self.reads.push(job),
            Access::Write | Access::Settle => self.writes.push(job),
        }
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        self.reads.close();
        self.writes.close();
        let threads = self.threads.get_mut().unwrap_or_else(PoisonError::into_inner);
        for thread in threads.drain(..) {
            // The last handle may go with a closure, on one of these threads.
            if thread.thread().id() != std::thread::current().id() {
                // A thread that panicked has nothing left to finish.
                let _ = thread.join();
            }
        }
    }
}
