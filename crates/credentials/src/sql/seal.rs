//! How the key of this side is kept.

use db::Statement;

/// How the key is kept, and the sealed root key.
pub const FIND_SEAL: Statement = Statement::new(
    "find_credential_seal",
    "SELECT kind, sealed_root, shares, threshold, cluster_id FROM credential_seal WHERE id = 1",
)
.hot();

/// Writes down how the key is kept, once.
pub const INSERT_SEAL: Statement = Statement::new(
    "insert_credential_seal",
    "INSERT INTO credential_seal (id, kind, shares, threshold, sealed_root, cluster_id, created_at) \
     VALUES (1, $1, $2, $3, $4, $5, $6)",
);
