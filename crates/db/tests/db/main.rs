//! The database through its public interface: always on SQLite, and on PostgreSQL too when
//! STATEWARD_TEST_POSTGRES holds the URL of a server.

extern crate stateward_db as db;

#[cfg(test)]
mod constraints;
#[cfg(test)]
mod engines;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod jobs;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod races;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod statements;
#[cfg(test)]
mod transactions;
