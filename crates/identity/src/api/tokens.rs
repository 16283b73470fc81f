//! API tokens of people, and tokens of every kind by their id.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use kernel::{Error, Result, Timestamp, TokenId, UserId};
use serde::Deserialize;
use web::{
    Answer, ListQuery, Path, RequestUrl,
    body::{JsonApi, JsonApiOptional},
    document::Document,
};

use crate::{Caller, Identity, Networks, NewToken, resources::token_resource};

const KIND: &str = "authentication-tokens";

/// What can be said about a token of any kind that is to be made.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct TokenAttributes {
    pub(super) description: Option<String>,
    pub(super) expired_at: Option<String>,
    pub(super) read_only: Option<bool>,
    pub(super) source_networks: Option<Vec<String>>,
    pub(super) childless: Option<bool>,
}

impl TokenAttributes {
    pub(super) fn new_token(self) -> Result<NewToken> {
        Ok(NewToken {
            description: self.description.unwrap_or_default(),
            expires_at: self.expired_at.as_deref().map(instant).transpose()?,
            read_only: self.read_only.unwrap_or_default(),
            networks: Networks::read(&self.source_networks.unwrap_or_default())?,
            childless: self.childless.unwrap_or_default(),
        })
    }
}

/// An instant; without an offset, as one SDK sends it, it is in UTC.
fn instant(text: &str) -> Result<Timestamp> {
    Timestamp::parse(text).or_else(|| Timestamp::parse(&format!("{text}Z"))).ok_or_else(|| {
        Error::invalid("expired-at", "this is not an instant like \"2030-01-31T12:00:00.000Z\"")
    })
}

/// A token to be made, from a body that may be empty. One SDK says `authentication-token`.
pub(super) fn new_token(body: JsonApi<TokenAttributes>) -> Result<NewToken> {
    let singular = body.kind.as_deref() == Some("authentication-token");
    let body = if singular { body } else { body.of_kind(KIND)? };
    body.attributes.new_token()
}

pub(super) async fn list(
    State(identity): State<Identity>,
    caller: Caller,
    Path(user): Path<UserId>,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let tokens = identity.list_tokens(&caller.context, user, query.page).await?;
    Ok(Document::list(tokens.map(|token| token_resource(&token, None)), &url))
}

pub(super) async fn create(
    State(identity): State<Identity>,
    caller: Caller,
    Path(user): Path<UserId>,
    JsonApiOptional(body): JsonApiOptional<TokenAttributes>,
) -> Answer<impl IntoResponse> {
    let new = new_token(body)?;
    let (token, value) = identity.create_user_token(&caller.context, user, new).await?;
    Ok((StatusCode::CREATED, Document::one(token_resource(&token, Some(&value)))))
}

pub(super) async fn read(
    State(identity): State<Identity>,
    caller: Caller,
    Path(token): Path<TokenId>,
) -> Answer<Document> {
    let token = identity.read_token(&caller.context, token).await?;
    Ok(Document::one(token_resource(&token, None)))
}

pub(super) async fn delete(
    State(identity): State<Identity>,
    caller: Caller,
    Path(token): Path<TokenId>,
) -> Answer<StatusCode> {
    identity.revoke_token(&caller.context, token).await?;
    Ok(StatusCode::NO_CONTENT)
}
