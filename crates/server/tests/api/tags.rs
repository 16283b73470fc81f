//! Tags of workspaces as words and as bindings, and the tags of an organization.

use serde_json::{Value, json};
use testkit::{Caller, TestServer};

use crate::fixtures::{ids, linkages};

fn words(words: &[&str]) -> Value {
    let word = |word: &&str| json!({"type": "tags", "attributes": {"name": word}});
    json!({"data": words.iter().map(word).collect::<Vec<_>>()})
}

fn bindings(pairs: &[(&str, Value)]) -> Value {
    let pair = |(key, value): &(&str, Value)| json!({"type": "tag-bindings", "attributes": {"key": key, "value": value}});
    json!({"data": pairs.iter().map(pair).collect::<Vec<_>>()})
}

async fn tag_names(caller: &Caller, id: &str) -> Value {
    caller.get(&format!("workspaces/{id}")).await.expect(200).attribute("tag-names")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_word_is_seen_as_a_name_and_as_a_binding() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let id = maintainer.workspace("network").await;
    let tags = format!("workspaces/{id}/relationships/tags");
    maintainer.post(&tags, words(&["app", "web"])).await.expect(204);
    // Twice is once.
    maintainer.post(&tags, words(&["app"])).await.expect(204);
    assert_eq!(tag_names(&maintainer, &id).await, json!(["app", "web"]));
    for path in ["tag-bindings", "relationships/tag-bindings", "effective-tag-bindings"] {
        let answer = maintainer.get(&format!("workspaces/{id}/{path}")).await.expect(200);
        assert_eq!(answer.attributes("key"), ["app", "web"], "{path}");
        assert_eq!(answer.attributes("value"), ["", ""], "{path}");
    }
    let list = maintainer.get(&tags).await.expect(200);
    assert_eq!(list.attributes("name"), ["app", "web"]);
    assert_eq!(list.attributes("instance-count"), [1, 1]);
    assert_eq!(maintainer.get(&format!("{tags}?name=we")).await.attributes("name"), ["web"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_binding_is_seen_as_a_name() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let id = maintainer.workspace("network").await;
    let path = format!("workspaces/{id}/tag-bindings");
    let put = bindings(&[("env", json!("dev")), ("team", Value::Null)]);
    let put = maintainer.patch(&path, put).await.expect(200);
    assert_eq!(put.attributes("value"), ["dev", ""]);
    assert_eq!(tag_names(&maintainer, &id).await, json!(["env", "team"]));
    // Others stay; the value is replaced.
    let also = format!("workspaces/{id}/relationships/tag-bindings");
    let put = maintainer.patch(&also, bindings(&[("env", json!("prod"))])).await.expect(200);
    assert_eq!(put.attributes("key"), ["env", "team"]);
    assert_eq!(put.attributes("value"), ["prod", ""]);
    // A word of the same name does not take the value away.
    maintainer
        .post(&format!("workspaces/{id}/relationships/tags"), words(&["env"]))
        .await
        .expect(204);
    assert_eq!(maintainer.get(&path).await.attributes("value"), ["prod", ""]);
    // Through the workspace's own document all are replaced.
    let replaced = json!({"data": {"type": "workspaces", "relationships": {
        "tag-bindings": bindings(&[("only", json!("this"))])}}});
    maintainer.patch(&format!("workspaces/{id}"), replaced).await.expect(200);
    assert_eq!(tag_names(&maintainer, &id).await, json!(["only"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_are_taken_off_by_name_or_id() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let id = maintainer.workspace("network").await;
    let path = format!("workspaces/{id}/relationships/tags");
    maintainer.post(&path, words(&["a", "b", "c"])).await.expect(204);
    let first = ids(&maintainer.get(&path).await)[0].clone();
    maintainer.delete_with(&path, linkages("tags", &[&first])).await.expect(204);
    maintainer.delete_with(&path, words(&["b", "never-there"])).await.expect(204);
    assert_eq!(tag_names(&maintainer, &id).await, json!(["c"]));
    maintainer.delete_with(&path, linkages("tags", &["tag-0000000000000000"])).await.expect(422);
    maintainer.delete_with(&path, linkages("tags", &["nonsense"])).await.expect(422);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tags_of_an_organization_are_listed_spread_and_deleted() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let (one, two) = (maintainer.workspace("one").await, maintainer.workspace("two").await);
    let path = format!("workspaces/{one}/relationships/tags");
    maintainer.post(&path, words(&["app", "web"])).await.expect(204);
    let list = "organizations/acme/tags";
    let all = maintainer.get(list).await.expect(200);
    assert_eq!(all.attributes("name"), ["app", "web"]);
    let app = ids(&all)[0].clone();
    let spread = format!("tags/{app}/relationships/workspaces");
    maintainer.post(&spread, linkages("workspaces", &[&two])).await.expect(204);
    assert_eq!(tag_names(&maintainer, &two).await, json!(["app"]));
    assert_eq!(maintainer.get(list).await.attributes("instance-count"), [2, 1]);
    assert_eq!(maintainer.get(&format!("{list}?q=WE")).await.attributes("name"), ["web"]);
    let not_on = format!("{list}?filter[exclude][taggable][id]={two}");
    assert_eq!(maintainer.get(&not_on).await.attributes("name"), ["web"]);
    // That changes workspaces of everybody.
    maintainer.delete_with(list, linkages("tags", &[&app])).await.expect(403);
    server.owner().await.delete_with(list, linkages("tags", &[&app])).await.expect(204);
    assert_eq!(tag_names(&maintainer, &one).await, json!(["web"]));
    assert_eq!(tag_names(&maintainer, &two).await, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_pass_their_tags_on_and_the_nearest_wins() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let id = owner.workspace("network").await;
    let workspace = owner.get(&format!("workspaces/{id}")).await;
    let project = workspace.at("/data/relationships/project/data/id");
    let project = format!("projects/{}/tag-bindings", project.as_str().unwrap());
    let inherited = bindings(&[("env", json!("prod")), ("cost", json!("7"))]);
    owner.patch(&project, inherited).await.expect(200);
    let own = bindings(&[("env", json!("dev"))]);
    owner.patch(&format!("workspaces/{id}/tag-bindings"), own).await.expect(200);
    let effective = owner.get(&format!("workspaces/{id}/effective-tag-bindings")).await.expect(200);
    assert_eq!(effective.attributes("key"), ["cost", "env"]);
    assert_eq!(effective.attributes("value"), ["7", "dev"]);
    assert_eq!(
        owner.get(&format!("workspaces/{id}/tag-bindings")).await.attributes("key"),
        ["env"]
    );
    assert_eq!(tag_names(&owner, &id).await, json!(["env"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_tag_is_named() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let id = maintainer.workspace("network").await;
    let path = format!("workspaces/{id}/tag-bindings");
    for (body, pointer) in [
        (bindings(&[("fine", json!("")), ("", json!("x"))]), "/data/1/attributes/key"),
        (bindings(&[("a\nb", json!(""))]), "/data/0/attributes/key"),
        (bindings(&[("a", json!("x\u{0}"))]), "/data/0/attributes/value"),
        (bindings(&[("a", json!(7))]), "/data/0/attributes/value"),
        (bindings(&[(&"x".repeat(300), json!(""))]), "/data/0/attributes/key"),
        (json!({"data": [{"type": "tag-bindings"}]}), "/data/0/attributes/key"),
    ] {
        let refused = maintainer.patch(&path, body).await.expect(422);
        assert_eq!(refused.at("/errors/0/source/pointer"), json!(pointer), "{}", refused.text());
    }
    assert_eq!(tag_names(&maintainer, &id).await, json!([]));
}
