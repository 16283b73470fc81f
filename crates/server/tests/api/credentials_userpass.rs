//! Logging in with a name and a password that the credential engine keeps.

use std::{sync::Arc, time::Duration};

use kernel::{FixedClock, Timestamp};
use serde_json::{Value, json};
use testkit::{Answer, Setup, TestServer};

use crate::vault::{Vault, text, texts};

struct Site {
    server: TestServer,
    clock: Arc<FixedClock>,
    root: Vault,
    anybody: Vault,
}

impl Site {
    async fn new() -> Self {
        let clock = Arc::new(FixedClock::at(Timestamp::parse("2030-01-01T00:00:00Z").unwrap()));
        let setup = Setup { clock: clock.clone(), ..Setup::default() };
        let server = TestServer::start_empty(setup).await;
        let root = Vault::root(&server).await;
        let anybody = Vault::anonymous(&server);
        root.write("sys/auth/userpass", json!({ "type": "userpass" })).await.expect(204);
        Self { server, clock, root, anybody }
    }

    async fn user(&self, name: &str, body: Value) {
        self.root.write(&format!("auth/userpass/users/{name}"), body).await.expect(204);
    }

    async fn log_in(&self, name: &str, password: &str) -> Answer {
        let path = format!("auth/userpass/login/{name}");
        self.anybody.write(&path, json!({ "password": password })).await
    }

    async fn logged_in(&self, name: &str, password: &str) -> Vault {
        let answer = self.log_in(name, password).await.expect(200);
        Vault::with(&self.server, &text(&answer, "/auth/client_token"))
    }
}

