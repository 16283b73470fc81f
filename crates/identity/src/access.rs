//! Who may do what, decided without input or output: the one place that every capability asks.
//!
//! A caller has a [`Standing`] in an organization: what holds everywhere in it, the teams they are
//! in, and what was given to them directly. With what was granted at a place ([`GrantAt`]) this
//! gives the [`Rights`] there. Rights flow from the organization to its projects to their
//! workspaces; the strongest wins; nothing takes a right away but what binds the token itself.

mod levels;
mod organization;
mod rights;
#[cfg(test)]
mod tests;

use std::time::Duration;

use kernel::{ProjectId, TeamId, WorkspaceId};

pub use levels::{
    Custom, PROJECT_ADMIN, PROJECT_MAINTAIN, PROJECT_READ, ProjectLevel, ProjectRights,
    WORKSPACE_ADMIN, WORKSPACE_PLAN, WORKSPACE_READ, WORKSPACE_WRITE, WorkspaceLevel,
};
pub use organization::{
    AUDITOR, MEMBER, ORGANIZATION_TOKEN, READING, WORDS, level_everywhere, rights_of_words,
};
pub use rights::{Right, Rights};

/// What a caller is in an organization, wherever they go in it.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// What they may do everywhere in the organization.
    pub rights: Rights,
    /// The teams whose grants count for them.
    pub teams: Vec<TeamId>,
    /// What was given to them and to no team: the place of a key or a trust.
    pub direct: Vec<Direct>,
    /// Whether their token changes nothing.
    pub read_only: bool,
    /// How long tokens may live here at most, if theirs lives longer: it is good for nothing here.
    pub outlives: Option<Duration>,
}

/// What was given to a key or a trust at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direct {
    /// At a project.
    Project(ProjectId, ProjectRights),
    /// At a workspace, which stands in this project.
    Workspace(ProjectId, WorkspaceId, Rights),
}

/// What a team was granted at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantAt<R> {
    /// The team.
    pub team: TeamId,
    /// What it was granted.
    pub rights: R,
}

impl Standing {
    /// What may be done with the organization itself, and with everything in it.
    pub fn in_organization(&self) -> Rights {
        self.bound(self.rights)
    }

    /// What may be done with a project, given all that was granted at it. `inside` says whether
    /// something in the project is granted: whoever sees a workspace sees where it stands.
    pub fn at_project(
        &self,
        project: ProjectId,
        grants: &[GrantAt<ProjectRights>],
        inside: bool,
    ) -> Rights {
        let mut rights = self.rights;
        for grant in grants.iter().filter(|grant| self.teams.contains(&grant.team)) {
            rights = rights | grant.rights.project;
        }
        for direct in &self.direct {
            match direct {
                Direct::Project(at, given) if *at == project => rights = rights | given.project,
                Direct::Workspace(at, ..) if *at == project => {
                    rights = rights | Rights::of(&[Right::ReadProject]);
                }
                Direct::Project(..) | Direct::Workspace(..) => {}
            }
        }
        if inside {
            rights = rights | Rights::of(&[Right::ReadProject]);
        }
        self.bound(rights)
    }

    /// What may be done with a workspace of a project, given all that was granted at both.
    pub fn at_workspace(
        &self,
        project: ProjectId,
        workspace: WorkspaceId,
        of_project: &[GrantAt<ProjectRights>],
        of_workspace: &[GrantAt<Rights>],
    ) -> Rights {
        let mut rights = self.rights;
        for grant in of_project.iter().filter(|grant| self.teams.contains(&grant.team)) {
            rights = rights | grant.rights.workspaces;
        }
        for grant in of_workspace.iter().filter(|grant| self.teams.contains(&grant.team)) {
            rights = rights | grant.rights;
        }
        for direct in &self.direct {
            match direct {
                Direct::Project(at, given) if *at == project => rights = rights | given.workspaces,
                Direct::Workspace(_, at, given) if *at == workspace => rights = rights | *given,
                Direct::Project(..) | Direct::Workspace(..) => {}
            }
        }
        self.bound(rights)
    }

    /// Whether what is granted at places can't add anything that matters for seeing workspaces.
    pub fn sees_every_workspace(&self) -> bool {
        self.in_organization().holds(Right::ReadWorkspace)
    }

    fn bound(&self, rights: Rights) -> Rights {
        match (self.outlives, self.read_only) {
            (Some(_), _) => Rights::NONE,
            (None, true) => rights.within(READING),
            (None, false) => rights,
        }
    }
}

/// What sharing a state gives to somebody who may write a state that may read it: nothing but the
/// reading.
pub const SHARED_STATE: Rights =
    Rights::of(&[Right::ReadWorkspace, Right::ReadState, Right::ReadOutputs]);
