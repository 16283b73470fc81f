//! Workspaces and tags as JSON:API resources.

use identity::{Right, Scope};
use kernel::{ProjectId, Timestamp};
use serde::Serialize;
use web::document::Resource;

use crate::{
    service::effective_mode,
    tags::{BoundTag, OrganizationTag},
    workspace::{Holder, Settings, Workspace},
};

/// What clients read about a workspace. Where the vendor has nothing to say it says null; the two
/// objects at the end are followed without looking, so they are always there.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Attributes<'a> {
    name: &'a str,
    description: Option<&'a str>,
    environment: &'static str,
    execution_mode: &'static str,
    operations: bool,
    setting_overwrites: Overwrites,
    auto_apply: bool,
    #[serde(flatten)]
    settings: &'a Settings,
    created_at: Timestamp,
    updated_at: Timestamp,
    latest_change_at: Timestamp,
    global_remote_state: bool,
    project_remote_state: bool,
    locked: bool,
    locked_reason: Option<&'a str>,
    terraform_version: &'a str,
    working_directory: Option<&'a str>,
    resource_count: i64,
    tag_names: &'a [&'a str],
    can_queue_destroy_plan: bool,
    #[serde(flatten)]
    absent: Absent,
    actions: Actions,
    permissions: Permissions,
}

/// What the vendor's workspaces have and ours don't: runs, repositories, modules, foreign keys.
#[derive(Default, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Absent {
    apply_duration_average: Option<i64>,
    hyok_enabled: bool,
    no_code_upgrade_available: bool,
    plan_duration_average: Option<i64>,
    policy_check_failures: Option<i64>,
    run_failures: Option<i64>,
    source_module_id: Option<()>,
    vcs_repo: Option<()>,
    vcs_repo_identifier: Option<()>,
    workspace_kpis_runs_count: Option<i64>,
}

/// Which settings a workspace has by itself.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Overwrites {
    execution_mode: bool,
    agent_pool: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Actions {
    is_destroyable: bool,
}

/// What the caller may do with a workspace, in the words of clients. Nothing runs here yet.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Permissions {
    can_create_state_versions: bool,
    can_destroy: bool,
    can_force_delete: bool,
    can_force_unlock: bool,
    can_lock: bool,
    can_manage_assessments: bool,
    can_manage_ephemeral_workspaces: bool,
    can_manage_hyok: bool,
    can_manage_run_tasks: bool,
    can_manage_tags: bool,
    can_queue_apply: bool,
    can_queue_destroy: bool,
    can_queue_run: bool,
    can_read_assessment_results: bool,
    can_read_change_requests: bool,
    can_read_run: bool,
    can_read_settings: bool,
    can_read_state_outputs: bool,
    can_read_state_versions: bool,
    can_read_variable: bool,
    can_unlock: bool,
    can_update: bool,
    can_update_change_requests: bool,
    can_update_variable: bool,
}

impl Permissions {
    fn of(scope: &Scope) -> Self {
        let update = scope.allows(Right::UpdateWorkspace);
        let read = scope.allows(Right::ReadWorkspace);
        let variables = scope.allows(Right::ManageVariables);
        Self {
            can_create_state_versions: scope.allows(Right::WriteState),
            can_destroy: scope.allows(Right::DeleteWorkspace),
            can_force_delete: scope.allows(Right::ForceDeleteWorkspace),
            can_force_unlock: scope.allows(Right::ForceUnlock),
            can_lock: scope.allows(Right::Lock),
            can_manage_assessments: false,
            can_manage_ephemeral_workspaces: update,
            can_manage_hyok: false,
            can_manage_run_tasks: false,
            can_manage_tags: scope.allows(Right::ManageTags),
            can_queue_apply: scope.allows(Right::ApplyRun),
            can_queue_destroy: scope.allows(Right::ApplyRun),
            can_queue_run: scope.allows(Right::QueueRun),
            can_read_assessment_results: read,
            can_read_change_requests: false,
            can_read_run: scope.allows(Right::ReadRuns),
            can_read_settings: read,
            can_read_state_outputs: scope.allows(Right::ReadOutputs),
            can_read_state_versions: scope.allows(Right::ReadState),
            can_read_variable: scope.allows(Right::ReadVariables),
            can_unlock: scope.allows(Right::Lock),
            can_update: update,
            can_update_change_requests: false,
            can_update_variable: variables,
        }
    }
}

