//! Rows to types and back. Nothing here decides anything.

mod access;
mod audit;
mod grants;
mod identities;
mod memberships;
mod organizations;
mod projects;
mod second_factors;
mod standing;
mod subjects;
mod teams;
mod tokens;
mod trusts;
mod users;

use db::DbError;

pub(crate) use access::*;
pub(crate) use audit::*;
pub(crate) use grants::*;
pub(crate) use identities::*;
pub(crate) use memberships::*;
pub(crate) use organizations::*;
pub(crate) use projects::*;
pub(crate) use second_factors::*;
pub(crate) use standing::*;
pub(crate) use subjects::*;
pub(crate) use teams::*;
pub(crate) use tokens::*;
pub(crate) use trusts::*;
pub(crate) use users::*;

pub use projects::{project_tags, tag_id};

/// A count, which no database makes negative.
fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// A stored word that must be one of a few.
fn known<T>(word: &str, value: Option<T>) -> Result<T, DbError> {
    value.ok_or_else(|| DbError::Failed { cause: format!("unknown word {word:?}") })
}
