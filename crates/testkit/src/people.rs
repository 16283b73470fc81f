//! The people of a test server, and callers in their name.

use kernel::{Context, UserId};
use serde_json::json;

use crate::{Caller, TestServer, team::Level};

impl TestServer {
    /// Makes the people and the organization `acme`.
    pub(crate) async fn people(&self) {
        let context = self.app().system_context();
        let owner = self.user("owner", false).await;
        self.user("stranger", false).await;
        self.user("root", true).await;
        let identity = self.app().identity();
        identity
            .create_organization(&context, "acme", "acme@example.com", "default", Some(owner))
            .await
            .unwrap();
        self.join("member").await;
    }

    /// An owner of `acme`.
    pub async fn owner(&self) -> Caller {
        self.caller("owner").await
    }

    /// A member of `acme` who was granted nothing.
    pub async fn member(&self) -> Caller {
        self.caller("member").await
    }

    /// Somebody who may read everything in the project `default` of `acme`.
    pub async fn reader(&self) -> Caller {
        self.somebody_at_default("reader", "read").await
    }

    /// Somebody who may start plans there too.
    pub async fn planner(&self) -> Caller {
        let plan = json!({"runs": "plan", "variables": "read", "state-versions": "read"});
        self.somebody_at_default("planner", plan).await
    }

    /// Somebody who may write states there too.
    pub async fn writer(&self) -> Caller {
        self.somebody_at_default("writer", "write").await
    }

    /// Somebody who keeps the workspaces there: the daily work with everything in the project.
    pub async fn maintainer(&self) -> Caller {
        self.somebody_at_default("maintainer", "maintain").await
    }

    /// Somebody who may do everything with the project.
    pub async fn project_admin(&self) -> Caller {
        self.somebody_at_default("project-admin", "admin").await
    }

    /// Somebody with an account, who belongs to no organization.
    pub async fn stranger(&self) -> Caller {
        self.caller("stranger").await
    }

    /// An administrator of the site.
    pub async fn site_admin(&self) -> Caller {
        self.caller("root").await
    }

    /// Somebody new, who becomes another owner of `acme`.
    pub async fn another_owner(&self, name: &str) -> Caller {
        let user = self.user(name, false).await;
        let context = self.app().system_context();
        self.app().identity().add_member(&context, "acme", user, true).await.unwrap();
        self.caller(name).await
    }

    /// Somebody new, who becomes a member of `acme`.
    pub async fn another_member(&self, name: &str) -> Caller {
        self.join(name).await;
        self.caller(name).await
    }

    /// Somebody of `acme`, in a team of their own with a level at its project `default`.
    pub async fn somebody_at_default(&self, name: &str, level: impl Into<Level>) -> Caller {
        let identity = self.app().identity();
        if identity.find_user_by_name(name).await.unwrap().is_none() {
            self.join(name).await;
            let context = self.app().system_context();
            let acme = identity.read_organization(&context, "acme").await.unwrap();
            let team = self.team("acme", &format!("{name}s")).await.with(name).await;
            team.at_project(&acme.organization.default_project_id.to_string(), level).await;
        }
        self.caller(name).await
    }

    /// A caller with a new token of a person.
    pub async fn caller(&self, name: &str) -> Caller {
        let identity = self.app().identity();
        let user = identity.find_user_by_name(name).await.unwrap().expect("the person is there");
        let context: Context = self.app().system_context();
        let (_, token) = identity.create_token(&context, user.id, "a test", None).await.unwrap();
        self.token(token.expose())
    }

    /// Makes somebody new a member of `acme`.
    pub async fn join(&self, name: &str) {
        let user = self.user(name, false).await;
        let context = self.app().system_context();
        self.app().identity().add_member(&context, "acme", user, false).await.unwrap();
    }

    async fn user(&self, name: &str, site_admin: bool) -> UserId {
        let context = self.app().system_context();
        let email = format!("{name}@example.com");
        self.app()
            .identity()
            .create_user(&context, name, &email, None, site_admin)
            .await
            .unwrap()
            .id
    }
}
