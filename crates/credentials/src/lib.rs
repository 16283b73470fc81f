//! Short-lived credentials: the Vault-compatible side of the server. It speaks Vault's API under
//! `/v1/`, so that its clients give out, renew and revoke tokens of this server, of HCP Terraform
//! or of Terraform Enterprise.
//!
//! Owned tables: `credential_*`.
//!
//! What holds:
//! - A token's value is never stored; what mounts keep is sealed, each behind its own door
//!   ([`View`]).
//! - Every request goes one way ([`Credentials::serve`]): sealed or not, route, who asks, may they,
//!   the path's answer. Nothing answers past it.
//! - A secret that was made elsewhere has a lease or an intent, at every instant: a crash leaves
//!   nothing alive that is not looked for.
//!
//! The vendor's pages: Vault's HTTP API, and the Terraform Cloud secrets engine.

mod auth;
mod authorize;
mod backend;
mod batch;
mod credentials;
mod cubbyhole;
mod devices;
pub mod duration;
mod engines;
mod expiry;
mod fault;
pub mod framework;
mod http;
mod identity_store;
pub mod ids;
mod issue;
mod kept;
mod known;
mod lease;
mod leases;
mod limits;
mod mount;
mod operation;
mod origin;
mod own_server;
mod pages;
mod paging;
pub mod policy;
mod request;
mod response;
mod seal;
mod serve;
pub mod sql;
mod start;
mod store;
mod sys;
mod token;
pub mod ttl;
mod upstreams;
mod view;
mod wrapping;

pub use credentials::{Asking, Credentials, Settings};
pub use fault::Fault;
pub use operation::Operation;
pub use seal::SealKind;
pub use view::View;

/// Every route of this crate: the API and the pages.
pub fn routes(credentials: Credentials) -> web::Routes<()> {
    http::routes().merge(pages::routes()).with_state(credentials)
}
