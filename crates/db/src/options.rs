//! Which database to open.

use std::path::PathBuf;

use kernel::Secret;

/// Which database to open.
#[derive(Clone, Debug)]
pub enum Options {
    /// A file, made when it is not there, next to its write-ahead log.
    Sqlite {
        /// The file.
        path: PathBuf,
    },
    /// A PostgreSQL database.
    Postgres {
        /// `postgres://user:password@host:port/database?…`. Besides what the client library knows it
        /// may say `sslmode=verify-full` and `sslrootcert=FILE` (see the crate's `postgres/tls.rs`).
        url: Secret<String>,
        /// How many connections to keep, with a thread each.
        connections: usize,
        /// The schema to live in, made when it is not there: `[a-z0-9_]` only. None: what the URL's
        /// user finds first.
        schema: Option<String>,
    },
}

impl Options {
    /// The number of PostgreSQL connections when nobody says another.
    pub const CONNECTIONS: usize = 16;
}

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Embedded in this process.
    Sqlite,
    /// A server of its own.
    Postgres,
}
