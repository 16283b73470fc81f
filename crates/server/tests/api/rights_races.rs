//! Rights that end while they are used: after the answer that one is gone, nothing changes any more
//! that needed it. On PostgreSQL requests really run beside each other.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Answer, Caller, TestServer};

use crate::fixtures::{
    LINEAGE, announcement, current_serial, ids, linkages, lock, md5, resource, state,
};

const ROUNDS: u64 = 200;

/// Lets a request get a little way before another begins; each time another way.
async fn stagger(round: u64) {
    tokio::time::sleep(Duration::from_micros(round * 37 % 4_000)).await;
}

/// The ways in which a right to write ends.
#[derive(Clone, Copy, Debug)]
enum Way {
    Grant,
    ProjectGrant,
    Lowered,
    Team,
    PlaceInTeam,
    Membership,
    Token,
}

const WAYS: [Way; 7] = [
    Way::Grant,
    Way::ProjectGrant,
    Way::Lowered,
    Way::Team,
    Way::PlaceInTeam,
    Way::Membership,
    Way::Token,
];

/// Somebody who may write in a workspace for one reason, and what can be taken away.
struct Right {
    writer: Caller,
    grant: String,
    team: String,
    username: String,
}

struct Place {
    server: TestServer,
    owner: Caller,
    workspace: String,
    project: String,
}

impl Place {
    async fn new() -> Self {
        let server = TestServer::start().await;
        let owner = server.owner().await;
        let workspace = owner.workspace("contested").await;
        let read = owner.get(&format!("workspaces/{workspace}")).await;
        let project = read.at("/data/relationships/project/data/id");
        let project = project.as_str().unwrap().to_owned();
        Self { server, owner, workspace, project }
    }

    async fn give(&self, way: Way, round: u64) -> Right {
        let username = format!("{way:?}-{round}").to_lowercase();
        self.server.join(&username).await;
        let team = self.server.team("acme", &username).await.with(&username).await;
        let grant = match way {
            Way::ProjectGrant => {
                format!("team-projects/{}", team.at_project(&self.project, "write").await)
            }
            _ => format!("team-workspaces/{}", team.at_workspace(&self.workspace, "write").await),
        };
        let (team, writer) = (team.id.to_string(), self.server.caller(&username).await);
        Right { writer, grant, team, username }
    }

    async fn take(&self, way: Way, right: &Right) -> Answer {
        let Right { writer, grant, team, username } = right;
        let person = linkages("users", &[username]);
        match way {
            Way::Grant | Way::ProjectGrant => self.owner.delete(grant).await,
            Way::Lowered => {
                let read = resource("team-workspaces", json!({"access": "read"}));
                self.owner.patch(grant, read).await
            }
            Way::Team => self.owner.delete(&format!("teams/{team}")).await,
            Way::PlaceInTeam => {
                let path = format!("teams/{team}/relationships/users");
                self.owner.delete_with(&path, person).await
            }
            Way::Membership => {
                let list = "organizations/acme/organization-memberships";
                let query = format!("{list}?filter[email]={username}@example.com");
                let membership = ids(&self.owner.get(&query).await)[0].clone();
                self.owner.delete(&format!("organization-memberships/{membership}")).await
            }
            Way::Token => {
                self.server.anonymous().post_empty(&format!("/logout/{}", writer.token())).await
            }
        }
    }

