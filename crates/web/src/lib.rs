//! HTTP as this product speaks it: the listener with TLS, the frame around every request, JSON:API
//! documents in and out, error answers, and the shell of the pages.
//!
//! Capabilities give a [`Routes`] table and handlers; the handlers take [`body`] and [`query`]
//! extractors, return [`document::Document`]s, and fail with [`WebError`] (API) or [`PageError`]
//! (pages). `server` merges the tables, puts [`finish()`] around them and hands the result to
//! [`listener::serve`].

pub mod body;
pub mod document;
mod error;
mod finish;
pub mod listener;
mod local;
mod network;
pub mod page;
mod path;
pub mod query;
mod request;
mod routes;
mod settings;

pub use error::{Answer, PageError, WebError, retry_after};
pub use finish::{accepts_gzip, finish};
pub use local::Local;
pub use network::{InvalidNetwork, Network};
pub use path::Path;
pub use query::ListQuery;
pub use request::{Peer, RequestInfo, RequestUrl};
pub use routes::{RouteEntry, Routes};
pub use settings::Settings;
