//! What tests stand on: a whole server on a fresh store, and callers that read like sentences.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod caller;
mod people;
mod server;

pub use caller::{Answer, Caller};
pub use server::{Setup, TestServer};
