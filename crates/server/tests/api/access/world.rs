//! People of every kind, and an organization with one of everything for them to ask about.

use std::{collections::HashMap, sync::Arc, time::Duration};

use kernel::{FixedClock, Timestamp, UserId};
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Browser, Caller, Setup, TestServer};

use super::requests::{Body, Plea};
use crate::fixtures::{LINEAGE, create, ids, lock, resource, state, unlock};

/// The columns of the table.
pub(super) const ROLES: [&str; 7] =
    ["anonymous", "stranger", "revoked", "expired", "member", "owner", "root"];

struct Person {
    caller: Caller,
    browser: Browser,
    csrf: String,
}

pub(super) struct World {
    pub(super) server: TestServer,
    people: HashMap<&'static str, Person>,
    thing: Things,
    made: u32,
}

/// What stands in paths and bodies.
#[derive(Default)]
pub(super) struct Things {
    pub(super) organization: String,
    pub(super) workspace: String,
    pub(super) project: String,
    pub(super) membership: String,
    pub(super) user: String,
    pub(super) token: String,
    pub(super) token_value: String,
    pub(super) tag: String,
    pub(super) version: String,
    pub(super) output: String,
    pub(super) blob: String,
    pub(super) lock: String,
    /// Who asks, and their password.
    pub(super) role: &'static str,
    pub(super) password: String,
}

impl World {
    pub(super) async fn new() -> Self {
        let clock = Arc::new(FixedClock::at(Timestamp::parse("2030-01-01T00:00:00Z").unwrap()));
        let setup = Setup { clock: clock.clone(), ..Setup::default() };
        let server = TestServer::start_with(setup).await;
        let mut people = HashMap::new();
        for name in ["revoked", "expired", "colleague"] {
            server.another_member(name).await;
        }
        people.insert("expired", expiring(&server).await);
        clock.advance(Duration::from_hours(24 * 30));
        let anonymous =
            Person { caller: server.anonymous(), browser: server.browser(), csrf: String::new() };
        people.insert("anonymous", anonymous);
        for name in ["stranger", "revoked", "member", "owner", "root", "colleague"] {
            people.insert(name, person(&server, name).await);
        }
        revoke(&people["revoked"]).await;
        let mut world = Self { server, people, thing: Things::default(), made: 0 };
        world.make_things().await;
        world
    }

    /// Asks in somebody's name; leaves a world in which everything is there.
    pub(super) async fn ask(&mut self, role: &'static str, plea: &Plea) -> Answer {
        self.thing.role = role;
        self.thing.password = format!("the password of {role}");
        let prepared = self.prepare(role, plea).await;
        let answer = self.send(role, plea).await;
        let changed = plea.method != Method::GET && answer.status < 400;
        let ended = plea.pattern.contains("password") || plea.pattern.contains("sign-out");
        if changed && ended && !matches!(role, "anonymous" | "revoked" | "expired") {
            self.people.insert(role, person(&self.server, role).await);
        }
        if changed || prepared {
            self.make_things().await;
        }
        answer
    }

    /// What must be so for a request to have a chance.
    async fn prepare(&mut self, role: &'static str, plea: &Plea) -> bool {
        let id = self.thing.workspace.clone();
        let holder = if plea.needs_own_lock() {
            role
        } else if plea.needs_foreign_lock() {
            "colleague"
        } else if plea.needs_upload() {
            "member"
        } else {
            return false;
        };
        let caller = self.people[holder].caller.clone();
        lock(&caller, &id).await;
        if plea.needs_upload() {
            let created = create(&caller, &id, 2, LINEAGE, &state(2, LINEAGE)).await.expect(201);
            self.thing.blob = secret(&created, "hosted-state-upload-url");
        }
        let page = format!("/app/{}/workspaces/network", self.thing.organization);
        let page = self.people["owner"].browser.get(&page).await.text();
        let value = page.split_once("name=\"lock\" value=\"").map(|(_, rest)| rest);
        let value = value.and_then(|rest| rest.split_once('"')).map(|(value, _)| value);
        value.unwrap_or_default().clone_into(&mut self.thing.lock);
        true
    }

