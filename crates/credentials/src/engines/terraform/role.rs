//! Roles: whose tokens are given out, and for how long.

use std::time::Duration;

use db::Tx;
use identity::audit::{self, Event};
use kernel::Secret;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    bound::Bound,
    client::Client,
    config::{self, Config},
    definer::{self, Definer},
    documents::MadeToken,
    fixed,
};
use crate::{
    Credentials,
    backend::{Answer, Call},
    fault::Fault,
    framework::Input,
    limits::Limits,
    mount::Mount,
    response::Response,
};

/// What tokens a role gives out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CredentialType {
    /// One more token of a person each time.
    User,
    /// The one token of an organization.
    Organization,
    /// One more token of a team each time.
    Team,
    /// The one legacy token of a team.
    TeamLegacy,
    /// A key for one place each time; only this product has them.
    Bound,
}

impl CredentialType {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Organization => "organization",
            Self::Team => "team",
            Self::TeamLegacy => "team_legacy",
            Self::Bound => "bound",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::User, Self::Organization, Self::Team, Self::TeamLegacy, Self::Bound]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }

    /// Whether each read makes a token of its own, with a lease.
    pub(crate) const fn is_leased(self) -> bool {
        matches!(self, Self::User | Self::Team | Self::Bound)
    }
}

/// What is kept. It has no `Debug`, since it may hold a token.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(crate) struct Role {
    pub(crate) credential_type: Option<CredentialType>,
    pub(crate) description: String,
    pub(crate) organization: String,
    /// The organization's id at this server itself, if it is one there; followed by that of the
    /// project, if one is named with it.
    #[serde(default)]
    pub(crate) organization_id: String,
    pub(crate) team_id: String,
    pub(crate) user_id: String,
    pub(crate) ttl: u64,
    pub(crate) max_ttl: u64,
    #[serde(default)]
    pub(crate) bound: Bound,
    /// Who stands for it.
    #[serde(default)]
    pub(crate) definer: Definer,
    /// What binds what it gives out, because it binds the API token of who wrote it.
    #[serde(default)]
    pub(crate) limits: Limits,
    /// The token of a role that has one.
    pub(crate) token: String,
    pub(crate) token_id: String,
}

/// What stands before the names of roles in what a mount keeps.
pub(crate) const FOLDER: &str = "role/";

pub(super) fn key(name: &str) -> String {
    format!("{FOLDER}{name}")
}

/// The name in a call's path.
pub(super) fn name_of(call: &Call<'_>) -> Result<String, Fault> {
    Ok(call.input.text_or_empty("name")?.to_lowercase())
}

/// A role of a call's mount.
pub(super) async fn load(call: &Call<'_>, name: &str) -> Result<Option<Role>, Fault> {
    call.kept(key(name)).await
}

pub(super) async fn list(call: &Call<'_>) -> Answer {
    call.names_in(FOLDER.to_owned()).await
}

pub(super) async fn read(call: &Call<'_>) -> Answer {
    let name = name_of(call)?;
    let (view, system, named) = (call.view()?, call.core.identity().system(), name.clone());
    let find = move |tx: &mut Tx<'_>| Role::find_shown(tx, &system, &view, &named);
    let role = call.core.db().glance(find).await?;
    Ok(role.map(|role| Response::data(Value::Object(role.shown(&name)))))
}

pub(super) async fn write(call: &Call<'_>) -> Answer {
    let name = name_of(call)?;
    let mut role = load(call, &name).await?.unwrap_or_default();
    role.merge(&call.input)?;
    let config = config::load(call).await?;
    // Whoever stood for what it was before does not stand for what it is now.
    (role.definer, role.limits) = match &config {
        Some(config) => (Definer::of(call, config)?, definer::limits_of_writer(call, config)),
        None => (Definer::default(), Limits::default()),
    };
    match role.kind() {
        CredentialType::User | CredentialType::Team => store(call, &name, role).await,
        CredentialType::Bound => {
            let config = config.ok_or_else(config::missing)?;
            role.find_organization(call, &config).await?;
            role.find_place(call, &config).await?;
            role.try_out(call, &config).await?;
            store(call, &name, role).await
        }
        CredentialType::Organization | CredentialType::TeamLegacy => {
            let config = config.ok_or_else(config::missing)?;
            role.find_organization(call, &config).await?;
            fixed::make(call, &config, &name, role, "update").await
        }
    }
}

