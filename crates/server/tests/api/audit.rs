//! The audit trail: what is recorded, what it tells, and who reads it.

use std::collections::{HashMap, HashSet};

use identity::audit::AuditRecord;
use kernel::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Caller, TestServer};

use crate::{
    fixtures::{LINEAGE, create, cycle, ids, lock, resource, state},
    world::{Plea, World},
};

/// Every record there is, the oldest first, once those of denied attempts are written.
async fn records(server: &TestServer) -> Vec<AuditRecord> {
    let identity = server.app().identity();
    identity.tend_audit().await.unwrap();
    let (mut all, mut after) = (Vec::new(), (Timestamp::from_micros(0), String::new()));
    let end = Timestamp::from_micros(i64::MAX);
    loop {
        let step = identity.export_audit_records(after, end, None, 5_000).await.unwrap();
        let Some(last) = step.last() else { return all };
        after = (last.at, last.id.clone());
        all.extend(step);
    }
}

/// What is told of a request: `read state-versions part=state`, sorted.
async fn told(server: &TestServer, answer: &Answer) -> Vec<String> {
    let request = answer.header("x-request-id").unwrap().to_owned();
    let all = records(server).await;
    let mut told: Vec<String> =
        all.iter().filter(|record| record.request_id == request).map(words).collect();
    told.sort();
    told
}

fn words(record: &AuditRecord) -> String {
    let part = record.details().get("part").and_then(Value::as_str).map(str::to_owned);
    let part = part.map_or_else(String::new, |part| format!(" {part}"));
    let denied = if record.is_done() { "" } else { " denied" };
    format!("{} {}{part}{denied}", record.action, record.resource_kind)
}

/// What changes nothing, although it is no GET; and why.
const CHANGES_NOTHING: &[(&str, &str)] = &[
    ("/api/v2/workspaces/{id}/relationships/ssh-key", "there are none, so none is taken away"),
    (
        "/app/{organization}/workspaces/{workspace}/states/{version}/download",
        "gives the way to the bytes; who takes it is recorded",
    ),
    ("/app/credentials/leases/revoke", "no lease is there; credentials_pages.rs revokes one"),
    ("/app/credentials/leases/revoke-prefix", "the same"),
    ("/app/sign-in/code", "leads back to signing in where nobody has begun to"),
    ("/app/sign-in/second-factor", "the same"),
];

/// What must be asked first, so that there is something to change; and for what.
const FIRST: &[(&str, &str, &str)] = &[
    ("DELETE", "/api/v2/teams/{id}/relationships/users", "POST"),
    ("DELETE", "/api/v2/teams/{id}/relationships/organization-memberships", "POST"),
    ("POST", "/api/v2/varsets/{id}/relationships/projects", "DELETE"),
];

/// Pages whose form, in the fixture, takes somebody out of a team who is not in it.
const NOTHING_TO_CHANGE: &str = "/app/{organization}/settings/teams/{team}/members/remove";

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_changed_is_recorded() {
    let mut world = World::new().await;
    let routes = world.server.app().routes();
    let (mut asked, mut secrets) = (Vec::new(), HashSet::new());
    for entry in routes.entries() {
        let changes = !matches!(entry.method, "GET" | "*");
        if !changes
            || entry.path == NOTHING_TO_CHANGE
            || CHANGES_NOTHING.iter().any(|(path, _)| *path == entry.path)
        {
            continue;
        }
        let plea = Plea::of(entry.method, entry.path);
        let first =
            FIRST.iter().find(|(method, path, _)| (*method, *path) == (entry.method, entry.path));
        for role in ["owner", "writer", "member", "root", "anonymous"] {
            if let Some((_, path, method)) = first {
                world.things.set("new", "before".to_owned());
                let first = Plea::of(method, path);
                world.send(role, &first, &world.things, &world.things).await;
            }
            for name in ["org-token", "team-token", "token-value", "blob"] {
                secrets.insert(world.things.get(name).to_owned());
            }
            let answer = world.ask(role, &plea).await;
            let refused =
                answer.header("location").is_some_and(|to| to.starts_with("/app/sign-in"));
            if answer.status < 400 && !refused {
                let request = answer.header("x-request-id").unwrap().to_owned();
                asked.push((format!("{} {}", entry.method, entry.path), request));
                break;
            }
        }
    }
    assert!(asked.len() > 60, "{}", asked.len());
    let all = records(&world.server).await;
    let known: HashSet<&str> = all.iter().map(|record| record.request_id.as_str()).collect();
    let forgotten: Vec<_> =
        asked.iter().filter(|(_, request)| !known.contains(request.as_str())).collect();
    assert!(forgotten.is_empty(), "no record tells of: {forgotten:#?}");

    // And whatever is told, no secret is.
    secrets.extend(["owner", "member", "root"].map(|name| format!("the password of {name}")));
    for record in &all {
        let text = serde_json::to_string(&record.json()).unwrap();
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{text}");
        }
    }
    let found = world.server.app().identity().verify_audit(&[]).await.unwrap();
    assert!(found.is_sound(), "{found:?}");
}

