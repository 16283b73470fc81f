//! What is hidden can't be told from what is not there: not by the answer, and not by the time that
//! it takes.

use std::time::{Duration, Instant};

use serde_json::json;
use testkit::{Answer, Caller, TestServer};

use crate::{
    fixtures::{LINEAGE, cycle, resource},
    world::{Plea, World},
};

/// An answer without what differs from one request to the next.
fn shown(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let mut headers = Vec::new();
    for (name, value) in &answer.headers {
        if !matches!(name.as_str(), "date" | "x-request-id") {
            headers.push((name.to_string(), value.to_str().unwrap().to_owned()));
        }
    }
    headers.sort();
    (answer.status, headers, without_csrf(&answer.text()))
}

/// Forms hold another value each time.
fn without_csrf(page: &str) -> String {
    const FIELD: &str = "name=\"csrf\" value=\"";
    let mut parts = page.split(FIELD);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        text += part.split_once('"').map_or("", |(_, rest)| rest);
    }
    text
}

#[tokio::test(flavor = "multi_thread")]
async fn to_strangers_an_organization_is_not_there() {
    let mut world = World::new().await;
    let mut compared = 0;
    for entry in world.server.app().routes().entries() {
        let plea = Plea::of(entry.method, entry.path);
        let of_somebody = entry.path.contains('{') && !entry.path.starts_with("/v1/");
        let foreign = world.ask("stranger", &plea).await;
        if !of_somebody || foreign.status != 404 {
            continue;
        }
        let missing = world.ask("stranger", &plea.about_nothing()).await;
        assert_eq!(shown(&foreign), shown(&missing), "{} {}", entry.method, entry.path);
        compared += 1;
    }
    assert!(compared > 130, "{compared}");
}

#[tokio::test(flavor = "multi_thread")]
async fn to_members_a_workspace_that_is_not_granted_is_not_there() {
    let mut world = World::new().await;
    let mut compared = 0;
    for entry in world.server.app().routes().entries() {
        let plea = Plea::of(entry.method, entry.path);
        let foreign = world.ask("member", &plea).await;
        if foreign.status != 404 || !entry.path.contains('{') {
            continue;
        }
        let missing = world.ask("member", &plea.about_nothing_inside()).await;
        assert_eq!(shown(&foreign), shown(&missing), "{} {}", entry.method, entry.path);
        compared += 1;
    }
    assert!(compared > 60, "{compared}");
}

/// How often each question is asked in both ways.
const ROUNDS: u32 = 100;

/// How far the number of times that one way took longer may be from one half: five standard
/// deviations of what chance alone makes, so that this test does not fail by chance.
fn tolerance(rounds: u32) -> f64 {
    5.0 * f64::from(rounds).sqrt() / 2.0
}

/// Two ways to ask: for something hidden, and for nothing.
struct Question {
    caller: Caller,
    method: &'static str,
    hidden: String,
    nothing: &'static str,
}

impl Question {
    async fn time(&self, path: &str) -> Duration {
        let request = self.caller.request(self.method.parse().unwrap(), path);
        let started = Instant::now();
        let answer = self.caller.send(request).await;
        let taken = started.elapsed();
        assert_eq!(answer.status, 404, "{} {path}", self.method);
        taken
    }

    /// In how many rounds the hidden thing took longer.
    async fn ask(&self) -> u32 {
        let mut longer = 0;
        for round in 0..ROUNDS {
            // In turns, so that neither gains from coming second.
            let (hidden, nothing) = if round % 2 == 0 {
                let hidden = self.time(&self.hidden).await;
                (hidden, self.time(self.nothing).await)
            } else {
                let nothing = self.time(self.nothing).await;
                (self.time(&self.hidden).await, nothing)
            };
            longer += u32::from(hidden > nothing);
        }
        longer
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_takes_no_longer_to_find_nothing_hidden() {
    let server = TestServer::start().await;
    let (owner, member) = (server.owner().await, server.member().await);
    let stranger = server.stranger().await;
    let workspace = owner.workspace("hidden").await;
    let version = cycle(&owner, &workspace, 1, LINEAGE).await;
    let project = resource("projects", json!({"name": "hidden"}));
    let project = owner.post("organizations/acme/projects", project).await.expect(201).id();
    for number in 0..20 {
        let team = server.team("acme", &format!("team-{number}")).await.with("member").await;
        team.at_workspace(&owner.workspace(&format!("seen-{number}")).await, "write").await;
    }
    let question = |caller: &Caller, method, hidden: String, nothing| {
        let caller = caller.clone();
        Question { caller, method, hidden, nothing }
    };
    let questions = [
        question(
            &member,
            "GET",
            format!("workspaces/{workspace}"),
            "workspaces/ws-0000000000000000",
        ),
        question(
            &member,
            "GET",
            "organizations/acme/workspaces/hidden".to_owned(),
            "organizations/acme/workspaces/absent",
        ),
        question(
            &member,
            "GET",
            format!("state-versions/{version}"),
            "state-versions/sv-0000000000000000",
        ),
        question(
            &member,
            "POST",
            format!("workspaces/{workspace}/actions/lock"),
            "workspaces/ws-0000000000000000/actions/lock",
        ),
        question(&member, "GET", format!("projects/{project}"), "projects/prj-0000000000000000"),
        question(
            &stranger,
            "GET",
            "organizations/acme".to_owned(),
            "organizations/acme-is-not-there",
        ),
    ];
    let mut total = 0;
    for question in &questions {
        let longer = question.ask().await;
        let off = (f64::from(longer) - f64::from(ROUNDS) / 2.0).abs();
        assert!(off < tolerance(ROUNDS), "{}: {longer} of {ROUNDS}", question.hidden);
        total += longer;
    }
    let rounds = ROUNDS * u32::try_from(questions.len()).unwrap();
    let off = (f64::from(total) - f64::from(rounds) / 2.0).abs();
    assert!(off < tolerance(rounds), "{total} of {rounds}");
}
