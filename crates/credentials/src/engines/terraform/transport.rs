//! One request to a Terraform API, sent again when it came too early.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use identity::Identity;
use kernel::{Secret, UserId};
use outgoing::{Outgoing, Request};
use serde_json::Value;
use tokio::time::timeout;
use web::Local;

use super::upstream_error::UpstreamError;

const JSON_API: HeaderValue = HeaderValue::from_static("application/vnd.api+json");
const USER_AGENT: HeaderValue = HeaderValue::from_static("stateward");
/// How often a request is sent again that came too early.
const RETRIES: u32 = 5;
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// How long all of that may take.
const LONGEST: Duration = Duration::from_secs(75);
/// The largest answer of this server itself that is read, in bytes.
const LARGEST_ANSWER: usize = 4 << 20;
const ODD_TOKEN: &str = "the token has characters that no header may";
const TOO_LONG: &str = "the server did not answer in time";

/// Who asks a Terraform API.
#[derive(Clone)]
pub(crate) enum Authority {
    /// Whoever this token speaks for.
    Token(Secret<String>),
    /// This server itself, at its own API.
    Server(Identity),
    /// A person, at this server's own API: their rights hold; and for how long the API token was
    /// made with which they asked for it, if it was one.
    Person(Identity, UserId, Option<Duration>),
}

impl Authority {
    fn token(&self) -> Secret<String> {
        match self {
            Self::Token(token) => token.clone(),
            // These last for a minute, so each request gets its own.
            Self::Server(identity) => identity.internal_token(),
            Self::Person(identity, user, lifetime) => identity.internal_token_of(*user, *lifetime),
        }
    }
}

/// How a Terraform API is reached.
#[derive(Clone)]
pub(crate) enum Way {
    /// Over the network.
    Network(Outgoing),
    /// It is this process itself: the same requests go straight to its router.
    Local(Local),
}

/// The way to one Terraform API.
#[derive(Clone)]
pub(crate) struct Transport {
    way: Way,
    base: String,
    authority: Authority,
    timeout: Duration,
}

/// An answer, with its whole body.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Transport {
    pub(super) fn new(
        way: Way,
        address: &str,
        base_path: &str,
        authority: Authority,
        timeout: Duration,
    ) -> Self {
        let origin = origin_of(address);
        let path = base_path.trim_matches('/');
        let base = if path.is_empty() { format!("{origin}/") } else { format!("{origin}/{path}/") };
        Self { way, base, authority, timeout }
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
    ) -> Result<Answer, UpstreamError> {
        let headers = self.headers(body.is_some())?;
        let url = format!("{}{path}", self.base);
        let body = body.map(Value::to_string).unwrap_or_default().into_bytes();
        match &self.way {
            Way::Network(outgoing) => {
                let request = Request::new(method.clone(), url).timeout(self.timeout).body(body);
                let add = |request: Request, (name, value): (&HeaderName, &HeaderValue)| {
                    request.header(name.clone(), value.clone())
                };
                let request = headers.iter().fold(request, add);
                let answer = outgoing.send(request).await.map_err(UpstreamError::unreachable)?;
                Ok(Answer { status: answer.status, headers: answer.headers, body: answer.body })
            }
            Way::Local(local) => {
                let mut request = http::Request::new(body.into());
                *request.method_mut() = method.clone();
                *request.uri_mut() =
                    url.parse().map_err(|_| UpstreamError::BadPart("base_path"))?;
                *request.headers_mut() = headers;
                let sent = timeout(self.timeout, local.send(request, LARGEST_ANSWER)).await;
                let too_long = |_| UpstreamError::Unreachable(TOO_LONG.to_owned());
                let answer = sent.map_err(too_long)?.map_err(UpstreamError::unreachable)?;
                let (parts, body) = answer.into_parts();
                Ok(Answer { status: parts.status, headers: parts.headers, body: body.into() })
            }
        }
    }

    fn headers(&self, has_body: bool) -> Result<HeaderMap, UpstreamError> {
        let token = self.authority.token();
        let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.expose()))
            .map_err(|_| UpstreamError::Unreachable(ODD_TOKEN.to_owned()))?;
        bearer.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, JSON_API);
        headers.insert(header::USER_AGENT, USER_AGENT);
        headers.insert(header::AUTHORIZATION, bearer);
        if has_body {
            headers.insert(header::CONTENT_TYPE, JSON_API);
        }
        Ok(headers)
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
