//! Two organizations on one server do not reach into each other: whatever a request names of the
//! other one, wherever it names it, is not found, and nothing changes.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use testkit::{Answer, Caller};

use crate::{
    fixtures::{ids, redacted},
    world::{FOREIGN, Plea, Things, World},
};

/// Which refusals there are for what is somebody else's.
const REFUSALS: [u16; 3] = [403, 404, 422];

/// What is in an address is its own authority there, or nobody's.
fn is_for_everybody(path: &str) -> bool {
    // The page of an organization leads on to its workspaces, whether it is there or not.
    path == "/app/{organization}"
        || ["/logout/", "/blobs/", "/assets/", "/v1/"].iter().any(|start| path.starts_with(start))
}

/// Where the address of a page names something by its id, what stands before that is for people
/// to read: what happens, happens to the thing, and only for whom it belongs to.
fn is_for_reading(plea: &Plea, name: &str) -> bool {
    let by_id = ["project", "team", "token", "key", "trust", "membership", "grant", "version"];
    let has = |thing: &str| plea.pattern.contains(&format!("{{{thing}}}"));
    let ids = by_id.into_iter().filter(|thing| has(thing)).count();
    let project = matches!(name, "project" | "empty-project");
    plea.is_page() && (name == "organization" && ids > 0 || project && ids > 1)
}

/// What is the person's own, and not an organization's.
fn is_own(name: &str) -> bool {
    matches!(name, "role" | "password" | "new" | "lock" | "blob")
}

/// All that can be read of an organization, and how many changes its trail has.
struct Picture {
    answers: BTreeMap<String, String>,
    changes: u64,
}

impl Picture {
    async fn of(world: &World, things: &Things, owner: &Caller) -> Self {
        let mut answers = BTreeMap::new();
        for entry in world.server.app().routes().entries() {
            let (method, path) = (entry.method, entry.path);
            let of_organization = path.starts_with("/api/v2/") && path.contains('{');
            if method != "GET" || !of_organization || path.contains("audit") {
                continue;
            }
            let answer = owner.get(&Plea::of(method, path).path(things)).await;
            let shown = if answer.text().starts_with('{') {
                let mut document = redacted(&answer, &world.server.url());
                forget_use(&mut document);
                document.to_string()
            } else {
                answer.text()
            };
            answers.insert(path.to_owned(), format!("{} {shown}", answer.status));
        }
        Self { answers, changes: changes(things, owner).await }
    }

    #[track_caller]
    fn assert_same(&self, later: &Self, when: &str) {
        for (path, before) in &self.answers {
            assert_eq!(before, &later.answers[path], "{path} {when}");
        }
        assert_eq!(self.changes, later.changes, "{when}");
    }
}

/// That a token is used is no change.
fn forget_use(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !name.starts_with("last-used"));
            members.values_mut().for_each(forget_use);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_use),
        _ => {}
    }
}

/// How often anything was changed in an organization.
async fn changes(things: &Things, owner: &Caller) -> u64 {
    let list = format!("organizations/{}/audit-records", things.get("organization"));
    let count = async |filter: &str| {
        let answer = owner.get(&format!("{list}?page[size]=1&{filter}")).await.expect(200);
        answer.at("/meta/pagination/total-count").as_u64().unwrap()
    };
    let all = count("filter[outcome]=done").await;
    all - count("filter[outcome]=done&filter[action]=read").await
}

/// What does nothing if what it names is not there, and says so to nobody.
fn may_be_in_vain(plea: &Plea, name: &str) -> bool {
    let cuts = plea.method == "DELETE" && plea.pattern.contains("/relationships/");
    cuts || match name {
        "membership" => plea.pattern.ends_with("/members/remove"),
        "output" => plea.pattern.ends_with("/reveal"),
        "project" => plea.pattern.ends_with("/places/remove"),
        _ => false,
    }
}

