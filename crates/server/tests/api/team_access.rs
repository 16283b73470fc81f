//! `team-projects`, `team-workspaces` and `workspaces/:id/access-explanation`.

use serde_json::{Value, json};
use testkit::{Answer, Caller, TestServer};

use crate::{
    fixtures::{LINEAGE, cycle, ids, redacted, resource},
    teams::{add, team},
};

/// Grants something at a workspace.
async fn at_workspace(caller: &Caller, workspace: &str, team: &str, attributes: Value) -> Answer {
    grant(caller, "team-workspaces", ("workspace", "workspaces", workspace), team, attributes).await
}

/// Grants something at a project.
async fn at_project(caller: &Caller, project: &str, team: &str, attributes: Value) -> Answer {
    grant(caller, "team-projects", ("project", "projects", project), team, attributes).await
}

async fn grant(
    caller: &Caller,
    kind: &str,
    (name, place, id): (&str, &str, &str),
    team: &str,
    attributes: Value,
) -> Answer {
    let body = json!({"data": {
        "type": kind,
        "attributes": attributes,
        "relationships": {
            name: {"data": {"type": place, "id": id}},
            "team": {"data": {"type": "teams", "id": team}},
        },
    }});
    caller.post(kind, body).await
}

fn pointers(answer: &Answer) -> Vec<String> {
    let errors = answer.at("/errors").as_array().cloned().unwrap_or_default();
    let pointer = |error: &Value| error.pointer("/source/pointer")?.as_str().map(str::to_owned);
    errors.iter().filter_map(pointer).collect()
}

async fn default_project(caller: &Caller) -> String {
    ids(&caller.get("organizations/acme/projects").await.expect(200)).swap_remove(0)
}

