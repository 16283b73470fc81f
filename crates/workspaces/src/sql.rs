//! Every statement of this crate. Workspaces are read together with the names that stand in other
//! tables: their project's, and their lock holder's.

use db::Statement;

macro_rules! select_workspace {
    ($condition:literal) => {
        concat!(
            "SELECT w.id, w.organization_id, w.project_id, p.name, w.name, w.description, \
             w.execution_mode, p.default_execution_mode, w.terraform_version, \
             w.working_directory, w.auto_apply, w.global_remote_state, w.project_remote_state, \
             w.settings, w.lock_id, w.locked_by_user_id, u.username, w.locked_by_run_id, \
             w.locked_with_token_id, w.lock_reason, w.locked_at, w.lock_seen_at, \
             w.current_state_version_id, w.pending_state_version_id, w.resource_count, \
             w.created_at, w.updated_at, w.latest_change_at, w.locked_by_service_id, \
             w.locked_by_service_name \
             FROM workspaces w JOIN projects p ON p.id = w.project_id \
             LEFT JOIN users u ON u.id = w.locked_by_user_id WHERE ",
            $condition
        )
    };
}

mod list;
mod reserved_tag_keys;
mod tags;
mod variable_sets;
mod variables;

pub use list::*;
pub use reserved_tag_keys::*;
pub use tags::*;
pub use variable_sets::*;
pub use variables::*;

/// A workspace by its id.
pub const FIND_WORKSPACE: Statement =
    Statement::new("find_workspace", select_workspace!("w.id = $1")).hot();

/// A workspace by its name in an organization.
pub const FIND_WORKSPACE_BY_NAME: Statement = Statement::new(
    "find_workspace_by_name",
    select_workspace!("w.organization_id = $1 AND w.name = $2"),
)
.hot();

/// The workspaces with certain ids.
pub const LIST_WORKSPACES_BY_ID: Statement =
    Statement::new("list_workspaces_by_id", select_workspace!("w.id IN ($list)")).hot();

/// Keeps other writers away from a workspace's row until the transaction ends.
pub const LOCK_WORKSPACE_ROW: Statement =
    Statement::new("lock_workspace_row", "SELECT id FROM workspaces WHERE id = $1 FOR UPDATE")
        .lock_only();

/// Makes a workspace, unless its name is taken.
pub const INSERT_WORKSPACE: Statement = Statement::new(
    "insert_workspace",
    "INSERT INTO workspaces (id, organization_id, project_id, name, name_folded, description, \
     execution_mode, terraform_version, working_directory, auto_apply, global_remote_state, \
     project_remote_state, settings, resource_count, created_at, updated_at, latest_change_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, $14, $14, $14) \
     ON CONFLICT (organization_id, name) DO NOTHING",
);

/// Writes what a person can change about a workspace.
pub const UPDATE_WORKSPACE: Statement = Statement::new(
    "update_workspace",
    "UPDATE workspaces SET project_id = $3, name = $4, name_folded = $5, description = $6, \
     execution_mode = $7, terraform_version = $8, working_directory = $9, auto_apply = $10, \
     global_remote_state = $11, project_remote_state = $12, settings = $13, updated_at = $14, \
     latest_change_at = $14 WHERE id = $1 AND organization_id = $2",
);

/// Removes a workspace and what hangs on it.
pub const DELETE_WORKSPACE: Statement =
    Statement::new("delete_workspace", "DELETE FROM workspaces WHERE id = $1");

/// Takes the lock, if it is free. What was being uploaded under an earlier holding can never be
/// completed, so it is awaited no longer.
pub const LOCK_WORKSPACE: Statement = Statement::new(
    "lock_workspace",
    "UPDATE workspaces SET lock_id = $2, locked_by_user_id = $3, locked_by_run_id = NULL, \
     locked_by_service_id = $7, locked_by_service_name = $8, \
     locked_with_token_id = $4, lock_reason = $5, locked_at = $6, lock_seen_at = $6, \
     pending_state_version_id = NULL \
     WHERE id = $1 AND lock_id IS NULL",
)
.hot();

/// Ends a holding of the lock, if no state version is awaited under it.
pub const UNLOCK_WORKSPACE: Statement = Statement::new(
    "unlock_workspace",
    "UPDATE workspaces SET lock_id = NULL, locked_by_user_id = NULL, locked_by_run_id = NULL, \
     locked_by_service_id = NULL, locked_by_service_name = NULL, locked_with_token_id = NULL, lock_reason = NULL, locked_at = NULL, lock_seen_at = NULL \
     WHERE id = $1 AND lock_id = $2 AND pending_state_version_id IS NULL",
)
.hot();

/// Ends a holding of the lock, and waits no longer for what was being uploaded under it.
pub const FORCE_UNLOCK_WORKSPACE: Statement = Statement::new(
    "force_unlock_workspace",
    "UPDATE workspaces SET lock_id = NULL, locked_by_user_id = NULL, locked_by_run_id = NULL, \
     locked_by_service_id = NULL, locked_by_service_name = NULL, locked_with_token_id = NULL, lock_reason = NULL, locked_at = NULL, lock_seen_at = NULL, \
     pending_state_version_id = NULL WHERE id = $1 AND lock_id = $2",
);

