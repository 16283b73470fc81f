//! Variable sets as JSON:API resources.

use kernel::{ProjectId, Timestamp, VariableId, WorkspaceId};
use serde::Serialize;
use web::document::Resource;

use super::VariableSet;

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Attributes<'a> {
    name: &'a str,
    description: &'a str,
    global: bool,
    priority: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
    var_count: usize,
    workspace_count: usize,
    project_count: usize,
}

/// A set, with what it is related to.
pub(super) fn set_resource(
    set: &VariableSet,
    organization: &str,
    variables: &[VariableId],
    workspaces: &[WorkspaceId],
    projects: &[ProjectId],
) -> Resource {
    let parent = match set.project_id() {
        Some(project) => ("projects", project.to_string()),
        None => ("organizations", organization.to_owned()),
    };
    Resource::new("varsets", set.id)
        .attributes(Attributes {
            name: &set.name,
            description: &set.description,
            global: set.global,
            priority: set.priority,
            created_at: set.created_at,
            updated_at: set.updated_at,
            var_count: variables.len(),
            workspace_count: workspaces.len(),
            project_count: projects.len(),
        })
        .one("organization", Some(("organizations", organization)))
        .one("parent", Some(parent))
        .many("vars", variables.iter().map(|id| ("vars", id)))
        .many("workspaces", workspaces.iter().map(|id| ("workspaces", id)))
        .many("projects", projects.iter().map(|id| ("projects", id)))
        .link("self", format!("/api/v2/varsets/{}", set.id))
}
