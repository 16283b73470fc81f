//! `workspaces/:id/vars` and what belongs to it: make, read, change, delete; what counts.

use serde_json::{Value, json};
use testkit::{Answer, Caller, TestServer};

use crate::fixtures::{ids, redacted, resource};

fn variable(key: &str, value: &str) -> Value {
    resource("vars", json!({"key": key, "value": value, "category": "terraform"}))
}

async fn workspace_with(caller: &Caller, variables: &[(&str, &str)]) -> String {
    let id = caller.workspace("network").await;
    for (key, value) in variables {
        caller.post(&format!("workspaces/{id}/vars"), variable(key, value)).await.expect(201);
    }
    id
}

/// A document with the versions of variables replaced.
pub(crate) fn unversioned(mut document: Value) -> Value {
    match &mut document {
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                *member = if name == "version-id" {
                    json!("[version]")
                } else {
                    unversioned(member.take())
                };
            }
        }
        Value::Array(items) => {
            for item in items.iter_mut() {
                *item = unversioned(item.take());
            }
        }
        _ => {}
    }
    document
}

#[track_caller]
fn pointers(refused: &Answer) -> Vec<String> {
    let errors = refused.at("/errors");
    let pointer = |error: &Value| error["source"]["pointer"].as_str().unwrap_or("").to_owned();
    errors.as_array().unwrap().iter().map(pointer).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_have_this_shape() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let vars = format!("workspaces/{}/vars", owner.workspace("network").await);
    let whole = json!({"key": "region", "value": "eu-1", "description": "Where to.",
        "category": "terraform", "hcl": false, "sensitive": false});
    let plain = owner.post(&vars, resource("vars", whole)).await.expect(201);
    insta::assert_json_snapshot!("a_variable", unversioned(redacted(&plain, &server.url())));
    let secret = json!({"key": "TOKEN", "value": "hush", "category": "env", "sensitive": true});
    owner.post(&vars, resource("vars", secret)).await.expect(201);
    let all = owner.get(&vars).await.expect(200);
    insta::assert_json_snapshot!("variables", unversioned(redacted(&all, &server.url())));
    let one = owner.get(&format!("{vars}/{}", plain.id())).await.expect(200);
    assert_eq!(one.json(), plain.json());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_is_changed_and_deleted_and_each_change_is_another_version() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let vars = format!("workspaces/{}/vars", owner.workspace("network").await);
    let made = owner.post(&vars, variable("region", "eu-1")).await.expect(201);
    let path = format!("{vars}/{}", made.id());
    let mut versions = vec![made.attribute("version-id")];
    for (attributes, name, expected) in [
        (json!({"value": "eu-2"}), "value", json!("eu-2")),
        (json!({"description": "Where."}), "description", json!("Where.")),
        (json!({"key": "zone"}), "key", json!("zone")),
        (json!({"hcl": true}), "hcl", json!(true)),
        (json!({"category": "env"}), "category", json!("env")),
        (json!({"description": null}), "description", Value::Null),
        (json!({"value": null}), "value", json!("")),
        (json!({"sensitive": true}), "value", Value::Null),
    ] {
        let changed = owner.patch(&path, resource("vars", attributes)).await.expect(200);
        assert_eq!(changed.attribute(name), expected, "{name}");
        assert_eq!(owner.get(&path).await.expect(200).json(), changed.json());
        let version = changed.attribute("version-id");
        assert!(!versions.contains(&version), "{version}");
        versions.push(version);
    }
    owner.delete(&path).await.expect(204);
    owner.get(&path).await.expect(404);
    owner.patch(&path, resource("vars", json!({"value": "x"}))).await.expect(404);
    owner.delete(&path).await.expect(404);
    // The key is free again.
    owner.post(&vars, variable("zone", "")).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sensitive_value_is_told_to_nobody_for_good() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let vars = format!("workspaces/{}/vars", owner.workspace("network").await);
    let secret = json!({"key": "token", "value": "hush", "category": "terraform",
        "sensitive": true});
    let made = owner.post(&vars, resource("vars", secret)).await.expect(201);
    assert_eq!(made.attribute("value"), Value::Null);
    let path = format!("{vars}/{}", made.id());
    for attributes in [
        json!({"sensitive": false}),
        json!({"sensitive": false, "value": null}),
        json!({"key": "output"}),
        json!({"category": "env"}),
        json!({"hcl": true}),
    ] {
        let text = attributes.to_string();
        owner.patch(&path, resource("vars", attributes)).await.expect(422);
        assert_eq!(owner.get(&path).await.attribute("value"), Value::Null, "{text}");
    }
    let description = resource("vars", json!({"description": "The token."}));
    owner.patch(&path, description).await.expect(200);
    let open = resource("vars", json!({"sensitive": false, "value": "no secret"}));
    let opened = owner.patch(&path, open).await.expect(200);
    assert_eq!(opened.attribute("value"), json!("no secret"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_had_once_in_a_category() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let vars = format!("workspaces/{}/vars", owner.workspace("network").await);
    let a = owner.post(&vars, variable("a", "1")).await.expect(201).id();
    let b = owner.post(&vars, variable("b", "2")).await.expect(201).id();
    let refused = owner.post(&vars, variable("a", "3")).await.expect(422);
    assert_eq!(refused.error(), "the key \"a\" has already been taken");
    assert_eq!(pointers(&refused), ["/data/attributes/key"]);
    let env = json!({"key": "a", "value": "3", "category": "env"});
    let env = owner.post(&vars, resource("vars", env)).await.expect(201).id();
    owner.post(&vars, variable("A", "3")).await.expect(201);
    let taken = resource("vars", json!({"key": "a"}));
    owner.patch(&format!("{vars}/{b}"), taken.clone()).await.expect(422);
    owner.patch(&format!("{vars}/{a}"), taken).await.expect(200);
    let taken = resource("vars", json!({"category": "terraform"}));
    owner.patch(&format!("{vars}/{env}"), taken).await.expect(422);
    assert_eq!(owner.get(&vars).await.attributes("key"), ["A", "a", "a", "b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named_and_no_value_is_quoted() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let vars = format!("workspaces/{}/vars", owner.workspace("network").await);
    for (attributes, expected) in [
        (json!({}), vec!["key", "category"]),
        (json!({"key": "a=b", "category": "env"}), vec!["key"]),
        (json!({"key": "1a", "category": "terraform"}), vec!["key"]),
        (json!({"key": "a", "category": "policy-set"}), vec!["category"]),
        (json!({"key": "a", "category": "env", "value": "x".repeat(262_145)}), vec!["value"]),
        (json!({"key": "a", "category": "env", "value": "x\u{0}"}), vec!["value"]),
        (json!({"key": "a", "category": "env", "value": 424_242}), vec!["value"]),
        (json!({"key": "a", "category": "env", "value": ["424242"]}), vec!["value"]),
        (json!({"key": "a", "category": "env", "sensitive": "yes"}), vec!["sensitive"]),
    ] {
        let refused = owner.post(&vars, resource("vars", attributes)).await.expect(422);
        let expected: Vec<_> =
            expected.iter().map(|field| format!("/data/attributes/{field}")).collect();
        assert_eq!(pointers(&refused), expected, "{}", refused.text());
        assert!(!refused.text().contains("424242"), "{}", refused.text());
    }
    let longest = json!({"key": "a", "category": "env", "value": "ü".repeat(131_072)});
    let made = owner.post(&vars, resource("vars", longest)).await.expect(201);
    assert_eq!(made.attribute("value").as_str().unwrap().len(), 262_144);
    owner.post(&vars, resource("varsets", json!({"key": "b"}))).await.expect(422);
    assert_eq!(owner.get(&vars).await.attributes("key"), ["a"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn values_take_so_much_room_and_no_more() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let vars = format!("workspaces/{}/vars", owner.workspace("network").await);
    let large = "x".repeat(262_000);
    for number in 0..16 {
        owner.post(&vars, variable(&format!("v{number}"), &large)).await.expect(201);
    }
    let refused = owner.post(&vars, variable("more", "x".repeat(5_000).as_str())).await;
    assert_eq!(pointers(&refused.expect(422)), ["/data/attributes/value"]);
    let first = ids(&owner.get(&vars).await)[0].clone();
    let shorter = resource("vars", json!({"value": ""}));
    owner.patch(&format!("{vars}/{first}"), shorter).await.expect(200);
    owner.post(&vars, variable("more", &large)).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_see_and_change_variables() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let id = workspace_with(&owner, &[("a", "1")]).await;
    let vars = format!("workspaces/{id}/vars");
    let path = format!("{vars}/{}", ids(&owner.get(&vars).await)[0]);
    let blind = json!({"state-versions": "write", "locking": true});
    let blind = server.somebody_at_default("blind", blind).await;
    let deaf = server.somebody_at_default("deaf", json!({"rights": ["manage-variables"]})).await;
    for (who, caller, reads, writes) in [
        ("owner", server.owner().await, 200, 200),
        ("reader", server.reader().await, 200, 403),
        ("planner", server.planner().await, 200, 403),
        ("writer", server.writer().await, 200, 200),
        ("manager", deaf, 200, 200),
        ("blind", blind, 404, 404),
        ("member", server.member().await, 404, 404),
        ("stranger", server.stranger().await, 404, 404),
    ] {
        for path in [&vars, &path, &format!("workspaces/{id}/all-vars")] {
            assert_eq!(caller.get(path).await.status, reads, "{who} {path}");
        }
        let change = resource("vars", json!({"description": who}));
        assert_eq!(caller.patch(&path, change).await.status, writes, "{who}");
        let made = caller.post(&vars, variable(who, "")).await;
        assert_eq!(made.status, if writes == 200 { 201 } else { writes }, "{who}");
        if writes == 200 {
            caller.delete(&format!("{vars}/{}", made.id())).await.expect(204);
        } else {
            assert_eq!(caller.delete(&path).await.status, writes, "{who}");
        }
    }
    let permissions = |answer: &Answer| {
        let may = answer.attribute("permissions");
        (may["can-read-variable"].clone(), may["can-update-variable"].clone())
    };
    let workspace = format!("workspaces/{id}");
    let seen = permissions(&server.reader().await.get(&workspace).await);
    assert_eq!(seen, (json!(true), json!(false)));
    let seen = permissions(&server.writer().await.get(&workspace).await);
    assert_eq!(seen, (json!(true), json!(true)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_variable_is_found_in_its_own_workspace_only() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let id = workspace_with(&owner, &[("a", "1")]).await;
    let variable = ids(&owner.get(&format!("workspaces/{id}/vars")).await)[0].clone();
    let other = format!("workspaces/{}/vars/{variable}", owner.workspace("other").await);
    owner.get(&other).await.expect(404);
    owner.patch(&other, resource("vars", json!({"value": "x"}))).await.expect(404);
    owner.delete(&other).await.expect(404);
    owner.get(&format!("workspaces/{id}/vars/{variable}")).await.expect(200);
    owner.get(&format!("workspaces/{id}/vars/nonsense")).await.expect(404);
    // It goes with its workspace.
    owner.delete(&format!("workspaces/{id}")).await.expect(204);
    owner.patch(&format!("vars/{variable}"), resource("vars", json!({}))).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_older_ways_lead_to_the_same_variables() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let id = owner.workspace("network").await;
    let also = format!("workspaces/{id}/relationships/vars");
    owner.post(&also, variable("a", "1")).await.expect(201);
    let named = "vars?filter[organization][name]=acme&filter[workspace][name]=network";
    owner.post(named, variable("b", "2")).await.expect(201);
    let linkage = json!({"data": {"type": "workspaces", "id": id}});
    let related = json!({"data": {"type": "vars", "relationships": {"workspace": linkage},
        "attributes": {"key": "c", "value": "3", "category": "terraform"}}});
    let made = owner.post("vars", related).await.expect(201);
    for path in [named, &also, &format!("workspaces/{id}/vars")] {
        assert_eq!(owner.get(path).await.expect(200).attributes("key"), ["a", "b", "c"], "{path}");
    }
    let one = format!("vars/{}", made.id());
    let changed = owner.patch(&one, resource("vars", json!({"value": "4"}))).await.expect(200);
    assert_eq!(changed.attribute("value"), json!("4"));
    server.stranger().await.patch(&one, resource("vars", json!({}))).await.expect(404);
    server.stranger().await.delete(&one).await.expect(404);
    server.stranger().await.get(named).await.expect(404);
    owner.delete(&one).await.expect(204);
    owner.get("vars").await.expect(400);
    owner.get("vars?filter[organization][name]=acme").await.expect(400);
    owner.post("vars", variable("d", "")).await.expect(400);
    let nowhere = "vars?filter[organization][name]=acme&filter[workspace][name]=nowhere";
    owner.get(nowhere).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_take_one_key_at_once_one_gets_it() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let vars = format!("workspaces/{}/vars", owner.workspace("network").await);
    let tries = (0..8).map(|number| {
        let (owner, vars) = (owner.clone(), vars.clone());
        tokio::spawn(
            async move { owner.post(&vars, variable("a", &number.to_string())).await.status },
        )
    });
    let mut statuses = Vec::new();
    for attempt in tries.collect::<Vec<_>>() {
        statuses.push(attempt.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 422, 422, 422, 422, 422, 422, 422]);
}
