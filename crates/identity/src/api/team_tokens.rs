//! Tokens of teams: several of each, and the one of the older API.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use kernel::TeamId;
use web::{Answer, ListQuery, Path, RequestUrl, body::JsonApiOptional, document::Document};

use super::tokens::{TokenAttributes, new_token};
use crate::{Caller, Identity, TeamTokenOrder, resources::token_resource};

pub(super) async fn list(
    State(identity): State<Identity>,
    caller: Caller,
    Path(team): Path<TeamId>,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let tokens = identity.list_tokens_of_team(&caller.context, team, query.page).await?;
    Ok(Document::list(tokens.map(|listed| token_resource(&listed.token, None)), &url))
}

pub(super) async fn list_all(
    State(identity): State<Identity>,
    caller: Caller,
    Path(org): Path<String>,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let search = query.get("q").map(str::to_owned);
    let order = TeamTokenOrder::parse(query.sort.as_deref());
    let (_, tokens) =
        identity.list_team_tokens(&caller.context, &org, search, order, query.page).await?;
    Ok(Document::list(tokens.map(|listed| token_resource(&listed.token, None)), &url))
}

pub(super) async fn create(
    State(identity): State<Identity>,
    caller: Caller,
    Path(team): Path<TeamId>,
    JsonApiOptional(body): JsonApiOptional<TokenAttributes>,
) -> Answer<impl IntoResponse> {
    let new = new_token(body)?;
    let (token, value) = identity.create_team_token(&caller.context, team, new).await?;
    Ok((StatusCode::CREATED, Document::one(token_resource(&token, Some(&value)))))
}

pub(super) async fn create_single(
    State(identity): State<Identity>,
    caller: Caller,
    Path(team): Path<TeamId>,
    JsonApiOptional(body): JsonApiOptional<TokenAttributes>,
) -> Answer<impl IntoResponse> {
    let new = new_token(body)?;
    let (token, value) = identity.create_legacy_team_token(&caller.context, team, new).await?;
    Ok((StatusCode::CREATED, Document::one(token_resource(&token, Some(&value)))))
}

pub(super) async fn read_single(
    State(identity): State<Identity>,
    caller: Caller,
    Path(team): Path<TeamId>,
) -> Answer<Document> {
    let listed = identity.read_legacy_team_token(&caller.context, team).await?;
    Ok(Document::one(token_resource(&listed.token, None)))
}

pub(super) async fn delete_single(
    State(identity): State<Identity>,
    caller: Caller,
    Path(team): Path<TeamId>,
) -> Answer<StatusCode> {
    identity.revoke_legacy_team_token(&caller.context, team).await?;
    Ok(StatusCode::NO_CONTENT)
}
