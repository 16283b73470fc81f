//! Which workspaces may read another one's state because it names them.

use db::Tx;
use identity::{
    Right, Scope,
    audit::{self, Event},
};
use kernel::{Context, Error, Page, PageRequest, Result, WorkspaceId};

use crate::{
    list::{Listed, load},
    seen::sees,
    sharing::require_sharing,
    sql, store,
    workspace::Workspace,
};

/// What shall happen to the list of consumers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// These join.
    Add,
    /// These leave.
    Remove,
    /// These stay or join, all others leave.
    Replace,
}

/// The workspaces that a workspace names, by name, as far as the caller sees them.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    workspace: &Workspace,
    request: PageRequest,
) -> Result<Page<Listed>> {
    let ids = tx.query(&sql::LIST_CONSUMERS, &[workspace.id.into()], |row| row.id(0))?;
    let reach = scope.reach(tx)?;
    let mut seen = load(tx, scope, &reach, &ids)?;
    seen.retain(|listed| listed.scope.allows(Right::ReadWorkspace));
    Ok(Page::of(seen, request))
}

/// Changes which workspaces a workspace names. All are of its own organization.
pub(crate) fn change(
    tx: &mut Tx<'_>,
    context: &Context,
    scope: &Scope,
    workspace: &Workspace,
    step: Step,
    consumers: &[WorkspaceId],
) -> Result<()> {
    scope.require(Right::UpdateWorkspace)?;
    if !matches!(step, Step::Remove) && !consumers.is_empty() {
        require_sharing(scope)?;
    }
    store::lock_row(tx, workspace.id)?;
    let mut changed = Vec::new();
    if matches!(step, Step::Replace) {
        tx.execute(&sql::DELETE_CONSUMERS, &[workspace.id.into()])?;
    }
    for (position, consumer) in consumers.iter().enumerate() {
        let params = [workspace.id.into(), consumer.into()];
        if matches!(step, Step::Remove) {
            if tx.execute(&sql::DELETE_CONSUMER, &params)? > 0 {
                changed.push(consumer.to_string());
            }
            continue;
        }
        if !sees(tx, scope, *consumer)? {
            let pointer = format!("/data/{position}/id");
            let text = "this organization has no such workspace";
            return Err(Error::invalid_at(pointer, text));
        }
        if tx.execute(&sql::INSERT_CONSUMER, &params)? > 0 {
            changed.push(consumer.to_string());
        }
    }
    if changed.is_empty() && !matches!(step, Step::Replace) {
        return Ok(());
    }
    let (action, named) = match step {
        Step::Add => ("add", "added"),
        Step::Remove => ("remove", "removed"),
        Step::Replace => ("update", "now"),
    };
    let event = Event::new(action, "remote-state-consumers", workspace.id)
        .of(workspace.organization_id)
        .named(workspace.name.as_str())
        .with(named, changed);
    audit::record(tx, context, &event)
}
