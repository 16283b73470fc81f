//! Who may read a workspace's state because the workspace shares it, and not because it was
//! granted to them: whoever starts runs in a workspace that it is shared with, or writes its
//! state, be it a person who works on their own machine, a team, a key, or a CI job; also with a
//! token of theirs that only reads. Sharing gives the reading of
//! state and outputs, and nothing else.

use db::Tx;
use identity::{
    Reach, Right, Rights, Scope,
    access::{At, Given, SHARED_STATE, SharedWith, Through},
    hand_out,
};
use kernel::{ProjectId, Result, WorkspaceId};

use crate::{sql, workspace::Workspace};

/// With whom a workspace shares its state.
#[derive(Clone, Debug)]
pub(crate) struct Sharing {
    workspace: WorkspaceId,
    organization: bool,
    project: Option<ProjectId>,
    /// The workspaces that it names, each with its project.
    consumers: Vec<(WorkspaceId, ProjectId)>,
}

/// The scope at a workspace, with what sharing adds.
pub(crate) fn enter(tx: &mut Tx<'_>, scope: &Scope, workspace: &Workspace) -> Result<Scope> {
    let scope = scope.at_workspace(tx, workspace.project_id, workspace.id)?;
    if reads(scope.rights()) {
        return Ok(scope);
    }
    let sharing = Sharing::load(tx, workspace)?;
    if sharing.is_with_nobody() {
        return Ok(scope);
    }
    let reach = scope.reach(tx)?;
    let shared = sharing.given(&scope, &reach, scope.rights());
    Ok(match shared {
        Some(given) => scope.with_workspace_rights(workspace.id, scope.rights() | given.rights),
        None => scope,
    })
}

/// Refuses to share a state to whoever may not read it: sharing hands that right out, and they could
/// be among those who get it.
pub(crate) fn require_sharing(scope: &Scope) -> Result<()> {
    hand_out::rights(scope, hand_out::To::Team, SHARED_STATE, Rights::NONE)
}

const fn reads(rights: Rights) -> bool {
    rights.holds(Right::ReadState) && rights.holds(Right::ReadOutputs)
}

impl Sharing {
    pub(crate) fn load(tx: &mut Tx<'_>, workspace: &Workspace) -> Result<Self> {
        let consumers = tx.query(&sql::LIST_CONSUMER_PLACES, &[workspace.id.into()], |row| {
            Ok((row.id(0)?, row.id(1)?))
        })?;
        Ok(Self {
            workspace: workspace.id,
            organization: workspace.global_remote_state,
            project: workspace.project_remote_state.then_some(workspace.project_id),
            consumers,
        })
    }

    pub(crate) const fn is_with_nobody(&self) -> bool {
        !self.organization && self.project.is_none() && self.consumers.is_empty()
    }

    /// What sharing gives to somebody who reaches this far and holds these rights already.
    pub(crate) fn given(&self, scope: &Scope, reach: &Reach, held: Rights) -> Option<Given> {
        if reads(held) {
            return None;
        }
        let with = self.with(scope, reach)?;
        let at = At::Workspace(self.workspace);
        Some(Given { through: Through::Sharing(with), at, rights: SHARED_STATE })
    }

    fn with(&self, scope: &Scope, reach: &Reach) -> Option<SharedWith> {
        if self.organization && reach.works_anywhere(scope) {
            return Some(SharedWith::Organization);
        }
        if self.project.is_some_and(|project| reach.works_in(scope, project)) {
            return Some(SharedWith::Project);
        }
        let works = |(consumer, project): &&(WorkspaceId, ProjectId)| {
            reach.works_at(scope, *project, *consumer)
        };
        self.consumers.iter().find(works).map(|(consumer, _)| SharedWith::Workspace(*consumer))
    }
}
