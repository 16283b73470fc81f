//! `organizations`, and what they can do.

use serde_json::{Value, json};
use testkit::TestServer;

use crate::fixtures::{redacted, resource};

fn new(name: &str) -> Value {
    resource("organizations", json!({"name": name, "email": format!("{name}@example.com")}))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_has_this_shape() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let answer = owner.get("organizations/acme?include=default-project").await.expect(200);
    insta::assert_json_snapshot!(redacted(&answer, &server.url()));
    // By its id it is the same.
    let id = answer.attribute("external-id");
    let by_id = owner.get(&format!("organizations/{}", id.as_str().unwrap())).await.expect(200);
    assert_eq!(by_id.id(), "acme");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_entitlements_have_this_shape() {
    let server = TestServer::start().await;
    let member = server.member().await;
    let answer = member.get("organizations/acme/entitlement-set").await.expect(200);
    insta::assert_json_snapshot!(redacted(&answer, &server.url()));
    member.get("organizations/acme.default/entitlement-set").await.expect(404);
    let reader = server.reader().await;
    reader.get("organizations/acme.default/entitlement-set").await.expect(200);
    member.get("organizations/acme.nothing/entitlement-set").await.expect(404);
    member.get("organizations/nothing/entitlement-set").await.expect(404);
    server.anonymous().get("organizations/acme/entitlement-set").await.expect(401);
    server.stranger().await.get("organizations/acme/entitlement-set").await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_create_change_and_delete_organizations() {
    let server = TestServer::start().await;
    let root = server.site_admin().await;
    let made = root.post("organizations", new("umbrella")).await.expect(201);
    assert_eq!(made.id(), "umbrella");
    assert_eq!(made.attribute("default-execution-mode"), json!("local"));
    let path = "organizations/umbrella";
    let change = json!({"default-execution-mode": "remote", "email": "new@example.com", "x": 1});
    let changed = root.patch(path, resource("organizations", change)).await.expect(200);
    assert_eq!(changed.attribute("default-execution-mode"), json!("remote"));
    assert_eq!(root.get(path).await.attribute("email"), json!("new@example.com"));
    let renamed = resource("organizations", json!({"name": "umbrella-two"}));
    assert_eq!(root.patch(path, renamed).await.expect(200).id(), "umbrella-two");
    root.get(path).await.expect(404);
    root.delete("organizations/umbrella-two").await.expect(204);
    root.get("organizations/umbrella-two").await.expect(404);
    root.delete("organizations/umbrella-two").await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_with_workspaces_stays() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    owner.workspace("network").await;
    owner.delete("organizations/acme").await.expect(409);
    owner.delete("organizations/acme.default").await.expect(422);
    owner.get("organizations/acme/workspaces/network").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_an_organization_is_named() {
    let server = TestServer::start().await;
    let root = server.site_admin().await;
    for (attributes, pointer) in [
        (json!({"email": "a@example.com"}), "name"),
        (json!({"name": "umbrella"}), "email"),
        (json!({"name": "no", "email": "a@example.com"}), "name"),
        (json!({"name": "with.dot", "email": "a@example.com"}), "name"),
        (json!({"name": "settings", "email": "a@example.com"}), "name"),
        (json!({"name": "acme", "email": "a@example.com"}), "name"),
        (json!({"name": "ACME", "email": "a@example.com"}), "name"),
        (json!({"name": "umbrella", "email": "nobody"}), "email"),
        (json!({"name": 7, "email": "a@example.com"}), "name"),
        (
            json!({"name": "umbrella", "email": "a@example.com", "default-execution-mode": "x"}),
            "default-execution-mode",
        ),
    ] {
        let body = resource("organizations", attributes);
        let refused = root.post("organizations", body).await.expect(422);
        let expected = json!(format!("/data/attributes/{pointer}"));
        assert_eq!(refused.at("/errors/0/source/pointer"), expected, "{}", refused.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn people_see_their_own_organizations_only() {
    let server = TestServer::start().await;
    let root = server.site_admin().await;
    root.post("organizations", new("umbrella")).await.expect(201);
    let names = |answer: testkit::Answer| answer.expect(200).attributes("name");
    assert_eq!(names(root.get("organizations").await), [json!("acme"), json!("umbrella")]);
    assert_eq!(names(root.get("organizations?q=UMBR").await), [json!("umbrella")]);
    assert_eq!(names(root.get("organizations?q=%25").await), [] as [Value; 0]);
    assert_eq!(names(server.member().await.get("organizations").await), [json!("acme")]);
    assert_eq!(names(server.stranger().await.get("organizations").await), [] as [Value; 0]);
    let with = root.get("organizations?include=default_project,nonsense").await.expect(200);
    assert_eq!(with.at("/included").as_array().map(Vec::len), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_project_can_be_changed() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let payments = resource("projects", json!({"name": "payments"}));
    let payments = owner.post("organizations/acme/projects", payments).await.expect(201).id();
    let change = |id: &str| {
        json!({"data": {"type": "organizations", "relationships": {
            "default-project": {"data": {"type": "projects", "id": id}}}}})
    };
    owner.patch("organizations/acme", change(&payments)).await.expect(200);
    let organization = owner.get("organizations/acme").await.expect(200);
    assert_eq!(organization.at("/data/relationships/default-project/data/id"), json!(payments));
    let workspace = owner.workspace("ledger").await;
    let workspace = owner.get(&format!("workspaces/{workspace}")).await.expect(200);
    assert_eq!(workspace.at("/data/relationships/project/data/id"), json!(payments));
    owner.patch("organizations/acme", change("prj-0000000000000000")).await.expect(422);
    owner.patch("organizations/acme", change("nonsense")).await.expect(422);
}
