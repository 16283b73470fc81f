//! API tokens of people.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use kernel::{Error, Timestamp, TokenId, UserId};
use serde::Deserialize;
use web::{Answer, ListQuery, Path, RequestUrl, body::JsonApiOptional, document::Document};

use crate::{Caller, Identity, resources::token_resource};

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct TokenAttributes {
    description: Option<String>,
    expired_at: Option<String>,
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
    let body = body.of_kind("authentication-tokens")?;
    let description = body.attributes.description.unwrap_or_default();
    let expires_at = body.attributes.expired_at.as_deref().map(instant).transpose()?;
    let (token, value) =
        identity.create_token(&caller.context, user, &description, expires_at).await?;
    Ok((StatusCode::CREATED, Document::one(token_resource(&token, Some(&value)))))
}

fn instant(text: &str) -> kernel::Result<Timestamp> {
    Timestamp::parse(text).ok_or_else(|| {
        Error::invalid("expired-at", "this is not an instant like \"2030-01-31T12:00:00.000Z\"")
    })
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
