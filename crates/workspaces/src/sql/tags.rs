//! The statements about tags. A tag is a name in an organization; a binding puts it, with a value
//! that may be empty, on a workspace or a project. `identity` has those about projects.

use db::Statement;

/// A tag by its name.
pub const FIND_TAG_BY_NAME: Statement = Statement::new(
    "find_tag_by_name",
    "SELECT id FROM tags WHERE organization_id = $1 AND name = $2",
);

/// A tag by its id.
pub const FIND_TAG_BY_ID: Statement =
    Statement::new("find_tag_by_id", "SELECT organization_id, name FROM tags WHERE id = $1");

/// Removes a tag from everything that carries it.
pub const DELETE_TAG: Statement =
    Statement::new("delete_tag", "DELETE FROM tags WHERE id = $1 AND organization_id = $2");

/// The workspaces that carry a tag, as far as the caller sees them: all, or those that the list
/// names by themselves or by their project. `identity` has the tags on projects.
macro_rules! carriers {
    ($everything:literal) => {
        concat!(
            " FROM workspace_tag_bindings c JOIN workspaces v ON v.id = c.workspace_id \
             WHERE c.tag_id = t.id AND (CAST(",
            $everything,
            " AS BIGINT) = 1 OR v.id IN ($list) OR v.project_id IN ($list))"
        )
    };
}

macro_rules! filtered_tags {
    ($selection:expr, $order:literal) => {
        concat!(
            "SELECT ",
            $selection,
            " FROM tags t WHERE t.organization_id = $1 \
             AND (CAST($2 AS TEXT) IS NULL OR LOWER(t.name) LIKE $2 ESCAPE '!') \
             AND (CAST($3 AS TEXT) IS NULL OR NOT EXISTS (SELECT 1 FROM workspace_tag_bindings b \
             WHERE b.tag_id = t.id AND b.workspace_id = $3)) \
             AND (CAST($4 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM workspace_tag_bindings b \
             JOIN workspaces w ON w.id = b.workspace_id \
             WHERE b.tag_id = t.id AND w.project_id = $4)) \
             AND (CAST($5 AS BIGINT) = 1 OR EXISTS (SELECT 1",
            carriers!("$5"),
            ") OR EXISTS (SELECT 1 FROM project_tag_bindings p \
             WHERE p.tag_id = t.id AND p.project_id IN ($list)))",
            $order
        )
    };
}

/// How many tags pass the filters: a name pattern, not on a workspace, used in a project, on
/// something that the caller sees.
pub const COUNT_TAGS: Statement = Statement::new("count_tags", filtered_tags!("COUNT(*)", ""));

/// A page of the tags that pass the filters, each with the number of workspaces that carry it.
pub const LIST_TAGS: Statement = Statement::new(
    "list_tags",
    filtered_tags!(
        concat!("t.id, t.name, (SELECT COUNT(*)", carriers!("$5"), ")"),
        " ORDER BY t.name, t.id LIMIT $6 OFFSET $7"
    ),
);

/// A workspace's tags, with their values.
pub const LIST_WORKSPACE_TAG_BINDINGS: Statement = Statement::new(
    "list_workspace_tag_bindings",
    "SELECT b.id, t.name, b.value FROM workspace_tag_bindings b \
     JOIN tags t ON t.id = b.tag_id WHERE b.workspace_id = $1 ORDER BY t.name",
)
.hot();

/// A workspace's tags, each with the number of workspaces that carry it.
pub const LIST_TAGS_OF_WORKSPACE: Statement = Statement::new(
    "list_tags_of_workspace",
    concat!(
        "SELECT t.id, t.name, (SELECT COUNT(*)",
        carriers!("$2"),
        ") FROM workspace_tag_bindings b JOIN tags t ON t.id = b.tag_id \
         WHERE b.workspace_id = $1 ORDER BY t.name"
    ),
);

/// The tags of several workspaces.
pub const LIST_BINDINGS_OF_WORKSPACES: Statement = Statement::new(
    "list_bindings_of_workspaces",
    "SELECT b.id, t.name, b.value, b.workspace_id FROM workspace_tag_bindings b \
     JOIN tags t ON t.id = b.tag_id WHERE b.workspace_id IN ($list) ORDER BY t.name",
)
.hot();

/// Puts a tag on a workspace, unless it is there with any value.
pub const INSERT_WORKSPACE_TAG_BINDING: Statement = Statement::new(
    "insert_workspace_tag_binding",
    "INSERT INTO workspace_tag_bindings (id, workspace_id, tag_id, value) VALUES ($1, $2, $3, '') \
     ON CONFLICT (workspace_id, tag_id) DO NOTHING",
);

/// Puts a tag with a value on a workspace.
pub const UPSERT_WORKSPACE_TAG_BINDING: Statement = Statement::new(
    "upsert_workspace_tag_binding",
    "INSERT INTO workspace_tag_bindings (id, workspace_id, tag_id, value) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (workspace_id, tag_id) DO UPDATE SET value = $4",
);

/// Takes a tag off a workspace.
pub const DELETE_WORKSPACE_TAG_BINDING: Statement = Statement::new(
    "delete_workspace_tag_binding",
    "DELETE FROM workspace_tag_bindings WHERE workspace_id = $1 AND tag_id = $2",
);

/// Takes all tags off a workspace.
pub const DELETE_WORKSPACE_TAG_BINDINGS: Statement = Statement::new(
    "delete_workspace_tag_bindings",
    "DELETE FROM workspace_tag_bindings WHERE workspace_id = $1",
);
