//! Every statement of this crate.

use db::Statement;

mod devices;
mod duty;
mod entries;
mod leases;
mod logins;
mod mounts;
mod seal;
mod tokens;
mod wrappings;

pub use devices::*;
pub use duty::*;
pub use entries::*;
pub use leases::*;
pub use logins::*;
pub use mounts::*;
pub use seal::*;
pub use tokens::*;
pub use wrappings::*;

/// All of them, for the tests that prepare every statement.
pub const ALL: &[&Statement] = &[
    &DELETE_ENTRY,
    &FIND_ENTRY,
    &LIST_ENTRIES,
    &LOCK_ENTRY,
    &DELETE_CUBBYHOLE,
    &LOCK_TOKEN,
    &PUT_ENTRY,
    &DELETE_ENTRIES,
    &DELETE_MOUNT,
    &DELETE_POLICY,
    &FIND_GENERATION,
    &INSERT_MOUNT,
    &LIST_MOUNTS,
    &LOCK_GENERATION,
    &LIST_POLICIES,
    &PUT_POLICY,
    &RAISE_GENERATION,
    &UPDATE_MOUNT,
    &CHILDREN_OF_TOKEN,
    &DELETE_TOKEN,
    &FIND_TOKEN,
    &KNOW_TOKEN,
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
    &COUNT_LEASES_UNDER,
    &COUNT_LISTED_LEASES,
    &LIST_IRREVOCABLE_LEASES,
    &LIST_LIVE_LEASES,
    &DELETE_INTENT,
    &DELETE_LEASE,
    &EXPIRE_LEASE,
    &EXPIRE_LEASES_OF_TOKEN,
    &EXPIRE_LEASES_UNDER,
    &FIND_LEASE_AFTER_SOME,
    &FAIL_LEASE,
    &FIND_LEASE,
    &HASTEN_INTENTS,
    &INSERT_INTENT,
    &INSERT_LEASE,
    &LIST_ORIGINS_OF_LEASES,
    &EXPIRE_LEASES_OF_ORIGIN,
    &LIST_DUE_INTENTS,
    &LIST_DUE_LEASES,
    &LIST_GIVEN_UP_LEASES,
    &LIST_INTENTS_OF_MOUNT,
    &LIST_LEASES_UNDER,
    &LIST_LEASE_IDS,
    &POSTPONE_INTENT,
    &POSTPONE_LEASE,
    &RENEW_LEASE,
    &RETRY_GIVEN_UP_LEASES,
    &TAKE_INTENT,
    &DELETE_EXPIRED_WRAPPINGS,
    &DELETE_WRAPPING,
    &FIND_WRAPPING,
    &FIND_WRAPPING_TOKEN,
    &FIND_WRAPPING_TOKEN_BY_ACCESSOR,
    &INSERT_WRAPPING,
    &TAKE_WRAPPING,
    &COUNT_LOGIN_FAILURE,
    &DELETE_OLD_LOGIN_FAILURES,
    &FIND_LOGIN_FAILURES,
    &FORGET_LOGIN_FAILURES,
    &LIST_LOGIN_FAILURES,
    &DELETE_AUDIT_DEVICE,
    &INSERT_AUDIT_DEVICE,
    &LIST_AUDIT_DEVICES,
    &FIND_DUTY,
    &LEAVE_DUTY,
    &TAKE_DUTY,
    &FIND_SEAL,
    &INSERT_SEAL,
    &RAISE_SEALS,
    &UPDATE_SEAL,
];
