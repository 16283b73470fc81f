//! Projects.

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use kernel::{ProjectId, Result};
use serde::Deserialize;
use web::{
    Answer, ListQuery, Path, RequestUrl,
    body::{JsonApi, patch},
    document::{Document, Resource},
};

use super::{required, tags::tags};
use crate::{
    Caller, ExecutionMode, Identity, NewProject, ProjectChange, ProjectDetails, ProjectFilter,
    ProjectOrder, Scope, project_tags,
    resources::{organization_resource, project_resource, tag_binding_resource},
};

const KIND: &str = "projects";

/// The attributes of a new project or of a change to one.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct Attributes {
    name: Option<String>,
    #[serde(deserialize_with = "patch")]
    description: Option<Option<String>>,
    #[serde(deserialize_with = "patch")]
    default_execution_mode: Option<Option<String>>,
    setting_overwrites: Option<SettingOverwrites>,
    #[serde(deserialize_with = "patch")]
    auto_destroy_activity_duration: Option<Option<String>>,
}

/// Whether the project has a setting of its own; false takes it away.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "kebab-case")]
struct SettingOverwrites {
    default_execution_mode: Option<bool>,
}

impl Attributes {
    /// The project's own mode: absent, cleared, or set.
    fn mode(&self) -> Result<Option<Option<ExecutionMode>>> {
        let overwrite =
            self.setting_overwrites.as_ref().and_then(|settings| settings.default_execution_mode);
        if overwrite == Some(false) {
            return Ok(Some(None));
        }
        let parse = |text: &String| ExecutionMode::parse("default-execution-mode", text);
        self.default_execution_mode
            .as_ref()
            .map(|mode| mode.as_ref().map(parse).transpose())
            .transpose()
    }
}

pub(super) async fn list(
    State(identity): State<Identity>,
    caller: Caller,
    Path(org): Path<String>,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let names = query.list("filter[names]");
    let tagged = query.indexed_pairs("filter[tagged]").into_iter();
    let filter = ProjectFilter {
        names: (!names.is_empty()).then(|| names.into_iter().map(str::to_owned).collect()),
        search: query.get("q").map(str::to_owned),
        tagged: tagged
            .map(|(key, value)| {
                let value = value.filter(|value| !value.is_empty());
                (key.to_owned(), value.map(str::to_owned))
            })
            .collect(),
        order: ProjectOrder::parse(query.sort.as_deref()),
    };
    let (scope, page) = identity.list_projects(&caller.context, &org, filter, query.page).await?;
    let (total, request) = (page.total, page.request);
    let projects = page.items.into_iter().map(|listed| (listed.details, listed.scope)).collect();
    let (items, included) = resources(&identity, projects, &scope, &query).await?;
    let page = kernel::Page { items, total, request };
    Ok(Document::list(page, &url).include_all(included))
}

pub(super) async fn create(
    State(identity): State<Identity>,
    caller: Caller,
    Path(org): Path<String>,
    body: JsonApi<Attributes>,
) -> Answer<impl IntoResponse> {
    let JsonApi { attributes, relationships, .. } = body.of_kind(KIND)?;
    let new = NewProject {
        default_execution_mode: attributes.mode()?.flatten(),
        name: required("name", attributes.name)?,
        description: attributes.description.flatten().unwrap_or_default(),
        auto_destroy_activity_duration: attributes.auto_destroy_activity_duration.flatten(),
        tags: tags(relationships.many("tag-bindings")?.unwrap_or_default())?,
    };
    let (scope, details) = identity.create_project(&caller.context, &org, new).await?;
    Ok((StatusCode::CREATED, Document::one(project_resource(&details, &scope))))
}

pub(super) async fn read(
    State(identity): State<Identity>,
    caller: Caller,
    Path(project): Path<ProjectId>,
    query: ListQuery,
) -> Answer<Document> {
    let (scope, details) = identity.read_project(&caller.context, project).await?;
    let (items, included) =
        resources(&identity, vec![(details, scope.clone())], &scope, &query).await?;
    let resource = items.into_iter().next().ok_or_else(kernel::Error::not_found)?;
    Ok(Document::one(resource).include_all(included))
}

pub(super) async fn update(
    State(identity): State<Identity>,
    caller: Caller,
    Path(project): Path<ProjectId>,
    body: JsonApi<Attributes>,
) -> Answer<Document> {
    let JsonApi { attributes, relationships, .. } = body.of_kind(KIND)?;
    let change = ProjectChange {
        default_execution_mode: attributes.mode()?,
        name: attributes.name,
        description: attributes.description.map(Option::unwrap_or_default),
        auto_destroy_activity_duration: attributes.auto_destroy_activity_duration,
        tags: relationships.many("tag-bindings")?.map(tags).transpose()?,
    };
    let (scope, details) = identity.update_project(&caller.context, project, change).await?;
    Ok(Document::one(project_resource(&details, &scope)))
}

pub(super) async fn delete(
    State(identity): State<Identity>,
    caller: Caller,
    Path(project): Path<ProjectId>,
) -> Answer<StatusCode> {
    identity.delete_project(&caller.context, project).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Projects as resources, and what the client asked to have with them.
async fn resources(
    identity: &Identity,
    projects: Vec<(ProjectDetails, Scope)>,
    scope: &Scope,
    query: &ListQuery,
) -> Result<(Vec<Resource>, Vec<Resource>)> {
    let mut included = Vec::new();
    if query.wants("organization") {
        included.push(organization_resource(&scope.organization, scope));
    }
    let mut resources: Vec<_> =
        projects.iter().map(|(details, at)| project_resource(details, at)).collect();
    for kind in ["tag-bindings", "effective-tag-bindings"] {
        if !query.wants(&kind.replace('-', "_")) {
            continue;
        }
        let ids: Vec<ProjectId> = projects.iter().map(|(details, _)| details.project.id).collect();
        let tags = identity.db().read(move |tx| project_tags(tx, &ids)).await?;
        resources = std::iter::zip(&projects, resources)
            .map(|((details, _), resource)| {
                let bindings = tags.get(&details.project.id).map(Vec::as_slice).unwrap_or_default();
                included.extend(bindings.iter().map(|tag| tag_binding_resource(kind, tag)));
                resource.many(kind, bindings.iter().map(|binding| (kind, binding.id)))
            })
            .collect();
    }
    Ok((resources, included))
}