    /// Announces the next state; gives where to send it.
    async fn announce(&self, writer: &Caller, serial: u64) -> String {
        lock(writer, &self.workspace).await.expect(200);
        let digest = md5(&state(serial, LINEAGE));
        let path = format!("workspaces/{}/state-versions", self.workspace);
        let announced = announcement(serial, LINEAGE, &digest, false);
        let created = writer.post(&path, announced).await.expect(201);
        created.attribute("hosted-state-upload-url").as_str().unwrap().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_right_is_gone_no_upload_is_taken() {
    let place = Place::new().await;
    let (mut serial, mut taken) = (0, 0);
    for round in 0..ROUNDS {
        let way = WAYS[usize::try_from(round).unwrap() % WAYS.len()];
        let right = place.give(way, round).await;
        let url = place.announce(&right.writer, serial + 1).await;
        let upload = async {
            // Now and then it surely comes too late.
            if round % 10 == 9 {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            right.writer.upload(&url, state(serial + 1, LINEAGE)).await
        };
        let removal = async {
            stagger(round).await;
            let removed = place.take(way, &right).await;
            assert!(removed.status < 300, "{way:?}: {}", removed.text());
            current_serial(&place.owner, &place.workspace).await
        };
        let (uploaded, seen) = tokio::join!(upload, removal);
        let now = current_serial(&place.owner, &place.workspace).await;
        assert_eq!(seen, now, "round {round}: {way:?}: changed after the right was gone");
        if uploaded.status == 200 {
            serial += 1;
            taken += 1;
        } else {
            assert!((400..500).contains(&uploaded.status), "{way:?}: {}", uploaded.text());
        }
        assert_eq!(now, (serial > 0).then_some(serial), "round {round}: {way:?}");
        let force = format!("workspaces/{}/actions/force-unlock", place.workspace);
        place.owner.post_empty(&force).await.expect(200);
    }
    assert!(0 < taken && taken < ROUNDS, "{taken} of {ROUNDS} were taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_right_is_gone_no_lock_is_taken() {
    let place = Place::new().await;
    let path = format!("workspaces/{}", place.workspace);
    let locked = async || place.owner.get(&path).await.expect(200).attribute("locked");
    for round in 0..ROUNDS {
        // Whom a token speaks for is asked once, when the request comes in.
        let way = WAYS[usize::try_from(round).unwrap() % (WAYS.len() - 1)];
        let right = place.give(way, round).await;
        let taking = lock(&right.writer, &place.workspace);
        let removal = async {
            stagger(round % 40).await;
            let removed = place.take(way, &right).await;
            assert!(removed.status < 300, "{way:?}: {}", removed.text());
            locked().await
        };
        let (answer, seen) = tokio::join!(taking, removal);
        assert_eq!(seen, locked().await, "round {round}: {way:?}: locked after the right was gone");
        if answer.status == 200 {
            place.owner.post_empty(&format!("{path}/actions/force-unlock")).await.expect(200);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_last_owners_who_leave_at_once_one_stays() {
    let server = TestServer::start().await;
    let root = server.site_admin().await;
    let list = "organizations/acme/organization-memberships";
    let teams = root.get("organizations/acme/teams?filter[names]=owners").await.expect(200);
    let team = format!("teams/{}/relationships/users", ids(&teams)[0]);
    let own = async |name: &str| {
        let query = format!("{list}?filter[email]={name}@example.com");
        format!("organization-memberships/{}", ids(&root.get(&query).await.expect(200))[0])
    };
    for round in 0..ROUNDS {
        let name = format!("owner-{round}");
        let second = server.another_owner(&name).await;
        let first = server.owner().await;
        let (one, two) = match round % 3 {
            // Both leave.
            0 => {
                let (a, b) = (own("owner").await, own(&name).await);
                tokio::join!(first.delete(&a), second.delete(&b))
            }
            // Each sends the other one away.
            1 => {
                let (a, b) = (own("owner").await, own(&name).await);
                tokio::join!(first.delete(&b), second.delete(&a))
            }
            // One leaves the team, the other one the organization.
            _ => {
                let b = own(&name).await;
                let person = linkages("users", &["owner"]);
                tokio::join!(first.delete_with(&team, person), second.delete(&b))
            }
        };
        let gone = [one.status, two.status].iter().filter(|status| **status == 204).count();
        assert_eq!(gone, 1, "round {round}: {} {}", one.text(), two.text());
        let left = [&first, &second];
        let settings = resource("organizations", json!({}));
        let mut owning = 0;
        for person in left {
            let answer = person.patch("organizations/acme", settings.clone()).await;
            owning += usize::from(answer.status == 200);
        }
        assert_eq!(owning, 1, "round {round}");
        restore(&server, &root, &team, &name).await;
    }
}

/// The one owner is again who it was.
async fn restore(server: &TestServer, root: &Caller, team: &str, name: &str) {
    let list = "organizations/acme/organization-memberships";
    let (identity, system) = (server.app().identity(), server.app().system_context());
    let owner = identity.find_user_by_name("owner").await.unwrap().unwrap();
    let there = root.get(&format!("{list}?filter[email]=owner@example.com")).await;
    if ids(&there).is_empty() {
        identity.add_member(&system, "acme", owner.id, true).await.unwrap();
    } else {
        root.post(team, linkages("users", &["owner"])).await.expect(204);
    }
    let other = root.get(&format!("{list}?filter[email]={name}@example.com")).await;
    for id in ids(&other) {
        root.delete(&format!("organization-memberships/{id}")).await.expect(204);
    }
}

/// A grant for a team at a workspace.
fn grant(workspace: &str, team: &str, access: &str) -> Value {
    json!({"data": {"type": "team-workspaces", "attributes": {"access": access},
        "relationships": {
            "workspace": {"data": {"type": "workspaces", "id": workspace}},
            "team": {"data": {"type": "teams", "id": team}}}}})
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_grants_for_one_team_at_once_one_is_made() {
    let place = Place::new().await;
    let list = format!("team-workspaces?filter[workspace][id]={}", place.workspace);
    for round in 0..ROUNDS {
        let team = place.server.team("acme", &format!("team-{round}")).await.id.to_string();
        let make = |access: &'static str| {
            place.owner.post("team-workspaces", grant(&place.workspace, &team, access))
        };
        let (read, write) = tokio::join!(make("read"), make("write"));
        let mut statuses = [read.status, write.status];
        statuses.sort_unstable();
        assert!(matches!(statuses, [201, 409 | 422]), "{} {}", read.text(), write.text());
        let made = if read.status == 201 { "read" } else { "write" };
        let grants = place.owner.get(&list).await.expect(200);
        assert_eq!(grants.attributes("access"), [made], "round {round}");
        place.owner.delete(&format!("team-workspaces/{}", ids(&grants)[0])).await.expect(204);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_that_goes_while_it_is_used_leaves_nothing_behind() {
    let place = Place::new().await;
    let person = linkages("users", &["member"]);
    for round in 0..ROUNDS {
        let team = place.server.team("acme", &format!("team-{round}")).await.id.to_string();
        let join = format!("teams/{team}/relationships/users");
        let tokens = format!("teams/{team}/authentication-tokens");
        let own = format!("teams/{team}");
        let (gone, joined, granted, token) = tokio::join!(
            async {
                stagger(round % 60).await;
                place.owner.delete(&own).await
            },
            place.owner.post(&join, person.clone()),
            place.owner.post("team-workspaces", grant(&place.workspace, &team, "write")),
            place.owner.post_empty(&tokens),
        );
        gone.expect(204);
        for answer in [&joined, &granted, &token] {
            let fine = matches!(answer.status, 201 | 204 | 404 | 409 | 422);
            assert!(fine, "round {round}: {} {}", answer.status, answer.text());
        }
        if token.status == 201 {
            let value = token.attribute("token");
            let machine = place.server.token(value.as_str().unwrap());
            machine.get("organizations/acme").await.expect(401);
        }
    }
    let list = format!("team-workspaces?filter[workspace][id]={}", place.workspace);
    assert!(ids(&place.owner.get(&list).await.expect(200)).is_empty());
    let member = place.server.member().await;
    member.get(&format!("workspaces/{}", place.workspace)).await.expect(404);
}
