//! Logging in with the id of a role and one of its secret ids.

use std::{sync::Arc, time::Duration};

use kernel::{FixedClock, Timestamp};
use serde_json::{Value, json};
use testkit::{Answer, Setup, TestServer};

use crate::vault::{Vault, text, texts};

const ROLE: &str = "auth/approle/role/ci";

struct Site {
    server: TestServer,
    clock: Arc<FixedClock>,
    root: Vault,
    anybody: Vault,
}

impl Site {
    /// With a role `ci` that has the id `ci-role`.
    async fn new(role: Value) -> Self {
        let clock = Arc::new(FixedClock::at(Timestamp::parse("2030-01-01T00:00:00Z").unwrap()));
        let setup = Setup { clock: clock.clone(), ..Setup::default() };
        let server = TestServer::start_empty(setup).await;
        let root = Vault::root(&server).await;
        let anybody = Vault::anonymous(&server);
        root.write("sys/auth/approle", json!({ "type": "approle" })).await.expect(204);
        let mut body = json!({ "role_id": "ci-role" });
        body.as_object_mut().unwrap().extend(role.as_object().unwrap().clone());
        root.write(ROLE, body).await.expect(204);
        Self { server, clock, root, anybody }
    }

    async fn secret(&self, body: Value) -> (String, String) {
        let made = self.root.write(&format!("{ROLE}/secret-id"), body).await.expect(200);
        (text(&made, "/data/secret_id"), text(&made, "/data/secret_id_accessor"))
    }

    async fn log_in(&self, secret: &str) -> Answer {
        let body = json!({ "role_id": "ci-role", "secret_id": secret });
        self.anybody.write("auth/approle/login", body).await
    }
}

