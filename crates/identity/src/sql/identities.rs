//! Who people are on the server at which they sign in, and what their groups make of them.

use db::Statement;

/// Whom an issuer and subject belong to.
pub const FIND_USER_BY_IDENTITY: Statement = Statement::new(
    "find_user_by_identity",
    "SELECT u.id, u.username, u.email, u.site_admin, u.created_at, u.updated_at \
     FROM user_identities i JOIN users u ON u.id = i.user_id \
     WHERE i.issuer = $1 AND i.subject = $2",
)
.hot();

/// Notes who a person is on another server.
pub const INSERT_IDENTITY: Statement = Statement::new(
    "insert_identity",
    "INSERT INTO user_identities (issuer, subject, user_id, created_at, last_used_at) \
     VALUES ($1, $2, $3, $4, $4)",
);

/// Notes that somebody signed in that way.
pub const TOUCH_IDENTITY: Statement = Statement::new(
    "touch_identity",
    "UPDATE user_identities SET last_used_at = $3 WHERE issuer = $1 AND subject = $2",
);

/// Notes whether a person's address was verified, if it is still this one.
pub const SET_EMAIL_UNVERIFIED: Statement = Statement::new(
    "set_email_unverified",
    "UPDATE users SET email_unverified = $3 \
     WHERE id = $1 AND email_folded = $2 AND email_unverified <> $3",
);

/// Whether nobody but the person says that their address is theirs.
pub const FIND_EMAIL_UNVERIFIED: Statement =
    Statement::new("find_email_unverified", "SELECT email_unverified FROM users WHERE id = $1")
        .hot();

/// Makes a person an administrator of the site, or no longer one.
pub const SET_SITE_ADMIN: Statement = Statement::new(
    "set_site_admin",
    "UPDATE users SET site_admin = $2, updated_at = $3 WHERE id = $1",
);

/// The teams, of whatever organization, that some groups belong in.
pub const LIST_TEAMS_OF_GROUPS: Statement = Statement::new(
    "list_teams_of_groups",
    "SELECT t.id, t.organization_id FROM teams t \
     WHERE t.sso_team_id <> '' AND t.sso_team_id IN ($list)",
)
.hot();

/// A person's memberships and the teams they are in by each.
pub const LIST_PLACES: Statement = Statement::new(
    "list_places",
    "SELECT m.id, m.organization_id, m.source, x.team_id, x.source, t.owners \
     FROM memberships m LEFT JOIN team_members x ON x.membership_id = m.id \
     LEFT JOIN teams t ON t.id = x.team_id WHERE m.user_id = $1 ORDER BY m.id",
)
.hot();

/// Adds a membership that rests on groups alone; not where an invitation waits for the address.
pub const INSERT_MEMBERSHIP_BY_GROUPS: Statement = Statement::new(
    "insert_membership_by_groups",
    "INSERT INTO memberships (id, organization_id, user_id, email, email_folded, status, source, \
       created_at) \
     VALUES ($1, $2, $3, $4, $5, 'active', 'sign-in', $6) \
     ON CONFLICT (organization_id, email_folded) DO NOTHING",
);
