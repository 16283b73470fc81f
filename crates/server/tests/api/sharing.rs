//! Whose states may be read because they are shared: it binds every reader, be it a person, a team,
//! a key or a run.

use serde_json::{Value, json};
use testkit::{Caller, TestServer};

use crate::fixtures::{LINEAGE, cycle, ids, linkages, resource};

/// `acme` with a workspace that has a state, and others beside it and in another project.
struct Place {
    server: TestServer,
    owner: Caller,
    source: String,
    version: String,
    beside: String,
    apart: String,
    other_project: String,
}

impl Place {
    async fn new() -> Self {
        let server = TestServer::start().await;
        let owner = server.owner().await;
        let (source, beside) = (owner.workspace("source").await, owner.workspace("beside").await);
        let version = cycle(&owner, &source, 1, LINEAGE).await;
        let project = resource("projects", json!({"name": "other"}));
        let other_project = owner.post("organizations/acme/projects", project).await.expect(201);
        let apart = resource("workspaces", json!({"name": "apart"}));
        let apart = owner.post("organizations/acme.other/workspaces", apart).await.expect(201);
        let (other_project, apart) = (other_project.id(), apart.id());
        Self { server, owner, source, version, beside, apart, other_project }
    }

    /// A person, a team's token and a key, each with a level at one workspace.
    async fn at(&self, workspace: &str, level: &str) -> [Caller; 3] {
        let name = format!("{level}-{}", workspace.to_lowercase());
        self.server.join(&name).await;
        let team = self.server.team("acme", &name).await.with(&name).await;
        team.at_workspace(workspace, level).await;
        let path = format!("teams/{}/authentication-tokens", team.id);
        let team = self.owner.post_empty(&path).await.expect(201);
        let key = json!({"data": {"type": "access-keys", "attributes": {"level": level},
            "relationships": {"workspace": {"data": {"type": "workspaces", "id": workspace}}}}});
        let key = self.owner.post("organizations/acme/access-keys", key).await.expect(201);
        let token = |made: testkit::Answer| {
            self.server.token(made.attribute("token").as_str().expect("a token"))
        };
        [self.server.caller(&name).await, token(team), token(key)]
    }

    /// Whether somebody reads the source: all of it, or nothing.
    async fn reads(&self, caller: &Caller) -> bool {
        let (source, version) = (&self.source, &self.version);
        let mut statuses = Vec::new();
        for path in [
            format!("workspaces/{source}"),
            "organizations/acme/workspaces/source".to_owned(),
            format!("workspaces/{source}/current-state-version"),
            format!("workspaces/{source}/current-state-version-outputs"),
            "state-versions?filter[organization][name]=acme&filter[workspace][name]=source"
                .to_owned(),
            format!("state-versions/{version}"),
            format!("state-versions/{version}/outputs"),
            format!("state-versions/{version}/download"),
        ] {
            statuses.push(caller.get(&path).await.status);
        }
        let all = statuses.iter().all(|status| *status == 200);
        let none = statuses.iter().all(|status| *status == 404);
        assert!(all || none, "{statuses:?}");
        all
    }

    /// Everybody of several groups reads the source, or nobody does.
    async fn all_read(&self, groups: &[&[Caller; 3]], expected: bool, when: &str) {
        for group in groups {
            for (caller, kind) in group.iter().zip(["person", "team", "key"]) {
                assert_eq!(self.reads(caller).await, expected, "{kind} {when}");
            }
        }
    }

    async fn set(&self, workspace: &str, attributes: Value) {
        let path = format!("workspaces/{workspace}");
        self.owner.patch(&path, resource("workspaces", attributes)).await.expect(200);
    }

