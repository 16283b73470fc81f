//! The API, called over a real listener: on SQLite, or on the PostgreSQL that
//! `STATEWARD_TEST_POSTGRES` names. The modules mirror the URL tree.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod addressing;
mod fixtures;
mod guarded_write;
mod history;
mod locks;
mod races;
mod statements;
