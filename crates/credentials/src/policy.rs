//! Policies: texts that say what whoever has them may do with which paths.
//!
//! [`Policy::parse`] reads one; [`Acl`] is what several of them let one caller do. Everything here
//! is decided without input or output.

mod acl;
mod builtin;
mod capability;
mod error;
mod hcl;
mod parameters;
mod parse;
mod pattern;
mod permissions;
mod protected;
mod rules;
mod spelling;
mod template;
#[cfg(test)]
mod tests;

pub use acl::{Acl, Decision, Question};
pub use builtin::{DEFAULT_POLICY, RESPONSE_WRAPPING_POLICY};
pub use capability::{Capabilities, Capability};
pub use error::PolicyError;
pub use parse::{MAX_LENGTH, MAX_PATHS};
pub use protected::needs_sudo;
pub use rules::Policy;
pub(crate) use spelling::Spelling;
pub use template::Values;
