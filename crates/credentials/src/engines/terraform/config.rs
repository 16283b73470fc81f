//! How the Terraform API is reached: `config`.

use std::time::Duration;

use kernel::Secret;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::client::{Client, Owner};
use crate::{
    backend::{Answer, Call},
    fault::Fault,
    framework::{Field, FieldKind},
    response::Response,
};

pub(crate) const KEY: &str = "config";
pub(super) const DEFAULT_ADDRESS: &str = "https://app.terraform.io";
pub(super) const DEFAULT_BASE_PATH: &str = "/api/v2/";
const DEFAULT_TIMEOUT_SECONDS: u64 = 30;

pub(super) const FIELDS: &[Field] = &[
    Field {
        name: "token",
        kind: FieldKind::Text,
        description: "The API token that this engine makes, renews and revokes other tokens with. It is never shown again.",
    },
    Field {
        name: "address",
        kind: FieldKind::Text,
        description: "Scheme and host of the Terraform API, such as https://app.terraform.io, which is the default.",
    },
    Field {
        name: "base_path",
        kind: FieldKind::Text,
        description: "What stands before each path of that API. The default is /api/v2/.",
    },
    Field {
        name: "explicit_max_ttl",
        kind: FieldKind::Duration,
        description: "How long the token lives that rotate-root makes. Zero: as long as the API lets it.",
    },
    Field {
        name: "ca_cert",
        kind: FieldKind::Text,
        description: "Certificate authorities in PEM that the API's certificate may come from, besides those that this machine trusts.",
    },
    Field {
        name: "request_timeout",
        kind: FieldKind::Duration,
        description: "How long one request to the API may take. The default is 30 seconds.",
    },
    Field {
        name: "skip_verify_token",
        kind: FieldKind::Boolean,
        description: "Keep a new token without asking the API whose it is.",
    },
    Field {
        name: "rotation_schedule",
        kind: FieldKind::Text,
        description: "Not supported: rotate with rotate-root.",
    },
    Field {
        name: "rotation_window",
        kind: FieldKind::Duration,
        description: "Not supported: rotate with rotate-root.",
    },
    Field {
        name: "rotation_period",
        kind: FieldKind::Duration,
        description: "Not supported: rotate with rotate-root.",
    },
    Field {
        name: "rotation_policy",
        kind: FieldKind::Text,
        description: "Not supported: rotate with rotate-root.",
    },
    Field {
        name: "disable_automated_rotation",
        kind: FieldKind::Boolean,
        description: "Accepted, and without effect: nothing rotates by itself.",
    },
];

/// What is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
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

    /// A client with the token that is kept.
    pub(super) fn client(&self, core: &crate::Credentials) -> Result<Client, Fault> {
        let timeout = Duration::from_secs(self.request_timeout);
        let Some(address) = &self.address else {
            let (outgoing, token) = core.own_server();
            let address = core.settings().external_url.clone();
            return Ok(Client::new(outgoing, &address, &self.base_path, token, timeout));
        };
        let token = self.token.clone().ok_or_else(|| Fault::refused("missing API token"))?;
        let outgoing = match &self.ca_cert {
            Some(authorities) => core.outgoing().trusting(authorities),
            None => core.outgoing().clone(),
        };
        Ok(Client::new(outgoing, address, &self.base_path, Secret::new(token), timeout))
    }
}

/// The configuration of a call's mount.
pub(super) async fn load(call: &Call<'_>) -> Result<Option<Config>, Fault> {
    let view = call.view()?;
    Ok(call.core.db().read(move |tx| view.get(tx, KEY)).await?)
}

/// A client for a call's mount.
pub(super) async fn client(call: &Call<'_>) -> Result<Client, Fault> {
    load(call).await?.ok_or_else(|| Fault::refused("missing API token"))?.client(call.core)
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
    Ok(Some(Response::data(data)))
}

pub(super) async fn write(call: &Call<'_>) -> Answer {
    refuse_rotation(call)?;
    let mut config = load(call).await?.unwrap_or_else(Config::fresh);
    let input = &call.input;
    if let Some(address) = input.text("address")? {
        config.address = Some(checked_address(&address)?);
    } else if config.address.is_none() && input.has("token") {
        // A token belongs to a server that was named, or to the usual one.
        config.address = Some(DEFAULT_ADDRESS.to_owned());
    }
    if let Some(path) = input.text("base_path")? {
        config.base_path = checked_base_path(&path)?;
    }
    if let Some(ttl) = input.duration("explicit_max_ttl")? {
        config.explicit_max_ttl = ttl.as_secs();
    }
    if let Some(authorities) = input.text("ca_cert")? {
        config.ca_cert = Some(authorities).filter(|text| !text.trim().is_empty());
    }
    if let Some(timeout) = input.duration("request_timeout")? {
        config.request_timeout = timeout.as_secs().clamp(1, 300);
    }
    if let Some(token) = input.text("token")? {
        config.token = Some(token);
        (config.owner_kind, config.owner_id, config.token_id) = (None, None, None);
        if !input.boolean("skip_verify_token")?.unwrap_or(false) {
            let owner = config.client(call.core)?.owner().await.map_err(|error| {
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

/// Writes the configuration down.
pub(super) async fn store(call: &Call<'_>, config: Config) -> Result<(), Fault> {
    let view = call.view()?;
    Ok(call.core.db().write(move |tx| view.put(tx, KEY, &config)).await?)
}

pub(super) async fn delete(call: &Call<'_>) -> Answer {
    let view = call.view()?;
    call.core.db().write(move |tx| view.delete(tx, KEY)).await?;
    Ok(None)
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

fn checked_address(address: &str) -> Result<String, Fault> {
    let uri: Option<http::Uri> = address.trim().parse().ok();
    let good = uri
        .filter(|uri| matches!(uri.scheme_str(), Some("https" | "http")) && uri.host().is_some());
    match good {
        Some(_) => Ok(address.trim().to_owned()),
        None => Err(Fault::refused(
            "address must be an http or https URL such as https://app.terraform.io",
        )),
    }
}

fn checked_base_path(path: &str) -> Result<String, Fault> {
    if !path.starts_with('/') || path.contains(char::is_whitespace) {
        return Err(Fault::refused("base_path must begin with a slash, such as /api/v2/"));
    }
    Ok(if path.ends_with('/') { path.to_owned() } else { format!("{path}/") })
}