    fn consumers(&self) -> String {
        format!("workspaces/{}/relationships/remote-state-consumers", self.source)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn listed_workspaces_let_those_read_who_work_in_them() {
    let place = Place::new().await;
    let (writers, planners) =
        (place.at(&place.beside, "write").await, place.at(&place.beside, "plan").await);
    let readers = place.at(&place.beside, "read").await;
    let others = place.at(&place.apart, "write").await;
    place.all_read(&[&writers, &planners, &others], false, "before").await;
    let beside = linkages("workspaces", &[&place.beside]);
    place.owner.post(&place.consumers(), beside.clone()).await.expect(204);
    place.all_read(&[&writers, &planners], true, "that works in a listed workspace").await;
    place.all_read(&[&readers, &others], false, "that does not").await;
    // Also with a token that changes nothing, as checks of a change have one.
    let [person, ..] = &writers;
    let user = person.get("account/details").await.expect(200).id();
    let body = resource("authentication-tokens", json!({"read-only": true}));
    let path = format!("users/{user}/authentication-tokens");
    let token = person.post(&path, body).await.expect(201).attribute("token");
    let reading = place.server.token(token.as_str().unwrap());
    assert!(place.reads(&reading).await);
    let apart = linkages("workspaces", &[&place.apart]);
    place.owner.patch(&place.consumers(), apart).await.expect(204);
    place.all_read(&[&others], true, "after another was listed").await;
    place.all_read(&[&writers], false, "after it was replaced").await;
    place.owner.delete_with(&place.consumers(), linkages("workspaces", &[&place.apart])).await;
    place.all_read(&[&others], false, "after it was taken off the list").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_shares_with_itself() {
    let place = Place::new().await;
    let inside = place.at(&place.beside, "write").await;
    let outside = place.at(&place.apart, "admin").await;
    place.set(&place.source, json!({"project-remote-state": true})).await;
    place.all_read(&[&inside], true, "in the project").await;
    place.all_read(&[&outside], false, "in another project").await;
    // What leaves the project leaves the circle too.
    let leave = linkages("workspaces", &[&place.beside]);
    let path = format!("projects/{}/relationships/workspaces", place.other_project);
    place.owner.post(&path, leave).await.expect(204);
    place.all_read(&[&inside], false, "once its workspace has moved away").await;
    place.set(&place.source, json!({"project-remote-state": false})).await;
    place.all_read(&[&inside, &outside], false, "when nothing is shared").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shared_with_all_is_shared_with_those_who_write_anywhere() {
    let place = Place::new().await;
    let (beside, apart) =
        (place.at(&place.beside, "write").await, place.at(&place.apart, "write").await);
    let readers = place.at(&place.apart, "read").await;
    place.set(&place.source, json!({"global-remote-state": true})).await;
    place.all_read(&[&beside, &apart], true, "that writes somewhere").await;
    place.all_read(&[&readers], false, "that writes nowhere").await;
    let member = place.server.member().await;
    assert!(!place.reads(&member).await);
    // Other organizations are no part of all.
    let root = place.server.site_admin().await;
    let umbrella = resource("organizations", json!({"name": "umbrella", "email": "u@example.com"}));
    root.post("organizations", umbrella).await.expect(201);
    let stranger = place.server.stranger().await;
    let identity = place.server.app().identity();
    let id = stranger.get("account/details").await.id().parse().unwrap();
    let system = place.server.app().system_context();
    identity.add_member(&system, "umbrella", id, true).await.unwrap();
    assert!(!place.reads(&stranger).await);
    place.set(&place.source, json!({"global-remote-state": false})).await;
    place.all_read(&[&beside, &apart], false, "when it is not shared any more").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sharing_gives_the_reading_of_states_and_nothing_else() {
    let place = Place::new().await;
    let [person, team, key] = place.at(&place.apart, "write").await;
    place.set(&place.source, json!({"global-remote-state": true})).await;
    let source = format!("workspaces/{}", place.source);
    for caller in [person, team, key] {
        for (path, status) in [
            (format!("{source}/actions/lock"), 403),
            (format!("{source}/actions/force-unlock"), 403),
            (format!("{source}/actions/safe-delete"), 403),
        ] {
            caller.post_empty(&path).await.expect(status);
        }
        let name = resource("workspaces", json!({"name": "taken-over"}));
        caller.patch(&source, name).await.expect(403);
        caller.delete(&source).await.expect(403);
        let state = crate::fixtures::announcement(2, LINEAGE, "0".repeat(32).as_str(), false);
        caller.post(&format!("{source}/state-versions"), state).await.expect(403);
        let own = linkages("workspaces", &[&place.apart]);
        caller.post(&place.consumers(), own).await.expect(403);
        // It is no part of what they see: no list has it, and where it stands is not shown.
        let list = caller.get("organizations/acme/workspaces").await.expect(200);
        assert_eq!(ids(&list), std::slice::from_ref(&place.apart));
        assert_eq!(list.at("/meta/pagination/total-count"), json!(1));
        let read = caller.get(&format!("{source}?include=project")).await.expect(200);
        assert_eq!(read.at("/included"), Value::Null, "{}", read.text());
        let permissions = read.attribute("permissions");
        let given: Vec<_> = permissions.as_object().unwrap().iter().collect();
        let given: Vec<&str> = given
            .into_iter()
            .filter(|(_, held)| **held == json!(true))
            .map(|(name, _)| name.as_str())
            .collect();
        let reading = [
            "can-read-assessment-results",
            "can-read-settings",
            "can-read-state-outputs",
            "can-read-state-versions",
        ];
        assert_eq!(given, reading);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lost_the_right_to_write_reads_no_more() {
    let place = Place::new().await;
    let consumer = place.server.somebody_at_default("consumer", "read").await;
    let team = place.server.team("acme", "temps").await.with("consumer").await;
    team.at_workspace(&place.apart, "write").await;
    let elsewhere = place.server.team("acme", "nobody").await;
    let listed = linkages("workspaces", &[&place.apart]);
    let hidden = resource("workspaces", json!({"name": "hidden"}));
    let hidden = place.owner.post("organizations/acme.other/workspaces", hidden).await.expect(201);
    let path = format!("workspaces/{}/relationships/remote-state-consumers", hidden.id());
    place.owner.post(&path, listed).await.expect(204);
    let read = format!("workspaces/{}", hidden.id());
    consumer.get(&read).await.expect(200);
    team.without("consumer").await;
    consumer.get(&read).await.expect(404);
    let elsewhere = elsewhere.with("consumer").await;
    elsewhere.at_workspace(&place.apart, json!({"rights": ["write-state"]})).await;
    consumer.get(&read).await.expect(200);
}
