//! The statements about variable sets and where they count.

use db::Statement;

macro_rules! set_columns {
    () => {
        "s.id, s.organization_id, s.project_id, p.name, s.name, s.description, s.global, \
         s.priority, s.created_at, s.updated_at"
    };
}

/// Which sets a caller sees: all, if `$2` is 1; else those that count where they may see
/// variables or sets, which the list says: `own:` and a project whose sets they see, `all:` and a
/// project of which they see all variables, single workspaces, and the projects of all of these.
/// `$3` says whether there is any such place.
macro_rules! seen {
    () => {
        "(CAST($2 AS BIGINT) = 1 OR (s.global = 1 AND CAST($3 AS BIGINT) = 1) \
         OR ('own:' || s.project_id) IN ($list) \
         OR EXISTS (SELECT 1 FROM variable_set_projects a \
         WHERE a.variable_set_id = s.id AND a.project_id IN ($list)) \
         OR EXISTS (SELECT 1 FROM variable_set_workspaces a JOIN workspaces w \
         ON w.id = a.workspace_id WHERE a.variable_set_id = s.id \
         AND (a.workspace_id IN ($list) OR ('all:' || w.project_id) IN ($list))))"
    };
}

/// The sets of the organization `$1` that a caller sees, by a part of the name, and by where they
/// count: for the workspace `$6` in the project `$5`, or in all of that project.
macro_rules! filtered_sets {
    ($selection:expr, $order:literal) => {
        concat!(
            "SELECT ",
            $selection,
            " FROM variable_sets s LEFT JOIN projects p ON p.id = s.project_id \
             WHERE s.organization_id = $1 AND ",
            seen!(),
            " AND (CAST($4 AS TEXT) IS NULL OR s.name_folded LIKE $4 ESCAPE '\\') \
             AND (CAST($5 AS TEXT) IS NULL OR ((s.project_id IS NULL OR s.project_id = $5) \
             AND (s.global = 1 OR (CAST($6 AS TEXT) IS NULL AND s.project_id = $5) \
             OR EXISTS (SELECT 1 FROM variable_set_projects a \
             WHERE a.variable_set_id = s.id AND a.project_id = $5) \
             OR EXISTS (SELECT 1 FROM variable_set_workspaces a \
             WHERE a.variable_set_id = s.id AND a.workspace_id = $6))))",
            $order
        )
    };
}

/// A set by its id.
pub const FIND_VARIABLE_SET: Statement = Statement::new(
    "find_variable_set",
    concat!(
        "SELECT ",
        set_columns!(),
        " FROM variable_sets s LEFT JOIN projects p ON p.id = s.project_id WHERE s.id = $1"
    ),
)
.hot();

/// Whether a caller sees the set `$1`.
pub const IS_VARIABLE_SET_SEEN: Statement = Statement::new(
    "is_variable_set_seen",
    concat!("SELECT 1 FROM variable_sets s WHERE s.id = $1 AND ", seen!()),
)
.hot();

/// A page of the sets that pass the filters, by name.
pub const LIST_VARIABLE_SETS: Statement = Statement::new(
    "list_variable_sets",
    filtered_sets!(set_columns!(), " ORDER BY s.name_folded, s.id LIMIT $7 OFFSET $8"),
)
.hot();

/// How many there are.
pub const COUNT_VARIABLE_SETS: Statement =
    Statement::new("count_variable_sets", filtered_sets!("COUNT(*)", "")).hot();

/// How many sets an organization has.
pub const COUNT_ALL_VARIABLE_SETS: Statement = Statement::new(
    "count_all_variable_sets",
    "SELECT COUNT(*) FROM variable_sets WHERE organization_id = $1",
)
.hot();

/// The sets that count for the workspace `$3` of the project `$2`, and by what they do: because
/// they name the project, because they name the workspace.
pub const LIST_SETS_FOR_WORKSPACE: Statement = Statement::new(
    "list_sets_for_workspace",
    concat!(
        "SELECT ",
        set_columns!(),
        ", EXISTS (SELECT 1 FROM variable_set_projects a \
         WHERE a.variable_set_id = s.id AND a.project_id = $2), \
         EXISTS (SELECT 1 FROM variable_set_workspaces a \
         WHERE a.variable_set_id = s.id AND a.workspace_id = $3) \
         FROM variable_sets s LEFT JOIN projects p ON p.id = s.project_id \
         WHERE s.organization_id = $1 AND (s.project_id IS NULL OR s.project_id = $2) \
         AND (s.global = 1 OR EXISTS (SELECT 1 FROM variable_set_projects a \
         WHERE a.variable_set_id = s.id AND a.project_id = $2) \
         OR EXISTS (SELECT 1 FROM variable_set_workspaces a \
         WHERE a.variable_set_id = s.id AND a.workspace_id = $3)) \
         ORDER BY s.name_folded, s.id"
    ),
)
.hot();

