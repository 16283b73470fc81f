//! The audit trail.

use db::Statement;

/// Adds a record. Its place in the chain follows.
pub const INSERT_AUDIT_RECORD: Statement = Statement::new(
    "insert_audit_record",
    "INSERT INTO audit_records (at, id, organization_id, actor_kind, actor_id, actor_name, \
       token_id, address, request_id, action, resource_kind, resource_id, resource_name, outcome, \
       details) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
);