    async fn send(&self, role: &'static str, plea: &Plea) -> Answer {
        let person = &self.people[role];
        let path = plea.path(&self.thing);
        let request = if plea.pattern.starts_with("/app") {
            person.browser.request(plea.method.clone(), &path)
        } else {
            person.caller.request(plea.method.clone(), &path)
        };
        let request = match plea.body(&self.thing) {
            Body::None => request,
            Body::Json(body) => {
                request.header("content-type", "application/vnd.api+json").body(body.to_string())
            }
            Body::Form(mut form) => {
                form.push(("csrf", person.csrf.clone()));
                request.form(&form)
            }
            Body::Bytes(bytes) => request.body(bytes),
        };
        person.caller.send(request).await
    }

    /// A new organization with one of everything.
    async fn make_things(&mut self) {
        self.made += 1;
        let organization = format!("fixture-{}", self.made);
        self.found(&organization).await;
        let (owner, member) = (&self.people["owner"].caller, &self.people["member"].caller);
        let within = |path: &str| format!("organizations/{organization}/{path}");
        let post = async |caller: &Caller, path: &str, attributes: Value| {
            caller.post(path, resource("", attributes)).await.expect(201)
        };
        let workspace = post(owner, &within("workspaces"), json!({"name": "network"})).await.id();
        let project = post(owner, &within("projects"), json!({"name": "empty"})).await.id();
        let invited = json!({"email": format!("invited-{}@example.com", self.made)});
        let membership = post(owner, &within("organization-memberships"), invited).await.id();
        let user = member.get("account/details").await.expect(200).id();
        let token = post(member, &format!("users/{user}/authentication-tokens"), json!({})).await;
        let tags = json!({"data": [{"type": "tags", "attributes": {"name": "app"}}]});
        let path = format!("workspaces/{workspace}/relationships/tags");
        member.post(&path, tags).await.expect(204);
        let tag = ids(&member.get(&path).await)[0].clone();
        let version = write_state(member, &workspace).await;
        let read = member.get(&format!("state-versions/{version}")).await.expect(200);
        let outputs = member.get(&format!("state-versions/{version}/outputs")).await.expect(200);
        self.thing = Things {
            blob: secret(&read, "hosted-state-download-url"),
            output: ids(&outputs)[0].clone(),
            token: token.id(),
            token_value: token.attribute("token").as_str().unwrap().to_owned(),
            organization,
            workspace,
            project,
            membership,
            user,
            tag,
            version,
            ..Things::default()
        };
    }

    /// Makes an organization of the owners and members.
    async fn found(&self, organization: &str) {
        let (identity, context) =
            (self.server.app().identity(), self.server.app().system_context());
        let email = format!("{organization}@example.com");
        let owner = user_id(&self.server, "owner").await;
        identity
            .create_organization(&context, organization, &email, "default", Some(owner))
            .await
            .unwrap();
        for (name, owns) in
            [("member", false), ("colleague", false), ("revoked", true), ("expired", true)]
        {
            let user = user_id(&self.server, name).await;
            identity.add_member(&context, organization, user, owns).await.unwrap();
        }
    }
}

async fn user_id(server: &TestServer, name: &str) -> UserId {
    server.app().identity().find_user_by_name(name).await.unwrap().unwrap().id
}

async fn person(server: &TestServer, name: &str) -> Person {
    let (caller, browser) = (server.caller(name).await, server.browser_of(name).await);
    let csrf = browser.csrf().await;
    Person { caller, browser, csrf }
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

/// Ends somebody's token and session.
async fn revoke(person: &Person) {
    let browser = &person.browser;
    browser.post(&format!("/logout/{}", person.caller.token()), &[]).await.expect(200);
    browser.post("/app/sign-out", &[("csrf", &person.csrf)]).await.expect(303);
}

/// Writes a state with its JSON form.
async fn write_state(caller: &Caller, workspace: &str) -> String {
    lock(caller, workspace).await.expect(200);
    let bytes = state(1, LINEAGE);
    let created = create(caller, workspace, 1, LINEAGE, &bytes).await.expect(201);
    let url = created.attribute("hosted-state-upload-url");
    caller.upload(url.as_str().unwrap(), bytes).await.expect(200);
    let url = created.attribute("hosted-json-state-upload-url");
    caller.upload(url.as_str().unwrap(), "{}").await.expect(200);
    unlock(caller, workspace).await.expect(200);
    created.id()
}

/// The secret part of a signed URL.
fn secret(answer: &Answer, name: &str) -> String {
    let url = answer.attribute(name);
    let (_, secret) = url.as_str().unwrap().rsplit_once('/').unwrap();
    secret.to_owned()
}
