//! State versions: the guarded write, what was read out of states, and their history.
//!
//! Owned tables: `state_versions`, `state_outputs`. The bytes are `blobs`, the pointers to the
//! current and the awaited version stand in `workspaces` and are moved here.
//!
//! - A version is accepted only under the lock, held by the caller, and by the rules in `rules`.
//!   It becomes current in the very transaction that makes it durable.
//! - The bytes are kept exactly. What the product needs to know is read out of them in passing
//!   (`scan`); a state that can't be read is *opaque* and kept like any other.
//! - Every finalized version's record is chained by hash to the one before ([`Record`],
//!   [`verify_chain`]).
//! - Uploads and downloads go by signed paths (`signed`) that live for minutes, and no longer than
//!   the token or session they were given to.
//!
//! The vendor's pages: "State Versions API", "State Version Outputs API", "Workspace Resources
//! API".

mod api;
mod base64_stream;
mod chain;
mod includes;
mod intake;
mod jobs;
mod json_cut;
mod links;
mod pages;
mod record;
mod records;
mod resource;
mod rules;
mod scan;
mod service;
mod signed;
pub mod sql;
mod state;
mod store;
mod summary;
#[cfg(test)]
mod tests;
mod version;

pub use api::routes;
pub use chain::{Break, Fault, verify_chain};
pub use includes::CurrentStates;
pub use jobs::WorkspaceContents;
pub use record::Record;
pub use scan::Mode;
pub use service::read::{current, find, list, outputs, resources};
pub use state::{Settings, State};
pub use summary::{Instance, ROOT as ROOT_MODULE};
pub use version::{Output, Status, Version};
