//! A closure on its way through a database thread, and its answer on the way back.
//!
//! Everything that depends on the closure's type is here and small; queues, threads, batches and
//! retries see `dyn Call` only, so that a call site does not compile the engine once more.

use std::{
    any::{Any, type_name},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::mpsc,
    time::{Duration, Instant},
};

use kernel::{Error, Result};
use tokio::sync::oneshot;

use crate::{
    session::Session,
    tx::{Access, Tx},
};

/// A closure with the place for its value and its answer.
pub(crate) trait Call: Send {
    /// Where the closure is written.
    fn name(&self) -> &'static str;
    /// Runs it; may be done again.
    fn run(&mut self, tx: &mut Tx<'_>) -> Result<()>;
    /// Tells the caller.
    fn answer(self: Box<Self>, outcome: Result<()>);
}

/// What goes into the queue.
pub(crate) struct Job {
    pub(crate) call: Box<dyn Call>,
    pub(crate) access: Access,
}

struct Request<T, F> {
    closure: F,
    value: Option<T>,
    reply: Reply<T>,
}

/// How the caller waits.
enum Reply<T> {
    Task(oneshot::Sender<Result<T>>),
    Thread(mpsc::SyncSender<Result<T>>),
}

impl<T, F> Call for Request<T, F>
where
    T: Send,
    F: Fn(&mut Tx<'_>) -> Result<T> + Send,
{
    fn name(&self) -> &'static str {
        type_name::<F>()
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        self.value = Some((self.closure)(tx)?);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Result<()>) {
        let value = self.value;
        let answer = outcome.and_then(|()| value.ok_or_else(gone));
        // A caller that no longer waits is no error: the work is done or not done all the same.
        match self.reply {
            Reply::Task(sender) => drop(sender.send(answer)),
            Reply::Thread(sender) => drop(sender.send(answer)),
        }
    }
}

/// A job that a task will wait for.
pub(crate) fn from_task<T, F>(access: Access, closure: F) -> (Job, oneshot::Receiver<Result<T>>)
where
    T: Send + 'static,
    F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
{
    let (sender, receiver) = oneshot::channel();
    let request = Request { closure, value: None, reply: Reply::Task(sender) };
    (Job { call: Box::new(request), access }, receiver)
}

/// A job that a thread will wait for.
pub(crate) fn from_thread<T, F>(access: Access, closure: F) -> (Job, mpsc::Receiver<Result<T>>)
where
    T: Send + 'static,
    F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
{
    let (sender, receiver) = mpsc::sync_channel(1);
    let request = Request { closure, value: None, reply: Reply::Thread(sender) };
    (Job { call: Box::new(request), access }, receiver)
}

/// The database's threads have ended.
pub(crate) fn gone() -> Error {
    Error::unavailable("the database is closed")
}

/// How a run of a closure ended.
pub(crate) struct Ran {
    pub(crate) result: Result<()>,
    /// Whether it may well succeed when it is run again.
    pub(crate) again: bool,
}

/// Runs a closure once. A panic in it is an error of its own and nobody else's.
pub(crate) fn run(job: &mut Job, session: &mut dyn Session, slow: Duration) -> Ran {
    let started = Instant::now();
    let mut tx = Tx::new(session, job.access);
    let outcome = catch_unwind(AssertUnwindSafe(|| job.call.run(&mut tx)));
    let trouble = tx.into_trouble();
    let duration = started.elapsed();
    if duration > slow {
        let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        tracing::warn!(closure = job.call.name(), duration_ms, "a database closure was slow");
    }
    let again = trouble.as_ref().is_some_and(|trouble| trouble.again);
    let result = match (outcome, trouble) {
        (Ok(Ok(())), Some(trouble)) => Err(Error::internal(format!(
            "{} went on after a failed statement: {}",
            job.call.name(),
            trouble.error
        ))),
        (Ok(result), _) => result,
        (Err(panic), _) => {
            let message = message(panic.as_ref());
            Err(Error::internal(format!("{} panicked: {message}", job.call.name())))
        }
    };
    Ran { result, again }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}
