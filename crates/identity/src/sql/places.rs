//! Organizations, projects and the tags of projects.

use db::Statement;

macro_rules! organization_columns {
    () => {
        "o.id, o.name, o.email, o.default_execution_mode, o.default_project_id, o.settings, \
         o.created_at, o.updated_at"
    };
}

macro_rules! project_columns {
    () => {
        "p.id, p.organization_id, p.name, p.description, p.default_execution_mode, \
         p.auto_destroy_activity_duration, p.created_at, p.updated_at"
    };
}

/// Adds an organization.
pub const INSERT_ORGANIZATION: Statement = Statement::new(
    "insert_organization",
    "INSERT INTO organizations (id, name, name_folded, email, default_execution_mode, \
       default_project_id, settings, created_at, updated_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
);

/// An organization by id, a person's membership there, and how long their tokens may live.
pub const FIND_ORGANIZATION_BY_ID: Statement = Statement::new(
    "find_organization_by_id",
    concat!(
        "SELECT ",
        organization_columns!(),
        ", m.id, (SELECT l.max_lifetime_ms FROM token_lifetimes l \
           WHERE l.organization_id = o.id AND l.kind = 'user') \
         FROM organizations o \
         LEFT JOIN memberships m \
           ON m.organization_id = o.id AND m.user_id = $2 AND m.status = 'active' \
         WHERE o.id = $1"
    ),
)
.hot();

/// The same by name.
pub const FIND_ORGANIZATION_BY_NAME: Statement = Statement::new(
    "find_organization_by_name",
    concat!(
        "SELECT ",
        organization_columns!(),
        ", m.id, (SELECT l.max_lifetime_ms FROM token_lifetimes l \
           WHERE l.organization_id = o.id AND l.kind = 'user') \
         FROM organizations o \
         LEFT JOIN memberships m \
           ON m.organization_id = o.id AND m.user_id = $2 AND m.status = 'active' \
         WHERE o.name_folded = $1"
    ),
)
.hot();

macro_rules! organization_filter {
    () => {
        " FROM organizations o \
         LEFT JOIN memberships m \
           ON m.organization_id = o.id AND m.user_id = $1 AND m.status = 'active' \
         WHERE (CAST($2 AS BIGINT) = 1 OR m.id IS NOT NULL OR o.id IN ($list)) \
           AND (CAST($3 AS TEXT) IS NULL OR o.name_folded LIKE $3 ESCAPE '\\' \
             OR LOWER(o.email) LIKE $3 ESCAPE '\\')"
    };
}

/// A page of the organizations that a person sees, or a machine those of the list. `$2` says
/// whether that is all of them.
pub const LIST_ORGANIZATIONS: Statement = Statement::new(
    "list_organizations",
    concat!(
        "SELECT ",
        organization_columns!(),
        ", m.id, (SELECT l.max_lifetime_ms FROM token_lifetimes l \
           WHERE l.organization_id = o.id AND l.kind = 'user')",
        organization_filter!(),
        " ORDER BY o.name_folded LIMIT $4 OFFSET $5"
    ),
);

/// How many organizations that filter finds.
pub const COUNT_ORGANIZATIONS: Statement =
    Statement::new("count_organizations", concat!("SELECT COUNT(*)", organization_filter!()));

/// Holds an organization's row until the end of the transaction.
pub const LOCK_ORGANIZATION: Statement =
    Statement::new("lock_organization", "SELECT id FROM organizations WHERE id = $1 FOR UPDATE")
        .lock_only();

/// Changes an organization.
pub const UPDATE_ORGANIZATION: Statement = Statement::new(
    "update_organization",
    "UPDATE organizations SET name = $2, name_folded = $3, email = $4, \
       default_execution_mode = $5, default_project_id = $6, settings = $7, updated_at = $8 \
     WHERE id = $1",
);

/// Removes an organization that has no workspaces.
pub const DELETE_ORGANIZATION: Statement = Statement::new(
    "delete_organization",
    "DELETE FROM organizations WHERE id = $1 \
       AND NOT EXISTS (SELECT 1 FROM workspaces w WHERE w.organization_id = $1)",
);

/// Adds a project.
pub const INSERT_PROJECT: Statement = Statement::new(
    "insert_project",
    "INSERT INTO projects (id, organization_id, name, name_folded, description, \
       default_execution_mode, auto_destroy_activity_duration, created_at, updated_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
);

/// A project.
pub const FIND_PROJECT_BY_ID: Statement = Statement::new(
    "find_project_by_id",
    concat!("SELECT ", project_columns!(), " FROM projects p WHERE p.id = $1"),
)
.hot();

/// A project of an organization, by name.
pub const FIND_PROJECT_BY_NAME: Statement = Statement::new(
    "find_project_by_name",
    concat!(
        "SELECT ",
        project_columns!(),
        " FROM projects p WHERE p.organization_id = $1 AND p.name_folded = $2"
    ),
)
.hot();

