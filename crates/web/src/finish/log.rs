//! The request log: one line per request, with the cause of an error and without secrets.
//!
//! Never logged: query strings (authorization codes travel there), and the parts of a path that
//! are their own authority. Of those only the route's pattern is.

use std::time::Duration;

use axum::extract::{MatchedPath, Request};
use http::{Method, StatusCode};
use tracing::{Level, debug, error, info, warn};

use crate::{RequestInfo, error::Cause};

/// Where unknown paths may be logged as they are: nothing below holds a secret.
const OPEN: [&str; 3] = ["/api/", "/app/", "/.well-known/"];
/// Where known paths hold a secret.
const SECRET: [&str; 2] = ["/logout/", "/blobs/"];

/// Where every status is an answer: balancers ask every second, and a server that is sealed says so
/// each time.
const HEALTH: &str = "/v1/sys/health";

/// Where 503 without a cause is the answer of a side that is sealed.
const VAULT: &str = "/v1/";

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
        let level = level(path, status, cause.is_some());
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
        match level {
            Level::ERROR => line!(error),
            Level::WARN => line!(warn),
            Level::DEBUG => line!(debug),
            _ => line!(info),
        }
    }
}

/// How loud a line is.
fn level(path: &str, status: StatusCode, has_cause: bool) -> Level {
    let is_answer = !has_cause && status != StatusCode::INTERNAL_SERVER_ERROR;
    if path == HEALTH && is_answer {
        Level::DEBUG
    } else if path.starts_with(VAULT) && status == StatusCode::SERVICE_UNAVAILABLE && is_answer {
        Level::WARN
    } else if status.is_server_error() {
        Level::ERROR
    } else if has_cause {
        Level::WARN
    } else {
        Level::INFO
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
    fn faults_are_loud_and_answers_about_the_health_are_not() {
        let level = |path: &str, status: u16, has_cause: bool| {
            level(path, StatusCode::from_u16(status).unwrap(), has_cause)
        };
        for (path, status, has_cause, expected) in [
            ("/v1/sys/health", 200, false, Level::DEBUG),
            ("/v1/sys/health", 429, false, Level::DEBUG),
            ("/v1/sys/health", 472, false, Level::DEBUG),
            ("/v1/sys/health", 501, false, Level::DEBUG),
            ("/v1/sys/health", 503, false, Level::DEBUG),
            ("/v1/sys/health", 503, true, Level::ERROR),
            ("/v1/sys/health", 500, false, Level::ERROR),
            ("/v1/sys/mounts", 503, false, Level::WARN),
            ("/v1/sys/mounts", 503, true, Level::ERROR),
            ("/v1/sys/mounts", 500, false, Level::ERROR),
            ("/api/v2/ping", 503, false, Level::ERROR),
            ("/api/v2/ping", 404, true, Level::WARN),
            ("/api/v2/ping", 404, false, Level::INFO),
        ] {
            assert_eq!(level(path, status, has_cause), expected, "{path} {status} {has_cause}");
        }
    }

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