/// What refuses nobody, although it is not found; or what is not told apart from the attempt that the
/// fixture makes before.
const DENIES_NOTHING: &[(&str, &str)] = &[
    ("/app/sign-in/oidc", "there is no other server to sign in at"),
    ("/app/sign-in/oidc/callback", "the same"),
    ("/api/v2/workspaces/{id}/actions/unlock", "they tried to lock it first"),
    ("/api/v2/workspaces/{workspace}/state-versions", "the same"),
];

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_denied_is_recorded() {
    let mut world = World::new().await;
    let routes = world.server.app().routes();
    let mut asked = Vec::new();
    for entry in routes.entries() {
        if entry.method == "*" || DENIES_NOTHING.iter().any(|(path, _)| *path == entry.path) {
            continue;
        }
        let plea = Plea::of(entry.method, entry.path);
        for role in ["stranger", "member", "reader"] {
            let answer = world.ask(role, &plea).await;
            // Each for itself, however many there are.
            world.server.app().identity().finish_audit().await.unwrap();
            if matches!(answer.status, 403 | 404) {
                let request = answer.header("x-request-id").unwrap().to_owned();
                let status = answer.status;
                asked.push((format!("{} {} {role} {status}", entry.method, entry.path), request));
            }
        }
    }
    let all = records(&world.server).await;
    let denied = all.iter().filter(|record| !record.is_done());
    let known: HashSet<&str> = denied.map(|record| record.request_id.as_str()).collect();
    let forgotten: Vec<_> =
        asked.iter().filter(|(_, request)| !known.contains(request.as_str())).collect();
    assert!(forgotten.is_empty(), "no record tells of: {forgotten:#?}");
}

/// A state with an output in the open and a sensitive one.
const OUTPUTS: &str = r#"{"open": {"value": "in the open", "type": "string"},
    "hidden": {"value": "hunter2", "type": "string", "sensitive": true}}"#;

