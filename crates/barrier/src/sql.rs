//! Every statement on the table `data_keys`.

use db::Statement;

/// Adds a version of a key; of two servers that start at once, one adds.
pub const INSERT_DATA_KEY: Statement = Statement::new(
    "insert_data_key",
    "INSERT INTO data_keys (id, scope, version, wrapped, created_at) \
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT (scope, version) DO NOTHING",
);

/// All versions of a scope's key.
pub const LIST_DATA_KEYS_BY_SCOPE: Statement = Statement::new(
    "list_data_keys_by_scope",
    "SELECT id, version, wrapped FROM data_keys WHERE scope = $1 ORDER BY version",
)
.hot();

/// Forgets a scope's key, and with it all that it has sealed.
pub const DELETE_DATA_KEYS_BY_SCOPE: Statement =
    Statement::new("delete_data_keys_by_scope", "DELETE FROM data_keys WHERE scope = $1");

/// All of them, for the tests that prepare every statement.
pub const ALL: &[&Statement] =
    &[&INSERT_DATA_KEY, &LIST_DATA_KEYS_BY_SCOPE, &DELETE_DATA_KEYS_BY_SCOPE];