/// A project and how many workspaces are in it.
pub const FIND_PROJECT_WITH_COUNT: Statement = Statement::new(
    "find_project_with_count",
    concat!(
        "SELECT ",
        project_columns!(),
        ", (SELECT COUNT(*) FROM workspaces w WHERE w.project_id = p.id), \
           (SELECT COUNT(*) FROM project_access a WHERE a.project_id = p.id) \
         FROM projects p WHERE p.id = $1"
    ),
)
.hot();

macro_rules! project_filter {
    () => {
        " FROM projects p WHERE p.organization_id = $1 \
           AND (CAST($2 AS TEXT) IS NULL OR p.name_folded LIKE $2 ESCAPE '\\') \
           AND (CAST($3 AS BIGINT) = 0 OR p.id IN ($list))"
    };
}

/// A page of an organization's projects. `$3` says whether the list of ids counts, `$4` is the
/// order.
pub const LIST_PROJECTS: Statement = Statement::new(
    "list_projects",
    concat!(
        "SELECT ",
        project_columns!(),
        ", (SELECT COUNT(*) FROM workspaces w WHERE w.project_id = p.id), \
           (SELECT COUNT(*) FROM project_access a WHERE a.project_id = p.id)",
        project_filter!(),
        " ORDER BY CASE WHEN CAST($4 AS TEXT) = 'name' THEN p.name_folded END, \
           CASE WHEN $4 = '-name' THEN p.name_folded END DESC, \
           CASE WHEN $4 = 'created-at' THEN p.created_at END, \
           CASE WHEN $4 = '-created-at' THEN p.created_at END DESC, \
           p.id LIMIT $5 OFFSET $6"
    ),
);

/// How many projects that filter finds.
pub const COUNT_PROJECTS: Statement =
    Statement::new("count_projects", concat!("SELECT COUNT(*)", project_filter!()));

/// The projects of an organization that have one of these names.
pub const LIST_PROJECT_IDS_BY_NAMES: Statement = Statement::new(
    "list_project_ids_by_names",
    "SELECT p.id FROM projects p WHERE p.organization_id = $1 AND p.name_folded IN ($list)",
);

/// The projects of an organization with a tag, and perhaps a value of it.
pub const LIST_PROJECT_IDS_BY_TAG: Statement = Statement::new(
    "list_project_ids_by_tag",
    "SELECT b.project_id FROM tags t \
     JOIN project_tag_bindings b ON b.tag_id = t.id \
     WHERE t.organization_id = $1 AND t.name = $2 \
       AND (CAST($3 AS TEXT) IS NULL OR b.value = $3)",
);

/// Holds a project's row until the end of the transaction.
pub const LOCK_PROJECT: Statement =
    Statement::new("lock_project", "SELECT id FROM projects WHERE id = $1 FOR UPDATE").lock_only();

/// Changes a project.
pub const UPDATE_PROJECT: Statement = Statement::new(
    "update_project",
    "UPDATE projects SET name = $2, name_folded = $3, description = $4, \
       default_execution_mode = $5, auto_destroy_activity_duration = $6, updated_at = $7 \
     WHERE id = $1",
);

/// Removes a project that has no workspaces.
pub const DELETE_PROJECT: Statement = Statement::new(
    "delete_project",
    "DELETE FROM projects WHERE id = $1 \
       AND NOT EXISTS (SELECT 1 FROM workspaces w WHERE w.project_id = $1)",
);

/// Makes sure that an organization knows a tag.
pub const INSERT_TAG: Statement = Statement::new(
    "insert_tag",
    "INSERT INTO tags (id, organization_id, name) VALUES ($1, $2, $3) \
     ON CONFLICT (organization_id, name) DO NOTHING",
);

/// A tag of an organization.
pub const FIND_TAG: Statement =
    Statement::new("find_tag", "SELECT id FROM tags WHERE organization_id = $1 AND name = $2")
        .hot();

/// Puts a tag on a project, or changes its value.
pub const UPSERT_PROJECT_TAG: Statement = Statement::new(
    "upsert_project_tag",
    "INSERT INTO project_tag_bindings (id, project_id, tag_id, value) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (project_id, tag_id) DO UPDATE SET value = excluded.value",
);

/// Takes all tags off a project.
pub const DELETE_PROJECT_TAGS: Statement =
    Statement::new("delete_project_tags", "DELETE FROM project_tag_bindings WHERE project_id = $1");

/// The tags of some projects.
pub const LIST_PROJECT_TAGS: Statement = Statement::new(
    "list_project_tags",
    "SELECT b.project_id, b.id, t.name, b.value FROM project_tag_bindings b \
     JOIN tags t ON t.id = b.tag_id \
     WHERE b.project_id IN ($list) ORDER BY t.name",
);
