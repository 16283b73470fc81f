//! `organizations/:org/authentication-token`, and what such tokens may do.

use serde_json::json;
use testkit::{Caller, TestServer};

use crate::{
    fixtures::{LINEAGE, cycle, resource},
    tokens::{shape, value},
};

const PATH: &str = "organizations/acme/authentication-token";
const AUDIT: &str = "organizations/acme/authentication-token?token=audit-trails";

async fn made(server: &TestServer, owner: &Caller, path: &str) -> Caller {
    server.token(&value(&owner.post_empty(path).await.expect(201)))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_is_one_and_a_new_one_replaces_it() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    for (path, other) in [(PATH, AUDIT), (AUDIT, PATH)] {
        owner.get(path).await.expect(404);
        owner.delete(path).await.expect(404);
        let attributes = json!({"expired-at": "2099-01-01T00:00:00Z"});
        let first =
            owner.post(path, resource("authentication-tokens", attributes)).await.expect(201);
        let kept = owner.post_empty(other).await.expect(201);
        let second =
            owner.post(path, resource("authentication-token", json!({}))).await.expect(201);
        server.token(&value(&first)).get("account/details").await.expect(401);
        server.token(&value(&second)).get("account/details").await.expect(200);
        server.token(&value(&kept)).get("account/details").await.expect(200);
        let read = owner.get(path).await.expect(200);
        assert_eq!(read.id(), second.id());
        assert!(!read.text().contains(&value(&second)));
        owner.get(&format!("authentication-tokens/{}", second.id())).await.expect(200);
        owner.delete(path).await.expect(204);
        owner.delete(&format!("authentication-tokens/{}", second.id())).await.expect(404);
        server.token(&value(&second)).get("account/details").await.expect(401);
        owner.delete(other).await.expect(204);
    }
    let shaped = owner.post_empty(PATH).await.expect(201);
    insta::assert_json_snapshot!(shape(&shaped, &server.url()));
    // A slip here would replace another token than the one that was meant.
    owner.post_empty(&format!("{PATH}?token=audit")).await.expect(400);
    owner.get(&format!("{PATH}?token=audit")).await.expect(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_keep_them_and_an_organization_token_keeps_itself() {
    let server = TestServer::start().await;
    let (owner, member) = (server.owner().await, server.member().await);
    let first = owner.post_empty(PATH).await.expect(201);
    for path in [PATH, AUDIT] {
        member.post_empty(path).await.expect(403);
        member.get(path).await.expect(403);
        member.delete(path).await.expect(403);
        server.stranger().await.post_empty(path).await.expect(404);
        server.anonymous().post_empty(path).await.expect(401);
    }
    member.get(&format!("authentication-tokens/{}", first.id())).await.expect(404);
    // As credential engines rotate: the old one makes the new one, which is tried at once.
    let house = server.token(&value(&first));
    let next = house.post_empty(PATH).await.expect(201);
    house.get("account/details").await.expect(401);
    let house = server.token(&value(&next));
    house.get("account/details").await.expect(200);
    house.delete(PATH).await.expect(204);
    house.get("account/details").await.expect(401);
    // Through a project's address nobody replaces what belongs to the whole organization.
    owner.post_empty("organizations/acme.default/authentication-token").await.expect(422);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_token_keeps_house_and_sees_no_state() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let workspace = owner.workspace("network").await;
    cycle(&owner, &workspace, 1, LINEAGE).await;
    let house = made(&server, &owner, PATH).await;
    let name = json!({"name": "made-by-the-house"});
    house.get("organizations/acme").await.expect(200);
    house
        .post("organizations/acme/workspaces", resource("workspaces", name.clone()))
        .await
        .expect(201);
    house.post("organizations/acme/teams", resource("teams", name)).await.expect(201);
    house.get("organizations/acme/team-tokens").await.expect(200);
    house.get(&format!("workspaces/{workspace}")).await.expect(200);
    house.get(&format!("workspaces/{workspace}/current-state-version")).await.expect(403);
    house.post_empty(&format!("workspaces/{workspace}/actions/lock")).await.expect(403);
    house.delete("organizations/acme").await.expect(403);
    // Nor does it make itself a key that sees more.
    for level in ["read", "admin"] {
        let key = resource("access-keys", json!({"level": level}));
        house.post("organizations/acme/access-keys", key).await.expect(403);
    }
    house.get("organizations").await.expect(200);
    house.get(&format!("users/{}", owner.get("account/details").await.id())).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_of_an_audit_trail_reads_nothing_else() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let workspace = owner.workspace("network").await;
    let auditor = made(&server, &owner, AUDIT).await;
    for path in ["organizations/acme", "organizations/acme/team-tokens", PATH] {
        auditor.get(path).await.expect(403);
    }
    auditor.get("organizations/acme/workspaces").await.expect(403);
    auditor.get(&format!("workspaces/{workspace}")).await.expect(404);
    auditor.post_empty(AUDIT).await.expect(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_organization_does_not_reach_into_another() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let other = json!({"name": "other", "email": "other@example.com"});
    owner.post("organizations", resource("organizations", other)).await.expect(201);
    let acme = made(&server, &owner, PATH).await;
    let kept = owner.post_empty("organizations/other/authentication-token").await.expect(201);
    for path in ["organizations/other", "organizations/other/authentication-token"] {
        acme.get(path).await.expect(404);
    }
    acme.post_empty("organizations/other/authentication-token").await.expect(404);
    acme.delete("organizations/other/authentication-token").await.expect(404);
    acme.delete(&format!("authentication-tokens/{}", kept.id())).await.expect(404);
    server.token(&value(&kept)).get("organizations/other").await.expect(200);
}
