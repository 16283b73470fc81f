//! Trusts, and the tokens of the CI jobs that they let in.

use db::Statement;

macro_rules! trust_columns {
    () => {
        "t.id, t.organization_id, t.name, t.issuer, t.audience, t.rules, t.keys, t.keys_url, \
         t.team_id, t.project_id, t.workspace_id, t.level, t.custom, t.created_by, t.created_at, \
         t.updated_at"
    };
}

/// What the places of trusts are called.
macro_rules! with_places {
    () => {
        ", COALESCE(m.name, w.name, p.name) FROM trusts t \
         LEFT JOIN teams m ON m.id = t.team_id \
         LEFT JOIN projects p ON p.id = t.project_id \
         LEFT JOIN workspaces w ON w.id = t.workspace_id "
    };
}

/// Adds a trust.
pub const INSERT_TRUST: Statement = Statement::new(
    "insert_trust",
    "INSERT INTO trusts (id, organization_id, name, name_folded, issuer, audience, rules, keys, \
       keys_url, team_id, project_id, workspace_id, level, custom, created_by, created_at, \
       updated_at) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
);

/// Changes a trust.
pub const UPDATE_TRUST: Statement = Statement::new(
    "update_trust",
    "UPDATE trusts SET name = $2, name_folded = $3, issuer = $4, audience = $5, rules = $6, \
       keys = $7, keys_url = $8, team_id = $9, project_id = $10, workspace_id = $11, level = $12, \
       custom = $13, updated_at = $14 \
     WHERE id = $1",
);

/// Removes a trust.
pub const DELETE_TRUST: Statement =
    Statement::new("delete_trust", "DELETE FROM trusts WHERE id = $1");

/// Holds a trust's row until the end of the transaction.
pub const LOCK_TRUST: Statement =
    Statement::new("lock_trust", "SELECT id FROM trusts WHERE id = $1 FOR UPDATE").lock_only();

/// A trust.
pub const FIND_TRUST: Statement = Statement::new(
    "find_trust",
    concat!("SELECT ", trust_columns!(), with_places!(), "WHERE t.id = $1"),
)
.hot();

/// The trusts of an organization, by name.
pub const LIST_TRUSTS: Statement = Statement::new(
    "list_trusts",
    concat!(
        "SELECT ",
        trust_columns!(),
        with_places!(),
        "WHERE t.organization_id = $1 \
           AND (CAST($2 AS TEXT) IS NULL OR t.name_folded LIKE $2 ESCAPE '\\' \
             OR LOWER(t.issuer) LIKE $2 ESCAPE '\\') \
         ORDER BY t.name_folded"
    ),
)
.hot();

/// How many trusts an organization has.
pub const COUNT_TRUSTS: Statement =
    Statement::new("count_trusts", "SELECT COUNT(*) FROM trusts WHERE organization_id = $1").hot();

/// The trusts in an issuer, of all organizations.
pub const LIST_TRUSTS_BY_ISSUER: Statement = Statement::new(
    "list_trusts_by_issuer",
    concat!("SELECT ", trust_columns!(), with_places!(), "WHERE t.issuer = $1 ORDER BY t.id"),
)
.hot();

/// Lets nobody in any more whom a trust has let in.
pub const DELETE_TOKENS_OF_TRUST: Statement =
    Statement::new("delete_tokens_of_trust", "DELETE FROM token_trusts WHERE trust_id = $1");

/// Remembers the token of a CI job. One that is known stays as it is.
pub const INSERT_WORKLOAD: Statement = Statement::new(
    "insert_workload",
    "INSERT INTO tokens (id, kind, hash, description, read_only, networks, created_at, \
       last_used_at, expires_at) \
     VALUES ($1, 'workload', $2, $3, 0, '', $4, $4, $5) ON CONFLICT (hash) DO NOTHING",
);

/// The token of a CI job, by its hash.
pub const FIND_WORKLOAD: Statement = Statement::new(
    "find_workload",
    "SELECT t.id FROM tokens t WHERE t.hash = $1 AND t.kind = 'workload'",
)
.hot();

/// Rests the token of a CI job on a trust, unless the trust has changed since it was looked at.
pub const INSERT_TOKEN_TRUST: Statement = Statement::new(
    "insert_token_trust",
    "INSERT INTO token_trusts (token_id, trust_id) \
     SELECT CAST($1 AS TEXT), r.id FROM trusts r WHERE r.id = $2 AND r.updated_at = $3 \
     ON CONFLICT (token_id, trust_id) DO UPDATE SET trust_id = excluded.trust_id",
);

/// The trusts that the token of a CI job rests on.
pub const LIST_TRUSTS_OF_TOKEN: Statement = Statement::new(
    "list_trusts_of_token",
    "SELECT x.trust_id FROM token_trusts x WHERE x.token_id = $1 ORDER BY x.trust_id",
);

/// Remembers that the token of a CI job is revoked; of others, nothing.
pub const INSERT_REVOKED_WORKLOAD: Statement = Statement::new(
    "insert_revoked_workload",
    "INSERT INTO revoked_workloads (hash, expires_at) \
     SELECT t.hash, t.expires_at FROM tokens t \
     WHERE t.id = $1 AND t.kind = 'workload' AND t.expires_at IS NOT NULL \
     ON CONFLICT (hash) DO NOTHING",
);

/// Whether the token of a CI job was revoked.
pub const FIND_REVOKED_WORKLOAD: Statement = Statement::new(
    "find_revoked_workload",
    "SELECT r.expires_at FROM revoked_workloads r WHERE r.hash = $1",
);

/// Forgets which tokens of CI jobs were revoked that have come to their end.
pub const DELETE_EXPIRED_REVOKED_WORKLOADS: Statement = Statement::new(
    "delete_expired_revoked_workloads",
    "DELETE FROM revoked_workloads WHERE expires_at < $1",
);

/// Forgets the tokens of CI jobs that have come to their end.
pub const DELETE_EXPIRED_WORKLOADS: Statement = Statement::new(
    "delete_expired_workloads",
    "DELETE FROM tokens WHERE kind = 'workload' AND expires_at < $1",
);

/// Where a workspace stands.
pub const FIND_WORKSPACE_HOME: Statement = Statement::new(
    "find_workspace_home",
    "SELECT w.organization_id, w.project_id FROM workspaces w WHERE w.id = $1",
)
.hot();
