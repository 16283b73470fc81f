//! What can be done with variable sets. Each function is one operation inside the caller's
//! transaction; it asks for the right itself.

use barrier::Barrier;
use db::{Tx, Value};
use identity::{
    Project, Right, Scope,
    audit::{Event, record},
    find_project,
    names::{contains_pattern, fold},
    scope_by_id,
};
use kernel::{
    Context, Denial, Error, Kind, Page, PageRequest, ProjectId, Result, VariableSetId, WorkspaceId,
};

use super::{
    Applied, NewSet, Parent, Step, VariableSet,
    places::{apply_to_projects, apply_to_workspaces},
    sight::Sight,
    store, variables,
};
use crate::sql;

/// Which sets are listed.
#[derive(Clone, Debug, Default)]
pub(crate) struct SetFilter {
    /// A part of the name.
    pub(crate) search: Option<String>,
    /// A project in which they must count.
    pub(crate) project: Option<ProjectId>,
    /// A workspace of that project for which they must count.
    pub(crate) workspace: Option<WorkspaceId>,
}

/// A page of the sets that a caller sees, by name; of those that count in the project that the
/// address names, if it does.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    filter: &SetFilter,
    request: PageRequest,
) -> Result<Page<VariableSet>> {
    let sight = Sight::load(tx, scope)?;
    let [everything, anywhere] = sight.switches();
    let project = filter.project.or_else(|| scope.project.as_ref().map(|project| project.id));
    let params = [
        scope.organization.id.into(),
        everything,
        anywhere,
        filter.search.as_deref().map(contains_pattern).into(),
        project.into(),
        filter.workspace.into(),
    ];
    let places = sight.places();
    let total = tx.query_in(&sql::COUNT_VARIABLE_SETS, &params, &places, |row| row.int(0))?;
    let params: Vec<Value<'_>> =
        params.into_iter().chain([request.limit().into(), request.offset().into()]).collect();
    let items = tx.query_in(&sql::LIST_VARIABLE_SETS, &params, &places, store::from_row)?;
    let total = total.first().and_then(|total| u64::try_from(*total).ok()).unwrap_or_default();
    Ok(Page { items, total, request })
}

/// A set, and the scope of its organization; not found unless the caller sees it.
pub(crate) fn find(
    tx: &mut Tx<'_>,
    context: &Context,
    id: VariableSetId,
) -> Result<(VariableSet, Scope)> {
    let set = store::find(tx, id)?.ok_or_else(Error::not_found)?;
    let scope = scope_by_id(tx, context, set.organization_id)?;
    let sight = Sight::load(tx, &scope)?;
    let [everything, anywhere] = sight.switches();
    let params = [id.into(), everything, anywhere];
    let seen = tx.query_in(&sql::IS_VARIABLE_SET_SEEN, &params, &sight.places(), |_| Ok(()))?;
    if !seen.is_empty() {
        return Ok((set, scope));
    }
    Err(Error::not_found().denying(Denial {
        right: Right::ReadVariableSets.as_str(),
        organization: Some(set.organization_id),
        resource_kind: "varsets",
        resource_id: id.to_string(),
    }))
}

/// Refuses callers who don't keep the sets of an owner: the organization, or a project of it.
pub(crate) fn require_keeper(
    tx: &mut Tx<'_>,
    scope: &Scope,
    owner: Option<ProjectId>,
) -> Result<()> {
    let scope = match owner {
        Some(project) => scope.at_project(tx, project)?,
        None => scope.at_organization(),
    };
    scope.require(Right::ManageVariableSets)
}

