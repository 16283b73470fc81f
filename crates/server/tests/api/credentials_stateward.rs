//! Logging in to the credential engine as who one is on this server.

use kernel::Secret;
use serde_json::{Value, json};
use testkit::{Answer, Caller, TestServer};

use crate::{
    fixtures::{api_token, resource},
    vault::{Vault, text},
};

struct Site {
    server: TestServer,
    root: Vault,
    anybody: Vault,
}

impl Site {
    async fn new() -> Self {
        let server = TestServer::start().await;
        let root = Vault::root(&server).await;
        let anybody = Vault::anonymous(&server);
        Self { server, root, anybody }
    }

    async fn give(&self, to: &str, policies: &str) {
        let path = format!("auth/stateward/{to}");
        self.root.write(&path, json!({ "policies": policies })).await.expect(204);
    }

    async fn show(&self, body: Value) -> Answer {
        self.anybody.write("auth/stateward/login", body).await
    }

    async fn policies_of(&self, caller: &Caller) -> Value {
        self.show(json!({ "token": caller.token() })).await.expect(200).at("/auth/policies")
    }
}

fn error(answer: &Answer) -> String {
    text(answer, "/errors/0")
}

#[tokio::test(flavor = "multi_thread")]
async fn people_get_what_they_and_their_teams_are_given() {
    let site = Site::new().await;
    let ada = site.server.another_member("ada").await;
    let bob = site.server.another_member("bob").await;
    let platform = site.server.team("acme", "platform").await.with("ada").await;
    site.give("users/Ada", "own").await;
    site.give("teams/ACME/Platform", "team,more").await;
    assert_eq!(site.policies_of(&ada).await, json!(["default", "more", "own", "team"]));
    assert_eq!(site.policies_of(&bob).await, json!(["default"]));
    let shown = site.root.read("auth/stateward/teams/acme/platform").await.expect(200);
    let expected = json!({
        "id": platform.id.to_string(), "name": "platform", "policies": ["more", "team"],
    });
    assert_eq!(shown.at("/data"), expected);
    for (path, keys) in [("users", "ada"), ("teams", "acme/"), ("teams/acme", "platform")] {
        let listed = site.root.list(&format!("auth/stateward/{path}")).await.expect(200);
        assert_eq!(listed.at("/data/keys"), json!([keys]));
    }
    platform.without("ada").await;
    assert_eq!(site.policies_of(&ada).await, json!(["default", "own"]));
    site.root.delete("auth/stateward/users/ada").await.expect(204);
    assert_eq!(site.policies_of(&ada).await, json!(["default"]));
    for path in ["users/nobody", "teams/acme/nobody", "teams/nobody/platform"] {
        let path = format!("auth/stateward/{path}");
        site.root.write(&path, json!({ "policies": "x" })).await.expect(400);
    }
    for policies in ["", "root"] {
        let body = json!({ "policies": policies });
        site.root.write("auth/stateward/users/ada", body).await.expect(400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_follows_a_change_of_name() {
    let site = Site::new().await;
    let owner = site.server.owner().await;
    let ada = site.server.another_member("ada").await;
    let team = site.server.team("acme", "platform").await.with("ada").await;
    site.give("users/ada", "own").await;
    site.give("teams/acme/platform", "team").await;
    let answer = site.show(json!({ "token": ada.token() })).await.expect(200);
    let vault = Vault::with(&site.server, &text(&answer, "/auth/client_token"));
    let lovelace = resource("users", json!({ "username": "Lovelace" }));
    ada.patch("account/update", lovelace).await.expect(200);
    let wardens = resource("teams", json!({ "name": "Wardens" }));
    owner.patch(&format!("teams/{}", team.id), wardens).await.expect(200);
    let works = resource("organizations", json!({ "name": "Works" }));
    owner.patch("organizations/acme", works).await.expect(200);
    assert_eq!(site.policies_of(&ada).await, json!(["default", "own", "team"]));
    vault.write("auth/token/renew-self", json!({})).await.expect(200);
    for (path, keys) in [("users", "Lovelace"), ("teams", "Works/"), ("teams/works", "Wardens")] {
        let listed = site.root.list(&format!("auth/stateward/{path}")).await.expect(200);
        assert_eq!(listed.at("/data/keys"), json!([keys]));
    }
    let shown = site.root.read("auth/stateward/users/lovelace").await.expect(200);
    assert_eq!(shown.at("/data/name"), "Lovelace");
    let shown = site.root.read("auth/stateward/teams/works/wardens").await.expect(200);
    assert_eq!(shown.at("/data/name"), "Wardens");
    // It has one entry, whatever it was called when that was written.
    site.give("users/lovelace", "other").await;
    assert_eq!(site.policies_of(&ada).await, json!(["default", "other", "team"]));
    site.root.delete("auth/stateward/users/lovelace").await.expect(204);
    assert_eq!(site.policies_of(&ada).await, json!(["default", "team"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_a_name_later_gets_nothing() {
    let site = Site::new().await;
    let owner = site.server.owner().await;
    let ada = site.server.another_member("ada").await;
    let team = site.server.team("acme", "platform").await;
    site.give("users/ada", "own").await;
    site.give("teams/acme/platform", "team").await;
    ada.patch("account/update", resource("users", json!({ "username": "lovelace" })))
        .await
        .expect(200);
    owner.delete(&format!("teams/{}", team.id)).await.expect(204);
    for path in ["teams", "teams/acme"] {
        site.root.list(&format!("auth/stateward/{path}")).await.expect(404);
    }
    let impostor = site.server.another_owner("eve").await;
    impostor
        .patch("account/update", resource("users", json!({ "username": "Ada" })))
        .await
        .expect(200);
    site.server.team("acme", "platform").await.with("Ada").await.everywhere("").await;
    assert_eq!(site.policies_of(&impostor).await, json!(["default"]));
    for path in ["users/ada", "teams/acme/platform"] {
        let path = format!("auth/stateward/{path}");
        site.root.read(&path).await.expect(404);
        site.root.delete(&path).await.expect(204);
    }
    assert_eq!(site.policies_of(&ada).await, json!(["default", "own"]));
    let listed = site.root.list("auth/stateward/users").await.expect(200);
    assert_eq!(listed.at("/data/keys"), json!(["lovelace"]));
    site.server.app().credentials().tidy_logins().await.unwrap();
    assert_eq!(site.policies_of(&ada).await, json!(["default", "own"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_says_who_it_is_of() {
    let site = Site::new().await;
    let ada = site.server.another_member("ada").await;
    let answer = site.show(json!({ "token": ada.token() })).await.expect(200);
    insta::assert_json_snapshot!(answer.at("/auth"), {
        ".client_token" => "token", ".accessor" => "accessor", ".entity_id" => "id",
        ".metadata.user_id" => "user",
    }, @r#"
    {
      "accessor": "accessor",
      "client_token": "token",
      "entity_id": "id",
      "lease_duration": 2764800,
      "metadata": {
        "user_id": "user",
        "username": "ada"
      },
      "mfa_requirement": null,
      "num_uses": 0,
      "orphan": true,
      "policies": [
        "default"
      ],
      "renewable": true,
      "token_policies": [
        "default"
      ],
      "token_type": "service"
    }
    "#);
    let again = site.show(json!({ "token": ada.token() })).await.expect(200);
    assert_eq!(again.at("/auth/entity_id"), answer.at("/auth/entity_id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_api_token_goes_the_renewal() {
    let site = Site::new().await;
    let ada = site.server.another_member("ada").await;
    let (token, id) = api_token(&ada, json!({ "description": "ci" })).await;
    let answer = site.show(json!({ "token": token })).await.expect(200);
    let vault = Vault::with(&site.server, &text(&answer, "/auth/client_token"));
    vault.write("auth/token/renew-self", json!({})).await.expect(200);
    site.give("users/ada", "own").await;
    let changed = vault.write("auth/token/renew-self", json!({})).await.expect(500);
    assert!(error(&changed).contains("policies have changed"));
    site.root.delete("auth/stateward/users/ada").await.expect(204);
    vault.write("auth/token/renew-self", json!({})).await.expect(200);
    ada.delete(&format!("authentication-tokens/{id}")).await.expect(204);
    vault.write("auth/token/renew-self", json!({})).await.expect(403);
    assert_eq!(error(&site.show(json!({ "token": token })).await.expect(400)), "invalid token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_no_more_than_the_api_token() {
    let site = Site::new().await;
    let ada = site.server.another_member("ada").await;
    let end = site.server.app().identity().now().plus(std::time::Duration::from_mins(30));
    let (token, _) = api_token(&ada, json!({ "description": "", "expired-at": end })).await;
    let answer = site.show(json!({ "token": token })).await.expect(200);
    let lasts = answer.at("/auth/lease_duration").as_u64().unwrap();
    assert!((1_700..=1_800).contains(&lasts), "{lasts}");
    let attributes = json!({ "description": "", "source-networks": ["127.0.0.0/8"] });
    let (token, _) = api_token(&ada, attributes).await;
    let answer = site.show(json!({ "token": token })).await.expect(200);
    let vault = Vault::with(&site.server, &text(&answer, "/auth/client_token"));
    let own = vault.read("auth/token/lookup-self").await.expect(200);
    assert_eq!(own.at("/data/bound_cidrs"), json!(["127.0.0.0/8"]));
    let (token, _) = api_token(&ada, json!({ "description": "", "read-only": true })).await;
    let answer = site.show(json!({ "token": token })).await.expect(400);
    assert!(error(&answer).contains("may only read"), "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_do_where_they_are_enough() {
    let site = Site::new().await;
    site.server.another_member("ada").await;
    site.server.set_password("ada", "correct horse battery").await;
    site.give("users/ada", "own").await;
    let body = json!({ "username": "ada", "password": "correct horse battery" });
    let answer = site.show(body).await.expect(200);
    assert_eq!(answer.at("/auth/policies"), json!(["default", "own"]));
    // As clients do that know userpass.
    let path = "auth/stateward/login/ada@example.com";
    let body = json!({ "password": "correct horse battery" });
    let answer = site.anybody.write(path, body).await.expect(200);
    let vault = Vault::with(&site.server, &text(&answer, "/auth/client_token"));
    vault.write("auth/token/renew-self", json!({})).await.expect(200);
    for name in ["ada", "nobody"] {
        for _ in 0..10 {
            let wrong = site.show(json!({ "username": name, "password": "wrong" })).await;
            assert_eq!(error(&wrong.expect(400)), "invalid username or password");
        }
        let body = json!({ "username": name, "password": "correct horse battery" });
        site.show(body).await.expect(429);
    }
    site.show(json!({})).await.expect(400);
    site.show(json!({ "username": "ada" })).await.expect(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn teams_log_in_and_other_machines_do_not() {
    let site = Site::new().await;
    let owner = site.server.owner().await;
    let team = site.server.team("acme", "platform").await;
    site.give("teams/acme/platform", "team").await;
    let path = format!("teams/{}/authentication-token", team.id);
    let made = owner.post_empty(&path).await.expect(201);
    let token = made.attribute("token").as_str().unwrap().to_owned();
    let answer = site.show(json!({ "token": token })).await.expect(200);
    assert_eq!(answer.at("/auth/policies"), json!(["default", "team"]));
    assert_eq!(answer.at("/auth/metadata"), json!({ "organization": "acme", "team": "platform" }));
    let made = owner.post_empty("organizations/acme/authentication-token").await.expect(201);
    let body = json!({ "token": made.attribute("token") });
    let answer = site.show(body).await.expect(400);
    assert!(error(&answer).contains("only tokens of people and of teams"), "{}", answer.text());
    let internal = site.server.app().identity().internal_token();
    site.show(json!({ "token": internal.expose() })).await.expect(400);
    site.show(json!({ "token": Secret::new("stw_x".to_owned()).expose() })).await.expect(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mount_says_what_all_tokens_are() {
    let site = Site::new().await;
    let ada = site.server.another_member("ada").await;
    let body = json!({ "token_ttl": "10m", "token_policies": "all" });
    site.root.write("auth/stateward/config", body).await.expect(204);
    let answer = site.show(json!({ "token": ada.token() })).await.expect(200);
    assert_eq!(answer.at("/auth/lease_duration"), 600);
    assert_eq!(answer.at("/auth/policies"), json!(["all", "default"]));
    let shown = site.root.read("auth/stateward/config").await.expect(200);
    assert_eq!(shown.at("/data/token_ttl"), 600);
    // It is there from the beginning, and stays.
    site.root.delete("sys/auth/stateward").await.expect(400);
    site.root.write("sys/auth/people", json!({ "type": "stateward" })).await.expect(204);
}
