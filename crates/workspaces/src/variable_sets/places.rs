//! Where a set counts: for workspaces and in projects that it names.

use std::collections::BTreeSet;

use db::Tx;
use identity::{Right, Scope, audit::record};
use kernel::{Context, Error, ProjectId, Result, VariableSetId, WorkspaceId};

use super::{
    VariableSet,
    service::{hold, seen_project, told},
    store,
};
use crate::{sharing, sql, store as workspaces, workspace::Workspace};

/// What shall happen to the places that a set names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// These join.
    Add,
    /// These leave.
    Remove,
    /// These stay or join, all others leave that the caller sees.
    Replace,
}

/// Some places that a request names, and where in it they stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Applied<'a, I> {
    /// Their ids.
    pub(crate) ids: &'a [I],
    /// A pointer to the list.
    pub(crate) pointer: &'a str,
    /// What shall happen.
    pub(crate) step: Step,
}

/// Which places join, each with its position in the request, and which leave.
#[derive(Debug, PartialEq, Eq)]
struct Moves<I> {
    joining: Vec<(usize, I)>,
    leaving: Vec<I>,
}

impl<I: Copy + Ord> Applied<'_, I> {
    fn moves(&self, named: &BTreeSet<I>) -> Moves<I> {
        let wanted: BTreeSet<I> = self.ids.iter().copied().collect();
        let mut known = named.clone();
        let joining = self.ids.iter().copied().enumerate();
        let joining = match self.step {
            Step::Add | Step::Replace => joining.filter(|(_, id)| known.insert(*id)).collect(),
            Step::Remove => Vec::new(),
        };
        let leaving = match self.step {
            Step::Add => Vec::new(),
            Step::Remove => named.intersection(&wanted).copied().collect(),
            Step::Replace => named.difference(&wanted).copied().collect(),
        };
        Moves { joining, leaving }
    }

    fn refuse(&self, position: usize, text: impl Into<String>) -> Error {
        Error::invalid_at(format!("{}/{position}/id", self.pointer), text)
    }
}

/// Changes which workspaces a set names.
pub(crate) fn name_workspaces(
    tx: &mut Tx<'_>,
    context: &Context,
    set: VariableSetId,
    applied: Applied<'_, WorkspaceId>,
) -> Result<()> {
    let (set, scope) = hold(tx, context, set)?;
    apply_to_workspaces(tx, context, &scope, &set, applied)
}

/// The same for a set that is held.
pub(super) fn apply_to_workspaces(
    tx: &mut Tx<'_>,
    context: &Context,
    scope: &Scope,
    set: &VariableSet,
    applied: Applied<'_, WorkspaceId>,
) -> Result<()> {
    let named = store::workspaces_of(tx, &[set.id])?.remove(&set.id).unwrap_or_default();
    let moves = applied.moves(&named.into_iter().map(|(id, _)| id).collect());
    let (mut joined, mut left) = (Vec::new(), Vec::new());
    for (position, id) in moves.joining {
        let workspace = seen_workspace(tx, scope, id)?
            .ok_or_else(|| applied.refuse(position, "this organization has no such workspace"))?;
        if let Some((_, name)) =
            set.project.as_ref().filter(|(project, _)| *project != workspace.project_id)
        {
            let text = format!(
                "this set belongs to the project \"{name}\" and counts there only; the workspace \
                 stands in \"{}\"",
                workspace.project_name
            );
            return Err(applied.refuse(position, text));
        }
        tx.execute(&sql::INSERT_SET_WORKSPACE, &[set.id.into(), id.into()])?;
        joined.push(id);
    }
    for id in moves.leaving {
        if seen_workspace(tx, scope, id)?.is_some() {
            tx.execute(&sql::DELETE_SET_WORKSPACE, &[set.id.into(), id.into()])?;
            left.push(id);
        }
    }
    tell(tx, context, set, "workspaces", (&joined, &left))
}

/// Changes which projects a set names.
pub(crate) fn name_projects(
    tx: &mut Tx<'_>,
    context: &Context,
    set: VariableSetId,
    applied: Applied<'_, ProjectId>,
) -> Result<()> {
    let (set, scope) = hold(tx, context, set)?;
    apply_to_projects(tx, context, &scope, &set, applied)
}

/// The same for a set that is held.
pub(super) fn apply_to_projects(
    tx: &mut Tx<'_>,
    context: &Context,
    scope: &Scope,
    set: &VariableSet,
    applied: Applied<'_, ProjectId>,
) -> Result<()> {
    let named = store::projects_of(tx, &[set.id])?.remove(&set.id).unwrap_or_default();
    let moves = applied.moves(&named.into_iter().collect());
    let (mut joined, mut left) = (Vec::new(), Vec::new());
    for (position, id) in moves.joining {
        if seen_project(tx, scope, id)?.is_none() {
            return Err(applied.refuse(position, "this organization has no such project"));
        }
        if let Some((_, name)) = set.project.as_ref().filter(|(project, _)| *project != id) {
            let text = format!("this set belongs to the project \"{name}\" and counts there only");
            return Err(applied.refuse(position, text));
        }
        tx.execute(&sql::INSERT_SET_PROJECT, &[set.id.into(), id.into()])?;
        joined.push(id);
    }
    for id in moves.leaving {
        if seen_project(tx, scope, id)?.is_some() {
            tx.execute(&sql::DELETE_SET_PROJECT, &[set.id.into(), id.into()])?;
            left.push(id);
        }
    }
    tell(tx, context, set, "projects", (&joined, &left))
}

/// Takes a workspace that comes into another project out of the sets that other projects own.
pub(crate) fn leave_foreign(
    tx: &mut Tx<'_>,
    workspace: WorkspaceId,
    project: ProjectId,
) -> Result<()> {
    tx.execute(&sql::DELETE_FOREIGN_SETS, &[workspace.into(), project.into()])?;
    Ok(())
}

/// A workspace of the organization, kept where it is until the transaction ends, if the caller
/// sees it.
fn seen_workspace(tx: &mut Tx<'_>, scope: &Scope, id: WorkspaceId) -> Result<Option<Workspace>> {
    workspaces::lock_row(tx, id)?;
    let found = workspaces::find(tx, id)?
        .filter(|workspace| workspace.organization_id == scope.organization.id);
    let Some(workspace) = found else { return Ok(None) };
    let seen = sharing::enter(tx, scope, &workspace)?.allows(Right::ReadWorkspace);
    Ok(seen.then_some(workspace))
}

fn tell<I: ToString>(
    tx: &mut Tx<'_>,
    context: &Context,
    set: &VariableSet,
    what: &'static str,
    (joined, left): (&[I], &[I]),
) -> Result<()> {
    for (action, ids) in [("add", joined), ("remove", left)] {
        if !ids.is_empty() {
            let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
            record(tx, context, &told(action, set).with(what, ids))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moves(step: Step, ids: &[u8]) -> Moves<u8> {
        Applied { ids, pointer: "/data", step }.moves(&BTreeSet::from([1, 2, 3]))
    }

    #[test]
    fn places_join_and_leave() {
        let none = Vec::new;
        for (step, ids, joining, leaving) in [
            (Step::Add, &[2_u8, 4, 4, 5][..], vec![(1, 4), (3, 5)], none()),
            (Step::Remove, &[1, 4, 3, 1][..], vec![], vec![1, 3]),
            (Step::Replace, &[4, 3][..], vec![(0, 4)], vec![1, 2]),
            (Step::Replace, &[][..], vec![], vec![1, 2, 3]),
        ] {
            assert_eq!(moves(step, ids), Moves { joining, leaving }, "{step:?} {ids:?}");
        }
    }
}
