//! What a login at this server's own people made ends with the API token that was shown, or with
//! the person: whatever it is, and however many made one another.

use std::{sync::Arc, time::Duration};

use db::Statement;
use kernel::{FixedClock, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Caller, Setup, TestServer};

use crate::{
    fixtures::api_token,
    vault::{Vault, text},
};

const EVERYTHING: &str = "path \"*\" { capabilities = [\"create\", \"read\", \"update\", \"delete\", \
                          \"list\", \"sudo\"] }";
/// Nobody's account is deleted by the API.
const DELETE_USER: Statement =
    Statement::new("test_delete_user", "DELETE FROM users WHERE username = $1");

/// The ways to make a token that the API token would not end by itself, and one that it would.
const WAYS: [(&str, &str); 6] = [
    ("auth/token/create", "{}"),
    ("auth/token/create", r#"{"no_parent": true, "period": "1h"}"#),
    ("auth/token/create-orphan", r#"{"explicit_max_ttl": "10h"}"#),
    ("auth/token/create/orphan", "{}"),
    ("auth/token/create/periodic", "{}"),
    ("auth/token/create/named", r#"{"entity_alias": "deployer"}"#),
];

struct Site {
    server: TestServer,
    clock: Arc<FixedClock>,
    root: Vault,
    owner: Caller,
}

impl Site {
    async fn new() -> Self {
        let clock = Arc::new(FixedClock::at(Timestamp::parse("2030-01-01T00:00:00Z").unwrap()));
        let setup = Setup { clock: Arc::clone(&clock) as _, ..Setup::default() };
        let server = TestServer::start_with(setup).await;
        let (root, owner) = (Vault::root(&server).await, server.owner().await);
        server.app().credentials().ensure_own_engine("terraform/").await.unwrap();
        let user = owner.get("account/details").await.expect(200).id();
        for (path, body) in [
            ("sys/policies/acl/all", json!({ "policy": EVERYTHING })),
            ("auth/stateward/config", json!({ "token_policies": "all" })),
            ("terraform/role/ci", json!({ "user_id": user, "ttl": "5h" })),
            ("auth/token/roles/orphan", json!({ "orphan": true, "token_explicit_max_ttl": "9h" })),
            ("auth/token/roles/periodic", json!({ "orphan": true, "token_period": "1h" })),
            ("auth/token/roles/named", json!({ "allowed_entity_aliases": "deployer" })),
        ] {
            root.write(path, body).await.expect(204);
        }
        Self { server, clock, root, owner }
    }

    async fn log_in(&self, body: Value) -> Vault {
        let anybody = Vault::anonymous(&self.server);
        self.with(&anybody.write("auth/stateward/login", body).await.expect(200))
    }

    fn with(&self, made: &Answer) -> Vault {
        Vault::with(&self.server, &text(made, "/auth/client_token"))
    }

    async fn child(&self, parent: &Vault, (path, body): (&str, &str)) -> Vault {
        let body = serde_json::from_str(body).unwrap();
        self.with(&parent.write(path, body).await.expect(200))
    }

    /// A login, what it makes in every way, and what each of these makes.
    async fn family(&self, login: &Vault) -> Vec<Vault> {
        let mut family = vec![login.clone()];
        for way in WAYS {
            let child = self.child(login, way).await;
            family.push(self.child(&child, way).await);
            family.push(child);
        }
        family
    }

    /// The API tokens that each of them reads, by a lease of its own.
    async fn leased(&self, family: &[Vault]) -> Vec<Caller> {
        let mut made = Vec::new();
        for one in family {
            let creds = one.read("terraform/creds/ci").await.expect(200);
            made.push(self.server.token(&text(&creds, "/data/token")));
        }
        made
    }

    /// Nobody of them is let in, nothing can be done for them, and what they had ends.
    async fn require_over(&self, family: &[Vault], leased: &[Caller]) {
        for one in family {
            one.read("auth/token/lookup-self").await.expect(403);
            one.read("terraform/creds/ci").await.expect(403);
            one.write("auth/token/create", json!({})).await.expect(403);
            one.write("auth/token/renew-self", json!({})).await.expect(403);
            let named = json!({ "token": one.token() });
            self.root.write("auth/token/renew", named.clone()).await.expect(400);
            self.root.write("auth/token/lookup", named).await.expect(403);
        }
        while self.server.app().credentials().expire().await.unwrap() {}
        for made in leased {
            made.get("account/details").await.expect(401);
        }
        let left = self.root.read("sys/leases/count").await.expect(200);
        assert_eq!(left.at("/data/lease_count"), json!(0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_ends_with_an_api_token_that_is_revoked() {
    let site = Site::new().await;
    let (token, id) = api_token(&site.owner, json!({ "description": "ci" })).await;
    let login = site.log_in(json!({ "token": token })).await;
    let mut family = site.family(&login).await;
    let accessor = family[5].read("auth/token/lookup-self").await.at("/data/accessor");
    let named = json!({ "accessor": accessor });
    let batch = ("auth/token/create", r#"{"type": "batch", "no_parent": true}"#);
    family.push(site.child(&login, batch).await);
    let leased = site.leased(&family).await;
    site.root.write("auth/token/renew-accessor", named.clone()).await.expect(200);
    // One that waits for whoever has a wrapping token is no more than the others.
    let asked = site.server.token(login.token()).request(Method::PUT, "/v1/auth/token/create");
    let wrapped = site.server.anonymous().send(asked.header("x-vault-wrap-ttl", "60")).await;
    let wrapping = Vault::with(&site.server, &text(&wrapped.expect(200), "/wrap_info/token"));
    // Nothing else is asked after: another login goes on.
    let other = site.log_in(json!({ "token": site.owner.token() })).await;
    site.owner.delete(&format!("authentication-tokens/{id}")).await.expect(204);
    let unwrapped = wrapping.write("sys/wrapping/unwrap", json!({})).await.expect(200);
    family.push(site.with(&unwrapped));
    site.require_over(&family, &leased).await;
    other.read("terraform/creds/ci").await.expect(200);
    for path in ["auth/token/renew-accessor", "auth/token/lookup-accessor"] {
        site.root.write(path, named.clone()).await.expect(400);
    }
    // Its row is there until its end, and can be taken away before.
    let accessors = async || site.root.list("auth/token/accessors").await.at("/data/keys");
    assert!(accessors().await.as_array().unwrap().contains(&accessor));
    site.root.write("auth/token/revoke-accessor", named).await.expect(204);
    assert!(!accessors().await.as_array().unwrap().contains(&accessor));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_chain_lives_longer_than_the_api_token() {
    let site = Site::new().await;
    let end = site.server.app().identity().now().plus(Duration::from_secs(20));
    let (token, _) =
        api_token(&site.owner, json!({ "description": "ci", "expired-at": end })).await;
    let login = site.log_in(json!({ "token": token })).await;
    let mut last = [const { None }; WAYS.len()];
    let mut family = vec![login.clone()];
    for left in [13, 6] {
        site.clock.advance(Duration::from_secs(7));
        for (way, last) in WAYS.into_iter().zip(&mut last) {
            let child = site.child(last.as_ref().unwrap_or(&login), way).await;
            let shown = child.read("auth/token/lookup-self").await.expect(200);
            assert_eq!(shown.at("/data/ttl"), json!(left), "{way:?}");
            // Nor does a renewal help, or what it reads.
            let creds = child.read("terraform/creds/ci").await.expect(200);
            assert_eq!(creds.at("/lease_duration"), json!(left), "{way:?}");
            let more = json!({ "increment": "1h" });
            let renewed = child.write("auth/token/renew-self", more).await.expect(200);
            assert_eq!(renewed.at("/auth/lease_duration"), json!(left), "{way:?}");
            family.extend(last.replace(child));
        }
    }
    family.extend(last.into_iter().flatten());
    let leased = site.leased(&family).await;
    site.clock.advance(Duration::from_secs(6));
    site.require_over(&family, &leased).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_ends_with_the_person_who_logged_in() {
    let site = Site::new().await;
    site.server.another_member("ada").await;
    site.server.set_password("ada", "correct horse battery").await;
    let body = json!({ "username": "ada", "password": "correct horse battery" });
    let login = site.log_in(body).await;
    let mut family = site.family(&login).await;
    let batch = ("auth/token/create", r#"{"type": "batch", "no_parent": true}"#);
    family.push(site.child(&login, batch).await);
    let leased = site.leased(&family).await;
    // Who was made by it does nothing in the person's name.
    let user = site.owner.get("account/details").await.expect(200).id();
    family[1].write("terraform/role/late", json!({ "user_id": user })).await.expect(204);
    let role = site.root.read("terraform/role/late").await.expect(200);
    assert_eq!(role.at("/data/on_behalf_of"), Value::Null);
    let db = site.server.app().identity().db();
    db.write(|tx| Ok(tx.execute(&DELETE_USER, &["ada".into()]).map(drop)?)).await.unwrap();
    site.require_over(&family, &leased).await;
}
