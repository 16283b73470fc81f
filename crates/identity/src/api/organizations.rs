//! Organizations and what they can do.

use std::collections::HashMap;

use axum::{extract::State, http::StatusCode, response::IntoResponse};
use kernel::{Error, Kind, ProjectId, Result};
use serde::Deserialize;
use web::{
    Answer, ListQuery, Path, RequestUrl,
    body::{JsonApi, Relationships, patch},
    document::{Document, Resource},
};

use super::required;
use crate::{
    Caller, ExecutionMode, Identity, NewOrganization, OrganizationChange, Scope, SettingsChange,
    project_details,
    resources::{entitlement_resource, organization_resource, project_resource},
};

const KIND: &str = "organizations";

/// The attributes of a new organization or of a change to one. No `flatten` here: with it errors
/// would not say which attribute is wrong.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "kebab-case")]
pub(super) struct Attributes {
    name: Option<String>,
    email: Option<String>,
    aggregated_commit_status_enabled: Option<bool>,
    allow_force_delete_workspaces: Option<bool>,
    assessments_enforced: Option<bool>,
    collaborator_auth_policy: Option<String>,
    cost_estimation_enabled: Option<bool>,
    default_execution_mode: Option<String>,
    #[serde(deserialize_with = "patch")]
    owners_team_saml_role_id: Option<Option<String>>,
    max_ttl_enabled: Option<bool>,
    send_passing_statuses_for_untriggered_speculative_plans: Option<bool>,
    #[serde(deserialize_with = "patch")]
    session_remember: Option<Option<u32>>,
    #[serde(deserialize_with = "patch")]
    session_timeout: Option<Option<u32>>,
    speculative_plan_management_enabled: Option<bool>,
    user_tokens_enabled: Option<bool>,
}

impl Attributes {
    fn mode(&self) -> Result<Option<ExecutionMode>> {
        let mode = self.default_execution_mode.as_deref();
        mode.map(|mode| ExecutionMode::parse("default-execution-mode", mode)).transpose()
    }

    fn settings(self) -> SettingsChange {
        SettingsChange {
            aggregated_commit_status_enabled: self.aggregated_commit_status_enabled,
            allow_force_delete_workspaces: self.allow_force_delete_workspaces,
            assessments_enforced: self.assessments_enforced,
            collaborator_auth_policy: self.collaborator_auth_policy,
            cost_estimation_enabled: self.cost_estimation_enabled,
            owners_team_saml_role_id: self.owners_team_saml_role_id,
            max_ttl_enabled: self.max_ttl_enabled,
            send_passing_statuses_for_untriggered_speculative_plans: self
                .send_passing_statuses_for_untriggered_speculative_plans,
            session_remember: self.session_remember,
            session_timeout: self.session_timeout,
            speculative_plan_management_enabled: self.speculative_plan_management_enabled,
            user_tokens_enabled: self.user_tokens_enabled,
        }
    }
}

pub(super) async fn list(
    State(identity): State<Identity>,
    caller: Caller,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let search = query.get("q").or_else(|| query.get("q[name]")).or_else(|| query.get("q[email]"));
    let search = search.map(str::to_owned);
    let page = identity.list_organizations(&caller.context, search, query.page).await?;
    let included = default_projects(&identity, &page.items, &query).await?;
    let page = page.map(|scope| organization_resource(&scope.organization, &scope));
    Ok(Document::list(page, &url).include_all(included))
}

pub(super) async fn create(
    State(identity): State<Identity>,
    caller: Caller,
    body: JsonApi<Attributes>,
) -> Answer<impl IntoResponse> {
    let JsonApi { mut attributes, .. } = body.of_kind(KIND)?;
    let new = NewOrganization {
        name: required("name", attributes.name.take())?,
        email: required("email", attributes.email.take())?,
        default_execution_mode: attributes.mode()?,
        settings: attributes.settings(),
        default_project_name: None,
    };
    let made = identity.create_organization_from(&caller.context, new, None).await?;
    let scope = identity.read_organization(&caller.context, &made.id.to_string()).await?;
    Ok((StatusCode::CREATED, Document::one(organization_resource(&scope.organization, &scope))))
}

pub(super) async fn read(
    State(identity): State<Identity>,
    caller: Caller,
    Path(org): Path<String>,
    query: ListQuery,
) -> Answer<Document> {
    let scope = identity.read_organization(&caller.context, &org).await?;
    let resource = organization_resource(&scope.organization, &scope);
    let included = default_projects(&identity, &[scope], &query).await?;
    Ok(Document::one(resource).include_all(included))
}

pub(super) async fn update(
    State(identity): State<Identity>,
    caller: Caller,
    Path(org): Path<String>,
    body: JsonApi<Attributes>,
) -> Answer<Document> {
    let JsonApi { mut attributes, relationships, .. } = body.of_kind(KIND)?;
    let change = OrganizationChange {
        name: attributes.name.take(),
        email: attributes.email.take(),
        default_execution_mode: attributes.mode()?,
        default_project_id: default_project(&relationships)?,
        settings: attributes.settings(),
    };
    let scope = identity.update_organization(&caller.context, &org, change).await?;
    Ok(Document::one(organization_resource(&scope.organization, &scope)))
}

fn default_project(relationships: &Relationships) -> Result<Option<ProjectId>> {
    let Some(linkage) = relationships.one("default-project")? else { return Ok(None) };
    let pointer = "/data/relationships/default-project/data/id";
    let id = linkage.id.parse();
    id.map(Some).map_err(|error: kernel::InvalidId| Error::invalid_at(pointer, error.to_string()))
}

pub(super) async fn delete(
    State(identity): State<Identity>,
    caller: Caller,
    Path(org): Path<String>,
) -> Answer<StatusCode> {
    identity.delete_organization(&caller.context, &org).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn entitlements(
    State(identity): State<Identity>,
    caller: Caller,
    Path(org): Path<String>,
) -> Answer<Document> {
    let scope = identity.read_organization(&caller.context, &org).await?;
    Ok(Document::one(entitlement_resource(&scope.organization)))
}

/// The default projects of some organizations, if the client asked for them.
async fn default_projects(
    identity: &Identity,
    scopes: &[Scope],
    query: &ListQuery,
) -> Result<Vec<Resource>> {
    if !query.wants("default_project") {
        return Ok(Vec::new());
    }
    let scopes: HashMap<ProjectId, Scope> =
        scopes.iter().map(|scope| (scope.organization.default_project_id, scope.clone())).collect();
    identity
        .db()
        .read(move |tx| {
            let mut found = Vec::new();
            for (id, scope) in &scopes {
                let at = match scope.at_project(tx, *id) {
                    Ok(at) => at,
                    // Not every member sees the default project.
                    Err(error) if error.kind() == Kind::NotFound => continue,
                    Err(error) => return Err(error),
                };
                let details = project_details(tx, &at, *id)?;
                found.extend(details.map(|details| project_resource(&details, &at)));
            }
            Ok(found)
        })
        .await
}
