//! Callers of the credential engine.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Caller, TestServer};

/// Somebody with a token of the credential engine, or without one.
#[derive(Clone)]
pub(crate) struct Vault(Caller);

impl Vault {
    /// With a token.
    pub(crate) fn with(server: &TestServer, token: &str) -> Self {
        Self(server.token(token))
    }

    /// Without a token.
    pub(crate) fn anonymous(server: &TestServer) -> Self {
        Self(server.anonymous())
    }

    /// With a token that may do everything.
    pub(crate) async fn root(server: &TestServer) -> Self {
        let token = server.app().credentials().create_root_token("test", Duration::ZERO).await;
        Self::with(server, token.unwrap().expose())
    }

    /// The token.
    pub(crate) fn token(&self) -> &str {
        self.0.token()
    }

    pub(crate) async fn read(&self, path: &str) -> Answer {
        self.0.get(&format!("/v1/{path}")).await
    }

    pub(crate) async fn list(&self, path: &str) -> Answer {
        let separator = if path.contains('?') { '&' } else { '?' };
        self.read(&format!("{path}{separator}list=true")).await
    }

    pub(crate) async fn write(&self, path: &str, body: Value) -> Answer {
        let path = format!("/v1/{path}");
        self.0.raw(Method::PUT, &path, "application/json", body.to_string()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.0.delete(&format!("/v1/{path}")).await
    }

    /// Somebody with a policy of this text.
    pub(crate) async fn somebody(&self, server: &TestServer, name: &str, policy: &str) -> Self {
        self.write(&format!("sys/policies/acl/{name}"), json!({ "policy": policy }))
            .await
            .expect(204);
        let made = self.write("auth/token/create", json!({ "policies": [name] })).await.expect(200);
        Self::with(server, &text(&made, "/auth/client_token"))
    }
}

/// A text in an answer.
#[track_caller]
pub(crate) fn text(answer: &Answer, pointer: &str) -> String {
    answer.at(pointer).as_str().unwrap_or_else(|| panic!("{}", answer.text())).to_owned()
}

/// The texts of a list in an answer.
#[track_caller]
pub(crate) fn texts(answer: &Answer, pointer: &str) -> Vec<String> {
    let list = answer.at(pointer);
    let list = list.as_array().unwrap_or_else(|| panic!("{}", answer.text()));
    list.iter().map(|item| item.as_str().unwrap_or_default().to_owned()).collect()
}
