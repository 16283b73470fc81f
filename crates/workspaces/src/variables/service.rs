//! What can be done with the variables of a workspace. Each function is one operation inside the
//! caller's transaction; it asks for the right itself.

use barrier::Barrier;
use db::Tx;
use identity::{
    Right, Scope,
    audit::{Event, record},
};
use kernel::{Context, Error, OrganizationId, Result, VariableId, WorkspaceId};

use super::{Owner, Variable, VariableChange, random_version, store};
use crate::{service::hold, sql, workspace::Workspace};

/// Where variables stand: what is needed to seal them and to tell of their changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Home {
    /// The organization, whose key seals them.
    pub(crate) organization: OrganizationId,
    /// The workspace or set.
    pub(crate) owner: Owner,
}

impl Home {
    const fn of(workspace: &Workspace) -> Self {
        Self { organization: workspace.organization_id, owner: Owner::Workspace(workspace.id) }
    }
}

/// Refuses callers who may not know what variables a workspace has: to them there are none.
pub(crate) fn require_sight(scope: &Scope) -> Result<()> {
    if scope.allows(Right::ManageVariables) {
        return Ok(());
    }
    scope.require(Right::ReadVariables).map_err(|refused| {
        let hidden = Error::not_found();
        match refused.denial() {
            Some(denial) => hidden.denying(denial.clone()),
            None => hidden,
        }
    })
}

/// Refuses callers who may not change them.
pub(crate) fn require_hand(scope: &Scope) -> Result<()> {
    require_sight(scope)?;
    scope.require(Right::ManageVariables)
}

/// A workspace's own variables, by key.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    barrier: &Barrier,
    scope: &Scope,
    workspace: &Workspace,
) -> Result<Vec<Variable>> {
    require_sight(scope)?;
    let key = barrier.organization_key(tx, workspace.organization_id)?;
    store::list(tx, &key, Owner::Workspace(workspace.id))
}

/// One of them.
pub(crate) fn find(
    tx: &mut Tx<'_>,
    barrier: &Barrier,
    scope: &Scope,
    workspace: &Workspace,
    id: VariableId,
) -> Result<Variable> {
    require_sight(scope)?;
    find_in(tx, barrier, Home::of(workspace), id)
}

/// Gives a workspace another variable.
pub(crate) fn create(
    tx: &mut Tx<'_>,
    context: &Context,
    barrier: &Barrier,
    scope: &Scope,
    workspace: &Workspace,
    change: &VariableChange,
) -> Result<Variable> {
    require_hand(scope)?;
    let workspace = hold(tx, workspace.id)?;
    create_in(tx, context, barrier, Home::of(&workspace), change)
}

/// Changes one.
pub(crate) fn update(
    tx: &mut Tx<'_>,
    context: &Context,
    barrier: &Barrier,
    scope: &Scope,
    workspace: &Workspace,
    (id, change): (VariableId, &VariableChange),
) -> Result<Variable> {
    require_hand(scope)?;
    let workspace = hold(tx, workspace.id)?;
    update_in(tx, context, barrier, Home::of(&workspace), id, change)
}

/// Takes one away.
pub(crate) fn delete(
    tx: &mut Tx<'_>,
    context: &Context,
    barrier: &Barrier,
    scope: &Scope,
    workspace: &Workspace,
    id: VariableId,
) -> Result<()> {
    require_hand(scope)?;
    let workspace = hold(tx, workspace.id)?;
    delete_in(tx, context, barrier, Home::of(&workspace), id)
}

/// The workspace that a variable belongs to, whoever asks.
pub(crate) fn workspace_of(tx: &mut Tx<'_>, id: VariableId) -> Result<WorkspaceId> {
    tx.query_optional(&sql::FIND_WORKSPACE_OF_VARIABLE, &[id.into()], |row| row.id(0))?
        .ok_or_else(Error::not_found)
}

/// One variable, whoever asks.
pub(crate) fn find_in(
    tx: &mut Tx<'_>,
    barrier: &Barrier,
    home: Home,
    id: VariableId,
) -> Result<Variable> {
    let key = barrier.organization_key(tx, home.organization)?;
    store::find(tx, &key, home.owner, id)?.ok_or_else(Error::not_found)
}

/// Adds a variable, whoever asks.
pub(crate) fn create_in(
    tx: &mut Tx<'_>,
    context: &Context,
    barrier: &Barrier,
    home: Home,
    change: &VariableChange,
) -> Result<Variable> {
    let (variable, value) = change.create(home.owner, context.now)?;
    let mut variable = Variable { version: random_version(), ..variable };
    let key = barrier.organization_key(tx, home.organization)?;
    store::insert(tx, &key, &variable, &value)?;
    record(tx, context, &told("create", home, &variable))?;
    variable.value = (!variable.sensitive).then_some(value);
    Ok(variable)
}

/// Changes a variable, whoever asks.
pub(crate) fn update_in(
    tx: &mut Tx<'_>,
    context: &Context,
    barrier: &Barrier,
    home: Home,
    id: VariableId,
    change: &VariableChange,
) -> Result<Variable> {
    let before = find_in(tx, barrier, home, id)?;
    let (variable, value) = change.update(&before, context.now)?;
    let mut variable = Variable { version: random_version(), ..variable };
    let key = barrier.organization_key(tx, home.organization)?;
    store::update(tx, &key, &variable, value.as_ref())?;
    let event = told("update", home, &variable)
        .with("changed", differences(&before, &variable, value.is_some()));
    record(tx, context, &event)?;
    if !variable.sensitive {
        variable.value = value.or(before.value);
    }
    Ok(variable)
}

/// Removes a variable, whoever asks.
pub(crate) fn delete_in(
    tx: &mut Tx<'_>,
    context: &Context,
    barrier: &Barrier,
    home: Home,
    id: VariableId,
) -> Result<()> {
    let variable = find_in(tx, barrier, home, id)?;
    store::delete(tx, home.owner, id)?;
    record(tx, context, &told("delete", home, &variable))
}

/// What happened to a variable, without its value.
fn told(action: &'static str, home: Home, variable: &Variable) -> Event {
    let event = Event::new(action, "vars", variable.id)
        .of(home.organization)
        .named(&variable.key)
        .with("category", variable.category.as_str())
        .with("sensitive", variable.sensitive);
    match home.owner {
        Owner::Workspace(id) => event.with("workspace", id.to_string()),
        Owner::Set(id) => event.with("varset", id.to_string()),
    }
}

/// What is different, by the names on the wire.
fn differences(before: &Variable, after: &Variable, value: bool) -> Vec<&'static str> {
    let parts = [
        ("key", before.key != after.key),
        ("value", value),
        ("category", before.category != after.category),
        ("description", before.description != after.description),
        ("hcl", before.hcl != after.hcl),
        ("sensitive", before.sensitive != after.sensitive),
    ];
    parts.into_iter().filter(|(_, changed)| *changed).map(|(name, _)| name).collect()
}