/// A team with `member` in it.
async fn team_of_member(owner: &Caller) -> String {
    let id = team(owner, "core", json!({"visibility": "organization"})).await;
    add(owner, &id, &["member"]).await.expect(204);
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_at_a_workspace_has_this_shape() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let workspace = owner.workspace("network").await;
    let id = team_of_member(&owner).await;
    let made = at_workspace(&owner, &workspace, &id, json!({"access": "write"})).await.expect(201);
    insta::assert_json_snapshot!(redacted(&made, &server.url()));
    let path = format!("team-workspaces/{}", made.id());
    let custom = json!({"access": "custom", "runs": "plan", "state-versions": "read-outputs",
        "rights": ["lock", "force-unlock", "lock"]});
    let changed = owner.patch(&path, resource("team-workspaces", custom)).await.expect(200);
    insta::assert_json_snapshot!(redacted(&changed, &server.url()));
    let list = owner.get(&format!("team-workspaces?filter[workspace][id]={workspace}")).await;
    assert_eq!(ids(&list.expect(200)), [made.id()]);
    assert_eq!(owner.get(&path).await.expect(200).attribute("access"), "custom");
    owner.delete(&path).await.expect(204);
    owner.get(&path).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_at_a_project_has_this_shape() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let (project, id) = (default_project(&owner).await, team_of_member(&owner).await);
    let made = at_project(&owner, &project, &id, json!({"access": "maintain"})).await.expect(201);
    insta::assert_json_snapshot!(redacted(&made, &server.url()));
    assert_eq!(owner.get(&format!("projects/{project}")).await.attribute("team-count"), 1);
    let path = format!("team-projects/{}", made.id());
    let custom = json!({
        "access": "custom",
        "project-access": {"settings": "update", "teams": "none", "variable-sets": "read"},
        "workspace-access": {"create": false, "runs": "read", "locking": true},
    });
    let changed = owner.patch(&path, resource("team-projects", custom)).await.expect(200);
    insta::assert_json_snapshot!(redacted(&changed, &server.url()));
    let list = owner.get(&format!("team-projects?filter[project][id]={project}")).await;
    assert_eq!(ids(&list.expect(200)), [made.id()]);
    owner.delete(&path).await.expect(204);
    owner.get(&path).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_grant_is_named() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let workspace = owner.workspace("network").await;
    let (project, id) = (default_project(&owner).await, team_of_member(&owner).await);
    for (attributes, expected) in [
        (json!({}), vec!["/data/attributes/access"]),
        (json!({"access": "maintain"}), vec!["/data/attributes/access"]),
        (json!({"access": "custom", "runs": "all"}), vec!["/data/attributes/runs"]),
        (
            json!({"access": "custom", "rights": ["lock", "fly", "manage-teams"]}),
            vec!["/data/attributes/rights/1", "/data/attributes/rights/2"],
        ),
        (
            json!({"access": "read", "runs": "apply", "workspace-locking": true}),
            vec!["/data/attributes/runs", "/data/attributes/workspace-locking"],
        ),
    ] {
        let refused = at_workspace(&owner, &workspace, &id, attributes).await.expect(422);
        assert_eq!(pointers(&refused), expected);
    }
    let wrong = json!({"access": "custom", "project-access": {"settings": "none"},
        "workspace-access": {"variables": "all"}});
    let refused = at_project(&owner, &project, &id, wrong).await.expect(422);
    let mut found = pointers(&refused);
    found.sort();
    assert_eq!(
        found,
        ["/data/attributes/project-access/settings", "/data/attributes/workspace-access/variables"]
    );
    let kind = json!({"access": "custom", "workspace-access": {"locking": "yes"}});
    at_project(&owner, &project, &id, kind).await.expect(422);
    // The team: unknown, the owners, or there already.
    let owners = ids(&owner.get("organizations/acme/teams").await.expect(200)).swap_remove(0);
    at_workspace(&owner, &workspace, &id, json!({"access": "read"})).await.expect(201);
    for team in ["team-AAAAAAAAAAAAAAAA", "core", &owners, &id] {
        let refused = at_workspace(&owner, &workspace, team, json!({"access": "read"})).await;
        assert_eq!(pointers(&refused.expect(422)), ["/data/relationships/team"], "{team}");
    }
    at_workspace(&owner, "ws-AAAAAAAAAAAAAAAA", &id, json!({"access": "read"})).await.expect(404);
    at_project(&owner, "prj-AAAAAAAAAAAAAAAA", &id, json!({"access": "read"})).await.expect(404);
    owner.get("team-workspaces").await.expect(400);
    owner.get("team-projects").await.expect(400);
    owner.get("team-projects?filter[project][id]=x").await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn levels_mean_what_they_say() {
    let server = TestServer::start().await;
    let (owner, member) = (server.owner().await, server.member().await);
    let workspace = owner.workspace("network").await;
    cycle(&owner, &workspace, 1, LINEAGE).await;
    let id = team_of_member(&owner).await;
    let state = format!("workspaces/{workspace}/current-state-version");
    let outputs = format!("workspaces/{workspace}/current-state-version-outputs");
    let lock = format!("workspaces/{workspace}/actions/lock");
    let unlock = format!("workspaces/{workspace}/actions/unlock");
    let made = at_workspace(&owner, &workspace, &id, json!({"access": "read"})).await.expect(201);
    let path = format!("team-workspaces/{}", made.id());
    member.get(&state).await.expect(200);
    member.post_empty(&lock).await.expect(403);
    for (attributes, reads, lists, locks) in [
        (json!({"access": "write"}), 200, 200, true),
        (json!({"access": "custom", "state-versions": "none"}), 403, 403, true),
        (json!({"rights": ["read-outputs"], "workspace-locking": false}), 403, 200, false),
        (json!({"rights": ["read-state", "lock"]}), 200, 403, true),
    ] {
        let text = attributes.to_string();
        owner.patch(&path, resource("team-workspaces", attributes)).await.expect(200);
        assert_eq!(member.get(&state).await.status, reads, "{text}");
        assert_eq!(member.get(&outputs).await.status, lists, "{text}");
        let status = member.post_empty(&lock).await.status;
        assert_eq!(status, if locks { 200 } else { 403 }, "{text}");
        if locks {
            member.post_empty(&unlock).await.expect(200);
        }
    }
    owner.delete(&path).await.expect(204);
    member.get(&state).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_grants_more_than_they_hold() {
    let server = TestServer::start().await;
    let (owner, member) = (server.owner().await, server.member().await);
    let workspace = owner.workspace("network").await;
    let project = default_project(&owner).await;
    let keepers = team_of_member(&owner).await;
    let other = team(&owner, "other", json!({"visibility": "organization"})).await;
    let custom = json!({"access": "custom", "rights": ["manage-access", "read-state"]});
    let own = at_workspace(&owner, &workspace, &keepers, custom).await.expect(201).id();
    let own = format!("team-workspaces/{own}");
    // Their own team gets no more than it has, and no other does.
    let more = json!({"rights": ["manage-access", "read-state", "write-state"]});
    let refused = member.patch(&own, resource("team-workspaces", more)).await.expect(403);
    assert!(refused.error().contains("write-state"), "{}", refused.text());
    for access in ["read", "plan", "write", "admin"] {
        at_workspace(&member, &workspace, &other, json!({"access": access})).await.expect(403);
    }
    let less = json!({"access": "custom", "rights": ["read-state"]});
    let made = at_workspace(&member, &workspace, &other, less).await.expect(201).id();
    let made = format!("team-workspaces/{made}");
    // What others granted may be kept and taken away, but not added to.
    let change = resource("team-workspaces", json!({"access": "admin"}));
    owner.patch(&made, change).await.expect(200);
    let change = resource("team-workspaces", json!({"access": "write"}));
    member.patch(&made, change).await.expect(200);
    let change = resource("team-workspaces", json!({"access": "admin"}));
    member.patch(&made, change).await.expect(403);
    member.delete(&made).await.expect(204);
    // The project is above.
    at_project(&member, &project, &other, json!({"access": "read"})).await.expect(403);
    // An administrator of the project grants all of it.
    at_project(&owner, &project, &keepers, json!({"access": "admin"})).await.expect(201);
    at_project(&member, &project, &other, json!({"access": "admin"})).await.expect(201);
    at_workspace(&member, &workspace, &other, json!({"access": "admin"})).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_those_who_manage_access_see_who_has_it() {
    let server = TestServer::start().await;
    let (owner, writer) = (server.owner().await, server.writer().await);
    let (admin, stranger) = (server.project_admin().await, server.stranger().await);
    let workspace = owner.workspace("network").await;
    let project = default_project(&owner).await;
    let id = team(&owner, "hidden", json!({"visibility": "secret"})).await;
    let one = at_workspace(&owner, &workspace, &id, json!({"access": "read"})).await.expect(201);
    let two = at_project(&owner, &project, &id, json!({"access": "read"})).await.expect(201);
    let lists = [
        format!("team-workspaces?filter[workspace][id]={workspace}"),
        format!("team-projects?filter[project][id]={project}"),
    ];
    let grants = [format!("team-workspaces/{}", one.id()), format!("team-projects/{}", two.id())];
    for path in lists.iter().chain(&grants) {
        writer.get(path).await.expect(403);
        stranger.get(path).await.expect(404);
        owner.get(path).await.expect(200);
    }
    // A secret team is not there for an administrator who may not see it.
    for path in &grants {
        admin.get(path).await.expect(404);
        admin.delete(path).await.expect(404);
    }
    assert_eq!(ids(&admin.get(&lists[0]).await.expect(200)), [] as [String; 0]);
    let refused = at_workspace(&admin, &workspace, &id, json!({"access": "read"})).await;
    assert_eq!(pointers(&refused.expect(422)), ["/data/relationships/team"]);
}

/// The explanation for one actor.
async fn explained(caller: &Caller, workspace: &str, actor: &str) -> Answer {
    caller.get(&format!("workspaces/{workspace}/access-explanation?actor={actor}")).await
}

/// Through what, at what kind of place, with which level.
fn grants(answer: &Answer) -> Vec<(String, String, String)> {
    let list = answer.attribute("grants").as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let one = |grant: &Value| {
        (text(&grant["through"]["name"]), text(&grant["at"]["type"]), text(&grant["access"]))
    };
    list.iter().map(one).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_explanation_has_this_shape() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let workspace = owner.workspace("network").await;
    let id = team_of_member(&owner).await;
    let project = default_project(&owner).await;
    at_project(&owner, &project, &id, json!({"access": "read"})).await.expect(201);
    let custom = json!({"access": "custom", "rights": ["lock", "write-state"]});
    at_workspace(&owner, &workspace, &id, custom).await.expect(201);
    let answer = explained(&owner, &workspace, "member").await.expect(200);
    let mut document = redacted(&answer, &server.url());
    document["data"]["id"] = "[id]".into();
    insta::assert_json_snapshot!(document);
    // Together the parts are the rights.
    let parts = answer.attribute("grants");
    let mut union: Vec<Value> = parts
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|grant| grant["rights"].as_array().unwrap().clone())
        .collect();
    union.sort_by_key(ToString::to_string);
    union.dedup();
    let mut rights = answer.attribute("rights").as_array().unwrap().clone();
    rights.sort_by_key(ToString::to_string);
    assert_eq!(union, rights);
}

#[tokio::test(flavor = "multi_thread")]
async fn explanations_name_everybody_who_reads_or_writes() {
    let server = TestServer::start().await;
    let (owner, _writer) = (server.owner().await, server.writer().await);
    server.another_member("idle").await;
    let workspace = owner.workspace("network").await;
    let hidden = team(&owner, "hidden", json!({"visibility": "secret"})).await;
    add(&owner, &hidden, &["member"]).await.expect(204);
    let custom = json!({"access": "custom", "rights": ["read-outputs"]});
    at_workspace(&owner, &workspace, &hidden, custom).await.expect(201);
    let path = format!("workspaces/{workspace}/access-explanation");
    let names = |answer: &Answer| -> Vec<Value> {
        answer.attributes("actor").iter().map(|actor| actor["name"].clone()).collect()
    };
    let all = owner.get(&path).await.expect(200);
    assert_eq!(names(&all), ["member", "owner", "writer", "root"]);
    assert_eq!(all.attributes("can-read-state"), [false, true, true, true]);
    assert_eq!(all.attributes("can-read-outputs"), [true; 4]);
    assert_eq!(all.attributes("can-write-state"), [false, true, true, true]);
    assert_eq!(all.at("/data/3/attributes/grants/0/through/type"), "site-administrators");
    assert_eq!(names(&owner.get(&format!("{path}?q=WRI")).await.expect(200)), ["writer"]);
    let paged = owner.get(&format!("{path}?page[size]=3&page[number]=2")).await.expect(200);
    assert_eq!(names(&paged), ["root"]);
    // Whoever manages access here and may not see the team learns that there is one.
    let admin = server.project_admin().await;
    let seen = explained(&admin, &workspace, "member").await.expect(200);
    let through = seen.at("/data/attributes/grants/0/through");
    assert_eq!(through, json!({"type": "teams", "id": null, "name": null}));
    assert!(!seen.text().contains("hidden"));
}

#[tokio::test(flavor = "multi_thread")]
async fn explanations_of_others_need_the_right() {
    let server = TestServer::start().await;
    let (owner, writer, member) =
        (server.owner().await, server.writer().await, server.member().await);
    let workspace = owner.workspace("network").await;
    let path = format!("workspaces/{workspace}/access-explanation");
    writer.get(&path).await.expect(403);
    explained(&writer, &workspace, "owner").await.expect(403);
    explained(&writer, &workspace, "nobody").await.expect(403);
    member.get(&path).await.expect(404);
    explained(&member, &workspace, "member").await.expect(404);
    let own = explained(&writer, &workspace, "writer").await.expect(200);
    let expected = ("writers".to_owned(), "projects".to_owned(), "write".to_owned());
    assert_eq!(grants(&own), [expected]);
    let user = writer.get("account/details").await.expect(200).id();
    explained(&writer, &workspace, &user).await.expect(200);
    // Nobody else is told of.
    for actor in ["nobody", "stranger", "owner@example.com", "team-AAAAAAAAAAAAAAAA"] {
        explained(&owner, &workspace, actor).await.expect(404);
    }
    let none = explained(&owner, &workspace, "member").await.expect(200);
    assert_eq!((none.attribute("rights"), none.attribute("grants")), (json!([]), json!([])));
}

#[tokio::test(flavor = "multi_thread")]
async fn teams_tokens_and_keys_are_explained() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let workspace = owner.workspace("network").await;
    let id = team_of_member(&owner).await;
    at_workspace(&owner, &workspace, &id, json!({"access": "write"})).await.expect(201);
    let of_team = explained(&owner, &workspace, &id).await.expect(200);
    assert_eq!(of_team.attribute("actor")["type"], "teams");
    assert_eq!(of_team.attribute("can-write-state"), true);
    let body = resource("authentication-tokens", json!({"description": "ci of core"}));
    let path = format!("teams/{id}/authentication-tokens");
    let token = owner.post(&path, body).await.expect(201).id();
    let of_token = explained(&owner, &workspace, &token).await.expect(200);
    assert_eq!(of_token.attribute("rights"), of_team.attribute("rights"));
    assert_eq!(grants(&of_token)[0].0, "core");
    let all = owner.get(&format!("workspaces/{workspace}/access-explanation")).await.expect(200);
    let actors = all.attributes("actor");
    let listed = actors.iter().find(|actor| actor["id"] == token.as_str());
    assert_eq!(listed.unwrap()["type"], "authentication-tokens");
    // A token of a person is what the person is.
    let user = owner.get("account/details").await.expect(200).id();
    let tokens = owner.get(&format!("users/{user}/authentication-tokens")).await.expect(200);
    let own = explained(&owner, &workspace, &ids(&tokens)[0]).await.expect(200);
    assert_eq!(own.attribute("can-write-state"), true);
    assert_eq!(
        grants(&own)[0],
        ("owners".to_owned(), "organizations".to_owned(), "owner".to_owned())
    );
    explained(&owner, &workspace, "at-AAAAAAAAAAAAAAAA").await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn sharing_is_explained_as_it_is_decided() {
    let server = TestServer::start().await;
    let (owner, member) = (server.owner().await, server.member().await);
    let (shared, consumer) = (owner.workspace("shared").await, owner.workspace("consumer").await);
    cycle(&owner, &shared, 1, LINEAGE).await;
    let id = team_of_member(&owner).await;
    at_workspace(&owner, &consumer, &id, json!({"access": "write"})).await.expect(201);
    let state = format!("workspaces/{shared}/current-state-version");
    let through = async || {
        let explained = explained(&owner, &shared, "member").await.expect(200);
        let reads = explained.attribute("can-read-state") == json!(true);
        assert_eq!(member.get(&state).await.status, if reads { 200 } else { 404 });
        assert_eq!(explained.attribute("can-write-state"), false);
        let all = owner.get(&format!("workspaces/{shared}/access-explanation")).await.expect(200);
        let listed = all.attributes("actor").iter().any(|actor| actor["name"] == "member");
        assert_eq!(listed, reads);
        explained.at("/data/attributes/grants/0/through/name")
    };
    assert_eq!(through().await, Value::Null);
    let consumers = json!({"data": [{"type": "workspaces", "id": consumer}]});
    let path = format!("workspaces/{shared}/relationships/remote-state-consumers");
    owner.post(&path, consumers.clone()).await.expect(204);
    assert_eq!(through().await, "consumer");
    owner.delete_with(&path, consumers).await.expect(204);
    assert_eq!(through().await, Value::Null);
    let change = resource("workspaces", json!({"global-remote-state": true}));
    owner.patch(&format!("workspaces/{shared}"), change).await.expect(200);
    assert_eq!(through().await, "organization");
}

#[tokio::test(flavor = "multi_thread")]
async fn grants_end_with_what_they_hang_on() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let workspace = owner.workspace("network").await;
    let id = team_of_member(&owner).await;
    let made = at_workspace(&owner, &workspace, &id, json!({"access": "read"})).await.expect(201);
    let path = format!("team-workspaces/{}", made.id());
    owner.delete(&format!("teams/{id}")).await.expect(204);
    owner.get(&path).await.expect(404);
    let id = team_of_member(&owner).await;
    let made = at_workspace(&owner, &workspace, &id, json!({"access": "read"})).await.expect(201);
    owner.delete(&format!("workspaces/{workspace}")).await.expect(204);
    owner.get(&format!("team-workspaces/{}", made.id())).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn to_move_a_workspace_is_a_right_of_its_own_and_gives_its_mover_nothing() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let project = async |name: &str| {
        let body = resource("projects", json!({"name": name}));
        owner.post("organizations/acme/projects", body).await.expect(201).id()
    };
    let (other, plain) = (project("other").await, project("plain").await);
    let workspace = owner.workspace("network").await;
    server.join("mover").await;
    let team = server.team("acme", "movers").await.with("mover").await;
    team.at_workspace(&workspace, json!({"rights": ["move-workspace"]})).await;
    team.at_project(&other, "admin").await;
    team.at_project(&plain, json!({"move": true})).await;
    let mover = server.caller("mover").await;
    let to = |project: &str, attributes: Value| {
        json!({"data": {"type": "workspaces", "attributes": attributes, "relationships": {
            "project": {"data": {"type": "projects", "id": project}}}}})
    };
    let path = format!("workspaces/{workspace}");
    // There they would be its administrator.
    mover.patch(&path, to(&other, json!({}))).await.expect(403);
    mover.patch(&path, to(&plain, json!({"description": "new"}))).await.expect(403);
    mover.patch(&path, to(&plain, json!({}))).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_workspace_shows_what_one_may_see() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let workspace = owner.workspace("network").await;
    cycle(&owner, &workspace, 1, LINEAGE).await;
    for (name, rights, state, outputs) in [
        ("breaker", json!(["force-unlock"]), false, false),
        ("keeper", json!(["manage-access"]), false, false),
        ("reader", json!(["read-state"]), true, false),
        ("consumer", json!(["read-outputs"]), false, true),
    ] {
        server.join(name).await;
        let team = server.team("acme", name).await.with(name).await;
        team.at_workspace(&workspace, json!({"rights": rights})).await;
        let browser = server.browser_of(name).await;
        let page = browser.get("/app/acme/workspaces/network").await.expect(200);
        let shows = |text: &str| page.text().contains(text);
        assert_eq!(shows("Lineage"), state, "{name}");
        assert_eq!(shows("The state is not shown"), !state, "{name}");
        assert_eq!(shows("outputs-section"), outputs, "{name}");
    }
}
