//! What teams may do with a workspace.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use identity::{Caller, access::Wish, resources::workspace_grant_resource};
use kernel::{Error, Result, TeamId, WorkspaceAccessId, WorkspaceId};
use serde::Deserialize;
use web::{
    Answer, ListQuery, RequestUrl,
    body::{JsonApi, Relationships},
    document::Document,
};

use super::target::PathId;
use crate::{Workspaces, grants};

const KIND: &str = "team-workspaces";

/// The attributes of a grant at a workspace.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct Attributes {
    access: Option<String>,
    runs: Option<String>,
    variables: Option<String>,
    state_versions: Option<String>,
    sentinel_mocks: Option<String>,
    workspace_locking: Option<bool>,
    run_tasks: Option<bool>,
    policy_overrides: Option<bool>,
    rights: Option<Vec<String>>,
}

impl Attributes {
    fn into_wish(self) -> (Option<String>, Wish) {
        let wish = Wish {
            runs: self.runs,
            variables: self.variables,
            state_versions: self.state_versions,
            sentinel_mocks: self.sentinel_mocks,
            locking: self.workspace_locking,
            run_tasks: self.run_tasks,
            policy_overrides: self.policy_overrides,
            rights: self.rights,
            ..Wish::default()
        };
        (self.access, wish)
    }
}

/// `GET team-workspaces?filter[workspace][id]=…`
pub(super) async fn list(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let text = "say of which workspace: \"filter[workspace][id]\" is missing";
    let workspace = query.get("filter[workspace][id]").ok_or_else(|| Error::bad_request(text))?;
    let workspace: WorkspaceId = workspace.parse().map_err(|_| Error::not_found())?;
    let read = move |tx: &mut db::Tx<'_>| grants::list(tx, &context, workspace, query.page);
    let page = workspaces.db().snapshot(read).await?;
    Ok(Document::list(page.map(|grant| workspace_grant_resource(&grant)), &url))
}

/// `POST team-workspaces`
pub(super) async fn create(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    body: JsonApi<Attributes>,
) -> Answer<impl IntoResponse> {
    let JsonApi { attributes, relationships, .. } = body.of_kind(KIND)?;
    let workspace: WorkspaceId = related(&relationships, "workspace")?;
    let team: TeamId = related(&relationships, "team")?;
    let (access, wish) = attributes.into_wish();
    let write = move |tx: &mut db::Tx<'_>| {
        grants::create(tx, &context, (workspace, team), access.as_deref(), &wish)
    };
    let grant = workspaces.db().write(write).await?;
    Ok((StatusCode::CREATED, Document::one(workspace_grant_resource(&grant))))
}

/// `GET team-workspaces/:id`
pub(super) async fn read(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    PathId(id): PathId<WorkspaceAccessId>,
) -> Answer<Document> {
    let read = move |tx: &mut db::Tx<'_>| grants::read(tx, &context, id);
    let (_, grant) = workspaces.db().read(read).await?;
    Ok(Document::one(workspace_grant_resource(&grant)))
}

/// `PATCH team-workspaces/:id`
pub(super) async fn update(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    PathId(id): PathId<WorkspaceAccessId>,
    body: JsonApi<Attributes>,
) -> Answer<Document> {
    let JsonApi { attributes, .. } = body.of_kind(KIND)?;
    let (access, wish) = attributes.into_wish();
    let write =
        move |tx: &mut db::Tx<'_>| grants::update(tx, &context, id, access.as_deref(), &wish);
    let grant = workspaces.db().write_settled(write).await?;
    Ok(Document::one(workspace_grant_resource(&grant)))
}

/// `DELETE team-workspaces/:id`
pub(super) async fn delete(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    PathId(id): PathId<WorkspaceAccessId>,
) -> Answer<StatusCode> {
    let write = move |tx: &mut db::Tx<'_>| grants::delete(tx, &context, id);
    workspaces.db().write_settled(write).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The id of the one thing that a new grant must name.
fn related<T: std::str::FromStr>(relationships: &Relationships, name: &str) -> Result<T> {
    let wrong = |text: String| Error::invalid_at(format!("/data/relationships/{name}"), text);
    let linkage = relationships.one(name)?.ok_or_else(|| wrong("is missing".to_owned()))?;
    linkage.id.parse().map_err(|_| wrong(format!("there is no such {name}")))
}
