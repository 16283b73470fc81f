//! The statements about variables: the same for those of workspaces and those of sets.

use db::Statement;

macro_rules! select_variables {
    ($table:literal, $owner:literal, $condition:literal) => {
        concat!(
            "SELECT v.id, v.",
            $owner,
            ", v.key, v.category, v.description, v.hcl, v.sensitive, v.version, v.created_at, \
             v.updated_at, v.sealed FROM ",
            $table,
            " v WHERE ",
            $condition
        )
    };
}

macro_rules! insert_variable {
    ($table:literal, $owner:literal) => {
        concat!(
            "INSERT INTO ",
            $table,
            " (id, ",
            $owner,
            ", key, category, description, hcl, sensitive, sealed, version, created_at, \
             updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        )
    };
}

macro_rules! update_variable {
    ($table:literal, $owner:literal) => {
        concat!(
            "UPDATE ",
            $table,
            " SET key = $3, category = $4, description = $5, hcl = $6, sensitive = $7, \
             sealed = COALESCE($8, sealed), version = $9, updated_at = $10 \
             WHERE id = $1 AND ",
            $owner,
            " = $2"
        )
    };
}

macro_rules! room_of_variables {
    ($table:literal, $owner:literal) => {
        concat!(
            "SELECT COUNT(*), CAST(COALESCE(SUM(LENGTH(sealed)), 0) AS BIGINT) FROM ",
            $table,
            " WHERE ",
            $owner,
            " = $1 AND id <> $2"
        )
    };
}

/// A workspace's variables, by key.
pub const LIST_WORKSPACE_VARIABLES: Statement = Statement::new(
    "list_workspace_variables",
    select_variables!(
        "workspace_variables",
        "workspace_id",
        "v.workspace_id = $1 ORDER BY v.key, v.category"
    ),
)
.hot();

/// One of them.
pub const FIND_WORKSPACE_VARIABLE: Statement = Statement::new(
    "find_workspace_variable",
    select_variables!("workspace_variables", "workspace_id", "v.id = $1 AND v.workspace_id = $2"),
)
.hot();

/// The workspace that a variable belongs to.
pub const FIND_WORKSPACE_OF_VARIABLE: Statement = Statement::new(
    "find_workspace_of_variable",
    "SELECT workspace_id FROM workspace_variables WHERE id = $1",
)
.hot();

/// Adds one.
pub const INSERT_WORKSPACE_VARIABLE: Statement = Statement::new(
    "insert_workspace_variable",
    insert_variable!("workspace_variables", "workspace_id"),
);

/// Changes one; a value that is null stays.
pub const UPDATE_WORKSPACE_VARIABLE: Statement = Statement::new(
    "update_workspace_variable",
    update_variable!("workspace_variables", "workspace_id"),
);

/// Removes one.
pub const DELETE_WORKSPACE_VARIABLE: Statement = Statement::new(
    "delete_workspace_variable",
    "DELETE FROM workspace_variables WHERE id = $1 AND workspace_id = $2",
);

/// How many others there are, and how many bytes they take.
pub const COUNT_WORKSPACE_VARIABLES: Statement = Statement::new(
    "count_workspace_variables",
    room_of_variables!("workspace_variables", "workspace_id"),
);

/// A set's variables, by key.
pub const LIST_SET_VARIABLES: Statement = Statement::new(
    "list_set_variables",
    select_variables!(
        "variable_set_variables",
        "variable_set_id",
        "v.variable_set_id = $1 ORDER BY v.key, v.category"
    ),
)
.hot();

/// The variables of some sets, without their values.
pub const LIST_VARIABLES_OF_SETS: Statement = Statement::new(
    "list_variables_of_sets",
    "SELECT id, variable_set_id, key, category, description, hcl, sensitive, version, created_at, \
     updated_at FROM variable_set_variables WHERE variable_set_id IN ($list) ORDER BY key, category",
)
.hot();

/// The values of some variables of sets.
pub const LIST_SET_VALUES: Statement = Statement::new(
    "list_set_values",
    "SELECT id, sealed FROM variable_set_variables WHERE id IN ($list)",
)
.hot();

/// One of a set's variables.
pub const FIND_SET_VARIABLE: Statement = Statement::new(
    "find_set_variable",
    select_variables!(
        "variable_set_variables",
        "variable_set_id",
        "v.id = $1 AND v.variable_set_id = $2"
    ),
)
.hot();

/// The variable of a set that has a key.
pub const FIND_SET_VARIABLE_BY_KEY: Statement = Statement::new(
    "find_set_variable_by_key",
    "SELECT id FROM variable_set_variables \
     WHERE variable_set_id = $1 AND category = $2 AND key = $3",
)
.hot();

/// Adds one.
pub const INSERT_SET_VARIABLE: Statement = Statement::new(
    "insert_set_variable",
    insert_variable!("variable_set_variables", "variable_set_id"),
);

/// Changes one; a value that is null stays.
pub const UPDATE_SET_VARIABLE: Statement = Statement::new(
    "update_set_variable",
    update_variable!("variable_set_variables", "variable_set_id"),
);

/// Removes one.
pub const DELETE_SET_VARIABLE: Statement = Statement::new(
    "delete_set_variable",
    "DELETE FROM variable_set_variables WHERE id = $1 AND variable_set_id = $2",
);

/// How many others there are, and how many bytes they take.
pub const COUNT_SET_VARIABLES: Statement = Statement::new(
    "count_set_variables",
    room_of_variables!("variable_set_variables", "variable_set_id"),
);
