//! The Terraform engine against this server's own API, over HTTP: `v1/terraform/…`.

use std::{sync::Arc, time::Duration};

use kernel::{FixedClock, Timestamp};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Caller, Setup, TestServer};

use crate::fixtures::{LINEAGE, cycle, lock};

/// Somebody at the Vault-compatible side.
struct Vault(Caller);

impl Vault {
    /// The operator, with the engine mounted for the server itself.
    async fn operator(server: &TestServer) -> Self {
        let credentials = server.app().credentials();
        credentials.ensure_own_engine("terraform/").await.unwrap();
        let token = credentials.create_root_token("test", Duration::ZERO).await.unwrap();
        Self(server.token(token.expose()))
    }

    async fn put(&self, path: &str, body: Value) -> Answer {
        let path = format!("/v1/{path}");
        self.0.raw(Method::PUT, &path, "application/json", body.to_string()).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.0.get(&format!("/v1/{path}")).await
    }

    /// Writes a role and gives what it gives out.
    async fn token(&self, role: &str, body: Value) -> Answer {
        self.put(&format!("terraform/role/{role}"), body).await.expect(204);
        self.get(&format!("terraform/creds/{role}")).await.expect(200)
    }
}

fn value(creds: &Answer) -> String {
    creds.at("/data/token").as_str().unwrap().to_owned()
}

fn lease(creds: &Answer) -> String {
    creds.at("/lease_id").as_str().unwrap().to_owned()
}

