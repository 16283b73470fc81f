//! Asking an issuer for what it says about itself, and for its keys.

use std::{sync::Arc, time::Duration};

use barrier::jwt::KeySet;
use http::{HeaderMap, header};
use kernel::{Clock, Error, Kind, Result, Timestamp};
use outgoing::{Outgoing, Request};
use serde::Deserialize;

use super::KeySource;

/// How long an issuer may take for one of two answers.
const TIMEOUT: Duration = Duration::from_secs(5);
/// How long these answers may be; the largest issuers need a tenth.
const MAX_BYTES: usize = 512 << 10;

/// How long keys are fresh if the issuer does not say, and the limits if it does.
const FRESH: Duration = Duration::from_hours(1);
const SHORTEST: Duration = Duration::from_mins(5);
const LONGEST: Duration = Duration::from_hours(24);

/// What was fetched.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) metadata: Option<Arc<Metadata>>,
    pub(super) keys: Arc<KeySet>,
    pub(super) fetched_at: Timestamp,
    pub(super) fresh_until: Timestamp,
}

/// What an issuer says about itself (OpenID Connect Discovery 1.0), as far as it is used here.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Metadata {
    /// Its name, which stands in its tokens.
    pub issuer: String,
    /// Where its keys are.
    pub jwks_uri: String,
    /// Where people are sent to sign in.
    #[serde(default)]
    pub authorization_endpoint: Option<String>,
    /// Where a code is exchanged for tokens.
    #[serde(default)]
    pub token_endpoint: Option<String>,
    /// Where more is said about the person that an access token is of.
    #[serde(default)]
    pub userinfo_endpoint: Option<String>,
    /// Where people are sent to sign out.
    #[serde(default)]
    pub end_session_endpoint: Option<String>,
    /// How a client may show who it is at the token endpoint; empty: it does not say.
    #[serde(default)]
    pub token_endpoint_auth_methods_supported: Vec<String>,
}

/// Asks for an issuer's keys.
pub(super) async fn fetch(
    outgoing: &Outgoing,
    source: &KeySource,
    clock: &dyn Clock,
) -> Result<Found> {
    let (metadata, address) = match source {
        KeySource::Address(address) => (None, address.clone()),
        KeySource::Issuer(issuer) => {
            let metadata = discover(outgoing, issuer).await?;
            let address = metadata.jwks_uri.clone();
            (Some(Arc::new(metadata)), address)
        }
        KeySource::Given(_) => return Err(Error::internal("keys that were given are not fetched")),
    };
    let response = outgoing.send(request(address)).await?.successful()?;
    let keys = KeySet::parse(&response.body)
        .map_err(|error| Error::new(Kind::Unavailable, format!("the issuer's keys: {error}")))?;
    let fetched_at = clock.now();
    let fresh_until = fetched_at.plus(freshness(&response.headers));
    Ok(Found { metadata, keys: Arc::new(keys), fetched_at, fresh_until })
}

async fn discover(outgoing: &Outgoing, issuer: &str) -> Result<Metadata> {
    let base = issuer.trim_end_matches('/');
    let address = format!("{base}/.well-known/openid-configuration");
    let metadata: Metadata = outgoing.send(request(address)).await?.successful()?.json()?;
    // Anything else would let one issuer speak for another.
    if metadata.issuer == issuer {
        return Ok(metadata);
    }
    let shown: String = metadata.issuer.chars().take(200).collect();
    Err(Error::new(
        Kind::Unavailable,
        format!("the issuer \"{issuer}\" calls itself \"{shown}\"; both must be the same"),
    ))
}

fn request(address: String) -> Request {
    Request::get(address).timeout(TIMEOUT).max_body_bytes(MAX_BYTES)
}

/// How long an answer says that it may be kept, within limits.
fn freshness(headers: &HeaderMap) -> Duration {
    let directives = headers
        .get_all(header::CACHE_CONTROL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let mut said = None;
    for directive in directives {
        let directive = directive.trim().to_ascii_lowercase();
        if matches!(directive.as_str(), "no-cache" | "no-store") {
            return SHORTEST;
        }
        let seconds = directive.strip_prefix("max-age=").map(|age| age.trim_matches('"').parse());
        if let Some(Ok(seconds)) = seconds {
            said = Some(Duration::from_secs(seconds));
        }
    }
    said.unwrap_or(FRESH).clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn keys_are_kept_as_long_as_is_said_within_limits() {
        for (said, expected) in [
            (None, FRESH),
            (Some(""), FRESH),
            (Some("public"), FRESH),
            (Some("max-age=x"), FRESH),
            (Some("max-age=-1"), FRESH),
            (Some("max-age=0"), SHORTEST),
            (Some("no-store"), SHORTEST),
            (Some("max-age=7200, no-cache"), SHORTEST),
            (Some("public, Max-Age=7200, must-revalidate"), Duration::from_hours(2)),
            (Some("max-age=\"7200\""), Duration::from_hours(2)),
            (Some("s-maxage=60, max-age=7200"), Duration::from_hours(2)),
            (Some("max-age=31536000"), LONGEST),
            (Some("max-age=99999999999999999999"), FRESH),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(said) = said {
                headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(said));
            }
            assert_eq!(freshness(&headers), expected, "{said:?}");
        }
    }
}
