//! What can be done with a workspace. Each function is one operation inside the caller's
//! transaction; it asks for the right itself.

use db::{Tx, jobs};
use identity::{
    Project, Right, Rights, Scope,
    audit::{self, facts},
    find_project, hand_out, scope_by_id,
};
use kernel::{Context, Error, Kind, ProjectId, Result, WorkspaceId};

use crate::{
    BeforeDelete,
    change::{LATEST, NewWorkspace, WorkspaceChange},
    lock, name, sharing, store, tags, variable_sets,
    workspace::{ExecutionMode, Settings, Workspace},
};

/// The job that collects the contents of workspaces that are gone; its payload is a JSON array of
/// content ids.
pub const COLLECT_CONTENTS: &str = "collect_workspace_contents";

const CONTENTS_PER_JOB: usize = 500;

/// How sure a caller is about deleting a workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// Only if its state manages nothing any longer.
    Safe,
    /// Whatever it manages.
    Force,
}

/// A workspace by its id; not found unless the caller may see it.
pub fn find(tx: &mut Tx<'_>, context: &Context, id: WorkspaceId) -> Result<(Workspace, Scope)> {
    let workspace = store::find(tx, id)?.ok_or_else(Error::not_found)?;
    let scope = scope_by_id(tx, context, workspace.organization_id)?;
    let scope = sharing::enter(tx, &scope, &workspace)?;
    scope.require(Right::ReadWorkspace)?;
    Ok((workspace, scope))
}

/// A workspace by its name, and the scope at it; not found if the address names a project and it
/// stands in another.
pub fn find_by_name(tx: &mut Tx<'_>, scope: &Scope, name: &str) -> Result<(Workspace, Scope)> {
    if !name::is_valid(name) {
        return Err(Error::not_found());
    }
    let workspace = store::find_by_name(tx, scope.organization.id, name)?
        .filter(|workspace| scope.admits(workspace.project_id))
        .ok_or_else(Error::not_found)?;
    let scope = sharing::enter(tx, scope, &workspace)?;
    scope.require(Right::ReadWorkspace)?;
    Ok((workspace, scope))
}

/// Makes a workspace: in the project that is named, or else in the default one. Gives the scope at
/// it too.
pub fn create(
    tx: &mut Tx<'_>,
    context: &Context,
    scope: &Scope,
    new: &NewWorkspace,
) -> Result<(Workspace, Scope)> {
    let (project, at_project) = project_for(tx, scope, new.project)?;
    at_project.require(Right::CreateWorkspace)?;
    let mut workspace = blank(context, &project);
    let effective = effective_mode(&workspace, scope);
    if new.attributes.name.is_none() {
        name::validate("")?;
    }
    new.attributes.apply(&mut workspace, effective)?;
    if !store::insert(tx, &workspace)? {
        return Err(name_taken(tx, scope, &workspace.name)?);
    }
    tags::set(tx, &workspace, &new.tags)?;
    let event = workspace
        .event("create")
        .with("project", workspace.project_name.as_str())
        .with("tags", facts::tags(&new.tags));
    audit::record(tx, context, &event)?;
    let scope = sharing::enter(tx, scope, &workspace)?;
    Ok((workspace, scope))
}

/// Changes a workspace. Gives the scope at it too, which is another one if it moved.
pub fn update(
    tx: &mut Tx<'_>,
    context: &Context,
    scope: &Scope,
    id: WorkspaceId,
    change: &WorkspaceChange,
) -> Result<(Workspace, Scope)> {
    let before = hold(tx, id)?;
    let scope = &sharing::enter(tx, scope, &before)?;
    scope.require(Right::ReadWorkspace)?;
    let destination = change.project.filter(|project| *project != before.project_id);
    // To be moved, and nothing else, is a right of its own.
    if destination.is_none() || change.tags.is_some() {
        scope.require(Right::UpdateWorkspace)?;
    }
    let mut workspace = before.clone();
    change.attributes.apply(&mut workspace, effective_mode(&before, scope))?;
    if workspace.facts() != before.facts() {
        scope.require(Right::UpdateWorkspace)?;
    }
    if let Some(project) = destination {
        scope.require(Right::MoveWorkspace)?;
        // The address has said which workspace; the change may take it out of that project.
        let (project, at_project) = project_of(tx, scope, project)?;
        at_project.require(Right::MoveWorkspace)?;
        // What holds there counts for the workspace from then on, also for whoever moves it.
        let there = scope.reach(tx)?.at_workspace(scope, project.id, before.id).rights();
        hand_out::rights(scope, hand_out::To::Team, there, Rights::NONE)?;
        workspace.project_id = project.id;
        workspace.inherited_execution_mode = mode_of(&project);
        workspace.project_name = project.name;
    }
    if (workspace.global_remote_state && !before.global_remote_state)
        || (workspace.project_remote_state && !before.project_remote_state)
    {
        sharing::require_sharing(scope)?;
    }
    if workspace.name != before.name
        && store::find_by_name(tx, scope.organization.id, &workspace.name)?.is_some()
    {
        return Err(name_taken(tx, scope, &workspace.name)?);
    }
    workspace.updated_at = context.now;
    workspace.latest_change_at = context.now;
    store::update(tx, &workspace)?;
    let moved = workspace.project_id != before.project_id;
    if moved {
        variable_sets::leave_foreign(tx, workspace.id, workspace.project_id)?;
    }
    let mut event = workspace
        .event(if moved { "move" } else { "update" })
        .changed(&before.facts(), &workspace.facts());
    if let Some(wanted) = &change.tags {
        scope.require(Right::ManageTags)?;
        tags::replace(tx, &workspace, wanted)?;
        event = event.with("tags", facts::tags(wanted));
    }
    audit::record(tx, context, &event)?;
    let scope = sharing::enter(tx, scope, &workspace)?;
    Ok((workspace, scope))
}

