//! Everybody who can hold rights in an organization, for explaining who may do what.

use db::Statement;

/// The teams of an organization, and what each may do in all of it.
pub const LIST_TEAM_STANDINGS: Statement = Statement::new(
    "list_team_standings",
    "SELECT t.id, t.owners, t.organization_access, t.name, t.visibility FROM teams t \
     WHERE t.organization_id = $1",
)
.hot();

/// The people in the teams of an organization: one row for each person and team.
pub const LIST_PEOPLE_IN_TEAMS: Statement = Statement::new(
    "list_people_in_teams",
    "SELECT u.id, u.username, x.team_id FROM memberships m \
     JOIN users u ON u.id = m.user_id JOIN team_members x ON x.membership_id = m.id \
     WHERE m.organization_id = $1 AND m.status = 'active' ORDER BY u.username_folded",
)
.hot();

/// The administrators of the site.
pub const LIST_SITE_ADMINS: Statement = Statement::new(
    "list_site_admins",
    "SELECT u.id, u.username FROM users u WHERE u.site_admin = 1 ORDER BY u.username_folded",
);

/// The tokens of teams and the keys of an organization that are good at an instant.
pub const LIST_TOKEN_STANDINGS: Statement = Statement::new(
    "list_token_standings",
    "SELECT k.project_id, k.workspace_id, w.project_id, k.level, k.custom, \
       k.id, k.kind, k.description, k.read_only, k.team_id FROM tokens k \
     LEFT JOIN workspaces w ON w.id = k.workspace_id \
     WHERE k.organization_id = $1 AND k.kind IN ('team', 'legacy-team', 'key') \
       AND (k.expires_at IS NULL OR k.expires_at > $2) \
     ORDER BY k.description, k.id",
)
.hot();

/// The trusts of an organization, or the one with an id.
pub const LIST_TRUST_STANDINGS: Statement = Statement::new(
    "list_trust_standings",
    "SELECT t.project_id, t.workspace_id, w.project_id, t.level, t.custom, \
       m.id, m.owners, m.organization_access, t.id, t.name FROM trusts t \
     LEFT JOIN workspaces w ON w.id = t.workspace_id \
     LEFT JOIN teams m ON m.id = t.team_id \
     WHERE t.organization_id = $1 AND (CAST($2 AS TEXT) IS NULL OR t.id = $2) \
     ORDER BY t.name_folded",
)
.hot();
