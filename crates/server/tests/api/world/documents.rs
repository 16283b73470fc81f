//! The documents that are sent to the API.

use serde_json::{Value, json};

use super::{Plea, Things};
use crate::fixtures::{LINEAGE, announcement, linkages, md5, resource, state};

impl Plea {
    /// The document of a request to the API; nothing where none is sent.
    pub(super) fn document(&self, things: &Things) -> Option<Value> {
        let pattern = self.pattern.strip_prefix("/api/v2/")?;
        let (kind, rest) = pattern.split_once('/').unwrap_or((pattern, ""));
        let last = pattern.rsplit_once('/').map_or(pattern, |(_, last)| last);
        let (method, new) = (self.method.as_str(), things.get("new"));
        Some(match (method, kind, last) {
            ("POST", "organizations", "organizations") => {
                resource("organizations", json!({"name": new, "email": "a@example.com"}))
            }
            ("POST", "organizations", "organization-memberships") => {
                resource("", json!({"email": format!("{new}@example.com")}))
            }
            ("POST", "organizations", "access-keys") => {
                resource("access-keys", json!({"level": "read"}))
            }
            ("POST", "organizations", "trusted-issuers") => resource(
                "trusted-issuers",
                json!({"name": new, "issuer": "https://issuer.example", "level": "read",
                    "rules": [{"claim": "sub", "equals": "x"}]}),
            ),
            ("POST", "team-projects", _) => grant("project", "team-projects", things),
            ("POST", "team-workspaces", _) => grant("workspace", "team-workspaces", things),
            ("POST", _, "projects" | "workspaces" | "teams" | "varsets")
                if kind == "organizations" =>
            {
                resource(last, json!({"name": new}))
            }
            ("POST", _, "reserved-tag-keys") => resource(last, json!({"key": new})),
            ("POST", _, "vars") => resource("vars", json!({"key": new, "category": "env"})),
            ("PATCH", _, "{variable}") => resource("vars", json!({})),
            ("POST" | "DELETE", "varsets", "projects") => {
                linkages("projects", &[things.get("project")])
            }
            ("POST" | "PATCH" | "DELETE", _, "remote-state-consumers" | "workspaces") => {
                linkages("workspaces", &[things.get("workspace")])
            }
            ("POST" | "DELETE", "teams", "users") => linkages("users", &["member"]),
            ("POST" | "DELETE", "teams", "organization-memberships") => {
                linkages("organization-memberships", &[things.get("membership")])
            }
            ("PATCH" | "PUT", "organizations", "token-ttl-policies") => {
                json!({"data": [{"token-type": "team", "max-ttl-ms": 86_400_000}]})
            }
            ("PATCH", "account", "password") => resource("users", password(things.get("password"))),
            ("PATCH", "account", _) => resource("users", json!({})),
            ("POST" | "DELETE", "workspaces", "tags") => unnamed("tags", "name"),
            ("DELETE", "organizations", "tags") => linkages("tags", &[things.get("tag")]),
            ("PATCH", _, "tag-bindings") => unnamed("tag-bindings", "key"),
            ("POST", _, "state-versions") => {
                announcement(2, LINEAGE, &md5(&state(2, LINEAGE)), false)
            }
            ("PATCH", _, "state-versions") => json!({"data": {"type": "state-versions",
                "relationships": {"rollback-state-version": {
                    "data": {"type": "state-versions", "id": things.get("version")}}}}}),
            ("PATCH", _, _) if rest.contains("workspaces/") => resource("workspaces", json!({})),
            ("PATCH", _, "ssh-key") => resource("workspaces", json!({"id": null})),
            ("PATCH", _, _) => resource(kind, json!({})),
            ("POST", _, _) if rest.contains("actions/") => return None,
            ("POST", _, _) => resource(last, json!({})),
            _ => return None,
        })
    }
}

/// A new grant at a place, for a team that has none there.
fn grant(place: &'static str, kind: &str, things: &Things) -> Value {
    json!({"data": {"type": kind, "attributes": {"access": "read"}, "relationships": {
        place: {"data": {"type": format!("{place}s"), "id": things.get(place)}},
        "team": {"data": {"type": "teams", "id": things.get("spare-team")}}}}})
}

/// A list of one new thing without an id.
fn unnamed(kind: &str, attribute: &str) -> Value {
    json!({"data": [{"type": kind, "attributes": {attribute: "new"}}]})
}

/// A change of a password into itself.
fn password(text: &str) -> Value {
    json!({"current_password": text, "password": text, "password_confirmation": text})
}
