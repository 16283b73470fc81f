//! Talking to the other server: where people are sent, and what a code is exchanged for.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderValue, header};
use kernel::{Error, Kind, Result, Secret};
use outgoing::{Request, Response};
use serde::Deserialize;

use super::{Provider, attempt::Attempt};
use crate::issuers::Metadata;

/// How much of what the other server says is repeated.
const MAX_SAID: usize = 300;

/// What the other server gives for a code.
#[derive(Debug)]
pub(crate) struct Tokens {
    /// Says who the person is.
    pub(crate) identity: Secret<String>,
    /// Lets us ask for more about them.
    pub(crate) access: Option<Secret<String>>,
}

#[derive(Deserialize)]
struct Given {
    id_token: Option<Secret<String>>,
    access_token: Option<Secret<String>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Refused {
    error: String,
    error_description: String,
}

/// Where the browser is sent to sign in.
pub(crate) fn authorization_url(
    provider: &Provider,
    metadata: &Metadata,
    attempt: &Attempt,
    redirect_uri: &str,
) -> Result<String> {
    let endpoint = metadata.authorization_endpoint.as_deref();
    let endpoint = endpoint.filter(|url| url.starts_with("https://") || url.starts_with("http://"));
    let endpoint = endpoint.ok_or_else(|| unusable(provider, "authorization_endpoint"))?;
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("client_id", &provider.client_id)
        .append_pair("redirect_uri", redirect_uri)
        .append_pair("scope", &provider.scopes.join(" "))
        .append_pair("state", &attempt.state)
        .append_pair("nonce", &attempt.nonce)
        .append_pair("code_challenge", &attempt.challenge())
        .append_pair("code_challenge_method", "S256")
        .finish();
    let separator = if endpoint.contains('?') { '&' } else { '?' };
    Ok(format!("{endpoint}{separator}{query}"))
}

/// Where the browser is sent to sign out there too, if that is offered.
pub(crate) fn sign_out_url(provider: &Provider, metadata: &Metadata, back: &str) -> Option<String> {
    let endpoint = metadata.end_session_endpoint.as_deref()?;
    if !(endpoint.starts_with("https://") || endpoint.starts_with("http://")) {
        return None;
    }
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", &provider.client_id)
        .append_pair("post_logout_redirect_uri", back)
        .finish();
    let separator = if endpoint.contains('?') { '&' } else { '?' };
    Some(format!("{endpoint}{separator}{query}"))
}

/// The request that exchanges a code.
pub(crate) fn token_request(
    provider: &Provider,
    metadata: &Metadata,
    attempt: &Attempt,
    code: &str,
    redirect_uri: &str,
) -> Result<Request> {
    let endpoint = metadata.token_endpoint.as_deref();
    let endpoint = endpoint.ok_or_else(|| unusable(provider, "token_endpoint"))?;
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect_uri),
        ("code_verifier", attempt.verifier().expose()),
    ];
    let known = &metadata.token_endpoint_auth_methods_supported;
    let knows = |method: &str| known.iter().any(|known| known == method);
    let request = match &provider.client_secret {
        None => {
            fields.push(("client_id", &provider.client_id));
            Request::post_form(endpoint, &fields)
        }
        // What a server that says nothing knows, by the standard.
        Some(secret) if known.is_empty() || knows("client_secret_basic") => {
            let mut value = basic(&provider.client_id, secret)?;
            value.set_sensitive(true);
            Request::post_form(endpoint, &fields).header(header::AUTHORIZATION, value)
        }
        Some(secret) if knows("client_secret_post") => {
            fields.push(("client_id", &provider.client_id));
            fields.push(("client_secret", secret.expose()));
            Request::post_form(endpoint, &fields)
        }
        Some(_) => {
            let text = format!("{} takes no client secret; leave it out", provider.name);
            return Err(Error::new(Kind::Unavailable, text));
        }
    };
    Ok(request.header(header::ACCEPT, HeaderValue::from_static("application/json")))
}

/// Name and secret as RFC 6749 has them: each encoded like in a form, then both in base64.
fn basic(client_id: &str, secret: &Secret<String>) -> Result<HeaderValue> {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let both = format!("{}:{}", encoded(client_id), encoded(secret.expose()));
    let value = format!("Basic {}", STANDARD.encode(both));
    HeaderValue::try_from(value).map_err(Error::internal)
}