async fn store(call: &Call<'_>, name: &str, role: Role) -> Answer {
    let (view, key, context) = (call.view()?, key(name), call.context.clone());
    let event = role.event("update", call.mount, name);
    call.core
        .db()
        .write(move |tx| {
            view.put(tx, &key, &role)?;
            audit::record(tx, &context, &event)
        })
        .await?;
    Ok(None)
}

pub(super) async fn delete(call: &Call<'_>) -> Answer {
    let name = name_of(call)?;
    let (view, key, context) = (call.view()?, key(&name), call.context.clone());
    let event = event("delete", call.mount, &name);
    call.core
        .db()
        .write(move |tx| {
            view.delete(tx, &key)?;
            audit::record(tx, &context, &event)
        })
        .await?;
    Ok(None)
}

/// The record of something that was done to a role.
fn event(action: &'static str, mount: &Mount, name: &str) -> Event {
    Event::new(action, "credential-roles", format!("{}:{name}", mount.uuid))
        .named(format!("{}role/{name}", mount.path))
}

impl Role {
    /// The kind, which every stored role has.
    pub(crate) fn kind(&self) -> CredentialType {
        self.credential_type.unwrap_or(CredentialType::User)
    }

    pub(crate) fn ttl(&self) -> Duration {
        Duration::from_secs(self.ttl)
    }

    pub(crate) fn max_ttl(&self) -> Duration {
        Duration::from_secs(self.max_ttl)
    }

    /// Who makes its tokens.
    pub(super) fn client(&self, config: &Config, core: &Credentials) -> Result<Client, Fault> {
        let client = config.client_within(core, &self.definer, &self.limits)?;
        self.require_organization(&client)?;
        Ok(client)
    }

    /// The record of something that was done to it.
    pub(super) fn event(&self, action: &'static str, mount: &Mount, name: &str) -> Event {
        let event = event(action, mount, name).with("type", self.kind().as_str());
        if self.is_of_organization() {
            return event.with("organization", self.organization_address());
        }
        event
    }

    /// What binds what a call gets of it: what binds its writer, and whoever calls.
    pub(super) fn limits_for(&self, call: &Call<'_>, config: &Config) -> Result<Limits, Fault> {
        if !config.is_own() {
            return Ok(Limits::default());
        }
        self.limits.and(&Limits::of_token(call.token)).ok_or_else(|| {
            Fault::refused(
                "the API token that you logged in with is good in other networks than that of who \
                 wrote this role: no token can be made that works from both",
            )
        })
    }

    /// The role with another token.
    pub(super) fn with_token(self, made: &MadeToken) -> Self {
        Self { token: made.value.expose().clone(), token_id: made.id.clone(), ..self }
    }

    /// The token of a role that has one.
    pub(super) fn fixed_token(&self) -> Secret<String> {
        Secret::new(self.token.clone())
    }

    /// Takes over what a request says, in the order in which the vendor's engine looks at it.
    fn merge(&mut self, input: &Input) -> Result<(), Fault> {
        if let Some(word) = input.text("credential_type")? {
            let kind = CredentialType::parse(&word)
                .ok_or_else(|| Fault::refused(format!("unrecognized credential type: {word}")))?;
            self.credential_type = Some(kind);
        }
        if self.bound.merge(input)? {
            self.credential_type.get_or_insert(CredentialType::Bound);
        }
        if let Some(organization) = input.text("organization")? {
            self.organization = organization;
            self.credential_type.get_or_insert(CredentialType::Organization);
        }
        if let Some(user) = input.text("user_id")? {
            self.user_id = user;
            self.credential_type.get_or_insert(CredentialType::User);
        }
        if let Some(team) = input.text("team_id")? {
            self.team_id = team;
            self.credential_type.get_or_insert(CredentialType::TeamLegacy);
        }
        if let Some(description) = input.text("description")? {
            self.description = description;
        }
        self.check_owner()?;
        if !self.is_of_organization() {
            self.organization_id.clear();
        }
        if let Some(ttl) = input.duration("ttl")? {
            self.ttl = ttl.as_secs();
        }
        if let Some(ttl) = input.duration("max_ttl")? {
            self.max_ttl = ttl.as_secs();
        }
        self.check_times()
    }

