//! Tokens, sessions, authorization codes and the throttle of signing in.

use db::Statement;

macro_rules! token_columns {
    () => {
        "t.id, t.kind, t.user_id, t.organization_id, t.team_id, t.project_id, t.workspace_id, \
         t.level, t.custom, t.description, t.read_only, t.networks, t.created_by, t.created_at, \
         t.last_used_at, t.last_used_address, t.expires_at, t.childless"
    };
}

/// What a bearer of a token is: the token, what binds it, and whom it stands for.
macro_rules! select_bearer {
    ($condition:literal) => {
        concat!(
            "SELECT t.id, t.kind, t.created_at, t.expires_at, t.read_only, t.networks, \
             t.description, t.organization_id, t.team_id, \
             u.id, u.username, u.site_admin, o.name, m.name \
             FROM tokens t LEFT JOIN users u ON u.id = t.user_id \
             LEFT JOIN organizations o ON o.id = t.organization_id \
             LEFT JOIN teams m ON m.id = t.team_id WHERE ",
            $condition,
            " AND (t.kind <> 'workload' \
              OR EXISTS (SELECT 1 FROM token_trusts x WHERE x.token_id = t.id))"
        )
    };
}

/// Adds a token.
pub const INSERT_TOKEN: Statement = Statement::new(
    "insert_token",
    "INSERT INTO tokens (id, kind, user_id, organization_id, team_id, project_id, workspace_id, \
       level, custom, hash, description, read_only, networks, created_by, created_at, expires_at, \
       childless) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
);

/// Whom a token speaks for. Runs once in every request.
pub const AUTHENTICATE_TOKEN: Statement =
    Statement::new("authenticate_token", select_bearer!("t.hash = $1")).hot();

/// A token.
pub const FIND_TOKEN: Statement = Statement::new(
    "find_token",
    concat!("SELECT ", token_columns!(), " FROM tokens t WHERE t.id = $1"),
)
.hot();

/// Whom a token that is known by its id speaks for, and until when.
pub const FIND_TOKEN_HOLDER: Statement =
    Statement::new("find_token_holder", select_bearer!("t.id = $1")).hot();

/// A token by its value.
pub const FIND_TOKEN_BY_HASH: Statement = Statement::new(
    "find_token_by_hash",
    concat!("SELECT ", token_columns!(), " FROM tokens t WHERE t.hash = $1"),
)
.hot();

/// A page of a person's tokens, the newest first.
pub const LIST_TOKENS: Statement = Statement::new(
    "list_tokens",
    concat!(
        "SELECT ",
        token_columns!(),
        " FROM tokens t WHERE t.user_id = $1 \
         ORDER BY t.created_at DESC, t.id DESC LIMIT $2 OFFSET $3"
    ),
)
.hot();

/// How many tokens a person has.
pub const COUNT_TOKENS: Statement =
    Statement::new("count_tokens", "SELECT COUNT(*) FROM tokens WHERE user_id = $1").hot();

/// Notes that a token was used.
pub const TOUCH_TOKEN: Statement = Statement::new(
    "touch_token",
    "UPDATE tokens SET last_used_at = $2, last_used_address = $3 \
     WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)",
);

/// Revokes a token.
pub const DELETE_TOKEN: Statement =
    Statement::new("delete_token", "DELETE FROM tokens WHERE id = $1");

/// Begins a browser session.
pub const INSERT_SESSION: Statement = Statement::new(
    "insert_session",
    "INSERT INTO sessions (id, hash, user_id, created_at, last_seen_at, expires_at) \
     VALUES ($1, $2, $3, $4, $4, $5)",
);

/// Whose session a cookie is of. Runs once for every page.
pub const FIND_SESSION_BY_HASH: Statement = Statement::new(
    "find_session_by_hash",
    "SELECT s.id, s.last_seen_at, s.expires_at, u.id, u.username, u.site_admin \
     FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.hash = $1",
)
.hot();

/// Whose a session is that is known by its id, and until when.
pub const FIND_SESSION_HOLDER: Statement = Statement::new(
    "find_session_holder",
    "SELECT s.expires_at, u.id, u.username, u.site_admin \
     FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1",
)
.hot();

/// Notes that a session was used.
pub const TOUCH_SESSION: Statement = Statement::new(
    "touch_session",
    "UPDATE sessions SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2",
);

/// Ends a session.
pub const DELETE_SESSION: Statement =
    Statement::new("delete_session", "DELETE FROM sessions WHERE id = $1");

/// Ends all sessions of a person, but perhaps one.
pub const DELETE_SESSIONS_BY_USER: Statement = Statement::new(
    "delete_sessions_by_user",
    "DELETE FROM sessions WHERE user_id = $1 AND (CAST($2 AS TEXT) IS NULL OR id <> $2)",
);

/// Forgets sessions that have come to their end.
pub const DELETE_EXPIRED_SESSIONS: Statement = Statement::new(
    "delete_expired_sessions",
    "DELETE FROM sessions WHERE expires_at <= $1 OR last_seen_at <= $2",
);

/// Notes an authorization code.
pub const INSERT_CODE: Statement = Statement::new(
    "insert_code",
    "INSERT INTO authorization_codes (hash, user_id, challenge, redirect_uri, expires_at) \
     VALUES ($1, $2, $3, $4, $5)",
);

/// Takes an authorization code, so that nobody else can.
pub const TAKE_CODE: Statement = Statement::new(
    "take_code",
    "DELETE FROM authorization_codes WHERE hash = $1 \
     RETURNING user_id, challenge, redirect_uri, expires_at",
);

/// Forgets codes that nobody took in time.
pub const DELETE_EXPIRED_CODES: Statement = Statement::new(
    "delete_expired_codes",
    "DELETE FROM authorization_codes WHERE expires_at <= $1",
);

/// Counts an attempt to sign in; a count from before `$3` begins anew.
pub const COUNT_SIGN_IN_ATTEMPT: Statement = Statement::new(
    "count_sign_in_attempt",
    "INSERT INTO sign_in_attempts (subject, window_started_at, failures) VALUES ($1, $2, 1) \
     ON CONFLICT (subject) DO UPDATE SET \
       failures = CASE WHEN sign_in_attempts.window_started_at <= $3 THEN 1 \
         ELSE sign_in_attempts.failures + 1 END, \
       window_started_at = CASE WHEN sign_in_attempts.window_started_at <= $3 THEN $2 \
         ELSE sign_in_attempts.window_started_at END \
     RETURNING window_started_at, failures",
);

/// Takes back the count of an attempt that went well.
pub const FORGIVE_SIGN_IN_ATTEMPT: Statement = Statement::new(
    "forgive_sign_in_attempt",
    "UPDATE sign_in_attempts SET failures = failures - 1 WHERE subject = $1 AND failures > 0",
);

/// Forgets all attempts on an account.
pub const DELETE_SIGN_IN_ATTEMPTS: Statement =
    Statement::new("delete_sign_in_attempts", "DELETE FROM sign_in_attempts WHERE subject = $1");

/// Forgets attempts that no longer count.
pub const DELETE_OLD_SIGN_IN_ATTEMPTS: Statement = Statement::new(
    "delete_old_sign_in_attempts",
    "DELETE FROM sign_in_attempts WHERE window_started_at <= $1",
);