fn error(answer: &Answer) -> String {
    text(answer, "/errors/0")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_gives_what_the_user_is_given() {
    let site = Site::new().await;
    let body = json!({
        "password": "correct horse", "token_policies": "b,a", "token_ttl": "1h", "max_ttl": "2h",
        "token_num_uses": 5,
    });
    site.user("Ada", body).await;
    let shown = site.root.read("auth/userpass/users/ada").await.expect(200);
    insta::assert_json_snapshot!(shown.at("/data"), @r#"
    {
      "max_ttl": 7200,
      "token_bound_cidrs": [],
      "token_explicit_max_ttl": 0,
      "token_max_ttl": 7200,
      "token_no_default_policy": false,
      "token_num_uses": 5,
      "token_period": 0,
      "token_policies": [
        "b",
        "a"
      ],
      "token_strictly_bind_ip": false,
      "token_ttl": 3600,
      "token_type": "default"
    }
    "#);
    let answer = site.log_in("ADA", "correct horse").await.expect(200);
    insta::assert_json_snapshot!(answer.at("/auth"), {
        ".client_token" => "token", ".accessor" => "accessor", ".entity_id" => "id",
    }, @r#"
    {
      "accessor": "accessor",
      "client_token": "token",
      "entity_id": "id",
      "lease_duration": 3600,
      "metadata": {
        "username": "ada"
      },
      "mfa_requirement": null,
      "num_uses": 5,
      "orphan": true,
      "policies": [
        "a",
        "b",
        "default"
      ],
      "renewable": true,
      "token_policies": [
        "a",
        "b",
        "default"
      ],
      "token_type": "service"
    }
    "#);
    let ada = Vault::with(&site.server, &text(&answer, "/auth/client_token"));
    let own = ada.read("auth/token/lookup-self").await.expect(200);
    assert_eq!(own.at("/data/display_name"), "userpass-ada");
    assert_eq!(own.at("/data/num_uses"), 4);
    assert_eq!(own.at("/data/path"), "auth/userpass/login/ADA");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_whom_there_is() {
    let site = Site::new().await;
    site.user("ada", json!({ "password": "correct horse" })).await;
    let wrong = site.log_in("ada", "wrong horse").await.expect(400);
    let nobody = site.log_in("nobody", "wrong horse").await.expect(400);
    assert_eq!(error(&wrong), "invalid username or password");
    assert_eq!(wrong.text(), nobody.text());
    for _ in 0..4 {
        for name in ["ada", "nobody"] {
            assert_eq!(site.log_in(name, "x").await.expect(400).text(), wrong.text());
        }
    }
    // Both are locked now, for the right password as well.
    for (name, password) in [("ada", "correct horse"), ("nobody", "x")] {
        assert_eq!(error(&site.log_in(name, password).await.expect(403)), "permission denied");
    }
    site.clock.advance(Duration::from_mins(14));
    site.log_in("ada", "correct horse").await.expect(403);
    site.clock.advance(Duration::from_mins(1));
    site.log_in("ada", "correct horse").await.expect(200);
    // What went well makes them start from nothing.
    for _ in 0..4 {
        site.log_in("ada", "x").await.expect(400);
    }
    site.log_in("ada", "correct horse").await.expect(200);
    site.log_in("ada", "x").await.expect(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_does_not_keep_the_server_busy() {
    let site = Site::new().await;
    for number in 0..50 {
        site.log_in(&format!("name{number}"), "x").await.expect(400);
    }
    let answer = site.log_in("another", "x").await.expect(429);
    assert!(error(&answer).contains("too many failed attempts"), "{}", answer.text());
    assert_eq!(answer.header("retry-after"), Some("900"));
    site.clock.advance(Duration::from_mins(14));
    let answer = site.log_in("another", "x").await.expect(429);
    assert_eq!(answer.header("retry-after"), Some("60"));
    site.clock.advance(Duration::from_mins(1));
    site.log_in("another", "x").await.expect(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_renewed_as_their_user_is_now() {
    let site = Site::new().await;
    let body = json!({ "password": "x", "token_policies": "p", "token_ttl": "1h" });
    site.user("ada", body).await;
    let ada = site.logged_in("ada", "x").await;
    let renew = || ada.write("auth/token/renew-self", json!({}));
    assert_eq!(renew().await.expect(200).at("/auth/lease_duration"), 3600);
    site.user("ada", json!({ "token_ttl": "2h", "token_max_ttl": "3h" })).await;
    site.clock.advance(Duration::from_mins(30));
    assert_eq!(renew().await.expect(200).at("/auth/lease_duration"), 7200);
    site.clock.advance(Duration::from_mins(100));
    let capped = renew().await.expect(200);
    assert_eq!(capped.at("/auth/lease_duration"), 3000);
    assert_eq!(texts(&capped, "/warnings").len(), 1);
    site.user("ada", json!({ "token_policies": "q" })).await;
    let refused = renew().await.expect(500);
    assert!(error(&refused).contains("policies have changed, not renewing"));
    site.root.delete("auth/userpass/users/ada").await.expect(204);
    assert!(error(&renew().await.expect(500)).contains("the user is gone"));
    ada.read("auth/token/lookup-self").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_are_changed_and_hashes_taken() {
    let site = Site::new().await;
    site.user("ada", json!({ "password": "first" })).await;
    let path = "auth/userpass/users/ada/password";
    site.root.write(path, json!({ "password": "second" })).await.expect(204);
    site.log_in("ada", "first").await.expect(400);
    site.log_in("ada", "second").await.expect(200);
    let identity = site.server.app().identity();
    let hash = identity.hash_password(kernel::Secret::new("third".to_owned())).await.unwrap();
    site.root.write(path, json!({ "password_hash": hash })).await.expect(204);
    site.log_in("ada", "third").await.expect(200);
    for body in [
        json!({}),
        json!({ "password": "a", "password_hash": hash }),
        json!({ "password_hash": "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy" }),
    ] {
        site.root.write(path, body).await.expect(400);
    }
    let empty = site.root.write("auth/userpass/login/ada", json!({})).await.expect(500);
    assert_eq!(error(&empty), "missing password");
}

#[tokio::test(flavor = "multi_thread")]
async fn networks_bind_the_login_and_the_token() {
    let site = Site::new().await;
    site.user("ada", json!({ "password": "x", "token_bound_cidrs": "10.0.0.0/8" })).await;
    site.log_in("ada", "x").await.expect(403);
    site.user("bob", json!({ "password": "x", "token_strictly_bind_ip": true })).await;
    let bob = site.logged_in("bob", "x").await;
    let own = bob.read("auth/token/lookup-self").await.expect(200);
    assert_eq!(own.at("/data/bound_cidrs"), json!(["127.0.0.1"]));
    site.user("root", json!({ "password": "x", "token_policies": "ROOT" })).await;
    let refused = site.log_in("root", "x").await.expect(400);
    assert_eq!(error(&refused), "auth methods cannot create root tokens");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_mount_its_tokens_are_gone() {
    let site = Site::new().await;
    site.user("ada", json!({ "password": "x" })).await;
    let ada = site.logged_in("ada", "x").await;
    ada.read("auth/token/lookup-self").await.expect(200);
    site.root.delete("sys/auth/userpass").await.expect(204);
    ada.read("auth/token/lookup-self").await.expect(403);
    site.root.write("sys/auth/userpass", json!({ "type": "userpass" })).await.expect(204);
    site.root.list("auth/userpass/users").await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_locked_out_can_be_let_in_again() {
    let site = Site::new().await;
    let rule = json!({ "lockout_threshold": "2", "lockout_duration": "1h" });
    let tune = "sys/auth/userpass/tune";
    site.root.write(tune, json!({ "user_lockout_config": rule })).await.expect(204);
    let tuned = site.root.read(tune).await.expect(200);
    assert_eq!(tuned.at("/data/user_lockout_threshold"), 2);
    assert_eq!(tuned.at("/data/user_lockout_duration"), 3600);
    site.user("ada", json!({ "password": "x" })).await;
    for _ in 0..2 {
        site.log_in("ada", "wrong").await.expect(400);
    }
    site.clock.advance(Duration::from_mins(59));
    site.log_in("ada", "x").await.expect(403);
    let locked = site.root.read("sys/locked-users").await.expect(200);
    assert_eq!(locked.at("/data/total"), 1);
    let of_mount = locked.at("/data/by_namespace/0/mount_accessors/0");
    assert_eq!(of_mount["alias_identifiers"], json!(["ada"]));
    let accessor = of_mount["mount_accessor"].as_str().unwrap();
    let path = format!("sys/locked-users/{accessor}/unlock/ada");
    site.root.write(&path, json!({})).await.expect(204);
    site.log_in("ada", "x").await.expect(200);
    let never = json!({ "lockout_disable": true });
    site.root.write(tune, json!({ "user_lockout_config": never })).await.expect(204);
    for _ in 0..6 {
        site.log_in("ada", "wrong").await.expect(400);
    }
    site.log_in("ada", "x").await.expect(200);
    site.root.write("sys/auth/jwt", json!({ "type": "jwt" })).await.expect(204);
    let body = json!({ "user_lockout_config": { "lockout_threshold": 1 } });
    site.root.write("sys/auth/jwt/tune", body).await.expect(400);
}
