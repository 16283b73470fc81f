//! How the key of this side is kept.

use db::Statement;

/// How the key is kept, and the sealed root key.
pub const FIND_SEAL: Statement = Statement::new(
    "find_credential_seal",
    "SELECT kind, sealed_root, shares, threshold, cluster_id, created_at FROM credential_seal \
     WHERE id = 1",
)
.hot();

/// Writes down how the key is kept, once.
pub const INSERT_SEAL: Statement = Statement::new(
    "insert_credential_seal",
    "INSERT INTO credential_seal (id, kind, shares, threshold, sealed_root, cluster_id, created_at) \
     VALUES (1, $1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING",
);

/// Writes down that the key is kept otherwise, unless somebody else has done so meanwhile.
pub const UPDATE_SEAL: Statement = Statement::new(
    "update_credential_seal",
    "UPDATE credential_seal SET kind = $1, shares = $2, threshold = $3, sealed_root = $4 \
     WHERE id = 1 AND sealed_root = $5",
);

/// Tells every server to forget the key.
pub const RAISE_SEALS: Statement = Statement::new(
    "raise_credential_seals",
    "UPDATE credential_generation SET seals = seals + 1 WHERE id = 1 RETURNING seals",
);
