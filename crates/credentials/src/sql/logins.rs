//! Failures to log in.

use db::Statement;

/// How often somebody has failed, and when last.
pub const FIND_LOGIN_FAILURES: Statement = Statement::new(
    "find_credential_login_failures",
    "SELECT failures, last_at FROM credential_login_failures WHERE mount = $1 AND name = $2",
)
.hot();

/// Counts a failure; those before an instant no longer count.
pub const COUNT_LOGIN_FAILURE: Statement = Statement::new(
    "count_credential_login_failure",
    "INSERT INTO credential_login_failures (mount, name, failures, last_at) \
     VALUES ($1, $2, 1, $3) \
     ON CONFLICT (mount, name) DO UPDATE SET last_at = excluded.last_at, \
       failures = CASE WHEN credential_login_failures.last_at < $4 THEN 1 \
         ELSE credential_login_failures.failures + 1 END",
);

/// Forgets somebody's failures.
pub const FORGET_LOGIN_FAILURES: Statement = Statement::new(
    "forget_credential_login_failures",
    "DELETE FROM credential_login_failures WHERE mount = $1 AND name = $2",
);

/// Forgets failures that were all before an instant.
pub const DELETE_OLD_LOGIN_FAILURES: Statement = Statement::new(
    "delete_old_credential_login_failures",
    "DELETE FROM credential_login_failures WHERE last_at < $1",
);

/// Everybody who has failed at a mount.
pub const LIST_LOGIN_FAILURES: Statement = Statement::new(
    "list_credential_login_failures",
    "SELECT name, failures, last_at FROM credential_login_failures WHERE mount = $1 ORDER BY name",
)
.hot();
