//! The Terraform API that tokens are made at: HCP Terraform, Terraform Enterprise, or this server.

use std::time::Duration;

use http::{HeaderMap, Method, StatusCode, header};
use kernel::{Secret, Timestamp};
use outgoing::{Outgoing, Request, Response};
use serde_json::{Value, json};

use super::upstream_error::UpstreamError;

const JSON_API: http::HeaderValue = http::HeaderValue::from_static("application/vnd.api+json");
const USER_AGENT: http::HeaderValue = http::HeaderValue::from_static("stateward");
/// How often a request is sent again that came too early.
const RETRIES: u32 = 5;
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// How many tokens of one page are looked through for a lost one.
const PAGE: u32 = 100;
const PAGES: u32 = 50;

/// One Terraform API and the token that it is asked with.
#[derive(Clone)]
pub(crate) struct Client {
    outgoing: Outgoing,
    base: String,
    token: Secret<String>,
    timeout: Duration,
}

/// A token that was made.
#[derive(Clone, Debug)]
pub(crate) struct MadeToken {
    /// Its id there.
    pub(crate) id: String,
    /// Its value.
    pub(crate) value: Secret<String>,
    /// What it is described as there.
    pub(crate) description: String,
    /// When it ends there by itself.
    pub(crate) expired_at: Option<String>,
}

/// Whom a token speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    /// `organization`, `team` or `user`.
    pub(crate) kind: &'static str,
    /// Its id; an organization's name.
    pub(crate) id: String,
    /// The token's own id, where the server says it.
    pub(crate) token_id: Option<String>,
}

impl Client {
    pub(crate) fn new(
        outgoing: Outgoing,
        address: &str,
        base_path: &str,
        token: Secret<String>,
        timeout: Duration,
    ) -> Self {
        let origin = origin_of(address);
        let path = base_path.trim_matches('/');
        let base = if path.is_empty() { format!("{origin}/") } else { format!("{origin}/{path}/") };
        Self { outgoing, base, token, timeout }
    }

    /// Makes the one token of an organization; the one before ends.
    pub(crate) async fn create_organization_token(
        &self,
        organization: &str,
        expired_at: Option<Timestamp>,
    ) -> Result<MadeToken, UpstreamError> {
        let organization = part(organization, "organization")?;
        self.get(&format!("organizations/{organization}")).await?;
        let path = format!("organizations/{organization}/authentication-token");
        self.make(&path, None, expired_at).await
    }

    /// Makes the one legacy token of a team; the one before ends.
    pub(crate) async fn create_legacy_team_token(
        &self,
        team: &str,
    ) -> Result<MadeToken, UpstreamError> {
        let team = part(team, "team ID")?;
        self.get(&format!("teams/{team}")).await?;
        self.make(&format!("teams/{team}/authentication-token"), None, None).await
    }

    /// Makes another token of a team.
    pub(crate) async fn create_team_token(
        &self,
        team: &str,
        description: &str,
        expired_at: Option<Timestamp>,
    ) -> Result<MadeToken, UpstreamError> {
        let path = format!("teams/{}/authentication-tokens", part(team, "team ID")?);
        self.make(&path, Some(description), expired_at).await
    }

    /// Makes another token of a person.
    pub(crate) async fn create_user_token(
        &self,
        user: &str,
        description: &str,
        expired_at: Option<Timestamp>,
    ) -> Result<MadeToken, UpstreamError> {
        let path = format!("users/{}/authentication-tokens", part(user, "user ID")?);
        self.make(&path, Some(description), expired_at).await
    }

    /// Makes a key that is bound to a place, which only this product has: `body` is its whole
    /// document.
    pub(crate) async fn create_key(
        &self,
        organization: &str,
        body: &Value,
    ) -> Result<MadeToken, UpstreamError> {
        let path = format!("organizations/{}/access-keys", part(organization, "organization")?);
        made(&self.send(Method::POST, &path, Some(body)).await?)
    }

    /// Ends a token. One that is gone already is as good as ended.
    pub(crate) async fn delete_token(&self, id: &str) -> Result<(), UpstreamError> {
        let path = format!("authentication-tokens/{}", part(id, "token ID")?);
        match self.send(Method::DELETE, &path, None).await {
            Err(UpstreamError::NotFound) => Ok(()),
            answer => answer.map(drop),
        }
    }

    /// Whom the token that is asked with speaks for.
    pub(crate) async fn owner(&self) -> Result<Owner, UpstreamError> {
        let details = self.get("account/details").await?;
        owner_of(&details).ok_or(UpstreamError::Unreadable)
    }

