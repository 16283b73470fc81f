//! Mounts, policies, and the number that tells whether they have changed.

use db::Statement;

/// Tells whether what is remembered is what is there, and how often this side was sealed by hand.
pub const FIND_GENERATION: Statement = Statement::new(
    "find_credential_generation",
    "SELECT generation, seals FROM credential_generation WHERE id = 1",
)
.hot();

/// Tells every server that something has changed.
pub const RAISE_GENERATION: Statement = Statement::new(
    "raise_credential_generation",
    "UPDATE credential_generation SET generation = generation + 1 WHERE id = 1",
);

/// Every mount.
pub const LIST_MOUNTS: Statement = Statement::new(
    "list_credential_mounts",
    "SELECT path, kind, type, uuid, accessor, description, default_lease_ttl, max_lease_ttl, \
       settings, tainted, created_at FROM credential_mounts ORDER BY path",
);

/// Adds a mount.
pub const INSERT_MOUNT: Statement = Statement::new(
    "insert_credential_mount",
    "INSERT INTO credential_mounts (path, kind, type, uuid, accessor, description, \
       default_lease_ttl, max_lease_ttl, settings, tainted, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10)",
);

/// Changes a mount.
pub const UPDATE_MOUNT: Statement = Statement::new(
    "update_credential_mount",
    "UPDATE credential_mounts SET path = $2, description = $3, default_lease_ttl = $4, \
       max_lease_ttl = $5, settings = $6, tainted = $7 WHERE uuid = $1",
);

/// Removes a mount.
pub const DELETE_MOUNT: Statement =
    Statement::new("delete_credential_mount", "DELETE FROM credential_mounts WHERE uuid = $1");

/// Every policy.
pub const LIST_POLICIES: Statement = Statement::new(
    "list_credential_policies",
    "SELECT name, text FROM credential_policies ORDER BY name",
);

/// Writes a policy.
pub const PUT_POLICY: Statement = Statement::new(
    "put_credential_policy",
    "INSERT INTO credential_policies (name, text, updated_at) VALUES ($1, $2, $3) \
     ON CONFLICT (name) DO UPDATE SET text = excluded.text, updated_at = excluded.updated_at",
);

/// Removes a policy.
pub const DELETE_POLICY: Statement =
    Statement::new("delete_credential_policy", "DELETE FROM credential_policies WHERE name = $1");

/// Holds the generation until the end of the transaction, so that nobody else makes the same thing.
pub const LOCK_GENERATION: Statement = Statement::new(
    "lock_credential_generation",
    "SELECT generation FROM credential_generation WHERE id = 1 FOR UPDATE",
)
.lock_only();
