//! Which database to open.

use std::path::{Path, PathBuf};

use kernel::{Error, Kind, Result, Secret};

use crate::postgres;

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
    /// Whether the database can be reached, without changing anything. Blocks. The error is for
    /// the operator.
    pub fn reach(&self) -> Result<()> {
        match self {
            Self::Sqlite { path } => {
                let folder = path.parent().unwrap_or(path);
                let probe = tempfile_in(folder);
                std::fs::write(&probe, []).and_then(|()| std::fs::remove_file(&probe)).map_err(
                    |error| {
                        Error::new(
                            Kind::Invalid,
                            format!("can't write in {}: {error}", folder.display()),
                        )
                    },
                )
            }
            Self::Postgres { url, .. } => postgres::reach(url),
        }
    }

    /// The number of PostgreSQL connections when nobody says another.
    pub const CONNECTIONS: usize = 16;
}

/// A name that nothing else has.
fn tempfile_in(folder: &Path) -> PathBuf {
    folder.join(format!(".reach-{}", std::process::id()))
}

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Embedded in this process.
    Sqlite,
    /// A server of its own.
    Postgres,
}
