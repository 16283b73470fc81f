//! Every statement of this crate.

use db::Statement;

mod entries;
mod leases;
mod mounts;
mod seal;
mod tokens;
mod wrappings;

pub use entries::*;
pub use leases::*;
pub use mounts::*;
pub use seal::*;
pub use tokens::*;
pub use wrappings::*;

/// All of them, for the tests that prepare every statement.
pub const ALL: &[&Statement] = &[
    &DELETE_ENTRY,
    &FIND_ENTRY,
    &LIST_ENTRIES,
    &PUT_ENTRY,
    &DELETE_ENTRIES,
    &DELETE_MOUNT,
    &DELETE_POLICY,
    &FIND_GENERATION,
    &INSERT_MOUNT,
    &LIST_MOUNTS,
    &LIST_POLICIES,
    &PUT_POLICY,
    &RAISE_GENERATION,
    &UPDATE_MOUNT,
    &CHILDREN_OF_TOKEN,
    &DELETE_TOKEN,
    &FIND_TOKEN,
    &FIND_TOKEN_BY_ACCESSOR,
    &INSERT_TOKEN,
    &LIST_ACCESSORS,
    &LIST_EXPIRED_TOKENS,
    &LIST_TOKENS_BY_PATH,
    &ORPHAN_CHILDREN,
    &RENEW_TOKEN,
    &USE_TOKEN,
    &CLAIM_LEASE,
    &COUNT_LEASES,
    &DELETE_INTENT,
    &DELETE_LEASE,
    &EXPIRE_LEASE,
    &EXPIRE_LEASES_OF_TOKEN,
    &EXPIRE_LEASES_UNDER,
    &FAIL_LEASE,
    &FIND_LEASE,
    &INSERT_INTENT,
    &INSERT_LEASE,
    &LIST_DUE_INTENTS,
    &LIST_DUE_LEASES,
    &LIST_GIVEN_UP_LEASES,
    &LIST_LEASES_UNDER,
    &POSTPONE_INTENT,
    &RENEW_LEASE,
    &DELETE_EXPIRED_WRAPPINGS,
    &FIND_WRAPPING,
    &INSERT_WRAPPING,
    &TAKE_WRAPPING,
    &FIND_SEAL,
    &INSERT_SEAL,
];
