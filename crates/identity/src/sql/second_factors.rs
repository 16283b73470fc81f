//! Second factors and recovery codes.

use db::Statement;

/// A person's second factor.
pub const FIND_SECOND_FACTOR: Statement = Statement::new(
    "find_second_factor",
    "SELECT secret, last_step, created_at FROM second_factors WHERE user_id = $1",
)
.hot();

/// Adds a person's second factor.
pub const INSERT_SECOND_FACTOR: Statement = Statement::new(
    "insert_second_factor",
    "INSERT INTO second_factors (user_id, secret, last_step, created_at) VALUES ($1, $2, $3, $4)",
);

/// Notes the newest step of which a code was taken; of two at once only one succeeds.
pub const ADVANCE_SECOND_FACTOR: Statement = Statement::new(
    "advance_second_factor",
    "UPDATE second_factors SET last_step = $2 WHERE user_id = $1 AND last_step < $2",
);

/// Takes a second factor away.
pub const DELETE_SECOND_FACTOR: Statement =
    Statement::new("delete_second_factor", "DELETE FROM second_factors WHERE user_id = $1");

/// Adds a recovery code.
pub const INSERT_RECOVERY_CODE: Statement = Statement::new(
    "insert_recovery_code",
    "INSERT INTO recovery_codes (user_id, hash) VALUES ($1, $2)",
);

/// Takes a recovery code, so that nobody can again.
pub const TAKE_RECOVERY_CODE: Statement = Statement::new(
    "take_recovery_code",
    "DELETE FROM recovery_codes WHERE user_id = $1 AND hash = $2",
);

/// Takes all recovery codes of a person away.
pub const DELETE_RECOVERY_CODES: Statement =
    Statement::new("delete_recovery_codes", "DELETE FROM recovery_codes WHERE user_id = $1");

/// How many recovery codes a person has left.
pub const COUNT_RECOVERY_CODES: Statement = Statement::new(
    "count_recovery_codes",
    "SELECT COUNT(*) FROM recovery_codes WHERE user_id = $1",
)
.hot();
