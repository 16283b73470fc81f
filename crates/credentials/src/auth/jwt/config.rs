//! Whose signatures count.

use barrier::jwt::{Algorithm, jwks_of_pem};
use identity::{
    audit,
    issuers::{Issuers, KeySource},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Jwt;
use crate::{
    backend::{Answer, Call},
    fault::Fault,
    response::Response,
};

const KEY: &str = "config";

/// What is kept of the mount's configuration.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Config {
    pub(super) oidc_discovery_url: String,
    pub(super) oidc_discovery_ca_pem: String,
    pub(super) jwks_url: String,
    pub(super) jwks_ca_pem: String,
    pub(super) jwt_validation_pubkeys: Vec<String>,
    pub(super) jwt_supported_algs: Vec<String>,
    pub(super) bound_issuer: String,
    pub(super) default_role: String,
}

pub(super) async fn load(call: &Call<'_>) -> Result<Option<Config>, Fault> {
    call.kept(KEY.to_owned()).await
}

pub(super) async fn read(call: &Call<'_>) -> Answer {
    Ok(load(call).await?.map(|config| {
        Response::data(json!({
            "bound_issuer": config.bound_issuer,
            "default_role": config.default_role,
            "jwks_ca_pem": config.jwks_ca_pem,
            "jwks_url": config.jwks_url,
            "jwt_supported_algs": config.jwt_supported_algs,
            "jwt_validation_pubkeys": config.jwt_validation_pubkeys,
            "namespace_in_state": true,
            "oidc_client_id": "",
            "oidc_discovery_ca_pem": config.oidc_discovery_ca_pem,
            "oidc_discovery_url": config.oidc_discovery_url,
            "oidc_response_mode": "",
            "oidc_response_types": [],
            "override_allowed_server_names": [],
            "provider_config": {},
            "status": "valid",
        }))
    }))
}

pub(super) async fn write(jwt: &Jwt, call: &Call<'_>) -> Answer {
    let config = Config::of(call)?;
    config.require_one_source()?;
    config.require_algorithms()?;
    let issuers = config.issuers(jwt, call)?;
    if !call.input.boolean("skip_jwks_validation")?.unwrap_or(false) {
        config.try_out(&issuers).await?;
    }
    let (view, context) = (call.view()?, call.context.clone());
    let (uuid, path) = (call.mount.uuid.clone(), call.mount.path.clone());
    call.core
        .db()
        .write(move |tx| {
            view.put(tx, KEY, &config)?;
            let event = audit::Event::new("configure", "credential-mounts", &uuid)
                .named(path.as_str())
                .with("issuer", config.oidc_discovery_url.as_str())
                .with("keys", config.jwks_url.as_str());
            audit::record(tx, &context, &event)
        })
        .await?;
    Ok(None)
}

impl Config {
    fn of(call: &Call<'_>) -> Result<Self, Fault> {
        let text = |name: &str| call.input.text_or_empty(name);
        let texts = |name: &str| Ok::<_, Fault>(call.input.texts(name)?.unwrap_or_default());
        let keys = texts("jwt_validation_pubkeys")?;
        Ok(Self {
            oidc_discovery_url: text("oidc_discovery_url")?,
            oidc_discovery_ca_pem: text("oidc_discovery_ca_pem")?,
            jwks_url: text("jwks_url")?,
            jwks_ca_pem: text("jwks_ca_pem")?,
            jwt_validation_pubkeys: keys.iter().map(|key| key.trim().to_owned()).collect(),
            jwt_supported_algs: texts("jwt_supported_algs")?,
            bound_issuer: text("bound_issuer")?,
            default_role: text("default_role")?,
        })
    }

    fn require_one_source(&self) -> Result<(), Fault> {
        let sources = [
            !self.oidc_discovery_url.is_empty(),
            !self.jwks_url.is_empty(),
            !self.jwt_validation_pubkeys.is_empty(),
        ];
        if sources.into_iter().filter(|given| *given).count() == 1 {
            return Ok(());
        }
        Err(Fault::refused(
            "exactly one of 'jwt_validation_pubkeys', 'jwks_url', 'jwks_pairs', \
             'oidc_discovery_url', or 'provider_config' must be set",
        ))
    }

    fn require_algorithms(&self) -> Result<(), Fault> {
        let mut wanted = self.jwt_supported_algs.iter();
        match wanted.find(|name| name.parse::<Algorithm>().is_err()) {
            Some(name) => Err(Fault::refused(format!(
                "invalid jwt_supported_algs: unsupported signing algorithm {name:?}"
            ))),
            None => Ok(()),
        }
    }

    /// Whether a way to sign counts.
    pub(super) fn accepts(&self, algorithm: Algorithm) -> bool {
        let same = |name: &String| name.parse() == Ok(algorithm);
        self.jwt_supported_algs.is_empty() || self.jwt_supported_algs.iter().any(same)
    }

    /// Where the keys come from.
    pub(super) fn source(&self) -> Result<KeySource, Fault> {
        if !self.oidc_discovery_url.is_empty() {
            return Ok(KeySource::Issuer(self.oidc_discovery_url.clone()));
        }
        if !self.jwks_url.is_empty() {
            return Ok(KeySource::Address(self.jwks_url.clone()));
        }
        jwks_of_pem(&self.jwt_validation_pubkeys).map(KeySource::Given).map_err(|_| {
            Fault::refused("error parsing public key: data does not contain any valid public keys")
        })
    }

    /// The issuers, reached as the configuration says.
    pub(super) fn issuers(&self, jwt: &Jwt, call: &Call<'_>) -> Result<Issuers, Fault> {
        let authority = if self.oidc_discovery_url.is_empty() {
            &self.jwks_ca_pem
        } else {
            &self.oidc_discovery_ca_pem
        };
        jwt.issuers(call.core.identity(), authority)
    }

    async fn try_out(&self, issuers: &Issuers) -> Result<(), Fault> {
        let source = self.source()?;
        let Err(error) = issuers.keys(&source).await else { return Ok(()) };
        Err(Fault::refused(match source {
            KeySource::Issuer(_) => format!("error checking oidc discovery URL: {error}"),
            KeySource::Address(_) => format!("error checking jwks URL: {error}"),
            KeySource::Given(_) => format!("error parsing public key: {error}"),
        }))
    }
}