/// Reads what was given for the code, or why nothing was.
pub(crate) fn read_tokens(provider: &Provider, response: Response) -> Result<Tokens> {
    if response.status.is_client_error() {
        let refused: Refused = response.json().unwrap_or_default();
        return Err(refused_by(provider, &refused.error, &refused.error_description));
    }
    let given: Given = response.successful()?.json()?;
    let identity = given.id_token.ok_or_else(|| {
        Error::new(Kind::Unavailable, format!("{} did not say who you are", provider.name))
    })?;
    Ok(Tokens { identity, access: given.access_token })
}

/// What the other server said in the place of what was asked for, shown plainly.
pub(crate) fn refused_by(provider: &Provider, error: &str, description: &str) -> Error {
    let said = |text: &str| -> String {
        text.chars().filter(|character| !character.is_control()).take(MAX_SAID).collect()
    };
    let (error, description) = (said(error), said(description));
    let said = match (error.as_str(), description.as_str()) {
        ("", _) => "without a reason".to_owned(),
        (error, "") => format!("and says: {error}"),
        (error, description) => format!("and says: {error} ({description})"),
    };
    Error::new(Kind::Forbidden, format!("{} refused, {said}", provider.name))
}

fn unusable(provider: &Provider, what: &str) -> Error {
    Error::new(Kind::Unavailable, format!("{} says nothing of its {what}", provider.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Site;
    use kernel::Timestamp;

    fn metadata() -> Metadata {
        Metadata {
            issuer: "https://login.example".to_owned(),
            jwks_uri: String::new(),
            authorization_endpoint: Some("https://login.example/auth?tenant=1".to_owned()),
            token_endpoint: Some("https://login.example/token".to_owned()),
            userinfo_endpoint: None,
            end_session_endpoint: None,
            token_endpoint_auth_methods_supported: Vec::new(),
        }
    }

    #[tokio::test]
    async fn the_browser_is_sent_with_all_that_binds_the_answer() {
        let site = Site::new();
        let provider = Provider::new("https://login.example", "stw & co");
        let barrier = site.identity.barrier();
        let attempt =
            Attempt::begin(barrier, "binding", "/app", Timestamp::from_micros(0)).unwrap();
        let url = authorization_url(&provider, &metadata(), &attempt, "https://tf.example/cb");
        let url = url.unwrap();
        let (endpoint, query) = url.split_once('&').unwrap();
        assert_eq!(endpoint, "https://login.example/auth?tenant=1");
        let pairs: std::collections::BTreeMap<_, _> =
            form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        assert_eq!(pairs["response_type"], "code");
        assert_eq!(pairs["client_id"], "stw & co");
        assert_eq!(pairs["scope"], "openid profile email");
        assert_eq!(pairs["redirect_uri"], "https://tf.example/cb");
        assert_eq!(pairs["code_challenge_method"], "S256");
        assert_eq!(pairs["code_challenge"], attempt.challenge());
        assert_eq!((&pairs["state"], &pairs["nonce"]), (&attempt.state, &attempt.nonce));
        assert!(!url.contains(attempt.verifier().expose()));
        let strange = Metadata {
            authorization_endpoint: Some("javascript:alert(1)".to_owned()),
            ..metadata()
        };
        assert!(authorization_url(&provider, &strange, &attempt, "x").is_err());
    }

    #[test]
    fn name_and_secret_are_encoded_before_they_are_joined() {
        let value = basic("a:b", &Secret::new("c d%".to_owned())).unwrap();
        let encoded = value.to_str().unwrap().strip_prefix("Basic ").unwrap();
        assert_eq!(STANDARD.decode(encoded).unwrap(), b"a%3Ab:c+d%25");
    }

    #[test]
    fn what_is_said_is_shown_in_part() {
        let provider = Provider::new("https://login.example", "stateward");
        let text =
            |error: &str, description: &str| refused_by(&provider, error, description).to_string();
        assert_eq!(text("access_denied", ""), "single sign-on refused, and says: access_denied");
        assert_eq!(text("", "x"), "single sign-on refused, without a reason");
        let long = text("a\nb", &"x".repeat(5_000));
        assert!(long.contains("ab (xxx") && long.len() < 400, "{long}");
    }

    #[test]
    fn signing_out_there_is_offered_where_there_is_a_place() {
        let provider = Provider::new("https://login.example", "stateward");
        assert_eq!(sign_out_url(&provider, &metadata(), "https://tf.example"), None);
        let with = Metadata {
            end_session_endpoint: Some("https://login.example/out".to_owned()),
            ..metadata()
        };
        assert_eq!(
            sign_out_url(&provider, &with, "https://tf.example/app").as_deref(),
            Some(
                "https://login.example/out?client_id=stateward\
                 &post_logout_redirect_uri=https%3A%2F%2Ftf.example%2Fapp"
            )
        );
    }
}
