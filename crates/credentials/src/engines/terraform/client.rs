//! The Terraform API that tokens are made at: HCP Terraform, Terraform Enterprise, or this server.

use http::Method;
use kernel::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::{
    documents::{self, MadeToken, Owner},
    transport::Transport,
    upstream_error::UpstreamError,
};

/// How many tokens of one page are looked through for a lost one.
const PAGE: u32 = 100;
const PAGES: u32 = 50;
const MICROS: i64 = 1_000_000;

/// One Terraform API, asked in somebody's name.
#[derive(Clone)]
pub(crate) struct Client {
    transport: Transport,
    /// Whether it is this server that is asked, in whoever's name.
    is_here: bool,
}

/// What is said about a token that is to be made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wish<'a> {
    /// What describes it, if anything does.
    pub(crate) description: Option<&'a str>,
    /// When it ends; none: never.
    pub(crate) expired_at: Option<Timestamp>,
    /// Where it may be used from, as CIDR; none: anywhere. Only this product knows that.
    pub(crate) networks: Vec<String>,
    /// Whether it makes no others. Only this product knows that.
    pub(crate) childless: bool,
}

impl Client {
    pub(crate) const fn new(transport: Transport, is_here: bool) -> Self {
        Self { transport, is_here }
    }

    /// Whether it is this server that is asked, in whoever's name.
    pub(crate) const fn is_here(&self) -> bool {
        self.is_here
    }

    /// Makes the one token of an organization; the one before ends.
    pub(crate) async fn create_organization_token(
        &self,
        organization: &str,
        wish: &Wish<'_>,
    ) -> Result<MadeToken, UpstreamError> {
        let organization = part(organization, "organization")?;
        self.get(&format!("organizations/{organization}")).await?;
        self.make(&organization_token(organization)?, wish).await
    }

    /// Makes the one legacy token of a team; the one before ends.
    pub(crate) async fn create_legacy_team_token(
        &self,
        team: &str,
        wish: &Wish<'_>,
    ) -> Result<MadeToken, UpstreamError> {
        self.get(&format!("teams/{}", part(team, "team ID")?)).await?;
        self.make(&legacy_team_token(team)?, wish).await
    }

    /// Makes another token of a team.
    pub(crate) async fn create_team_token(
        &self,
        team: &str,
        wish: &Wish<'_>,
    ) -> Result<MadeToken, UpstreamError> {
        self.make(&team_tokens(team)?, wish).await
    }

    /// Makes another token of a person.
    pub(crate) async fn create_user_token(
        &self,
        user: &str,
        wish: &Wish<'_>,
    ) -> Result<MadeToken, UpstreamError> {
        self.make(&user_tokens(user)?, wish).await
    }

    /// Makes a key that is bound to a place, which only this product has: `body` is its whole
    /// document.
    pub(crate) async fn create_key(
        &self,
        organization: &str,
        body: &Value,
    ) -> Result<MadeToken, UpstreamError> {
        let answer = self.transport.send(Method::POST, &keys(organization)?, Some(body)).await?;
        documents::made(&answer)
    }

    /// Ends a token. One that is gone already is as good as ended; but when nothing is there, and
    /// the token that is asked with is no good any more, it may be there all the same.
    pub(crate) async fn delete_token(&self, id: &str) -> Result<(), UpstreamError> {
        let path = format!("authentication-tokens/{}", part(id, "token ID")?);
        match self.transport.send(Method::DELETE, &path, None).await {
            Err(UpstreamError::NotFound) if self.transport.is_own() => Ok(()),
            Err(UpstreamError::NotFound) => match self.owner().await {
                Err(error @ UpstreamError::Unauthorized) => Err(error),
                Err(error) if error.is_outage() => Err(error),
                _ => Ok(()),
            },
            answer => answer.map(drop),
        }
    }

