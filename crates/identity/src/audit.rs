//! The audit trail: who did what, on what, from where, and when; what they were not allowed to do;
//! and who read a state, an output or a secret.
//!
//! A record is written by [`record()`] in the transaction of what it tells of, so neither is there
//! without the other. Reads are recorded before anything is handed out ([`Identity::record`]).
//! Denied attempts are noted where they are refused ([`watch()`], [`Identity::note_denied`]) and
//! written within a second.
//!
//! Within another second each record gets its place in a chain ([`chain`](self)): its hash covers all
//! its fields and the hash of the record before it, and the chain's ends stand under a tag that only
//! this installation's key makes. What that shows, and what it can't:
//! - A record that was changed, taken away, moved or put in is noticed and named
//!   ([`Identity::verify_audit`]), also when somebody computes all hashes anew: the end would not fit.
//! - Who can write to the database can still change a record in the second before it has its place,
//!   and can put everything, the ends included, back to what it was some time ago. Both are shown
//!   only by what is kept elsewhere: records that were sent on ([`deliver`](self)), or a note of the
//!   chain's end.
//! - Who has the master key besides can forge everything.

mod chain;
mod deliver;
mod denials;
mod entry;
pub mod facts;
mod json;
mod list;
mod record;
mod retention;
mod settings;
mod verify;
mod watch;
mod words;

pub(crate) use deliver::Delivery;
pub(crate) use denials::Denials;
pub use entry::{AuditRecord, Link};
pub use json::AuditJson;
pub(crate) use list::instant;
pub use list::{AuditFilter, Outcome, Shelf};
pub(crate) use record::in_name_of;
pub use record::{Event, record};
pub use settings::{AuditSettings, AuditWebhook};
pub use verify::{Fault, Verification};
pub(crate) use watch::Asker;
pub use watch::watch;
pub(crate) use words::{in_words, kind_in_singular};

use kernel::Result;

use crate::Identity;

impl Identity {
    /// Brings the trail up to date: denied attempts that are due are recorded, and new records get
    /// their place. For a background role, about once a second.
    pub async fn tend_audit(&self) -> Result<()> {
        self.write_denials(false).await?;
        self.chain_audit().await
    }

    /// The same at the end, when nothing may be left over.
    pub async fn finish_audit(&self) -> Result<()> {
        self.write_denials(true).await?;
        self.chain_audit().await
    }
}
