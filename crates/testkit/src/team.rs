//! Teams of a test server, and what they may do.

use db::{Statement, Value};
use kernel::{ProjectAccessId, ProjectId, TeamId, WorkspaceAccessId, WorkspaceId};
use serde_json::Value as Json;

use crate::{TestServer, sql};

/// A team of a test server. What it is given holds at once.
#[derive(Clone)]
pub struct TestTeam<'a> {
    server: &'a TestServer,
    /// Its id.
    pub id: TeamId,
}

impl TestServer {
    /// Makes a team of an organization, which may do nothing yet.
    pub async fn team(&self, organization: &str, name: &str) -> TestTeam<'_> {
        let identity = self.app().identity();
        let context = self.app().system_context();
        let scope = identity.read_organization(&context, organization).await.unwrap();
        let (id, organization, now) = (TeamId::generate(), scope.organization.id, context.now);
        let team = TestTeam { server: self, id };
        let values = [id.into(), organization.into(), name.to_owned().into(), now.into()];
        team.execute(sql::INSERT_TEAM, values).await;
        team
    }
}

impl TestTeam<'_> {
    /// Puts a member of the organization into the team.
    #[must_use = "give the team something, or drop it knowingly"]
    pub async fn with(self, person: &str) -> Self {
        let values = [self.id.into(), person.to_owned().into()];
        self.execute(sql::INSERT_TEAM_MEMBER, values).await;
        self
    }

    /// Takes somebody out of the team.
    pub async fn without(&self, person: &str) {
        let values = [self.id.into(), person.to_owned().into()];
        self.execute(sql::DELETE_TEAM_MEMBER, values).await;
    }

    /// Says what it may do in the whole organization, in the words of the wire, space between.
    pub async fn everywhere(&self, words: &str) {
        let values = [self.id.into(), words.to_owned().into()];
        self.execute(sql::SET_ORGANIZATION_ACCESS, values).await;
    }

    /// Grants it a level at a project, or custom rights. Gives the id of the first grant there.
    pub async fn at_project(&self, project: &str, level: impl Into<Level>) -> String {
        let project: ProjectId = project.parse().expect("the id of a project");
        let (id, level) = (ProjectAccessId::generate(), level.into());
        let values =
            [id.into(), project.into(), self.id.into(), level.word.into(), level.custom.into()];
        self.execute(sql::INSERT_PROJECT_ACCESS, values).await;
        id.to_string()
    }

    /// Grants it a level at a workspace, or custom rights. Gives the id of the first grant there.
    pub async fn at_workspace(&self, workspace: &str, level: impl Into<Level>) -> String {
        let workspace: WorkspaceId = workspace.parse().expect("the id of a workspace");
        let (id, level) = (WorkspaceAccessId::generate(), level.into());
        let values =
            [id.into(), workspace.into(), self.id.into(), level.word.into(), level.custom.into()];
        self.execute(sql::INSERT_WORKSPACE_ACCESS, values).await;
        id.to_string()
    }

    async fn execute<const N: usize>(&self, statement: Statement, values: [Value<'static>; N]) {
        let db = self.server.app().identity().db();
        let changed = db.write(move |tx| Ok(tx.execute(&statement, &values)?)).await.unwrap();
        assert_eq!(changed, 1, "{}", self.id);
    }
}

/// A level, or the rights of a custom one.
pub struct Level {
    word: String,
    custom: Option<String>,
}

impl From<&str> for Level {
    fn from(word: &str) -> Self {
        Self { word: word.to_owned(), custom: None }
    }
}

impl From<Json> for Level {
    fn from(custom: Json) -> Self {
        Self { word: "custom".to_owned(), custom: Some(custom.to_string()) }
    }
}