    /// The ids of the tokens in a list that are described so.
    pub(crate) async fn find_tokens(
        &self,
        list: &str,
        description: &str,
    ) -> Result<Vec<String>, UpstreamError> {
        let mut found = Vec::new();
        for page in 1..=PAGES {
            let path = format!("{list}?page%5Bnumber%5D={page}&page%5Bsize%5D={PAGE}");
            let document = self.get(&path).await?;
            let tokens = document.get("data").and_then(Value::as_array).map(Vec::as_slice);
            for token in tokens.unwrap_or_default() {
                let described = token.pointer("/attributes/description").and_then(Value::as_str);
                let id = token.get("id").and_then(Value::as_str);
                if let (Some(text), Some(id)) = (described, id)
                    && text == description
                {
                    found.push(id.to_owned());
                }
            }
            let next = document.pointer("/meta/pagination/next-page");
            if next.is_none_or(Value::is_null) {
                break;
            }
        }
        Ok(found)
    }

    async fn make(
        &self,
        path: &str,
        description: Option<&str>,
        expired_at: Option<Timestamp>,
    ) -> Result<MadeToken, UpstreamError> {
        let mut attributes = serde_json::Map::new();
        if let Some(description) = description {
            attributes.insert("description".to_owned(), json!(description));
        }
        if let Some(end) = expired_at {
            attributes.insert("expired-at".to_owned(), json!(whole_seconds(end)));
        }
        let data = json!({ "type": "authentication-tokens", "attributes": attributes });
        made(&self.send(Method::POST, path, Some(&json!({ "data": data }))).await?)
    }

    async fn get(&self, path: &str) -> Result<Value, UpstreamError> {
        self.send(Method::GET, path, None).await
    }

    /// Sends a request; one that came too early is sent again.
    async fn send(
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
            .bearer(&self.token)
            .map_err(UpstreamError::unreachable)?;
        if let Some(body) = body {
            request =
                request.header(header::CONTENT_TYPE, JSON_API).body(body.to_string().into_bytes());
        }
        self.outgoing.send(request).await.map_err(UpstreamError::unreachable)
    }
}

/// Scheme and host of an address; a path in it is thrown away.
fn origin_of(address: &str) -> String {
    let end = address.find("://").map_or(0, |at| at + 3);
    let path = address.get(end..).and_then(|rest| rest.find('/')).map(|at| end + at);
    address.get(..path.unwrap_or(address.len())).unwrap_or(address).to_owned()
}

/// A part of a path that clients would not send either if it were empty or had a slash.
fn part<'a>(text: &'a str, what: &'static str) -> Result<&'a str, UpstreamError> {
    let fits =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
    if text.is_empty() || !text.chars().all(fits) {
        return Err(UpstreamError::BadPart(what));
    }
    Ok(text)
}

fn whole_seconds(at: Timestamp) -> String {
    let text = at.to_string();
    format!("{}Z", text.split(['.', 'Z']).next().unwrap_or_default())
}

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

fn made(document: &Value) -> Result<MadeToken, UpstreamError> {
    let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let (Some(id), Some(value)) = (text("/data/id"), text("/data/attributes/token")) else {
        return Err(UpstreamError::Unreadable);
    };
    Ok(MadeToken {
        id,
        value: Secret::new(value),
        description: text("/data/attributes/description").unwrap_or_default(),
        expired_at: text("/data/attributes/expired-at"),
    })
}

fn owner_of(details: &Value) -> Option<Owner> {
    let text = |pointer: &str| details.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let resource = "/data/relationships/authenticated-resource/data";
    let kind = match text(&format!("{resource}/type")).as_deref() {
        Some("organizations") => "organization",
        Some("teams") => "team",
        Some("users") | None => "user",
        Some(_) => return None,
    };
    let id = text(&format!("{resource}/id")).or_else(|| text("/data/id"))?;
    let token_id = text("/data/links/auth-token")
        .and_then(|link| Some(link.rsplit('/').next()?.to_owned()))
        .filter(|id| !id.is_empty());
    Some(Owner { kind, id, token_id })
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
    fn owners_are_read_in_every_form() {
        let team = json!({"data": {
            "id": "user-1",
            "relationships": {"authenticated-resource": {"data": {"id": "team-1", "type": "teams"}}},
            "links": {"auth-token": "/api/v2/authentication-tokens/at-1"},
        }});
        let token_id = Some("at-1".to_owned());
        assert_eq!(
            owner_of(&team),
            Some(Owner { kind: "team", id: "team-1".to_owned(), token_id })
        );
        let old = json!({"data": {"id": "user-1"}});
        let user = Owner { kind: "user", id: "user-1".to_owned(), token_id: None };
        assert_eq!(owner_of(&old), Some(user));
    }

    #[test]
    fn instants_are_sent_in_whole_seconds() {
        let at = Timestamp::parse("2026-01-02T03:04:05.678Z").unwrap();
        assert_eq!(whole_seconds(at), "2026-01-02T03:04:05Z");
    }

    #[test]
    fn ids_are_parts_of_paths() {
        for bad in ["", "a/b", "a b", "ä", "..%2f"] {
            assert!(part(bad, "team ID").is_err(), "{bad}");
        }
        assert!(part("team-Abc_1", "team ID").is_ok());
    }
}
