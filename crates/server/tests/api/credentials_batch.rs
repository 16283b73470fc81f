//! Batch tokens: of which nothing is kept, and what ends and binds them all the same.

use std::{sync::Arc, time::Duration};

use kernel::{FixedClock, Timestamp};
use serde_json::{Value, json};
use stateward::options::Options;
use testkit::{Answer, Setup, TestServer};

use crate::{
    fixtures::api_token,
    vault::{Vault, text, texts},
};

const EVERYTHING: &str = "path \"*\" { capabilities = [\"create\", \"read\", \"update\", \"delete\", \
                          \"list\", \"sudo\"] }";

struct Site {
    server: TestServer,
    root: Vault,
    anybody: Vault,
}

impl Site {
    async fn new(setup: Setup) -> Self {
        let server = TestServer::start_with(setup).await;
        let root = Vault::root(&server).await;
        root.write("sys/policies/acl/all", json!({ "policy": EVERYTHING })).await.expect(204);
        let anybody = Vault::anonymous(&server);
        Self { server, root, anybody }
    }

    async fn usual() -> Self {
        Self::new(Setup::default()).await
    }

    /// The engine for the server itself, with a role.
    async fn engine(&self, role: Value) {
        self.server.app().credentials().ensure_own_engine("terraform/").await.unwrap();
        self.root.write("terraform/role/ci", role).await.expect(204);
    }

    fn with(&self, made: &Answer) -> Vault {
        Vault::with(&self.server, &text(made, "/auth/client_token"))
    }

    /// A token that a parent makes.
    async fn child(&self, parent: &Vault, body: Value) -> Vault {
        let made = parent.write("auth/token/create", body).await.expect(200);
        self.with(&made)
    }

    async fn batch(&self, parent: &Vault, ttl: &str) -> Vault {
        self.child(parent, json!({ "type": "batch", "policies": ["all"], "ttl": ttl })).await
    }

    async fn service(&self, ttl: &str) -> Vault {
        self.child(&self.root, json!({ "policies": ["all"], "ttl": ttl })).await
    }

    /// A login with a password that gives batch tokens.
    async fn log_in(&self) -> Answer {
        self.anybody.write("auth/userpass/login/ada", json!({ "password": "p" })).await
    }

    async fn userpass(&self, user: Value) {
        self.root.write("sys/auth/userpass", json!({ "type": "userpass" })).await.expect(204);
        self.root.write("auth/userpass/users/ada", user).await.expect(204);
    }

    /// Logs in at the server's own people with an API token; roles there give batch tokens.
    async fn show(&self, token: &str) -> Answer {
        self.anybody.write("auth/stateward/login", json!({ "token": token })).await
    }

    async fn stateward(&self) {
        let config = json!({ "token_type": "batch", "token_policies": "all" });
        self.root.write("auth/stateward/config", config).await.expect(204);
    }
}

async fn lives(vault: &Vault) -> bool {
    match vault.read("auth/token/lookup-self").await.status {
        200 => true,
        403 => false,
        status => panic!("{status}"),
    }
}