/// Whether the caller keeps a set.
pub(crate) fn is_kept(tx: &mut Tx<'_>, scope: &Scope, set: &VariableSet) -> Result<bool> {
    match require_keeper(tx, scope, set.project_id()) {
        Ok(()) => Ok(true),
        Err(error) if matches!(error.kind(), Kind::NotFound | Kind::Forbidden) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The set as it is now, kept from other writers until the transaction ends, for somebody who
/// keeps it.
pub(super) fn hold(
    tx: &mut Tx<'_>,
    context: &Context,
    id: VariableSetId,
) -> Result<(VariableSet, Scope)> {
    let (set, scope) = find(tx, context, id)?;
    require_keeper(tx, &scope, set.project_id())?;
    store::lock(tx, set.organization_id)?;
    let set = store::find(tx, id)?.ok_or_else(Error::not_found)?;
    Ok((set, scope))
}

/// Makes a set.
pub(crate) fn create(
    tx: &mut Tx<'_>,
    context: &Context,
    barrier: &Barrier,
    scope: &Scope,
    new: &NewSet,
) -> Result<VariableSet> {
    let project = owner(tx, scope, new.parent.as_ref())?;
    require_keeper(tx, scope, project.as_ref().map(|(id, _)| *id))?;
    store::lock(tx, scope.organization.id)?;
    let set = new.attributes.create(VariableSet {
        id: VariableSetId::generate(),
        organization_id: scope.organization.id,
        project,
        name: String::new(),
        description: String::new(),
        global: false,
        priority: false,
        created_at: context.now,
        updated_at: context.now,
    })?;
    store::insert(tx, &set)?;
    record(tx, context, &told("create", &set))?;
    relate(tx, context, barrier, scope, &set, new)?;
    Ok(set)
}

/// Changes a set.
pub(crate) fn update(
    tx: &mut Tx<'_>,
    context: &Context,
    barrier: &Barrier,
    id: VariableSetId,
    change: &NewSet,
) -> Result<(VariableSet, Scope)> {
    let (before, scope) = hold(tx, context, id)?;
    if let Some(wanted) = &change.parent
        && project_named(&scope, wanted)? != before.project_id()
    {
        return Err(refused_parent("the owner of a set can't be changed; make another set"));
    }
    let set = change.attributes.update(&before, context.now)?;
    store::update(tx, &set)?;
    record(tx, context, &told("update", &set).with("changed", differences(&before, &set)))?;
    relate(tx, context, barrier, &scope, &set, change)?;
    Ok((set, scope))
}

/// Deletes a set with its variables.
pub(crate) fn delete(tx: &mut Tx<'_>, context: &Context, id: VariableSetId) -> Result<()> {
    let (set, _) = hold(tx, context, id)?;
    store::delete(tx, id)?;
    record(tx, context, &told("delete", &set))
}

/// Writes what a set is related to, as far as a request says so.
fn relate(
    tx: &mut Tx<'_>,
    context: &Context,
    barrier: &Barrier,
    scope: &Scope,
    set: &VariableSet,
    wanted: &NewSet,
) -> Result<()> {
    let at = |name: &str| format!("/data/relationships/{name}/data");
    if let Some(workspaces) = &wanted.workspaces {
        let applied = Applied { ids: workspaces, pointer: &at("workspaces"), step: Step::Replace };
        apply_to_workspaces(tx, context, scope, set, applied)?;
    }
    if let Some(projects) = &wanted.projects {
        let applied = Applied { ids: projects, pointer: &at("projects"), step: Step::Replace };
        apply_to_projects(tx, context, scope, set, applied)?;
    }
    for (position, variable) in wanted.variables.iter().enumerate() {
        let pointer = format!("{}/{position}", at("vars"));
        variables::put(tx, context, barrier, set, variable)
            .map_err(|error| error.moved("/data", &pointer))?;
    }
    store::require_no_conflict(tx, set, "global")
}

/// The project that shall own a new set: the one that is named, which must not contradict the
/// address; or else the address's own; or else none.
fn owner(
    tx: &mut Tx<'_>,
    scope: &Scope,
    wanted: Option<&Parent>,
) -> Result<Option<(ProjectId, String)>> {
    let Some(wanted) = wanted else {
        return Ok(scope.project.as_ref().map(|project| (project.id, project.name.clone())));
    };
    let wanted = project_named(scope, wanted)?;
    if scope.project.as_ref().is_some_and(|named| Some(named.id) != wanted) {
        return Err(refused_parent("this is another owner than the project in the address"));
    }
    let Some(id) = wanted else { return Ok(None) };
    match seen_project(tx, scope, id)? {
        Some(project) => Ok(Some((project.id, project.name))),
        None => Err(refused_parent("this organization has no such project")),
    }
}

/// The project that a request names as the owner; none for the organization itself.
fn project_named(scope: &Scope, parent: &Parent) -> Result<Option<ProjectId>> {
    let organization = &scope.organization;
    match parent {
        Parent::Project(id) => Ok(Some(*id)),
        Parent::Organization(name)
            if fold(name) == fold(&organization.name) || *name == organization.id.to_string() =>
        {
            Ok(None)
        }
        Parent::Organization(_) => Err(refused_parent("this is another organization")),
    }
}

fn refused_parent(text: &str) -> Error {
    Error::invalid_at("/data/relationships/parent/data/id", text)
}

/// A project of the organization, if the caller sees it.
pub(super) fn seen_project(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: ProjectId,
) -> Result<Option<Project>> {
    let found =
        find_project(tx, id)?.filter(|project| project.organization_id == scope.organization.id);
    let Some(project) = found else { return Ok(None) };
    match scope.at_project(tx, id) {
        Ok(_) => Ok(Some(project)),
        Err(error) if error.kind() == Kind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What happened to a set.
pub(super) fn told(action: &'static str, set: &VariableSet) -> Event {
    let event = Event::new(action, "varsets", set.id)
        .of(set.organization_id)
        .named(&set.name)
        .with("global", set.global)
        .with("priority", set.priority);
    match set.project_id() {
        Some(project) => event.with("project", project.to_string()),
        None => event,
    }
}

/// What is different, by the names on the wire.
fn differences(before: &VariableSet, after: &VariableSet) -> Vec<&'static str> {
    let parts = [
        ("name", before.name != after.name),
        ("description", before.description != after.description),
        ("global", before.global != after.global),
        ("priority", before.priority != after.priority),
    ];
    parts.into_iter().filter(|(_, changed)| *changed).map(|(name, _)| name).collect()
}
