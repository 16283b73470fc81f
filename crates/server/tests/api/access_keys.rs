//! `organizations/:org/access-keys` and `access-keys/:id`.

use serde_json::{Value, json};
use testkit::{Answer, Caller, TestServer};

use crate::{
    fixtures::{LINEAGE, cycle, ids, lock, unlock},
    tokens::{shape, value},
};

const PATH: &str = "organizations/acme/access-keys";

fn key(attributes: Value, place: Option<(&str, &str)>) -> Value {
    let mut document = json!({"data": {"type": "access-keys", "attributes": attributes}});
    if let Some((name, id)) = place {
        document["data"]["relationships"] =
            json!({name: {"data": {"type": format!("{name}s"), "id": id}}});
    }
    document
}

async fn make(caller: &Caller, attributes: Value, place: Option<(&str, &str)>) -> Answer {
    caller.post(PATH, key(attributes, place)).await
}

/// Makes a project and gives its id.
async fn project(owner: &Caller, name: &str) -> String {
    let body = json!({"data": {"type": "projects", "attributes": {"name": name}}});
    owner.post("organizations/acme/projects", body).await.expect(201).id()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_has_this_shape_and_is_shown_once() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let workspace = owner.workspace("network").await;
    let attributes = json!({"description": "deploy", "level": "custom",
        "rights": ["read-outputs", "lock"], "read-only": false,
        "source-networks": ["127.0.0.0/8"], "expired-at": "2099-01-01T00:00:00Z"});
    let made = make(&owner, attributes, Some(("workspace", &workspace))).await.expect(201);
    insta::assert_json_snapshot!(shape(&made, &server.url()));
    let own = format!("access-keys/{}", made.id());
    for path in [&own, PATH, &format!("authentication-tokens/{}", made.id())] {
        let read = owner.get(path).await.expect(200);
        assert!(!read.text().contains(&value(&made)), "{path}");
    }
    let job = server.token(&value(&made));
    job.get(&own).await.expect(200);
    owner.delete(&own).await.expect(204);
    owner.delete(&own).await.expect(404);
    job.get(&own).await.expect(401);
    // A token of another kind is no key.
    let token = owner.post_empty("organizations/acme/authentication-token").await.expect(201);
    owner.get(&format!("access-keys/{}", token.id())).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_works_at_its_place_and_nowhere_else() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let (one, other) = (owner.workspace("one").await, owner.workspace("other").await);
    let made = make(&owner, json!({"level": "write"}), Some(("workspace", &one))).await.expect(201);
    let job = server.token(&value(&made));
    cycle(&job, &one, 1, LINEAGE).await;
    job.get("organizations/acme/entitlement-set").await.expect(200);
    job.get("organizations/acme/workspaces/one").await.expect(200);
    job.get(&format!("workspaces/{other}")).await.expect(404);
    let seen = job.get("organizations/acme/workspaces").await.expect(200);
    assert_eq!(ids(&seen), std::slice::from_ref(&one));
    job.get("organizations/acme/organization-memberships").await.expect(403);
    job.delete(&format!("workspaces/{one}")).await.expect(403);
    // It ends with its place.
    owner.delete(&format!("workspaces/{one}")).await.expect(204);
    job.get("account/details").await.expect(401);

    let empty = project(&owner, "payments").await;
    let made =
        make(&owner, json!({"level": "maintain"}), Some(("project", &empty))).await.expect(201);
    let keeper = server.token(&value(&made));
    let new = json!({"data": {"type": "workspaces", "attributes": {"name": "ledger"}}});
    keeper.post("organizations/acme.payments/workspaces", new.clone()).await.expect(201);
    keeper.post("organizations/acme.default/workspaces", new).await.expect(404);
    keeper.get(&format!("workspaces/{other}")).await.expect(404);

    let made = make(&owner, json!({"level": "read"}), None).await.expect(201);
    let reader = server.token(&value(&made));
    let seen = reader.get("organizations/acme/workspaces").await.expect(200);
    assert_eq!(ids(&seen).len(), 2);
    lock(&reader, &other).await.expect(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn custom_rights_are_those_and_no_others() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let workspace = owner.workspace("network").await;
    cycle(&owner, &workspace, 1, LINEAGE).await;
    let rights = json!({"level": "custom", "rights": ["lock", "read-outputs"]});
    let made = make(&owner, rights, Some(("workspace", &workspace))).await.expect(201);
    let job = server.token(&value(&made));
    lock(&job, &workspace).await.expect(200);
    unlock(&job, &workspace).await.expect(200);
    job.get(&format!("workspaces/{workspace}/current-state-version-outputs")).await.expect(200);
    let current = format!("workspaces/{workspace}/current-state-version");
    let version = owner.get(&current).await.expect(200).id();
    job.get(&format!("state-versions/{version}/download")).await.expect(403);
    // In the words of team access they come back as they were sent.
    let object = json!({"runs": "plan", "state-versions": "read-outputs", "locking": true,
        "run-tasks": false, "policy-overrides": false, "create": false, "move": false, "delete": false});
    let attributes = json!({"level": "custom", "rights": object});
    let made = make(&owner, attributes, Some(("workspace", &workspace))).await.expect(201);
    assert_eq!(made.attribute("rights"), object);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_hands_out_more_than_they_hold() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let workspace = owner.workspace("network").await;
    let other = project(&owner, "payments").await;
    let default = owner.get("organizations/acme/projects?filter[names]=default").await;
    let default = ids(&default)[0].clone();
    let (admin, writer) = (server.project_admin().await, server.writer().await);
    let at_workspace = Some(("workspace", workspace.as_str()));
    make(&admin, json!({"level": "admin"}), at_workspace).await.expect(201);
    make(&admin, json!({"level": "admin"}), Some(("project", &default))).await.expect(201);
    // What they can't see is not there.
    let refused =
        make(&admin, json!({"level": "read"}), Some(("project", &other))).await.expect(422);
    let pointer = "/data/relationships/project/data/id";
    assert_eq!(refused.at("/errors/0/source/pointer"), json!(pointer));
    make(&admin, json!({"level": "read"}), None).await.expect(403);
    make(&writer, json!({"level": "read"}), at_workspace).await.expect(403);
    make(&server.member().await, json!({"level": "read"}), None).await.expect(403);
    make(&server.stranger().await, json!({"level": "read"}), None).await.expect(404);

    // Who may only say who may do what does not thereby read the state.
    let clerk = json!({"rights": ["manage-access", "lock"]});
    let clerk = server.somebody_at_default("clerk", clerk).await;
    let with = |rights: &[&str]| json!({"level": "custom", "rights": rights});
    make(&clerk, with(&["lock"]), at_workspace).await.expect(201);
    let refused = make(&clerk, with(&["lock", "read-state"]), at_workspace).await.expect(403);
    assert!(refused.error().contains("state"), "{}", refused.text());
    make(&clerk, json!({"level": "read"}), at_workspace).await.expect(403);
    // A key with the level of an administrator keeps keys, but not beyond itself.
    let made = make(&owner, json!({"level": "admin"}), at_workspace).await.expect(201);
    let job = server.token(&value(&made));
    make(&job, json!({"level": "write"}), at_workspace).await.expect(201);
    make(&job, json!({"level": "read"}), Some(("project", &default))).await.expect(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_sees_the_keys_that_they_keep() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let workspace = owner.workspace("network").await;
    let payments = project(&owner, "payments").await;
    for number in 0..4 {
        let attributes = json!({"description": format!("key {number}"), "level": "read"});
        let place = match number {
            0 => None,
            1 => Some(("project", payments.as_str())),
            _ => Some(("workspace", workspace.as_str())),
        };
        make(&owner, attributes, place).await.expect(201);
    }
    let list = async |caller: &Caller, query: &str| {
        let answer = caller.get(&format!("{PATH}?{query}")).await.expect(200);
        let words = answer.attributes("description");
        (words, answer.at("/meta/pagination/total-count"))
    };
    assert_eq!(list(&owner, "page[size]=3").await.1, json!(4));
    assert_eq!(list(&owner, "page[size]=3&page[number]=2").await.0, [json!("key 0")]);
    assert_eq!(list(&owner, "q=KEY+1").await.0, [json!("key 1")]);
    assert_eq!(list(&owner, "q=network").await.1, json!(2));
    let admin = server.project_admin().await;
    assert_eq!(list(&admin, "page[size]=1").await, (vec![json!("key 3")], json!(2)));
    assert_eq!(list(&server.member().await, "").await.1, json!(0));
    let of_project = owner.get("organizations/acme.payments/access-keys").await.expect(200);
    assert_eq!(of_project.attributes("description"), [json!("key 1")]);
    // Through a project's address a key is one for the project.
    let path = "organizations/acme.payments/access-keys";
    let made = owner.post(path, key(json!({"level": "read"}), None)).await.expect(201);
    assert_eq!(made.at("/data/relationships/project/data/id"), json!(payments));
    owner
        .post(path, key(json!({"level": "read"}), Some(("workspace", &workspace))))
        .await
        .expect(422);
    // Others can't tell a key from none.
    let path = format!("access-keys/{}", made.id());
    for caller in [&admin, &server.member().await, &server.stranger().await] {
        caller.get(&path).await.expect(404);
        caller.delete(&path).await.expect(404);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_is_refused_with_its_place() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let workspace = owner.workspace("network").await;
    let at = Some(("workspace", workspace.as_str()));
    let table = [
        (json!({}), None, "/data/attributes/level"),
        (json!({"level": "owner"}), None, "/data/attributes/level"),
        (json!({"level": "plan"}), None, "/data/attributes/level"),
        (json!({"level": "custom"}), None, "/data/attributes/level"),
        (json!({"level": "maintain"}), at, "/data/attributes/level"),
        (json!({"level": "custom"}), at, "/data/attributes/rights"),
        (json!({"level": "custom", "rights": ["fly"]}), at, "/data/attributes/rights"),
        (json!({"level": "custom", "rights": "lock"}), at, "/data/attributes/rights"),
        (json!({"level": "read", "rights": ["lock"]}), at, "/data/attributes/rights"),
        (
            json!({"level": "read"}),
            Some(("workspace", "ws-0000000000000000")),
            "/data/relationships/workspace/data/id",
        ),
        (
            json!({"level": "read"}),
            Some(("workspace", "network")),
            "/data/relationships/workspace/data/id",
        ),
        (
            json!({"level": "read"}),
            Some(("project", "prj-0000000000000000")),
            "/data/relationships/project/data/id",
        ),
    ];
    for (attributes, place, pointer) in table {
        let refused = make(&owner, attributes.clone(), place).await.expect(422);
        assert_eq!(refused.at("/errors/0/source/pointer"), json!(pointer), "{attributes}");
    }
}
