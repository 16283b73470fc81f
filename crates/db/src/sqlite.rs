//! SQLite: one thread writes, a few read.
//!
//! One writer and a queue are fair and share a flush among all that wait; several writing
//! connections would starve each other.

mod checkpoint;
mod constraints;
mod glance;
mod migrate;
mod reader;
mod session;
mod writer;

use std::{
    num::NonZero,
    path::Path,
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use kernel::{Error, Kind, Result};
use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};

pub(crate) use glance::Glances;

use crate::{
    database::Core,
    migrations::Migration,
    options::Engine,
    queue::Queue,
    settle::Settling,
    sqlite::{checkpoint::Checkpoints, constraints::Constraints},
};

/// A closure that takes longer than this holds up everybody, and is logged.
const SLOW: Duration = Duration::from_millis(20);

/// How long to wait for another process that writes (`stateward admin`).
const BUSY: Duration = Duration::from_secs(10);
/// Between two attempts where the engine itself does not wait.
const PAUSE: Duration = Duration::from_millis(5);

/// For every connection. A statement's journal stays in memory (`temp_store`), so that savepoints
/// cost no files. The log is moved into the database beside the writer; when it has 16,000 pages,
/// 64 MiB, the writer moves what is left and begins it anew.
const SETTINGS: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA temp_store = MEMORY;
    PRAGMA cache_size = -8000;
    PRAGMA wal_autocheckpoint = 16000;
    PRAGMA journal_size_limit = 67108864;";

/// Opens the file, migrates it and starts the threads.
pub(crate) fn open(path: &Path, known: &[Migration]) -> Result<Core> {
    let trouble = |error: rusqlite::Error| unusable(path, &error);
    let mut writer = connect(path).map_err(trouble)?;
    migrate::run(&mut writer, known, &trouble)?;
    let constraints = Arc::new(Constraints::read(&writer).map_err(trouble)?);
    let (reads, writes) = (Arc::new(Queue::new()), Arc::new(Queue::new()));
    let mut threads = Vec::new();
    for number in 1..=readers() {
        let reader = connect_reader(path).map_err(trouble)?;
        let (queue, constraints) = (Arc::clone(&reads), Arc::clone(&constraints));
        threads.push(start(format!("db-reader-{number}"), move || {
            reader::run(&reader, &constraints, &queue);
        })?);
    }
    let glances = Some(Glances::new(path.to_owned(), Arc::clone(&constraints)));
    let checkpoints = Arc::new(Checkpoints::default());
    let (mover, due) = (connect_reader(path).map_err(trouble)?, Arc::clone(&checkpoints));
    threads.push(start("db-checkpoints".to_owned(), move || due.run(&mover))?);
    let queue = Arc::clone(&writes);
    threads.push(start("db-writer".to_owned(), move || {
        writer::run(&writer, &constraints, &queue, checkpoints.counter());
    })?);
    let (engine, settling) = (Engine::Sqlite, Settling::default());
    Ok(Core { engine, reads, writes, glances, settling, threads: Mutex::new(threads) })
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    // Plans must not depend on values: with partial indexes they otherwise do, and a statement is
    // then prepared again each time that its values are cleared.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Statements are constants; all of them are kept.
    connection.set_prepared_statement_cache_capacity(1_024);
    set_up(&connection)?;
    Ok(connection)
}

/// Where several processes make a file's first connections at once, the engine refuses to change the
/// mode of its journal without waiting.
fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    let deadline = Instant::now() + BUSY;
    loop {
        match connection.execute_batch(SETTINGS) {
            Err(error) if is_busy(&error) && Instant::now() < deadline => thread::sleep(PAUSE),
            outcome => return outcome,
        }
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}

/// A connection that can't write by mistake.
fn connect_reader(path: &Path) -> rusqlite::Result<Connection> {
    let reader = connect(path)?;
    reader.pragma_update(None, "query_only", true)?;
    Ok(reader)
}

fn readers() -> usize {
    thread::available_parallelism().map_or(2, NonZero::get).clamp(2, 4)
}

fn start(name: String, run: impl FnOnce() + Send + 'static) -> Result<thread::JoinHandle<()>> {
    thread::Builder::new().name(name).spawn(run).map_err(Error::internal)
}

fn unusable(path: &Path, error: &rusqlite::Error) -> Error {
    Error::new(
        Kind::Unavailable,
        format!(
            "can't use the database {}: {error}. Check that its folder exists, belongs to the \
             server's user and has room",
            path.display()
        ),
    )
}
