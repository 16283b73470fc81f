//! Paths that are for administrators: they need `sudo` besides what the operation needs.

/// These, and with a `*` at the end everything that begins so.
const PROTECTED: [&str; 23] = [
    "auth/token/accessors*",
    "auth/token/revoke-orphan/*",
    "sys/audit",
    "sys/audit/*",
    "sys/auth/*",
    "sys/config/auditing/*",
    "sys/config/cors",
    "sys/config/ui/headers/*",
    "sys/internal/inspect/*",
    "sys/leases",
    "sys/leases/lookup/*",
    "sys/leases/revoke-force/*",
    "sys/leases/revoke-prefix/*",
    "sys/plugins/catalog/*",
    "sys/raw",
    "sys/raw/*",
    "sys/remount",
    "sys/revoke-force/*",
    "sys/revoke-prefix/*",
    "sys/rotate",
    "sys/rotate/*",
    "sys/seal",
    "sys/step-down",
];

/// Whether a path is for administrators.
pub fn needs_sudo(path: &str) -> bool {
    PROTECTED.iter().any(|protected| match protected.strip_suffix('*') {
        Some(start) => path.starts_with(start),
        None => path == *protected,
    })
}
