//! Keys: tokens of nobody but themselves, with a level at one place.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use kernel::{Error, IdKind, Result, TokenId};
use serde::Deserialize;
use serde_json::Value;
use web::{
    Answer, ListQuery, Path, RequestUrl,
    body::{JsonApi, Relationships},
    document::Document,
};

use super::{required, tokens::TokenAttributes};
use crate::{Caller, Identity, PlaceWish, placing::read_custom, resources::key_resource};

const KIND: &str = "access-keys";

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct KeyAttributes {
    description: Option<String>,
    level: Option<String>,
    rights: Option<Value>,
    expired_at: Option<String>,
    read_only: Option<bool>,
    source_networks: Option<Vec<String>>,
    childless: Option<bool>,
}

pub(super) async fn list(
    State(identity): State<Identity>,
    caller: Caller,
    Path(org): Path<String>,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let search = query.get("q").map(str::to_owned);
    let (scope, keys) = identity.list_keys(&caller.context, &org, search, query.page).await?;
    let resources = keys.map(|key| key_resource(&key.token, &scope.organization, None));
    Ok(Document::list(resources, &url))
}

pub(super) async fn create(
    State(identity): State<Identity>,
    caller: Caller,
    Path(org): Path<String>,
    body: JsonApi<KeyAttributes>,
) -> Answer<impl IntoResponse> {
    let JsonApi { attributes, relationships, .. } = body.of_kind(KIND)?;
    let wish = PlaceWish {
        level: required("level", attributes.level)?,
        custom: attributes.rights.map(read_custom).transpose()?,
        project: named(&relationships, "project")?,
        workspace: named(&relationships, "workspace")?,
    };
    let token = TokenAttributes {
        description: attributes.description,
        expired_at: attributes.expired_at,
        read_only: attributes.read_only,
        source_networks: attributes.source_networks,
        childless: attributes.childless,
    };
    let new = token.new_token()?;
    let (token, value) = identity.create_key(&caller.context, &org, wish, new).await?;
    let (scope, _) = identity.read_key(&caller.context, token.id).await?;
    let resource = key_resource(&token, &scope.organization, Some(&value));
    Ok((StatusCode::CREATED, Document::one(resource)))
}

/// The one thing that a relationship names.
fn named<K: IdKind>(relationships: &Relationships, name: &str) -> Result<Option<kernel::Id<K>>> {
    let Some(linkage) = relationships.one(name)? else { return Ok(None) };
    let pointer = format!("/data/relationships/{name}/data/id");
    let id = linkage.id.parse();
    id.map(Some).map_err(|error: kernel::InvalidId| Error::invalid_at(pointer, error.to_string()))
}

pub(super) async fn read(
    State(identity): State<Identity>,
    caller: Caller,
    Path(key): Path<TokenId>,
) -> Answer<Document> {
    let (scope, key) = identity.read_key(&caller.context, key).await?;
    Ok(Document::one(key_resource(&key.token, &scope.organization, None)))
}

pub(super) async fn delete(
    State(identity): State<Identity>,
    caller: Caller,
    Path(key): Path<TokenId>,
) -> Answer<StatusCode> {
    identity.revoke_key(&caller.context, key).await?;
    Ok(StatusCode::NO_CONTENT)
}
