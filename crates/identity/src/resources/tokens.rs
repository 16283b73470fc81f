//! Tokens, keys, how long they may live, and who calls with one that is no person's.

use kernel::{Principal, Secret, ServiceActor};
use serde_json::{Value, json};
use web::document::Resource;

use crate::{
    Lifetimes, LimitedKind, Organization, Placed, Token, TokenHolder, placing::written_custom,
};

/// What every token shows; its value only when it has just been made.
fn attributes(token: &Token, value: Option<&Secret<String>>) -> Value {
    let networks: Vec<_> = token.networks.iter().map(ToString::to_string).collect();
    let mut attributes = json!({
        "created-at": token.created_at,
        "last-used-at": token.last_used_at,
        "last-used-address": token.last_used_address,
        "description": token.description,
        "token": value.map(Secret::expose),
        "expired-at": token.expires_at,
        "read-only": token.read_only,
        "source-networks": networks,
    });
    if let (true, Value::Object(members)) = (token.childless, &mut attributes) {
        members.insert("childless".to_owned(), true.into());
    }
    attributes
}

/// A token of any kind.
pub(crate) fn token_resource(token: &Token, value: Option<&Secret<String>>) -> Resource {
    let resource = Resource::new("authentication-tokens", token.id)
        .attributes(attributes(token, value))
        .one("created-by", token.created_by.map(|user| ("users", user)));
    let resource = match token.holder.team() {
        Some(team) => resource.one("team", Some(("teams", team))),
        None => resource,
    };
    resource.link("self", format!("/api/v2/authentication-tokens/{}", token.id))
}

/// A key.
pub(crate) fn key_resource(
    token: &Token,
    organization: &Organization,
    value: Option<&Secret<String>>,
) -> Resource {
    let placed = match &token.holder {
        TokenHolder::Key(_, placed) => Some(placed),
        _ => None,
    };
    let mut attributes = attributes(token, value);
    if let Value::Object(members) = &mut attributes {
        let rights = placed.and_then(Placed::custom).map(written_custom);
        members.insert("level".to_owned(), placed.map(Placed::level).into());
        members.insert("rights".to_owned(), rights.unwrap_or_default());
    }
    let project = placed.and_then(Placed::project_id);
    let workspace = placed.and_then(Placed::workspace_id);
    Resource::new("access-keys", token.id)
        .attributes(attributes)
        .one("organization", Some(("organizations", &organization.name)))
        .one("project", project.map(|id| ("projects", id)))
        .one("workspace", workspace.map(|id| ("workspaces", id)))
        .one("created-by", token.created_by.map(|user| ("users", user)))
        .link("self", format!("/api/v2/access-keys/{}", token.id))
}

/// How long tokens of some kinds may live.
pub(crate) fn lifetime_resources(
    organization: &Organization,
    lifetimes: &Lifetimes,
    kinds: &[LimitedKind],
) -> Vec<Resource> {
    let resource = |kind: &LimitedKind| {
        let longest = lifetimes.of(*kind);
        let milliseconds =
            longest.map(|longest| u64::try_from(longest.as_millis()).unwrap_or(u64::MAX));
        Resource::new(
            "organization-token-ttl-policies",
            format!("{}-{}", organization.name, kind.as_str().replace('_', "-")),
        )
        .attributes(json!({ "token-type": kind.as_str(), "max-ttl-ms": milliseconds }))
    };
    kinds.iter().map(resource).collect()
}

/// Who calls, if it is no person: a user that is none, which clients insist on.
pub(crate) fn service_resource(service: &ServiceActor) -> Resource {
    let principal = service.principal.to_string();
    let characters = principal.split_once('-').map_or(principal.as_str(), |(_, id)| id);
    let kind = match service.principal {
        Principal::Organization(_) => format!("org-{}", service.name),
        Principal::Auditor(_) => format!("audit-trails-{}", service.name),
        Principal::Team(_) => "team".to_owned(),
        Principal::Key(_) => "key".to_owned(),
        Principal::Workload(_) => "workload".to_owned(),
    };
    let stands_for = match service.principal {
        Principal::Organization(_) | Principal::Auditor(_) => {
            ("organizations", service.name.clone())
        }
        Principal::Team(id) => ("teams", id.to_string()),
        Principal::Key(id) => ("access-keys", id.to_string()),
        Principal::Workload(id) => ("authentication-tokens", id.to_string()),
    };
    Resource::new("users", format!("user-{characters}"))
        .attributes(json!({
            "username": format!("api-{kind}_{characters}"),
            "email": null,
            "is-service-account": true,
            "auth-method": "token",
            "avatar-url": null,
            "v2-only": false,
            "is-site-admin": false,
            "is-admin": false,
            "is-sso-login": false,
            "is-confirmed": true,
            "unconfirmed-email": null,
            "password": null,
            "enterprise-support": false,
            "has-git-hub-app-token": false,
            "two-factor": { "enabled": false, "verified": false },
            "permissions": {
                "can-create-organizations": false,
                "can-view-settings": false,
                "can-view-profile": false,
                "can-change-email": false,
                "can-change-username": false,
                "can-change-password": false,
                "can-manage-user-tokens": false,
                "can-update-user": false,
            },
        }))
        .one("authenticated-resource", Some(stands_for))
        .link("auth-token", format!("/api/v2/authentication-tokens/{}", service.token))
}
