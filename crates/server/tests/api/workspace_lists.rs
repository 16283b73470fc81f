//! `GET organizations/:org/workspaces`: search, filters, order, includes.

use serde_json::{Value, json};
use testkit::{Caller, TestServer};

use crate::fixtures::{lock, resource};

const LIST: &str = "organizations/acme/workspaces";

async fn tagged(caller: &Caller, name: &str, words: &[&str], pairs: &[(&str, &str)]) -> String {
    let words: Vec<Value> =
        words.iter().map(|word| json!({"type": "tags", "attributes": {"name": word}})).collect();
    let pair = |(key, value): &(&str, &str)| json!({"type": "tag-bindings", "attributes": {"key": key, "value": value}});
    let pairs: Vec<Value> = pairs.iter().map(pair).collect();
    let body = json!({"data": {"type": "workspaces", "attributes": {"name": name},
        "relationships": {"tags": {"data": words}, "tag-bindings": {"data": pairs}}}});
    caller.post(LIST, body).await.expect(201).id()
}

/// `app-one` [a, b], `app-two` [b, env=prod], `APP-three` [env=dev], `net_four` without tags.
async fn four(caller: &Caller) {
    tagged(caller, "app-one", &["a", "b"], &[]).await;
    tagged(caller, "app-two", &["b"], &[("env", "prod")]).await;
    tagged(caller, "APP-three", &[], &[("env", "dev")]).await;
    tagged(caller, "net_four", &[], &[]).await;
}

async fn names(caller: &Caller, query: &str) -> Vec<String> {
    let answer = caller.get(&format!("{LIST}?{query}")).await.expect(200);
    let name = |name: &Value| name.as_str().unwrap().to_owned();
    answer.attributes("name").iter().map(name).collect()
}

