//! Nobody hands out more than they hold. Whoever gives rights to a team, a key or a trust, or puts
//! somebody in the place of a team, must hold all of what is handed out, at the place where it
//! counts: else whoever keeps the teams could make themselves an owner. One caller stands apart: an
//! organization's token keeps the house for all its teams but the owners, so it gives them what they
//! need, although it may not touch a state itself.

use db::Tx;
use kernel::{Error, ProjectId, Result, WorkspaceId};

use crate::{
    Scope, Team,
    access::{ProjectRights, Right, Rights},
    store,
};

/// All that a team may have which does not own the organization.
const EVERY_TEAM: Rights = Rights::ALL.without(Rights::of(&[Right::DeleteOrganization]));

/// Who gets something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// A team that does not own the organization.
    Team,
    /// A key, a trust or another token.
    Machine,
}

/// Refuses to hand out rights that the caller lacks at the scope's place. `held` is what whoever
/// gets them has there already.
pub fn rights(scope: &Scope, to: To, given: Rights, held: Rights) -> Result<()> {
    compare(scope, to, given.without(held), scope.rights())
}

/// The same at a project, and at all its workspaces.
pub fn at_project(
    tx: &mut Tx<'_>,
    scope: &Scope,
    to: To,
    project: ProjectId,
    (given, held): (ProjectRights, ProjectRights),
) -> Result<()> {
    let at = scope.at_project(tx, project)?;
    rights(&at, to, given.project, held.project)?;
    let own = store::project_grants(tx, project)?;
    let inside = scope.standing().at_workspace(project, WorkspaceId::generate(), &own, &[]);
    compare(&at, to, given.workspaces.without(held.workspaces), inside)
}

/// Refuses to put anybody into the place of a team that may do more than the caller, be it a
/// person, a token or a trust.
pub fn team(tx: &mut Tx<'_>, scope: &Scope, team: &Team) -> Result<()> {
    let scope = scope.at_organization();
    if team.owners {
        return scope.require_owner();
    }
    rights(&scope, To::Team, team.rights(), Rights::NONE)?;
    if scope.is_owner() {
        return Ok(());
    }
    let reach = scope.reach(tx)?;
    for (project, grant) in store::project_grants_of(tx, &[team.id])? {
        let seen = reach.at_project(&scope, project).rights();
        compare(&scope, To::Team, grant.rights.project, seen)?;
        // A workspace that nothing is granted at has what holds at all those of its project.
        let inside = reach.at_workspace(&scope, project, WorkspaceId::generate()).rights();
        compare(&scope, To::Team, grant.rights.workspaces, inside)?;
    }
    for (workspace, project, grant) in store::workspace_grants_of(tx, &[team.id])? {
        let held = reach.at_workspace(&scope, project, workspace).rights();
        compare(&scope, To::Team, grant.rights, held)?;
    }
    Ok(())
}

fn compare(scope: &Scope, to: To, given: Rights, held: Rights) -> Result<()> {
    let keeps_house = to == To::Team && scope.standing().keeps_house();
    let held = if keeps_house { held | EVERY_TEAM } else { held };
    let missing = given.without(held);
    let Some(first) = missing.iter().next() else { return Ok(()) };
    let words: Vec<_> = missing.iter().map(Right::as_str).collect();
    let text = format!(
        "nobody can hand out more than they may do themselves, and you lack {}; ask an owner of \
         \"{}\"",
        words.join(", "),
        scope.organization.name
    );
    Err(Error::forbidden(text).denying(scope.denial(first)))
}
