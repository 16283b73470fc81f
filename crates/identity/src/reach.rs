//! All that is granted to a caller in an organization, loaded at once: so that a list asks the
//! database a fixed number of times, however long it is.

use std::collections::HashMap;

use db::Tx;
use kernel::{ProjectId, Result, TeamId, WorkspaceId};

use crate::{
    Scope,
    access::{Direct, GrantAt, ProjectRights, Right, Rights},
    store,
};

/// The grants of one caller, by place.
#[derive(Debug, Default)]
pub struct Reach {
    everything: bool,
    projects: HashMap<ProjectId, Vec<GrantAt<ProjectRights>>>,
    workspaces: HashMap<WorkspaceId, Vec<GrantAt<Rights>>>,
    /// In which project each workspace stands that something was granted at.
    homes: HashMap<WorkspaceId, ProjectId>,
}

/// How many teams one statement is asked about.
const TEAMS_AT_ONCE: usize = 4_096;

impl Reach {
    /// All that is granted to some teams: enough for whoever is in none but these, and was given
    /// nothing else.
    pub fn of_teams(tx: &mut Tx<'_>, teams: &[TeamId]) -> Result<Self> {
        let mut reach = Self::default();
        for teams in teams.chunks(TEAMS_AT_ONCE) {
            reach.add_teams(tx, teams)?;
        }
        Ok(reach)
    }

    fn add_teams(&mut self, tx: &mut Tx<'_>, teams: &[TeamId]) -> Result<()> {
        for (project, grant) in store::project_grants_of(tx, teams)? {
            self.projects.entry(project).or_default().push(grant);
        }
        for (workspace, project, grant) in store::workspace_grants_of(tx, teams)? {
            self.workspaces.entry(workspace).or_default().push(grant);
            self.homes.insert(workspace, project);
        }
        Ok(())
    }

    pub(crate) fn load(tx: &mut Tx<'_>, scope: &Scope) -> Result<Self> {
        let standing = scope.standing();
        let mut reach = Self { everything: standing.sees_every_workspace(), ..Self::default() };
        reach.add_teams(tx, &standing.team_ids())?;
        for (_, direct) in &standing.direct {
            match direct {
                Direct::Organization(_) => {}
                Direct::Project(project, _) => {
                    reach.projects.entry(*project).or_default();
                }
                Direct::Workspace(project, workspace, _) => {
                    reach.workspaces.entry(*workspace).or_default();
                    reach.homes.insert(*workspace, *project);
                }
            }
        }
        Ok(reach)
    }

    /// Whether the caller sees every workspace of the organization.
    pub const fn is_everything(&self) -> bool {
        self.everything
    }

    /// The scope at a project, which the caller may or may not see.
    pub fn at_project(&self, scope: &Scope, project: ProjectId) -> Scope {
        let grants = self.projects.get(&project).map(Vec::as_slice).unwrap_or_default();
        let inside = self.homes.values().any(|home| *home == project);
        scope.with_project_rights(project, scope.standing().at_project(project, grants, inside))
    }

    /// The scope at a workspace, which the caller may or may not see.
    pub fn at_workspace(&self, scope: &Scope, project: ProjectId, workspace: WorkspaceId) -> Scope {
        let of_project = self.projects.get(&project).map(Vec::as_slice).unwrap_or_default();
        let of_workspace = self.workspaces.get(&workspace).map(Vec::as_slice).unwrap_or_default();
        let rights = scope.standing().at_workspace(project, workspace, of_project, of_workspace);
        scope.with_workspace_rights(workspace, rights)
    }

    /// Whether the caller works in any workspace.
    pub fn works_anywhere(&self, scope: &Scope) -> bool {
        let scope = &scope.unbound();
        self.places(scope).any(|(_, at)| works(&at))
    }

    /// Whether the caller works in any workspace of a project.
    pub fn works_in(&self, scope: &Scope, project: ProjectId) -> bool {
        let scope = &scope.unbound();
        self.places(scope).any(|(home, at)| home == project && works(&at))
    }

