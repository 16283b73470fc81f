//! Answers that wait.

use db::Statement;

/// Puts an answer away.
pub const INSERT_WRAPPING: Statement = Statement::new(
    "insert_credential_wrapping",
    "INSERT INTO credential_wrappings (hash, accessor, sealed, creation_path, ttl, created_at, \
       expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
);

/// Takes an answer out, if it still waits.
pub const TAKE_WRAPPING: Statement = Statement::new(
    "take_credential_wrapping",
    "DELETE FROM credential_wrappings WHERE hash = $1 AND expires_at > $2 \
     RETURNING accessor, sealed, creation_path, ttl",
);

/// An answer that still waits, without taking it out.
pub const FIND_WRAPPING: Statement = Statement::new(
    "find_credential_wrapping",
    "SELECT creation_path, ttl, created_at FROM credential_wrappings \
     WHERE hash = $1 AND expires_at > $2",
)
.hot();

/// The same as a token, by its hash.
pub const FIND_WRAPPING_TOKEN: Statement = Statement::new(
    "find_credential_wrapping_token",
    "SELECT hash, accessor, creation_path, ttl, created_at, expires_at \
     FROM credential_wrappings WHERE hash = $1",
)
.hot();

/// The same as a token, by its accessor.
pub const FIND_WRAPPING_TOKEN_BY_ACCESSOR: Statement = Statement::new(
    "find_credential_wrapping_token_by_accessor",
    "SELECT hash, accessor, creation_path, ttl, created_at, expires_at \
     FROM credential_wrappings WHERE accessor = $1",
)
.hot();

/// Forgets an answer.
pub const DELETE_WRAPPING: Statement = Statement::new(
    "delete_credential_wrapping",
    "DELETE FROM credential_wrappings WHERE hash = $1 RETURNING accessor",
);

/// Forgets answers that nobody took in time.
pub const DELETE_EXPIRED_WRAPPINGS: Statement = Statement::new(
    "delete_expired_credential_wrappings",
    "DELETE FROM credential_wrappings WHERE expires_at <= $1",
);
