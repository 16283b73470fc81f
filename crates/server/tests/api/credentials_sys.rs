//! What clients of the credential engine ask the system: mounts they reach, random bytes, pages of
//! lists; and several servers that remember the same.

use std::time::Duration;

use db::Statement;
use serde_json::{Value, json};
use testkit::{Setup, TestServer};

use crate::vault::{Vault, text, texts};

async fn server() -> (TestServer, Vault) {
    let server = TestServer::start_empty(Setup::default()).await;
    let root = Vault::root(&server).await;
    root.write("sys/mounts/terraform", json!({ "type": "terraform" })).await.expect(204);
    (server, root)
}

fn mounts(answer: &testkit::Answer, kind: &str) -> Vec<String> {
    let mounts = answer.at(&format!("/data/{kind}"));
    let mut paths: Vec<String> = mounts.as_object().unwrap().keys().cloned().collect();
    paths.sort();
    paths
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_told_of_the_mounts_that_they_reach() {
    let (server, root) = server().await;
    root.write("sys/mounts/other", json!({ "type": "terraform" })).await.expect(204);
    let shown = json!({ "type": "terraform", "config": { "listing_visibility": "unauth" } });
    root.write("sys/mounts/public", shown).await.expect(204);
    let rule = r#"path "terraform/creds/ci" { capabilities = ["read"] }"#;
    let user = root.somebody(&server, "ci", rule).await;

    let all = root.read("sys/internal/ui/mounts").await.expect(200);
    assert!(mounts(&all, "secret").contains(&"other/".to_owned()));
    let reached = user.read("sys/internal/ui/mounts").await.expect(200);
    let reached = mounts(&reached, "secret");
    assert!(reached.contains(&"terraform/".to_owned()) && reached.contains(&"public/".to_owned()));
    assert!(!reached.contains(&"other/".to_owned()));
    let anonymous = Vault::anonymous(&server).read("sys/internal/ui/mounts").await.expect(200);
    assert_eq!(
        (mounts(&anonymous, "secret"), mounts(&anonymous, "auth")),
        (vec!["public/".to_owned()], vec![])
    );
    assert_eq!(anonymous.at("/data/secret/public~1/accessor"), Value::Null);
    Vault::with(&server, "hvs.wrong").read("sys/internal/ui/mounts").await.expect(403);

    for path in ["terraform", "terraform/creds/ci", "terraform/anything"] {
        let one = user.read(&format!("sys/internal/ui/mounts/{path}")).await.expect(200);
        assert_eq!(
            (one.at("/data/path"), one.at("/data/type")),
            (json!("terraform/"), json!("terraform"))
        );
    }
    for path in ["other/creds/ci", "nothing/there"] {
        let refused = user.read(&format!("sys/internal/ui/mounts/{path}")).await.expect(403);
        let wanted = format!(
            "preflight capability check returned 403, please ensure client's policies grant access \
             to path \"{path}/\""
        );
        assert_eq!(text(&refused, "/errors/0"), wanted);
    }
    Vault::anonymous(&server).read("sys/internal/ui/mounts/public/x").await.expect(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_told_what_they_may_do() {
    let (server, root) = server().await;
    assert_eq!(
        root.read("sys/internal/ui/resultant-acl").await.at("/data"),
        json!({ "root": true })
    );
    let rules = r#"path "terraform/creds/*" { capabilities = ["read"] }
        path "terraform/role/a" { capabilities = ["list", "read"] }
        path "terraform/role/b" { capabilities = ["deny"] }"#;
    let user = root.somebody(&server, "ci", rules).await;
    let acl = user.read("sys/internal/ui/resultant-acl").await.expect(200);
    for (pointer, capabilities) in [
        ("/data/glob_paths/terraform~1creds~1/capabilities", json!(["read"])),
        ("/data/exact_paths/terraform~1role~1a/capabilities", json!(["list", "read"])),
        ("/data/exact_paths/terraform~1role~1b/capabilities", json!(["deny"])),
        ("/data/exact_paths/auth~1token~1lookup-self/capabilities", json!(["read"])),
    ] {
        assert_eq!(acl.at(pointer), capabilities, "{pointer}");
    }
    root.read("sys/internal/ui/namespaces").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_give_random_bytes_and_hashes() {
    let (_server, root) = server().await;
    for (path, body, length) in [
        ("sys/tools/random", json!({}), 44),
        ("sys/tools/random/5", json!({ "format": "hex" }), 10),
        ("sys/tools/random/platform/16", json!({ "format": "hex" }), 32),
        ("sys/tools/random", json!({ "bytes": 3 }), 4),
    ] {
        let given = root.write(path, body.clone()).await.expect(200);
        assert_eq!(text(&given, "/data/random_bytes").len(), length, "{path}");
        assert_ne!(root.write(path, body).await.at("/data"), given.at("/data"), "{path}");
    }
    for (path, body) in [
        ("sys/tools/random/0", json!({})),
        ("sys/tools/random/999999", json!({})),
        ("sys/tools/random/many", json!({})),
        ("sys/tools/random/nowhere/5", json!({})),
        ("sys/tools/random", json!({ "format": "octal" })),
        ("sys/tools/hash", json!({ "input": "!!" })),
        ("sys/tools/hash/md5", json!({ "input": "YWJj" })),
    ] {
        root.write(path, body).await.expect(400);
    }
    for (path, body, sum) in [
        (
            "sys/tools/hash",
            json!({ "input": "YWJj" }),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
        (
            "sys/tools/hash/sha3-256",
            json!({ "input": "YWJj" }),
            "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
        ),
        (
            "sys/tools/hash",
            json!({ "input": "YWJj", "format": "base64" }),
            "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
        ),
    ] {
        assert_eq!(root.write(path, body).await.expect(200).at("/data/sum"), json!(sum), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_come_in_pages_no_longer_than_policies_allow() {
    let (server, root) = server().await;
    for name in ["a", "b", "c", "d"] {
        let body = json!({ "policy": "path \"x\" { capabilities = [\"read\"] }" });
        root.write(&format!("sys/policies/acl/{name}"), body).await.expect(204);
    }
    let keys = async |vault: &Vault, query: &str| {
        let answer = vault.list(&format!("sys/policies/acl?{query}")).await.expect(200);
        (texts(&answer, "/data/keys").concat(), answer.at("/warnings"))
    };
    assert_eq!(keys(&root, "limit=3").await, ("abc".to_owned(), Value::Null));
    assert_eq!(keys(&root, "limit=2&after=b").await.0, "cd");
    assert_eq!(keys(&root, "after=c").await.0, "ddefaultroot");
    root.list("sys/policies/acl?limit=x").await.expect(400);
    root.list("sys/policies/acl?after=z").await.expect(404);

    let rule = r#"path "sys/policies/acl" { capabilities = ["list"] pagination_limit = 2 }"#;
    let user = root.somebody(&server, "pages", rule).await;
    assert_eq!(keys(&user, "").await.0, "ab");
    assert_eq!(keys(&user, "limit=max&after=b").await.0, "cd");
    assert_eq!(keys(&user, "limit=1").await.0, "a");
    user.list("sys/policies/acl?limit=3").await.expect(403);
}

/// What one server is told the others go by with the next request.
#[tokio::test(flavor = "multi_thread")]
async fn servers_remember_the_same() {
    let (server, root) = server().await;
    let Some(other) = server.beside().await else { return };
    let elsewhere = Vault::with(&other, root.token());
    elsewhere.read("sys/mounts/terraform").await.expect(200);
    let user =
        root.somebody(&server, "ci", r#"path "sys/mounts" { capabilities = ["read"] }"#).await;
    let user = Vault::with(&other, user.token());
    user.read("sys/mounts").await.expect(200);
    for round in 0..20 {
        let capabilities = if round % 2 == 0 { "deny" } else { "read" };
        let policy = format!("path \"sys/mounts\" {{ capabilities = [\"{capabilities}\"] }}");
        root.write("sys/policies/acl/ci", json!({ "policy": policy })).await.expect(204);
        let status = if round % 2 == 0 { 403 } else { 200 };
        user.read("sys/mounts").await.expect(status);
    }
    root.delete("sys/mounts/terraform").await.expect(204);
    elsewhere.read("terraform/config").await.expect(404);
    root.write("auth/token/revoke", json!({ "token": user.token() })).await.expect(204);
    user.read("sys/mounts").await.expect(403);
}

const INSERT_LEASE: Statement = Statement::new(
    "test_insert_lease",
    "INSERT INTO credential_leases (id, mount, issued_at, expires_at, renewable, internal, attempts, \
       revoke_at) VALUES ($1, 'gone', 0, 1, 0, $2, 0, 1)",
);
const COUNT_LEASES: Statement =
    Statement::new("test_count_leases", "SELECT COUNT(*) FROM credential_leases");
const COUNT_REVOCATIONS: Statement = Statement::new(
    "test_count_revocations",
    "SELECT COUNT(*), COUNT(DISTINCT resource_id) FROM audit_records \
     WHERE resource_kind = 'credential-leases' AND action = 'revoke'",
);

/// However many servers look for leases that are over, each lease is revoked by one of them.
#[tokio::test(flavor = "multi_thread")]
async fn a_lease_is_revoked_by_one_server() {
    const LEASES: i64 = 1_000;
    let (server, _) = server().await;
    let other = server.beside().await;
    let db = server.app().identity().db();
    db.write(|tx| {
        for number in 0..LEASES {
            let id = format!("gone/creds/x/{number}");
            tx.execute(&INSERT_LEASE, &[id.into(), vec![0_u8].into()])?;
        }
        Ok(())
    })
    .await
    .unwrap();
    let until_done =
        async |server: &TestServer| while server.app().credentials().expire().await.unwrap() {};
    tokio::time::timeout(Duration::from_mins(1), async {
        // Without another server, twice in this one.
        tokio::join!(until_done(&server), until_done(other.as_ref().unwrap_or(&server)));
        until_done(&server).await;
    })
    .await
    .unwrap();
    let count =
        db.read(|tx| Ok(tx.query_one(&COUNT_LEASES, &[], |row| row.int(0))?)).await.unwrap();
    assert_eq!(count, 0);
    let (all, distinct) = db
        .read(|tx| Ok(tx.query_one(&COUNT_REVOCATIONS, &[], |row| Ok((row.int(0)?, row.int(1)?)))?))
        .await
        .unwrap();
    assert_eq!((all, distinct), (LEASES, LEASES));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_before_it_is_read_is_answered_by_http_2_too() {
    let server = TestServer::start().await;
    let client = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let url = format!("{}/v1/terraform/role/", server.url());
    for round in 0..20 {
        let body = vec![b' '; 200 << 10];
        let answer = client.put(&url).body(body).send().await.unwrap_or_else(|error| {
            panic!("round {round}: {error:?}");
        });
        assert_eq!(answer.status(), 400);
        assert!(answer.text().await.unwrap().contains("cannot write to a path ending in '/'"));
    }
}
