//! Making the tokens of roles.

use std::time::Duration;

use kernel::Timestamp;
use serde_json::{Value, json};

use super::{
    client::{self, Client, whole_seconds},
    documents::MadeToken,
    role::{CredentialType, Role},
    upstream_error::UpstreamError,
};
use crate::ids;

/// What was being done when another server failed.
pub(super) const CREATING: &str = "error creating Terraform token";
/// How many random characters follow a description: enough that no two live tokens share one.
const SUFFIX: usize = 12;

/// Makes the one token of a role that has one: of its team, or else of its organization.
pub(super) async fn fixed(client: &Client, role: &Role) -> Result<MadeToken, UpstreamError> {
    if role.team_id.is_empty() {
        client.create_organization_token(&role.organization, None).await
    } else {
        client.create_legacy_team_token(&role.team_id).await
    }
}

/// Where that token stands.
pub(super) fn place_of_fixed(role: &Role) -> Result<String, UpstreamError> {
    if role.team_id.is_empty() {
        client::organization_token(&role.organization)
    } else {
        client::legacy_team_token(&role.team_id)
    }
}

/// A description like no other, so that a token can be found by it.
pub(super) fn unique(description: &str) -> String {
    let suffix: String = ids::accessor().chars().take(SUFFIX).collect();
    format!("{description}({suffix})")
}

/// Makes another token of a role that gives one out each time. It ends by itself when its lease
/// can last no longer.
pub(super) async fn another(
    client: &Client,
    role: &Role,
    description: &str,
    now: Timestamp,
    longest: Duration,
) -> Result<MadeToken, UpstreamError> {
    let end = now.plus(longest);
    match role.kind() {
        CredentialType::Team => {
            client.create_team_token(&role.team_id, description, Some(end)).await
        }
        CredentialType::Bound => {
            client.create_key(&role.organization, &key(role, description, end)).await
        }
        _ => client.create_user_token(&role.user_id, description, Some(end)).await,
    }
}

/// Where the tokens of a role are listed, to find one by its description.
pub(super) fn list_of(role: &Role) -> Result<String, UpstreamError> {
    match role.kind() {
        CredentialType::Team => client::team_tokens(&role.team_id),
        CredentialType::Bound => client::keys(&role.organization),
        _ => client::user_tokens(&role.user_id),
    }
}

/// The document of a key.
fn key(role: &Role, description: &str, end: Timestamp) -> Value {
    let bound = &role.bound;
    let mut attributes = json!({
        "description": description,
        "level": bound.level(),
        "expired-at": whole_seconds(end),
        "source-networks": bound.source_networks,
    });
    if let (Some(attributes), false) = (attributes.as_object_mut(), bound.rights.is_empty()) {
        attributes.insert("rights".to_owned(), json!(bound.rights));
    }
    let (name, kind, id) = if bound.workspace_id.is_empty() {
        ("project", "projects", &bound.project_id)
    } else {
        ("workspace", "workspaces", &bound.workspace_id)
    };
    json!({ "data": {
        "type": "access-keys",
        "attributes": attributes,
        "relationships": { name: { "data": { "type": kind, "id": id } } },
    } })
}
