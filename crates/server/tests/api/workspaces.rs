//! `organizations/:org/workspaces` and `workspaces/:id`: make, read, change, delete.

use serde_json::{Value, json};
use testkit::TestServer;

use crate::fixtures::{LINEAGE, cycle, lock, redacted, resource, unlock};

const LIST: &str = "organizations/acme/workspaces";

#[tokio::test(flavor = "multi_thread")]
async fn a_new_workspace_has_this_shape() {
    let server = TestServer::start().await;
    let body = resource("workspaces", json!({"name": "network"}));
    let made = server.maintainer().await.post(LIST, body).await.expect(201);
    insta::assert_json_snapshot!(redacted(&made, &server.url()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_with_everything_has_this_shape() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let tags = json!([{"type": "tag-bindings", "attributes": {"key": "env", "value": "prod"}}]);
    let body = json!({"data": {"type": "workspaces",
        "attributes": {
            "name": "network", "description": "The network.", "execution-mode": "remote",
            "terraform-version": "1.15.5", "working-directory": "live/network",
            "auto-apply": true, "global-remote-state": true, "trigger-prefixes": ["modules"],
            "source-name": "ci", "source-url": "https://ci.example.com/1"},
        "relationships": {"tag-bindings": {"data": tags}}}});
    let id = owner.post(LIST, body).await.expect(201).id();
    cycle(&owner, &id, 1, LINEAGE).await;
    lock(&owner, &id).await.expect(200);
    let include = "locked_by,project,effective_tag_bindings,current-state-version";
    let read = owner.get(&format!("workspaces/{id}?include={include}")).await.expect(200);
    insta::assert_json_snapshot!(redacted(&read, &server.url()));
}

#[tokio::test(flavor = "multi_thread")]
async fn both_paths_name_the_same_workspace() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let id = owner.workspace("network").await;
    let by_name = format!("{LIST}/network");
    let by_id = format!("workspaces/{id}");
    assert_eq!(owner.get(&by_name).await.expect(200).json(), owner.get(&by_id).await.json());
    let change = |text: &str| resource("workspaces", json!({"description": text}));
    owner.patch(&by_name, change("by name")).await.expect(200);
    assert_eq!(owner.get(&by_id).await.attribute("description"), json!("by name"));
    owner.patch(&by_id, change("by id")).await.expect(200);
    assert_eq!(owner.get(&by_name).await.attribute("description"), json!("by id"));
    let renamed = resource("workspaces", json!({"name": "backbone"}));
    owner.patch(&by_id, renamed).await.expect(200);
    owner.get(&by_name).await.expect(404);
    owner.get(&format!("{LIST}/backbone")).await.expect(200);
    owner.delete(&by_id).await.expect(204);
    owner.get(&by_id).await.expect(404);
    // The name is free again.
    owner.workspace("backbone").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_attribute_is_set_kept_and_cleared() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let path = format!("workspaces/{}", maintainer.workspace("network").await);
    let before = maintainer.get(&path).await.expect(200);
    for (name, value, cleared) in [
        ("description", json!("A text."), Value::Null),
        ("execution-mode", json!("remote"), json!("local")),
        ("terraform-version", json!("1.11.4"), json!("latest")),
        ("working-directory", json!("a/b"), Value::Null),
        ("auto-apply", json!(true), json!(false)),
        ("global-remote-state", json!(true), json!(false)),
        ("project-remote-state", json!(true), json!(false)),
        ("allow-destroy-plan", json!(false), json!(true)),
        ("assessments-enabled", json!(true), json!(false)),
        ("auto-apply-run-trigger", json!(true), json!(false)),
        ("auto-destroy-at", json!("2031-01-31T12:00:00.000Z"), Value::Null),
        ("auto-destroy-activity-duration", json!("14d"), Value::Null),
        ("file-triggers-enabled", json!(false), json!(true)),
        ("queue-all-runs", json!(true), json!(false)),
        ("speculative-enabled", json!(false), json!(true)),
        ("structured-run-output-enabled", json!(false), json!(true)),
        ("trigger-prefixes", json!(["a", "b"]), json!([])),
        ("trigger-patterns", json!(["**/*.tf"]), json!([])),
        ("source-name", json!("ci"), Value::Null),
        ("source-url", json!("https://ci.example.com"), Value::Null),
    ] {
        let patch = async |attributes: Value| {
            maintainer.patch(&path, resource("workspaces", attributes)).await.expect(200)
        };
        assert_eq!(patch(json!({name: value})).await.attribute(name), value, "{name}");
        assert_eq!(patch(json!({"unknown": [1]})).await.attribute(name), value, "{name}");
        assert_eq!(maintainer.get(&path).await.attribute(name), value, "{name}");
        assert_eq!(patch(json!({name: null})).await.attribute(name), cleared, "{name}");
    }
    let steady = |mut document: Value| {
        for name in ["updated-at", "latest-change-at"] {
            document["data"]["attributes"][name] = Value::Null;
        }
        document
    };
    assert_eq!(steady(maintainer.get(&path).await.json()), steady(before.json()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_mode_comes_from_the_nearest_that_has_one() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let path = format!("workspaces/{}", owner.workspace("network").await);
    let workspace = owner.get(&path).await;
    let project = workspace.at("/data/relationships/project/data/id");
    let project = format!("projects/{}", project.as_str().unwrap());
    let mode = async || owner.get(&path).await.attribute("execution-mode");
    let organization = json!({"default-execution-mode": "remote"});
    owner.patch("organizations/acme", resource("organizations", organization)).await.expect(200);
    assert_eq!(mode().await, "remote");
    let local = json!({"default-execution-mode": "local"});
    owner.patch(&project, resource("projects", local)).await.expect(200);
    assert_eq!(mode().await, "local");
    // An older way to say it.
    owner.patch(&path, resource("workspaces", json!({"operations": true}))).await.expect(200);
    assert_eq!(mode().await, "remote");
    let inherit = json!({"setting-overwrites": {"execution-mode": false}});
    owner.patch(&path, resource("workspaces", inherit)).await.expect(200);
    assert_eq!(mode().await, "local");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_workspace_is_named() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    maintainer.workspace("network").await;
    for (attributes, field) in [
        (json!({}), "name"),
        (json!({"name": ""}), "name"),
        (json!({"name": null}), "name"),
        (json!({"name": "a b"}), "name"),
        (json!({"name": "../../etc/passwd"}), "name"),
        (json!({"name": "a/b"}), "name"),
        (json!({"name": "a\u{0}b"}), "name"),
        (json!({"name": "a\r\nset-cookie: x"}), "name"),
        (json!({"name": "é"}), "name"),
        (json!({"name": "x".repeat(91)}), "name"),
        (json!({"name": "network"}), "name"),
        (json!({"name": 1}), "name"),
        (json!({"name": "x", "execution-mode": "warp"}), "execution-mode"),
        (json!({"name": "x", "terraform-version": "newest"}), "terraform-version"),
        (json!({"name": "x", "working-directory": "../.."}), "working-directory"),
        (json!({"name": "x", "auto-apply": "yes"}), "auto-apply"),
        (json!({"name": "x", "auto-destroy-at": "soon"}), "auto-destroy-at"),
        (json!({"name": "x", "trigger-prefixes": [1]}), "trigger-prefixes/0"),
        (json!({"name": "x", "agent-pool-id": "apool-1"}), "agent-pool-id"),
        (json!({"name": "x", "vcs-repo": {"identifier": "a/b"}}), "vcs-repo"),
        (json!({"name": "x", "description": "a\u{0}b"}), "description"),
    ] {
        let refused = maintainer.post(LIST, resource("workspaces", attributes)).await.expect(422);
        let pointer = json!(format!("/data/attributes/{field}"));
        assert_eq!(refused.at("/errors/0/source/pointer"), pointer, "{}", refused.text());
    }
    assert_eq!(maintainer.get(LIST).await.attributes("name"), ["network"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn safe_delete_refuses_what_is_locked_or_holds_resources() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let id = owner.workspace("network").await;
    for path in [format!("{LIST}/network"), format!("workspaces/{id}")] {
        let path = format!("{path}/actions/safe-delete");
        lock(&owner, &id).await.expect(200);
        let refused = owner.post_empty(&path).await.expect(409);
        assert!(refused.text().contains("locked"), "{}", refused.text());
        unlock(&owner, &id).await.expect(200);
    }
    cycle(&owner, &id, 1, LINEAGE).await;
    let refused = owner.post_empty(&format!("{LIST}/network/actions/safe-delete")).await;
    let text = refused.expect(409).text();
    assert!(!text.contains("locked") && !text.contains("being processed"), "{text}");
    // Whoever may only delete what is empty takes nothing away that is in use.
    let tidy = json!({"rights": ["delete-workspace"]});
    let cleaner = server.somebody_at_default("cleaner", tidy).await;
    cleaner.delete(&format!("workspaces/{id}")).await.expect(403);
    owner.delete(&format!("workspaces/{id}")).await.expect(204);
    let empty = server.maintainer().await.workspace("empty").await;
    let path = format!("workspaces/{empty}/actions/safe-delete");
    server.maintainer().await.post_empty(&path).await.expect(204);
    server.maintainer().await.post_empty(&path).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn there_are_no_ssh_keys_to_use() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let path =
        format!("workspaces/{}/relationships/ssh-key", maintainer.workspace("network").await);
    maintainer.patch(&path, resource("workspaces", json!({"id": null}))).await.expect(200);
    maintainer.patch(&path, resource("workspaces", json!({"id": "sshkey-1"}))).await.expect(422);
}