/// A workspace as a caller in `scope` sees it; `tag_names` are the names of its own tags.
pub fn workspace_resource(workspace: &Workspace, scope: &Scope, tag_names: &[&str]) -> Resource {
    let (id, organization) = (workspace.id, scope.organization.name.as_str());
    let state = workspace.current_state_version_id.map(|id| ("state-versions", id));
    let nothing = None::<(&'static str, &str)>;
    let resource = Resource::new("workspaces", id)
        .attributes(attributes(workspace, scope, tag_names))
        .one("organization", Some(("organizations", organization)))
        .one("project", Some(("projects", workspace.project_id)))
        .one("agent-pool", nothing)
        .one("current-run", nothing)
        .one("latest-run", nothing)
        .one("current-configuration-version", nothing)
        .one("current-state-version", state)
        .one("data-retention-policy", nothing)
        .one("ssh-key", nothing)
        .one("readme", nothing);
    let related = |resource: Resource, name: &'static str, path: &str| {
        resource.relationship_link(name, "related", format!("/api/v2/workspaces/{id}/{path}"))
    };
    let resource = related(resource, "outputs", "current-state-version-outputs");
    let resource =
        related(resource, "remote-state-consumers", "relationships/remote-state-consumers");
    let resource = related(resource, "vars", "vars");
    let resource = related(resource, "tag-bindings", "tag-bindings");
    let resource = related(resource, "effective-tag-bindings", "effective-tag-bindings");
    let name = &workspace.name;
    locked_by(resource, workspace)
        .link("self", format!("/api/v2/organizations/{organization}/workspaces/{name}"))
        .link("self-html", format!("/app/{organization}/workspaces/{name}"))
}

fn locked_by(resource: Resource, workspace: &Workspace) -> Resource {
    match workspace.lock.as_ref().map(|lock| &lock.holder) {
        Some(Holder::User { id, .. }) => resource.one("locked-by", Some(("users", id))),
        Some(Holder::Run(id)) => resource.one("locked-by", Some(("runs", id))),
        Some(holder @ Holder::Service { .. }) => {
            resource.one("locked-by", holder.team().map(|id| ("teams", id)))
        }
        None => resource.one("locked-by", None::<(&'static str, &str)>),
    }
}

fn attributes<'a>(
    workspace: &'a Workspace,
    scope: &Scope,
    tag_names: &'a [&'a str],
) -> Attributes<'a> {
    let mode = effective_mode(workspace, scope).as_str();
    let text = |text: &'a str| Some(text).filter(|text| !text.is_empty());
    Attributes {
        name: &workspace.name,
        description: text(&workspace.description),
        environment: "default",
        execution_mode: mode,
        operations: mode != "local",
        setting_overwrites: Overwrites {
            execution_mode: workspace.execution_mode.is_some(),
            agent_pool: workspace.execution_mode.is_some(),
        },
        auto_apply: workspace.auto_apply,
        settings: &workspace.settings,
        created_at: workspace.created_at,
        updated_at: workspace.updated_at,
        latest_change_at: workspace.latest_change_at,
        global_remote_state: workspace.global_remote_state,
        project_remote_state: workspace.project_remote_state,
        locked: workspace.lock.is_some(),
        locked_reason: workspace.lock.as_ref().and_then(|lock| text(&lock.reason)),
        terraform_version: &workspace.terraform_version,
        working_directory: text(&workspace.working_directory),
        resource_count: workspace.resource_count.unwrap_or_default(),
        tag_names,
        can_queue_destroy_plan: scope.allows(Right::QueueRun),
        absent: Absent::default(),
        actions: Actions { is_destroyable: workspace.settings.allow_destroy_plan },
        permissions: Permissions::of(scope),
    }
}

#[derive(Serialize)]
struct KeyAndValue<'a> {
    key: &'a str,
    value: &'a str,
}

/// A tag on a workspace, as a binding.
pub(crate) fn tag_binding_resource(tag: &BoundTag) -> Resource {
    Resource::new("tag-bindings", tag.id)
        .attributes(KeyAndValue { key: &tag.key, value: &tag.value })
}

