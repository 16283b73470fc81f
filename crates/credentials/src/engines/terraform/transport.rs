//! One request to a Terraform API, sent again when it came too early.

use std::time::Duration;

use http::{HeaderMap, Method, StatusCode, header};
use identity::Identity;
use kernel::{Secret, UserId};
use outgoing::{Outgoing, Request, Response};
use serde_json::Value;
use tokio::time::timeout;

use super::upstream_error::UpstreamError;

const JSON_API: http::HeaderValue = http::HeaderValue::from_static("application/vnd.api+json");
const USER_AGENT: http::HeaderValue = http::HeaderValue::from_static("stateward");
/// How often a request is sent again that came too early.
const RETRIES: u32 = 5;
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// How long all of that may take.
const LONGEST: Duration = Duration::from_secs(75);
const TOO_LONG: &str = "the server did not answer in time";

/// Who asks a Terraform API.
#[derive(Clone)]
pub(crate) enum Authority {
    /// Whoever this token speaks for.
    Token(Secret<String>),
    /// This server itself, at its own API.
    Server(Identity),
    /// A person, at this server's own API: their rights hold.
    Person(Identity, UserId),
}

impl Authority {
    fn token(&self) -> Secret<String> {
        match self {
            Self::Token(token) => token.clone(),
            // These last for a minute, so each request gets its own.
            Self::Server(identity) => identity.internal_token(),
            Self::Person(identity, user) => identity.internal_token_of(*user),
        }
    }
}

/// The way to one Terraform API.
#[derive(Clone)]
pub(crate) struct Transport {
    outgoing: Outgoing,
    base: String,
    authority: Authority,
    timeout: Duration,
}

impl Transport {
    pub(super) fn new(
        outgoing: Outgoing,
        address: &str,
        base_path: &str,
        authority: Authority,
        timeout: Duration,
    ) -> Self {
        let origin = origin_of(address);
        let path = base_path.trim_matches('/');
        let base = if path.is_empty() { format!("{origin}/") } else { format!("{origin}/{path}/") };
        Self { outgoing, base, authority, timeout }
    }

    /// Whether this server itself is asked.
    pub(super) fn is_own(&self) -> bool {
        !matches!(self.authority, Authority::Token(_))
    }

    /// Sends a request; one that came too early is sent again, for a while.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, UpstreamError> {
        let sent = timeout(LONGEST, self.send_patiently(method, path, body)).await;
        sent.unwrap_or_else(|_| Err(UpstreamError::Unreachable(TOO_LONG.to_owned())))
    }

    async fn send_patiently(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, UpstreamError> {
        let mut tries = 0;
        loop {
            let response = self.once(&method, path, body).await?;
            if response.status == StatusCode::TOO_MANY_REQUESTS && tries < RETRIES {
                tries += 1;
                tokio::time::sleep(wait(&response.headers)).await;
                continue;
            }
            if !response.status.is_success() {
                return Err(UpstreamError::of(response.status, &response.body));
            }
            if response.body.is_empty() {
                return Ok(Value::Null);
            }
            return serde_json::from_slice(&response.body).map_err(|_| UpstreamError::Unreadable);
        }
    }

    async fn once(
        &self,
        method: &Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Response, UpstreamError> {
        let mut request = Request::new(method.clone(), format!("{}{path}", self.base))
            .timeout(self.timeout)
            .header(header::ACCEPT, JSON_API)
            .header(header::USER_AGENT, USER_AGENT)
            .bearer(&self.authority.token())
            .map_err(UpstreamError::unreachable)?;
        if let Some(body) = body {
            request =
                request.header(header::CONTENT_TYPE, JSON_API).body(body.to_string().into_bytes());
        }
        self.outgoing.send(request).await.map_err(UpstreamError::unreachable)
    }
}

/// Scheme and host of an address; a path in it is thrown away.
pub(super) fn origin_of(address: &str) -> String {
    let end = address.find("://").map_or(0, |at| at + 3);
    let path = address.get(end..).and_then(|rest| rest.find('/')).map(|at| end + at);
    address.get(..path.unwrap_or(address.len())).unwrap_or(address).to_owned()
}

/// How long a server wants to be left alone.
fn wait(headers: &HeaderMap) -> Duration {
    let seconds = |name: &str| {
        headers.get(name)?.to_str().ok()?.parse::<f64>().ok().filter(|seconds| *seconds >= 0.0)
    };
    let asked = seconds("retry-after").or_else(|| seconds("x-ratelimit-reset"));
    asked
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .unwrap_or(Duration::from_secs(1))
        .clamp(Duration::from_millis(50), LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_scheme_and_host() {
        let table = [
            ("https://app.terraform.io", "https://app.terraform.io"),
            ("https://tfe.example:8443/some/path", "https://tfe.example:8443"),
            ("http://localhost/", "http://localhost"),
        ];
        for (address, origin) in table {
            assert_eq!(origin_of(address), origin);
        }
    }

    #[test]
    fn servers_say_how_long_to_wait() {
        let table = [
            ("retry-after", "2", 2_000),
            ("retry-after", "0", 50),
            ("retry-after", "3600", 10_000),
            ("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT", 1_000),
            ("retry-after", "-1", 1_000),
            ("retry-after", "1e400", 1_000),
            ("x-ratelimit-reset", "0.25", 250),
            ("x-other", "5", 1_000),
        ];
        for (name, value, milliseconds) in table {
            let name = http::HeaderName::from_static(name);
            let headers = HeaderMap::from_iter([(name, value.parse().unwrap())]);
            assert_eq!(wait(&headers), Duration::from_millis(milliseconds), "{value}");
        }
    }
}
