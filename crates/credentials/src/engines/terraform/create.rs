//! Making the tokens of roles.

use std::time::Duration;

use kernel::Timestamp;
use serde_json::json;

use super::{
    client::{Client, MadeToken},
    role::{CredentialType, Role},
    upstream_error::UpstreamError,
};
use crate::{fault::Fault, ids};

/// How many random characters follow a description: enough that no two live tokens share one.
const SUFFIX: usize = 12;

/// Makes the one token of a role that has one: of its team, or else of its organization.
pub(super) async fn fixed(client: &Client, role: &Role) -> Result<MadeToken, Fault> {
    let made = if role.team_id.is_empty() {
        client.create_organization_token(&role.organization, None).await
    } else {
        client.create_legacy_team_token(&role.team_id).await
    };
    made.map_err(failed)
}

/// What a new token of a role is described as: like no other.
pub(super) fn description(role: &Role) -> String {
    let suffix: String = ids::accessor().chars().take(SUFFIX).collect();
    if role.description.is_empty() {
        format!("({suffix})")
    } else {
        format!("{}({suffix})", role.description)
    }
}

/// Makes another token of a role that gives one out each time. It ends by itself when its lease
/// can last no longer.
pub(super) async fn another(
    client: &Client,
    role: &Role,
    description: &str,
    now: Timestamp,
    longest: Duration,
) -> Result<MadeToken, Fault> {
    let end = Some(now.plus(longest));
    let made = match role.kind() {
        CredentialType::Team => client.create_team_token(&role.team_id, description, end).await,
        CredentialType::Bound => {
            client.create_key(&role.organization, &key(role, description, now.plus(longest))).await
        }
        _ => client.create_user_token(&role.user_id, description, end).await,
    };
    made.map_err(failed)
}

/// Where the tokens of a role are listed, to find one by its description.
pub(super) fn list_of(role: &Role) -> String {
    match role.kind() {
        CredentialType::Team => format!("teams/{}/authentication-tokens", role.team_id),
        CredentialType::Bound => format!("organizations/{}/access-keys", role.organization),
        _ => format!("users/{}/authentication-tokens", role.user_id),
    }
}

fn key(role: &Role, description: &str, end: Timestamp) -> serde_json::Value {
    let bound = &role.bound;
    let level = if bound.access.is_empty() { "write" } else { bound.access.as_str() };
    let mut attributes = json!({
        "description": description,
        "level": level,
        "expired-at": end,
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

fn failed(error: UpstreamError) -> Fault {
    let text = format!("error creating Terraform token: {error}");
    match error {
        UpstreamError::BadPart(_) => Fault::Refused(text),
        _ => Fault::Failed(text),
    }
}
