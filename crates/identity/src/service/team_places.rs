//! Where something was granted to a team, for its page.

use db::Tx;
use kernel::{ProjectId, Result, TeamId, WorkspaceId};
use web::page::path_segment;

use crate::{Identity, Right, Scope, sql};

/// A place where something was granted to a team.
#[derive(Clone, Debug)]
pub(crate) struct TeamPlace {
    /// The project, if it is one; else it is a workspace.
    project: Option<ProjectId>,
    /// What people call the place.
    pub(crate) name: String,
    /// The word of the level.
    pub(crate) level: String,
}

impl TeamPlace {
    pub(crate) const fn kind(&self) -> &'static str {
        if self.project.is_some() { "Project" } else { "Workspace" }
    }

    /// The page that says who has access there.
    pub(crate) fn page(&self, organization: &str) -> String {
        let organization = path_segment(organization);
        if let Some(id) = self.project {
            return format!("/app/{organization}/projects/{id}/access");
        }
        format!("/app/{organization}/workspaces/{}/access", path_segment(&self.name))
    }
}

impl Identity {
    /// The places where something was granted to a team, as far as the caller sees them: projects
    /// first, by name.
    pub(crate) async fn team_places(&self, scope: &Scope, team: TeamId) -> Result<Vec<TeamPlace>> {
        let scope = scope.at_organization();
        self.db().snapshot(move |tx| places(tx, &scope, team)).await
    }
}

fn places(tx: &mut Tx<'_>, scope: &Scope, team: TeamId) -> Result<Vec<TeamPlace>> {
    let reach = scope.reach(tx)?;
    let projects = tx.query(&sql::LIST_PROJECTS_OF_TEAM, &[team.into()], |row| {
        let project: ProjectId = row.id(0)?;
        Ok((project, row.text(1)?, row.text(2)?))
    })?;
    let workspaces = tx.query(&sql::LIST_WORKSPACES_OF_TEAM, &[team.into()], |row| {
        let workspace: WorkspaceId = row.id(0)?;
        Ok((workspace, row.id(1)?, row.text(2)?, row.text(3)?))
    })?;
    let projects = projects
        .into_iter()
        .filter(|(id, ..)| reach.at_project(scope, *id).allows(Right::ReadProject))
        .map(|(id, name, level)| TeamPlace { project: Some(id), name, level });
    let workspaces = workspaces
        .into_iter()
        .filter(|(id, project, ..)| {
            reach.at_workspace(scope, *project, *id).allows(Right::ReadWorkspace)
        })
        .map(|(_, _, name, level)| TeamPlace { project: None, name, level });
    Ok(projects.chain(workspaces).collect())
}
