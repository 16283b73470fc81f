//! Tag keys that an organization reserves.

use axum::extract::State;
use db::Tx;
use http::StatusCode;
use identity::{Caller, scope};
use kernel::{ReservedTagKeyId, Timestamp};
use serde::Serialize;
use web::{
    Answer, ListQuery, Path, RequestUrl,
    body::JsonApi,
    document::{Document, Resource},
};

use super::target::Address;
use crate::{
    Workspaces,
    reserved_tag_keys::{self as reserved, ReservedTagKey, ReservedTagKeyChange},
};

const KIND: &str = "reserved-tag-keys";

/// The vendor's own client reads the instants with underscores, its documentation and the others
/// with hyphens.
#[derive(Serialize)]
struct Attributes<'a> {
    key: &'a str,
    #[serde(rename = "disable-overrides")]
    disable_overrides: bool,
    #[serde(rename = "created-at")]
    created: Timestamp,
    #[serde(rename = "updated-at")]
    updated: Timestamp,
    created_at: Timestamp,
    updated_at: Timestamp,
}

fn resource(reserved: &ReservedTagKey) -> Resource {
    Resource::new(KIND, reserved.id).attributes(Attributes {
        key: &reserved.key,
        disable_overrides: reserved.disable_overrides,
        created: reserved.created_at,
        updated: reserved.updated_at,
        created_at: reserved.created_at,
        updated_at: reserved.updated_at,
    })
}

/// `GET organizations/:org/reserved-tag-keys`
pub(super) async fn list(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Address(address): Address,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let read = move |tx: &mut Tx<'_>| {
        let scope = scope(tx, &context, &address)?;
        reserved::list(tx, &scope, query.page)
    };
    let page = workspaces.db().read(read).await?;
    Ok(Document::list(page.map(|reserved| resource(&reserved)), &url))
}

/// `POST organizations/:org/reserved-tag-keys`
pub(super) async fn create(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Address(address): Address,
    body: JsonApi<ReservedTagKeyChange>,
) -> Answer<(StatusCode, Document)> {
    let change = body.of_kind(KIND)?.attributes;
    let write = move |tx: &mut Tx<'_>| {
        let scope = scope(tx, &context, &address)?;
        reserved::create(tx, &context, &scope, &change)
    };
    let made = workspaces.db().write(write).await?;
    Ok((StatusCode::CREATED, Document::one(resource(&made))))
}

/// `PATCH reserved-tag-keys/:id`
pub(super) async fn update(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Path(id): Path<ReservedTagKeyId>,
    body: JsonApi<ReservedTagKeyChange>,
) -> Answer<Document> {
    let change = body.of_kind(KIND)?.attributes;
    let write = move |tx: &mut Tx<'_>| reserved::update(tx, &context, id, &change);
    Ok(Document::one(resource(&workspaces.db().write(write).await?)))
}

/// `DELETE reserved-tag-keys/:id`
pub(super) async fn delete(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Path(id): Path<ReservedTagKeyId>,
) -> Answer<StatusCode> {
    workspaces.db().write(move |tx| reserved::delete(tx, &context, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}
