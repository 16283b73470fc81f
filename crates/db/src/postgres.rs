//! PostgreSQL: a handful of threads with a connection each.

mod connect;
mod migrate;
mod session;
mod tls;
mod worker;

use std::{
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use kernel::{Error, Kind, Result, Secret};

use self::{connect::Connector, worker::Worker};
use crate::{
    database::Core, error::with_causes, migrations::Migration, options::Engine, queue::Queue,
    settle::Settling,
};

/// A closure that takes longer than this is logged. Nobody else waits for it here, except for the
/// rows that it locks, and each statement crosses the network.
const SLOW: Duration = Duration::from_millis(200);

/// Migrates the database and starts the threads. They connect when they have something to do.
pub(crate) fn open(
    url: &Secret<String>,
    connections: usize,
    schema: Option<&str>,
    known: &[Migration],
) -> Result<Core> {
    let connector = Arc::new(Connector::new(url, schema)?);
    migrate::run(&connector, known)?;
    let queue = Arc::new(Queue::new());
    let mut threads = Vec::new();
    for number in 1..=connections.max(1) {
        let mut worker = Worker::new(number, Arc::clone(&connector));
        let jobs = Arc::clone(&queue);
        let thread = thread::Builder::new()
            .name(format!("db-postgres-{number}"))
            .spawn(move || worker.run(&jobs))
            .map_err(Error::internal)?;
        threads.push(thread);
    }
    Ok(Core {
        engine: Engine::Postgres,
        reads: Arc::clone(&queue),
        writes: queue,
        glances: None,
        settling: Settling::default(),
        threads: Mutex::new(threads),
    })
}

/// Connects once and changes nothing.
pub(crate) fn reach(url: &Secret<String>) -> Result<()> {
    Connector::new(url, None)?.connect().map(drop)
}

/// Drops a schema with all that is in it.
pub(crate) fn drop_schema(url: &Secret<String>, schema: &str) -> Result<()> {
    let connector = Connector::new(url, Some(schema))?;
    let mut client = connector.connect_for_migration()?;
    client.batch_execute(&format!("DROP SCHEMA IF EXISTS \"{schema}\" CASCADE")).map_err(|error| {
        let cause = with_causes(&error);
        Error::new(Kind::Unavailable, format!("can't drop the schema {schema}: {cause}"))
    })
}
