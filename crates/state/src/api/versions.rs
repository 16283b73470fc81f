//! Reading versions.

use axum::{extract::State as FromState, response::Response};
use http::HeaderMap;
use identity::{Caller, resources::user_resource};
use kernel::{Context, Error, OutputId, StateVersionId, WorkspaceId};
use web::{Answer, ListQuery, Path, RequestUrl, document::Document};

use super::download;
use crate::{
    State, Status,
    resource::{Shown, output_resource},
    service::{Detail, Part, Wanted},
};

/// `GET workspaces/:id/current-state-version`: 404 is the one sign of an empty workspace.
pub(super) async fn current(
    FromState(state): FromState<State>,
    caller: Caller,
    Path(workspace): Path<WorkspaceId>,
    query: ListQuery,
) -> Response {
    let context = caller.context;
    let found = state.read_current(context.clone(), workspace, wanted(&query)).await;
    let answer = found.map(|detail| document(&state, &context, &detail));
    state.with_interval(answer.map_err(Into::into))
}

/// `GET state-versions/:id`
pub(super) async fn read(
    FromState(state): FromState<State>,
    caller: Caller,
    Path(version): Path<StateVersionId>,
    query: ListQuery,
) -> Response {
    let context = caller.context;
    let found = state.read_version(context.clone(), version, wanted(&query)).await;
    let answer = found.map(|detail| document(&state, &context, &detail));
    state.with_interval(answer.map_err(Into::into))
}

fn wanted(query: &ListQuery) -> Wanted {
    Wanted { outputs: query.wants("outputs"), created_by: query.wants("created_by") }
}

fn document(state: &State, context: &Context, detail: &Detail) -> Document {
    let shown = Shown {
        context,
        workspace: &detail.workspace,
        head: detail.head.as_ref(),
        output_ids: &detail.output_ids,
    };
    Document::one(state.links().version_resource(&detail.version, &shown))
        .include_all(detail.outputs.iter().map(|output| output_resource(output, false)))
        .include_all(detail.created_by.as_ref().map(user_resource))
}

/// `GET state-versions`, of one workspace that the filters name.
pub(super) async fn list(
    FromState(state): FromState<State>,
    caller: Caller,
    query: ListQuery,
    url: RequestUrl,
) -> Response {
    let answer = list_document(&state, caller.context, &query, &url).await;
    state.with_interval(answer)
}

async fn list_document(
    state: &State,
    context: Context,
    query: &ListQuery,
    url: &RequestUrl,
) -> Answer<Document> {
    let filter = |name: &str| {
        query.get(&format!("filter[{name}][name]")).map(str::to_owned).ok_or_else(|| {
            Error::bad_request(format!("name the {name} with \"filter[{name}][name]\""))
        })
    };
    let (organization, workspace) = (filter("organization")?, filter("workspace")?);
    let status = match query.get("filter[status]") {
        None => None,
        Some(text) => Some(Status::parse(text).ok_or_else(|| {
            Error::bad_request("\"filter[status]\" can be pending, finalized or discarded")
        })?),
    };
    let (workspace, page, output_ids) =
        state.list_versions(context.clone(), organization, workspace, (status, query.page)).await?;
    let page = page.map(|version| {
        let own = output_ids.iter().filter(|(owner, _)| *owner == version.id);
        let output_ids: Vec<OutputId> = own.map(|(_, id)| *id).collect();
        let shown =
            Shown { context: &context, workspace: &workspace, head: None, output_ids: &output_ids };
        state.links().version_resource(&version, &shown)
    });
    Ok(Document::list(page, url))
}

/// `GET state-versions/:id/download`
pub(super) async fn download(
    FromState(state): FromState<State>,
    caller: Caller,
    Path(version): Path<StateVersionId>,
    headers: HeaderMap,
) -> Answer {
    let opened = state.open_as(caller.context, version, Part::State).await?;
    Ok(download::answer(&state, opened, &headers).await?)
}

/// `GET state-versions/:id/json-download`
pub(super) async fn json_download(
    FromState(state): FromState<State>,
    caller: Caller,
    Path(version): Path<StateVersionId>,
    headers: HeaderMap,
) -> Answer {
    let opened = state.open_as(caller.context, version, Part::Json).await?;
    Ok(download::answer(&state, opened, &headers).await?)
}