/// Notes which state version's bytes are awaited.
pub const SET_PENDING_STATE: Statement = Statement::new(
    "set_pending_state",
    "UPDATE workspaces SET pending_state_version_id = $2, \
     lock_seen_at = CASE WHEN lock_id IS NULL THEN NULL \
     ELSE COALESCE(CAST($3 AS BIGINT), lock_seen_at) END \
     WHERE id = $1",
)
.hot();

/// Makes a state version the current one.
pub const SET_CURRENT_STATE: Statement = Statement::new(
    "set_current_state",
    "UPDATE workspaces SET current_state_version_id = $2, pending_state_version_id = NULL, \
     resource_count = $3, latest_change_at = $4, \
     lock_seen_at = CASE WHEN lock_id IS NULL THEN NULL ELSE CAST($4 AS BIGINT) END \
     WHERE id = $1",
)
.hot();

/// Every statement, for the tests that prepare them.
pub const ALL: &[&Statement] = &[
    &FIND_WORKSPACE,
    &FIND_WORKSPACE_BY_NAME,
    &LIST_WORKSPACES_BY_ID,
    &LOCK_WORKSPACE_ROW,
    &INSERT_WORKSPACE,
    &UPDATE_WORKSPACE,
    &DELETE_WORKSPACE,
    &LOCK_WORKSPACE,
    &UNLOCK_WORKSPACE,
    &FORCE_UNLOCK_WORKSPACE,
    &SET_PENDING_STATE,
    &SET_CURRENT_STATE,
    &LIST_CONSUMER_PLACES,
    &COUNT_WORKSPACES,
    &LIST_WORKSPACES_BY_NAME,
    &LIST_WORKSPACES_BY_NAME_DOWN,
    &LIST_WORKSPACES_BY_CREATION,
    &LIST_WORKSPACES_BY_CREATION_DOWN,
    &LIST_WORKSPACES_BY_CHANGE,
    &LIST_WORKSPACES_BY_CHANGE_DOWN,
    &LIST_TAGGED_WORKSPACES,
    &LIST_EFFECTIVELY_TAGGED_WORKSPACES,
    &LIST_LOCKED_WORKSPACES,
    &LIST_CONSUMERS,
    &INSERT_CONSUMER,
    &DELETE_CONSUMER,
    &DELETE_CONSUMERS,
    &FIND_TAG_BY_NAME,
    &FIND_TAG_BY_ID,
    &DELETE_TAG,
    &COUNT_TAGS,
    &LIST_TAGS,
    &LIST_WORKSPACE_TAG_BINDINGS,
    &LIST_TAGS_OF_WORKSPACE,
    &LIST_BINDINGS_OF_WORKSPACES,
    &INSERT_WORKSPACE_TAG_BINDING,
    &UPSERT_WORKSPACE_TAG_BINDING,
    &DELETE_WORKSPACE_TAG_BINDING,
    &DELETE_WORKSPACE_TAG_BINDINGS,
    &LIST_WORKSPACE_VARIABLES,
    &FIND_WORKSPACE_VARIABLE,
    &FIND_WORKSPACE_OF_VARIABLE,
    &INSERT_WORKSPACE_VARIABLE,
    &UPDATE_WORKSPACE_VARIABLE,
    &DELETE_WORKSPACE_VARIABLE,
    &COUNT_WORKSPACE_VARIABLES,
    &LIST_SET_VARIABLES,
    &LIST_VARIABLES_OF_SETS,
    &LIST_SET_VALUES,
    &FIND_SET_VARIABLE,
    &FIND_SET_VARIABLE_BY_KEY,
    &INSERT_SET_VARIABLE,
    &UPDATE_SET_VARIABLE,
    &DELETE_SET_VARIABLE,
    &COUNT_SET_VARIABLES,
    &FIND_VARIABLE_SET,
    &IS_VARIABLE_SET_SEEN,
    &LIST_VARIABLE_SETS,
    &COUNT_VARIABLE_SETS,
    &COUNT_ALL_VARIABLE_SETS,
    &LIST_SETS_FOR_WORKSPACE,
    &LOCK_ORGANIZATION_OF_SETS,
    &INSERT_VARIABLE_SET,
    &UPDATE_VARIABLE_SET,
    &DELETE_VARIABLE_SET,
    &FIND_GLOBAL_CONFLICT,
    &LIST_WORKSPACES_OF_SETS,
    &LIST_PROJECTS_OF_SETS,
    &INSERT_SET_WORKSPACE,
    &DELETE_SET_WORKSPACE,
    &DELETE_FOREIGN_SETS,
    &INSERT_SET_PROJECT,
    &DELETE_SET_PROJECT,
    &LIST_RESERVED_TAG_KEYS,
    &COUNT_RESERVED_TAG_KEYS,
    &LIST_LOCKED_TAG_KEYS,
    &FIND_RESERVED_TAG_KEY,
    &LOCK_RESERVED_TAG_KEY,
    &INSERT_RESERVED_TAG_KEY,
    &UPDATE_RESERVED_TAG_KEY,
    &DELETE_RESERVED_TAG_KEY,
];
