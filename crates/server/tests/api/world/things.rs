//! One of everything, in an organization of its own.

use std::collections::HashMap;

use kernel::Timestamp;
use serde_json::{Value, json};
use testkit::{Answer, Caller};

use super::{LAPSED, MACHINES, Person, STAFF, World, user_id};
use crate::{
    fixtures::{LINEAGE, create, ids, lock, resource, state, unlock},
    vault::{Vault, text},
};

/// The values of sensitive variables: of the workspace, and of the set.
pub(crate) const SENSITIVE: &str = "canary-sensitive-variable-5b21";
pub(crate) const SENSITIVE_IN_SET: &str = "canary-sensitive-set-variable-5b21";

/// Who founds an organization, and who works in it.
pub(crate) struct Cast {
    pub(crate) owner: &'static str,
    pub(crate) writer: &'static str,
    pub(crate) member: &'static str,
    /// Whether everybody with a role belongs to it.
    pub(crate) has_staff: bool,
}

/// The organization that everybody of the table works in.
const OWN: Cast = Cast { owner: "owner", writer: "writer", member: "member", has_staff: true };

/// The organization of somebody who has nothing to do with that one.
pub(crate) const FOREIGN: Cast =
    Cast { owner: "stranger", writer: "stranger", member: "stranger", has_staff: false };

/// What stands in paths and bodies, by what it is.
#[derive(Clone, Default)]
pub(crate) struct Things {
    values: HashMap<&'static str, String>,
}

impl Things {
    /// The id, name or secret of a thing.
    #[track_caller]
    pub(crate) fn get(&self, name: &str) -> &str {
        self.values.get(name).unwrap_or_else(|| panic!("the world has no {name}"))
    }

    pub(crate) fn set(&mut self, name: &'static str, value: String) {
        self.values.insert(name, value);
    }

    /// Everything there is.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.values.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// What somebody needs to speak of themselves and of what is new.
    pub(super) fn asked_by(&mut self, role: &str, number: u32) {
        self.set("role", role.to_owned());
        self.set("new", format!("new-{number}"));
        self.set("password", format!("the password of {role}"));
    }
}

impl World {
    /// A new organization with one of everything.
    pub(crate) async fn make_things(&mut self) {
        self.made += 1;
        let organization = format!("fixture-{}", self.made);
        self.things = self.found(&organization, &OWN).await;
        for machine in MACHINES {
            let caller = self.server.token(self.things.get(machine));
            self.people.insert(machine, Person::without_session(&self.server, caller));
        }
    }

    /// The things of a new organization of that name.
    pub(crate) async fn found(&self, organization: &str, cast: &Cast) -> Things {
        let mut things = Things::default();
        things.set("organization", organization.to_owned());
        self.make_places(&mut things, cast).await;
        self.staff(&mut things, cast).await;
        self.make_tokens(&mut things, cast).await;
        self.make_variables(&mut things, cast).await;
        self.make_rest(&mut things, cast).await;
        self.make_credentials(&mut things).await;
        things
    }

    async fn make_places(&self, things: &mut Things, cast: &Cast) {
        let (identity, context) =
            (self.server.app().identity(), self.server.app().system_context());
        let name = things.get("organization").to_owned();
        let owner = Some(user_id(&self.server, cast.owner).await);
        let email = format!("{name}@example.com");
        let made = identity.create_organization(&context, &name, &email, "infra", owner).await;
        things.set("project", made.unwrap().default_project_id.to_string());
        let owner = &self.people[cast.owner].caller;
        for (kind, thing, called) in
            [("projects", "empty-project", "empty"), ("workspaces", "workspace", "network")]
        {
            let path = format!("organizations/{name}/{kind}");
            things.set(thing, post(owner, &path, json!({"name": called})).await.id());
        }
    }

    /// Everybody, in a team of their own with what their role may do; and two teams besides.
    async fn staff(&self, things: &mut Things, cast: &Cast) {
        let (identity, context) =
            (self.server.app().identity(), self.server.app().system_context());
        let name = things.get("organization").to_owned();
        let staff = if cast.has_staff { [STAFF.as_slice(), &LAPSED].concat() } else { Vec::new() };
        for person in staff.iter().copied() {
            let user = user_id(&self.server, person).await;
            let owns = LAPSED.contains(&person);
            identity.add_member(&context, &name, user, owns).await.unwrap();
        }
        let workspace = &things.get("workspace").to_owned();
        let project = &things.get("project").to_owned();
        for (person, level) in [
            ("reader", "read"),
            ("planner", "plan"),
            ("writer", "write"),
            ("colleague", "write"),
            ("ws-admin", "admin"),
        ] {
            let mut team = self.server.team(&name, &format!("{person}s")).await;
            if cast.has_staff {
                team = team.with(person).await;
            }
            team.at_workspace(workspace, level).await;
        }
        let mut admins = self.server.team(&name, "prj-admins").await;
        if cast.has_staff {
            admins = admins.with("prj-admin").await;
        }
        admins.at_project(project, "admin").await;
        admins.at_project(things.get("empty-project"), "admin").await;
        let machines = self.server.team(&name, "machines").await;
        machines.at_workspace(workspace, "write").await;
        things.set("machines", machines.id.to_string());
        things.set("spare-team", self.server.team(&name, "spare").await.id.to_string());
        let crew = self.server.team(&name, "crew").await;
        things.set("project-grant", crew.at_project(project, "read").await);
        things.set("workspace-grant", crew.at_workspace(workspace, "read").await);
        things.set("team", crew.id.to_string());
    }

