//! How the Terraform API is reached: `config`.

use std::time::Duration;

use identity::audit::{self, Event};
use kernel::Secret;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    client::Client,
    definer::{self, Definer},
    documents::Owner,
    transport::{Authority, Transport, Way, origin_of},
};
use crate::{
    backend::{Answer, Call},
    fault::Fault,
    limits::Limits,
    response::Response,
};

pub(crate) const KEY: &str = "config";
pub(crate) const DEFAULT_ADDRESS: &str = "https://app.terraform.io";
pub(super) const DEFAULT_BASE_PATH: &str = "/api/v2/";
const DEFAULT_TIMEOUT_SECONDS: u64 = 30;
const LONGEST_TIMEOUT_SECONDS: u64 = 60;

/// What is kept. It has no `Debug`, since it holds the token.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Config {
    /// None: the server itself, which needs none.
    pub(crate) token: Option<String>,
    /// None: the server itself.
    pub(crate) address: Option<String>,
    pub(crate) base_path: String,
    pub(crate) explicit_max_ttl: u64,
    pub(crate) ca_cert: Option<String>,
    pub(crate) request_timeout: u64,
    pub(crate) owner_kind: Option<String>,
    pub(crate) owner_id: Option<String>,
    pub(crate) token_id: Option<String>,
    pub(crate) rotated_at: Option<String>,
}

impl Config {
    /// The configuration for the server itself.
    pub(crate) fn own_server() -> Self {
        Self { address: None, ..Self::fresh() }
    }

    fn fresh() -> Self {
        Self {
            token: None,
            address: Some(DEFAULT_ADDRESS.to_owned()),
            base_path: DEFAULT_BASE_PATH.to_owned(),
            explicit_max_ttl: 0,
            ca_cert: None,
            request_timeout: DEFAULT_TIMEOUT_SECONDS,
            owner_kind: None,
            owner_id: None,
            token_id: None,
            rotated_at: None,
        }
    }

    pub(super) fn set_owner(&mut self, owner: &Owner) {
        self.owner_kind = Some(owner.kind.to_owned());
        self.owner_id = Some(owner.id.clone());
        self.token_id.clone_from(&owner.token_id);
    }

    /// Whether this server itself is asked, which takes no token.
    pub(super) const fn is_own(&self) -> bool {
        self.address.is_none()
    }

    /// A client that asks with the token that is kept; this server itself in the name of whoever
    /// stands for what is asked.
    pub(super) fn client(
        &self,
        core: &crate::Credentials,
        definer: &Definer,
    ) -> Result<Client, Fault> {
        self.client_within(core, definer, &Limits::default())
    }

    /// The same within the limits of a role.
    pub(super) fn client_within(
        &self,
        core: &crate::Credentials,
        definer: &Definer,
        limits: &Limits,
    ) -> Result<Client, Fault> {
        let timeout = Duration::from_secs(self.request_timeout);
        let (way, address, authority) = match &self.address {
            None => {
                let own = core.own_server();
                let way = own.local().map_or_else(|| Way::Network(own.network()), Way::Local);
                (way, core.settings().external_url.as_str(), definer.authority(core, limits)?)
            }
            Some(address) => {
                let token = self.token.clone().ok_or_else(missing)?;
                let usual = core.outgoing();
                let outgoing = match &self.ca_cert {
                    _ if is_own_address(core, address) => core.own_server().network(),
                    Some(authorities) => core.upstreams().way(usual, authorities),
                    None => usual.clone(),
                };
                let authority = Authority::Token(Secret::new(token));
                (Way::Network(outgoing), address.as_str(), authority)
            }
        };
        let is_here = self.is_own() || is_own_address(core, address);
        let transport = Transport::new(way, address, &self.base_path, authority, timeout);
        Ok(Client::new(transport, is_here))
    }

    /// A client for what the server does on its own: ending what was made.
    pub(super) fn tidying_client(&self, core: &crate::Credentials) -> Result<Client, Fault> {
        self.client(core, &Definer::Server)
    }
}

/// Nothing can be asked without one.
pub(super) fn missing() -> Fault {
    Fault::refused("missing API token: write one to config first")
}

/// The configuration of a call's mount.
pub(super) async fn load(call: &Call<'_>) -> Result<Option<Config>, Fault> {
    call.kept(KEY.to_owned()).await
}

/// The configuration of a call's mount, without which nothing can be asked.
pub(super) async fn required(call: &Call<'_>) -> Result<Config, Fault> {
    load(call).await?.ok_or_else(missing)
}

pub(super) async fn read(call: &Call<'_>) -> Answer {
    let Some(config) = load(call).await? else { return Ok(None) };
    let own = call.core.settings().external_url.as_str();
    let mut data = json!({
        "address": config.address.as_deref().unwrap_or(own),
        "base_path": config.base_path,
        "explicit_max_ttl": config.explicit_max_ttl,
        "rotation_schedule": "",
        "rotation_window": 0,
        "rotation_period": 0,
        "rotation_policy": "",
        "disable_automated_rotation": false,
    });
    let mut add = |name: &str, value: Option<serde_json::Value>| {
        if let (Some(data), Some(value)) = (data.as_object_mut(), value) {
            data.insert(name.to_owned(), value);
        }
    };
    add("token_owner_type", config.owner_kind.map(Into::into));
    add("owner_id", config.owner_id.map(Into::into));
    add("last_vault_rotation", config.rotated_at.map(Into::into));
    add("ca_cert", config.ca_cert.map(Into::into));
    add("own_server", config.address.is_none().then(|| true.into()));
    if config.request_timeout != DEFAULT_TIMEOUT_SECONDS {
        add("request_timeout", Some(config.request_timeout.into()));
    }
    Ok(Some(Response::data(data)))
}

