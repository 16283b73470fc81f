//! Who may read a workspace's state because the workspace shares it, and not because it was
//! granted to them: whoever may write the state of a workspace that it is shared with, be it a
//! person who works on their own machine, a team, a key, or a CI job. Sharing gives the reading of
//! state and outputs, and nothing else.

use db::Tx;
use identity::{Reach, Right, Scope, access::SHARED_STATE};
use kernel::Result;

use crate::{sql, workspace::Workspace};

/// The scope at a workspace, with what sharing adds.
pub(crate) fn enter(tx: &mut Tx<'_>, scope: &Scope, workspace: &Workspace) -> Result<Scope> {
    let scope = scope.at_workspace(tx, workspace.project_id, workspace.id)?;
    let reads = scope.allows(Right::ReadState) && scope.allows(Right::ReadOutputs);
    if reads || !is_shared_with(tx, &scope, workspace)? {
        return Ok(scope);
    }
    let rights = scope.rights() | SHARED_STATE;
    Ok(scope.with_workspace_rights(workspace.id, rights))
}

fn is_shared_with(tx: &mut Tx<'_>, scope: &Scope, workspace: &Workspace) -> Result<bool> {
    let reach = scope.reach(tx)?;
    if workspace.global_remote_state && reach.writes_anywhere(scope) {
        return Ok(true);
    }
    if workspace.project_remote_state && reach.writes_in(scope, workspace.project_id) {
        return Ok(true);
    }
    names_one_of(tx, scope, &reach, workspace)
}

fn names_one_of(
    tx: &mut Tx<'_>,
    scope: &Scope,
    reach: &Reach,
    workspace: &Workspace,
) -> Result<bool> {
    let consumers = tx.query(&sql::LIST_CONSUMER_PLACES, &[workspace.id.into()], |row| {
        Ok((row.id(0)?, row.id(1)?))
    })?;
    Ok(consumers.into_iter().any(|(consumer, project)| {
        reach.at_workspace(scope, project, consumer).allows(Right::WriteState)
    }))
}
