//! The people of a test server, and callers in their name.

use kernel::{Context, UserId};

use crate::{Caller, TestServer};

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

    /// A member of `acme`.
    pub async fn member(&self) -> Caller {
        self.caller("member").await
    }

    /// Somebody with an account, who belongs to no organization.
    pub async fn stranger(&self) -> Caller {
        self.caller("stranger").await
    }

    /// An administrator of the site.
    pub async fn site_admin(&self) -> Caller {
        self.caller("root").await
    }

    /// Somebody new, who becomes a member of `acme`.
    pub async fn another_member(&self, name: &str) -> Caller {
        self.join(name).await;
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

    async fn join(&self, name: &str) {
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
