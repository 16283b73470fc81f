//! `organizations/:org/projects` and `projects/:id`.

use serde_json::{Value, json};
use testkit::{Answer, Caller, TestServer};

use crate::fixtures::{linkages, redacted, resource};

const LIST: &str = "organizations/acme/projects";

async fn make(caller: &Caller, name: &str) -> String {
    caller.post(LIST, resource("projects", json!({"name": name}))).await.expect(201).id()
}

fn tags(pairs: &[(&str, &str)]) -> Value {
    let tag = |(key, value): &(&str, &str)| json!({"type": "tag-bindings", "attributes": {"key": key, "value": value}});
    json!({"data": pairs.iter().map(tag).collect::<Vec<_>>()})
}

fn names(answer: Answer) -> Vec<Value> {
    answer.expect(200).attributes("name")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_has_this_shape() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let answer = owner.post(LIST, resource("projects", json!({"name": "payments"}))).await;
    insta::assert_json_snapshot!(redacted(&answer.expect(201), &server.url()));
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_are_set_cleared_and_left() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let path = format!("projects/{}", make(&owner, "payments").await);
    let patch =
        async |attributes: Value| owner.patch(&path, resource("projects", attributes)).await;
    let all = json!({"name": "money", "description": "Pays.", "default-execution-mode": "remote",
        "auto-destroy-activity-duration": "14d", "unknown": {"x": []}});
    let changed = patch(all).await.expect(200);
    assert_eq!(changed.attribute("name"), json!("money"));
    assert_eq!(changed.attribute("description"), json!("Pays."));
    assert_eq!(changed.attribute("default-execution-mode"), json!("remote"));
    assert_eq!(changed.at("/data/attributes/setting-overwrites/default-execution-mode"), true);
    assert_eq!(changed.attribute("auto-destroy-activity-duration"), json!("14d"));
    // What is absent stays, null clears.
    assert_eq!(patch(json!({})).await.expect(200).attribute("description"), json!("Pays."));
    let none = json!({"default-execution-mode": null, "auto-destroy-activity-duration": null,
        "description": null});
    let cleared = patch(none).await.expect(200);
    assert_eq!(cleared.at("/data/attributes/setting-overwrites/default-execution-mode"), false);
    assert_eq!(cleared.attribute("auto-destroy-activity-duration"), Value::Null);
    assert_eq!(owner.get(&path).await.attribute("name"), json!("money"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_project_is_named() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    make(&owner, "payments").await;
    for (attributes, field) in [
        (json!({}), "name"),
        (json!({"name": ""}), "name"),
        (json!({"name": "a.b"}), "name"),
        (json!({"name": "../../etc"}), "name"),
        (json!({"name": "x".repeat(41)}), "name"),
        (json!({"name": "Payments"}), "name"),
        (json!({"name": "x", "default-execution-mode": "warp"}), "default-execution-mode"),
        (json!({"name": "x", "description": 1}), "description"),
        (
            json!({"name": "x", "auto-destroy-activity-duration": "soon"}),
            "auto-destroy-activity-duration",
        ),
    ] {
        let refused = owner.post(LIST, resource("projects", attributes)).await.expect(422);
        let pointer = json!(format!("/data/attributes/{field}"));
        assert_eq!(refused.at("/errors/0/source/pointer"), pointer, "{}", refused.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_searched_filtered_and_sorted() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let payments = make(&owner, "payments").await;
    make(&owner, "platform").await;
    let path = format!("projects/{payments}/tag-bindings");
    owner.patch(&path, tags(&[("env", "prod")])).await.expect(200);
    let of = async |query: &str| names(owner.get(&format!("{LIST}?{query}")).await);
    assert_eq!(of("").await, ["default", "payments", "platform"]);
    assert_eq!(of("sort=-name").await, ["platform", "payments", "default"]);
    assert_eq!(of("filter[names]=payments").await, ["payments"]);
    assert_eq!(of("filter%5Bnames%5D=payments,default,nothing").await, ["default", "payments"]);
    assert_eq!(of("filter[names]=nothing").await, [] as [Value; 0]);
    assert_eq!(of("q=PL").await, ["platform"]);
    let tagged = "filter[tagged][0][key]=env";
    assert_eq!(of(tagged).await, ["payments"]);
    assert_eq!(of(&format!("{tagged}&filter[tagged][0][value]=prod")).await, ["payments"]);
    assert_eq!(of(&format!("{tagged}&filter[tagged][0][value]=dev")).await, [] as [Value; 0]);
    let with = owner.get(&format!("{LIST}?include=effective_tag_bindings")).await.expect(200);
    assert_eq!(with.at("/included/0/attributes/key"), json!("env"));
    // Through the dotted name there is one.
    assert_eq!(names(owner.get("organizations/acme.payments/projects").await), ["payments"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_are_put_by_key() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let path = format!("projects/{}/tag-bindings", make(&owner, "payments").await);
    owner.patch(&path, tags(&[("env", "dev"), ("team", "a")])).await.expect(200);
    let put = owner.patch(&path, tags(&[("env", "prod")])).await.expect(200);
    assert_eq!(put.attributes("key"), ["env", "team"]);
    assert_eq!(put.attributes("value"), ["prod", "a"]);
    let effective = path.replace("tag-bindings", "effective-tag-bindings");
    let effective = owner.get(&effective).await.expect(200);
    assert_eq!(effective.attributes("value"), ["prod", "a"]);
    assert_eq!(effective.at("/data/0/type"), json!("effective-tag-bindings"));
    owner.patch(&path, tags(&[("", "x")])).await.expect(422);
    owner.patch(&path, tags(&[("a\nb", "x")])).await.expect(422);
    owner.patch(&path, json!({"data": {}})).await.expect(422);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_empty_project_goes_and_never_the_default_one() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let payments = make(&owner, "payments").await;
    let default = owner.get(&format!("{LIST}?filter[names]=default")).await.at("/data/0/id");
    owner.delete(&format!("projects/{}", default.as_str().unwrap())).await.expect(409);
    let workspace = resource("workspaces", json!({"name": "ledger"}));
    let workspace =
        owner.post("organizations/acme.payments/workspaces", workspace).await.expect(201).id();
    let refused = owner.delete(&format!("projects/{payments}")).await.expect(409);
    assert!(refused.error().contains("workspaces"), "{}", refused.text());
    let count = owner.get(&format!("projects/{payments}")).await.attribute("workspace-count");
    assert_eq!(count, json!(1));
    // Moved away, there is nothing left to hold it.
    let target = format!("projects/{}/relationships/workspaces", default.as_str().unwrap());
    owner.post(&target, linkages("workspaces", &[&workspace])).await.expect(204);
    owner.get("organizations/acme.payments/workspaces/ledger").await.expect(404);
    owner.get("organizations/acme.default/workspaces/ledger").await.expect(200);
    owner.delete(&format!("projects/{payments}")).await.expect(204);
    owner.get(&format!("projects/{payments}")).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_workspaces_are_not_moved_and_neither_are_those_beside_them() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let payments = make(&owner, "payments").await;
    let workspace = owner.workspace("network").await;
    let path = format!("projects/{payments}/relationships/workspaces");
    let body = linkages("workspaces", &[&workspace, "ws-0000000000000000"]);
    owner.post(&path, body).await.expect(422);
    owner.post(&path, linkages("workspaces", &["nonsense"])).await.expect(422);
    owner.get("organizations/acme.default/workspaces/network").await.expect(200);
}
