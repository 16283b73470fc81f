//! The statements by which tests give teams what they need, without asking anybody.

use db::Statement;

/// Makes a team.
pub(crate) const INSERT_TEAM: Statement = Statement::new(
    "testkit_insert_team",
    "INSERT INTO teams (id, organization_id, name, name_folded, owners, visibility, sso_team_id, \
       allow_member_token_management, organization_access, created_at, updated_at) \
     VALUES ($1, $2, $3, $3, 0, 'organization', '', 1, '', $4, $4)",
);

/// Puts a person, who is a member, into a team.
pub(crate) const INSERT_TEAM_MEMBER: Statement = Statement::new(
    "testkit_insert_team_member",
    "INSERT INTO team_members (membership_id, team_id, source, created_at) \
     SELECT m.id, t.id, 'given', t.created_at FROM teams t \
     JOIN memberships m ON m.organization_id = t.organization_id \
     JOIN users u ON u.id = m.user_id WHERE t.id = $1 AND u.username = $2",
);

/// Takes a person out of a team.
pub(crate) const DELETE_TEAM_MEMBER: Statement = Statement::new(
    "testkit_delete_team_member",
    "DELETE FROM team_members WHERE team_id = $1 AND membership_id IN \
       (SELECT m.id FROM memberships m JOIN users u ON u.id = m.user_id WHERE u.username = $2)",
);

/// Says what a team may do in the whole organization.
pub(crate) const SET_ORGANIZATION_ACCESS: Statement = Statement::new(
    "testkit_set_organization_access",
    "UPDATE teams SET organization_access = $2 WHERE id = $1",
);

/// Grants a team a level at a project.
pub(crate) const INSERT_PROJECT_ACCESS: Statement = Statement::new(
    "testkit_insert_project_access",
    "INSERT INTO project_access (id, project_id, team_id, level, custom, created_at, updated_at) \
     VALUES ($1, $2, $3, $4, $5, 0, 0) ON CONFLICT (project_id, team_id) \
     DO UPDATE SET level = excluded.level, custom = excluded.custom",
);

/// Grants a team a level at a workspace.
pub(crate) const INSERT_WORKSPACE_ACCESS: Statement = Statement::new(
    "testkit_insert_workspace_access",
    "INSERT INTO workspace_access (id, workspace_id, team_id, level, custom, created_at, \
       updated_at) \
     VALUES ($1, $2, $3, $4, $5, 0, 0) ON CONFLICT (workspace_id, team_id) \
     DO UPDATE SET level = excluded.level, custom = excluded.custom",
);
