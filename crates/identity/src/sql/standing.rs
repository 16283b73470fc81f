//! What a caller is in an organization, and what was granted where. The first ones run in every
//! request below an organization.

use db::Statement;

/// The teams of a member.
pub const LIST_TEAMS_OF_MEMBER: Statement = Statement::new(
    "list_teams_of_member",
    "SELECT t.id, t.owners, t.organization_access FROM team_members x \
     JOIN teams t ON t.id = x.team_id WHERE x.membership_id = $1",
)
.hot();

/// A team, as its token stands for it.
pub const FIND_TEAM_STANDING: Statement = Statement::new(
    "find_team_standing",
    "SELECT t.id, t.owners, t.organization_access FROM teams t \
     WHERE t.id = $1 AND t.organization_id = $2",
)
.hot();

/// What a key may do, and where.
pub const FIND_KEY_STANDING: Statement = Statement::new(
    "find_key_standing",
    "SELECT k.project_id, k.workspace_id, w.project_id, k.level, k.custom FROM tokens k \
     LEFT JOIN workspaces w ON w.id = k.workspace_id \
     WHERE k.id = $1 AND k.organization_id = $2",
)
.hot();

/// What each trust of an organization gives to a CI job.
pub const LIST_WORKLOAD_STANDING: Statement = Statement::new(
    "list_workload_standing",
    "SELECT t.project_id, t.workspace_id, w.project_id, t.level, t.custom, \
       m.id, m.owners, m.organization_access, t.id \
     FROM token_trusts x JOIN trusts t ON t.id = x.trust_id \
     LEFT JOIN workspaces w ON w.id = t.workspace_id \
     LEFT JOIN teams m ON m.id = t.team_id \
     WHERE x.token_id = $1 AND t.organization_id = $2",
)
.hot();

/// What was granted at a project.
pub const LIST_PROJECT_GRANTS: Statement = Statement::new(
    "list_project_grants",
    "SELECT team_id, level, custom FROM project_access WHERE project_id = $1",
)
.hot();

/// What was granted at a workspace.
pub const LIST_WORKSPACE_GRANTS: Statement = Statement::new(
    "list_workspace_grants",
    "SELECT team_id, level, custom FROM workspace_access WHERE workspace_id = $1",
)
.hot();

/// Whether some teams were granted something at a workspace of a project.
pub const FIND_GRANT_INSIDE: Statement = Statement::new(
    "find_grant_inside",
    "SELECT 1 FROM workspace_access a JOIN workspaces w ON w.id = a.workspace_id \
     WHERE a.team_id IN ($list) AND w.project_id = $1 LIMIT 1",
)
.hot();

/// What was granted to some teams at projects.
pub const LIST_PROJECT_GRANTS_OF_TEAMS: Statement = Statement::new(
    "list_project_grants_of_teams",
    "SELECT a.team_id, a.level, a.custom, a.project_id FROM project_access a \
     WHERE a.team_id IN ($list)",
)
.hot();

/// What was granted to some teams at workspaces.
pub const LIST_WORKSPACE_GRANTS_OF_TEAMS: Statement = Statement::new(
    "list_workspace_grants_of_teams",
    "SELECT a.team_id, a.level, a.custom, a.workspace_id, w.project_id FROM workspace_access a \
     JOIN workspaces w ON w.id = a.workspace_id WHERE a.team_id IN ($list)",
)
.hot();

/// The organizations that a token which is no person's has to do with.
pub const LIST_ORGANIZATIONS_OF_TOKEN: Statement = Statement::new(
    "list_organizations_of_token",
    "SELECT t.organization_id FROM tokens t WHERE t.id = $1 AND t.organization_id IS NOT NULL \
     UNION SELECT r.organization_id FROM token_trusts x JOIN trusts r ON r.id = x.trust_id \
     WHERE x.token_id = $1",
)
.hot();