fn error(answer: &Answer) -> String {
    text(answer, "/errors/0")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_id_lets_its_machine_in() {
    let site = Site::new(json!({ "token_policies": "p", "token_ttl": "20m" })).await;
    let (secret, accessor) = site.secret(json!({ "metadata": r#"{"host":"a"}"# })).await;
    let answer = site.log_in(&secret).await.expect(200);
    assert_eq!(answer.at("/auth/metadata"), json!({ "host": "a", "role_name": "ci" }));
    assert_eq!(answer.at("/auth/policies"), json!(["default", "p"]));
    assert_eq!(answer.at("/auth/lease_duration"), 1200);
    assert_eq!(answer.at("/auth/orphan"), true);
    let machine = Vault::with(&site.server, &text(&answer, "/auth/client_token"));
    let own = machine.read("auth/token/lookup-self").await.expect(200);
    assert_eq!(own.at("/data/display_name"), "approle");
    machine.write("auth/token/renew-self", json!({})).await.expect(200);
    let path = format!("{ROLE}/secret-id/lookup");
    let shown = site.root.write(&path, json!({ "secret_id": secret })).await.expect(200);
    insta::assert_json_snapshot!(shown.at("/data"), { ".secret_id_accessor" => "accessor" }, @r#"
    {
      "cidr_list": [],
      "creation_time": "2030-01-01T00:00:00.000Z",
      "expiration_time": "0001-01-01T00:00:00Z",
      "last_updated_time": "2030-01-01T00:00:00.000Z",
      "metadata": {
        "host": "a"
      },
      "secret_id_accessor": "accessor",
      "secret_id_num_uses": 0,
      "secret_id_ttl": 0,
      "token_bound_cidrs": []
    }
    "#);
    assert_eq!(
        texts(&site.root.list(&format!("{ROLE}/secret-id")).await, "/data/keys"),
        [accessor]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_is_said_whatever_is_wrong() {
    let site = Site::new(json!({})).await;
    let (secret, _) = site.secret(json!({})).await;
    let wrong = site.log_in("wrong").await.expect(400);
    assert_eq!(error(&wrong), "invalid role or secret ID");
    let body = json!({ "role_id": "other", "secret_id": secret });
    let other = site.anybody.write("auth/approle/login", body).await.expect(400);
    assert_eq!(other.text(), wrong.text());
    for _ in 0..4 {
        site.log_in("wrong").await.expect(400);
    }
    assert_eq!(error(&site.log_in(&secret).await.expect(403)), "permission denied");
    site.clock.advance(Duration::from_mins(15));
    site.log_in(&secret).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_id_is_good_so_often_and_so_long() {
    let site = Site::new(json!({ "secret_id_num_uses": 2, "secret_id_ttl": "10m" })).await;
    let (secret, accessor) = site.secret(json!({})).await;
    site.log_in(&secret).await.expect(200);
    let path = format!("{ROLE}/secret-id-accessor/lookup");
    let shown = site.root.write(&path, json!({ "secret_id_accessor": accessor })).await.expect(200);
    assert_eq!(shown.at("/data/secret_id_num_uses"), 1);
    assert_eq!(shown.at("/data/expiration_time"), "2030-01-01T00:10:00.000Z");
    site.log_in(&secret).await.expect(200);
    site.log_in(&secret).await.expect(400);
    site.root.write(&path, json!({ "secret_id_accessor": accessor })).await.expect(404);

    let (secret, accessor) = site.secret(json!({ "ttl": "5m" })).await;
    site.clock.advance(Duration::from_mins(5));
    site.log_in(&secret).await.expect(400);
    let list = format!("{ROLE}/secret-id");
    assert_eq!(texts(&site.root.list(&list).await, "/data/keys"), [accessor]);
    site.root.write("auth/approle/tidy/secret-id", json!({})).await.expect(202);
    site.root.list(&list).await.expect(404);
    for body in [json!({ "num_uses": 3 }), json!({ "num_uses": 0 }), json!({ "ttl": "11m" })] {
        site.root.write(&list, body).await.expect(400);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_use_is_used_once() {
    let site = Site::new(json!({ "secret_id_num_uses": 1 })).await;
    let (secret, _) = site.secret(json!({})).await;
    let logins: Vec<_> = (0..8)
        .map(|_| {
            let anybody = site.anybody.clone();
            let body = json!({ "role_id": "ci-role", "secret_id": secret });
            tokio::spawn(async move { anybody.write("auth/approle/login", body).await.status })
        })
        .collect();
    let mut admitted = 0;
    for login in logins {
        admitted += usize::from(login.await.unwrap() == 200);
    }
    assert_eq!(admitted, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn secret_ids_of_ones_own_and_destroyed_ones() {
    let site = Site::new(json!({})).await;
    let path = format!("{ROLE}/custom-secret-id");
    site.root.write(&path, json!({ "secret_id": "made elsewhere" })).await.expect(200);
    let twice = site.root.write(&path, json!({ "secret_id": "made elsewhere" })).await.expect(500);
    assert!(error(&twice).contains("SecretID is already registered"));
    site.log_in("made elsewhere").await.expect(200);
    let destroy = format!("{ROLE}/secret-id/destroy");
    site.root.write(&destroy, json!({ "secret_id": "made elsewhere" })).await.expect(204);
    site.log_in("made elsewhere").await.expect(400);
    let (secret, accessor) = site.secret(json!({})).await;
    let destroy = format!("{ROLE}/secret-id-accessor/destroy");
    let body = json!({ "secret_id_accessor": accessor });
    site.root.write(&destroy, body.clone()).await.expect(204);
    site.root.write(&destroy, body).await.expect(500);
    site.log_in(&secret).await.expect(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn networks_bind_secret_ids_and_tokens() {
    let bound = json!({ "secret_id_bound_cidrs": "10.0.0.0/8,127.0.0.0/8" });
    let site = Site::new(bound).await;
    let (secret, _) = site.secret(json!({ "cidr_list": "10.1.0.0/16" })).await;
    let elsewhere = site.log_in(&secret).await.expect(400);
    assert!(error(&elsewhere).starts_with("source address \"127.0.0.1\" unauthorized"));
    let (secret, _) = site.secret(json!({ "token_bound_cidrs": "10.0.0.0/8" })).await;
    let answer = site.log_in(&secret).await.expect(200);
    let machine = Vault::with(&site.server, &text(&answer, "/auth/client_token"));
    machine.read("auth/token/lookup-self").await.expect(403);
    let path = format!("{ROLE}/secret-id");
    site.root.write(&path, json!({ "cidr_list": "192.168.0.0/16" })).await.expect(500);
    site.root.write(ROLE, json!({ "bind_secret_id": false })).await.expect(204);
    let body = json!({ "role_id": "ci-role" });
    site.anybody.write("auth/approle/login", body).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_ends_with_its_secret_ids() {
    let site = Site::new(json!({ "token_ttl": "1h" })).await;
    let (secret, _) = site.secret(json!({})).await;
    let answer = site.log_in(&secret).await.expect(200);
    let machine = Vault::with(&site.server, &text(&answer, "/auth/client_token"));
    site.root.write(ROLE, json!({ "token_ttl": "2h" })).await.expect(204);
    let renewed = machine.write("auth/token/renew-self", json!({})).await.expect(200);
    assert_eq!(renewed.at("/auth/lease_duration"), 7200);
    site.root.delete(ROLE).await.expect(204);
    machine.write("auth/token/renew-self", json!({})).await.expect(500);
    site.root.write(ROLE, json!({ "role_id": "ci-role" })).await.expect(204);
    site.log_in(&secret).await.expect(400);
    let taken = json!({ "role_id": "ci-role" });
    let taken = site.root.write("auth/approle/role/other", taken).await.expect(500);
    assert!(error(&taken).contains("role_id already in use"));
}
