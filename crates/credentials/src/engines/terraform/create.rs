//! Making the tokens of roles.

use identity::Networks;
use kernel::Timestamp;
use serde_json::{Value, json};

use super::{
    client::{self, Client, Wish, whole_seconds},
    documents::MadeToken,
    role::{CredentialType, Role},
    upstream_error::UpstreamError,
};
use crate::{ids, limits::Limits};

/// What was being done when another server failed.
pub(super) const CREATING: &str = "error creating Terraform token";
/// How many random characters follow a description: enough that no two live tokens share one.
const SUFFIX: usize = 12;

/// Makes the one token of a role that has one: of its team, or else of its organization.
pub(super) async fn fixed(
    client: &Client,
    role: &Role,
    now: Timestamp,
) -> Result<MadeToken, UpstreamError> {
    let wish = Wish {
        expired_at: role.limits.longest().map(|longest| now.plus(longest)),
        networks: texts(&role.limits.networks()),
        childless: client.is_here(),
        description: None,
    };
    if role.team_id.is_empty() {
        client.create_organization_token(role.organization_address(), &wish).await
    } else {
        client.create_legacy_team_token(&role.team_id, &wish).await
    }
}

/// Where that token stands.
pub(super) fn place_of_fixed(role: &Role) -> Result<String, UpstreamError> {
    if role.team_id.is_empty() {
        client::organization_token(role.organization_address())
    } else {
        client::legacy_team_token(&role.team_id)
    }
}

/// A description like no other, so that a token can be found by it.
pub(super) fn unique(description: &str) -> String {
    format!("{description}({})", ids::random_text(SUFFIX))
}

/// Makes another token of a role that gives one out each time, within limits. It ends by itself
/// when its lease can last no longer.
pub(super) async fn another(
    client: &Client,
    role: &Role,
    description: &str,
    end: Timestamp,
    limits: &Limits,
) -> Result<MadeToken, UpstreamError> {
    let wish = Wish {
        description: Some(description),
        expired_at: Some(end),
        networks: networks(role, limits)?,
        childless: client.is_here(),
    };
    match role.kind() {
        CredentialType::Team => client.create_team_token(&role.team_id, &wish).await,
        CredentialType::Bound => {
            client.create_key(role.organization_address(), &key(role, &wish)).await
        }
        _ => client.create_user_token(&role.user_id, &wish).await,
    }
}

/// Where a token of a role may be used from, within limits.
fn networks(role: &Role, limits: &Limits) -> Result<Vec<String>, UpstreamError> {
    let (own, limits) = (&role.bound.source_networks, limits.networks());
    if own.is_empty() {
        return Ok(texts(&limits));
    }
    // What can't be read the other server refuses, and says why.
    let Some(read) = Networks::parse(&own.join(" ")).filter(|_| !limits.is_empty()) else {
        return Ok(own.clone());
    };
    read.shared_with(&limits).map(|shared| texts(&shared)).ok_or(UpstreamError::Nowhere)
}

/// Whether the networks that a role names are within limits.
pub(super) fn has_networks_within(role: &Role, limits: &Limits) -> bool {
    let read = Networks::parse(&role.bound.source_networks.join(" "));
    read.is_none_or(|read| read.is_empty() || read.are_within(&limits.networks()))
}

fn texts(networks: &Networks) -> Vec<String> {
    networks.iter().map(ToString::to_string).collect()
}

/// Where the tokens of a role are listed, to find one by its description.
pub(super) fn list_of(role: &Role) -> Result<String, UpstreamError> {
    match role.kind() {
        CredentialType::Team => client::team_tokens(&role.team_id),
        CredentialType::Bound => client::keys(role.organization_address()),
        _ => client::user_tokens(&role.user_id),
    }
}

/// The document of a key.
fn key(role: &Role, wish: &Wish<'_>) -> Value {
    let bound = &role.bound;
    let mut attributes = json!({
        "description": wish.description,
        "level": bound.level(),
        "expired-at": wish.expired_at.map(whole_seconds),
        "source-networks": wish.networks,
    });
    if let (Some(attributes), true) = (attributes.as_object_mut(), wish.childless) {
        attributes.insert("childless".to_owned(), json!(true));
    }
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