/// A tag that counts for a workspace, wherever it comes from.
pub(crate) fn effective_tag_binding_resource(tag: &BoundTag, project: ProjectId) -> Resource {
    let resource = Resource::new("effective-tag-bindings", tag.id)
        .attributes(KeyAndValue { key: &tag.key, value: &tag.value });
    if tag.inherited {
        resource.link("inherited-from", format!("/api/v2/projects/{project}"))
    } else {
        resource
    }
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct TagAttributes<'a> {
    name: &'a str,
    instance_count: i64,
}

/// A tag of an organization.
pub(crate) fn tag_resource(tag: &OrganizationTag, organization: &str) -> Resource {
    Resource::new("tags", tag.id)
        .attributes(TagAttributes { name: &tag.name, instance_count: tag.instance_count })
        .one("organization", Some(("organizations", organization)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use identity::{
        Rights,
        access::{WORKSPACE_ADMIN, WORKSPACE_WRITE},
    };
    use serde_json::Value;
    use web::document::Document;

    use super::*;
    use crate::{
        tests::{lock_of, scope, somebody, workspace},
        workspace::ExecutionMode,
    };

    fn written(workspace: &Workspace, rights: Rights, tags: &[&str]) -> (String, Value) {
        let document = Document::one(workspace_resource(workspace, &scope(rights), tags));
        let text = String::from_utf8(document.to_bytes().unwrap()).unwrap();
        let value = serde_json::from_str(&text).unwrap();
        (text, value)
    }

    #[test]
    fn what_clients_follow_without_looking_is_there() {
        let (_, value) = written(&workspace(), WORKSPACE_WRITE, &["a", "env"]);
        let attributes = &value["data"]["attributes"];
        assert_eq!(attributes["permissions"]["can-force-delete"], false);
        assert_eq!(attributes["permissions"]["can-queue-run"], true);
        assert_eq!(attributes["actions"]["is-destroyable"], true);
        assert_eq!(attributes["vcs-repo"], Value::Null);
        assert_eq!(attributes["tag-names"], serde_json::json!(["a", "env"]));
        assert_eq!(attributes["execution-mode"], "local");
        assert_eq!(attributes["operations"], false);
        let relationships = &value["data"]["relationships"];
        assert_eq!(relationships["organization"]["data"]["id"], "acme");
        assert_eq!(relationships["current-run"]["data"], Value::Null);
        assert_eq!(relationships["locked-by"]["data"], Value::Null);
    }

    #[test]
    fn no_attribute_is_written_twice() {
        let (text, value) = written(&workspace(), WORKSPACE_ADMIN, &[]);
        let names: BTreeSet<&String> =
            value["data"]["attributes"].as_object().unwrap().keys().collect();
        for name in names {
            assert_eq!(
                text.matches(&format!("\"{name}\":")).count(),
                expected_count(name),
                "{name}"
            );
        }
    }

    /// The mode also stands among the overwrites.
    fn expected_count(name: &str) -> usize {
        if name == "execution-mode" { 2 } else { 1 }
    }

    #[test]
    fn a_lock_shows_its_holder_and_reason() {
        let alice = somebody("alice");
        let lock = crate::Lock { reason: "maintenance".to_owned(), ..lock_of(&alice) };
        let (_, value) =
            written(&Workspace { lock: Some(lock), ..workspace() }, WORKSPACE_WRITE, &[]);
        assert_eq!(value["data"]["attributes"]["locked"], true);
        assert_eq!(value["data"]["attributes"]["locked-reason"], "maintenance");
        let holder = &value["data"]["relationships"]["locked-by"]["data"];
        assert_eq!(holder["type"], "users");
        assert_eq!(holder["id"], alice.user().unwrap().id.to_string());
    }

    #[test]
    fn the_nearest_word_on_where_operations_run_counts() {
        use ExecutionMode::{Agent, Remote};
        for (own, inherited, effective) in [
            (None, None, "local"),
            (None, Some(Remote), "remote"),
            (Some(Agent), Some(Remote), "agent"),
        ] {
            let workspace = Workspace {
                execution_mode: own,
                inherited_execution_mode: inherited,
                ..workspace()
            };
            let (_, value) = written(&workspace, WORKSPACE_WRITE, &[]);
            let attributes = &value["data"]["attributes"];
            assert_eq!(attributes["execution-mode"], effective);
            assert_eq!(attributes["setting-overwrites"]["execution-mode"], own.is_some());
        }
    }
}
