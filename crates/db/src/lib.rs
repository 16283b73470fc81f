//! The database: one synchronous transaction interface over two engines, with one SQL text.
//!
//! ```ignore
//! let found = db.read(move |tx| Ok(tx.query_optional(&FIND_THING, &[id.into()], |row| row.text(0))?)).await?;
//! ```
//!
//! - A closure is one transaction. It may be run more than once, so it does no input or output, no
//!   sleep, takes no lock, and captures what it needs by move.
//! - **SQLite**: one writer thread takes what is queued, runs each closure under a savepoint of its
//!   own, commits once, and only then answers all of them ([`sqlite`]). Readers have their own threads.
//! - **PostgreSQL**: a handful of threads with a connection each ([`postgres`]).
//! - Statements are constants in a portable subset of SQL ([`Statement`]); `prepare_all` holds them
//!   against both engines in a test.
//!
//! Owned table: `jobs` (see [`jobs`]), and `schema_migrations`. This is the only crate that names
//! rusqlite or postgres.

mod call;
mod error;
mod folder;
mod migrations;
mod options;
mod postgres;
mod queue;
mod row;
mod schema;
mod session;
mod settle;
mod sql;
mod sqlite;
mod tx;
mod value;

pub mod jobs;

mod database;

pub use database::Db;
pub use error::DbError;
pub use folder::FolderLock;
pub use options::{Engine, Options};
pub use row::Row;
pub use schema::{Prepared, drop_schema};
pub use sql::Statement;
pub use tx::Tx;
pub use value::Value;