/// Keeps other changes of an organization's sets away until the transaction ends.
pub const LOCK_ORGANIZATION_OF_SETS: Statement = Statement::new(
    "lock_organization_of_sets",
    "SELECT id FROM organizations WHERE id = $1 FOR UPDATE",
)
.lock_only();

/// Adds a set.
pub const INSERT_VARIABLE_SET: Statement = Statement::new(
    "insert_variable_set",
    "INSERT INTO variable_sets (id, organization_id, project_id, name, name_folded, description, \
     global, priority, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
);

/// Changes one.
pub const UPDATE_VARIABLE_SET: Statement = Statement::new(
    "update_variable_set",
    "UPDATE variable_sets SET name = $2, name_folded = $3, description = $4, global = $5, \
     priority = $6, updated_at = $7 WHERE id = $1",
);

/// Removes one, with its variables.
pub const DELETE_VARIABLE_SET: Statement =
    Statement::new("delete_variable_set", "DELETE FROM variable_sets WHERE id = $1");

/// A variable of the set `$1` that another set that counts everywhere has too.
pub const FIND_GLOBAL_CONFLICT: Statement = Statement::new(
    "find_global_conflict",
    "SELECT v.key, s.name FROM variable_set_variables v \
     JOIN variable_set_variables o ON o.category = v.category AND o.key = v.key \
     JOIN variable_sets s ON s.id = o.variable_set_id \
     WHERE v.variable_set_id = $1 AND s.organization_id = $2 AND s.id <> $1 AND s.global = 1 \
     ORDER BY v.key LIMIT 1",
);

/// The workspaces that some sets name, with their projects.
pub const LIST_WORKSPACES_OF_SETS: Statement = Statement::new(
    "list_workspaces_of_sets",
    "SELECT a.variable_set_id, w.id, w.project_id FROM variable_set_workspaces a \
     JOIN workspaces w ON w.id = a.workspace_id WHERE a.variable_set_id IN ($list) \
     ORDER BY w.name_folded, w.id",
)
.hot();

/// The projects that some sets name.
pub const LIST_PROJECTS_OF_SETS: Statement = Statement::new(
    "list_projects_of_sets",
    "SELECT a.variable_set_id, p.id FROM variable_set_projects a \
     JOIN projects p ON p.id = a.project_id WHERE a.variable_set_id IN ($list) \
     ORDER BY p.name_folded, p.id",
)
.hot();

/// Lets a set count for a workspace.
pub const INSERT_SET_WORKSPACE: Statement = Statement::new(
    "insert_set_workspace",
    "INSERT INTO variable_set_workspaces (variable_set_id, workspace_id) VALUES ($1, $2) \
     ON CONFLICT (variable_set_id, workspace_id) DO NOTHING",
);

/// Lets it count there no longer.
pub const DELETE_SET_WORKSPACE: Statement = Statement::new(
    "delete_set_workspace",
    "DELETE FROM variable_set_workspaces WHERE variable_set_id = $1 AND workspace_id = $2",
);

/// Takes a workspace out of the sets that another project than `$2` owns.
pub const DELETE_FOREIGN_SETS: Statement = Statement::new(
    "delete_foreign_sets",
    "DELETE FROM variable_set_workspaces WHERE workspace_id = $1 AND variable_set_id IN \
     (SELECT id FROM variable_sets WHERE project_id IS NOT NULL AND project_id <> $2)",
);

/// Lets a set count in a project.
pub const INSERT_SET_PROJECT: Statement = Statement::new(
    "insert_set_project",
    "INSERT INTO variable_set_projects (variable_set_id, project_id) VALUES ($1, $2) \
     ON CONFLICT (variable_set_id, project_id) DO NOTHING",
);

/// Lets it count there no longer.
pub const DELETE_SET_PROJECT: Statement = Statement::new(
    "delete_set_project",
    "DELETE FROM variable_set_projects WHERE variable_set_id = $1 AND project_id = $2",
);
