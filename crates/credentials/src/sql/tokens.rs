//! Tokens of this side.

use db::Statement;

macro_rules! select_token {
    ($condition:literal) => {
        concat!(
            "SELECT hash, accessor, parent, path, display_name, policies, meta, uses_left, \
             created_at, creation_ttl, expires_at, last_renewal_at, explicit_max_ttl, period, \
             renewable, orphan, role, networks, entity, login FROM credential_tokens WHERE ",
            $condition
        )
    };
}

/// A token, by its hash. Runs once in every request.
pub const FIND_TOKEN: Statement =
    Statement::new("find_credential_token", select_token!("hash = $1")).hot();

/// Whether a token is there, by its hash.
pub const KNOW_TOKEN: Statement =
    Statement::new("know_credential_token", "SELECT 1 FROM credential_tokens WHERE hash = $1")
        .hot();

/// A token, by its accessor.
pub const FIND_TOKEN_BY_ACCESSOR: Statement =
    Statement::new("find_credential_token_by_accessor", select_token!("accessor = $1")).hot();

/// Adds a token.
pub const INSERT_TOKEN: Statement = Statement::new(
    "insert_credential_token",
    "INSERT INTO credential_tokens (hash, accessor, parent, path, display_name, policies, meta, \
       uses_left, created_at, creation_ttl, expires_at, explicit_max_ttl, period, renewable, \
       orphan, role, networks, entity, login) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19) \
     ON CONFLICT (hash) DO NOTHING",
);

/// Uses a token that can be used so often only: it is at -1 when that was the last time.
pub const USE_TOKEN: Statement = Statement::new(
    "use_credential_token",
    "UPDATE credential_tokens SET uses_left = CASE WHEN uses_left = 1 THEN -1 \
       ELSE uses_left - 1 END WHERE hash = $1 AND uses_left > 0 RETURNING uses_left",
);

/// Gives a token a new end.
pub const RENEW_TOKEN: Statement = Statement::new(
    "renew_credential_token",
    "UPDATE credential_tokens SET expires_at = $2, last_renewal_at = $3 WHERE hash = $1",
);

/// Removes a token.
pub const DELETE_TOKEN: Statement =
    Statement::new("delete_credential_token", "DELETE FROM credential_tokens WHERE hash = $1");

/// Holds a token until the end of the transaction.
pub const LOCK_TOKEN: Statement = Statement::new(
    "lock_credential_token",
    "SELECT hash FROM credential_tokens WHERE hash = $1 FOR UPDATE",
)
.lock_only();

/// A token's children.
pub const CHILDREN_OF_TOKEN: Statement = Statement::new(
    "children_of_credential_token",
    "SELECT hash FROM credential_tokens WHERE parent = $1",
)
.hot();

/// Lets a token's children live without it.
pub const ORPHAN_CHILDREN: Statement = Statement::new(
    "orphan_credential_tokens",
    "UPDATE credential_tokens SET parent = NULL, orphan = 1 WHERE parent = $1",
);

/// The accessors of all tokens.
pub const LIST_ACCESSORS: Statement = Statement::new(
    "list_credential_accessors",
    "SELECT accessor FROM credential_tokens ORDER BY accessor",
);

/// Tokens that have come to their end.
pub const LIST_EXPIRED_TOKENS: Statement = Statement::new(
    "list_expired_credential_tokens",
    "SELECT hash FROM credential_tokens WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2",
)
.hot();

/// Tokens that were made by paths between two texts.
pub const LIST_TOKENS_BY_PATH: Statement = Statement::new(
    "list_credential_tokens_by_path",
    "SELECT hash FROM credential_tokens WHERE path >= $1 AND path < $2",
)
.hot();
