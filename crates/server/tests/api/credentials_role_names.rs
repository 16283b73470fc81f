//! A role of the Terraform engine is one thing in any case: to policies, to leases, to whoever asks
//! what they may do.

use serde_json::{Value, json};
use testkit::TestServer;

use crate::vault::{Vault, text, texts};

const SPELLINGS: [&str; 3] = ["my-role", "MY-ROLE", "My-Role"];

struct Site {
    server: TestServer,
    root: Vault,
}

impl Site {
    /// With the engine at `Hcp/`, and a role.
    async fn new() -> Self {
        let server = TestServer::start().await;
        let root = Vault::root(&server).await;
        server.app().credentials().ensure_own_engine("Hcp/").await.unwrap();
        let owner = server.owner().await.get("account/details").await.expect(200).id();
        root.write("Hcp/role/My-Role", json!({ "user_id": owner })).await.expect(204);
        Self { server, root }
    }

    async fn somebody(&self, name: &str, policy: &str) -> Vault {
        self.root.somebody(&self.server, name, policy).await
    }
}

fn rules(rules: &[(&str, &str)]) -> String {
    let rule = |(path, capability): &(&str, &str)| {
        format!("path \"{path}\" {{ capabilities = [\"{capability}\"] }}\n")
    };
    rules.iter().map(rule).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_is_about_a_role_in_any_case() {
    let site = Site::new().await;
    for (name, allowed, denied) in [
        ("small", "Hcp/*", "Hcp/creds/my-role"),
        ("large", "Hcp/*", "Hcp/creds/MY-ROLE"),
        ("mixed", "Hcp/*", "Hcp/creds/My-*"),
        ("any", "Hcp/*", "Hcp/+/mY-rOLE"),
        ("any-mount", "+/+/+", "+/creds/MY-ROLE"),
    ] {
        let policy = rules(&[(allowed, "read"), (denied, "deny")]);
        let somebody = site.somebody(name, &policy).await;
        for role in SPELLINGS {
            somebody.read(&format!("Hcp/creds/{role}")).await.expect(403);
            for slash in ["", "/"] {
                let asked = json!({ "path": format!("{slash}Hcp/creds/{role}") });
                let told = somebody.write("sys/capabilities-self", asked).await.expect(200);
                assert_eq!(texts(&told, "/capabilities"), ["deny"], "{denied} {slash} {role}");
            }
        }
    }
    for (name, allowed) in [("one", "Hcp/creds/my-role"), ("two", "Hcp/creds/MY-ROLE")] {
        let somebody = site.somebody(name, &rules(&[(allowed, "read")])).await;
        for role in SPELLINGS {
            somebody.read(&format!("Hcp/creds/{role}")).await.expect(200);
            somebody.read(&format!("hcp/creds/{role}")).await.expect(403);
            somebody.read(&format!("Hcp/role/{role}")).await.expect(403);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_for_whoever_asks_is_in_any_case_too() {
    let site = Site::new().await;
    let ada = site.server.another_member("ada").await;
    let entity = site.root.write("identity/entity", json!({ "name": "My-Role" })).await.expect(200);
    let mounts = site.root.read("sys/auth").await.expect(200);
    let alias = json!({
        "name": ada.get("account/details").await.expect(200).id(),
        "canonical_id": text(&entity, "/data/id"),
        "mount_accessor": mounts.at("/data/stateward~1/accessor"),
    });
    site.root.write("identity/entity-alias", alias).await.expect(200);
    let policy = rules(&[("Hcp/creds/{{identity.entity.name}}", "read")]);
    site.root.write("sys/policies/acl/own", json!({ "policy": policy })).await.expect(204);
    let body = json!({ "policies": "own" });
    site.root.write("auth/stateward/users/ada", body).await.expect(204);
    let anybody = Vault::anonymous(&site.server);
    let login = anybody.write("auth/stateward/login", json!({ "token": ada.token() })).await;
    let vault = Vault::with(&site.server, &text(&login.expect(200), "/auth/client_token"));
    for role in SPELLINGS {
        vault.read(&format!("Hcp/creds/{role}")).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn leases_of_a_role_are_below_one_path() {
    let site = Site::new().await;
    let folder = "sys/leases/lookup/Hcp/creds";
    for under in SPELLINGS {
        for role in SPELLINGS {
            let creds = site.root.read(&format!("Hcp/creds/{role}")).await.expect(200);
            let id = text(&creds, "/lease_id");
            assert!(id.starts_with("Hcp/creds/my-role/"), "{id}");
        }
        let listed = site.root.list(folder).await.expect(200);
        assert_eq!(texts(&listed, "/data/keys"), ["my-role/"]);
        let listed = site.root.list(&format!("{folder}/{under}")).await.expect(200);
        assert_eq!(texts(&listed, "/data/keys").len(), 3);
        let path = format!("sys/leases/revoke-prefix/Hcp/creds/{under}");
        site.root.write(&path, json!({})).await.expect(204);
        site.root.list(folder).await.expect(404);
    }
    let creds = site.root.read("Hcp/creds/MY-ROLE").await.expect(200);
    let somebody = site
        .somebody(
            "sweeper",
            "path \"sys/leases/*\" { capabilities = [\"update\", \"sudo\"] }
              path \"sys/leases/revoke-prefix/Hcp/creds/my-role\" { capabilities = [\"deny\"] }",
        )
        .await;
    for role in SPELLINGS {
        let path = format!("sys/leases/revoke-prefix/Hcp/creds/{role}");
        somebody.write(&path, json!({})).await.expect(403);
    }
    let id = text(&creds, "/lease_id");
    somebody.write(&format!("sys/leases/renew/{id}"), json!({})).await.expect(200);
    somebody.write(&format!("sys/leases/revoke/{id}"), json!({})).await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_paths_keep_their_case() {
    let site = Site::new().await;
    let policy = rules(&[("cubbyhole/creds/ONE", "deny"), ("cubbyhole/*", "update")]);
    let somebody = site.somebody("other", &policy).await;
    somebody.write("cubbyhole/creds/ONE", json!({ "a": 1 })).await.expect(403);
    somebody.write("cubbyhole/creds/one", json!({ "a": 1 })).await.expect(204);
    let asked = json!({ "paths": ["cubbyhole/creds/ONE", "cubbyhole/creds/one"] });
    let told = somebody.write("sys/capabilities-self", asked).await.expect(200);
    assert_eq!(told.at("/data/cubbyhole~1creds~1ONE"), json!(["deny"]));
    let expected: Value = json!(["create", "delete", "list", "read", "update"]);
    assert_eq!(told.at("/data/cubbyhole~1creds~1one"), expected);
}