fn error(answer: &Answer) -> String {
    text(answer, "/errors/0")
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_kept_and_so_nothing_can_be_done_with_them() {
    let site = Site::usual().await;
    let accessors = async || site.root.list("auth/token/accessors").await.at("/data/keys");
    let before = accessors().await;
    let batch = site.batch(&site.root, "1h").await;
    assert_eq!(accessors().await, before);
    let shown = batch.read("auth/token/lookup-self").await.expect(200);
    assert_eq!(shown.at("/data/type"), json!("batch"));
    assert_eq!(
        (shown.at("/data/accessor"), shown.at("/data/renewable")),
        (json!(""), json!(false))
    );
    let named = json!({ "token": batch.token() });
    for (path, body, refusal) in [
        ("auth/token/renew-self", json!({}), "batch tokens cannot be renewed"),
        ("auth/token/renew", named.clone(), "batch tokens cannot be renewed"),
        ("auth/token/revoke-self", json!({}), "batch tokens cannot be revoked"),
        ("auth/token/revoke", named.clone(), "batch tokens cannot be revoked"),
        ("auth/token/revoke-orphan", named.clone(), "batch tokens cannot be revoked"),
        ("auth/token/create", json!({}), "batch tokens cannot create more tokens"),
        (
            "cubbyhole/x",
            json!({ "a": 1 }),
            "cubbyhole operations are only supported by 'service' type tokens",
        ),
    ] {
        assert_eq!(error(&batch.write(path, body.clone()).await.expect(400)), refusal, "{path}");
    }
    assert!(lives(&batch).await);
    for (body, refusal) in [
        (json!({ "type": "batch" }), "batch tokens cannot be root tokens"),
        (json!({ "type": "batch", "num_uses": 1 }), "batch tokens cannot have \"num_uses\" set"),
        (json!({ "type": "batch", "period": "1h" }), "batch tokens cannot have \"period\" set"),
        (
            json!({ "type": "batch", "policies": "x", "meta": { "a": "b".repeat(5_000) } }),
            "this batch token would have",
        ),
    ] {
        let refused = site.root.write("auth/token/create", body).await.expect(400);
        assert!(error(&refused).starts_with(refusal), "{}", refused.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_makes_or_changes_one() {
    let site = Site::usual().await;
    let batch = site.batch(&site.root, "1h").await;
    let value = batch.token();
    let body = &value[4..value.len() - 6];
    let turned: String = body.chars().rev().collect();
    for wrong in [
        "hvb.".to_owned(),
        "hvb.AAAA".to_owned(),
        format!("{value}A"),
        value[..value.len() - 1].to_owned(),
        barrier::with_checksum(format!("hvb.{turned}")),
        barrier::with_checksum(format!("hvb.{}", &body[..body.len() - 4])),
        barrier::with_checksum(format!("hvb.{}", "A".repeat(300))),
        format!("hvb.{}", "A".repeat(20_000)),
    ] {
        assert!(!lives(&Vault::with(&site.server, &wrong)).await, "{wrong}");
        let named = json!({ "token": wrong });
        let looked = site.root.write("auth/token/lookup", named.clone()).await.expect(403);
        assert_eq!(error(&looked), "bad token");
        site.root.write("auth/token/revoke", named).await.expect(204);
    }
    // Another server's are none here.
    let other = Site::usual().await;
    let theirs = other.batch(&other.root, "1h").await;
    assert!(!lives(&Vault::with(&site.server, theirs.token())).await);
    assert!(lives(&batch).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn they_end_with_what_they_came_from() {
    let site = Site::usual().await;
    // Their parent, revoked with or without what it made.
    for path in ["auth/token/revoke", "auth/token/revoke-orphan"] {
        let parent = site.service("1h").await;
        let batch = site.batch(&parent, "1h").await;
        assert!(lives(&batch).await);
        site.root.write(path, json!({ "token": parent.token() })).await.expect(204);
        assert!(!lives(&batch).await, "{path}");
        let named = json!({ "token": batch.token() });
        let asked = json!({ "token": batch.token(), "path": "sys/mounts" });
        site.root.write("auth/token/lookup", named.clone()).await.expect(403);
        site.root.write("sys/capabilities", asked).await.expect(400);
        site.root.write("auth/token/revoke", named).await.expect(204);
    }
    // Who they are of, and the mount that they were got at.
    site.userpass(json!({ "password": "p", "token_type": "batch" })).await;
    let login = site.log_in().await.expect(200);
    assert_eq!(login.at("/auth/token_type"), json!("batch"));
    let batch = site.with(&login);
    let entity = format!("identity/entity/id/{}", text(&login, "/auth/entity_id"));
    for (disabled, expected) in [(true, false), (false, true)] {
        site.root.write(&entity, json!({ "disabled": disabled })).await;
        assert_eq!(lives(&batch).await, expected);
    }
    site.root.delete(&entity).await.expect(204);
    assert!(!lives(&batch).await);
    let batch = site.with(&site.log_in().await.expect(200));
    assert!(lives(&batch).await);
    site.root.delete("sys/auth/userpass").await.expect(204);
    assert!(!lives(&batch).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn they_end_in_time() {
    let clock = Arc::new(FixedClock::at(Timestamp::parse("2030-01-01T00:00:00Z").unwrap()));
    let setup = Setup { clock: Arc::clone(&clock) as _, ..Setup::default() };
    let site = Site::new(setup).await;
    let parent = site.service("30m").await;
    // Nothing ends them but the request that looks: what is over is not swept up here.
    let (short, long) = (site.batch(&parent, "10m").await, site.batch(&parent, "5h").await);
    for (minutes, of_short, of_long) in [(9, true, true), (1, false, true), (20, false, false)] {
        clock.advance(Duration::from_mins(minutes));
        assert_eq!((lives(&short).await, lives(&long).await), (of_short, of_long), "{minutes}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn their_leases_hang_on_the_parent_and_do_not_outlive_them() {
    let site = Site::usual().await;
    let owner = site.server.owner().await;
    let user = owner.get("account/details").await.expect(200).id();
    site.engine(json!({ "user_id": user, "ttl": "5h", "max_ttl": "10h" })).await;
    let works = async |creds: &Answer| {
        let token = text(creds, "/data/token");
        site.server.token(&token).get("account/details").await.status == 200
    };
    let lookup = async |creds: &Answer| {
        let body = json!({ "lease_id": creds.at("/lease_id") });
        site.root.write("sys/leases/lookup", body).await
    };
    let parent = site.service("2h").await;
    let batch = site.batch(&parent, "1h").await;
    let creds = batch.read("terraform/creds/ci").await.expect(200);
    let more = json!({ "lease_id": creds.at("/lease_id"), "increment": "5h" });
    let renewed = batch.write("sys/leases/renew", more.clone()).await.expect(200);
    let by_root = site.root.write("sys/leases/renew", more).await.expect(200);
    for answer in [&creds, &renewed, &by_root] {
        let lasts = answer.at("/lease_duration").as_u64().unwrap();
        assert!((3_500..=3_600).contains(&lasts), "{}", answer.text());
    }
    // At its API it ends by itself no later, give or take the minutes that clocks may differ.
    let end = Timestamp::parse(&text(&creds, "/data/expired_at")).unwrap();
    let now = site.server.app().identity().now();
    assert!(end <= now.plus(Duration::from_mins(70)), "{end}");
    assert!(works(&creds).await);
    site.root.write("auth/token/revoke", json!({ "token": parent.token() })).await.expect(204);
    while site.server.app().credentials().expire().await.unwrap() {}
    lookup(&creds).await.expect(400);
    assert!(!works(&creds).await);
    // An orphan's leases have nothing to hang on, and end in time.
    let body = json!({ "type": "batch", "policies": ["all"], "ttl": "1h", "no_parent": true });
    let orphan = site.child(&site.root, body).await;
    let creds = orphan.read("terraform/creds/ci").await.expect(200);
    let left = lookup(&creds).await.expect(200).at("/data/ttl").as_u64().unwrap();
    assert!((3_500..=3_600).contains(&left), "{left}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_binds_an_api_token_binds_the_batch_tokens_of_its_login() {
    let site = Site::usual().await;
    site.stateward().await;
    let owner = site.server.owner().await;
    let user = owner.get("account/details").await.expect(200).id();
    site.engine(json!({ "user_id": user })).await;
    let end = site.server.app().identity().now().plus(Duration::from_mins(10));
    let attributes = json!({ "description": "ci", "expired-at": end,
        "source-networks": ["127.0.0.0/8"] });
    let (token, id) = api_token(&owner, attributes).await;
    let login = site.show(&token).await.expect(200);
    assert_eq!(login.at("/auth/token_type"), json!("batch"));
    assert!(login.at("/auth/lease_duration").as_u64().unwrap() <= 600, "{}", login.text());
    let batch = site.with(&login);
    let shown = batch.read("auth/token/lookup-self").await.expect(200);
    assert_eq!(shown.at("/data/bound_cidrs"), json!(["127.0.0.0/8"]));
    // What they get, and what others get of the roles that they write.
    batch.write("terraform/role/mine", json!({ "user_id": user })).await.expect(204);
    let written = site.root.read("terraform/role/mine").await.expect(200);
    assert_eq!(written.at("/data/on_behalf_of"), json!(user));
    let of_theirs = site.root.read("terraform/creds/mine").await.expect(200);
    for creds in [batch.read("terraform/creds/ci").await.expect(200), of_theirs] {
        assert!(creds.at("/lease_duration").as_u64().unwrap() <= 600, "{}", creds.text());
        let made = site.server.token(&text(&creds, "/data/token"));
        let path = format!("authentication-tokens/{}", text(&creds, "/data/token_id"));
        let networks = made.get(&path).await.expect(200).attribute("source-networks");
        assert_eq!(networks, json!(["127.0.0.0/8"]));
        // And what was given out lets nobody in, whatever kind of token they would get.
        site.show(made.token()).await.expect(400);
    }
    // With the API token it is over at once.
    owner.delete(&format!("authentication-tokens/{id}")).await.expect(204);
    assert!(!lives(&batch).await);
    batch.read("terraform/creds/ci").await.expect(403);
    batch.write("terraform/role/late", json!({ "user_id": user })).await.expect(403);
    let (token, _) = api_token(&owner, json!({ "description": "", "read-only": true })).await;
    site.show(&token).await.expect(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_login_makes_is_bound_like_the_login() {
    let site = Site::usual().await;
    let owner = site.server.owner().await;
    let user = owner.get("account/details").await.expect(200).id();
    site.engine(json!({ "user_id": user })).await;
    let config = json!({ "token_policies": "all" });
    site.root.write("auth/stateward/config", config).await.expect(204);
    let attributes = json!({ "description": "ci", "source-networks": ["127.0.0.0/8"] });
    let (token, id) = api_token(&owner, attributes).await;
    let login = site.with(&site.show(&token).await.expect(200));
    let role = json!({ "allowed_entity_aliases": "deployer", "orphan": true });
    site.root.write("auth/token/roles/named", role).await.expect(204);
    let wide = json!({ "token_bound_cidrs": ["0.0.0.0/0"] });
    site.root.write("auth/token/roles/wide", wide).await.expect(204);
    let elsewhere = json!({ "token_bound_cidrs": ["10.0.0.0/8"] });
    site.root.write("auth/token/roles/elsewhere", elsewhere).await.expect(204);
    let mut batches = Vec::new();
    for kind in ["batch", "service"] {
        let orphan = json!({ "type": kind, "no_parent": true });
        let named = json!({ "type": kind, "entity_alias": "deployer" });
        for (path, body) in [
            ("auth/token/create", json!({ "type": kind })),
            ("auth/token/create", orphan),
            ("auth/token/create/named", named),
            ("auth/token/create/wide", json!({ "type": kind })),
        ] {
            let made = login.write(path, body.clone()).await.expect(200);
            assert_eq!(made.at("/auth/token_type"), json!(kind));
            let child = site.with(&made);
            let shown = child.read("auth/token/lookup-self").await.expect(200);
            assert_eq!(shown.at("/data/bound_cidrs"), json!(["127.0.0.0/8"]), "{path} {body}");
            let creds = child.read("terraform/creds/ci").await.expect(200);
            let made = site.server.token(&text(&creds, "/data/token"));
            let id = format!("authentication-tokens/{}", text(&creds, "/data/token_id"));
            let networks = made.get(&id).await.expect(200).attribute("source-networks");
            assert_eq!(networks, json!(["127.0.0.0/8"]), "{path} {body}");
            // It stands for nobody, but for the server where it may do everything.
            child.write("terraform/role/theirs", json!({ "user_id": user })).await.expect(204);
            let role = site.root.read("terraform/role/theirs").await.expect(200);
            assert_eq!(role.at("/data/on_behalf_of"), Value::Null, "{path} {body}");
            batches.extend((kind == "batch").then_some(child));
        }
        let body = json!({ "type": kind });
        login.write("auth/token/create/elsewhere", body).await.expect(400);
    }
    // With the API token, orphans end as well.
    owner.delete(&format!("authentication-tokens/{id}")).await.expect(204);
    for batch in &batches {
        assert!(!lives(batch).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_login_makes_lasts_no_longer_than_its_api_token() {
    let site = Site::usual().await;
    let owner = site.server.owner().await;
    let config = json!({ "token_policies": "all" });
    site.root.write("auth/stateward/config", config).await.expect(204);
    let end = site.server.app().identity().now().plus(Duration::from_mins(10));
    let attributes = json!({ "description": "ci", "expired-at": end });
    let (token, _) = api_token(&owner, attributes).await;
    let login = site.with(&site.show(&token).await.expect(200));
    for kind in ["batch", "service"] {
        let body = json!({ "type": kind, "no_parent": true, "ttl": "5h" });
        let made = login.write("auth/token/create", body).await.expect(200);
        let lasts = made.at("/auth/lease_duration").as_u64().unwrap();
        assert!(lasts <= 600, "{}", made.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_role_limits_is_limited() {
    let site = Site::usual().await;
    let put = async |path: &str, body: Value| site.root.write(path, body).await;
    // Where OpenBao forgets what a role says, it holds here, or nothing is given out.
    let ends = json!({ "token_type": "default-batch", "token_explicit_max_ttl": "10m" });
    put("auth/token/roles/ends", ends).await.expect(204);
    let body = json!({ "policies": ["all"] });
    let made = put("auth/token/create/ends", body.clone()).await.expect(200);
    assert_eq!(made.at("/auth/lease_duration"), json!(600));
    let counts = json!({ "token_type": "default-batch", "token_num_uses": 2 });
    put("auth/token/roles/counts", counts).await.expect(204);
    put("auth/token/create/counts", body.clone()).await.expect(400);
    let service = json!({ "policies": ["all"], "type": "service" });
    put("auth/token/create/counts", service).await.expect(200);
    let always = json!({ "token_type": "batch", "orphan": true, "renewable": false,
        "token_num_uses": 2 });
    put("auth/token/roles/always", always).await.expect(400);
    let elsewhere = json!({ "token_type": "default-batch", "token_bound_cidrs": "10.0.0.0/8" });
    put("auth/token/roles/elsewhere", elsewhere).await.expect(204);
    let made = put("auth/token/create/elsewhere", body).await.expect(200);
    assert!(!lives(&site.with(&made)).await);

    site.userpass(json!({ "password": "p", "token_num_uses": 1 })).await;
    put("sys/auth/userpass/tune", json!({ "token_type": "batch" })).await.expect(204);
    let refused = site.log_in().await.expect(400);
    assert_eq!(error(&refused), "batch tokens cannot have \"num_uses\" set");
    put("auth/userpass/users/ada", json!({ "token_num_uses": 0, "token_explicit_max_ttl": "5m" }))
        .await
        .expect(204);
    let login = site.log_in().await.expect(200);
    assert_eq!(login.at("/auth/token_type"), json!("batch"));
    assert_eq!(login.at("/auth/lease_duration"), json!(300));
    put("sys/auth/userpass/tune", json!({ "token_type": "service" })).await.expect(204);
    put("auth/userpass/users/ada", json!({ "token_type": "batch" })).await.expect(204);
    let login = site.log_in().await.expect(200);
    assert_eq!(login.at("/auth/token_type"), json!("service"));
}

#[tokio::test(flavor = "multi_thread")]
async fn they_open_nothing_while_all_is_sealed_and_are_good_again_after() {
    let options = Options { seal: Some("shamir".to_owned()), ..Options::default() };
    let server = TestServer::start_empty(Setup { options, ..Setup::default() }).await;
    let anybody = Vault::anonymous(&server);
    let body = json!({ "secret_shares": 1, "secret_threshold": 1 });
    let made = anybody.write("sys/init", body).await.expect(200);
    let (share, root) = (text(&made, "/keys/0"), text(&made, "/root_token"));
    let root = Vault::with(&server, &root);
    let unseal = async || {
        anybody.write("sys/unseal", json!({ "key": share })).await.expect(200);
    };
    unseal().await;
    let body = json!({ "type": "batch", "policies": ["default"], "ttl": "1h" });
    let made = root.write("auth/token/create", body).await.expect(200);
    let batch = Vault::with(&server, &text(&made, "/auth/client_token"));
    assert!(lives(&batch).await);
    root.write("sys/seal", json!({})).await.expect(204);
    batch.read("auth/token/lookup-self").await.expect(503);
    unseal().await;
    assert!(lives(&batch).await);
    // Other shares open the same.
    let shares = json!({ "secret_shares": 2, "secret_threshold": 2 });
    let begun = root.write("sys/rekey/init", shares).await.expect(200);
    let given = json!({ "key": share, "nonce": begun.at("/nonce") });
    let done = root.write("sys/rekey/update", given).await.expect(200);
    assert_eq!(done.at("/complete"), json!(true), "{}", done.text());
    assert!(lives(&batch).await);
    root.write("sys/seal", json!({})).await.expect(204);
    for share in texts(&done, "/keys") {
        anybody.write("sys/unseal", json!({ "key": share })).await.expect(200);
    }
    assert!(lives(&batch).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn records_name_where_they_come_from_and_no_value() {
    let folder = tempfile::tempdir().unwrap();
    let options =
        Options { credentials_audit_dir: Some(folder.path().to_owned()), ..Options::default() };
    let site = Site::new(Setup { options, ..Setup::default() }).await;
    let device = json!({ "type": "file", "options": { "file_path": "audit.log" } });
    site.root.write("sys/audit/file", device).await.expect(204);
    site.userpass(json!({ "password": "p", "token_type": "batch" })).await;
    let login = site.log_in().await.expect(200);
    let (entity, batch) = (login.at("/auth/entity_id"), site.with(&login));
    assert!(lives(&batch).await);
    let written = std::fs::read_to_string(folder.path().join("audit.log")).unwrap();
    assert!(!written.contains(batch.token()) && !written.contains("hvb."));
    let records = written.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let asked = records
        .filter(|record| record["request"]["path"] == "auth/token/lookup-self")
        .map(|record| record["auth"].clone());
    let asked: Vec<_> = asked.collect();
    assert_eq!(asked.len(), 2);
    for auth in asked {
        assert_eq!(auth["token_type"], "batch");
        assert_eq!(auth["display_name"], "userpass-ada");
        assert_eq!(auth["entity_id"], entity);
        assert_eq!(auth["accessor"], "");
    }
    let owner = site.server.site_admin().await;
    let trail = owner.get("admin/audit-records?page[size]=100").await.expect(200);
    assert!(!trail.text().contains("hvb."));
    let records = trail.at("/data");
    let made = records.as_array().unwrap().iter().map(|record| &record["attributes"]);
    let made = made.filter(|record| record.to_string().contains("auth/userpass/login/ada"));
    let made: Vec<_> = made.map(Value::to_string).collect();
    assert_eq!(made.len(), 1, "{}", trail.text());
    let entity = entity.as_str().unwrap();
    assert!(made[0].contains("batch") && made[0].contains(entity), "{}", made[0]);
}