/// Deletes a workspace with everything that hangs on it. Its contents follow in a job.
pub fn delete(
    tx: &mut Tx<'_>,
    context: &Context,
    scope: &Scope,
    id: WorkspaceId,
    deletion: Deletion,
    before_delete: &dyn BeforeDelete,
) -> Result<()> {
    let workspace = hold(tx, id)?;
    let scope = &sharing::enter(tx, scope, &workspace)?;
    scope.require(Right::DeleteWorkspace)?;
    lock::require_deletable(&workspace, context, deletion == Deletion::Safe)?;
    if workspace.resource_count != Some(0) {
        scope.require(Right::ForceDeleteWorkspace)?;
    }
    for contents in before_delete.contents_of(tx, id)?.chunks(CONTENTS_PER_JOB) {
        let payload = serde_json::to_string(contents).map_err(Error::internal)?;
        jobs::enqueue(tx, COLLECT_CONTENTS, &payload, context.now)?;
    }
    store::delete(tx, id)?;
    let event = workspace
        .event("delete")
        .with("project", workspace.project_name.as_str())
        .with("forced", deletion == Deletion::Force)
        .with("resources", workspace.resource_count);
    audit::record(tx, context, &event)
}

/// Where operations of a workspace run.
pub(crate) fn effective_mode(workspace: &Workspace, scope: &Scope) -> ExecutionMode {
    workspace.execution_mode.or(workspace.inherited_execution_mode).unwrap_or_else(|| {
        ExecutionMode::parse(scope.organization.default_execution_mode.as_str())
            .unwrap_or(ExecutionMode::Local)
    })
}

/// The row as it is now, kept from other writers until the transaction ends.
pub(crate) fn hold(tx: &mut Tx<'_>, id: WorkspaceId) -> Result<Workspace> {
    store::lock_row(tx, id)?;
    store::find(tx, id)?.ok_or_else(Error::not_found)
}

/// The project that a workspace goes to: the one that is asked for, which must not contradict the
/// address; or else the address's own; or else the default one.
fn project_for(
    tx: &mut Tx<'_>,
    scope: &Scope,
    wanted: Option<ProjectId>,
) -> Result<(Project, Scope)> {
    match (&scope.project, wanted) {
        (Some(named), Some(wanted)) if named.id != wanted => Err(Error::invalid_at(
            "/data/relationships/project",
            format!("this is another project than the one in the address, \"{}\"", named.name),
        )),
        (Some(named), _) => Ok((named.clone(), scope.at_project(tx, named.id)?)),
        (None, Some(wanted)) => project_of(tx, scope, wanted),
        (None, None) => default_project(tx, scope),
    }
}

/// The project where workspaces go that name none. Nobody asked for it by name, so whoever does
/// not see it is told what they may not do.
fn default_project(tx: &mut Tx<'_>, scope: &Scope) -> Result<(Project, Scope)> {
    let id = scope.target_project();
    let project = find_project(tx, id)?.ok_or_else(Error::not_found)?;
    match scope.at_project(tx, id) {
        Err(error) if error.kind() == Kind::NotFound => {
            scope.require(Right::CreateWorkspace).and(Err(error))
        }
        scope => Ok((project, scope?)),
    }
}

/// A project that a document names, and the scope at it. One that the caller may not see is
/// answered like one that is not there.
fn project_of(tx: &mut Tx<'_>, scope: &Scope, id: ProjectId) -> Result<(Project, Scope)> {
    let missing = || {
        let pointer = "/data/relationships/project";
        Error::invalid_at(pointer, "this organization has no such project")
    };
    let project = find_project(tx, id)?
        .filter(|project| project.organization_id == scope.organization.id)
        .ok_or_else(missing)?;
    match scope.at_project(tx, id) {
        Ok(scope) => Ok((project, scope)),
        Err(error) if error.kind() == Kind::NotFound => Err(missing()),
        Err(error) => Err(error),
    }
}

/// Why a name can't be had: so that nobody takes another team's workspace for their own, the text
/// says where the one lives that has it.
fn name_taken(tx: &mut Tx<'_>, scope: &Scope, name: &str) -> Result<Error> {
    let owner = store::find_by_name(tx, scope.organization.id, name)?;
    let project = match owner {
        Some(owner) if sharing::enter(tx, scope, &owner)?.allows(Right::ReadWorkspace) => {
            format!(" by a workspace in the project \"{}\"", owner.project_name)
        }
        _ => String::new(),
    };
    Ok(Error::invalid("name", format!("the name \"{name}\" has already been taken{project}")))
}

fn mode_of(project: &Project) -> Option<ExecutionMode> {
    project.default_execution_mode.and_then(|mode| ExecutionMode::parse(mode.as_str()))
}

fn blank(context: &Context, project: &Project) -> Workspace {
    Workspace {
        id: WorkspaceId::generate(),
        organization_id: project.organization_id,
        project_id: project.id,
        project_name: project.name.clone(),
        name: String::new(),
        description: String::new(),
        execution_mode: None,
        inherited_execution_mode: mode_of(project),
        terraform_version: LATEST.to_owned(),
        working_directory: String::new(),
        auto_apply: false,
        global_remote_state: false,
        project_remote_state: false,
        settings: Settings::default(),
        lock: None,
        current_state_version_id: None,
        pending_state_version_id: None,
        resource_count: Some(0),
        created_at: context.now,
        updated_at: context.now,
        latest_change_at: context.now,
    }
}
