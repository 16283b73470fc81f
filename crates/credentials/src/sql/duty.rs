//! Which server ends what is over.

use db::Statement;

/// Who is on duty, and how many rounds there were.
pub const FIND_DUTY: Statement = Statement::new(
    "find_credential_duty",
    "SELECT holder, rounds FROM credential_duty WHERE id = 1",
)
.hot();

/// Begins a round, unless another server has begun one meanwhile.
pub const TAKE_DUTY: Statement = Statement::new(
    "take_credential_duty",
    "UPDATE credential_duty SET holder = $1, rounds = rounds + 1 \
     WHERE id = 1 AND holder = $2 AND rounds = $3",
);

/// Leaves the next round to whoever comes first.
pub const LEAVE_DUTY: Statement = Statement::new(
    "leave_credential_duty",
    "UPDATE credential_duty SET holder = '' WHERE id = 1 AND holder = $1",
);
