//! Giving a level to what is no person: a key, or an identity that is trusted. Nobody gives more
//! than they have, so that no way leads through a token of one's own to more rights.

use db::Tx;
use kernel::{Error, ProjectId, Result, WorkspaceId};

use crate::{
    Placed, Right, Scope,
    access::{Rights, level_everywhere},
    store,
};

/// Refuses callers who may not say who may do what at the place, or have less there than they give.
/// `scope` is that of the whole organization.
pub(super) fn require_giving(tx: &mut Tx<'_>, scope: &Scope, placed: &Placed) -> Result<()> {
    let place = at(tx, scope, placed)?;
    place.scope.require(place.right)?;
    match placed {
        Placed::Organization(level) => holds(place.scope.rights(), level_everywhere(*level)),
        Placed::Project(project, level, custom) => {
            let given = level.rights(custom.as_ref());
            holds(place.scope.rights(), given.project)?;
            // What holds at a workspace of the project at which nothing is granted.
            let inside = scope.at_workspace(tx, *project, WorkspaceId::random())?;
            holds(inside.rights(), given.workspaces)
        }
        Placed::Workspace(_, level, custom) => {
            holds(place.scope.rights(), level.rights(custom.as_ref()))
        }
    }
}

/// Refuses callers who may not take back what was given at the place.
pub(super) fn require_taking(tx: &mut Tx<'_>, scope: &Scope, placed: &Placed) -> Result<()> {
    let place = at(tx, scope, placed)?;
    place.scope.require(place.right)
}

/// A place, and the right to say who may do what there.
struct Place {
    scope: Scope,
    right: Right,
}

fn at(tx: &mut Tx<'_>, scope: &Scope, placed: &Placed) -> Result<Place> {
    let organization = scope.organization.id;
    let scope = match placed {
        Placed::Organization(_) => {
            return Ok(Place { scope: scope.clone(), right: Right::ManageOrganizationTokens });
        }
        Placed::Project(id, ..) => {
            require_project(tx, scope, *id)?;
            scope.at_project(tx, *id)?
        }
        Placed::Workspace(id, ..) => {
            let home = store::workspace_home(tx, *id)?;
            let (_, project) =
                home.filter(|(at, _)| *at == organization).ok_or_else(Error::not_found)?;
            scope.at_workspace(tx, project, *id)?
        }
    };
    Ok(Place { scope, right: Right::ManageAccess })
}

fn require_project(tx: &mut Tx<'_>, scope: &Scope, id: ProjectId) -> Result<()> {
    let organization = scope.organization.id;
    let project = store::project_by_id(tx, id)?;
    project
        .filter(|project| project.organization_id == organization)
        .map(drop)
        .ok_or_else(Error::not_found)
}

fn holds(own: Rights, given: Rights) -> Result<()> {
    let Some(missing) = given.without(own).iter().next() else { return Ok(()) };
    Err(Error::forbidden(format!(
        "nobody can give more than they have: you may not {}",
        missing.phrase()
    )))
}
