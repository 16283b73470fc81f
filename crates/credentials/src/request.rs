//! A request, as far as it is no longer HTTP.

use std::time::Duration;

use kernel::Secret;
use serde_json::{Map, Value};

use crate::Operation;

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// What is wanted.
    pub(crate) operation: Operation,
    /// Of what: without `/v1/`, and with a slash at the end of what is listed.
    pub(crate) path: String,
    /// What the body or the query holds.
    pub(crate) data: Map<String, Value>,
    /// The token that was shown.
    pub(crate) token: Option<Secret<String>>,
    /// For how long the answer shall wait for whoever gets its wrapping token.
    pub(crate) wrap_ttl: Option<Duration>,
    /// A UUID that names the request in its answer.
    pub(crate) id: String,
}
