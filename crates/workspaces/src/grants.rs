//! What teams may do with a workspace. `identity` keeps the grants and decides on them; here the
//! workspace is found, and its row is held while who may do what there changes.

use db::Tx;
use identity::{
    Grant, Scope,
    access::{Wish, WorkspaceLevel},
    create_grant, delete_grant, find_grant, list_grants, require_grant, update_grant,
};
use kernel::{Context, Error, Page, PageRequest, Result, TeamId, WorkspaceAccessId, WorkspaceId};

use crate::{find, store};

/// A grant at a workspace.
pub(crate) type WorkspaceGrant = Grant<WorkspaceLevel>;

/// A page of what is granted at a workspace.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    context: &Context,
    workspace: WorkspaceId,
    page: PageRequest,
) -> Result<Page<WorkspaceGrant>> {
    let (workspace, scope) = find(tx, context, workspace)?;
    list_grants(tx, &scope, workspace.id, page)
}

/// Grants something to a team.
pub(crate) fn create(
    tx: &mut Tx<'_>,
    context: &Context,
    (workspace, team): (WorkspaceId, TeamId),
    access: Option<&str>,
    wish: &Wish,
) -> Result<WorkspaceGrant> {
    find(tx, context, workspace)?;
    store::lock_row(tx, workspace)?;
    let (_, scope) = find(tx, context, workspace)?;
    create_grant(tx, context, &scope, (workspace, team), access, wish)
}

/// What was granted.
pub(crate) fn read(
    tx: &mut Tx<'_>,
    context: &Context,
    id: WorkspaceAccessId,
) -> Result<(Scope, WorkspaceGrant)> {
    let grant = find_grant::<WorkspaceLevel>(tx, id)?.ok_or_else(Error::not_found)?;
    let (_, scope) = find(tx, context, grant.at)?;
    require_grant(&scope, &grant)?;
    Ok((scope, grant))
}

/// Changes what was granted.
pub(crate) fn update(
    tx: &mut Tx<'_>,
    context: &Context,
    id: WorkspaceAccessId,
    access: Option<&str>,
    wish: &Wish,
) -> Result<WorkspaceGrant> {
    let (scope, grant) = hold(tx, context, id)?;
    update_grant(tx, context, &scope, grant, access, wish)
}

/// Takes back what was granted.
pub(crate) fn delete(tx: &mut Tx<'_>, context: &Context, id: WorkspaceAccessId) -> Result<()> {
    let (scope, grant) = hold(tx, context, id)?;
    delete_grant(tx, context, &scope, &grant)
}

fn hold(
    tx: &mut Tx<'_>,
    context: &Context,
    id: WorkspaceAccessId,
) -> Result<(Scope, WorkspaceGrant)> {
    let (_, grant) = read(tx, context, id)?;
    store::lock_row(tx, grant.at)?;
    read(tx, context, id)
}