    /// Whether the caller works in a workspace.
    pub fn works_at(&self, scope: &Scope, project: ProjectId, workspace: WorkspaceId) -> bool {
        works(&self.at_workspace(&scope.unbound(), project, workspace))
    }

    /// Each place with a grant, and what the caller may do with workspaces there.
    fn places<'a>(&'a self, scope: &'a Scope) -> impl Iterator<Item = (ProjectId, Scope)> + 'a {
        // A workspace that nothing is granted at has what holds at all those of its project.
        let whole = self.projects.keys().map(|project| (*project, WorkspaceId::generate()));
        let single = self.homes.iter().map(|(workspace, project)| (*project, *workspace));
        whole.chain(single).map(move |(project, workspace)| {
            (project, self.at_workspace(scope, project, workspace))
        })
    }

    /// The projects that the caller sees, if not all.
    pub fn projects(&self, scope: &Scope) -> Option<Vec<ProjectId>> {
        if scope.standing().in_organization().holds(Right::ReadProject) {
            return None;
        }
        let mut seen: Vec<ProjectId> = self.projects.keys().copied().collect();
        seen.extend(self.homes.values().copied());
        seen.sort_unstable();
        seen.dedup();
        seen.retain(|project| self.at_project(scope, *project).allows(Right::ReadProject));
        Some(seen)
    }

    /// The projects of which the caller sees every workspace.
    pub fn whole_projects(&self, scope: &Scope) -> Vec<ProjectId> {
        self.whole_projects_with(scope, Right::ReadWorkspace)
    }

    /// The projects in every workspace of which the caller has a right, if not everywhere.
    pub fn whole_projects_with(&self, scope: &Scope, right: Right) -> Vec<ProjectId> {
        // A workspace that nothing is granted at has what holds at all those of its project.
        let nobody = WorkspaceId::generate();
        let has = |project: &&ProjectId| self.at_workspace(scope, **project, nobody).allows(right);
        self.projects.keys().filter(has).copied().collect()
    }

    /// How many workspaces of a project the caller sees, if not all of them.
    pub fn part_of(&self, scope: &Scope, project: ProjectId) -> Option<u64> {
        // A workspace that nothing is granted at has what holds at all those of its project.
        let other = self.at_workspace(scope, project, WorkspaceId::generate());
        if other.allows(Right::ReadWorkspace) {
            return None;
        }
        let single = self.homes.iter().filter(|(_, home)| **home == project);
        let sees = |workspace: &WorkspaceId| {
            self.at_workspace(scope, project, *workspace).allows(Right::ReadWorkspace)
        };
        Some(single.filter(|(workspace, _)| sees(workspace)).count() as u64)
    }

    /// The single workspaces that the caller sees, whatever else there is in their projects.
    pub fn single_workspaces(&self, scope: &Scope) -> Vec<WorkspaceId> {
        let seen = self.single_workspaces_with(scope, Right::ReadWorkspace).into_iter();
        seen.map(|(workspace, _)| workspace).collect()
    }

    /// The single workspaces in which the caller has a right, each with its project.
    pub fn single_workspaces_with(
        &self,
        scope: &Scope,
        right: Right,
    ) -> Vec<(WorkspaceId, ProjectId)> {
        let has = |(workspace, project): &(&WorkspaceId, &ProjectId)| {
            self.at_workspace(scope, **project, **workspace).allows(right)
        };
        self.homes.iter().filter(has).map(|(workspace, project)| (*workspace, *project)).collect()
    }

    /// The projects at which the caller has a right, if not everywhere.
    pub fn projects_with(&self, scope: &Scope, right: Right) -> Vec<ProjectId> {
        let has = |project: &&ProjectId| self.at_project(scope, **project).allows(right);
        self.projects.keys().filter(has).copied().collect()
    }
}

/// Whether somebody works in a workspace: starts its runs, or does what a run does.
const fn works(at: &Scope) -> bool {
    at.allows(Right::WriteState) || at.allows(Right::QueueRun)
}
