//! What workspaces are related to: consumers of their state, an SSH key, a project.

use axum::extract::State;
use http::StatusCode;
use identity::{Caller, Right, find_project, scope_by_id};
use kernel::{Error, ProjectId, Result, WorkspaceId};
use serde::Deserialize;
use web::{
    Answer, ListQuery, RequestUrl,
    body::{JsonApi, LinkageItem, Linkages},
    document::Document,
};

use super::{
    target::{PathId, Target},
    view::{Asker, Includes, PageView, View},
};
use crate::{
    WorkspaceChange, Workspaces,
    consumers::{self, Step},
    service,
};

/// `GET workspaces/:id/relationships/remote-state-consumers`
pub(super) async fn list_consumers(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    target: Target,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let includes = Includes::of(&query);
    let plugged = workspaces.clone();
    let read = move |tx: &mut db::Tx<'_>| {
        let (workspace, scope) = target.find(tx, &context)?;
        let page = consumers::list(tx, &scope, &workspace, query.page)?;
        let asker = Asker { context: &context, plugged: &plugged };
        PageView::load(tx, page, scope, includes)?.with_states(tx, asker)
    };
    Ok(workspaces.db().read(read).await?.recorded(&workspaces, &url).await?)
}

/// `POST workspaces/:id/relationships/remote-state-consumers`
pub(super) async fn add_consumers(
    workspaces: State<Workspaces>,
    caller: Caller,
    target: Target,
    items: Linkages,
) -> Answer<StatusCode> {
    change_consumers(workspaces, caller, target, items, Step::Add).await
}

/// `PATCH workspaces/:id/relationships/remote-state-consumers`
pub(super) async fn replace_consumers(
    workspaces: State<Workspaces>,
    caller: Caller,
    target: Target,
    items: Linkages,
) -> Answer<StatusCode> {
    change_consumers(workspaces, caller, target, items, Step::Replace).await
}

/// `DELETE workspaces/:id/relationships/remote-state-consumers`
pub(super) async fn remove_consumers(
    workspaces: State<Workspaces>,
    caller: Caller,
    target: Target,
    items: Linkages,
) -> Answer<StatusCode> {
    change_consumers(workspaces, caller, target, items, Step::Remove).await
}

async fn change_consumers(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    target: Target,
    Linkages(items): Linkages,
    step: Step,
) -> Answer<StatusCode> {
    let ids = workspace_ids(&items)?;
    let write = move |tx: &mut db::Tx<'_>| {
        let (workspace, scope) = target.find(tx, &context)?;
        consumers::change(tx, &context, &scope, &workspace, step, &ids)
    };
    workspaces.db().write(write).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SshKey {
    id: Option<String>,
}

/// `PATCH workspaces/:id/relationships/ssh-key`: there are none, so only taking it away works.
pub(super) async fn set_ssh_key(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    target: Target,
    body: JsonApi<SshKey>,
) -> Answer<Document> {
    if body.attributes.id.is_some() {
        let text = "SSH keys are not available on this server; send null to use none";
        return Err(Error::invalid("id", text).into());
    }
    let read = move |tx: &mut db::Tx<'_>| {
        let (workspace, scope) = target.find(tx, &context)?;
        scope.require(Right::UpdateWorkspace)?;
        View::load(tx, workspace, scope, Includes::default())
    };
    Ok(workspaces.db().read(read).await?.into_document())
}

/// `POST projects/:id/relationships/workspaces`: moves workspaces there.
pub(super) async fn move_to_project(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    PathId(project): PathId<ProjectId>,
    Linkages(items): Linkages,
) -> Answer<StatusCode> {
    let ids = workspace_ids(&items)?;
    let write = move |tx: &mut db::Tx<'_>| {
        let project = find_project(tx, project)?.ok_or_else(Error::not_found)?;
        let scope = scope_by_id(tx, &context, project.organization_id)?;
        scope.at_project(tx, project.id)?;
        let change = WorkspaceChange { project: Some(project.id), ..WorkspaceChange::default() };
        for (item, id) in items.iter().zip(&ids) {
            let unknown = || item.invalid_member("id", "this organization has no such workspace");
            let (workspace, _) = service::find(tx, &context, *id)
                .map_err(|hidden| unknown().in_place_of(&hidden))?;
            if workspace.organization_id != project.organization_id {
                return Err(unknown());
            }
            service::update(tx, &context, &scope, *id, &change)?;
        }
        Ok(())
    };
    workspaces.db().write(write).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The ids of the workspaces that a request names.
pub(super) fn workspace_ids(items: &[LinkageItem]) -> Result<Vec<WorkspaceId>> {
    let parse = |item: &LinkageItem| {
        let id = item.id.as_deref().and_then(|id| id.parse().ok());
        id.ok_or_else(|| item.invalid_member("id", "this is not the id of a workspace"))
    };
    items.iter().map(parse).collect()
}
