//! What an operator can set about the trail.

use std::{path::PathBuf, time::Duration};

use kernel::Secret;

/// How long records are kept, and where they are sent besides.
#[derive(Clone, Debug, Default)]
pub struct AuditSettings {
    /// How long; none for ever.
    pub retention: Option<Duration>,
    /// A file to append them to, one JSON object a line.
    pub file: Option<PathBuf>,
    /// A server to post them to.
    pub webhook: Option<AuditWebhook>,
}

/// A server that records are posted to.
#[derive(Clone, Debug)]
pub struct AuditWebhook {
    /// Where.
    pub url: String,
    /// Signs what is posted.
    pub secret: Secret<String>,
}
