//! People and machines of every kind, and an organization with one of everything for them to ask
//! about. What the tests walk that ask for every route.

mod documents;
mod forms;
mod plea;
mod things;

use std::{collections::HashMap, sync::Arc, time::Duration};

use kernel::{FixedClock, Timestamp, UserId};
use reqwest::Method;
use testkit::{Answer, Browser, Caller, Setup, TestServer};

use crate::fixtures::{LINEAGE, create, lock, state};

pub(crate) use self::{
    plea::{Body, Plea},
    things::{FOREIGN, SENSITIVE, SENSITIVE_IN_SET, Things},
};

/// Who asks, in the order of the table's columns.
pub(crate) const ROLES: [&str; 14] = [
    "anonymous",
    "stranger",
    "member",
    "reader",
    "planner",
    "writer",
    "ws-admin",
    "prj-admin",
    "owner",
    "root",
    "org-token",
    "team-token",
    "expired",
    "revoked",
];

/// Those whose tokens are no person's, and belong to the organization that they are made with.
const MACHINES: [&str; 2] = ["org-token", "team-token"];

/// The people who belong to every organization of the fixture, besides its owner.
const STAFF: [&str; 7] =
    ["member", "reader", "planner", "writer", "ws-admin", "prj-admin", "colleague"];

/// Owners whose credentials are of no use.
const LAPSED: [&str; 2] = ["expired", "revoked"];

pub(crate) struct Person {
    pub(crate) caller: Caller,
    pub(crate) browser: Browser,
    csrf: String,
}

pub(crate) struct World {
    pub(crate) server: TestServer,
    pub(crate) people: HashMap<&'static str, Person>,
    pub(crate) things: Things,
    pub(crate) clock: Arc<FixedClock>,
    made: u32,
    asked: u32,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        let clock = Arc::new(FixedClock::at(Timestamp::parse("2030-01-01T00:00:00Z").unwrap()));
        let server = TestServer::start_with(Setup { clock: clock.clone(), ..setup }).await;
        let mut people = HashMap::new();
        for name in STAFF.into_iter().chain(LAPSED).filter(|name| *name != "member") {
            server.join(name).await;
        }
        people.insert("expired", expiring(&server).await);
        clock.advance(Duration::from_hours(24 * 30));
        people.insert("anonymous", Person::without_session(&server, server.anonymous()));
        for name in STAFF.into_iter().chain(["stranger", "owner", "root", "revoked"]) {
            people.insert(name, Person::named(&server, name).await);
        }
        people["revoked"].lapse().await;
        let mut world =
            Self { server, people, things: Things::default(), clock, made: 0, asked: 0 };
        world.make_things().await;
        world
    }

    /// Asks in somebody's name; leaves a world in which everything is there.
    pub(crate) async fn ask(&mut self, role: &'static str, plea: &Plea) -> Answer {
        self.asked += 1;
        self.things.asked_by(role, self.asked);
        let prepared = self.prepare(role, plea).await;
        let answer = self.send(role, plea, &self.things, &self.things).await;
        let changed = plea.method != Method::GET && answer.status < 400;
        if changed && plea.ends_sessions() && is_person(role) {
            self.people.insert(role, Person::named(&self.server, role).await);
        }
        if (changed && plea.spoils()) || prepared {
            self.make_things().await;
        }
        answer
    }

    /// What must be so for a request to have a chance. Says whether anything was changed.
    pub(crate) async fn prepare(&mut self, role: &'static str, plea: &Plea) -> bool {
        let workspace = self.things.get("workspace").to_owned();
        let holder = if plea.needs_own_lock() {
            role
        } else if plea.needs_foreign_lock() {
            "colleague"
        } else if plea.needs_upload() {
            "writer"
        } else {
            return false;
        };
        let caller = self.people[holder].caller.clone();
        lock(&caller, &workspace).await;
        if plea.needs_upload() {
            let bytes = state(2, LINEAGE);
            let created = create(&caller, &workspace, 2, LINEAGE, &bytes).await.expect(201);
            self.things.set("blob", things::secret(&created, "hosted-state-upload-url"));
        }
        let page = format!("/app/{}/workspaces/network", self.things.get("organization"));
        let page = self.people["owner"].browser.get(&page).await.text();
        let value = page.split_once("name=\"lock\" value=\"").map(|(_, rest)| rest);
        let value = value.and_then(|rest| rest.split_once('"')).map(|(value, _)| value);
        self.things.set("lock", value.unwrap_or_default().to_owned());
        true
    }

    /// Sends a request about some things, and with others in its body.
    pub(crate) async fn send(
        &self,
        role: &'static str,
        plea: &Plea,
        path: &Things,
        body: &Things,
    ) -> Answer {
        let person = &self.people[role];
        let url = plea.path(path);
        let request = if plea.is_page() && !MACHINES.contains(&role) {
            person.browser.request(plea.method.clone(), &url)
        } else {
            person.caller.request(plea.method.clone(), &url)
        };
        let request = match plea.body(body) {
            Body::None => request,
            Body::Json(body) => {
                request.header("content-type", "application/vnd.api+json").body(body.to_string())
            }
            Body::Form(mut form) => {
                form.push(("csrf".to_owned(), person.csrf.clone()));
                request.form(&form)
            }
            Body::Bytes(bytes) => request.body(bytes),
        };
        person.caller.send(request).await
    }
}

impl Person {
    async fn named(server: &TestServer, name: &str) -> Self {
        let (caller, browser) = (server.caller(name).await, server.browser_of(name).await);
        let csrf = browser.csrf().await;
        Self { caller, browser, csrf }
    }

    fn without_session(server: &TestServer, caller: Caller) -> Self {
        Self { caller, browser: server.browser(), csrf: String::new() }
    }

    /// Ends their token and session.
    async fn lapse(&self) {
        let browser = &self.browser;
        browser.post(&format!("/logout/{}", self.caller.token()), &[]).await.expect(200);
        browser.post("/app/sign-out", &[("csrf", &self.csrf)]).await.expect(303);
    }
}

/// Somebody whose token and session will have ended when the clock is moved on.
async fn expiring(server: &TestServer) -> Person {
    let (identity, context) = (server.app().identity(), server.app().system_context());
    let user = user_id(server, "expired").await;
    let end = Some(context.now.plus(Duration::from_mins(1)));
    let (_, token) = identity.create_token(&context, user, "", end).await.unwrap();
    let browser = server.browser_of("expired").await;
    let csrf = browser.csrf().await;
    Person { caller: server.token(token.expose()), browser, csrf }
}

async fn user_id(server: &TestServer, name: &str) -> UserId {
    server.app().identity().find_user_by_name(name).await.unwrap().unwrap().id
}

fn is_person(role: &str) -> bool {
    role != "anonymous" && !MACHINES.contains(&role) && !LAPSED.contains(&role)
}
