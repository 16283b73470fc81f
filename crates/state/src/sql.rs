//! Every statement of this crate.

use db::Statement;

/// The columns of a version, without the two long ones.
macro_rules! version_columns {
    () => {
        "v.id, v.workspace_id, v.organization_id, v.status, v.position, v.serial, v.lineage, \
         v.md5, v.forced, v.intermediate, v.lock_id, v.size, v.sha256, v.format, \
         v.terraform_version, v.opaque, v.content_id, v.json_content_id, v.previous_hash, \
         v.record_hash, v.rollback_of, v.created_by_user_id, v.created_by_name, v.token_id, \
         v.run_id, v.created_at, v.finalized_at"
    };
}

/// What a new version is measured against: the newest finalized one.
pub const READ_STANDING: Statement = Statement::new(
    "read_standing",
    "SELECT id, serial, lineage, md5, position, record_hash, lock_id FROM state_versions \
     WHERE id = $1",
)
.hot();

/// Adds a pending version.
pub const INSERT_VERSION: Statement = Statement::new(
    "insert_state_version",
    "INSERT INTO state_versions (id, workspace_id, organization_id, status, serial, lineage, md5, \
     forced, intermediate, lock_id, opaque, announced_outputs, rollback_of, created_by_user_id, \
     created_by_name, token_id, run_id, created_at, json_content_id, json_sha256) \
     VALUES ($1, $2, $3, 'pending', $4, $5, $6, $7, 0, $8, 0, $9, $10, $11, $12, $13, $14, $15, \
     $16, $17)",
);

/// Discards what a workspace still awaits.
pub const DISCARD_PENDING_VERSIONS: Statement = Statement::new(
    "discard_pending_state_versions",
    "UPDATE state_versions SET status = 'discarded', announced_outputs = NULL \
     WHERE workspace_id = $1 AND status = 'pending'",
)
.hot();

/// Discards one version, unless it is finalized.
pub const DISCARD_VERSION: Statement = Statement::new(
    "discard_state_version",
    "UPDATE state_versions SET status = 'discarded', announced_outputs = NULL \
     WHERE id = $1 AND status = 'pending'",
)
.hot();

/// Keeps other writers away from the workspace of a version.
pub const LOCK_WORKSPACE_OF_VERSION: Statement = Statement::new(
    "lock_workspace_of_state_version",
    "SELECT w.id FROM workspaces w JOIN state_versions v ON v.workspace_id = w.id \
     WHERE v.id = $1 FOR UPDATE OF w",
)
.lock_only();

/// Everything that an upload is judged by, in one row.
pub const READ_TARGET: Statement = Statement::new(
    "read_upload_target",
    concat!(
        "SELECT ",
        version_columns!(),
        ", v.json_sha256, w.lock_id, w.pending_state_version_id, c.id, c.serial, c.lineage, \
         c.md5, c.position, c.record_hash, c.lock_id FROM state_versions v \
         JOIN workspaces w ON w.id = v.workspace_id \
         LEFT JOIN state_versions c ON c.id = w.current_state_version_id WHERE v.id = $1"
    ),
)
.hot();

/// The outputs that were announced with a version.
pub const READ_ANNOUNCED_OUTPUTS: Statement = Statement::new(
    "read_announced_outputs",
    "SELECT announced_outputs FROM state_versions WHERE id = $1",
)
.hot();

/// Completes a version.
pub const FINALIZE_VERSION: Statement = Statement::new(
    "finalize_state_version",
    "UPDATE state_versions SET status = 'finalized', position = $2, lineage = $3, size = $4, \
     sha256 = $5, format = $6, terraform_version = $7, opaque = $8, content_id = $9, \
     summary = $10, previous_hash = $11, record_hash = $12, finalized_at = $13, \
     announced_outputs = NULL WHERE id = $1 AND status = 'pending'",
)
.hot();

/// Marks a version that was followed by another under the same holding of the lock.
pub const MARK_INTERMEDIATE: Statement = Statement::new(
    "mark_state_version_intermediate",
    "UPDATE state_versions SET intermediate = 1 WHERE id = $1",
)
.hot();

/// Gives a version its JSON representation, or takes it away.
pub const SET_JSON_CONTENT: Statement = Statement::new(
    "set_json_content",
    "UPDATE state_versions SET json_content_id = $2, json_sha256 = $3 WHERE id = $1",
)
.hot();

/// Adds an output.
pub const INSERT_OUTPUT: Statement = Statement::new(
    "insert_state_output",
    "INSERT INTO state_outputs (id, state_version_id, name, sensitive, sealed) \
     VALUES ($1, $2, $3, $4, $5)",
);

/// One version.
pub const READ_VERSION: Statement = Statement::new(
    "read_state_version",
    concat!("SELECT ", version_columns!(), " FROM state_versions v WHERE v.id = $1"),
)
.hot();

