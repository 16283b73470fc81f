//! What teams may do with a project.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use kernel::{Error, ProjectAccessId, ProjectId, Result, TeamId};
use serde::Deserialize;
use web::{
    Answer, ListQuery, Path, RequestUrl,
    body::{JsonApi, Relationships},
    document::Document,
};

use crate::{Caller, Identity, access::Wish, resources::project_grant_resource};

const KIND: &str = "team-projects";

/// What the vendor's SDK for Python calls it.
const KIND_TOO: &str = "team-project-access";

fn of_kind(body: JsonApi<Attributes>) -> Result<JsonApi<Attributes>> {
    if body.kind.as_deref() == Some(KIND_TOO) { Ok(body) } else { body.of_kind(KIND) }
}

/// The attributes of a grant at a project.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct Attributes {
    access: Option<String>,
    project_access: Option<ProjectAccess>,
    workspace_access: Option<WorkspaceAccess>,
    rights: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct ProjectAccess {
    settings: Option<String>,
    teams: Option<String>,
    variable_sets: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct WorkspaceAccess {
    runs: Option<String>,
    variables: Option<String>,
    state_versions: Option<String>,
    sentinel_mocks: Option<String>,
    create: Option<bool>,
    locking: Option<bool>,
    r#move: Option<bool>,
    delete: Option<bool>,
    run_tasks: Option<bool>,
    policy_overrides: Option<bool>,
}

impl Attributes {
    fn into_wish(self) -> (Option<String>, Wish) {
        let project = self.project_access.unwrap_or_default();
        let workspace = self.workspace_access.unwrap_or_default();
        let wish = Wish {
            runs: workspace.runs,
            variables: workspace.variables,
            state_versions: workspace.state_versions,
            sentinel_mocks: workspace.sentinel_mocks,
            locking: workspace.locking,
            run_tasks: workspace.run_tasks,
            policy_overrides: workspace.policy_overrides,
            rights: self.rights,
            settings: project.settings,
            teams: project.teams,
            variable_sets: project.variable_sets,
            create: workspace.create,
            r#move: workspace.r#move,
            delete: workspace.delete,
        };
        (self.access, wish)
    }
}

pub(super) async fn list(
    State(identity): State<Identity>,
    caller: Caller,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let text = "say of which project: \"filter[project][id]\" is missing";
    let project = query.get("filter[project][id]").ok_or_else(|| Error::bad_request(text))?;
    let project: ProjectId = project.parse().map_err(|_| Error::not_found())?;
    let (_, page) = identity.list_project_grants(&caller.context, project, query.page).await?;
    Ok(Document::list(page.map(|grant| project_grant_resource(&grant)), &url))
}

pub(super) async fn create(
    State(identity): State<Identity>,
    caller: Caller,
    body: JsonApi<Attributes>,
) -> Answer<impl IntoResponse> {
    let JsonApi { attributes, relationships, .. } = of_kind(body)?;
    let project: ProjectId = related(&relationships, "project")?;
    let team: TeamId = related(&relationships, "team")?;
    let (access, wish) = attributes.into_wish();
    let grant = identity.create_project_grant(&caller.context, project, team, access, wish).await?;
    Ok((StatusCode::CREATED, Document::one(project_grant_resource(&grant))))
}

pub(super) async fn read(
    State(identity): State<Identity>,
    caller: Caller,
    Path(id): Path<ProjectAccessId>,
) -> Answer<Document> {
    let grant = identity.read_project_grant(&caller.context, id).await?;
    Ok(Document::one(project_grant_resource(&grant)))
}

pub(super) async fn update(
    State(identity): State<Identity>,
    caller: Caller,
    Path(id): Path<ProjectAccessId>,
    body: JsonApi<Attributes>,
) -> Answer<Document> {
    let JsonApi { attributes, .. } = of_kind(body)?;
    let (access, wish) = attributes.into_wish();
    let grant = identity.update_project_grant(&caller.context, id, access, wish).await?;
    Ok(Document::one(project_grant_resource(&grant)))
}

pub(super) async fn delete(
    State(identity): State<Identity>,
    caller: Caller,
    Path(id): Path<ProjectAccessId>,
) -> Answer<StatusCode> {
    identity.delete_project_grant(&caller.context, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The id of the one thing that a new grant must name.
fn related<T: std::str::FromStr>(relationships: &Relationships, name: &str) -> Result<T> {
    let wrong = |text: String| Error::invalid_at(format!("/data/relationships/{name}"), text);
    let linkage = relationships.one(name)?.ok_or_else(|| wrong("is missing".to_owned()))?;
    linkage.id.parse().map_err(|_| wrong(format!("there is no such {name}")))
}
