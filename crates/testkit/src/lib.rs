//! What tests stand on: a whole server on a fresh store, and callers that read like sentences.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod browser;
mod caller;
mod issuer;
mod logs;
mod people;
mod server;
mod sql;
mod team;
mod wire;

pub use browser::Browser;
pub use caller::{Answer, Caller};
pub use issuer::{Issuer, hmac_token};
pub use logs::Logs;
pub use server::{Setup, TestServer};
pub use team::{Level, TestTeam};
