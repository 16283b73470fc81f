//! `organizations/:org/trusted-issuers` and `trusted-issuers/:id`. What they do for CI jobs is in
//! `workloads`.

use serde_json::{Value, json};
use testkit::{Answer, Caller, Issuer, TestServer};

use crate::fixtures::{ids, redacted, resource};

const LIST: &str = "organizations/acme/trusted-issuers";
const GITHUB: &str = "https://token.actions.githubusercontent.com";

fn body(attributes: Value) -> Value {
    let mut all = json!({
        "name": "github",
        "issuer": GITHUB,
        "rules": [{"claim": "repository", "equals": "acme/app"}],
        "level": "read",
    });
    all.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
    resource("trusted-issuers", all)
}

fn at(mut body: Value, name: &str, kind: &str, id: &str) -> Value {
    body["data"]["relationships"][name] = json!({"data": {"type": kind, "id": id}});
    body
}

async fn make(caller: &Caller, attributes: Value) -> Answer {
    caller.post(LIST, body(attributes)).await
}

async fn default_project(owner: &Caller) -> String {
    let list = owner.get("organizations/acme/projects").await.expect(200);
    ids(&list).remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trusted_issuer_has_this_shape() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let workspace = owner.workspace("app").await;
    let new = body(json!({
        "audience": "stateward",
        "rules": [
            {"claim": "repository", "equals": "acme/app"},
            {"claim": "ref", "like": "refs/heads/release-*"},
            {"claim": "environment", "one-of": ["stage", "prod"]},
        ],
        "level": "custom",
        "rights": ["read-outputs", "lock"],
    }));
    let made = owner.post(LIST, at(new, "workspace", "workspaces", &workspace)).await.expect(201);
    insta::assert_json_snapshot!(redacted(&made, &server.url()));
    let read = owner.get(&format!("trusted-issuers/{}", made.id())).await.expect(200);
    assert_eq!(read.json(), made.json());
    let list = owner.get(LIST).await.expect(200);
    assert_eq!(list.at("/data/0"), made.at("/data"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_named() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    make(&owner, json!({})).await.expect(201);
    let issuer = Issuer::start().await;
    let private = json!({"keys": [{"kty": "EC", "crv": "P-256", "d": "AA"}]});
    for (attributes, pointer) in [
        (json!({}), "name"),
        (json!({"name": "GitHub"}), "name"),
        (json!({"name": " "}), "name"),
        (json!({"name": "a\nb"}), "name"),
        (json!({"name": "x".repeat(91)}), "name"),
        (json!({"name": null}), "name"),
        (json!({"issuer": null}), "issuer"),
        (json!({"issuer": ""}), "issuer"),
        (json!({"issuer": "token.actions.githubusercontent.com"}), "issuer"),
        (json!({"issuer": "http://issuer.example"}), "issuer"),
        (json!({"issuer": "https://127.0.0.1"}), "issuer"),
        (json!({"issuer": "https://user:password@issuer.example"}), "issuer"),
        (json!({"issuer": "https://issuer.example/a b"}), "issuer"),
        (json!({"audience": "a b"}), "audience"),
        (json!({"audience": "x".repeat(1001)}), "audience"),
        (json!({"rules": []}), "rules"),
        (json!({"rules": null}), "rules"),
        (json!({"rules": [{"claim": "repository", "like": "*"}]}), "rules"),
        (json!({"rules": [{"claim": "ref", "equals": "refs/heads/main"}]}), "rules"),
        (json!({"rules": [{"claim": "repository", "equals": "a"}, {"claim": "ref"}]}), "rules/1"),
        (json!({"rules": [{"claim": "repository", "matches": "a"}]}), "rules/0"),
        (json!({"keys-url": "http://issuer.example/keys"}), "keys-url"),
        (json!({"keys-url": "https://10.0.0.1/keys"}), "keys-url"),
        (json!({"keys": "nonsense"}), "keys"),
        (json!({"keys": {"keys": []}}), "keys"),
        (json!({"keys": private}), "keys"),
        (json!({"keys": issuer.keys(), "keys-url": "https://issuer.example"}), "keys-url"),
        (json!({"level": null}), "level"),
        (json!({"level": "plan"}), "level"),
        (json!({"level": "god"}), "level"),
        (json!({"level": "custom", "rights": ["lock"]}), "level"),
        (json!({"level": "read", "rights": ["lock"]}), "rights"),
    ] {
        let mut attributes = attributes;
        if attributes.get("name").is_none() && pointer != "name" {
            attributes["name"] = json!("another");
        }
        let refused = make(&owner, attributes.clone()).await;
        assert_eq!(refused.status, 422, "{attributes}: {}", refused.text());
        let expected = format!("/data/attributes/{pointer}");
        assert_eq!(refused.at("/errors/0/source/pointer"), expected.as_str(), "{attributes}");
    }
    let wrong_kind =
        at(body(json!({"name": "x"})), "workspace", "projects", "prj-AAAAAAAAAAAAAAAA");
    owner.post(LIST, wrong_kind).await.expect(422);
    for (name, kind, id) in [
        ("workspace", "workspaces", "ws-AAAAAAAAAAAAAAAA"),
        ("project", "projects", "prj-AAAAAAAAAAAAAAAA"),
        ("team", "teams", "team-AAAAAAAAAAAAAAAA"),
    ] {
        owner.post(LIST, at(body(json!({"name": "x"})), name, kind, id)).await.expect(404);
    }
    assert_eq!(ids(&owner.get(LIST).await).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_are_set_cleared_and_left() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let issuer = Issuer::start().await;
    let made = make(&owner, json!({"audience": "a", "keys": issuer.keys()})).await.expect(201);
    let path = format!("trusted-issuers/{}", made.id());
    let patch = async |body: Value| owner.patch(&path, body).await.expect(200);
    let same = patch(resource("trusted-issuers", json!({}))).await;
    for name in ["name", "issuer", "audience", "rules", "keys", "level", "created-at"] {
        assert_eq!(same.attribute(name), made.attribute(name), "{name}");
    }
    let project = default_project(&owner).await;
    let changed = resource(
        "trusted-issuers",
        json!({"name": "ci", "audience": null, "keys": null,
        "rules": [{"claim": "sub", "like": "repo:acme/*"}], "level": "maintain"}),
    );
    let changed = patch(at(changed, "project", "projects", &project)).await;
    assert_eq!(changed.attribute("name"), "ci");
    assert_eq!(changed.attribute("audience"), "");
    assert_eq!(changed.attribute("keys"), Value::Null);
    assert_eq!(changed.attribute("level"), "maintain");
    assert_eq!(changed.at("/data/relationships/project/data/id"), project.as_str());
    let url = resource("trusted-issuers", json!({"keys-url": "https://issuer.example/keys"}));
    assert_eq!(patch(url).await.attribute("keys-url"), "https://issuer.example/keys");
    let mut whole = resource("trusted-issuers", json!({"level": "read"}));
    whole["data"]["relationships"] = json!({"project": {"data": null}});
    assert_eq!(patch(whole).await.at("/data/relationships/project/data"), Value::Null);
    owner.delete(&path).await.expect(204);
    owner.get(&path).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_listed_by_name_in_pages_and_found() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    for number in 0..25 {
        make(&owner, json!({"name": format!("job {number:02}")})).await.expect(201);
    }
    make(&owner, json!({"name": "Gitlab", "issuer": "https://Gitlab.example"})).await.expect(201);
    let second =
        owner.get(&format!("{LIST}?page%5Bnumber%5D=2&page%5Bsize%5D=10")).await.expect(200);
    assert_eq!(second.attributes("name")[0], "job 09");
    assert_eq!(second.at("/meta/pagination/total-count"), 26);
    for (query, expected) in [("gitlab", 1), ("JOB 1", 10), ("githubusercontent", 25), ("%25", 0)] {
        let found = owner.get(&format!("{LIST}?q={}", query.replace(' ', "%20"))).await.expect(200);
        assert_eq!(found.at("/meta/pagination/total-count"), expected, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_manages_a_place_manages_its_trusts_and_sees_no_others() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let project = default_project(&owner).await;
    let (admin, writer) = (server.project_admin().await, server.writer().await);
    let (member, stranger) = (server.member().await, server.stranger().await);
    let everywhere = make(&owner, json!({"name": "everywhere"})).await.expect(201).id();
    let at_project = |name: &str, level: &str| {
        at(body(json!({"name": name, "level": level})), "project", "projects", &project)
    };
    let mine = admin.post(LIST, at_project("mine", "admin")).await.expect(201).id();
    for (caller, expected) in [(&owner, 2), (&admin, 1), (&writer, 0), (&member, 0)] {
        assert_eq!(ids(&caller.get(LIST).await.expect(200)).len(), expected);
    }
    stranger.get(LIST).await.expect(404);
    for caller in [&writer, &member, &stranger] {
        for id in [&everywhere, &mine] {
            let path = format!("trusted-issuers/{id}");
            caller.get(&path).await.expect(404);
            caller.patch(&path, resource("trusted-issuers", json!({}))).await.expect(404);
            caller.delete(&path).await.expect(404);
        }
    }
    admin.get(&format!("trusted-issuers/{everywhere}")).await.expect(404);
    writer.post(LIST, at_project("writers", "read")).await.expect(403);
    admin.post(LIST, body(json!({"name": "more"}))).await.expect(403);
    member.post(LIST, body(json!({"name": "more"}))).await.expect(403);
    stranger.post(LIST, body(json!({"name": "more"}))).await.expect(404);
    // What is at a project is seen through its address, and made there; nothing else is.
    let narrow = "organizations/acme.default/trusted-issuers";
    assert_eq!(ids(&owner.get(narrow).await.expect(200)), [mine]);
    let here = owner.post(narrow, body(json!({"name": "here"}))).await.expect(201);
    assert_eq!(here.at("/data/relationships/project/data/id"), project.as_str());
    assert_eq!(ids(&owner.get(narrow).await.expect(200)).len(), 2);
    let team = server.team("acme", "robots").await.id.to_string();
    let as_team = at(body(json!({"name": "team", "level": null})), "team", "teams", &team);
    owner.post(narrow, as_team).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_more_than_they_have() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let project = default_project(&owner).await;
    let rights =
        json!({"rights": ["read-workspace", "read-outputs", "manage-access"], "teams": "manage"});
    let warden = server.somebody_at_default("warden", rights).await;
    let at_project = |name: &str, level: &str| {
        at(body(json!({"name": name, "level": level})), "project", "projects", &project)
    };
    for level in ["read", "write", "maintain", "admin"] {
        let refused = warden.post(LIST, at_project(level, level)).await.expect(403);
        assert!(refused.error().contains("more than they may do"), "{}", refused.error());
    }
    let mut outputs = at_project("outputs", "custom");
    outputs["data"]["attributes"]["rights"] = json!(["read-outputs"]);
    warden.post(LIST, outputs).await.expect(201);
    // Nor do they change whom what they could not give is given to.
    let more = owner.post(LIST, at_project("more", "admin")).await.expect(201).id();
    let change = json!({"rules": [{"claim": "repository", "equals": "warden/own"}]});
    let path = format!("trusted-issuers/{more}");
    warden.patch(&path, resource("trusted-issuers", change)).await.expect(403);
    // A team's is for those who manage teams; the owners' for owners.
    let team = server.team("acme", "robots").await.id.to_string();
    let as_team =
        |name: &str, id: &str| at(body(json!({"name": name, "level": null})), "team", "teams", id);
    warden.post(LIST, as_team("robots", &team)).await.expect(403);
    // Whoever keeps the teams lets nobody in as one that may do more than they.
    server.join("keeper").await;
    server.team("acme", "keepers").await.with("keeper").await.everywhere("manage-teams").await;
    let keeper = server.caller("keeper").await;
    let strong = server.team("acme", "strong").await;
    strong.everywhere("manage-workspaces").await;
    keeper.post(LIST, as_team("strong", &strong.id.to_string())).await.expect(403);
    keeper.post(LIST, as_team("weak", &team)).await.expect(201);
    let made = owner.post(LIST, as_team("robots", &team)).await.expect(201);
    assert_eq!(made.attribute("level"), Value::Null);
    assert_eq!(made.at("/data/relationships/team/data/id"), team.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_make_change_and_delete_them() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    owner.workspace("network").await;
    let browser = server.browser_of("owner").await;
    let list = "/app/acme/settings/trusted-issuers";
    assert!(browser.get(list).await.expect(200).text().contains("No trusted issuers"));
    browser.get(&format!("{list}/new")).await.expect(200);
    let form = |rules: &'static str, workspace: &'static str| {
        [
            ("name", "Deploy"),
            ("issuer", GITHUB),
            ("rules", rules),
            ("level", "write"),
            ("workspace", workspace),
        ]
    };
    let wrong = browser.submit(list, &form("repository", "nothing")).await.expect(422).text();
    for expected in ["Line 1 is no rule", "There is no workspace of this name", "repository"] {
        assert!(wrong.contains(expected), "{expected}");
    }
    let made = browser.submit(list, &form("repository = acme/app", "network")).await.expect(303);
    let path = made.header("location").unwrap().split('?').next().unwrap().to_owned();
    let shown = browser.get(&path).await.expect(200).text();
    for expected in ["at workspace <strong>network", "repository = acme/app", "GitHub Actions"] {
        assert!(shown.contains(expected), "{expected}");
    }
    let changed = form("repository ~ acme/*", "network");
    browser.submit(&path, &changed).await.expect(303);
    let row = browser.get(list).await.expect(200).text();
    assert!(row.contains("repository ~ acme/*") && row.contains("write at workspace"), "{row}");
    let found = owner.get(LIST).await.expect(200);
    assert_eq!(found.at("/data/0/attributes/rules/0/like"), "acme/*");
    // Nobody else sees it, and a form of nobody's does nothing.
    let reader = {
        server.reader().await;
        server.browser_of("reader").await
    };
    reader.get(&path).await.expect(404);
    reader.submit(&format!("{path}/delete"), &[]).await.expect(404);
    browser.post(&format!("{path}/delete"), &[("csrf", "x")]).await.expect(403);
    browser.submit(&format!("{path}/delete"), &[]).await.expect(303);
    browser.get(&path).await.expect(404);
}
