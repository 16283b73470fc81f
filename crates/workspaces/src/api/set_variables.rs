//! The variables of a variable set.

use axum::extract::State;
use db::Tx;
use http::StatusCode;
use identity::Caller;
use kernel::{VariableId, VariableSetId};
use web::{Answer, ListQuery, Path, RequestUrl, body::JsonApi, document::Document};

use crate::{
    Workspaces, variable_sets as sets,
    variables::{VariableChange, set_variable_resource},
};

const KIND: &str = "vars";

/// `GET varsets/:id/relationships/vars`
pub(super) async fn list(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Path(set): Path<VariableSetId>,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let barrier = workspaces.identity().barrier().clone();
    let read = move |tx: &mut Tx<'_>| sets::list_variables(tx, &context, &barrier, set, query.page);
    let page = workspaces.db().read(read).await?;
    Ok(Document::list(page.map(|variable| set_variable_resource(&variable)), &url))
}

/// `POST varsets/:id/relationships/vars`
pub(super) async fn create(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Path(set): Path<VariableSetId>,
    body: JsonApi<VariableChange>,
) -> Answer<(StatusCode, Document)> {
    let change = body.of_kind(KIND)?.attributes;
    let barrier = workspaces.identity().barrier().clone();
    let write = move |tx: &mut Tx<'_>| sets::create_variable(tx, &context, &barrier, set, &change);
    let variable = workspaces.db().write(write).await?;
    Ok((StatusCode::CREATED, Document::one(set_variable_resource(&variable))))
}

/// `GET varsets/:id/relationships/vars/:var`
pub(super) async fn read(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Path((set, id)): Path<(VariableSetId, VariableId)>,
) -> Answer<Document> {
    let barrier = workspaces.identity().barrier().clone();
    let read = move |tx: &mut Tx<'_>| sets::find_variable(tx, &context, &barrier, set, id);
    Ok(Document::one(set_variable_resource(&workspaces.db().read(read).await?)))
}

/// `PATCH varsets/:id/relationships/vars/:var`
pub(super) async fn update(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Path((set, id)): Path<(VariableSetId, VariableId)>,
    body: JsonApi<VariableChange>,
) -> Answer<Document> {
    let change = body.of_kind(KIND)?.attributes;
    let barrier = workspaces.identity().barrier().clone();
    let write =
        move |tx: &mut Tx<'_>| sets::update_variable(tx, &context, &barrier, set, (id, &change));
    Ok(Document::one(set_variable_resource(&workspaces.db().write(write).await?)))
}

/// `DELETE varsets/:id/relationships/vars/:var`
pub(super) async fn delete(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Path((set, id)): Path<(VariableSetId, VariableId)>,
) -> Answer<StatusCode> {
    let barrier = workspaces.identity().barrier().clone();
    let write = move |tx: &mut Tx<'_>| sets::delete_variable(tx, &context, &barrier, set, id);
    workspaces.db().write(write).await?;
    Ok(StatusCode::NO_CONTENT)
}