    /// The id of the one token of an organization or team, at its path; none, if it has none.
    pub(crate) async fn single_token(&self, path: &str) -> Result<Option<String>, UpstreamError> {
        match self.get(path).await {
            Ok(document) => documents::id_of(&document).map(Some),
            Err(UpstreamError::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Ends the one token of an organization or team.
    pub(crate) async fn delete_single_token(&self, path: &str) -> Result<(), UpstreamError> {
        match self.transport.send(Method::DELETE, path, None).await {
            Err(UpstreamError::NotFound) => Ok(()),
            answer => answer.map(drop),
        }
    }

    /// Whom the token that is asked with speaks for.
    pub(crate) async fn owner(&self) -> Result<Owner, UpstreamError> {
        documents::owner(&self.get("account/details").await?)
    }

    /// The id of an organization of this product, which it keeps whatever it is called.
    pub(crate) async fn organization_id(&self, name: &str) -> Result<String, UpstreamError> {
        let path = format!("organizations/{}", part(name, "organization")?);
        documents::external_id_of(&self.get(&path).await?)
    }

    /// The id of a workspace, by its name.
    pub(crate) async fn workspace_id(
        &self,
        organization: &str,
        name: &str,
    ) -> Result<String, UpstreamError> {
        let organization = part(organization, "organization")?;
        let name = part(name, "workspace")?;
        let path = format!("organizations/{organization}/workspaces/{name}");
        documents::id_of(&self.get(&path).await?)
    }

    /// The id of a project, by its name.
    pub(crate) async fn project_id(
        &self,
        organization: &str,
        name: &str,
    ) -> Result<String, UpstreamError> {
        let organization = part(organization, "organization")?;
        let filter = utf8_percent_encode(name, NON_ALPHANUMERIC);
        let path = format!("organizations/{organization}/projects?filter%5Bnames%5D={filter}");
        let found = documents::ids_where(&self.get(&path).await?, "name", name);
        found.into_iter().next().ok_or(UpstreamError::NotFound)
    }

    /// The ids of the tokens in a list that are described so. Where this server itself knows no
    /// such list, whoever had it is gone, and the tokens with them.
    pub(crate) async fn find_tokens(
        &self,
        list: &str,
        description: &str,
    ) -> Result<Vec<String>, UpstreamError> {
        let mut found = Vec::new();
        for page in 1..=PAGES {
            let path = format!("{list}?page%5Bnumber%5D={page}&page%5Bsize%5D={PAGE}");
            let document = match self.get(&path).await {
                Err(UpstreamError::NotFound) if self.transport.is_own() => break,
                answer => answer?,
            };
            found.extend(documents::ids_where(&document, "description", description));
            if !documents::has_next_page(&document) {
                break;
            }
        }
        Ok(found)
    }

    async fn make(&self, path: &str, wish: &Wish<'_>) -> Result<MadeToken, UpstreamError> {
        let mut attributes = serde_json::Map::new();
        if let Some(description) = wish.description {
            attributes.insert("description".to_owned(), json!(description));
        }
        if let Some(end) = wish.expired_at {
            attributes.insert("expired-at".to_owned(), json!(whole_seconds(end)));
        }
        if !wish.networks.is_empty() {
            attributes.insert("source-networks".to_owned(), json!(wish.networks));
        }
        if wish.childless {
            attributes.insert("childless".to_owned(), json!(true));
        }
        let data = json!({ "type": "authentication-tokens", "attributes": attributes });
        let body = json!({ "data": data });
        documents::made(&self.transport.send(Method::POST, path, Some(&body)).await?)
    }

    async fn get(&self, path: &str) -> Result<Value, UpstreamError> {
        self.transport.send(Method::GET, path, None).await
    }
}

/// Where the one token of an organization stands.
pub(super) fn organization_token(organization: &str) -> Result<String, UpstreamError> {
    Ok(format!("organizations/{}/authentication-token", part(organization, "organization")?))
}

/// Where the one legacy token of a team stands.
pub(super) fn legacy_team_token(team: &str) -> Result<String, UpstreamError> {
    Ok(format!("teams/{}/authentication-token", part(team, "team ID")?))
}

/// Where a team's tokens are made and listed.
pub(super) fn team_tokens(team: &str) -> Result<String, UpstreamError> {
    Ok(format!("teams/{}/authentication-tokens", part(team, "team ID")?))
}

/// Where a person's tokens are made and listed.
pub(super) fn user_tokens(user: &str) -> Result<String, UpstreamError> {
    Ok(format!("users/{}/authentication-tokens", part(user, "user ID")?))
}

/// Where keys are made and listed.
pub(super) fn keys(organization: &str) -> Result<String, UpstreamError> {
    Ok(format!("organizations/{}/access-keys", part(organization, "organization")?))
}

/// A part of a path that clients would not send either if it were empty or had a slash.
fn part<'a>(text: &'a str, what: &'static str) -> Result<&'a str, UpstreamError> {
    let fits =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
    if text.is_empty() || matches!(text, "." | "..") || !text.chars().all(fits) {
        return Err(UpstreamError::BadPart(what));
    }
    Ok(text)
}

/// An instant as clients send it: in whole seconds, and never before it.
pub(super) fn whole_seconds(at: Timestamp) -> String {
    let seconds = at.as_seconds() + i64::from(at.as_micros().rem_euclid(MICROS) != 0);
    let text = Timestamp::from_micros(seconds.saturating_mul(MICROS)).to_string();
    format!("{}Z", text.split(['.', 'Z']).next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_sent_in_whole_seconds_and_never_too_early() {
        for (at, sent) in [
            ("2026-01-02T03:04:05.678Z", "2026-01-02T03:04:06Z"),
            ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
            ("2026-12-31T23:59:59.000001Z", "2027-01-01T00:00:00Z"),
        ] {
            assert_eq!(whole_seconds(Timestamp::parse(at).unwrap()), sent);
        }
    }

    #[test]
    fn ids_are_parts_of_paths() {
        for bad in ["", "a/b", "a b", "ä", "..%2f", ".", ".."] {
            assert!(part(bad, "team ID").is_err(), "{bad}");
        }
        assert!(part("team-Abc_1", "team ID").is_ok());
    }
}
