//! Who logs in to the credential engine, and what each token keeps for itself.

use serde_json::json;
use testkit::TestServer;

use crate::vault::{Vault, text};

struct Site {
    server: TestServer,
    root: Vault,
    accessor: String,
}

impl Site {
    /// With somebody who logs in as `ada` with the password `x`.
    async fn new() -> Self {
        let server = TestServer::start_empty(testkit::Setup::default()).await;
        let root = Vault::root(&server).await;
        root.write("sys/auth/userpass", json!({ "type": "userpass" })).await.expect(204);
        root.write("auth/userpass/users/ada", json!({ "password": "x" })).await.expect(204);
        let mount = root.read("sys/auth/userpass").await.expect(200);
        let accessor = text(&mount, "/data/accessor");
        Self { server, root, accessor }
    }

    async fn log_in(&self, name: &str) -> (Vault, String) {
        let path = format!("auth/userpass/login/{name}");
        let answer = self.root.write(&path, json!({ "password": "x" })).await.expect(200);
        let vault = Vault::with(&self.server, &text(&answer, "/auth/client_token"));
        (vault, text(&answer, "/auth/entity_id"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_the_same_however_often_they_log_in() {
    let site = Site::new().await;
    let (_, first) = site.log_in("ada").await;
    let (_, second) = site.log_in("ADA").await;
    assert_eq!(first, second);
    let found = site.root.read(&format!("identity/entity/id/{first}")).await.expect(200);
    assert_eq!(found.at("/data/aliases/0/name"), "ada");
    assert_eq!(found.at("/data/aliases/0/mount_accessor"), site.accessor);
    assert_eq!(found.at("/data/aliases/0/mount_path"), "auth/userpass/");
    let body = json!({ "alias_name": "ada", "alias_mount_accessor": site.accessor });
    let found = site.root.write("identity/lookup/entity", body).await.expect(200);
    assert_eq!(found.at("/data/id"), first);
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_of_somebody_hold_for_all_their_tokens() {
    let site = Site::new().await;
    let policy = r#"
        path "sys/auth" { capabilities = ["read"] }
        path "cubbyhole/{{identity.entity.name}}" { capabilities = ["deny"] }
    "#;
    site.root.write("sys/policies/acl/see", json!({ "policy": policy })).await.expect(204);
    let (ada, id) = site.log_in("ada").await;
    ada.read("sys/auth").await.expect(403);
    let path = format!("identity/entity/id/{id}");
    let body = json!({ "name": "Ada", "policies": ["see"], "metadata": { "team": "core" } });
    site.root.write(&path, body).await.expect(204);
    ada.read("sys/auth").await.expect(200);
    let own = ada.read("auth/token/lookup-self").await.expect(200);
    assert_eq!(own.at("/data/identity_policies"), json!(["see"]));
    assert_eq!(own.at("/data/policies"), json!(["default"]));
    ada.write("cubbyhole/Ada", json!({ "a": 1 })).await.expect(403);
    ada.write("cubbyhole/other", json!({ "a": 1 })).await.expect(204);
    // The default policy lets everybody see themselves, and nobody else.
    ada.read(&path).await.expect(200);
    ada.read("identity/entity/name/Ada").await.expect(200);
    ada.read("identity/entity/id/other").await.expect(403);
    // Children are of the same person.
    let made = ada.write("auth/token/create", json!({})).await;
    assert_eq!(made.status, 403);
    site.root.write(&path, json!({ "disabled": true })).await.expect(204);
    ada.read("auth/token/lookup-self").await.expect(403);
    let login = site.root.write("auth/userpass/login/ada", json!({ "password": "x" })).await;
    login.expect(403);
    site.root.write(&path, json!({ "disabled": false })).await.expect(204);
    ada.read("auth/token/lookup-self").await.expect(200);
    site.root.delete(&path).await.expect(204);
    ada.read("auth/token/lookup-self").await.expect(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_written_down_before_they_log_in() {
    let site = Site::new().await;
    let made = site.root.write("identity/entity", json!({ "name": "ada" })).await.expect(200);
    let id = text(&made, "/data/id");
    let body = json!({ "name": "ada", "mount_accessor": site.accessor, "canonical_id": id });
    let alias = site.root.write("identity/entity-alias", body).await.expect(200);
    assert_eq!(site.log_in("ada").await.1, id);
    let path = format!("identity/entity-alias/id/{}", text(&alias, "/data/id"));
    site.root.read(&path).await.expect(200);
    site.root.delete(&path).await.expect(204);
    assert_ne!(site.log_in("ada").await.1, id);
    for body in [json!({}), json!({ "name": "a" }), json!({ "name": "a", "mount_accessor": "x" })] {
        site.root.write("identity/entity-alias", body).await.expect(400);
    }
    let same = json!({ "name": "x", "policies": "root" });
    site.root.write("identity/entity", same).await.expect(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_token_has_a_place_of_its_own() {
    let site = Site::new().await;
    let (ada, _) = site.log_in("ada").await;
    let (again, _) = site.log_in("ada").await;
    ada.write("cubbyhole/a/b", json!({ "secret": [1, { "x": null }] })).await.expect(204);
    ada.write("cubbyhole/c", json!({ "path": "p" })).await.expect(204);
    let found = ada.read("cubbyhole/a/b").await.expect(200);
    assert_eq!(found.at("/data"), json!({ "secret": [1, { "x": null }] }));
    assert_eq!(ada.list("cubbyhole").await.expect(200).at("/data/keys"), json!(["a/", "c"]));
    for other in [&again, &site.root] {
        other.read("cubbyhole/a/b").await.expect(404);
        other.list("cubbyhole").await.expect(404);
    }
    let count = site.kept().await;
    assert_eq!(count, 2);
    ada.write("auth/token/revoke-self", json!({})).await.expect(204);
    assert_eq!(site.kept().await, 0);
    ada.read("cubbyhole/c").await.expect(403);
}

impl Site {
    /// How much all tokens keep.
    async fn kept(&self) -> i64 {
        const COUNT: db::Statement = db::Statement::new(
            "count_kept",
            "SELECT COUNT(*) FROM credential_entries WHERE mount = \
             (SELECT uuid FROM credential_mounts WHERE path = 'cubbyhole/')",
        );
        let db = self.server.app().identity().db();
        db.read(|tx| Ok(tx.query_one(&COUNT, &[], |row| row.int(0))?)).await.unwrap()
    }
}
