//! API tokens. The value is shown once and never stored; what is stored is an HMAC of it.

use kernel::{Timestamp, TokenId, UserId};

/// What stands before the random part of a token.
pub(crate) const TOKEN_PREFIX: &str = "stw_";

/// An API token, without its value.
#[derive(Clone, Debug)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// Whom it speaks for.
    pub user_id: UserId,
    /// What people say about it.
    pub description: String,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// When it ends; none: never.
    pub expires_at: Option<Timestamp>,
}

impl Token {
    /// Whether it is of no use any more.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        is_past(self.expires_at, now)
    }
}

/// Whether an end has been reached.
pub(crate) fn is_past(end: Option<Timestamp>, now: Timestamp) -> bool {
    end.is_some_and(|end| end <= now)
}
