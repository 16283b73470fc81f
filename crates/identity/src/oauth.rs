//! OAuth 2 authorization code with PKCE, as `terraform login` speaks it: what a request must look
//! like. RFC 6749, RFC 7636; the client has no secret, so PKCE is all that binds a code to it.

use barrier::{constant_time_equal, sha256};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Error, Kind, Result};
use serde::{Deserialize, Serialize};

/// The only client: the command line.
pub(crate) const CLIENT_ID: &str = "terraform-cli";

/// Where the command line listens; it takes a port below the last.
pub(crate) const PORTS: (u16, u16) = (10_000, 10_010);

/// The parameters with which the command line opens the browser.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AuthorizationQuery {
    /// Must be `code`.
    pub response_type: String,
    /// Must be `terraform-cli`.
    pub client_id: String,
    /// Where to bring the code.
    pub redirect_uri: String,
    /// Handed back with the code.
    pub state: String,
    /// The hash of what the client will show for the code.
    pub code_challenge: String,
    /// Must be `S256`.
    pub code_challenge_method: String,
}

/// A request that may be granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRequest {
    pub(crate) redirect_uri: String,
    pub(crate) state: String,
    pub(crate) challenge: String,
    /// The port that the command line listens on.
    pub port: u16,
}

impl AuthorizationQuery {
    /// The request, if it may be granted. The command line doesn't understand a refusal that is
    /// brought to its `redirect_uri`, so a refusal is shown to the person.
    pub fn check(&self) -> Result<AuthorizationRequest> {
        let refuse = |text: &str| Err(Error::new(Kind::Invalid, text));
        if self.client_id != CLIENT_ID {
            return refuse("this application is not known here; run `terraform login` again");
        }
        if self.response_type != "code" {
            return refuse("this way of signing in is not known here; only \"code\" is");
        }
        if self.code_challenge_method != "S256" || !is_challenge(&self.code_challenge) {
            return refuse(
                "the request lacks its S256 code challenge; run `terraform login` again",
            );
        }
        let Some(port) = port(&self.redirect_uri) else {
            return refuse("the request wants its answer brought to a place that is not allowed");
        };
        if self.state.len() > 1_000 {
            return refuse("the request's state is too long");
        }
        Ok(AuthorizationRequest {
            redirect_uri: self.redirect_uri.clone(),
            state: self.state.clone(),
            challenge: self.code_challenge.clone(),
            port,
        })
    }
}

impl AuthorizationRequest {
    /// Where to send the browser with a code.
    pub(crate) fn answer(&self, code: &str) -> String {
        let query: String = form_urlencoded::Serializer::new(String::new())
            .append_pair("code", code)
            .append_pair("state", &self.state)
            .finish();
        format!("{}?{query}", self.redirect_uri)
    }
}

/// Whether what the client shows belongs to the challenge that it began with.
pub(crate) fn verifies(verifier: &str, challenge: &str) -> bool {
    let form = (43..=128).contains(&verifier.len())
        && verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    form && constant_time_equal(URL_SAFE_NO_PAD.encode(sha256(verifier)), challenge)
}

/// An unpadded base64url SHA-256.
fn is_challenge(text: &str) -> bool {
    text.len() == 43
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// The port of `http://localhost:<port>/login`, if it is one that we publish.
fn port(redirect_uri: &str) -> Option<u16> {
    let digits = redirect_uri.strip_prefix("http://localhost:")?.strip_suffix("/login")?;
    let port: u16 = digits.parse().ok()?;
    let canonical = port.to_string() == digits;
    (canonical && (PORTS.0..=PORTS.1).contains(&port)).then_some(port)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query() -> AuthorizationQuery {
        AuthorizationQuery {
            response_type: "code".into(),
            client_id: CLIENT_ID.into(),
            redirect_uri: "http://localhost:10004/login".into(),
            state: "a b&c".into(),
            code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".into(),
            code_challenge_method: "S256".into(),
        }
    }

    #[test]
    fn a_proper_request_is_answered_at_its_own_place() {
        let request = query().check().unwrap();
        assert_eq!(request.port, 10_004);
        assert_eq!(request.answer("xyz"), "http://localhost:10004/login?code=xyz&state=a+b%26c");
    }

    #[test]
    fn codes_are_brought_to_the_command_line_only() {
        let strange = [
            "http://localhost:10011/login",
            "http://localhost:9999/login",
            "http://localhost:010004/login",
            "http://localhost:+10004/login",
            "http://localhost:10004/login/",
            "http://localhost:10004/login?x=/login",
            "http://localhost:10004@evil.example/login",
            "https://localhost:10004/login",
            "http://localhost.evil.example:10004/login",
            "http://127.0.0.1:10004/login",
            "http://evil.example/login",
            "",
        ];
        for redirect_uri in strange {
            let query = AuthorizationQuery { redirect_uri: redirect_uri.into(), ..query() };
            assert!(query.check().is_err(), "{redirect_uri}");
        }
    }

    #[test]
    fn requests_without_pkce_are_refused() {
        let plain = AuthorizationQuery { code_challenge_method: "plain".into(), ..query() };
        let none = AuthorizationQuery { code_challenge: String::new(), ..query() };
        let other = AuthorizationQuery { client_id: "other".into(), ..query() };
        let token = AuthorizationQuery { response_type: "token".into(), ..query() };
        for query in [plain, none, other, token] {
            assert!(query.check().is_err(), "{query:?}");
        }
    }

    #[test]
    fn the_verifier_is_the_one_of_the_standard() {
        let challenge = query().code_challenge;
        assert!(verifies("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", &challenge));
        assert!(!verifies("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXx", &challenge));
        assert!(!verifies("short", &challenge));
    }
}
