//! The lock of a workspace: take it, give it back, break it.

use axum::extract::State;
use identity::Caller;
use serde::Deserialize;
use web::{
    Answer,
    body::{JsonApi, JsonApiOptional},
    document::Document,
};

use super::{
    target::Target,
    view::{Includes, View},
};
use crate::{Workspaces, lock as locks};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct LockRequest {
    reason: Option<String>,
}

/// `POST workspaces/:id/actions/lock`
pub(super) async fn lock(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    target: Target,
    JsonApiOptional(JsonApi { attributes, .. }): JsonApiOptional<LockRequest>,
) -> Answer<Document> {
    let reason = attributes.reason.unwrap_or_default();
    let write = move |tx: &mut db::Tx<'_>| {
        let (workspace, scope) = target.find(tx, &context)?;
        let workspace = locks::acquire(tx, &context, &scope, workspace, &reason)?;
        View::load(tx, workspace, scope, Includes::default())
    };
    Ok(workspaces.db().write(write).await?.into_document())
}

/// `POST workspaces/:id/actions/unlock`
pub(super) async fn unlock(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    target: Target,
) -> Answer<Document> {
    let write = move |tx: &mut db::Tx<'_>| {
        let (workspace, scope) = target.find(tx, &context)?;
        let workspace = locks::release(tx, &context, &scope, workspace)?;
        View::load(tx, workspace, scope, Includes::default())
    };
    Ok(workspaces.db().write(write).await?.into_document())
}

/// `POST workspaces/:id/actions/force-unlock`
pub(super) async fn force_unlock(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    target: Target,
) -> Answer<Document> {
    let write = move |tx: &mut db::Tx<'_>| {
        let (workspace, scope) = target.find(tx, &context)?;
        let workspace = locks::force_release(tx, &context, &scope, workspace)?;
        View::load(tx, workspace, scope, Includes::default())
    };
    Ok(workspaces.db().write(write).await?.into_document())
}
