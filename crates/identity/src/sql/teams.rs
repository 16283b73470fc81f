//! Teams and who is in them.

use db::Statement;

/// Adds a team.
pub const INSERT_TEAM: Statement = Statement::new(
    "insert_team",
    "INSERT INTO teams (id, organization_id, name, name_folded, owners, visibility, sso_team_id, \
       allow_member_token_management, organization_access, created_at, updated_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
);

/// The team that owns an organization.
pub const FIND_OWNERS_TEAM: Statement = Statement::new(
    "find_owners_team",
    "SELECT id FROM teams WHERE organization_id = $1 AND owners = 1",
)
.hot();

/// Whether a member is in the team that owns the organization.
pub const FIND_OWNERSHIP: Statement = Statement::new(
    "find_ownership",
    "SELECT 1 FROM team_members x JOIN teams t ON t.id = x.team_id \
     WHERE x.membership_id = $1 AND t.owners = 1",
)
.hot();

/// Puts a member into a team.
pub const INSERT_TEAM_MEMBER: Statement = Statement::new(
    "insert_team_member",
    "INSERT INTO team_members (membership_id, team_id, source, created_at) \
     VALUES ($1, $2, $3, $4) ON CONFLICT (membership_id, team_id) DO NOTHING",
);
