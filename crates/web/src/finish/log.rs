//! The request log: one line per request, with the cause of an error and without secrets.
//!
//! Never logged: query strings (authorization codes travel there), and the parts of a path that
//! are their own authority. Of those only the route's pattern is.

use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use http::{Method, StatusCode};
use tracing::{error, info, warn};

use crate::{RequestInfo, error::Cause};

/// Where unknown paths may be logged as they are: nothing below holds a secret.
const OPEN: [&str; 3] = ["/api/", "/app/", "/.well-known/"];
/// Where known paths hold a secret.
const SECRET: [&str; 2] = ["/logout/", "/blobs/"];

/// What a request's line says about the request.
pub(super) struct Line {
    method: Method,
    path: String,
}

impl Line {
    pub(super) fn of(request: &Request) -> Self {
        let path = request.uri().path();
        let pattern = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
        Self { method: request.method().clone(), path: loggable(path, pattern).to_owned() }
    }

    /// The path, or what may be said of it.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn write(
        &self,
        info: &RequestInfo,
        status: StatusCode,
        duration: Duration,
        cause: Option<&Cause>,
    ) {
        let Self { method, path } = self;
        let request_id = info.request_id.as_str();
        let address = info.address.map(tracing::field::display);
        let cause = cause.and_then(|cause| cause.error.internal_cause());
        let duration_ms = duration.as_secs_f64() * 1_000.0;
        let status = status.as_u16();
        macro_rules! line {
            ($level:ident) => {
                $level!(
                    target: "stateward::request",
                    { request.id = request_id, %method, path, status, duration_ms, address, cause },
                    "request"
                )
            };
        }
        match (status, cause) {
            (500.., _) => line!(error),
            (_, Some(_)) => line!(warn),
            _ => line!(info),
        }
    }
}

fn loggable<'a>(path: &'a str, pattern: Option<&'a str>) -> &'a str {
    match pattern {
        Some(pattern) if SECRET.iter().any(|start| pattern.starts_with(start)) => pattern,
        Some(_) => path,
        None if OPEN.iter().any(|start| path.starts_with(start)) => path,
        None => "(no such path)",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_in_paths_are_not_logged() {
        let logged = [
            loggable("/logout/abc", Some("/logout/{token}")),
            loggable("/blobs/abc/x", Some("/blobs/{*rest}")),
            loggable("//logout/abc", None),
            loggable("/Blobs/abc", None),
            loggable("/%6cogout/abc", None),
        ];
        for text in logged {
            assert!(!text.contains("abc"), "{text}");
        }
        assert_eq!(loggable("/api/v2/x", None), "/api/v2/x");
        assert_eq!(loggable("/api/v2/ping", Some("/api/v2/ping")), "/api/v2/ping");
    }
}
