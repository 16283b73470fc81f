//! Tag keys that an organization reserves, and what that does to the tags of workspaces.

use serde_json::{Value, json};
use testkit::{Answer, Caller, TestServer};

use crate::fixtures::{ids, redacted, resource};

const LIST: &str = "organizations/acme/reserved-tag-keys";

async fn reserve(caller: &Caller, key: &str, disable: bool) -> Answer {
    let attributes = json!({"key": key, "disable-overrides": disable});
    caller.post(LIST, resource("reserved-tag-keys", attributes)).await
}

fn binding(key: &str, value: &str) -> Value {
    json!({"data": [{"type": "tag-bindings", "attributes": {"key": key, "value": value}}]})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reserved_key_has_this_shape() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let made = reserve(&owner, "env", true).await.expect(201);
    insta::assert_json_snapshot!(redacted(&made, &server.url()));
    reserve(&owner, "cost-center", false).await.expect(201);
    let list = owner.get(&format!("{LIST}?page[size]=1")).await.expect(200);
    assert_eq!(list.attributes("key"), ["cost-center"]);
    assert_eq!(list.at("/meta/pagination/total-count"), json!(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_reserved_once_changed_and_given_up() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let path = format!("reserved-tag-keys/{}", reserve(&owner, "env", false).await.id());
    let refused = reserve(&owner, "env", true).await.expect(422);
    assert_eq!(refused.at("/errors/0/source/pointer"), json!("/data/attributes/key"));
    for key in ["", " a", "a\n", &"x".repeat(129)] {
        reserve(&owner, key, true).await.expect(422);
    }
    owner.post(LIST, resource("reserved-tag-keys", json!({}))).await.expect(422);
    let change = resource("reserved-tag-keys", json!({"disable-overrides": true}));
    let changed = owner.patch(&path, change).await.expect(200);
    assert_eq!(changed.attribute("key"), json!("env"));
    assert_eq!(changed.attribute("disable-overrides"), json!(true));
    let renamed = resource("reserved-tag-keys", json!({"key": "stage"}));
    owner.patch(&path, renamed).await.expect(200);
    assert_eq!(owner.get(LIST).await.attributes("key"), ["stage"]);
    owner.delete(&path).await.expect(204);
    owner.delete(&path).await.expect(404);
    assert_eq!(owner.get(LIST).await.expect(200).at("/data"), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_reserve_keys() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let path = format!("reserved-tag-keys/{}", reserve(&owner, "env", true).await.id());
    for (who, caller, reads, writes) in [
        ("member", server.member().await, 200, 403),
        ("project-admin", server.project_admin().await, 200, 403),
        ("stranger", server.stranger().await, 404, 404),
    ] {
        assert_eq!(caller.get(LIST).await.status, reads, "{who}");
        assert_eq!(reserve(&caller, who, true).await.status, writes, "{who}");
        let change = resource("reserved-tag-keys", json!({"key": who}));
        assert_eq!(caller.patch(&path, change).await.status, writes, "{who}");
        assert_eq!(caller.delete(&path).await.status, writes, "{who}");
    }
    let through = "organizations/acme.default/reserved-tag-keys";
    let body = resource("reserved-tag-keys", json!({"key": "x"}));
    owner.post(through, body).await.expect(422);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_project_says_holds_for_a_reserved_key() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let (one, two) = (owner.workspace("one").await, owner.workspace("two").await);
    let acme = owner.get("organizations/acme").await;
    let project = acme.at("/data/relationships/default-project/data/id");
    let project = project.as_str().unwrap();
    let own = |id: &str| format!("workspaces/{id}/tag-bindings");
    let effective = async |id: &str| {
        let path = format!("workspaces/{id}/effective-tag-bindings");
        owner.get(&path).await.expect(200).attributes("value")
    };
    let found = async |value: &str| {
        let filter = format!("filter[tagged][0][key]=env&filter[tagged][0][value]={value}");
        let path = format!("organizations/acme/workspaces?{filter}");
        ids(&owner.get(&path).await.expect(200))
    };
    // One says otherwise before the key is reserved.
    owner.patch(&own(&one), binding("env", "dev")).await.expect(200);
    owner
        .patch(&format!("projects/{project}/tag-bindings"), binding("env", "prod"))
        .await
        .expect(200);
    assert_eq!(
        (effective(&one).await, effective(&two).await),
        (vec![json!("dev")], vec![json!("prod")])
    );
    assert_eq!((found("dev").await, found("prod").await), (vec![one.clone()], vec![two.clone()]));
    let id = reserve(&owner, "env", true).await.expect(201).id();
    assert_eq!(
        (effective(&one).await, effective(&two).await),
        (vec![json!("prod")], vec![json!("prod")])
    );
    assert_eq!((found("dev").await, found("prod").await), (vec![], vec![one.clone(), two.clone()]));
    // None can say otherwise from now on, by whatever way.
    let refused = owner.patch(&own(&two), binding("env", "dev")).await.expect(422);
    assert!(refused.error().contains("\"env\" comes from the project"), "{}", refused.text());
    let words = json!({"data": [{"type": "tags", "attributes": {"name": "env"}}]});
    owner.post(&format!("workspaces/{two}/relationships/tags"), words).await.expect(422);
    let replaced = json!({"data": {"type": "workspaces", "relationships":
        {"tag-bindings": binding("env", "dev")}}});
    owner.patch(&format!("workspaces/{two}"), replaced).await.expect(422);
    let new = json!({"data": {"type": "workspaces", "attributes": {"name": "three"},
        "relationships": {"tag-bindings": binding("env", "dev")}}});
    owner.post("organizations/acme/workspaces", new).await.expect(422);
    owner.get("organizations/acme/workspaces/three").await.expect(404);
    // The same value, and other keys, are no override.
    owner.patch(&own(&two), binding("env", "prod")).await.expect(200);
    owner.patch(&own(&two), binding("team", "net")).await.expect(200);
    // Without the lock the workspace's own counts again.
    let open = resource("reserved-tag-keys", json!({"disable-overrides": false}));
    owner.patch(&format!("reserved-tag-keys/{id}"), open).await.expect(200);
    assert_eq!(effective(&one).await, [json!("dev")]);
    assert_eq!(found("dev").await, vec![one.clone()]);
}
