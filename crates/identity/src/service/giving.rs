//! Giving a level at a place to what is no person: a key, or an identity that is trusted. Who says
//! who may do what at the place gives it, and no more than they hold.

use db::Tx;
use kernel::{Error, ProjectId, Result};

use crate::{
    Placed, Right, Scope,
    access::{ProjectRights, Rights, level_everywhere},
    hand_out::{self, To},
    store,
};

/// Refuses callers who may not say who may do what at the place, or have less there than they give.
/// `scope` is that of the whole organization.
pub(super) fn require_giving(tx: &mut Tx<'_>, scope: &Scope, placed: &Placed) -> Result<()> {
    let place = at(tx, scope, placed)?;
    place.scope.require(place.right)?;
    match placed {
        Placed::Organization(level) => {
            hand_out::rights(&place.scope, To::Machine, level_everywhere(*level), Rights::NONE)
        }
        Placed::Project(project, level, custom) => {
            let (given, held) = (level.rights(custom.as_ref()), ProjectRights::default());
            hand_out::at_project(tx, scope, To::Machine, *project, (given, held))
        }
        Placed::Workspace(_, level, custom) => {
            hand_out::rights(&place.scope, To::Machine, level.rights(custom.as_ref()), Rights::NONE)
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
