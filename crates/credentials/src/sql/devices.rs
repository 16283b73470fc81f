//! Audit devices.

use db::Statement;

/// Every audit device.
pub const LIST_AUDIT_DEVICES: Statement = Statement::new(
    "list_credential_audit_devices",
    "SELECT path, kind, description, options, salt FROM credential_audit_devices ORDER BY path",
);

/// Adds an audit device.
pub const INSERT_AUDIT_DEVICE: Statement = Statement::new(
    "insert_credential_audit_device",
    "INSERT INTO credential_audit_devices (path, kind, description, options, salt, created_at) \
     VALUES ($1, $2, $3, $4, $5, $6)",
);

/// Removes an audit device.
pub const DELETE_AUDIT_DEVICE: Statement = Statement::new(
    "delete_credential_audit_device",
    "DELETE FROM credential_audit_devices WHERE path = $1",
);
