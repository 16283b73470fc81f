//! A fresh database of each engine.

use std::sync::atomic::{AtomicU32, Ordering};

use db::{Db, Options, Statement, drop_schema};
use kernel::{Clock as _, Secret, SystemClock};
use tempfile::TempDir;

/// Counts of a subject, in a table without references.
pub(crate) const INSERT_COUNT: Statement = Statement::new(
    "insert_count",
    "INSERT INTO sign_in_attempts (subject, window_started_at, failures) VALUES ($1, 0, $2)",
);
/// The parameters are out of order on purpose.
pub(crate) const UPDATE_COUNT_FROM: Statement = Statement::new(
    "update_count_from",
    "UPDATE sign_in_attempts SET failures = $3 WHERE failures = $2 AND subject = $1",
);
pub(crate) const SELECT_COUNT: Statement =
    Statement::new("select_count", "SELECT failures FROM sign_in_attempts WHERE subject = $1");
pub(crate) const LOCK_COUNT: Statement = Statement::new(
    "lock_count",
    "SELECT failures FROM sign_in_attempts WHERE subject = $1 FOR UPDATE",
)
.lock_only();

/// A database that goes away with this value.
pub(crate) struct Fresh {
    pub(crate) db: Option<Db>,
    pub(crate) options: Options,
    _folder: TempDir,
}

impl Fresh {
    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::open(Options::Sqlite { path: folder.path().join("stateward.db") }, folder)
    }

    pub(crate) fn postgres() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        #[expect(clippy::disallowed_methods, reason = "tests have no configuration of their own")]
        let url = std::env::var("STATEWARD_TEST_POSTGRES").ok()?;
        let (process, number) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let now = SystemClock.now().as_micros();
        let schema = Some(format!("db_{now}_{process}_{number}"));
        let options = Options::Postgres { url: Secret::new(url), connections: 8, schema };
        Some(Self::open(options, tempfile::tempdir().unwrap()))
    }

    fn open(options: Options, folder: TempDir) -> Self {
        Self { db: Some(Db::open(&options).unwrap()), options, _folder: folder }
    }

    pub(crate) fn db(&self) -> &Db {
        self.db.as_ref().unwrap()
    }

    /// Closes the database and opens it again.
    pub(crate) fn reopen(&mut self) {
        self.db = None;
        self.db = Some(Db::open(&self.options).unwrap());
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        self.db = None;
        if let Options::Postgres { url, schema: Some(schema), .. } = &self.options {
            drop_schema(url, schema).unwrap();
        }
    }
}

/// Runs a test on each engine.
pub(crate) fn on_each_engine(test: impl Fn(&mut Fresh)) {
    test(&mut Fresh::sqlite());
    if let Some(mut fresh) = Fresh::postgres() {
        test(&mut fresh);
    }
}

/// The count of a subject.
pub(crate) fn count(db: &Db, subject: &'static str) -> Option<i64> {
    db.read_blocking(move |tx| {
        Ok(tx.query_optional(&SELECT_COUNT, &[subject.into()], |row| row.int(0))?)
    })
    .unwrap()
}

/// Stores the count of a subject.
pub(crate) fn insert(db: &Db, subject: &'static str, count: i64) -> kernel::Result<u64> {
    db.write_blocking(move |tx| Ok(tx.execute(&INSERT_COUNT, &[subject.into(), count.into()])?))
}
