//! Reading outputs and resources.

use axum::extract::State as FromState;
use identity::Caller;
use kernel::{OutputId, Page, StateVersionId, WorkspaceId};
use web::{Answer, ListQuery, Path, RequestUrl, document::Document};

use crate::{
    State,
    resource::{instance_resource, output_resource},
};

/// `GET workspaces/:id/current-state-version-outputs`: all of them at once, since clients ask
/// only once; none where there is no state yet.
pub(super) async fn current(
    FromState(state): FromState<State>,
    caller: Caller,
    Path(workspace): Path<WorkspaceId>,
) -> Answer<Document> {
    let outputs = state.current_outputs(caller.context, workspace).await?;
    Ok(Document::collection(outputs.iter().map(|output| output_resource(output, false))))
}

/// `GET state-versions/:id/outputs`
pub(super) async fn list(
    FromState(state): FromState<State>,
    caller: Caller,
    Path(version): Path<StateVersionId>,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let outputs = state.version_outputs(caller.context, version).await?;
    let page = Page::of(outputs, query.page).map(|output| output_resource(&output, false));
    Ok(Document::list(page, &url))
}

/// `GET state-version-outputs/:id`: the one place where a sensitive value is shown.
pub(super) async fn read(
    FromState(state): FromState<State>,
    caller: Caller,
    Path(output): Path<OutputId>,
) -> Answer<Document> {
    let output = state.read_output(caller.context, output).await?;
    Ok(Document::one(output_resource(&output, true)))
}

/// `GET workspaces/:id/resources`
pub(super) async fn resources(
    FromState(state): FromState<State>,
    caller: Caller,
    Path(workspace): Path<WorkspaceId>,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let (version, page) = state.current_resources(caller.context, workspace, query.page).await?;
    let Page { items, total, request } = page;
    let items = version.map_or_else(Vec::new, |version| {
        items.iter().map(|item| instance_resource(workspace, &version, item)).collect()
    });
    Ok(Document::list(Page { items, total, request }, &url))
}
