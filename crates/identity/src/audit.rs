//! The audit trail: who did what, on what, from where, and when; what they were not allowed to do;
//! and who read a state, an output or a secret.
//!
//! A record is written by [`record`] in the transaction of what it tells of, so neither is there
//! without the other. Its place in the chain follows at once, by one worker at a time.

mod denials;
pub mod facts;
mod record;
mod watch;

pub(crate) use denials::Denials;
pub(crate) use record::in_name_of;
pub use record::{Event, record};
pub(crate) use watch::Asker;
pub use watch::watch;

use kernel::Result;

use crate::Identity;

impl Identity {
    /// Brings the trail up to date: denied attempts that are due are recorded. For a background
    /// role, about once a second.
    pub async fn tend_audit(&self) -> Result<()> {
        self.write_denials(false).await
    }

    /// The same at the end, when nothing may be left over.
    pub async fn finish_audit(&self) -> Result<()> {
        self.write_denials(true).await
    }
}