/// Several versions.
pub const LIST_VERSIONS_BY_ID: Statement = Statement::new(
    "list_state_versions_by_id",
    concat!("SELECT ", version_columns!(), " FROM state_versions v WHERE v.id IN ($list)"),
)
.hot();

/// The sealed summary of a version.
pub const READ_SUMMARY: Statement =
    Statement::new("read_summary", "SELECT summary FROM state_versions WHERE id = $1").hot();

/// A workspace's versions, newest first.
pub const LIST_VERSIONS: Statement = Statement::new(
    "list_state_versions",
    concat!(
        "SELECT ",
        version_columns!(),
        " FROM state_versions v WHERE v.workspace_id = $1 \
         AND (CAST($2 AS TEXT) IS NULL OR v.status = $2) \
         ORDER BY v.created_at DESC, v.id DESC LIMIT $3 OFFSET $4"
    ),
)
.hot();

/// How many versions a workspace has.
pub const COUNT_VERSIONS: Statement = Statement::new(
    "count_state_versions",
    "SELECT COUNT(*) FROM state_versions WHERE workspace_id = $1 \
     AND (CAST($2 AS TEXT) IS NULL OR status = $2)",
)
.hot();

/// A workspace's finalized versions in the order of its chain.
pub const LIST_CHAIN: Statement = Statement::new(
    "list_chain",
    concat!(
        "SELECT ",
        version_columns!(),
        " FROM state_versions v WHERE v.workspace_id = $1 AND v.position > $2 \
         ORDER BY v.position LIMIT $3"
    ),
)
.hot();

/// A version's outputs, by name.
pub const LIST_OUTPUTS: Statement = Statement::new(
    "list_state_outputs",
    "SELECT id, name, sensitive, sealed FROM state_outputs WHERE state_version_id = $1 \
     ORDER BY name",
)
.hot();

/// The outputs of several versions, by name.
pub const LIST_OUTPUTS_OF_VERSIONS: Statement = Statement::new(
    "list_outputs_of_state_versions",
    "SELECT id, name, sensitive, sealed, state_version_id FROM state_outputs \
     WHERE state_version_id IN ($list) ORDER BY state_version_id, name",
)
.hot();

/// The ids of the outputs of several versions.
pub const LIST_OUTPUT_IDS: Statement = Statement::new(
    "list_state_output_ids",
    "SELECT state_version_id, id FROM state_outputs WHERE state_version_id IN ($list) \
     ORDER BY state_version_id, name",
)
.hot();

/// One output.
pub const READ_OUTPUT: Statement = Statement::new(
    "read_state_output",
    "SELECT id, name, sensitive, sealed, state_version_id FROM state_outputs WHERE id = $1",
)
.hot();

/// What a workspace's versions refer to.
pub const LIST_CONTENTS_OF_WORKSPACE: Statement = Statement::new(
    "list_contents_of_workspace",
    "SELECT content_id FROM state_versions WHERE workspace_id = $1 AND content_id IS NOT NULL \
     UNION SELECT json_content_id FROM state_versions \
     WHERE workspace_id = $1 AND json_content_id IS NOT NULL",
);

/// Versions whose bytes have not come for long. They are few, and have an index of their own.
pub const LIST_PENDING_BEFORE: Statement = Statement::new(
    "list_pending_state_versions_before",
    "SELECT id FROM state_versions WHERE status = 'pending' AND created_at < $1 LIMIT $2",
);

/// Contents after a given id, and whether a version refers to them.
pub const LIST_CONTENTS_WITH_USE: Statement = Statement::new(
    "list_contents_with_use",
    "SELECT c.id, CASE WHEN EXISTS (SELECT 1 FROM state_versions v WHERE v.content_id = c.id) \
     OR EXISTS (SELECT 1 FROM state_versions j WHERE j.json_content_id = c.id) \
     THEN 1 ELSE 0 END \
     FROM contents c WHERE c.id > $1 AND c.created_at < $2 ORDER BY c.id LIMIT $3",
);

/// Every statement, for the tests that prepare them.
pub const ALL: &[&Statement] = &[
    &READ_STANDING,
    &INSERT_VERSION,
    &DISCARD_PENDING_VERSIONS,
    &DISCARD_VERSION,
    &LOCK_WORKSPACE_OF_VERSION,
    &READ_TARGET,
    &READ_ANNOUNCED_OUTPUTS,
    &FINALIZE_VERSION,
    &MARK_INTERMEDIATE,
    &SET_JSON_CONTENT,
    &INSERT_OUTPUT,
    &READ_VERSION,
    &LIST_VERSIONS_BY_ID,
    &READ_SUMMARY,
    &LIST_VERSIONS,
    &COUNT_VERSIONS,
    &LIST_CHAIN,
    &LIST_OUTPUTS,
    &LIST_OUTPUTS_OF_VERSIONS,
    &LIST_OUTPUT_IDS,
    &READ_OUTPUT,
    &LIST_CONTENTS_OF_WORKSPACE,
    &LIST_PENDING_BEFORE,
    &LIST_CONTENTS_WITH_USE,
];
