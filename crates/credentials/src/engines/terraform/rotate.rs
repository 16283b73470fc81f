//! Replacing tokens: the one of a role that has one, and the one that the engine works with.

use std::time::Duration;

use serde_json::json;

use super::{
    client::{Client, MadeToken},
    config::{self, Config},
    create,
    role::{self, CredentialType},
    upstream_error::UpstreamError,
};
use crate::{
    backend::{Answer, Call},
    fault::Fault,
    ids,
    response::Response,
};

/// What the tokens that the engine works with are described as.
const ROOT_DESCRIPTION: &str = "Stateward credential engine, root token";

/// Replaces the token of a role that has one.
pub(super) async fn role(call: &Call<'_>) -> Answer {
    let name = role::name_of(call)?;
    let mut role =
        role::load(call, &name).await?.ok_or_else(|| Fault::refused("missing role entry"))?;
    match role.kind() {
        CredentialType::User => {
            return Err(Fault::refused("cannot rotate credentials for user roles"));
        }
        CredentialType::Team | CredentialType::Bound => {
            return Err(Fault::refused(
                "cannot rotate credentials for credential_type = team token roles. Only works for \
                 credential_type = team_legacy.",
            ));
        }
        CredentialType::Organization | CredentialType::TeamLegacy => {}
    }
    let made = create::fixed(&config::client(call).await?, &role).await?;
    role.token = made.value.expose().clone();
    role.token_id = made.id;
    role::store(call, &name, role).await?;
    Ok(None)
}

/// Replaces the token that the engine works with, by one of the same owner. The old one ends when
/// the new one has shown that it works and is written down.
pub(super) async fn root(call: &Call<'_>) -> Answer {
    let mut config =
        config::load(call).await?.ok_or_else(|| Fault::refused("the backend is not configured"))?;
    if config.token.is_none() {
        return Err(Fault::refused(
            "the backend is missing a root token; configure one before rotating",
        ));
    }
    let client = config.client(call.core)?;
    if config.owner_kind.is_none() {
        config.set_owner(&client.owner().await.map_err(failed)?);
    }
    let old_id = config.token_id.clone();
    let made = make(call, &client, &config).await?;
    config.token = Some(made.value.expose().clone());
    config.token_id = Some(made.id.clone());
    config.rotated_at = Some(call.context.now.to_string());
    let fresh = config.client(call.core)?;
    if let Err(error) = fresh.owner().await {
        // The old one still works, and the new one must not be left behind.
        let _ = client.delete_token(&made.id).await;
        return Err(failed(error));
    }
    let (kind, owner) = (config.owner_kind.clone(), config.owner_id.clone());
    config::store(call, config).await?;
    let data = json!({
        "token_owner_type": kind,
        "owner_id": owner,
        "last_vault_rotation": call.context.now,
    });
    let response = Response::data(data);
    Ok(Some(match end_old(&fresh, kind.as_deref(), old_id).await {
        Some(warning) => response.warn(warning),
        None => response,
    }))
}

async fn make(call: &Call<'_>, client: &Client, config: &Config) -> Result<MadeToken, Fault> {
    let lifetime = Duration::from_secs(config.explicit_max_ttl);
    let end = (!lifetime.is_zero()).then(|| call.context.now.plus(lifetime));
    let owner = config.owner_id.as_deref().unwrap_or_default();
    let suffix: String = ids::accessor().chars().take(8).collect();
    let made = match config.owner_kind.as_deref() {
        Some("organization") => client.create_organization_token(owner, end).await,
        Some("team") => {
            let description = format!("{ROOT_DESCRIPTION} ({suffix})");
            client.create_team_token(owner, &description, end).await
        }
        _ => client.create_user_token(owner, ROOT_DESCRIPTION, end).await,
    };
    made.map_err(failed)
}

/// Ends the token before; what is to be said if that did not work.
async fn end_old(client: &Client, kind: Option<&str>, old: Option<String>) -> Option<String> {
    if kind == Some("organization") {
        // The server has ended it in making the new one.
        return None;
    }
    let Some(old) = old else {
        return Some(
            "the id of the token before is not known; revoke it at the Terraform API by hand"
                .to_owned(),
        );
    };
    let ended = client.delete_token(&old).await;
    ended.err().map(|error| format!("the token before, {old}, could not be revoked: {error}"))
}

fn failed(error: UpstreamError) -> Fault {
    Fault::Failed(format!("error rotating the root token: {error}"))
}
