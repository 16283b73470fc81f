//! The one way out: every request that the server sends to somebody else's.
//!
//! Whoever may name a URL (an issuer, a webhook) could make the server speak to what only the
//! server can reach: itself, its neighbours, the cloud's metadata service. So what holds here is:
//! - Only `https`, and `http` where a setting allows it; never a name and password in the URL.
//! - No private, local or otherwise special address unless the settings allow it. Names are judged
//!   by what they resolve to, and exactly the addresses that were judged are connected to: there is
//!   no second look-up that could say something else.
//! - The same after each redirect. Redirects are followed for `GET` and `HEAD` only, never from
//!   `https` to `http`, and credentials stay at the origin that they were meant for.
//! - A time limit over all of it, and a size limit while the body comes in.
//! - No proxy out of the environment, no cookies, no decompression.
//!
//! Errors are sentences for whoever named the URL; they say nothing of what was answered and which
//! address a name has. This is the only crate that names `reqwest`.

mod client;
mod failure;
mod guard;
mod request;
mod resolver;
mod response;
mod route;
mod settings;
#[cfg(test)]
mod tests;
mod tls;

pub use client::Outgoing;
pub use ipnet::IpNet;
pub use request::Request;
pub use response::Response;
pub use settings::Settings;
