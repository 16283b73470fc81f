//! Work that is done after the transaction that asks for it: rows of the table `jobs`.
//!
//! A worker claims a job for a time, does it, and finishes it. A worker that dies leaves the job to
//! the next one once that time is over, so what a job does must bear being done twice.

use std::time::Duration;

use kernel::{Id, IdKind, Timestamp};

use crate::{DbError, Engine, Row, Statement, Tx, Value};

/// The kind of a job's id.
#[derive(Debug)]
pub enum JobKind {}

impl IdKind for JobKind {
    const PREFIX: &'static str = "job";
}

/// A job's id.
pub type JobId = Id<JobKind>;

/// A job that this worker has claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The job's id.
    pub id: JobId,
    /// What is to be done.
    pub kind: String,
    /// With what, in a form that the kind knows.
    pub payload: String,
    /// How often it has been claimed, this time included. It also tells this claim from a later one.
    pub attempts: i64,
}

const INSERT_JOB: Statement = Statement::new(
    "insert_job",
    "INSERT INTO jobs (id, kind, payload, run_at, attempts, first_run_at)
     VALUES ($1, $2, $3, $4, 0, $4)",
)
.hot();

const SELECT_DUE_JOB: Statement = Statement::new(
    "select_due_job",
    "SELECT id, kind, payload, attempts FROM jobs
     WHERE run_at <= $1 AND (leased_until IS NULL OR leased_until <= $1) AND kind IN ($list)
     ORDER BY run_at, id LIMIT 1",
)
.hot();

/// The same for several servers at once: what another one is about to claim is passed over.
const SELECT_DUE_JOB_SKIP_LOCKED: Statement = Statement::new(
    "select_due_job_skip_locked",
    "SELECT id, kind, payload, attempts FROM jobs
     WHERE run_at <= $1 AND (leased_until IS NULL OR leased_until <= $1) AND kind IN ($list)
     ORDER BY run_at, id LIMIT 1 FOR UPDATE SKIP LOCKED",
)
.hot()
.lock_only();

const LEASE_JOB: Statement = Statement::new(
    "lease_job",
    "UPDATE jobs SET leased_until = $2, attempts = attempts + 1 WHERE id = $1",
)
.hot();

const DELETE_JOB: Statement =
    Statement::new("delete_job", "DELETE FROM jobs WHERE id = $1 AND attempts = $2").hot();

const RETRY_JOB: Statement = Statement::new(
    "retry_job",
    "UPDATE jobs SET run_at = $3, leased_until = NULL, last_error = $4
     WHERE id = $1 AND attempts = $2",
)
.hot();

const COUNT_JOBS: Statement = Statement::new("count_jobs", "SELECT COUNT(*) FROM jobs");

/// Every statement, for the test that prepares them all.
pub const ALL: &[&Statement] = &[
    &INSERT_JOB,
    &SELECT_DUE_JOB,
    &SELECT_DUE_JOB_SKIP_LOCKED,
    &LEASE_JOB,
    &DELETE_JOB,
    &RETRY_JOB,
    &COUNT_JOBS,
];

/// Leaves a job, to be done from `run_at` on if this transaction is committed.
pub fn enqueue(
    tx: &mut Tx<'_>,
    kind: &str,
    payload: &str,
    run_at: Timestamp,
) -> Result<JobId, DbError> {
    let id = JobId::generate();
    tx.execute(&INSERT_JOB, &[id.into(), kind.into(), payload.into(), run_at.into()])?;
    Ok(id)
}

/// Claims the job of these kinds that has been due the longest. It is this worker's for the time of
/// `lease`; whoever commits the transaction has it.
pub fn claim(
    tx: &mut Tx<'_>,
    now: Timestamp,
    lease: Duration,
    kinds: &[&str],
) -> Result<Option<Job>, DbError> {
    let statement = match tx.engine() {
        Engine::Sqlite => &SELECT_DUE_JOB,
        Engine::Postgres => &SELECT_DUE_JOB_SKIP_LOCKED,
    };
    let kinds: Vec<Value<'_>> = kinds.iter().map(|kind| (*kind).into()).collect();
    let Some(mut job) = tx.query_in(statement, &[now.into()], &kinds, job)?.pop() else {
        return Ok(None);
    };
    tx.execute(&LEASE_JOB, &[job.id.into(), now.plus(lease).into()])?;
    job.attempts += 1;
    Ok(Some(job))
}

/// Removes a job that is done. False if another worker has claimed it since.
pub fn finish(tx: &mut Tx<'_>, job: &Job) -> Result<bool, DbError> {
    Ok(tx.execute(&DELETE_JOB, &[job.id.into(), job.attempts.into()])? > 0)
}

/// Puts back a job that failed, to be tried again from `run_at` on. False if another worker has
/// claimed it since.
pub fn retry(tx: &mut Tx<'_>, job: &Job, run_at: Timestamp, error: &str) -> Result<bool, DbError> {
    let params = [job.id.into(), job.attempts.into(), run_at.into(), error.into()];
    Ok(tx.execute(&RETRY_JOB, &params)? > 0)
}

/// How many jobs there are, due or not.
pub fn count(tx: &mut Tx<'_>) -> Result<i64, DbError> {
    tx.query_one(&COUNT_JOBS, &[], |row| row.int(0))
}

fn job(row: &Row<'_>) -> Result<Job, DbError> {
    Ok(Job { id: row.id(0)?, kind: row.text(1)?, payload: row.text(2)?, attempts: row.int(3)? })
}
