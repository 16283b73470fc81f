//! Roles of the Terraform engine and organizations that are renamed: a role means the one that had
//! the name when it was written.

use serde_json::{Value, json};
use testkit::{Answer, Caller, TestServer};

use crate::{
    fixtures::{LINEAGE, cycle, resource},
    vault::{Vault, text},
};

/// The operator, with the engine mounted for the server itself.
async fn operator(server: &TestServer) -> Vault {
    server.app().credentials().ensure_own_engine("terraform/").await.unwrap();
    Vault::root(server).await
}

async fn rename(caller: &Caller, name: &str, new: &str) {
    let change = resource("organizations", json!({ "name": new }));
    caller.patch(&format!("organizations/{name}"), change).await.expect(200);
}

/// Another organization, of somebody else.
async fn mallory(server: &TestServer, name: &str) -> Caller {
    let root = server.site_admin().await;
    let body = json!({"name": name, "email": "mallory@example.com"});
    root.post("organizations", resource("organizations", body)).await.expect(201);
    let mallory = server.stranger().await;
    let identity = server.app().identity();
    let user = identity.find_user_by_name("stranger").await.unwrap().unwrap();
    identity.add_member(&identity.system(), name, user.id, true).await.unwrap();
    mallory
}

fn token_of(server: &TestServer, creds: &Answer) -> Caller {
    server.token(&text(creds, "/data/token"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_role_goes_on_when_its_organization_is_renamed() {
    let server = TestServer::start().await;
    let (vault, owner) = (operator(&server).await, server.owner().await);
    let workspace = owner.workspace("network").await;
    let roles = [
        ("project", json!({"organization": "acme", "project": "default"})),
        ("workspace", json!({"organization": "ACME", "workspace": "network"})),
        ("narrowed", json!({"organization": "acme.default", "workspace": "network"})),
    ];
    for (name, body) in &roles {
        vault.write(&format!("terraform/role/{name}"), body.clone()).await.expect(204);
    }
    let before = vault.read("terraform/creds/project").await.expect(200);
    rename(&owner, "acme", "acme-new").await;
    let renamed = ["acme-new", "acme-new", "acme-new.default"];
    for (serial, ((name, _), renamed)) in (1..).zip(roles.iter().zip(renamed)) {
        let creds = vault.read(&format!("terraform/creds/{name}")).await.expect(200);
        cycle(&token_of(&server, &creds), &workspace, serial, LINEAGE).await;
        let shown = vault.read(&format!("terraform/role/{name}")).await.expect(200);
        assert_eq!(text(&shown, "/data/organization"), renamed);
        // What is left out of a write stays the same organization.
        vault.write(&format!("terraform/role/{name}"), json!({"ttl": "5m"})).await.expect(204);
    }
    // What was given out before ends with its lease.
    let job = token_of(&server, &before);
    job.get("account/details").await.expect(200);
    let lease = json!({"lease_id": text(&before, "/lease_id")});
    vault.write("sys/leases/revoke", lease).await.expect(204);
    job.get("account/details").await.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_the_name_later_loses_nothing_to_the_role() {
    let server = TestServer::start().await;
    let (vault, owner) = (operator(&server).await, server.owner().await);
    vault.write("terraform/role/org", json!({"organization": "acme"})).await.expect(204);
    let bound = json!({"organization": "acme", "project": "default"});
    vault.write("terraform/role/bound", bound).await.expect(204);
    rename(&owner, "acme", "acme-b").await;
    let mallory = mallory(&server, "acme").await;
    let single = "organizations/acme/authentication-token";
    let theirs = mallory.post_empty(single).await.expect(201);
    let theirs = server.token(theirs.attribute("token").as_str().unwrap());

    for path in ["terraform/rotate-role/org", "terraform/role/org"] {
        vault.write(path, json!({"description": "again"})).await.expect(204);
        let creds = vault.read("terraform/creds/org").await.expect(200);
        assert_eq!(text(&creds, "/data/organization"), "acme-b");
        let ours = token_of(&server, &creds);
        ours.get("organizations/acme-b").await.expect(200);
        ours.get("organizations/acme").await.expect(404);
        theirs.get("organizations/acme").await.expect(200);
    }
    let creds = vault.read("terraform/creds/bound").await.expect(200);
    token_of(&server, &creds).get("organizations/acme-b/workspaces").await.expect(200);
    let keys = mallory.get("organizations/acme/access-keys").await.expect(200);
    assert_eq!(keys.at("/data"), json!([]));

    // The records say which one it was, whatever it is called.
    let id = vault.read("terraform/role/org").await.expect(200).at("/data/organization_id");
    let path = "admin/audit-records?page[size]=100&filter[resource-type]=credential-roles";
    let records = server.site_admin().await.get(path).await.expect(200);
    let details = records.attributes("details");
    assert_eq!(details.len(), 4);
    assert!(details.iter().all(|details| details["organization"] == id), "{details:?}");

    // When ours is gone, the name still is not ours.
    owner.delete("organizations/acme-b").await.expect(204);
    for path in ["terraform/creds/org", "terraform/creds/bound"] {
        let refused = vault.read(path).await.expect(400);
        assert!(refused.text().contains("is gone; delete the role"), "{}", refused.text());
    }
    for path in ["terraform/rotate-role/org", "terraform/role/org", "terraform/role/bound"] {
        let refused = vault.write(path, json!({"description": "again"})).await.expect(400);
        assert!(refused.text().contains("is gone; delete the role"), "{}", refused.text());
    }
    let shown = vault.read("terraform/role/org").await.expect(200);
    assert_eq!(shown.at("/data/organization"), shown.at("/data/organization_id"));
    mallory.get(single).await.expect(200);
    theirs.get("organizations/acme").await.expect(200);
    let named = json!({"organization": "acme"});
    vault.write("terraform/role/org", named).await.expect(204);
    theirs.get("organizations/acme").await.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_hears_of_organizations_that_they_do_not_see() {
    let server = TestServer::start().await;
    let vault = operator(&server).await;
    let root = server.site_admin().await;
    let body = json!({"name": "secret", "email": "root@example.com"});
    root.post("organizations", resource("organizations", body)).await.expect(201);
    let policy = "path \"terraform/*\" { capabilities = [\"create\", \"read\", \"update\"] }";
    vault.write("sys/policies/acl/keeper", json!({"policy": policy})).await.expect(204);
    let shown = json!({"token": server.project_admin().await.token()});
    let mapped = json!({"policies": ["keeper"]});
    vault.write("auth/stateward/users/project-admin", mapped).await.expect(204);
    let login = Vault::anonymous(&server).write("auth/stateward/login", shown).await.expect(200);
    let keeper = Vault::with(&server, &text(&login, "/auth/client_token"));
    let refusal = async |name: &str, more: Value| {
        let mut body = json!({ "organization": name });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let refused = keeper.write("terraform/role/x", body).await.expect(400);
        text(&refused, "/errors/0").replace(name, "…")
    };
    for more in [json!({}), json!({"project": "default"})] {
        let there = refusal("secret", more.clone()).await;
        assert_eq!(there, refusal("nothing", more).await);
        assert!(there.contains("there is no organization \"…\" on this server"), "{there}");
    }
}
