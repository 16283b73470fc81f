//! What was answered.

use std::fmt;

use http::{HeaderMap, StatusCode};
use kernel::Result;
use serde::de::DeserializeOwned;

use crate::failure::Failure;

/// The answer of somebody else's server, with its whole body.
#[derive(Clone)]
pub struct Response {
    /// The status. Redirects that are not followed are answers like others.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
    pub(crate) host: String,
}

impl Response {
    /// This answer, if it is one of success (2xx).
    pub fn successful(self) -> Result<Self> {
        if self.status.is_success() {
            return Ok(self);
        }
        Err(Failure::Status(self.status).at(&self.host))
    }

    /// The body, read as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body)
            .map_err(|error| Failure::Json { line: error.line() }.at(&self.host))
    }
}

impl fmt::Debug for Response {
    /// Without what was answered, which may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
