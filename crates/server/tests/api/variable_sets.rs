//! Variable sets: make, read, change, delete; where they count, and what wins.

use serde_json::{Value, json};
use testkit::{Answer, Caller, TestServer};

use crate::{
    fixtures::{ids, linkages, redacted, resource},
    variables::unversioned,
};

const LIST: &str = "organizations/acme/varsets";

async fn set(caller: &Caller, attributes: Value) -> String {
    caller.post(LIST, resource("varsets", attributes)).await.expect(201).id()
}

async fn put(caller: &Caller, set: &str, key: &str, value: &str) -> Answer {
    let attributes = json!({"key": key, "value": value, "category": "terraform"});
    caller.post(&format!("varsets/{set}/relationships/vars"), resource("vars", attributes)).await
}

async fn apply(caller: &Caller, set: &str, kind: &str, id: &str) -> Answer {
    caller.post(&format!("varsets/{set}/relationships/{kind}"), linkages(kind, &[id])).await
}

async fn default_project(server: &TestServer) -> String {
    let acme = server.owner().await.get("organizations/acme").await.expect(200);
    acme.at("/data/relationships/default-project/data/id").as_str().unwrap().to_owned()
}

async fn project(caller: &Caller, name: &str) -> String {
    let body = resource("projects", json!({"name": name}));
    caller.post("organizations/acme/projects", body).await.expect(201).id()
}

async fn workspace_in(caller: &Caller, project: &str, name: &str) -> String {
    let body = json!({"data": {"type": "workspaces", "attributes": {"name": name},
        "relationships": {"project": {"data": {"type": "projects", "id": project}}}}});
    caller.post("organizations/acme/workspaces", body).await.expect(201).id()
}

/// A set that a project owns.
async fn set_of(caller: &Caller, project: &str, attributes: Value) -> Answer {
    let body = json!({"data": {"type": "varsets", "attributes": attributes, "relationships":
        {"parent": {"data": {"type": "projects", "id": project}}}}});
    caller.post(LIST, body).await
}

fn names(list: &Answer) -> Vec<Value> {
    list.attributes("name")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_has_this_shape() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let (workspace, project) = (owner.workspace("network").await, default_project(&server).await);
    let vars = json!([
        {"type": "vars", "attributes": {"key": "region", "value": "eu-1", "category": "terraform"}},
        {"type": "vars", "attributes": {"key": "KEY", "value": "hush", "category": "env",
            "sensitive": true}}]);
    let body = json!({"data": {"type": "varsets",
        "attributes": {"name": "aws", "description": "Keys.", "priority": true},
        "relationships": {
            "parent": {"data": {"type": "organizations", "id": "acme"}},
            "workspaces": {"data": [{"type": "workspaces", "id": workspace}]},
            "projects": {"data": [{"type": "projects", "id": project}]},
            "vars": {"data": vars}}}});
    let made = owner.post(LIST, body).await.expect(201);
    insta::assert_json_snapshot!("a_set", redacted(&made, &server.url()));
    let path = format!("varsets/{}", made.id());
    assert_eq!(owner.get(&path).await.expect(200).json(), made.json());
    let include = format!("{path}?include=workspaces,projects,vars,stacks,current-run");
    let whole = owner.get(&include).await.expect(200);
    let kinds: Vec<Value> = whole
        .at("/included")
        .as_array()
        .unwrap()
        .iter()
        .map(|included| included["type"].clone())
        .collect();
    assert_eq!(kinds, ["vars", "vars", "workspaces", "projects"]);
    let list = owner.get(&format!("{LIST}?include=vars")).await.expect(200);
    insta::assert_json_snapshot!("sets", unversioned(redacted(&list, &server.url())));
    let one = owner.get(&format!("{path}/relationships/vars")).await.expect(200);
    insta::assert_json_snapshot!("set_variables", unversioned(redacted(&one, &server.url())));
}

