//! The statements behind the lists of workspaces. All filters are optional parameters; the index
//! `workspaces_listing` holds everything that they and the order by name ask for. `$5` says whether
//! the caller sees everything; if not, the list holds the workspaces and the projects that they see.

use db::Statement;

macro_rules! filtered {
    ($selection:literal, $order:literal) => {
        concat!(
            "SELECT ",
            $selection,
            " FROM workspaces WHERE organization_id = $1 \
             AND (CAST($2 AS TEXT) IS NULL OR project_id = $2) \
             AND (CAST($5 AS BIGINT) = 1 OR id IN ($list) OR project_id IN ($list)) \
             AND (CAST($3 AS TEXT) IS NULL OR name_folded LIKE $3 ESCAPE '!') \
             AND (CAST($4 AS TEXT) IS NULL OR name_folded LIKE $4 ESCAPE '!')",
            $order
        )
    };
}

/// How many workspaces pass the filters.
pub const COUNT_WORKSPACES: Statement =
    Statement::new("count_workspaces", filtered!("COUNT(*)", "")).hot();

/// A page of the ids of the workspaces that pass the filters, by name.
pub const LIST_WORKSPACES_BY_NAME: Statement = Statement::new(
    "list_workspaces_by_name",
    filtered!("id", " ORDER BY name_folded, id LIMIT $6 OFFSET $7"),
)
.hot();

/// The same, from the last name to the first.
pub const LIST_WORKSPACES_BY_NAME_DOWN: Statement = Statement::new(
    "list_workspaces_by_name_down",
    filtered!("id", " ORDER BY name_folded DESC, id DESC LIMIT $6 OFFSET $7"),
)
.hot();

/// The same, oldest first.
pub const LIST_WORKSPACES_BY_CREATION: Statement = Statement::new(
    "list_workspaces_by_creation",
    filtered!("id", " ORDER BY created_at, id LIMIT $6 OFFSET $7"),
);

/// The same, newest first.
pub const LIST_WORKSPACES_BY_CREATION_DOWN: Statement = Statement::new(
    "list_workspaces_by_creation_down",
    filtered!("id", " ORDER BY created_at DESC, id DESC LIMIT $6 OFFSET $7"),
);

/// The same, those first that have been left alone longest.
pub const LIST_WORKSPACES_BY_CHANGE: Statement = Statement::new(
    "list_workspaces_by_change",
    filtered!("id", " ORDER BY latest_change_at, id LIMIT $6 OFFSET $7"),
);

/// The same, those first that have just changed.
pub const LIST_WORKSPACES_BY_CHANGE_DOWN: Statement = Statement::new(
    "list_workspaces_by_change_down",
    filtered!("id", " ORDER BY latest_change_at DESC, id DESC LIMIT $6 OFFSET $7"),
);

/// The workspaces that carry a tag themselves, with a certain value if one is asked for.
pub const LIST_TAGGED_WORKSPACES: Statement = Statement::new(
    "list_tagged_workspaces",
    "SELECT b.workspace_id FROM tags t JOIN workspace_tag_bindings b ON b.tag_id = t.id \
     WHERE t.organization_id = $1 AND t.name = $2 AND (CAST($3 AS TEXT) IS NULL OR b.value = $3)",
)
.hot();

/// The workspaces that carry a tag themselves or through their project: what they say themselves
/// counts, unless the organization lets them not say otherwise than their project.
pub const LIST_EFFECTIVELY_TAGGED_WORKSPACES: Statement = Statement::new(
    "list_effectively_tagged_workspaces",
    "SELECT b.workspace_id FROM tags t JOIN workspace_tag_bindings b ON b.tag_id = t.id \
     WHERE t.organization_id = $1 AND t.name = $2 AND (CAST($3 AS TEXT) IS NULL OR b.value = $3) \
     AND NOT EXISTS (SELECT 1 FROM reserved_tag_keys k JOIN workspaces w ON w.id = b.workspace_id \
     JOIN project_tag_bindings p ON p.project_id = w.project_id AND p.tag_id = t.id \
     WHERE k.organization_id = $1 AND k.key = $2 AND k.disable_overrides = 1) \
     UNION ALL \
     SELECT w.id FROM tags t JOIN project_tag_bindings b ON b.tag_id = t.id \
     JOIN workspaces w ON w.project_id = b.project_id \
     WHERE t.organization_id = $1 AND t.name = $2 AND (CAST($3 AS TEXT) IS NULL OR b.value = $3) \
     AND (NOT EXISTS (SELECT 1 FROM workspace_tag_bindings o \
     WHERE o.workspace_id = w.id AND o.tag_id = t.id) \
     OR EXISTS (SELECT 1 FROM reserved_tag_keys k \
     WHERE k.organization_id = $1 AND k.key = $2 AND k.disable_overrides = 1))",
)
.hot();

/// The workspaces whose lock is held.
pub const LIST_LOCKED_WORKSPACES: Statement = Statement::new(
    "list_locked_workspaces",
    "SELECT id FROM workspaces WHERE organization_id = $1 AND lock_id IS NOT NULL",
);

/// The workspaces that may read a workspace's state because it names them.
pub const LIST_CONSUMERS: Statement = Statement::new(
    "list_consumers",
    "SELECT w.id FROM remote_state_consumers c JOIN workspaces w ON w.id = c.consumer_id \
     WHERE c.workspace_id = $1 ORDER BY w.name_folded, w.id",
);

/// The same, unordered, each with the project that it stands in.
pub const LIST_CONSUMER_PLACES: Statement = Statement::new(
    "list_consumer_places",
    "SELECT w.id, w.project_id FROM remote_state_consumers c \
     JOIN workspaces w ON w.id = c.consumer_id WHERE c.workspace_id = $1",
)
.hot();

/// Lets a workspace read another's state.
pub const INSERT_CONSUMER: Statement = Statement::new(
    "insert_consumer",
    "INSERT INTO remote_state_consumers (workspace_id, consumer_id) VALUES ($1, $2) \
     ON CONFLICT (workspace_id, consumer_id) DO NOTHING",
);

/// Lets it no longer.
pub const DELETE_CONSUMER: Statement = Statement::new(
    "delete_consumer",
    "DELETE FROM remote_state_consumers WHERE workspace_id = $1 AND consumer_id = $2",
);

/// Lets none any longer.
pub const DELETE_CONSUMERS: Statement = Statement::new(
    "delete_consumers",
    "DELETE FROM remote_state_consumers WHERE workspace_id = $1",
);