/// What was answered otherwise than by a refusal.
fn let_in(plea: &Plea, name: &str, answer: &Answer) -> Option<String> {
    let said = answer.text().contains("canary-sensitive-output");
    let in_vain = may_be_in_vain(plea, name) && answer.status < 400 && !said;
    let refused = REFUSALS.contains(&answer.status) || in_vain;
    let Plea { method, pattern, .. } = plea;
    (!refused).then(|| format!("{method} {pattern} with {name}: {}", answer.status))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_id_of_another_organization_is_good_for_anything_in_any_place() {
    let mut world = World::new().await;
    let foreign = world.found("foreign", &FOREIGN).await;
    let (ours, theirs) =
        (world.people["owner"].caller.clone(), world.people["stranger"].caller.clone());
    world.prepare("owner", &Plea::of("POST", "/api/v2/workspaces/{id}/state-versions")).await;
    let own = world.things.clone();
    Picture::of(&world, &own, &ours).await;
    let before = Picture::of(&world, &own, &ours).await;
    let before_there = Picture::of(&world, &foreign, &theirs).await;
    let (mut asked, mut let_in_all) = (0, Vec::new());
    for entry in world.server.app().routes().entries() {
        let plea = Plea::of(entry.method, entry.path);
        if is_for_everybody(entry.path) {
            continue;
        }
        for (name, value) in foreign.iter().filter(|(name, _)| !is_own(name)) {
            let mut mixed = own.clone();
            mixed.set("role", "owner".to_owned());
            mixed.set("new", "brand-new".to_owned());
            mixed.set("password", "the password of owner".to_owned());
            let ours = mixed.clone();
            mixed.set(name, value.to_owned());
            let in_path = !is_for_reading(&plea, name) && plea.path(&mixed) != plea.path(&ours);
            let in_body = plea.body(&mixed) != plea.body(&ours);
            for (path, body, differs) in [(&mixed, &ours, in_path), (&ours, &mixed, in_body)] {
                if differs {
                    let roles = if plea.is_page() { 1 } else { 2 };
                    for role in ["owner", "org-token"].into_iter().take(roles) {
                        let answer = world.send(role, &plea, path, body).await;
                        let_in_all.extend(let_in(&plea, name, &answer));
                        asked += 1;
                    }
                }
            }
        }
    }
    assert_eq!(let_in_all, Vec::<String>::new());
    assert!(asked > 250, "{asked}");
    before.assert_same(&Picture::of(&world, &own, &ours).await, "here");
    before_there.assert_same(&Picture::of(&world, &foreign, &theirs).await, "there");
}

/// Documents that name things of another organization beside the address.
fn documents(own: &Things, foreign: &Things) -> Vec<(&'static str, String, Value)> {
    let organization = own.get("organization");
    let named = |kind: &str, thing: &str| json!({"data": {"type": kind, "id": foreign.get(thing)}});
    let several =
        |kind: &str, thing: &str| json!({"data": [{"type": kind, "id": foreign.get(thing)}]});
    let within = |path: &str| format!("organizations/{organization}/{path}");
    let document = |kind: &str, attributes: Value, relationships: Value| json!({"data": {"type": kind, "attributes": attributes, "relationships": relationships}});
    let (workspace, project) = (own.get("workspace"), own.get("project"));
    let trust = || {
        json!({"name": "new", "issuer": "https://issuer.example", "level": "read",
            "rules": [{"claim": "sub", "equals": "x"}]})
    };
    let mut documents = vec![
        (
            "POST",
            within("workspaces"),
            document(
                "workspaces",
                json!({"name": "new"}),
                json!({"project": named("projects", "project")}),
            ),
        ),
        (
            "PATCH",
            format!("workspaces/{workspace}"),
            document("workspaces", json!({}), json!({"project": named("projects", "project")})),
        ),
        (
            "PATCH",
            format!("organizations/{organization}"),
            document(
                "organizations",
                json!({}),
                json!({"default-project": named("projects", "project")}),
            ),
        ),
        (
            "POST",
            within("organization-memberships"),
            document(
                "organization-memberships",
                json!({"email": "x@example.com"}),
                json!({"teams": several("teams", "team")}),
            ),
        ),
        (
            "POST",
            within("varsets"),
            document(
                "varsets",
                json!({"name": "new"}),
                json!({"parent": named("projects", "project")}),
            ),
        ),
    ];
    for (place, kind) in [("workspace", "workspaces"), ("project", "projects"), ("team", "teams")] {
        let at = json!({place: named(kind, place)});
        if place != "team" {
            let key = document("access-keys", json!({"level": "read"}), at.clone());
            documents.push(("POST", within("access-keys"), key));
            let many = json!({kind: several(kind, place)});
            let set = document("varsets", json!({"name": "new"}), many.clone());
            documents.push(("POST", within("varsets"), set));
            let set = document("varsets", json!({}), many);
            documents.push(("PATCH", format!("varsets/{}", own.get("varset")), set));
        }
        let mut attributes = trust();
        if place == "team" {
            attributes.as_object_mut().unwrap().remove("level");
        }
        let made = document("trusted-issuers", attributes.clone(), at.clone());
        documents.push(("POST", within("trusted-issuers"), made));
        let changed = document("trusted-issuers", attributes, at);
        documents.push(("PATCH", format!("trusted-issuers/{}", own.get("trust")), changed));
    }
    for (grant, place, kind) in
        [("team-projects", "project", "projects"), ("team-workspaces", "workspace", "workspaces")]
    {
        let here = json!({"data": {"type": kind, "id": own.get(place)}});
        let both = json!({place: here, "team": named("teams", "spare-team")});
        documents.push((
            "POST",
            grant.to_owned(),
            document(grant, json!({"access": "read"}), both),
        ));
    }
    let rollback = json!({"rollback-state-version": named("state-versions", "version")});
    documents.push((
        "PATCH",
        format!("workspaces/{workspace}/state-versions"),
        document("state-versions", json!({}), rollback),
    ));
    let moved = several("workspaces", "workspace");
    documents.push(("POST", format!("projects/{project}/relationships/workspaces"), moved));
    documents
}

#[tokio::test(flavor = "multi_thread")]
async fn no_document_reaches_what_another_organization_has() {
    let mut world = World::new().await;
    let foreign = world.found("foreign", &FOREIGN).await;
    let (ours, theirs) =
        (world.people["owner"].caller.clone(), world.people["stranger"].caller.clone());
    world.prepare("owner", &Plea::of("POST", "/api/v2/workspaces/{id}/state-versions")).await;
    let own = world.things.clone();
    Picture::of(&world, &own, &ours).await;
    let (before, there) =
        (Picture::of(&world, &own, &ours).await, Picture::of(&world, &foreign, &theirs).await);
    for (method, path, document) in documents(&own, &foreign) {
        let body = document.to_string();
        let answer =
            ours.raw(method.parse().unwrap(), &path, "application/vnd.api+json", body).await;
        assert!(
            REFUSALS.contains(&answer.status),
            "{method} {path} {document}: {} {}",
            answer.status,
            answer.text()
        );
    }
    before.assert_same(&Picture::of(&world, &own, &ours).await, "here");
    there.assert_same(&Picture::of(&world, &foreign, &theirs).await, "there");
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_find_nothing_of_another_organization() {
    let world = World::new().await;
    let foreign = world.found("foreign", &FOREIGN).await;
    let ours = world.people["owner"].caller.clone();
    let organization = world.things.get("organization");
    let get = |name: &str| foreign.get(name).to_owned();
    for (path, none) in [
        (format!("workspaces?filter[project][id]={}", get("project")), true),
        (format!("organization-memberships?q={}", get("membership")), true),
        ("audit-records?filter[resource-id]=".to_owned() + &get("workspace"), true),
        (format!("tags?filter[exclude][taggable][id]={}", get("workspace")), false),
    ] {
        let list = ours.get(&format!("organizations/{organization}/{path}")).await.expect(200);
        assert_eq!(ids(&list).is_empty(), none, "{path}: {}", list.text());
    }
    for query in ["filter[organization][name]=foreign&filter[workspace][name]=network", ""] {
        let status = if query.is_empty() { 400 } else { 404 };
        ours.get(&format!("state-versions?{query}")).await.expect(status);
        ours.get(&format!("vars?{query}")).await.expect(status);
    }
    let trail = "organization/audit-trail?organization=foreign";
    ours.get(trail).await.expect(404);
    let actor = format!(
        "workspaces/{}/access-explanation?actor={}",
        world.things.get("workspace"),
        get("team")
    );
    ours.get(&actor).await.expect(404);
}