    fn check_owner(&self) -> Result<(), Fault> {
        if self.kind() == CredentialType::Bound {
            let one_place = !self.organization.is_empty() && self.bound.has_one_place();
            if !one_place || !self.team_id.is_empty() || !self.user_id.is_empty() {
                return Err(Fault::refused(
                    "a bound role needs an organization, and either a workspace or a project \
                     (workspace_id, workspace, project_id or project), and nobody whose tokens \
                     they would be",
                ));
            }
            return Ok(());
        }
        if self.bound != Bound::default() {
            return Err(Fault::refused(format!(
                "workspace_id, project_id, access, rights and source_networks go with \
                 credential_type = bound, not with {}",
                self.kind().as_str()
            )));
        }
        let others = !self.organization.is_empty() || !self.team_id.is_empty();
        if !self.user_id.is_empty() && others {
            return Err(Fault::refused(
                "cannot provide a user_id in combination with organization or team_id",
            ));
        }
        if self.user_id.is_empty() && !others {
            return Err(Fault::refused("must provide an organization name, team id, or user id"));
        }
        let fits = match self.kind() {
            CredentialType::User => !self.user_id.is_empty(),
            CredentialType::Team | CredentialType::TeamLegacy => !self.team_id.is_empty(),
            CredentialType::Organization => !self.organization.is_empty(),
            CredentialType::Bound => true,
        };
        if fits {
            return Ok(());
        }
        Err(Fault::refused(format!(
            "credential_type = {} does not go with what the role names: a user needs user_id, a \
             team team_id, an organization organization",
            self.kind().as_str()
        )))
    }

    fn check_times(&self) -> Result<(), Fault> {
        if self.max_ttl != 0 && self.ttl > self.max_ttl {
            return Err(Fault::refused("ttl cannot be greater than max_ttl"));
        }
        let described = !self.description.is_empty() || self.ttl != 0 || self.max_ttl != 0;
        if self.kind() == CredentialType::TeamLegacy && described {
            return Err(Fault::refused(
                "cannot provide description, ttl, or max_ttl with credential_type = team_legacy, \
                 try credential_type = team.",
            ));
        }
        Ok(())
    }

    /// What a read shows: the tokens never.
    fn shown(&self, name: &str) -> Map<String, Value> {
        let mut data = Map::new();
        let mut add = |key: &str, value: Value| {
            data.insert(key.to_owned(), value);
        };
        add("name", json!(name));
        add("ttl", json!(self.ttl));
        add("max_ttl", json!(self.max_ttl));
        let texts = [
            ("description", &self.description),
            ("organization", &self.organization),
            ("organization_id", &self.organization_id),
            ("team_id", &self.team_id),
            ("user_id", &self.user_id),
        ];
        for (key, text) in texts {
            if !text.is_empty() {
                add(key, json!(text));
            }
        }
        for (key, value) in self.bound.shown() {
            add(key, value);
        }
        if let Some(person) = self.definer.person() {
            add("on_behalf_of", json!(person));
        }
        if let Some(shown) = self.shown_type() {
            add("credential_type", json!(shown));
        }
        data
    }

    /// The type as the vendor's engine shows it: none for an organization alone, and `team` for a
    /// team that is named with its organization.
    fn shown_type(&self) -> Option<&'static str> {
        match self.kind() {
            CredentialType::Bound => Some("bound"),
            CredentialType::TeamLegacy => Some("team_legacy"),
            _ if !self.team_id.is_empty() => Some("team"),
            _ if !self.user_id.is_empty() => Some("user"),
            _ => None,
        }
    }
}

#[cfg(test)]
#[path = "tests/role.rs"]
mod tests;
