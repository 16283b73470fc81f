//! What teams were granted at projects and at workspaces: two tables of the same shape.

use db::Statement;

macro_rules! grants {
    ($table:literal, $place:literal, [$insert:ident = $insert_name:literal,
        $update:ident = $update_name:literal, $delete:ident = $delete_name:literal,
        $find:ident = $find_name:literal, $list:ident = $list_name:literal,
        $count:ident = $count_name:literal]) => {
        /// Grants something to a team at a place.
        pub const $insert: Statement = Statement::new(
            $insert_name,
            concat!(
                "INSERT INTO ",
                $table,
                " (id, ",
                $place,
                ", team_id, level, custom, created_at, updated_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $6)"
            ),
        );

        /// Changes what was granted.
        pub const $update: Statement = Statement::new(
            $update_name,
            concat!(
                "UPDATE ",
                $table,
                " SET level = $2, custom = $3, updated_at = $4 WHERE id = $1"
            ),
        );

        /// Takes back what was granted.
        pub const $delete: Statement =
            Statement::new($delete_name, concat!("DELETE FROM ", $table, " WHERE id = $1"));

        /// What was granted, and the team.
        pub const $find: Statement = Statement::new(
            $find_name,
            concat!(
                "SELECT t.id, t.organization_id, t.name, t.owners, t.visibility, t.sso_team_id, \
                 t.allow_member_token_management, t.organization_access, t.created_at, \
                 t.updated_at, a.id, a.",
                $place,
                ", a.level, a.custom, a.created_at, a.updated_at FROM ",
                $table,
                " a JOIN teams t ON t.id = a.team_id WHERE a.id = $1"
            ),
        )
        .hot();

        /// A page of what was granted at a place, by the team's name. `$2` says whether the caller
        /// sees every team, the list holds the teams they are in.
        pub const $list: Statement = Statement::new(
            $list_name,
            concat!(
                "SELECT t.id, t.organization_id, t.name, t.owners, t.visibility, t.sso_team_id, \
                 t.allow_member_token_management, t.organization_access, t.created_at, \
                 t.updated_at, a.id, a.",
                $place,
                ", a.level, a.custom, a.created_at, a.updated_at FROM ",
                $table,
                " a JOIN teams t ON t.id = a.team_id WHERE a.",
                $place,
                " = $1 AND (CAST($2 AS BIGINT) = 1 OR t.visibility = 'organization' \
                   OR t.id IN ($list)) \
                 ORDER BY t.name_folded LIMIT $3 OFFSET $4"
            ),
        )
        .hot();

        /// How many that filter finds.
        pub const $count: Statement = Statement::new(
            $count_name,
            concat!(
                "SELECT COUNT(*) FROM ",
                $table,
                " a JOIN teams t ON t.id = a.team_id WHERE a.",
                $place,
                " = $1 AND (CAST($2 AS BIGINT) = 1 OR t.visibility = 'organization' \
                   OR t.id IN ($list))"
            ),
        )
        .hot();
    };
}

grants!(
    "project_access",
    "project_id",
    [
        INSERT_PROJECT_GRANT = "insert_project_grant",
        UPDATE_PROJECT_GRANT = "update_project_grant",
        DELETE_PROJECT_GRANT = "delete_project_grant",
        FIND_PROJECT_GRANT = "find_project_grant",
        LIST_GRANTS_AT_PROJECT = "list_grants_at_project",
        COUNT_GRANTS_AT_PROJECT = "count_grants_at_project"
    ]
);

grants!(
    "workspace_access",
    "workspace_id",
    [
        INSERT_WORKSPACE_GRANT = "insert_workspace_grant",
        UPDATE_WORKSPACE_GRANT = "update_workspace_grant",
        DELETE_WORKSPACE_GRANT = "delete_workspace_grant",
        FIND_WORKSPACE_GRANT = "find_workspace_grant",
        LIST_GRANTS_AT_WORKSPACE = "list_grants_at_workspace",
        COUNT_GRANTS_AT_WORKSPACE = "count_grants_at_workspace"
    ]
);
