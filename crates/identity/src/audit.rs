//! The audit trail: who did what, on what, from where, and when; what they were not allowed to do;
//! and who read a state, an output or a secret.
//!
//! A record is written by [`record`] in the transaction of what it tells of, so neither is there
//! without the other. Its place in the chain follows at once, by one worker at a time.

pub mod facts;
mod record;

pub(crate) use record::in_name_of;
pub use record::{Event, record};
