//! A lease: for how long a secret was given to whom.

use kernel::Timestamp;

use crate::token::TokenHash;

/// A lease, as it is stored.
#[derive(Clone, Debug)]
pub struct StoredLease {
    /// Its id: the path that the secret was read at, and 24 characters.
    pub id: String,
    /// The id of the mount.
    pub mount: String,
    /// The token that it was given to, while that lives.
    pub token: Option<TokenHash>,
    /// Since when.
    pub issued_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
    /// When it was last renewed.
    pub last_renewal_at: Option<Timestamp>,
    /// Whether it can be renewed.
    pub renewable: bool,
    /// What the engine needs to renew and revoke it, sealed.
    pub internal: Vec<u8>,
    /// How often its revocation has failed.
    pub attempts: i64,
    /// When it is to be revoked; none: that was given up.
    pub revoke_at: Option<Timestamp>,
    /// Why the last revocation failed.
    pub last_error: Option<String>,
}

/// Where what a lease keeps sealed stands.
pub(crate) fn place(id: &str) -> String {
    format!("credential_leases:{id}")
}
