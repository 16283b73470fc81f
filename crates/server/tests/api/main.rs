//! The API, called over a real listener: on SQLite, or on the PostgreSQL that
//! `STATEWARD_TEST_POSTGRES` names. The modules mirror the URL tree.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod account;
mod addressing;
mod consumers;
mod discovery;
mod fixtures;
mod guarded_write;
mod history;
mod locks;
mod memberships;
mod organizations;
mod projects;
mod races;
mod statements;
mod tags;
mod tokens;
mod workspace_lists;
mod workspaces;
