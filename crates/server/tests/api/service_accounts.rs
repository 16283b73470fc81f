//! What clients ask about themselves with tokens that are no person's.

use serde_json::json;
use testkit::{Caller, TestServer};

use crate::{
    fixtures::{redacted, resource},
    tokens::value,
};

/// A caller with a new token of each kind, and what the kind is called.
async fn services(server: &TestServer, owner: &Caller) -> Vec<(&'static str, Caller)> {
    let team = server.team("acme", "ci").await.id;
    let paths = [
        ("team", format!("teams/{team}/authentication-tokens"), json!({})),
        ("legacy-team", format!("teams/{team}/authentication-token"), json!({})),
        ("organization", "organizations/acme/authentication-token".to_owned(), json!({})),
        (
            "audit",
            "organizations/acme/authentication-token?token=audit-trails".to_owned(),
            json!({}),
        ),
        ("key", "organizations/acme/access-keys".to_owned(), json!({"level": "read"})),
    ];
    let mut services = Vec::new();
    for (kind, path, attributes) in paths {
        let made = owner.post(&path, resource("", attributes)).await.expect(201);
        services.push((kind, server.token(&value(&made))));
    }
    services
}

#[tokio::test(flavor = "multi_thread")]
async fn each_is_a_user_that_is_none() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    for (kind, service) in services(&server, &owner).await {
        let answer = service.get("account/details").await.expect(200);
        let own = answer.at("/data/links/auth-token");
        let own = service.get(own.as_str().unwrap()).await.expect(200);
        assert_eq!(own.attribute("token"), serde_json::Value::Null);
        let mut document = redacted(&answer, &server.url());
        let username = document["data"]["attributes"]["username"].take();
        let username = username.as_str().unwrap();
        let (name, id) = username.rsplit_once('_').unwrap();
        assert!(id.len() == 16 && name.starts_with("api-"), "{username}");
        document["data"]["attributes"]["username"] = json!(format!("{name}_[id]"));
        insta::assert_json_snapshot!(kind, document);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn none_has_an_account_to_change() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    for (kind, service) in services(&server, &owner).await {
        let update = resource("users", json!({"username": "somebody"}));
        service.patch("account/update", update).await.expect(403);
        let password = json!({"current_password": "a", "password": "a long password",
            "password_confirmation": "a long password"});
        service.patch("account/password", resource("users", password)).await.expect(403);
        let details = service.get("account/details").await.expect(200).id();
        let tokens = format!("users/{details}/authentication-tokens");
        service.get(&tokens).await.expect(404);
        service.post_empty(&tokens).await.expect(404);
        let organization = json!({"name": "theirs", "email": "theirs@example.com"});
        service.post("organizations", resource("organizations", organization)).await.expect(403);
        let mine = service.get("organizations").await.expect(200);
        assert!(mine.attributes("name").len() <= 1, "{kind}: {}", mine.text());
    }
}
