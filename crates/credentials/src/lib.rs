//! Short-lived credentials: the Vault-compatible side of the server.
