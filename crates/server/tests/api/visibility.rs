//! What one may not see stands in no list, no count, no answer about something else, and no error.

use serde_json::{Value, json};
use testkit::{Answer, Caller, TestServer};

use crate::{
    fixtures::{LINEAGE, cycle, linkages, lock, resource},
    world::{Plea, World},
};

const LIST: &str = "organizations/acme/workspaces";

/// Everything about what the guest must not see has this in it.
const HIDDEN: &str = "concealed";

/// `acme` with much that is hidden from a guest, who writes in one workspace.
struct Place {
    server: TestServer,
    owner: Caller,
    guest: Caller,
    seen: String,
    hidden: String,
    hidden_project: String,
    secrets: Vec<String>,
}

impl Place {
    async fn new() -> Self {
        let server = TestServer::start().await;
        let owner = server.owner().await;
        let (seen, hidden) = (owner.workspace("seen").await, owner.workspace("concealed").await);
        let project = resource("projects", json!({"name": "concealed project"}));
        let project = owner.post("organizations/acme/projects", project).await.expect(201).id();
        let deep = resource("workspaces", json!({"name": "concealed-deep"}));
        let path = format!("organizations/acme.{project}/workspaces");
        let deep = owner.post(&path, deep).await.expect(201).id();
        for (workspace, words) in [
            (&seen, ["shared", "open"]),
            (&hidden, ["shared", "concealed"]),
            (&deep, ["shared", "concealed-too"]),
        ] {
            let tags = words.map(|word| json!({"type": "tags", "attributes": {"name": word}}));
            let path = format!("workspaces/{workspace}/relationships/tags");
            owner.post(&path, json!({"data": tags})).await.expect(204);
            cycle(&owner, workspace, 1, LINEAGE).await;
        }
        lock(&owner, &hidden).await.expect(200);
        server.join("guest").await;
        let guests = server.team("acme", "guests").await.with("guest").await;
        guests.at_workspace(&seen, "admin").await;
        let guest = server.caller("guest").await;
        let version = owner.get(&format!("workspaces/{hidden}/current-state-version")).await.id();
        let secrets =
            vec![HIDDEN.to_owned(), hidden.clone(), deep.clone(), project.clone(), version];
        Self { server, owner, guest, seen, hidden, hidden_project: project, secrets }
    }