    async fn make_tokens(&self, things: &mut Things, cast: &Cast) {
        let owner = &self.people[cast.owner].caller;
        let organization = things.get("organization").to_owned();
        let path = format!("organizations/{organization}/authentication-token");
        let token = post(owner, &path, json!({})).await;
        things.set("org-token", value_of(&token));
        things.set("org-token-id", token.id());
        let path = format!("teams/{}/authentication-tokens", things.get("machines"));
        things.set("team-token", value_of(&post(owner, &path, json!({})).await));
        let path = format!("teams/{}/authentication-token", things.get("team"));
        post(owner, &path, json!({})).await;
        let member = &self.people[cast.member].caller;
        let user = member.get("account/details").await.expect(200).id();
        let token = post(member, &format!("users/{user}/authentication-tokens"), json!({})).await;
        things.set("token", token.id());
        things.set("token-value", value_of(&token));
        things.set("user", user);
        let here = json!({"workspace": {"data":
            {"type": "workspaces", "id": things.get("workspace")}}});
        let key = json!({"data": {"type": "access-keys", "attributes": {"level": "read"},
            "relationships": here.clone()}});
        let path = format!("organizations/{organization}/access-keys");
        things.set("key", owner.post(&path, key).await.expect(201).id());
        let trust = json!({"name": "ci", "issuer": "https://issuer.example",
            "rules": [{"claim": "sub", "equals": "x"}], "level": "read"});
        let trust = json!({"data": {"type": "trusted-issuers", "attributes": trust,
            "relationships": here}});
        let path = format!("organizations/{organization}/trusted-issuers");
        things.set("trust", owner.post(&path, trust).await.expect(201).id());
    }

    async fn make_variables(&self, things: &mut Things, cast: &Cast) {
        let owner = &self.people[cast.owner].caller;
        let variable = json!({"key": "region", "value": "north", "category": "env"});
        let path = format!("workspaces/{}/vars", things.get("workspace"));
        things.set("variable", post(owner, &path, variable.clone()).await.id());
        let set = json!({"data": {"type": "varsets", "attributes": {"name": "set"},
            "relationships": {"projects": {"data":
                [{"type": "projects", "id": things.get("project")}]}}}});
        let path = format!("organizations/{}/varsets", things.get("organization"));
        let set = owner.post(&path, set).await.expect(201).id();
        let path = format!("varsets/{set}/relationships/vars");
        things.set("set-variable", post(owner, &path, variable).await.id());
        let hidden = |value: &str| json!({"key": "hidden", "value": value, "category": "terraform", "sensitive": true});
        post(owner, &path, hidden(SENSITIVE_IN_SET)).await;
        let path = format!("workspaces/{}/vars", things.get("workspace"));
        post(owner, &path, hidden(SENSITIVE)).await;
        things.set("varset", set);
        let path = format!("organizations/{}/reserved-tag-keys", things.get("organization"));
        things.set("reserved-key", post(owner, &path, json!({"key": "cost"})).await.id());
        let path = format!("organizations/{}/audit-records", things.get("organization"));
        let records = owner.get(&path).await.expect(200);
        things.set("audit-record", ids(&records)[0].clone());
        let at = Timestamp::parse(records.attributes("at")[0].as_str().unwrap()).unwrap();
        things.set("audit-at", at.as_micros().to_string());
    }

    async fn make_rest(&self, things: &mut Things, cast: &Cast) {
        let (owner, writer) = (&self.people[cast.owner].caller, &self.people[cast.writer].caller);
        let (organization, workspace) =
            (things.get("organization").to_owned(), things.get("workspace").to_owned());
        let invited = json!({"email": format!("invited-to-{organization}@example.com")});
        let path = format!("organizations/{organization}/organization-memberships");
        things.set("membership", post(owner, &path, invited).await.id());
        let tags = json!({"data": [{"type": "tags", "attributes": {"name": "app"}}]});
        let path = format!("workspaces/{workspace}/relationships/tags");
        owner.post(&path, tags).await.expect(204);
        things.set("tag", ids(&owner.get(&path).await)[0].clone());
        let version = write_state(writer, &workspace).await;
        let read = writer.get(&format!("state-versions/{version}")).await.expect(200);
        let outputs = writer.get(&format!("state-versions/{version}/outputs")).await.expect(200);
        things.set("blob", secret(&read, "hosted-state-download-url"));
        things.set("output", ids(&outputs)[0].clone());
        things.set("version", version);
        things.set("lock", String::new());
    }
}

impl World {
    /// What belongs to the whole site: a mount that gives out tokens, a role of it, and a policy.
    async fn make_credentials(&self, things: &mut Things) {
        let credentials = self.server.app().credentials();
        credentials.ensure_own_engine("terraform/").await.unwrap();
        let root = Vault::root(&self.server).await;
        let role = json!({"user_id": things.get("user")});
        root.write("terraform/role/fixture", role).await.expect(204);
        things.set("role-name", "fixture".to_owned());
        let policy = json!({"policy": "path \"fixture\" { capabilities = [\"read\"] }"});
        root.write("sys/policies/acl/fixture", policy).await.expect(204);
        things.set("policy", "fixture".to_owned());
        let mount = root.read("sys/mounts/terraform").await.expect(200);
        things.set("mount", text(&mount, "/accessor"));
    }
}

async fn post(caller: &Caller, path: &str, attributes: Value) -> Answer {
    caller.post(path, resource("", attributes)).await.expect(201)
}

/// The value of a token that was just made.
fn value_of(answer: &Answer) -> String {
    answer.attribute("token").as_str().expect("a token").to_owned()
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
pub(super) fn secret(answer: &Answer, name: &str) -> String {
    let url = answer.attribute(name);
    let (_, secret) = url.as_str().unwrap().rsplit_once('/').unwrap();
    secret.to_owned()
}