/// The user behind a caller.
async fn user_of(caller: &Caller) -> String {
    caller.get("account/details").await.expect(200).id()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_token_opens_this_server_until_it_is_revoked() {
    let server = TestServer::start().await;
    let vault = Vault::operator(&server).await;
    let owner = server.owner().await;
    let team = server.team("acme", "deployers").await;
    let workspace = owner.workspace("network").await;
    let user = user_of(&owner).await;
    let leased = [
        ("user", json!({"user_id": user, "description": "ci", "ttl": "10m", "max_ttl": "1h"})),
        ("team", json!({"team_id": team.id.to_string(), "credential_type": "team", "ttl": "10m"})),
        ("bound", json!({"organization": "acme", "workspace": "network", "ttl": "10m"})),
    ];
    for (role, body) in leased {
        let creds = vault.token(role, body).await;
        assert_eq!(creds.at("/lease_duration"), json!(600), "{role}");
        assert_eq!(creds.at("/renewable"), json!(true), "{role}");
        let job = server.token(&value(&creds));
        job.get("account/details").await.expect(200);
        vault.put("sys/leases/renew", json!({"lease_id": lease(&creds)})).await.expect(200);
        vault.put("sys/leases/revoke", json!({"lease_id": lease(&creds)})).await.expect(204);
        job.get("account/details").await.expect(401);
    }
    for (role, body) in
        [("org", json!({"organization": "acme"})), ("old", json!({"team_id": team.id.to_string()}))]
    {
        let creds = vault.token(role, body).await;
        assert_eq!(lease(&creds), "", "{role}");
        let job = server.token(&value(&creds));
        job.get("account/details").await.expect(200);
        let path =
            format!("authentication-tokens/{}", creds.at("/data/token_id").as_str().unwrap());
        owner.get(&path).await.expect(200);
        vault.put(&format!("terraform/rotate-role/{role}"), json!({})).await.expect(204);
        job.get("account/details").await.expect(401);
        let next = vault.get(&format!("terraform/creds/{role}")).await.expect(200);
        server.token(&value(&next)).get("account/details").await.expect(200);
        owner.get(&path).await.expect(404);
    }
    let shown = vault.get("terraform/config").await.expect(200);
    assert_eq!(shown.at("/data/own_server"), json!(true));
    assert_eq!(shown.at("/data/address"), json!(server.url()));
    assert_eq!(workspace.len(), 19);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_token_writes_one_state_and_does_nothing_else() {
    let server = TestServer::start().await;
    let vault = Vault::operator(&server).await;
    let owner = server.owner().await;
    let (one, other) = (owner.workspace("one").await, owner.workspace("other").await);
    let role = json!({"organization": "acme", "workspace": "one", "ttl": "10m", "max_ttl": "10m",
        "rights": "read-state,write-state,lock", "source_networks": "127.0.0.0/8"});
    let creds = vault.token("ci", role).await;
    let job = server.token(&value(&creds));
    cycle(&job, &one, 1, LINEAGE).await;
    for path in [format!("workspaces/{other}"), format!("workspaces/{other}/current-state-version")]
    {
        job.get(&path).await.expect(404);
    }
    lock(&job, &other).await.expect(404);
    job.delete(&format!("workspaces/{one}")).await.expect(403);
    let rename = json!({"data": {"type": "workspaces", "attributes": {"name": "mine"}}});
    job.patch(&format!("workspaces/{one}"), rename).await.expect(403);
    let key = json!({"data": {"type": "access-keys", "attributes": {"level": "read"}}});
    job.post("organizations/acme/access-keys", key).await.expect(403);
    let made = json!({"data": {"type": "workspaces", "attributes": {"name": "new"}}});
    job.post("organizations/acme/workspaces", made).await.expect(403);
    // It ends at the API by itself too, when its lease can last no longer.
    let id = creds.at("/data/token_id");
    let listed = owner.get(&format!("access-keys/{}", id.as_str().unwrap())).await.expect(200);
    assert_eq!(listed.attribute("expired-at"), creds.at("/data/expired_at"));
    assert_eq!(listed.attribute("level"), json!("custom"));

    let elsewhere = json!({"organization": "acme", "workspace_id": one,
        "source_networks": ["203.0.113.0/24"]});
    let creds = vault.token("elsewhere", elsewhere).await;
    server.token(&value(&creds)).get("account/details").await.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_that_can_give_out_nothing_are_refused_when_they_are_written() {
    let server = TestServer::start().await;
    let vault = Vault::operator(&server).await;
    let owner = server.owner().await;
    owner.workspace("network").await;
    for (body, text) in [
        (json!({"workspace": "none"}), "none can't be found"),
        (json!({"project": "none"}), "none can't be found"),
        (json!({"workspace_id": "ws-0000000000000000"}), "could not be made"),
        (json!({"workspace": "network", "access": "fly"}), "could not be made"),
        (json!({"workspace": "network", "rights": "fly"}), "could not be made"),
        (json!({"workspace": "network", "source_networks": "10.0.0.0/99"}), "could not be made"),
        (json!({"run_id": "run-1"}), "no runs yet"),
    ] {
        let mut role = json!({"organization": "acme", "credential_type": "bound"});
        role.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        let refused = vault.put("terraform/role/ci", role).await.expect(400);
        assert!(refused.text().contains(text), "{body}: {}", refused.text());
    }
    vault.get("terraform/role/ci").await.expect(404);
    let project = json!({"organization": "acme", "project": "default", "access": "maintain"});
    let creds = vault.token("ci", project).await;
    let new = json!({"data": {"type": "workspaces", "attributes": {"name": "new"}}});
    server.token(&value(&creds)).post("organizations/acme/workspaces", new).await.expect(201);
    // No trial is left behind.
    let keys = owner.get("organizations/acme/access-keys").await.expect(200);
    assert_eq!(keys.at("/meta/pagination/total-count"), json!(1));
    // Nor is a role written whose tokens would live longer than the organization allows.
    let item = json!({"token-type": "access_keys", "max-ttl-ms": 120_000});
    let limits = json!({"data": {"type": "organization-token-ttl-policies",
        "attributes": {"token-ttl-policies": [item]}}});
    owner.patch("organizations/acme/token-ttl-policies", limits).await.expect(200);
    let long =
        json!({"organization": "acme", "workspace": "network", "ttl": "5m", "max_ttl": "5m"});
    let refused = vault.put("terraform/role/long", long).await.expect(400);
    assert!(refused.text().contains("live at most 2 minutes"), "{}", refused.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_end_with_their_leases_in_time() {
    let clock = Arc::new(FixedClock::at(Timestamp::parse("2030-01-01T00:00:00Z").unwrap()));
    let setup = Setup { clock: Arc::clone(&clock) as _, ..Setup::default() };
    let server = TestServer::start_with(setup).await;
    let vault = Vault::operator(&server).await;
    let owner = server.owner().await;
    let body = json!({"user_id": user_of(&owner).await, "ttl": "5m", "max_ttl": "1h"});
    let (short, long) = (vault.token("a", body).await, vault.get("terraform/creds/a").await);
    let more = json!({"lease_id": lease(&long), "increment": "30m"});
    let renewed = vault.put("sys/leases/renew", more).await.expect(200);
    assert_eq!(renewed.at("/lease_duration"), json!(1800));
    let (first, second) = (server.token(&value(&short)), server.token(&value(&long)));
    let expire = async || while server.app().credentials().expire().await.unwrap() {};
    for (minutes, of_first, of_second) in [(0, 200, 200), (5, 401, 200), (25, 401, 401)] {
        clock.advance(Duration::from_mins(minutes));
        expire().await;
        first.get("account/details").await.expect(of_first);
        second.get("account/details").await.expect(of_second);
    }
    let gone = vault.put("sys/leases/lookup", json!({"lease_id": lease(&long)})).await;
    assert_eq!(gone.expect(400).at("/errors/0"), json!("invalid lease"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_takes_its_tokens_along() {
    let server = TestServer::start().await;
    let vault = Vault::operator(&server).await;
    let owner = server.owner().await;
    let workspace = owner.workspace("network").await;
    let creds = vault.token("ci", json!({"organization": "acme", "workspace": "network"})).await;
    // Its place is gone, and with it the token; the lease can be revoked all the same.
    owner.delete(&format!("workspaces/{workspace}")).await.expect(204);
    server.token(&value(&creds)).get("account/details").await.expect(401);
    vault.put("sys/leases/revoke", json!({"lease_id": lease(&creds)})).await.expect(204);
    let refused = vault.get("terraform/creds/ci").await.expect(500);
    assert!(refused.text().contains("error creating Terraform token"), "{}", refused.text());
    // With the mount everything goes.
    let user = json!({"user_id": user_of(&owner).await});
    let creds = vault.token("user", user).await;
    vault.0.delete("/v1/sys/mounts/terraform").await.expect(204);
    server.token(&value(&creds)).get("account/details").await.expect(401);
}

/// Somebody of this server at the Vault-compatible side, who may write roles and read credentials.
async fn keeper(server: &TestServer, operator: &Vault, person: &Caller, name: &str) -> Vault {
    let policy = "path \"terraform/*\" { capabilities = [\"create\", \"read\", \"update\"] }";
    operator.put("sys/policies/acl/keeper", json!({"policy": policy})).await.expect(204);
    let mapped = json!({"policies": ["keeper"]});
    operator.put(&format!("auth/stateward/users/{name}"), mapped).await.expect(204);
    let anonymous = Vault(server.anonymous());
    let shown = json!({"token": person.token()});
    let login = anonymous.put("auth/stateward/login", shown).await.expect(200);
    Vault(server.token(login.at("/auth/client_token").as_str().unwrap()))
}

#[tokio::test(flavor = "multi_thread")]
async fn who_writes_a_role_stands_for_it_with_their_own_rights() {
    let server = TestServer::start().await;
    let operator = Vault::operator(&server).await;
    let owner = server.owner().await;
    let workspace = owner.workspace("network").await;
    let (admin, reader) = (server.project_admin().await, server.reader().await);
    let bound = || json!({"organization": "acme", "workspace": "network", "access": "write"});

    let vault = keeper(&server, &operator, &admin, "project-admin").await;
    let creds = vault.token("ci", bound()).await;
    cycle(&server.token(&value(&creds)), &workspace, 1, LINEAGE).await;
    let shown = vault.get("terraform/role/ci").await.expect(200);
    assert_eq!(shown.at("/data/on_behalf_of"), json!(user_of(&admin).await));
    // Not beyond what they hold, and not in the name of others.
    let everywhere = json!({"organization": "acme"});
    vault.put("terraform/role/org", everywhere).await.expect(500);
    let others = json!({"user_id": user_of(&owner).await});
    vault.put("terraform/role/other", others).await.expect(204);
    vault.get("terraform/creds/other").await.expect(500);
    vault.token("me", json!({"user_id": user_of(&admin).await})).await;

    // Who may only read gives out nothing, not even through a role that is there.
    let weak = keeper(&server, &operator, &reader, "reader").await;
    weak.put("terraform/role/mine", bound()).await.expect(400);
    weak.put("terraform/role/ci", json!({"ttl": "1h"})).await.expect(400);
    weak.get("terraform/creds/ci").await.expect(200);

    // A token that somebody else made of it stands for nobody.
    let child = vault.put("auth/token/create", json!({})).await;
    if child.status == 200 {
        let child = Vault(server.token(child.at("/auth/client_token").as_str().unwrap()));
        child.put("terraform/role/child", bound()).await.expect(400);
    }

    // The rights are asked for anew each time.
    let members = owner.get("organizations/acme/organization-memberships?q=project-admin").await;
    let member = members.expect(200).at("/data/0/id");
    let path = format!("organization-memberships/{}", member.as_str().unwrap());
    owner.delete(&path).await.expect(204);
    vault.get("terraform/creds/ci").await.expect(500);
    // What was given out can be revoked all the same.
    operator.put("sys/leases/revoke-prefix/terraform/creds", json!({})).await.expect(204);
    server.token(&value(&creds)).get("account/details").await.expect(401);
}

/// Another API token of a person.
async fn api_token(person: &Caller, attributes: Value) -> Answer {
    let path = format!("users/{}/authentication-tokens", user_of(person).await);
    let body = json!({"data": {"type": "authentication-tokens", "attributes": attributes}});
    person.post(&path, body).await.expect(201)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_binds_an_api_token_binds_what_is_made_through_a_login_with_it() {
    let server = TestServer::start().await;
    let operator = Vault::operator(&server).await;
    let owner = server.owner().await;
    owner.workspace("network").await;
    let admin = server.project_admin().await;
    let end = server.app().identity().now().plus(Duration::from_mins(10));
    let limits = json!({"description": "ci", "expired-at": end,
        "source-networks": ["127.0.0.0/8", "10.0.0.0/8"]});
    let made = api_token(&admin, limits).await;
    let token = server.token(made.attribute("token").as_str().unwrap());
    let vault = keeper(&server, &operator, &token, "project-admin").await;
    let free = keeper(&server, &operator, &admin, "project-admin").await;
    let user = json!({"user_id": user_of(&admin).await});
    let bound = json!({"organization": "acme", "workspace": "network"});
    let narrow = json!({"organization": "acme", "workspace": "network",
        "source_networks": ["10.1.0.0/16", "127.0.0.1"]});
    let wide = json!({"organization": "acme", "workspace": "network",
        "source_networks": ["0.0.0.0/0"]});

    let listed = ["127.0.0.0/8", "10.0.0.0/8"];
    let check = async |creds: &Answer, networks: &[&str]| {
        assert!(creds.at("/lease_duration").as_u64().unwrap() <= 600, "{}", creds.text());
        let id = creds.at("/data/token_id");
        let path = format!("authentication-tokens/{}", id.as_str().unwrap());
        let shown = server.token(&value(creds)).get(&path).await.expect(200);
        let mut found: Vec<_> = networks.to_vec();
        found.sort_unstable();
        let shown_networks = shown.attribute("source-networks");
        let mut shown_networks: Vec<_> =
            shown_networks.as_array().unwrap().iter().map(|one| one.as_str().unwrap()).collect();
        shown_networks.sort_unstable();
        assert_eq!(shown_networks, found);
        let ends = Timestamp::parse(shown.attribute("expired-at").as_str().unwrap()).unwrap();
        assert!(ends <= end.plus(Duration::from_mins(5)), "{ends}");
    };
    check(&vault.token("me", user.clone()).await, &listed).await;
    check(&vault.token("bound", bound.clone()).await, &listed).await;
    check(&vault.token("narrow", narrow).await, &["10.1.0.0/16", "127.0.0.1/32"]).await;
    let refused = vault.put("terraform/role/wide", wide.clone()).await.expect(400);
    assert!(refused.text().contains("works from 127.0.0.0/8, 10.0.0.0/8 only"));
    // Whoever reads such a role gets no more; and with such a token nobody gets more of another.
    check(&free.get("terraform/creds/me").await.expect(200), &listed).await;
    free.token("free", user).await;
    let unbound = free.token("wide", wide).await;
    let id = unbound.at("/data/token_id");
    let path = format!("authentication-tokens/{}", id.as_str().unwrap());
    let shown = server.token(&value(&unbound)).get(&path).await.expect(200);
    assert_eq!(shown.attribute("source-networks"), json!(["0.0.0.0/0"]));
    check(&vault.get("terraform/creds/free").await.expect(200), &listed).await;
    check(&vault.get("terraform/creds/wide").await.expect(200), &listed).await;
    let renewed = vault.get("terraform/creds/me").await.expect(200);
    let more = json!({"lease_id": lease(&renewed), "increment": "5h"});
    let renewed = operator.put("sys/leases/renew", more).await.expect(200);
    assert!(renewed.at("/lease_duration").as_u64().unwrap() <= 600);

    // The one token of a role can't be narrowed.
    operator.put("terraform/role/org", json!({"organization": "acme"})).await.expect(204);
    free.get("terraform/creds/org").await.expect(200);
    vault.get("terraform/creds/org").await.expect(400);

    // Without the API token no role is written any more.
    admin.delete(&format!("authentication-tokens/{}", made.id())).await.expect(204);
    vault.put("terraform/role/late", bound).await.expect(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_writes_a_role_while_nothing_is_configured_stands_for_nobody() {
    let server = TestServer::start().await;
    let operator = Vault::operator(&server).await;
    let owner = server.owner().await;
    let admin = server.project_admin().await;
    let vault = keeper(&server, &operator, &admin, "project-admin").await;
    let own = json!({"user_id": user_of(&admin).await});
    operator.put("terraform/role/me", own).await.expect(204);
    operator.0.delete("/v1/terraform/config").await.expect(204);
    let others = json!({"user_id": user_of(&owner).await});
    vault.put("terraform/role/me", others).await.expect(204);
    operator.put("terraform/config", json!({"own_server": true})).await.expect(204);
    let refused = vault.get("terraform/creds/me").await;
    assert!(refused.status >= 400, "{}", refused.text());
    assert!(refused.text().contains("write the role again"), "{}", refused.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_out_leaves_nothing_behind() {
    let server = TestServer::start().await;
    let vault = Vault::operator(&server).await;
    let owner = server.owner().await;
    owner.workspace("network").await;
    let user = user_of(&owner).await;
    let own = format!("users/{user}/authentication-tokens");
    let keys = "organizations/acme/access-keys";
    let token = json!({"data": {"type": "authentication-tokens", "attributes": {}}});
    let key = json!({"data": {"type": "access-keys", "attributes": {"level": "read"}}});
    // An account's own token makes both.
    owner.post(&own, token.clone()).await.expect(201);
    owner.post(keys, key.clone()).await.expect(201);
    let given = vault.token("me", json!({"user_id": user})).await;
    let job = server.token(&value(&given));
    for (path, body) in [(own.as_str(), &token), (keys, &key)] {
        let refused = job.post(path, body.clone()).await.expect(403);
        assert!(refused.text().contains("given out for a while"), "{}", refused.text());
    }
    let account =
        json!({"data": {"type": "users", "attributes": {"email": "mallory@example.com"}}});
    let refused = job.patch("account/update", account.clone()).await.expect(403);
    assert!(refused.text().contains("changes no account"), "{}", refused.text());
    owner.patch("account/update", account).await.expect(200);
    let id = given.at("/data/token_id");
    let path = format!("authentication-tokens/{}", id.as_str().unwrap());
    let shown = job.get(&path).await.expect(200);
    assert_eq!(shown.attribute("childless"), json!(true));
    let anonymous = Vault(server.anonymous());
    let refused = anonymous.put("auth/stateward/login", json!({"token": job.token()})).await;
    assert!(refused.expect(400).text().contains("given out by a credential engine"));
    let everything = json!({"organization": "acme", "project": "default", "access": "admin"});
    let bound = server.token(&value(&vault.token("bound", everything).await));
    bound.post(keys, key).await.expect(403);
    let org = server.token(&value(&vault.token("org", json!({"organization": "acme"})).await));
    let team = server.team("acme", "deployers").await;
    org.post(&format!("teams/{}/authentication-tokens", team.id), token).await.expect(403);
}