    #[track_caller]
    fn assert_silent(&self, path: &str, answer: &Answer) {
        let text = answer.text();
        for secret in &self.secrets {
            assert!(!text.contains(secret), "{path} speaks of {secret}: {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_list_and_no_count_knows_of_hidden_workspaces() {
    let place = Place::new().await;
    let project = format!("filter[project][id]={}", place.hidden_project);
    for (query, expected) in [
        ("", 1),
        ("search[name]=e", 1),
        ("search[name]=conceal", 0),
        ("search[wildcard-name]=*e*", 1),
        ("search[tags]=shared", 1),
        ("search[tags]=concealed", 0),
        ("search[exclude-tags]=open", 0),
        ("filter[tagged][0][key]=shared", 1),
        (project.as_str(), 0),
        ("sort=-latest-change-at", 1),
        ("sort=created-at&page[size]=1", 1),
        ("page[number]=2&page[size]=1", 1),
        (
            "include=organization,project,current-state-version,outputs,locked_by,effective_tag_bindings",
            1,
        ),
    ] {
        let mut list = place.guest.get(&format!("{LIST}?{query}")).await.expect(200);
        let mut document = list.json();
        // The links repeat the question.
        document.as_object_mut().unwrap().remove("links");
        list.body = document.to_string().into_bytes();
        place.assert_silent(query, &list);
        assert_eq!(list.at("/meta/pagination/total-count"), json!(expected), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_and_tags_are_counted_as_far_as_they_are_seen() {
    let place = Place::new().await;
    let projects = place.guest.get("organizations/acme/projects").await.expect(200);
    assert_eq!(projects.attributes("name"), ["default"]);
    assert_eq!(projects.attributes("workspace-count"), [1]);
    assert_eq!(projects.at("/meta/pagination/total-count"), json!(1));
    let id = projects.at("/data/0/id");
    let project = format!("projects/{}", id.as_str().unwrap());
    assert_eq!(place.guest.get(&project).await.expect(200).attribute("workspace-count"), 1);
    assert_eq!(place.owner.get(&project).await.expect(200).attribute("workspace-count"), 2);
    let tags = place.guest.get("organizations/acme/tags").await.expect(200);
    assert_eq!(tags.attributes("name"), ["open", "shared"]);
    assert_eq!(tags.attributes("instance-count"), [1, 1]);
    assert_eq!(tags.at("/meta/pagination/total-count"), json!(2));
    let path = format!("workspaces/{}/relationships/tags", place.seen);
    let tags = place.guest.get(&path).await.expect(200);
    assert_eq!(tags.attributes("instance-count"), [1, 1]);
    // Nor can it be found out which tags are on something hidden.
    let but = async |id: &str| {
        let path = format!("organizations/acme/tags?filter[exclude][taggable][id]={id}");
        place.guest.get(&path).await.expect(200).attributes("name")
    };
    assert_eq!(but(&place.hidden).await, but("ws-0000000000000000").await);
    assert_eq!(but(&place.seen).await, [] as [Value; 0]);
    let found = place.guest.get("organizations/acme/tags?q=conceal").await.expect(200);
    assert_eq!(found.attributes("name"), [] as [Value; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_silent_about_what_is_hidden() {
    let place = Place::new().await;
    let browser = place.server.browser_of("guest").await;
    for path in [
        "/app",
        "/app/acme",
        "/app/acme/workspaces",
        "/app/acme/workspaces?search=e",
        "/app/acme/workspaces?tag=shared",
        "/app/acme/workspaces?lock=held",
        "/app/acme/workspaces/seen",
        "/app/acme/workspaces/seen/settings",
        "/app/acme/projects",
        "/app/acme/settings",
        "/app/acme/settings/members",
        "/app/settings/tokens",
    ] {
        let page = browser.get(path).await;
        assert!(matches!(page.status, 200 | 303), "{path}: {}", page.status);
        place.assert_silent(path, &page);
    }
    for path in ["workspaces/concealed", "workspaces/concealed/settings"] {
        let (there, nowhere) = (
            browser.get(&format!("/app/acme/{path}")).await.expect(404),
            browser.get(&format!("/app/acme/{}", path.replace("concealed", "nothing-0"))).await,
        );
        assert_eq!(nowhere.status, 404);
        assert_eq!(there.text(), nowhere.text(), "{path}");
    }
}

/// Sends two requests that differ in what they name, and expects answers that don't tell.
#[track_caller]
fn assert_alike(there: &Answer, nowhere: &Answer, ids: (&str, &str)) {
    assert_eq!(there.status, nowhere.status, "{} | {}", there.text(), nowhere.text());
    assert!(there.status >= 400, "{}", there.text());
    assert_eq!(there.text().replace(ids.0, "x"), nowhere.text().replace(ids.1, "x"));
}

#[tokio::test(flavor = "multi_thread")]
async fn naming_something_hidden_is_answered_like_naming_nothing() {
    let place = Place::new().await;
    let (guest, seen) = (&place.guest, &place.seen);
    let (workspace, project) = (place.hidden.as_str(), place.hidden_project.as_str());
    let (no_workspace, no_project) = ("ws-0000000000000000", "prj-0000000000000000");
    for method in ["POST", "PATCH"] {
        let path = format!("workspaces/{seen}/relationships/remote-state-consumers");
        let send = async |id: &str| {
            let body = linkages("workspaces", &[id]).to_string();
            let method = method.parse().unwrap();
            guest.raw(method, &path, "application/vnd.api+json", body).await
        };
        assert_alike(&send(workspace).await, &send(no_workspace).await, (workspace, no_workspace));
    }
    let into = async |id: &str| {
        let body = json!({"data": {"type": "workspaces", "attributes": {},
            "relationships": {"project": {"data": {"type": "projects", "id": id}}}}});
        guest.patch(&format!("workspaces/{seen}"), body).await
    };
    assert_alike(&into(project).await, &into(no_project).await, (project, no_project));
    let new = async |id: &str| {
        let body = json!({"data": {"type": "workspaces", "attributes": {"name": "brand-new"},
            "relationships": {"project": {"data": {"type": "projects", "id": id}}}}});
        guest.post(LIST, body).await
    };
    assert_alike(&new(project).await, &new(no_project).await, (project, no_project));
    for data in [vec![], vec![seen.as_str()]] {
        let moved = async |id: &str| {
            let path = format!("projects/{id}/relationships/workspaces");
            guest.post(&path, linkages("workspaces", &data)).await
        };
        assert_alike(&moved(project).await, &moved(no_project).await, (project, no_project));
    }
    let by_name = async |name: &str| {
        let query = format!("filter[organization][name]=acme&filter[workspace][name]={name}");
        guest.get(&format!("state-versions?{query}")).await
    };
    assert_alike(&by_name(HIDDEN).await, &by_name("nothing-0").await, (HIDDEN, "nothing-0"));
    let through = async |id: &str| guest.get(&format!("organizations/acme.{id}/workspaces")).await;
    assert_alike(&through(project).await, &through(no_project).await, (project, no_project));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_name_tells_no_more_than_that_it_is_taken() {
    let place = Place::new().await;
    let rename = resource("workspaces", json!({"name": "concealed-deep"}));
    let refused = place.guest.patch(&format!("workspaces/{}", place.seen), rename).await;
    let expected = "the name \"concealed-deep\" has already been taken";
    assert_eq!(refused.expect(422).error(), expected);
    let other = resource("projects", json!({"name": "other"}));
    let other = place.owner.post("organizations/acme/projects", other).await.expect(201).id();
    place.server.join("neighbour").await;
    let neighbours = place.server.team("acme", "neighbours").await.with("neighbour").await;
    neighbours.at_project(&other, "maintain").await;
    let neighbour = place.server.caller("neighbour").await;
    for name in ["concealed", "concealed-deep"] {
        let new = resource("workspaces", json!({"name": name}));
        let refused = neighbour.post("organizations/acme.other/workspaces", new).await.expect(422);
        assert_eq!(refused.error(), format!("the name \"{name}\" has already been taken"));
    }
    // Whoever sees the other one is told where it is.
    let new = resource("workspaces", json!({"name": "concealed-deep"}));
    let refused = place.owner.post("organizations/acme.other/workspaces", new).await.expect(422);
    assert!(refused.error().contains("in the project \"concealed project\""), "{}", refused.text());
}

/// Every address that can be read, asked by a member to whom nothing is granted.
#[tokio::test(flavor = "multi_thread")]
async fn a_member_without_grants_reads_of_no_workspace_anywhere() {
    let mut world = World::new().await;
    let routes = world.server.app().routes();
    let of_workspace = ["workspace", "version", "output", "empty-project"];
    let mut asked = 0;
    for entry in routes.entries().iter().filter(|entry| entry.method == "GET") {
        if entry.path.starts_with("/blobs") {
            continue;
        }
        let plea = Plea::of(entry.method, entry.path);
        let answer = world.ask("member", &plea).await;
        let own_path = plea.path(&world.things);
        let ids = of_workspace.map(|name| world.things.get(name));
        for secret in ids.into_iter().chain(["\"name\":\"network\"", ">network<", "/network"]) {
            let said = answer.text().contains(secret) && !own_path.contains(secret);
            assert!(!said, "{} speaks of {secret}: {}", entry.path, answer.text());
        }
        asked += 1;
    }
    assert!(asked > 60, "{asked}");
}
