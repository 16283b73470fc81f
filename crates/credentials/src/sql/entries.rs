//! What mounts keep.

use db::Statement;

/// An entry of a mount.
pub const FIND_ENTRY: Statement = Statement::new(
    "find_credential_entry",
    "SELECT sealed FROM credential_entries WHERE mount = $1 AND key = $2",
)
.hot();

/// Holds an entry until the end of the transaction.
pub const LOCK_ENTRY: Statement = Statement::new(
    "lock_credential_entry",
    "SELECT key FROM credential_entries WHERE mount = $1 AND key = $2 FOR UPDATE",
)
.lock_only();

/// Writes an entry, or writes it over.
pub const PUT_ENTRY: Statement = Statement::new(
    "put_credential_entry",
    "INSERT INTO credential_entries (mount, key, sealed) VALUES ($1, $2, $3) \
     ON CONFLICT (mount, key) DO UPDATE SET sealed = excluded.sealed",
);

/// Removes an entry.
pub const DELETE_ENTRY: Statement = Statement::new(
    "delete_credential_entry",
    "DELETE FROM credential_entries WHERE mount = $1 AND key = $2",
);

/// Removes everything that a mount keeps.
pub const DELETE_ENTRIES: Statement =
    Statement::new("delete_credential_entries", "DELETE FROM credential_entries WHERE mount = $1");

/// The keys of a mount between two texts.
pub const LIST_ENTRIES: Statement = Statement::new(
    "list_credential_entries",
    "SELECT key FROM credential_entries WHERE mount = $1 AND key >= $2 AND key < $3 ORDER BY key",
)
.hot();

/// Removes what a token has kept: the entries between two texts.
pub const DELETE_CUBBYHOLE: Statement = Statement::new(
    "delete_credential_cubbyhole",
    "DELETE FROM credential_entries \
     WHERE mount = (SELECT uuid FROM credential_mounts WHERE path = 'cubbyhole/') \
       AND key >= $1 AND key < $2",
);
