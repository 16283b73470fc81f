//! The statements about tag keys that an organization reserves.

use db::Statement;

macro_rules! select_keys {
    ($condition:literal) => {
        concat!(
            "SELECT id, organization_id, key, disable_overrides, created_at, updated_at \
             FROM reserved_tag_keys WHERE ",
            $condition
        )
    };
}

/// A page of an organization's reserved keys, by key.
pub const LIST_RESERVED_TAG_KEYS: Statement = Statement::new(
    "list_reserved_tag_keys",
    select_keys!("organization_id = $1 ORDER BY key LIMIT $2 OFFSET $3"),
)
.hot();

/// How many there are.
pub const COUNT_RESERVED_TAG_KEYS: Statement = Statement::new(
    "count_reserved_tag_keys",
    "SELECT COUNT(*) FROM reserved_tag_keys WHERE organization_id = $1",
)
.hot();

/// The keys of which a workspace can't have another value than its project.
pub const LIST_LOCKED_TAG_KEYS: Statement = Statement::new(
    "list_locked_tag_keys",
    "SELECT key FROM reserved_tag_keys WHERE organization_id = $1 AND disable_overrides = 1",
)
.hot();

/// A reserved key.
pub const FIND_RESERVED_TAG_KEY: Statement =
    Statement::new("find_reserved_tag_key", select_keys!("id = $1")).hot();

/// Keeps other changes of a reserved key away until the transaction ends.
pub const LOCK_RESERVED_TAG_KEY: Statement = Statement::new(
    "lock_reserved_tag_key",
    "SELECT id FROM reserved_tag_keys WHERE id = $1 FOR UPDATE",
)
.lock_only();

/// Adds one.
pub const INSERT_RESERVED_TAG_KEY: Statement = Statement::new(
    "insert_reserved_tag_key",
    "INSERT INTO reserved_tag_keys (id, organization_id, key, disable_overrides, created_at, \
     updated_at) VALUES ($1, $2, $3, $4, $5, $6)",
);

/// Changes one.
pub const UPDATE_RESERVED_TAG_KEY: Statement = Statement::new(
    "update_reserved_tag_key",
    "UPDATE reserved_tag_keys SET key = $2, disable_overrides = $3, updated_at = $4 WHERE id = $1",
);

/// Removes one.
pub const DELETE_RESERVED_TAG_KEY: Statement =
    Statement::new("delete_reserved_tag_key", "DELETE FROM reserved_tag_keys WHERE id = $1");