#[tokio::test(flavor = "multi_thread")]
async fn sets_are_listed_in_pages_and_found_by_name() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    for number in 0..25 {
        set(&owner, json!({"name": format!("set {number:02}")})).await;
    }
    set(&owner, json!({"name": "Größe_%"})).await;
    let first = owner.get(LIST).await.expect(200);
    assert_eq!(names(&first).len(), 20);
    assert_eq!(first.at("/meta/pagination/total-count"), json!(26));
    let second = owner.get(&format!("{LIST}?page[number]=2")).await.expect(200);
    assert_eq!(names(&second).len(), 6);
    let found = owner.get(&format!("{LIST}?q=SET%202")).await.expect(200);
    assert_eq!(names(&found), ["set 20", "set 21", "set 22", "set 23", "set 24"]);
    for (search, total) in [("gr%C3%B6", 1), ("%25", 1), ("_", 1), ("nothing", 0)] {
        let found = owner.get(&format!("{LIST}?q={search}")).await.expect(200);
        assert_eq!(found.at("/meta/pagination/total-count"), json!(total), "{search}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_is_changed_and_deleted() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let (one, two) = (owner.workspace("one").await, owner.workspace("two").await);
    let id = set(&owner, json!({"name": "aws"})).await;
    let path = format!("varsets/{id}");
    for (attributes, name, expected) in [
        (json!({"name": "gcp"}), "name", json!("gcp")),
        (json!({"description": "Keys."}), "description", json!("Keys.")),
        (json!({"description": null}), "description", json!("")),
        (json!({"priority": true}), "priority", json!(true)),
        (json!({"global": true}), "global", json!(true)),
        (json!({"global": false}), "global", json!(false)),
    ] {
        let changed = owner.patch(&path, resource("varsets", attributes)).await.expect(200);
        assert_eq!(changed.attribute(name), expected);
        assert_eq!(owner.get(&path).await.json(), changed.json());
    }
    // As the vendor's client sets the workspaces, and puts variables in.
    let related = |workspaces: &[&str], value: &str| {
        let vars = json!([{"type": "vars", "attributes":
            {"key": "region", "value": value, "category": "terraform"}}]);
        json!({"data": {"type": "varsets", "relationships":
            {"workspaces": linkages("workspaces", workspaces), "vars": {"data": vars}}}})
    };
    let include = format!("{path}?include=workspaces");
    let changed = owner.patch(&include, related(&[&one, &two], "eu-1")).await.expect(200);
    assert_eq!(changed.attribute("workspace-count"), json!(2));
    assert_eq!(changed.at("/included").as_array().unwrap().len(), 2);
    let changed = owner.patch(&include, related(&[&two], "eu-2")).await.expect(200);
    assert_eq!(changed.at("/data/relationships/workspaces/data/0/id"), json!(two));
    assert_eq!(changed.attribute("workspace-count"), json!(1));
    let vars = owner.get(&format!("{path}/relationships/vars")).await.expect(200);
    assert_eq!(vars.attributes("value"), ["eu-2"]);
    owner.delete(&path).await.expect(204);
    owner.get(&path).await.expect(404);
    assert_eq!(owner.get(&format!("workspaces/{two}/all-vars")).await.at("/data"), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_set_is_named() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    set(&owner, json!({"name": "aws"})).await;
    let project = default_project(&server).await;
    let parent = |kind: &str, id: &str| {
        json!({"data": {"type": "varsets", "attributes": {"name": "x"}, "relationships":
            {"parent": {"data": {"type": kind, "id": id}}}}})
    };
    let vars = json!({"data": {"type": "varsets", "attributes": {"name": "x"}, "relationships":
        {"vars": {"data": [
            {"type": "vars", "attributes": {"key": "a", "category": "env"}},
            {"type": "vars", "attributes": {"key": "a=", "category": "env"}}]}}}});
    let global = json!({"data": {"type": "varsets", "attributes": {"name": "x", "global": true},
        "relationships": {"parent": {"data": {"type": "projects", "id": project}}}}});
    let related = "/data/relationships";
    for (body, pointer) in [
        (resource("varsets", json!({})), "/data/attributes/name".to_owned()),
        (resource("varsets", json!({"name": "AWS"})), "/data/attributes/name".to_owned()),
        (
            resource("varsets", json!({"name": "x", "global": 1})),
            "/data/attributes/global".to_owned(),
        ),
        (parent("organizations", "other"), format!("{related}/parent/data/id")),
        (parent("projects", "prj-0000000000000000"), format!("{related}/parent/data/id")),
        (parent("teams", "x"), format!("{related}/parent/data/type")),
        (global, "/data/attributes/global".to_owned()),
        (vars, format!("{related}/vars/data/1/attributes/key")),
    ] {
        let refused = owner.post(LIST, body).await.expect(422);
        assert_eq!(refused.at("/errors/0/source/pointer"), json!(pointer), "{}", refused.text());
    }
    assert_eq!(names(&owner.get(LIST).await), ["aws"]);
    let id = ids(&owner.get(LIST).await)[0].clone();
    let moved = parent("projects", &project);
    owner.patch(&format!("varsets/{id}"), moved).await.expect(422);
    owner.patch(&format!("varsets/{id}"), parent("organizations", "acme")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_counts_where_it_is_applied() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let (here, there) = (default_project(&server).await, project(&owner, "payments").await);
    let (one, two) = (owner.workspace("one").await, workspace_in(&owner, &there, "two").await);
    let id = set(&owner, json!({"name": "aws"})).await;
    put(&owner, &id, "region", "eu-1").await.expect(201);
    let counting = async |workspace: &str| {
        let all = owner.get(&format!("workspaces/{workspace}/all-vars")).await.expect(200);
        let sets = owner.get(&format!("workspaces/{workspace}/varsets")).await.expect(200);
        assert_eq!(names(&sets).len(), all.attributes("key").len());
        !all.attributes("key").is_empty()
    };
    assert!(!counting(&one).await && !counting(&two).await);
    apply(&owner, &id, "workspaces", &one).await.expect(204);
    // Twice is once.
    apply(&owner, &id, "workspaces", &one).await.expect(204);
    assert!(counting(&one).await && !counting(&two).await);
    apply(&owner, &id, "projects", &there).await.expect(204);
    assert!(counting(&one).await && counting(&two).await);
    for (project, expected) in [(&here, 0), (&there, 1)] {
        let sets = owner.get(&format!("projects/{project}/varsets")).await.expect(200);
        assert_eq!(names(&sets).len(), expected);
    }
    let path = format!("varsets/{id}/relationships");
    let left = linkages("workspaces", &[&one]);
    owner.delete_with(&format!("{path}/workspaces"), left).await.expect(204);
    owner
        .delete_with(&format!("{path}/projects"), linkages("projects", &[&there]))
        .await
        .expect(204);
    assert!(!counting(&one).await && !counting(&two).await);
    owner
        .patch(&format!("varsets/{id}"), resource("varsets", json!({"global": true})))
        .await
        .expect(200);
    assert!(counting(&one).await && counting(&two).await);
    for (kind, id_of, pointer) in [
        ("workspaces", "ws-0000000000000000", "/data/0/id"),
        ("workspaces", "nonsense", "/data/0/id"),
        ("projects", "prj-0000000000000000", "/data/0/id"),
    ] {
        let refused = apply(&owner, &id, kind, id_of).await.expect(422);
        assert_eq!(refused.at("/errors/0/source/pointer"), json!(pointer));
    }
    owner.post(&format!("{path}/stacks"), linkages("stacks", &["st-1"])).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projects_set_counts_in_it_alone() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let (here, there) = (default_project(&server).await, project(&owner, "payments").await);
    let (one, two) = (owner.workspace("one").await, workspace_in(&owner, &there, "two").await);
    let id = set_of(&owner, &there, json!({"name": "theirs"})).await.expect(201).id();
    let read = owner.get(&format!("varsets/{id}")).await.expect(200);
    assert_eq!(read.at("/data/relationships/parent/data/id"), json!(there));
    assert_eq!(read.at("/data/relationships/parent/data/type"), json!("projects"));
    put(&owner, &id, "region", "eu-1").await.expect(201);
    apply(&owner, &id, "workspaces", &one).await.expect(422);
    apply(&owner, &id, "projects", &here).await.expect(422);
    apply(&owner, &id, "workspaces", &two).await.expect(204);
    let all = format!("workspaces/{two}/all-vars");
    assert_eq!(owner.get(&all).await.attributes("value"), ["eu-1"]);
    // Through the address of the project, its sets are what there is.
    assert_eq!(names(&owner.get("organizations/acme.payments/varsets").await), ["theirs"]);
    assert_eq!(names(&owner.get("organizations/acme.default/varsets").await), Vec::<Value>::new());
    let mine = resource("varsets", json!({"name": "mine"}));
    let made = owner.post("organizations/acme.payments/varsets", mine).await.expect(201);
    assert_eq!(made.at("/data/relationships/parent/data/id"), json!(there));
    // A workspace that moves away leaves it behind, for good.
    let moving = |project: &str| {
        json!({"data": {"type": "workspaces", "relationships":
        {"project": {"data": {"type": "projects", "id": project}}}}})
    };
    owner.patch(&format!("workspaces/{two}"), moving(&here)).await.expect(200);
    assert_eq!(owner.get(&all).await.at("/data"), json!([]));
    owner.patch(&format!("workspaces/{two}"), moving(&there)).await.expect(200);
    assert_eq!(owner.get(&all).await.at("/data"), json!([]));
    // It goes with its project.
    owner.delete(&format!("workspaces/{two}")).await.expect(204);
    owner.delete(&format!("projects/{there}")).await.expect(204);
    owner.get(&format!("varsets/{id}")).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_strongest_counts_and_sensitive_values_are_told_to_nobody() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let project = default_project(&server).await;
    let workspace = owner.workspace("network").await;
    let all = format!("workspaces/{workspace}/all-vars");
    let value = async || owner.get(&all).await.expect(200).attributes("value");
    // Each wins over those before it.
    let weakest = set(&owner, json!({"name": "global", "global": true})).await;
    put(&owner, &weakest, "k", "global").await.expect(201);
    assert_eq!(value().await, ["global"]);
    for (name, kind, place) in
        [("b-project", "projects", &project), ("b-workspace", "workspaces", &workspace)]
    {
        let id = set(&owner, json!({"name": name})).await;
        put(&owner, &id, "k", name).await.expect(201);
        apply(&owner, &id, kind, place).await.expect(204);
        assert_eq!(value().await, [name]);
    }
    let earlier = set(&owner, json!({"name": "a-workspace"})).await;
    put(&owner, &earlier, "k", "a-workspace").await.expect(201);
    apply(&owner, &earlier, "workspaces", &workspace).await.expect(204);
    assert_eq!(value().await, ["a-workspace"]);
    let owned = set_of(&owner, &project, json!({"name": "z-owned"})).await.expect(201).id();
    put(&owner, &owned, "k", "owned").await.expect(201);
    apply(&owner, &owned, "projects", &project).await.expect(204);
    assert_eq!(value().await, ["owned"]);
    let own = json!({"key": "k", "value": "own", "category": "terraform"});
    owner.post(&format!("workspaces/{workspace}/vars"), resource("vars", own)).await.expect(201);
    assert_eq!(value().await, ["own"]);
    let first = json!({"priority": true});
    owner.patch(&format!("varsets/{owned}"), resource("varsets", first.clone())).await.expect(200);
    assert_eq!(value().await, ["owned"]);
    owner.patch(&format!("varsets/{weakest}"), resource("varsets", first)).await.expect(200);
    assert_eq!(value().await, ["global"]);
    let vars = owner.get(&format!("varsets/{weakest}/relationships/vars")).await;
    let path = format!("varsets/{weakest}/relationships/vars/{}", ids(&vars)[0]);
    let hidden = resource("vars", json!({"sensitive": true}));
    owner.patch(&path, hidden).await.expect(200);
    assert_eq!(value().await, [Value::Null]);
    let counted = owner.get(&all).await;
    insta::assert_json_snapshot!("all_vars", unversioned(redacted(&counted, &server.url())));
}

#[tokio::test(flavor = "multi_thread")]
async fn global_sets_share_no_key() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let one = set(&owner, json!({"name": "one", "global": true})).await;
    put(&owner, &one, "region", "eu-1").await.expect(201);
    let two = set(&owner, json!({"name": "two", "global": true})).await;
    let refused = put(&owner, &two, "region", "eu-2").await.expect(422);
    assert_eq!(refused.at("/errors/0/source/pointer"), json!("/data/attributes/key"));
    let env = json!({"key": "region", "category": "env"});
    let vars = format!("varsets/{two}/relationships/vars");
    let env = owner.post(&vars, resource("vars", env)).await.expect(201).id();
    let change = resource("vars", json!({"category": "terraform"}));
    owner.patch(&format!("{vars}/{env}"), change).await.expect(422);
    let three = set(&owner, json!({"name": "three"})).await;
    put(&owner, &three, "region", "eu-3").await.expect(201);
    let wider = resource("varsets", json!({"global": true}));
    let refused = owner.patch(&format!("varsets/{three}"), wider.clone()).await.expect(422);
    assert_eq!(refused.at("/errors/0/source/pointer"), json!("/data/attributes/global"));
    owner.delete(&format!("varsets/{one}")).await.expect(204);
    owner.patch(&format!("varsets/{three}"), wider).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sets_variables_are_changed_and_deleted() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let id = set(&owner, json!({"name": "aws"})).await;
    let vars = format!("varsets/{id}/relationships/vars");
    let made = put(&owner, &id, "region", "eu-1").await.expect(201);
    put(&owner, &id, "region", "eu-2").await.expect(422);
    let path = format!("{vars}/{}", made.id());
    let changed = owner.patch(&path, resource("vars", json!({"value": "eu-2"}))).await.expect(200);
    assert_eq!(changed.attribute("value"), json!("eu-2"));
    assert_ne!(changed.attribute("version-id"), made.attribute("version-id"));
    assert_eq!(owner.get(&path).await.expect(200).json(), changed.json());
    let other = set(&owner, json!({"name": "gcp"})).await;
    let elsewhere = format!("varsets/{other}/relationships/vars/{}", made.id());
    owner.get(&elsewhere).await.expect(404);
    owner.delete(&elsewhere).await.expect(404);
    // It is no workspace's.
    owner.delete(&format!("vars/{}", made.id())).await.expect(404);
    owner.delete(&path).await.expect(204);
    owner.get(&path).await.expect(404);
    for number in 0..25 {
        put(&owner, &id, &format!("v{number:02}"), "").await.expect(201);
    }
    let page = owner.get(&format!("{vars}?page[number]=2")).await.expect(200);
    assert_eq!(page.attributes("key").len(), 5);
    assert_eq!(owner.get(&format!("varsets/{id}")).await.attribute("var-count"), json!(25));
}

/// The names of the sets that somebody sees.
async fn seen(caller: &Caller) -> Vec<Value> {
    names(&caller.get(LIST).await.expect(200))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_is_seen_where_it_counts_and_kept_by_its_owners_keepers() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let (here, there) = (default_project(&server).await, project(&owner, "payments").await);
    let (one, two) = (owner.workspace("one").await, workspace_in(&owner, &there, "two").await);
    let mut sets = std::collections::BTreeMap::new();
    for name in ["global", "here", "there", "one", "two", "unused"] {
        let id = set(&owner, json!({"name": name, "global": name == "global"})).await;
        put(&owner, &id, name, "").await.expect(201);
        sets.insert(name, id);
    }
    for (name, kind, id) in [
        ("here", "projects", &here),
        ("there", "projects", &there),
        ("one", "workspaces", &one),
        ("two", "workspaces", &two),
    ] {
        apply(&owner, &sets[name], kind, id).await.expect(204);
    }
    for (name, project) in [("owned-here", &here), ("owned-there", &there)] {
        sets.insert(name, set_of(&owner, project, json!({"name": name})).await.expect(201).id());
    }
    let single = server.another_member("single").await;
    let team = server.team("acme", "singles").await.with("single").await;
    team.at_workspace(&one, "read").await;
    let blind = server.somebody_at_default("blind", json!({"state-versions": "write"})).await;
    let everything =
        ["global", "here", "one", "owned-here", "owned-there", "there", "two", "unused"];
    for (who, caller, expected) in [
        ("owner", server.owner().await, &everything[..]),
        ("root", server.site_admin().await, &everything[..]),
        ("reader", server.reader().await, &["global", "here", "one", "owned-here"][..]),
        ("maintainer", server.maintainer().await, &["global", "here", "one", "owned-here"][..]),
        ("single", single.clone(), &["global", "here", "one"][..]),
        ("blind", blind.clone(), &[][..]),
        ("member", server.member().await, &[][..]),
    ] {
        assert_eq!(seen(&caller).await, expected, "{who}");
        for (name, id) in &sets {
            let status = if expected.contains(name) { 200 } else { 404 };
            for path in [format!("varsets/{id}"), format!("varsets/{id}/relationships/vars")] {
                assert_eq!(caller.get(&path).await.status, status, "{who} {path}");
            }
        }
    }
    server.stranger().await.get(LIST).await.expect(404);
    server.stranger().await.get(&format!("varsets/{}", sets["global"])).await.expect(404);
    // Nobody learns of workspaces that they don't see.
    apply(&owner, &sets["one"], "workspaces", &two).await.expect(204);
    let read = single.get(&format!("varsets/{}?include=workspaces", sets["one"])).await.expect(200);
    assert_eq!(read.attribute("workspace-count"), json!(1));
    assert!(!read.text().contains(&two), "{}", read.text());
    // What everybody may do with the organization's set, and with the project's own.
    for (who, caller, organizations, projects) in [
        ("single", single, 403, 404),
        ("reader", server.reader().await, 403, 403),
        ("writer", server.writer().await, 403, 200),
        ("maintainer", server.maintainer().await, 403, 200),
        ("blind", blind, 404, 404),
        ("member", server.member().await, 404, 404),
    ] {
        for (name, status) in [("here", organizations), ("owned-here", projects)] {
            let id = &sets[name];
            let change = resource("varsets", json!({"description": who}));
            let changed = caller.patch(&format!("varsets/{id}"), change).await;
            assert_eq!(changed.status, status, "{who} {name}");
            let key = who.replace('-', "_");
            let made = put(&caller, id, &key, "").await.status;
            assert_eq!(made, if status == 200 { 201 } else { status }, "{who} {name}");
            let applied = apply(&caller, id, "workspaces", &one).await.status;
            assert_eq!(applied, if status == 200 { 204 } else { status }, "{who} {name}");
            if status != 200 {
                let deleted = caller.delete(&format!("varsets/{id}")).await.status;
                assert_eq!(deleted, status, "{who} {name}");
            }
        }
        let wish = resource("varsets", json!({"name": who}));
        caller.post(LIST, wish).await.expect(403);
        let status = set_of(&caller, &here, json!({"name": who})).await.status;
        let expected = match projects {
            200 => 201,
            404 if who == "member" => 422,
            _ => 403,
        };
        assert_eq!(status, expected, "{who}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn teams_that_manage_all_keep_the_organizations_sets() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let id = set(&owner, json!({"name": "aws"})).await;
    for (who, word, status) in [
        ("w", "manage-workspaces", 200),
        ("p", "manage-projects", 200),
        ("r", "read-workspaces", 403),
    ] {
        let caller = server.another_member(who).await;
        let team = server.team("acme", &format!("team-{who}")).await.with(who).await;
        team.everywhere(word).await;
        assert_eq!(seen(&caller).await, ["aws"], "{word}");
        let change = resource("varsets", json!({"description": word}));
        assert_eq!(caller.patch(&format!("varsets/{id}"), change).await.status, status, "{word}");
        let may = caller.get("organizations/acme").await.attribute("permissions");
        assert_eq!(may["can-read-varsets"], json!(true));
        assert_eq!(may["can-manage-varsets"], json!(status == 200), "{word}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn organizations_reach_into_each_other_nowhere() {
    let server = TestServer::start().await;
    let (owner, stranger) = (server.owner().await, server.stranger().await);
    let body = resource("organizations", json!({"name": "other", "email": "x@example.com"}));
    stranger.post("organizations", body).await.expect(201);
    let theirs = resource("workspaces", json!({"name": "theirs"}));
    let theirs = stranger.post("organizations/other/workspaces", theirs).await.expect(201).id();
    let other = stranger.get("organizations/other").await;
    let project = other.at("/data/relationships/default-project/data/id");
    let project = project.as_str().unwrap();
    let id = set(&owner, json!({"name": "aws", "global": true})).await;
    put(&owner, &id, "region", "eu-1").await.expect(201);
    apply(&owner, &id, "workspaces", &theirs).await.expect(422);
    apply(&owner, &id, "projects", project).await.expect(422);
    set_of(&owner, project, json!({"name": "x"})).await.expect(422);
    stranger.get(&format!("varsets/{id}")).await.expect(404);
    apply(&stranger, &id, "workspaces", &theirs).await.expect(404);
    assert_eq!(stranger.get(&format!("workspaces/{theirs}/all-vars")).await.at("/data"), json!([]));
    // Also one who belongs to both can't join them.
    let root = server.site_admin().await;
    apply(&root, &id, "workspaces", &theirs).await.expect(422);
    // Names are an organization's own.
    let same = resource("varsets", json!({"name": "aws", "global": true}));
    let same = stranger.post("organizations/other/varsets", same).await.expect(201).id();
    put(&stranger, &same, "region", "us-1").await.expect(201);
}