pub(super) async fn write(call: &Call<'_>) -> Answer {
    refuse_rotation(call)?;
    let mut config = load(call).await?.unwrap_or_else(Config::fresh);
    config.merge(call)?;
    if let Some(token) = call.input.text("token")?.filter(|token| !token.is_empty()) {
        config.token = Some(token);
        (config.owner_kind, config.owner_id, config.token_id) = (None, None, None);
        if !call.input.boolean("skip_verify_token")?.unwrap_or(false) {
            let client = config.client(call.core, &Definer::Token)?;
            let owner = client.owner().await.map_err(|error| {
                Fault::refused(format!(
                    "failed to verify the configured token with Terraform: {error}"
                ))
            })?;
            config.set_owner(&owner);
        }
    }
    store(call, config).await?;
    Ok(None)
}

impl Config {
    /// Takes over what a request says, but for the token. What it leaves out stays.
    fn merge(&mut self, call: &Call<'_>) -> Result<(), Fault> {
        let input = &call.input;
        let address = input.text("address")?.filter(|address| !address.is_empty());
        if input.boolean("own_server")?.unwrap_or(false) {
            if address.is_some() || input.has("token") {
                return Err(Fault::refused("own_server goes without address and token"));
            }
            if !definer::is_operator(call) {
                return Err(Fault::Denied);
            }
            *self = Self { base_path: self.base_path.clone(), ..Self::own_server() };
        } else if let Some(address) = address {
            self.address = Some(checked_address(call, &address)?);
        } else if self.is_own() && input.has("token") {
            // A token belongs to a server that was named, or to the usual one.
            self.address = Some(DEFAULT_ADDRESS.to_owned());
        }
        if let Some(path) = input.text("base_path")?.filter(|path| !path.is_empty()) {
            self.base_path = checked_base_path(&path)?;
        }
        if let Some(ttl) = input.duration("explicit_max_ttl")? {
            self.explicit_max_ttl = ttl.as_secs();
        }
        if let Some(authorities) = input.text("ca_cert")? {
            self.ca_cert = checked_authorities(&authorities)?;
        }
        if let Some(timeout) = input.duration("request_timeout")? {
            self.request_timeout = timeout.as_secs().clamp(1, LONGEST_TIMEOUT_SECONDS);
        }
        Ok(())
    }
}

/// Writes the configuration down.
pub(super) async fn store(call: &Call<'_>, config: Config) -> Result<(), Fault> {
    let (view, event, context) = (call.view()?, event("update", call), call.context.clone());
    Ok(call
        .core
        .db()
        .write(move |tx| {
            view.put(tx, KEY, &config)?;
            audit::record(tx, &context, &event)
        })
        .await?)
}

pub(super) async fn delete(call: &Call<'_>) -> Answer {
    let (view, event, context) = (call.view()?, event("delete", call), call.context.clone());
    call.core
        .db()
        .write(move |tx| {
            view.delete(tx, KEY)?;
            audit::record(tx, &context, &event)
        })
        .await?;
    Ok(None)
}

/// The record of a change of the configuration.
pub(super) fn event(action: &'static str, call: &Call<'_>) -> Event {
    Event::new(action, "credential-configurations", &call.mount.uuid)
        .named(call.mount.path.as_str())
}

fn refuse_rotation(call: &Call<'_>) -> Result<(), Fault> {
    let fields = ["rotation_schedule", "rotation_window", "rotation_period", "rotation_policy"];
    for field in fields {
        let text = call.input.text(field)?.unwrap_or_default();
        if !matches!(text.as_str(), "" | "0") {
            return Err(Fault::refused(
                "rotation manager unsupported: nothing rotates by itself here; use rotate-root",
            ));
        }
    }
    Ok(())
}

fn checked_address(call: &Call<'_>, address: &str) -> Result<String, Fault> {
    let address = address.trim();
    let uri: Option<http::Uri> = address.parse().ok();
    let good = uri
        .filter(|uri| matches!(uri.scheme_str(), Some("https" | "http")) && uri.host().is_some());
    if good.is_none() {
        return Err(Fault::refused(
            "address must be an http or https URL such as https://app.terraform.io",
        ));
    }
    if is_own_address(call.core, address) {
        return Ok(address.to_owned());
    }
    let checked = call.core.outgoing().check(address);
    checked.map_err(|error| Fault::refused(format!("address can't be used: {error}")))?;
    Ok(address.to_owned())
}

/// Whether an address is this server's own, which it can reach wherever it stands.
fn is_own_address(core: &crate::Credentials, address: &str) -> bool {
    let own = origin_of(&core.settings().external_url);
    origin_of(address).eq_ignore_ascii_case(&own)
}

/// A path alone: nothing in it may lead to another place.
fn checked_base_path(path: &str) -> Result<String, Fault> {
    let odd = |character: char| character.is_whitespace() || "?#%\\".contains(character);
    if !path.starts_with('/') || path.contains(odd) || path.split('/').any(|part| part == "..") {
        return Err(Fault::refused("base_path must begin with a slash, such as /api/v2/"));
    }
    // Shown as it was written: whoever keeps it in a configuration must find it unchanged.
    Ok(path.to_owned())
}

fn checked_authorities(authorities: &str) -> Result<Option<String>, Fault> {
    if authorities.trim().is_empty() {
        return Ok(None);
    }
    let settings = outgoing::Settings {
        authorities: Some(authorities.to_owned()),
        ..outgoing::Settings::default()
    };
    settings.check().map_err(|error| Fault::refused(format!("ca_cert: {error}")))?;
    Ok(Some(authorities.to_owned()))
}
