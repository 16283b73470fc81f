//! Where rights come from. The decision is the union of what is listed here, so that what is
//! explained to people is what is decided, and nothing beside it.

use kernel::{ProjectId, TeamId, TokenId, TrustId, WorkspaceId};

use super::{GrantAt, ProjectRights, Rights, Standing, standing::Direct};

/// Something that gives rights to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Given {
    /// What it is.
    pub through: Through,
    /// Where it was given. Rights flow from there to everything below.
    pub at: At,
    /// The rights.
    pub rights: Rights,
}

/// What gives rights to somebody.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Through {
    /// Being a member of the organization.
    #[default]
    Membership,
    /// Administering the site.
    Site,
    /// Being the organization's own token.
    Organization,
    /// A team.
    Team(TeamId),
    /// A key that an administrator made.
    Key(TokenId),
    /// A trusted issuer, for the CI jobs that show an identity of it.
    Trust(TrustId),
    /// The workspace shares its state with others, in which they work.
    Sharing(SharedWith),
}

/// With whom a workspace shares its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SharedWith {
    /// Whoever starts runs in any workspace of the organization, or writes its state.
    Organization,
    /// The same for any workspace of the same project.
    Project,
    /// The same for one workspace.
    Workspace(WorkspaceId),
}

/// The place where something is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum At {
    /// The whole organization.
    Organization,
    /// A project.
    Project(ProjectId),
    /// A workspace.
    Workspace(WorkspaceId),
}

/// All rights that are given, by whatever.
pub fn union(given: impl IntoIterator<Item = Given>) -> Rights {
    given.into_iter().fold(Rights::NONE, |all, given| all | given.rights)
}

impl Standing {
    /// Everything that gives rights at a workspace, given all that was granted at it and at its
    /// project: each with what it gives, as far as the token lets it.
    pub fn explain_workspace(
        &self,
        project: ProjectId,
        workspace: WorkspaceId,
        of_project: &[GrantAt<ProjectRights>],
        of_workspace: &[GrantAt<Rights>],
    ) -> Vec<Given> {
        self.given_at_workspace(project, workspace, of_project, of_workspace)
            .map(|given| Given { rights: self.bound(given.rights), ..given })
            .filter(|given| !given.rights.is_empty())
            .collect()
    }

    /// What is given everywhere in the organization.
    pub(super) fn given_everywhere(&self) -> impl Iterator<Item = Given> + '_ {
        let everywhere = |through, rights| Given { through, at: At::Organization, rights };
        let teams = self.teams.iter();
        let direct = self.direct.iter().filter_map(move |(through, direct)| match direct {
            Direct::Organization(rights) => Some(everywhere(*through, *rights)),
            Direct::Project(..) | Direct::Workspace(..) => None,
        });
        [everywhere(self.through, self.rights)]
            .into_iter()
            .chain(teams.map(move |team| everywhere(Through::Team(team.id), team.rights)))
            .chain(direct)
    }

    /// What is given at a workspace, there and above.
    pub(super) fn given_at_workspace<'a>(
        &'a self,
        project: ProjectId,
        workspace: WorkspaceId,
        of_project: &'a [GrantAt<ProjectRights>],
        of_workspace: &'a [GrantAt<Rights>],
    ) -> impl Iterator<Item = Given> + 'a {
        let of_project = of_project.iter().filter(|grant| self.is_in(grant.team));
        let of_workspace = of_workspace.iter().filter(|grant| self.is_in(grant.team));
        let direct = self.direct.iter().filter_map(move |(through, direct)| {
            let (at, rights) = match direct {
                Direct::Project(at, given) if *at == project => {
                    (At::Project(project), given.workspaces)
                }
                Direct::Workspace(_, at, given) if *at == workspace => {
                    (At::Workspace(workspace), *given)
                }
                _ => return None,
            };
            Some(Given { through: *through, at, rights })
        });
        self.given_everywhere()
            .chain(of_project.map(move |grant| Given {
                through: Through::Team(grant.team),
                at: At::Project(project),
                rights: grant.rights.workspaces,
            }))
            .chain(of_workspace.map(move |grant| Given {
                through: Through::Team(grant.team),
                at: At::Workspace(workspace),
                rights: grant.rights,
            }))
            .chain(direct)
    }
}
