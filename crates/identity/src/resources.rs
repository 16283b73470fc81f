//! How this crate's things look in JSON:API documents, here and where other crates include them.

mod grants;
mod teams;
mod tokens;

use kernel::TokenId;
use serde::Serialize;
use serde_json::json;
use web::document::Resource;

pub(crate) use grants::project_grant_resource;
pub use grants::workspace_grant_resource;
pub(crate) use teams::{membership_resource, team_resource};
pub(crate) use tokens::{key_resource, lifetime_resources, service_resource, token_resource};

use crate::{Organization, OrganizationSettings, ProjectDetails, Right, Scope, TagBinding, User};

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct OrganizationAttributes<'a> {
    name: &'a str,
    external_id: String,
    created_at: String,
    email: &'a str,
    #[serde(flatten)]
    settings: &'a OrganizationSettings,
    default_execution_mode: &'a str,
    enforce_hyok: bool,
    fair_run_queuing_enabled: bool,
    is_unified: bool,
    permissions: serde_json::Value,
    remaining_testable_count: u32,
    saml_enabled: bool,
    trial_expires_at: Option<String>,
    two_factor_conformant: bool,
}

/// An organization. Its id on the wire is its name.
pub fn organization_resource(organization: &Organization, scope: &Scope) -> Resource {
    let path = format!("/api/v2/organizations/{}", organization.name);
    Resource::new("organizations", &organization.name)
        .attributes(OrganizationAttributes {
            name: &organization.name,
            external_id: organization.id.to_string(),
            created_at: organization.created_at.to_string(),
            email: &organization.email,
            settings: &organization.settings,
            default_execution_mode: organization.default_execution_mode.as_str(),
            enforce_hyok: false,
            fair_run_queuing_enabled: false,
            is_unified: false,
            permissions: organization_permissions(scope),
            remaining_testable_count: 0,
            saml_enabled: false,
            trial_expires_at: None,
            two_factor_conformant: false,
        })
        .one("default-project", Some(("projects", organization.default_project_id)))
        .one("default-agent-pool", None::<(&'static str, &str)>)
        .one("entitlement-set", Some(("entitlement-sets", organization.id)))
        .relationship_link("entitlement-set", "related", format!("{path}/entitlement-set"))
        .link("self", path)
}

/// What the caller may do in an organization, in the contract's words. What this server does not
/// have, nobody may.
fn organization_permissions(scope: &Scope) -> serde_json::Value {
    let owner = scope.allows(Right::UpdateOrganization);
    json!({
        "can-access-via-teams": scope.allows(Right::ReadMemberships),
        "can-create-module": false,
        "can-create-project": scope.allows(Right::CreateProject),
        "can-create-provider": false,
        "can-create-team": scope.allows(Right::ManageTeams),
        "can-create-workspace": scope.allows(Right::CreateWorkspace),
        "can-create-workspace-migration": scope.allows(Right::CreateWorkspace),
        "can-deploy-no-code-modules": false,
        "can-destroy": scope.allows(Right::DeleteOrganization),
        "can-manage-auditing": false,
        "can-manage-no-code-modules": false,
        "can-manage-public-modules": false,
        "can-manage-public-providers": false,
        "can-manage-run-tasks": false,
        "can-manage-sso": false,
        "can-manage-subscription": false,
        "can-manage-tags": scope.allows(Right::ManageTags),
        "can-manage-users": scope.allows(Right::ManageMemberships),
        "can-manage-varsets": scope.allows(Right::ManageVariableSets),
        "can-read-run-tasks": false,
        "can-read-varsets": scope.allows(Right::ReadVariableSets),
        "can-start-trial": false,
        "can-traverse": scope.allows(Right::ReadOrganization),
        "can-update": owner,
        "can-update-agent-pools": false,
        "can-update-api-token": scope.allows(Right::ManageOrganizationTokens),
        "can-update-oauth": false,
        "can-update-sentinel": false,
        "can-update-ssh-keys": false,
        "can-view-tasks": false,
    })
}

/// What an organization can do here. `operations` is false because there are no remote runs: the
/// command line then always works locally.
pub(crate) fn entitlement_resource(organization: &Organization) -> Resource {
    Resource::new("entitlement-sets", organization.id)
        .attributes(json!({
            "agents": false,
            "audit-logging": true,
            "configuration-designer": false,
            "cost-estimation": false,
            "global-run-tasks": false,
            "module-tests-generation": false,
            "operations": false,
            "policy-enforcement": false,
            "policy-limit": null,
            "policy-mandatory-enforcement-limit": null,
            "policy-set-limit": null,
            "private-module-registry": false,
            "private-policy-agents": false,
            "private-run-tasks": false,
            "private-vcs": false,
            "run-task-limit": null,
            "run-task-mandatory-enforcement-limit": null,
            "run-task-workspace-limit": null,
            "run-tasks": false,
            "self-serve-billing": false,
            "sentinel": false,
            "sso": false,
            "state-storage": true,
            "teams": true,
            "usage-reporting": false,
            "user-limit": null,
            "vcs-integrations": false,
            "versioned-policy-set-limit": null,
        }))
        .link("self", format!("/api/v2/organizations/{}/entitlement-set", organization.name))
}

/// A project.
pub fn project_resource(details: &ProjectDetails, scope: &Scope) -> Resource {
    let project = &details.project;
    let organization = &scope.organization;
    let mode = project.default_execution_mode.unwrap_or(organization.default_execution_mode);
    let is_default = organization.default_project_id == project.id;
    let path = format!("/api/v2/projects/{}", project.id);
    Resource::new("projects", project.id)
        .attributes(json!({
            "name": project.name,
            "description": project.description,
            "created-at": project.created_at,
            "updated-at": project.updated_at,
            "workspace-count": details.workspace_count,
            "team-count": details.team_count,
            "stack-count": 0,
            "is-unified": false,
            "auto-destroy-activity-duration": project.auto_destroy_activity_duration,
            "default-execution-mode": mode,
            "setting-overwrites": {
                "default-execution-mode": project.default_execution_mode.is_some(),
                "default-agent-pool": false,
            },
            "permissions": project_permissions(scope, is_default),
        }))
        .one("organization", Some(("organizations", &organization.name)))
        .relationship_link(
            "organization",
            "related",
            format!("/api/v2/organizations/{}", organization.name),
        )
        .one("default-agent-pool", None::<(&'static str, &str)>)
        .relationship_link("tag-bindings", "related", format!("{path}/tag-bindings"))
        .relationship_link(
            "effective-tag-bindings",
            "related",
            format!("{path}/effective-tag-bindings"),
        )
        .link("self", path)
}

/// What the caller may do with a project, in the contract's words. Nobody deletes the default one.
fn project_permissions(scope: &Scope, is_default: bool) -> serde_json::Value {
    let update = scope.allows(Right::UpdateProject);
    json!({
        "can-read": scope.allows(Right::ReadProject),
        "can-update": update,
        "can-destroy": scope.allows(Right::DeleteProject) && !is_default,
        "can-create-workspace": scope.allows(Right::CreateWorkspace),
        "can-move-workspace": scope.allows(Right::MoveWorkspace),
        "can-move-stack": false,
        "can-deploy-no-code-modules": false,
        "can-read-teams": scope.allows(Right::ManageAccess),
        "can-manage-teams": scope.allows(Right::ManageAccess),
        "can-manage-tags": scope.allows(Right::ManageTags),
        "can-manage-in-hcp": false,
        "can-manage-ephemeral-workspace-for-projects": update,
        "can-manage-varsets": scope.allows(Right::ManageVariableSets),
    })
}

/// A person, as others see them.
pub fn user_resource(user: &User) -> Resource {
    user_with(user, false, &json!({}))
}

/// A person, as they see themselves.
pub(crate) fn account_resource(
    user: &User,
    may_create_organizations: bool,
    two_factor: bool,
    token: Option<TokenId>,
) -> Resource {
    let resource = user_with(
        user,
        two_factor,
        &json!({
            "email": user.email,
            "unconfirmed-email": null,
            "has-git-hub-app-token": false,
            "is-confirmed": true,
            "is-sudo": false,
            "password": null,
            "enterprise-support": false,
            "is-site-admin": user.site_admin,
            "is-admin": user.site_admin,
            "is-sso-login": false,
            "permissions": {
                "can-create-organizations": may_create_organizations,
                "can-view-settings": true,
                "can-view-profile": true,
                "can-change-email": true,
                "can-change-username": true,
                "can-change-password": true,
                "can-manage-sessions": false,
                "can-manage-sso-identities": false,
                "can-manage-user-tokens": true,
                "can-update-user": true,
                "can-reenable-2fa-by-unlinking": false,
                "can-manage-hcp-account": false,
            },
        }),
    );
    // Credential engines learn from this whose token they were given.
    let resource = resource.one("authenticated-resource", Some(("users", user.id)));
    match token {
        Some(token) => {
            resource.link("auth-token", format!("/api/v2/authentication-tokens/{token}"))
        }
        None => resource,
    }
}

fn user_with(user: &User, two_factor: bool, more: &serde_json::Value) -> Resource {
    #[derive(Serialize)]
    #[serde(rename_all = "kebab-case")]
    struct Attributes<'a> {
        username: &'a str,
        is_service_account: bool,
        auth_method: &'static str,
        avatar_url: Option<String>,
        v2_only: bool,
        two_factor: serde_json::Value,
        #[serde(flatten)]
        more: &'a serde_json::Value,
    }
    let path = format!("/api/v2/users/{}", user.id);
    Resource::new("users", user.id)
        .attributes(Attributes {
            username: &user.username,
            is_service_account: false,
            auth_method: "password",
            avatar_url: None,
            v2_only: false,
            two_factor: json!({ "enabled": two_factor, "verified": two_factor }),
            more,
        })
        .relationship_link(
            "authentication-tokens",
            "related",
            format!("{path}/authentication-tokens"),
        )
        .link("self", path)
}

/// A key and value on something. `kind` is `tag-bindings`, or `effective-tag-bindings` for those
/// that it has from wherever.
pub fn tag_binding_resource(kind: &'static str, binding: &TagBinding) -> Resource {
    Resource::new(kind, binding.id)
        .attributes(json!({ "key": binding.key, "value": binding.value }))
}
