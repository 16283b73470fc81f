//! Users and memberships.

use db::Statement;

macro_rules! user_columns {
    () => {
        "u.id, u.username, u.email, u.site_admin, u.created_at, u.updated_at"
    };
}

/// Adds a person.
pub const INSERT_USER: Statement = Statement::new(
    "insert_user",
    "INSERT INTO users (id, username, username_folded, email, email_folded, password_hash, \
       site_admin, created_at, updated_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
);

/// A person.
pub const FIND_USER: Statement = Statement::new(
    "find_user",
    concat!("SELECT ", user_columns!(), " FROM users u WHERE u.id = $1"),
)
.hot();

/// A person by name or address. No name contains an `@`, so it is one at most.
pub const FIND_USER_BY_LOGIN: Statement = Statement::new(
    "find_user_by_login",
    concat!(
        "SELECT ",
        user_columns!(),
        " FROM users u WHERE u.username_folded = $1 OR u.email_folded = $1"
    ),
)
.hot();

/// A person and the hash of their password.
pub const FIND_CREDENTIALS_BY_LOGIN: Statement = Statement::new(
    "find_credentials_by_login",
    concat!(
        "SELECT ",
        user_columns!(),
        ", u.password_hash FROM users u WHERE u.username_folded = $1 OR u.email_folded = $1"
    ),
)
.hot();

/// The same by id.
pub const FIND_CREDENTIALS_BY_ID: Statement = Statement::new(
    "find_credentials_by_id",
    concat!("SELECT ", user_columns!(), ", u.password_hash FROM users u WHERE u.id = $1"),
)
.hot();

/// Holds a person's row until the end of the transaction.
pub const LOCK_USER: Statement =
    Statement::new("lock_user", "SELECT id FROM users WHERE id = $1 FOR UPDATE").lock_only();

/// Changes a person's name and address. An address that they have set themselves is verified by
/// nobody.
pub const UPDATE_USER: Statement = Statement::new(
    "update_user",
    "UPDATE users SET username = $2, username_folded = $3, email = $4, email_folded = $5, \
       email_unverified = CASE WHEN email_folded = $5 THEN email_unverified ELSE 1 END, \
       updated_at = $6 WHERE id = $1",
);

/// Changes a person's password.
pub const SET_PASSWORD: Statement = Statement::new(
    "set_password",
    "UPDATE users SET password_hash = $2, updated_at = $3 WHERE id = $1",
);

/// Whether two people are active members of one organization.
pub const SHARE_ORGANIZATION: Statement = Statement::new(
    "share_organization",
    "SELECT 1 FROM memberships mine \
     JOIN memberships theirs ON theirs.organization_id = mine.organization_id \
     WHERE mine.user_id = $1 AND mine.status = 'active' \
       AND theirs.user_id = $2 AND theirs.status = 'active' LIMIT 1",
)
.hot();

/// Adds a membership.
pub const INSERT_MEMBERSHIP: Statement = Statement::new(
    "insert_membership",
    "INSERT INTO memberships (id, organization_id, user_id, email, email_folded, status, \
       created_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7)",
);

/// A membership and its person.
pub const FIND_MEMBERSHIP: Statement = Statement::new(
    "find_membership",
    concat!(
        "SELECT m.id, m.organization_id, m.email, m.status, m.created_at, ",
        user_columns!(),
        " FROM memberships m LEFT JOIN users u ON u.id = m.user_id WHERE m.id = $1"
    ),
)
.hot();

macro_rules! membership_filter {
    () => {
        " FROM memberships m LEFT JOIN users u ON u.id = m.user_id \
         WHERE m.organization_id = $1 \
           AND (CAST($2 AS TEXT) IS NULL OR m.status = $2) \
           AND (CAST($3 AS TEXT) IS NULL OR m.email_folded LIKE $3 ESCAPE '\\' \
             OR u.username_folded LIKE $3 ESCAPE '\\') \
           AND (CAST($4 AS BIGINT) = 0 OR m.email_folded IN ($list)) \
           AND (CAST($5 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM team_members x \
             WHERE x.membership_id = m.id AND x.team_id = $5))"
    };
}

/// A page of an organization's memberships. `$4` says whether the list of addresses counts.
pub const LIST_MEMBERSHIPS: Statement = Statement::new(
    "list_memberships",
    concat!(
        "SELECT m.id, m.organization_id, m.email, m.status, m.created_at, ",
        user_columns!(),
        membership_filter!(),
        " ORDER BY m.email_folded LIMIT $6 OFFSET $7"
    ),
);

/// How many memberships that filter finds.
pub const COUNT_MEMBERSHIPS: Statement =
    Statement::new("count_memberships", concat!("SELECT COUNT(*)", membership_filter!()));

/// How many people own an organization.
pub const COUNT_OWNERS: Statement = Statement::new(
    "count_owners",
    "SELECT COUNT(*) FROM teams t JOIN team_members x ON x.team_id = t.id \
     JOIN memberships m ON m.id = x.membership_id \
     WHERE t.organization_id = $1 AND t.owners = 1 AND m.status = 'active'",
)
.hot();

/// Removes a membership.
pub const DELETE_MEMBERSHIP: Statement =
    Statement::new("delete_membership", "DELETE FROM memberships WHERE id = $1");

/// Makes the invitations of an address the memberships of an account, where it has none yet.
pub const CLAIM_INVITATIONS: Statement = Statement::new(
    "claim_invitations",
    "UPDATE memberships SET user_id = $2, email = $3, status = 'active' \
     WHERE email_folded = $1 AND user_id IS NULL AND NOT EXISTS (SELECT 1 FROM memberships own \
       WHERE own.user_id = $2 AND own.organization_id = memberships.organization_id)",
);

/// Takes a person's new address over to their memberships.
pub const SET_MEMBERSHIP_EMAIL: Statement = Statement::new(
    "set_membership_email",
    "UPDATE memberships SET email = $2, email_folded = $3 WHERE user_id = $1",
);
