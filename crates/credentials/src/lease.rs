//! A lease: for how long a secret was given to whom.

use kernel::Timestamp;

use crate::token::TokenHash;

/// A lease, as it is stored.
#[derive(Clone, Debug)]
pub(crate) struct StoredLease {
    /// Its id: the path that the secret was read at, and 24 characters.
    pub(crate) id: String,
    /// The id of the mount.
    pub(crate) mount: String,
    /// The token that it was given to, while that lives.
    pub(crate) token: Option<TokenHash>,
    /// Since when.
    pub(crate) issued_at: Timestamp,
    /// Until when.
    pub(crate) expires_at: Timestamp,
    /// When it was last renewed.
    pub(crate) last_renewal_at: Option<Timestamp>,
    /// Whether it can be renewed.
    pub(crate) renewable: bool,
    /// What the engine needs to renew and revoke it, sealed.
    pub(crate) internal: Vec<u8>,
    /// How often its revocation has failed.
    pub(crate) attempts: i64,
    /// When it is to be revoked; none: that was given up.
    pub(crate) revoke_at: Option<Timestamp>,
    /// Why the last revocation failed.
    pub(crate) last_error: Option<String>,
}

/// Where what a lease keeps sealed stands.
pub(crate) fn place(id: &str) -> String {
    format!("credential_leases:{id}")
}
