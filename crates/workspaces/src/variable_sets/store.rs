//! Rows to variable sets and back.

use std::collections::HashMap;

use db::{DbError, Row, Tx, Value};
use identity::names::fold;
use kernel::{Error, Kind, OrganizationId, ProjectId, Result, VariableSetId, WorkspaceId};

use super::{Applying, VariableSet};
use crate::{
    sql,
    variables::{Place, strongest},
    workspace::Workspace,
};

/// How many sets an organization has at most.
const MOST_SETS: i64 = 1_000;

/// A set, whoever asks.
pub(super) fn find(tx: &mut Tx<'_>, id: VariableSetId) -> Result<Option<VariableSet>> {
    Ok(tx.query_optional(&sql::FIND_VARIABLE_SET, &[id.into()], from_row)?)
}

/// The sets that count for a workspace, by name, each with what makes it win.
pub(crate) fn for_workspace(tx: &mut Tx<'_>, workspace: &Workspace) -> Result<Vec<Applying>> {
    let params =
        [workspace.organization_id.into(), workspace.project_id.into(), workspace.id.into()];
    Ok(tx.query(&sql::LIST_SETS_FOR_WORKSPACE, &params, |row| {
        let set = from_row(row)?;
        let place = place(&set, row.bool(10)?, row.bool(11)?);
        Ok(Applying { set, place })
    })?)
}

fn place(set: &VariableSet, names_project: bool, names_workspace: bool) -> Place {
    if set.global {
        return Place::Global;
    }
    let places: Vec<Place> = [(names_workspace, Place::Workspace), (names_project, Place::Project)]
        .into_iter()
        .filter_map(|(named, place)| named.then_some(place))
        .collect();
    strongest(&places, set.priority).unwrap_or(Place::Project)
}

/// Keeps other changes of the organization's sets away until the transaction ends.
pub(super) fn lock(tx: &mut Tx<'_>, organization: OrganizationId) -> Result<()> {
    Ok(tx.lock(&sql::LOCK_ORGANIZATION_OF_SETS, &[organization.into()])?)
}

/// Stores a new set.
pub(super) fn insert(tx: &mut Tx<'_>, set: &VariableSet) -> Result<()> {
    let params = [set.organization_id.into()];
    if tx.query_one(&sql::COUNT_ALL_VARIABLE_SETS, &params, |row| row.int(0))? >= MOST_SETS {
        let text =
            format!("an organization has at most {MOST_SETS} variable sets; delete some first");
        return Err(Error::new(Kind::Invalid, text));
    }
    let folded = fold(&set.name);
    let params = [
        set.id.into(),
        set.organization_id.into(),
        set.project_id().into(),
        (&set.name).into(),
        (&folded).into(),
        (&set.description).into(),
        set.global.into(),
        set.priority.into(),
        set.created_at.into(),
        set.updated_at.into(),
    ];
    tx.execute(&sql::INSERT_VARIABLE_SET, &params).map_err(|error| taken(error, set))?;
    Ok(())
}

/// Changes a set.
pub(super) fn update(tx: &mut Tx<'_>, set: &VariableSet) -> Result<()> {
    let folded = fold(&set.name);
    let params = [
        set.id.into(),
        (&set.name).into(),
        (&folded).into(),
        (&set.description).into(),
        set.global.into(),
        set.priority.into(),
        set.updated_at.into(),
    ];
    tx.execute(&sql::UPDATE_VARIABLE_SET, &params).map_err(|error| taken(error, set))?;
    Ok(())
}

/// Removes a set, with its variables.
pub(super) fn delete(tx: &mut Tx<'_>, id: VariableSetId) -> Result<()> {
    tx.execute(&sql::DELETE_VARIABLE_SET, &[id.into()])?;
    Ok(())
}

/// Refuses a global set that has a variable in common with another one.
pub(super) fn require_no_conflict(tx: &mut Tx<'_>, set: &VariableSet, field: &str) -> Result<()> {
    if !set.global {
        return Ok(());
    }
    let params = [set.id.into(), set.organization_id.into()];
    let found = tx.query_optional(&sql::FIND_GLOBAL_CONFLICT, &params, |row| {
        Ok((row.text(0)?, row.text(1)?))
    })?;
    let Some((key, other)) = found else { return Ok(()) };
    let text = format!(
        "the global variable set \"{other}\" has a variable \"{key}\" too, and neither would win; \
         rename one, or let one of the sets count for projects or workspaces only"
    );
    Err(Error::invalid(field, text))
}

/// The workspaces that some sets name, by name, with the projects that they stand in.
pub(super) fn workspaces_of(
    tx: &mut Tx<'_>,
    sets: &[VariableSetId],
) -> Result<HashMap<VariableSetId, Vec<(WorkspaceId, ProjectId)>>> {
    let list: Vec<Value<'_>> = sets.iter().map(Value::from).collect();
    let rows = tx.query_in(&sql::LIST_WORKSPACES_OF_SETS, &[], &list, |row| {
        Ok((row.id(0)?, (row.id(1)?, row.id(2)?)))
    })?;
    Ok(grouped(rows))
}

/// The projects that some sets name, by name.
pub(super) fn projects_of(
    tx: &mut Tx<'_>,
    sets: &[VariableSetId],
) -> Result<HashMap<VariableSetId, Vec<ProjectId>>> {
    let list: Vec<Value<'_>> = sets.iter().map(Value::from).collect();
    let rows =
        tx.query_in(&sql::LIST_PROJECTS_OF_SETS, &[], &list, |row| Ok((row.id(0)?, row.id(1)?)))?;
    Ok(grouped(rows))
}

/// Rows of pairs as lists by the first.
pub(super) fn grouped<K: std::hash::Hash + Eq, V>(rows: Vec<(K, V)>) -> HashMap<K, Vec<V>> {
    let mut groups: HashMap<K, Vec<V>> = HashMap::new();
    for (key, value) in rows {
        groups.entry(key).or_default().push(value);
    }
    groups
}

fn taken(error: DbError, set: &VariableSet) -> Error {
    error.or_constraint("variable_sets_name", || {
        Error::invalid("name", format!("the name \"{}\" has already been taken", set.name))
    })
}

/// Reads a row of the statements that select whole sets.
pub(super) fn from_row(row: &Row<'_>) -> Result<VariableSet, DbError> {
    let project = match row.opt_id(2)? {
        Some(id) => Some((id, row.opt_text(3)?.unwrap_or_default())),
        None => None,
    };
    Ok(VariableSet {
        id: row.id(0)?,
        organization_id: row.id(1)?,
        project,
        name: row.text(4)?,
        description: row.text(5)?,
        global: row.bool(6)?,
        priority: row.bool(7)?,
        created_at: row.timestamp(8)?,
        updated_at: row.timestamp(9)?,
    })
}
