//! What a caller is in an organization, and the decision that follows from it.

use std::time::Duration;

use kernel::{ProjectId, TeamId, WorkspaceId};

use super::{
    ORGANIZATION_TOKEN, ProjectRights, READING, Right, Rights,
    explain::{Through, union},
};

/// What a caller is in an organization, wherever they go in it.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// What they may do everywhere by themselves, before their teams add to it.
    pub rights: Rights,
    /// Why.
    pub through: Through,
    /// The teams that they are in.
    pub teams: Vec<InTeam>,
    /// What was given to them and to no team, and by what: the place of a key or a trust.
    pub direct: Vec<(Through, Direct)>,
    /// Whether their token changes nothing.
    pub read_only: bool,
    /// How long tokens may live here at most, if theirs lives longer: it is good for nothing here.
    pub outlives: Option<Duration>,
}

/// A team that somebody is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InTeam {
    /// The team, whose grants count for them.
    pub id: TeamId,
    /// What it gives everywhere in the organization.
    pub rights: Rights,
}

/// What was given to a key or a trust at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direct {
    /// In the whole organization.
    Organization(Rights),
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
        self.bound(self.everywhere())
    }

    /// What may be done with a project, given all that was granted at it. `inside` says whether
    /// something in the project is granted: whoever sees a workspace sees where it stands.
    pub fn at_project(
        &self,
        project: ProjectId,
        grants: &[GrantAt<ProjectRights>],
        inside: bool,
    ) -> Rights {
        let mut rights = self.everywhere();
        for grant in grants.iter().filter(|grant| self.is_in(grant.team)) {
            rights = rights | grant.rights.project;
        }
        for (_, direct) in &self.direct {
            match direct {
                Direct::Project(at, given) if *at == project => rights = rights | given.project,
                Direct::Workspace(at, ..) if *at == project => {
                    rights = rights | Rights::of(&[Right::ReadProject]);
                }
                Direct::Organization(_) | Direct::Project(..) | Direct::Workspace(..) => {}
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
        let given = self.given_at_workspace(project, workspace, of_project, of_workspace);
        self.bound(union(given))
    }

    /// Whether what is granted at places can't add anything that matters for seeing workspaces.
    pub fn sees_every_workspace(&self) -> bool {
        self.in_organization().holds(Right::ReadWorkspace)
    }

    /// Whether this is an organization's token.
    pub fn keeps_house(&self) -> bool {
        self.rights == ORGANIZATION_TOKEN
    }

    /// The teams that they are in.
    pub fn team_ids(&self) -> Vec<TeamId> {
        self.teams.iter().map(|team| team.id).collect()
    }

    /// Whether they are in a team.
    pub fn is_in(&self, team: TeamId) -> bool {
        self.teams.iter().any(|known| known.id == team)
    }

    /// What is given everywhere, whatever binds the token.
    fn everywhere(&self) -> Rights {
        union(self.given_everywhere())
    }

    pub(super) fn bound(&self, rights: Rights) -> Rights {
        match (self.outlives, self.read_only) {
            (Some(_), _) => Rights::NONE,
            (None, true) => rights.within(READING),
            (None, false) => rights,
        }
    }
}