/// A workspace with such a state, and the ids of version and outputs.
async fn with_outputs(caller: &Caller) -> (String, String, HashMap<String, String>) {
    let workspace = caller.workspace("network").await;
    lock(caller, &workspace).await.expect(200);
    let outputs: Value = serde_json::from_str(OUTPUTS).unwrap();
    let bytes = json!({"version": 4, "terraform_version": "1.9.0", "serial": 1,
        "lineage": LINEAGE, "outputs": outputs, "resources": []});
    let bytes = bytes.to_string().into_bytes();
    let created = create(caller, &workspace, 1, LINEAGE, &bytes).await.expect(201);
    let url = |name: &str| created.attribute(name).as_str().unwrap().to_owned();
    caller.upload(&url("hosted-state-upload-url"), bytes).await.expect(200);
    caller.upload(&url("hosted-json-state-upload-url"), "{}").await.expect(200);
    let list = caller.get(&format!("state-versions/{}/outputs", created.id())).await.expect(200);
    let names = list.attributes("name").into_iter().map(|name| name.as_str().unwrap().to_owned());
    let outputs = names.zip(ids(&list)).collect();
    (workspace, created.id(), outputs)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reading_of_a_state_is_one_record() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let (workspace, version, outputs) = with_outputs(&owner).await;
    let read = owner.get(&format!("state-versions/{version}")).await.expect(200);
    let url = |name: &str| read.attribute(name).as_str().unwrap().to_owned();
    let (by_path, json_by_path) =
        (url("hosted-state-download-url"), url("hosted-json-state-download-url"));
    let nobody = server.anonymous();
    let hidden = &outputs["hidden"];
    for (caller, path, expected) in [
        (&owner, format!("state-versions/{version}/download"), vec!["read state-versions state"]),
        (&nobody, by_path, vec!["read state-versions state"]),
        (
            &owner,
            format!("state-versions/{version}/json-download"),
            vec!["read state-versions json-state"],
        ),
        (&nobody, json_by_path, vec!["read state-versions json-state"]),
        (&owner, format!("state-versions/{version}/outputs"), vec!["read state-versions outputs"]),
        (
            &owner,
            format!("workspaces/{workspace}/current-state-version-outputs"),
            vec!["read state-versions outputs"],
        ),
        (
            &owner,
            format!("workspaces/{workspace}/current-state-version?include=outputs"),
            vec!["read state-versions outputs"],
        ),
        (
            &owner,
            format!("workspaces/{workspace}?include=outputs"),
            vec!["read state-versions outputs"],
        ),
        (
            &owner,
            "organizations/acme/workspaces?include=current_state_version.outputs".to_owned(),
            vec!["read state-versions outputs"],
        ),
        (&owner, format!("state-version-outputs/{hidden}"), vec!["read state-version-outputs"]),
        // What is known about a state is no reading of it.
        (&owner, format!("state-versions/{version}"), vec![]),
        (&owner, format!("workspaces/{workspace}/current-state-version"), vec![]),
        (&owner, format!("workspaces/{workspace}/resources"), vec![]),
        (
            &owner,
            "state-versions?filter[organization][name]=acme&filter[workspace][name]=network"
                .to_owned(),
            vec![],
        ),
    ] {
        let answer = caller.get(&path).await.expect(200);
        assert_eq!(told(&server, &answer).await, expected, "{path}");
    }
    for record in records(&server).await {
        assert!(!serde_json::to_string(&record.json()).unwrap().contains("hunter2"));
        if record.action == "read" {
            assert_eq!((record.actor_name.as_str(), record.is_done()), ("owner", true));
            assert!(record.token.is_some(), "{record:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_that_show_outputs_are_readings_too() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let (.., outputs) = with_outputs(&owner).await;
    let browser = server.browser_of("owner").await;
    let page = "/app/acme/workspaces/network";
    let answer = browser.get(page).await.expect(200);
    assert!(answer.text().contains("in the open"));
    assert_eq!(told(&server, &answer).await, ["read state-versions outputs"]);

    let form = [("csrf", &*browser.csrf().await), ("output", &*outputs["hidden"])];
    let answer = browser.post(&format!("{page}/reveal"), &form).await.expect(200);
    assert!(answer.text().contains("hunter2"));
    let both = ["read state-version-outputs", "read state-versions outputs"];
    assert_eq!(told(&server, &answer).await, both);

    // What reads the lock again and again gets nothing else.
    let request = browser.request(Method::GET, page).header("stateward-part", "lock");
    let answer = owner.send(request).await.expect(200);
    assert!(!answer.text().contains("in the open"));
    assert_eq!(told(&server, &answer).await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_uploaded_by_path_is_recorded_for_whom_the_path_was_made() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let workspace = owner.workspace("network").await;
    lock(&owner, &workspace).await.expect(200);
    let bytes = state(1, LINEAGE);
    let created = create(&owner, &workspace, 1, LINEAGE, &bytes).await.expect(201);
    let url = created.attribute("hosted-state-upload-url");
    let answer = server.anonymous().upload(url.as_str().unwrap(), bytes).await.expect(200);
    let request = answer.header("x-request-id").unwrap();
    let all = records(&server).await;
    let record = all.iter().find(|record| record.request_id == request).unwrap();
    assert_eq!((record.action.as_str(), record.actor_name.as_str()), ("write", "owner"));
    assert_eq!(record.resource_id, created.id());
    assert_eq!(record.details()["serial"], 1);
    assert!(record.token.is_some() && record.address.is_some(), "{record:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn denied_attempts_of_known_people_are_recorded() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let workspace = owner.workspace("network").await;
    cycle(&owner, &workspace, 1, LINEAGE).await;
    let (stranger, member, reader) =
        (server.stranger().await, server.member().await, server.reader().await);
    let read_only = {
        let body = resource("", json!({"description": "looks", "read-only": true}));
        let user = owner.get("account/details").await.expect(200).id();
        let made = owner.post(&format!("users/{user}/authentication-tokens"), body).await;
        server.token(made.expect(201).attribute("token").as_str().unwrap())
    };
    let lock = format!("workspaces/{workspace}/actions/lock");
    let current = format!("workspaces/{workspace}/current-state-version");
    for (answer, status, expected) in [
        (stranger.get("organizations/acme").await, 404, "read-organization organizations denied"),
        (member.get(&current).await, 404, "read-workspace workspaces denied"),
        (reader.post_empty(&lock).await, 403, "lock workspaces denied"),
        (member.get("admin/audit-records").await, 403, "administer-site site denied"),
        (read_only.post_empty(&lock).await, 403, "change authentication-tokens denied"),
    ] {
        assert_eq!(answer.status, status, "{expected}");
        server.app().identity().finish_audit().await.unwrap();
        assert_eq!(told(&server, &answer).await, [expected]);
    }
    // Nobody knows these; and what is not there is denied to nobody.
    for answer in [
        server.anonymous().get("organizations/acme").await.expect(401),
        owner.get("organizations/nothing").await.expect(404),
        owner.get("workspaces/ws-0000000000000000").await.expect(404),
    ] {
        assert_eq!(told(&server, &answer).await, Vec::<String>::new());
    }
    let all = records(&server).await;
    let record = all.iter().find(|record| record.action == "lock" && !record.is_done()).unwrap();
    assert_eq!(record.resource_name, "network");
    let asked = format!("POST /api/v2/workspaces/{}/actions/lock", record.resource_id);
    assert_eq!(record.details()["request"], asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_attempts_to_sign_in_are_recorded_where_the_account_is_known() {
    let server = TestServer::start().await;
    let mut browser = server.browser_of("owner").await;
    let failed = browser.sign_in("owner", "wrong").await;
    assert_eq!(failed.status, 401);
    assert_eq!(told(&server, &failed).await, ["sign-in users denied"]);
    let unknown = browser.sign_in("nobody-at-all", "wrong").await;
    assert_eq!(told(&server, &unknown).await, Vec::<String>::new());
    let signed_in = browser.sign_in("owner", "the password of owner").await.expect(303);
    assert_eq!(told(&server, &signed_in).await, ["sign-in users"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_has_the_vendors_form() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    owner.post("organizations/acme/projects", resource("", json!({"name": "payments"}))).await;
    let token = owner.post("organizations/acme/authentication-token", resource("", json!({})));
    let token = token.await.expect(201).attribute("token");
    let machine = server.token(token.as_str().unwrap());
    let answer = machine.get("organization/audit-trail?page[size]=2").await.expect(200);
    assert!(answer.header("content-type").unwrap().starts_with("application/json"));
    insta::assert_json_snapshot!(answer.json(), {
        ".data[].id" => "[id]",
        ".data[].timestamp" => "[instant]",
        ".data[].auth.accessor_id" => "[id]",
        ".data[].auth.organization_id" => "[id]",
        ".data[].request.id" => "[id]",
        ".data[].resource.id" => "[id]",
        ".data[].resource.meta.address" => "[address]",
        ".data[].resource.meta[\"token-id\"]" => "[id]",
        ".pagination.total_count" => "[count]",
        ".pagination.total_pages" => "[count]",
    });
    // Everything at once, unless somebody asks for less; and only what came later.
    let all = machine.get("organization/audit-trail").await.expect(200).json();
    let count = all["data"].as_array().unwrap().len();
    assert_eq!(all["pagination"]["total_count"], count);
    assert_eq!(all["pagination"]["next_page"], Value::Null);
    let later = machine.get("organization/audit-trail?since=2999-01-01T00:00:00Z").await;
    assert_eq!(later.expect(200).json()["data"], json!([]));
    machine.get("organization/audit-trail?since=yesterday").await.expect(400);

    owner.get("organization/audit-trail").await.expect(400);
    owner.get("organization/audit-trail?organization=acme").await.expect(200);
    server.member().await.get("organization/audit-trail?organization=acme").await.expect(403);
    server.stranger().await.get("organization/audit-trail?organization=acme").await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_narrowed_and_paged() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let workspace = owner.workspace("network").await;
    cycle(&owner, &workspace, 1, LINEAGE).await;
    owner.get(&format!("workspaces/{workspace}/current-state-version-outputs")).await.expect(200);
    let listed = |query: &str| format!("organizations/acme/audit-records?page[size]=100&{query}");
    for (query, expected) in [
        ("filter[action]=lock", vec!["lock"]),
        ("filter[resource-type]=state-versions", vec!["read", "write", "create"]),
        ("filter[resource-type]=state-versions&filter[action]=write", vec!["write"]),
        ("filter[outcome]=denied", vec![]),
        ("filter[actor]=OWNE&filter[resource-type]=workspaces", vec!["unlock", "lock", "create"]),
        ("filter[actor]=nobody", vec![]),
        ("filter[until]=2000-01-01", vec![]),
        ("filter[since]=2999-01-01T00:00:00Z", vec![]),
        ("q=networ&filter[action]=create&filter[resource-type]=workspaces", vec!["create"]),
        ("q=100%25", vec![]),
    ] {
        let answer = owner.get(&listed(query)).await.expect(200);
        assert_eq!(answer.attributes("action"), expected, "{query}");
        assert_eq!(answer.at("/meta/pagination/total-count"), expected.len(), "{query}");
    }
    let by_id = owner.get(&listed(&format!("filter[resource-id]={workspace}"))).await.expect(200);
    assert_eq!(by_id.attributes("action"), ["unlock", "lock", "create"]);
    owner.get(&listed("filter[outcome]=perhaps")).await.expect(400);
    owner.get(&listed("filter[since]=soon")).await.expect(400);

    let (mut walked, mut number) = (Vec::new(), 1);
    loop {
        let path = format!("organizations/acme/audit-records?page[size]=2&page[number]={number}");
        let answer = owner.get(&path).await.expect(200);
        walked.extend(ids(&answer));
        match answer.at("/meta/pagination/next-page").as_u64() {
            Some(next) => number = next,
            None => break,
        }
    }
    assert_eq!(walked, ids(&owner.get(&listed("")).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_no_organization_is_for_the_site() {
    let server = TestServer::start().await;
    let root = server.site_admin().await;
    let answer = root.get("admin/audit-records?filter[resource-type]=users").await.expect(200);
    assert!(answer.attributes("organization-id").iter().all(Value::is_null));
    assert!(answer.attributes("resource-name").contains(&json!("stranger")));
    // An organization's records outlive it.
    let made =
        root.post("organizations", resource("", json!({"name": "gone", "email": "a@example.com"})));
    let id = made.await.expect(201).attribute("external-id").as_str().unwrap().to_owned();
    root.delete("organizations/gone").await.expect(204);
    root.get("organizations/gone/audit-records").await.expect(404);
    let path = format!("admin/audit-records?filter[organization]={id}");
    let actions = root.get(&path).await.expect(200).attributes("action");
    assert_eq!(actions.first(), Some(&json!("delete")));
    assert_eq!(actions.last(), Some(&json!("create")));
    root.get("admin/audit-records?filter[organization]=gone").await.expect(400);
    server.owner().await.get("admin/audit-records").await.expect(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_show_records_and_one_of_them() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let workspace = owner.workspace("network").await;
    let change = resource("workspaces", json!({"description": "<script>"}));
    owner.patch(&format!("workspaces/{workspace}"), change).await.expect(200);
    let browser = server.browser_of("owner").await;
    let path = "/app/acme/settings/audit";
    let list = browser.get(&format!("{path}?kind=workspaces&shown=changes")).await.expect(200);
    let text = list.text();
    assert!(text.contains("network") && text.contains("2 records"), "{text}");
    let link = text.split_once(&format!("href=\"{path}/")).unwrap().1;
    let link = format!("{path}/{}", link.split_once('"').unwrap().0);
    let record = browser.get(&link).await.expect(200).text();
    assert!(record.contains("&lt;script&gt;") && !record.contains("<script>"), "{record}");
    for query in ["shown=denied", "search=nothing-is-called-this", "span=hour&kind=teams"] {
        let text = browser.get(&format!("{path}?{query}")).await.expect(200).text();
        assert!(text.contains("Nothing matches"), "{query}");
    }
    browser.get(&format!("{path}/1/ae-0000000000000000")).await.expect(404);
    browser.get(&format!("{path}/x/y")).await.expect(404);
    server.browser_of("member").await.get(path).await.expect(403);
    server.browser_of("stranger").await.get(&link).await.expect(404);
}
