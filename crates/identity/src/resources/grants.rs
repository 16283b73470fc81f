//! What teams may do at a place, in documents.

use serde_json::{Value, json};
use web::document::Resource;

use crate::{
    Grant,
    access::{Custom, Level, ProjectLevel, WorkspaceLevel},
};

/// What a team may do with a workspace.
pub fn workspace_grant_resource(grant: &Grant<WorkspaceLevel>) -> Resource {
    let shown = shown(grant.level, grant.custom.as_ref());
    Resource::new("team-workspaces", grant.id)
        .attributes(json!({
            "access": grant.level.as_str(),
            "runs": runs(&shown),
            "variables": Custom::shown(&shown.variables, "none"),
            "state-versions": Custom::shown(&shown.state_versions, "none"),
            "sentinel-mocks": Custom::shown(&shown.sentinel_mocks, "none"),
            "workspace-locking": shown.locking,
            "run-tasks": shown.run_tasks,
            "policy-overrides": shown.policy_overrides,
            "rights": rights(grant.custom.as_ref()),
        }))
        .one("team", Some(("teams", grant.team.id)))
        .relationship_link("team", "related", format!("/api/v2/teams/{}", grant.team.id))
        .one("workspace", Some(("workspaces", grant.at)))
        .relationship_link("workspace", "related", format!("/api/v2/workspaces/{}", grant.at))
        .link("self", format!("/api/v2/team-workspaces/{}", grant.id))
}

/// What a team may do with a project and what is in it.
pub(crate) fn project_grant_resource(grant: &Grant<ProjectLevel>) -> Resource {
    let shown = shown(grant.level, grant.custom.as_ref());
    Resource::new("team-projects", grant.id)
        .attributes(json!({
            "access": grant.level.as_str(),
            "project-access": {
                "settings": Custom::shown(&shown.settings, "read"),
                "teams": Custom::shown(&shown.teams, "none"),
                "variable-sets": Custom::shown(&shown.variable_sets, "none"),
            },
            "workspace-access": {
                "runs": runs(&shown),
                "variables": Custom::shown(&shown.variables, "none"),
                "state-versions": Custom::shown(&shown.state_versions, "none"),
                "sentinel-mocks": Custom::shown(&shown.sentinel_mocks, "none"),
                "create": shown.create,
                "locking": shown.locking,
                "move": shown.r#move,
                "delete": shown.delete,
                "run-tasks": shown.run_tasks,
                "policy-overrides": shown.policy_overrides,
            },
            "rights": rights(grant.custom.as_ref()),
        }))
        .one("team", Some(("teams", grant.team.id)))
        .relationship_link("team", "related", format!("/api/v2/teams/{}", grant.team.id))
        .one("project", Some(("projects", grant.at)))
        .relationship_link("project", "related", format!("/api/v2/projects/{}", grant.at))
        .link("self", format!("/api/v2/team-projects/{}", grant.id))
}

fn shown<L: Level>(level: L, custom: Option<&Custom>) -> Custom {
    custom.cloned().unwrap_or_else(|| level.spelled())
}

/// Clients know no word for no run at all, and refuse a document with one of ours.
fn runs(custom: &Custom) -> Option<&str> {
    Some(custom.runs.as_str()).filter(|word| !word.is_empty())
}

/// The rights that are named one by one; null for the fixed levels.
fn rights(custom: Option<&Custom>) -> Value {
    custom.map_or(Value::Null, |custom| json!(custom.rights))
}
