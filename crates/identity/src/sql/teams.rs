//! Teams and who is in them.

use db::Statement;

macro_rules! team_columns {
    () => {
        "t.id, t.organization_id, t.name, t.owners, t.visibility, t.sso_team_id, \
         t.allow_member_token_management, t.organization_access, t.created_at, t.updated_at"
    };
}

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
     VALUES ($1, $2, $3, $4) ON CONFLICT (membership_id, team_id) DO UPDATE SET \
       source = CASE WHEN excluded.source = 'given' THEN 'given' ELSE team_members.source END",
);

/// A team.
pub const FIND_TEAM: Statement = Statement::new(
    "find_team",
    concat!("SELECT ", team_columns!(), " FROM teams t WHERE t.id = $1"),
)
.hot();

/// `$2` says whether the caller sees every team, the list holds the teams they are in. `$4` is
/// null, or names between commas, which no name holds.
macro_rules! team_filter {
    () => {
        " FROM teams t WHERE t.organization_id = $1 \
           AND (CAST($2 AS BIGINT) = 1 OR t.visibility = 'organization' OR t.id IN ($list)) \
           AND (CAST($3 AS TEXT) IS NULL OR t.name_folded LIKE $3 ESCAPE '\\') \
           AND (CAST($4 AS TEXT) IS NULL OR REPLACE($4, ',' || t.name_folded || ',', '') <> $4)"
    };
}

/// A page of the teams of an organization that a caller sees, by name; that of the owners first.
pub const LIST_TEAMS: Statement = Statement::new(
    "list_teams",
    concat!(
        "SELECT ",
        team_columns!(),
        team_filter!(),
        " ORDER BY t.owners DESC, t.name_folded LIMIT $5 OFFSET $6"
    ),
);

/// How many teams that filter finds.
pub const COUNT_TEAMS: Statement =
    Statement::new("count_teams", concat!("SELECT COUNT(*)", team_filter!()));

/// Changes a team.
pub const UPDATE_TEAM: Statement = Statement::new(
    "update_team",
    "UPDATE teams SET name = $2, name_folded = $3, visibility = $4, sso_team_id = $5, \
       allow_member_token_management = $6, organization_access = $7, updated_at = $8 \
     WHERE id = $1",
);

/// Removes a team, and with it all that was granted to it.
pub const DELETE_TEAM: Statement = Statement::new("delete_team", "DELETE FROM teams WHERE id = $1");

/// Takes a member out of a team.
pub const DELETE_TEAM_MEMBER: Statement = Statement::new(
    "delete_team_member",
    "DELETE FROM team_members WHERE team_id = $1 AND membership_id = $2",
);

/// The members of some teams, and the invitations that name them.
pub const LIST_MEMBERS_OF_TEAMS: Statement = Statement::new(
    "list_members_of_teams",
    "SELECT m.id, m.organization_id, m.email, m.status, m.created_at, \
       u.id, u.username, u.email, u.site_admin, u.created_at, u.updated_at, x.team_id \
     FROM team_members x JOIN memberships m ON m.id = x.membership_id \
     LEFT JOIN users u ON u.id = m.user_id \
     WHERE x.team_id IN ($list) ORDER BY m.email_folded",
)
.hot();

/// The teams of some members and invitations.
pub const LIST_TEAMS_OF_MEMBERSHIPS: Statement = Statement::new(
    "list_teams_of_memberships",
    concat!(
        "SELECT ",
        team_columns!(),
        ", x.membership_id FROM team_members x JOIN teams t ON t.id = x.team_id \
         WHERE x.membership_id IN ($list) ORDER BY t.owners DESC, t.name_folded"
    ),
)
.hot();

/// A person's membership in an organization.
pub const FIND_MEMBERSHIP_OF_USER: Statement = Statement::new(
    "find_membership_of_user",
    "SELECT m.id FROM memberships m WHERE m.organization_id = $1 AND m.user_id = $2",
)
.hot();

macro_rules! select_team_path {
    ($rest:literal) => {
        concat!(
            "SELECT t.id, o.name, t.name FROM teams t \
             JOIN organizations o ON o.id = t.organization_id ",
            $rest
        )
    };
}

/// Where a team is.
pub const FIND_TEAM_PATH: Statement =
    Statement::new("find_team_path", select_team_path!("WHERE t.id = $1")).hot();

/// A team by its name and its organization's, both folded.
pub const FIND_TEAM_PATH_BY_NAMES: Statement = Statement::new(
    "find_team_path_by_names",
    select_team_path!("WHERE o.name_folded = $1 AND t.name_folded = $2"),
)
.hot();

/// Every team that a person is in, with where it is.
pub const LIST_TEAM_PATHS_OF_USER: Statement = Statement::new(
    "list_team_paths_of_user",
    select_team_path!(
        "JOIN team_members x ON x.team_id = t.id JOIN memberships m ON m.id = x.membership_id \
         WHERE m.user_id = $1 AND m.status = 'active' ORDER BY o.name_folded, t.name_folded"
    ),
)
.hot();

/// The projects at which something was granted to a team.
pub const LIST_PROJECTS_OF_TEAM: Statement = Statement::new(
    "list_projects_of_team",
    "SELECT p.id, p.name, a.level FROM project_access a JOIN projects p ON p.id = a.project_id \
     WHERE a.team_id = $1 ORDER BY p.name_folded",
)
.hot();

/// The workspaces at which something was granted to a team.
pub const LIST_WORKSPACES_OF_TEAM: Statement = Statement::new(
    "list_workspaces_of_team",
    "SELECT w.id, w.project_id, w.name, a.level FROM workspace_access a \
     JOIN workspaces w ON w.id = a.workspace_id WHERE a.team_id = $1 ORDER BY w.name_folded",
)
.hot();