async fn sorted(caller: &Caller, query: &str) -> Vec<String> {
    let mut names = names(caller, query).await;
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_searched() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    four(&maintainer).await;
    assert_eq!(sorted(&maintainer, "search[name]=app-").await, ["APP-three", "app-one", "app-two"]);
    assert_eq!(sorted(&maintainer, "search%5Bname%5D=-T").await, ["APP-three", "app-two"]);
    assert_eq!(sorted(&maintainer, "search[wildcard-name]=*four").await, ["net_four"]);
    assert_eq!(sorted(&maintainer, "search[wildcard-name]=app-t*o").await, ["app-two"]);
    // What databases take for wildcards means itself.
    assert_eq!(sorted(&maintainer, "search[name]=_").await, ["net_four"]);
    assert_eq!(sorted(&maintainer, "search[name]=%25").await, [] as [&str; 0]);
    assert_eq!(sorted(&maintainer, "search[name]=%27%20OR%201%3D1--").await, [] as [&str; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_are_filtered() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    four(&maintainer).await;
    assert_eq!(sorted(&maintainer, "search[tags]=b").await, ["app-one", "app-two"]);
    assert_eq!(sorted(&maintainer, "search[tags]=a,b").await, ["app-one"]);
    assert_eq!(sorted(&maintainer, "search[tags]=a,env").await, [] as [&str; 0]);
    assert_eq!(sorted(&maintainer, "search[tags]=nothing").await, [] as [&str; 0]);
    assert_eq!(sorted(&maintainer, "search[exclude-tags]=b").await, ["APP-three", "net_four"]);
    assert_eq!(sorted(&maintainer, "search[tags]=env&search[exclude-tags]=b").await, ["APP-three"]);
    let keyed = "filter[tagged][0][key]=env";
    assert_eq!(sorted(&maintainer, keyed).await, ["APP-three", "app-two"]);
    assert_eq!(
        sorted(&maintainer, &format!("{keyed}&filter[tagged][0][value]=prod")).await,
        ["app-two"]
    );
    // As Terraform sends it, with its map leaking into the query.
    let terraform = format!(
        "{keyed}&filter[tagged][0][value]=prod&filter[tagged][1][key]=b&filter[tagged][1][value]=\
         &search[tags]=env,b&TagBindings=%7B+env+prod%7D"
    );
    let encoded = terraform.replace('[', "%5B").replace(']', "%5D");
    assert_eq!(sorted(&maintainer, &encoded).await, ["app-two"]);
    assert_eq!(sorted(&maintainer, &terraform).await, ["app-two"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_are_filtered_and_their_tags_count() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    four(&owner).await;
    let project = json!({"name": "payments"});
    let project = owner.post("organizations/acme/projects", resource("projects", project)).await;
    let id = project.expect(201).id();
    let ledger = resource("workspaces", json!({"name": "ledger"}));
    owner.post("organizations/acme.payments/workspaces", ledger).await.expect(201);
    assert_eq!(sorted(&owner, &format!("filter[project][id]={id}")).await, ["ledger"]);
    let other = "filter[project][id]=prj-0000000000000000";
    assert_eq!(sorted(&owner, other).await, [] as [&str; 0]);
    assert_eq!(sorted(&owner, "filter[project][id]=nonsense").await, [] as [&str; 0]);
    let tags =
        json!({"data": [{"type": "tag-bindings", "attributes": {"key": "cost", "value": "1"}}]});
    owner.patch(&format!("projects/{id}/tag-bindings"), tags).await.expect(200);
    assert_eq!(sorted(&owner, "filter[tagged][0][key]=cost").await, ["ledger"]);
    let with =
        owner.get(&format!("{LIST}?search[name]=ledger&include=effective_tag_bindings")).await;
    assert_eq!(with.expect(200).at("/included/0/attributes/key"), json!("cost"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_is_the_one_asked_for() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    for name in ["b", "c", "a"] {
        maintainer.workspace(name).await;
    }
    let path = "organizations/acme/workspaces/c";
    let change = resource("workspaces", json!({"description": "changed last"}));
    maintainer.patch(path, change).await.expect(200);
    assert_eq!(names(&maintainer, "").await, ["a", "b", "c"]);
    assert_eq!(names(&maintainer, "sort=name").await, ["a", "b", "c"]);
    assert_eq!(names(&maintainer, "sort=-name").await, ["c", "b", "a"]);
    assert_eq!(names(&maintainer, "sort=created-at").await, ["b", "c", "a"]);
    assert_eq!(names(&maintainer, "sort=-created-at").await, ["a", "c", "b"]);
    assert_eq!(names(&maintainer, "sort=-current-run.created-at").await[0], "c");
    assert_eq!(names(&maintainer, "sort=nonsense").await, ["a", "b", "c"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn related_things_come_once_each_and_unknown_ones_not_at_all() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let id = maintainer.workspace("a").await;
    maintainer.workspace("b").await;
    lock(&maintainer, &id).await.expect(200);
    let include = "organization,project,locked-by,current_run.plan,readme,nonsense,outputs";
    let answer = maintainer.get(&format!("{LIST}?include={include}")).await.expect(200);
    let included = answer.at("/included");
    let mut kinds: Vec<&str> =
        included.as_array().unwrap().iter().map(|item| item["type"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["organizations", "projects", "users"]);
    assert_eq!(maintainer.get(LIST).await.at("/included"), Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn junk_parameters_change_nothing() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    four(&maintainer).await;
    let all = sorted(&maintainer, "").await;
    for junk in [
        "nonsense=1",
        "page[number]=0",
        "page[number]=-3&page[size]=abc",
        "page=2",
        "fields[workspaces]=name",
        "filter[unknown]=1",
        "filter[tagged][x][key]=env",
        "search[name]=",
        "search[tags]=,,",
        "&&==&%",
        "%ff%fe=%00",
        "sort=",
        "include=",
    ] {
        assert_eq!(sorted(&maintainer, junk).await, all, "{junk}");
    }
    // Nothing has a run yet.
    assert_eq!(sorted(&maintainer, "filter[current-run][status]=applied").await, [] as [&str; 0]);
}
