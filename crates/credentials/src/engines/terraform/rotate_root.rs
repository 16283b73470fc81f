//! Replacing the token that the engine works with, by one of the same owner.
//!
//! The old one ends when the new one has shown that it works and is written down. Until then an
//! intent says that a new one is perhaps there, and from then on that the old one is: so whenever
//! this process ends, one is kept that works, and the other is ended. Only an organization's token
//! is replaced by the API in making the new one: that one is written down before anything else.

use std::time::Duration;

use kernel::Timestamp;
use serde_json::json;

use super::{
    client::{self, Client, Wish},
    config::{self, Config},
    create,
    definer::Definer,
    documents::MadeToken,
    intents::{self, Target},
    upstream_error::UpstreamError,
};
use crate::{
    backend::{Answer, Call},
    fault::Fault,
    ids,
    response::Response,
    store,
};

/// What the tokens that the engine works with are described as.
const DESCRIPTION: &str = "Stateward credential engine, root token ";
const ROTATING: &str = "error rotating the root token";
const REVOKING: &str = "error revoking the root token before";
const ORGANIZATION: &str = "organization";

/// One rotation.
struct Rotation {
    /// The intent of the new token; one at a time for each mount.
    intent: String,
    /// The configuration as it was, with the owner.
    old: Config,
    kind: String,
    owner: String,
    description: String,
    end: Option<Timestamp>,
}

/// Rotates the token.
pub(super) async fn root(call: &Call<'_>) -> Answer {
    let rotation = Rotation::prepare(call).await?;
    let client = rotation.old.client(call.core, &Definer::Token)?;
    if !intents::begin(call, &rotation.intent, &rotation.target()?).await? {
        return Err(Fault::refused(
            "the root token is being rotated at this moment, or that was broken off and is being \
             put right; try again in a few minutes",
        ));
    }
    let made = match rotation.make(&client).await {
        Ok(made) => made,
        Err(error) => {
            if error.is_final() {
                intents::forget(call, &rotation.intent).await?;
            }
            return Err(error.while_doing(ROTATING));
        }
    };
    let new = rotation.config_with(&made, call.context.now);
    let fresh = new.client(call.core, &Definer::Token)?;
    if rotation.kind == ORGANIZATION {
        rotation.exchange(call, &new, None).await?;
        fresh.owner().await.map_err(|error| error.while_doing(ROTATING))?;
        return Ok(Some(rotated(&new)));
    }
    if let Err(error) = fresh.owner().await {
        // The old one still works, and the new one must not be left behind.
        rotation.undo(call, &client, &made).await?;
        return Err(error.while_doing(ROTATING));
    }
    let ending = rotation.old.token_id.as_ref().map(|_| ids::uuid());
    if let Err(fault) = rotation.exchange(call, &new, ending.as_deref()).await {
        rotation.undo(call, &client, &made).await?;
        return Err(fault);
    }
    let response = rotated(&new);
    Ok(Some(match rotation.end_old(call, &fresh, ending).await? {
        Some(warning) => response.warn(warning),
        None => response,
    }))
}

fn rotated(config: &Config) -> Response {
    Response::data(json!({
        "token_owner_type": config.owner_kind,
        "owner_id": config.owner_id,
        "last_vault_rotation": config.rotated_at,
    }))
}

impl Rotation {
    /// Whose token it is, and what the new one is to be.
    async fn prepare(call: &Call<'_>) -> Result<Self, Fault> {
        let config = config::load(call).await?;
        let mut old = config.ok_or_else(|| Fault::refused("the backend is not configured"))?;
        if old.token.is_none() {
            return Err(Fault::refused(
                "the backend is missing a root token; configure one before rotating",
            ));
        }
        if old.owner_kind.is_none() || old.owner_id.is_none() {
            let owner = old.client(call.core, &Definer::Token)?.owner().await;
            old.set_owner(&owner.map_err(|error| error.while_doing(ROTATING))?);
        }
        let lifetime = Duration::from_secs(old.explicit_max_ttl);
        Ok(Self {
            intent: format!("rotate-root:{}", call.mount.uuid),
            kind: old.owner_kind.clone().unwrap_or_default(),
            owner: old.owner_id.clone().unwrap_or_default(),
            description: create::unique(DESCRIPTION),
            end: (!lifetime.is_zero()).then(|| call.context.now.plus(lifetime)),
            old,
        })
    }

    fn target(&self) -> Result<Target, Fault> {
        let list = match self.kind.as_str() {
            ORGANIZATION => None,
            "team" => Some(client::team_tokens(&self.owner)),
            _ => Some(client::user_tokens(&self.owner)),
        };
        let list = list.transpose().map_err(|error| error.while_doing(ROTATING))?;
        Ok(Target::Root { list, description: self.description.clone() })
    }

    async fn make(&self, client: &Client) -> Result<MadeToken, UpstreamError> {
        let wish = Wish {
            description: (self.kind != ORGANIZATION).then_some(self.description.as_str()),
            expired_at: self.end,
            ..Wish::default()
        };
        match self.kind.as_str() {
            ORGANIZATION => client.create_organization_token(&self.owner, &wish).await,
            "team" => client.create_team_token(&self.owner, &wish).await,
            _ => client.create_user_token(&self.owner, &wish).await,
        }
    }

    fn config_with(&self, made: &MadeToken, now: Timestamp) -> Config {
        Config {
            token: Some(made.value.expose().clone()),
            token_id: Some(made.id.clone()),
            rotated_at: Some(now.to_string()),
            ..self.old.clone()
        }
    }

    /// Writes the new token down in place of the old one, and that the old one is to be ended.
    async fn exchange(
        &self,
        call: &Call<'_>,
        new: &Config,
        ending: Option<&str>,
    ) -> Result<(), Fault> {
        let view = call.view()?;
        let ending = match (ending, &self.old.token_id) {
            (Some(id), Some(token_id)) => {
                let target = Target::OldRoot { token_id: token_id.clone() };
                Some(intents::sealed(&view, call.mount, id, &target)?)
            }
            _ => None,
        };
        let (intent, old_token, new) = (self.intent.clone(), self.old.token.clone(), new.clone());
        let (context, now) = (call.context.clone(), call.core.identity().now());
        let replaced_at_once = self.kind == ORGANIZATION;
        let event = config::event("rotate", call);
        let written = call.core.db().write(move |tx| {
            let present: Option<Config> = view.get(tx, config::KEY)?;
            let unchanged = present.is_some_and(|present| present.token == old_token);
            let in_time = store::take_intent(tx, &intent)?;
            if !unchanged || !(in_time || replaced_at_once) {
                return Ok(false);
            }
            view.put(tx, config::KEY, &new)?;
            if let Some(ending) = &ending {
                intents::insert(tx, ending, now)?;
            }
            identity::audit::record(tx, &context, &event)?;
            Ok(true)
        });
        if written.await? {
            return Ok(());
        }
        Err(Fault::refused(
            "the configuration was changed while its token was being rotated; it is as it was \
             written last",
        ))
    }

    /// Ends the new token. If that fails, the intent is there.
    async fn undo(&self, call: &Call<'_>, client: &Client, made: &MadeToken) -> Result<(), Fault> {
        match client.delete_token(&made.id).await {
            Ok(()) => intents::forget(call, &self.intent).await,
            Err(error) => {
                tracing::warn!(token.id = made.id, %error, "a new root token is looked for later");
                Ok(())
            }
        }
    }

    /// Ends the token before; what is to be said if that did not work.
    async fn end_old(
        &self,
        call: &Call<'_>,
        fresh: &Client,
        ending: Option<String>,
    ) -> Result<Option<String>, Fault> {
        let (Some(ending), Some(old)) = (ending, &self.old.token_id) else {
            return Ok(Some(
                "the id of the token before is not known; revoke it at the Terraform API by hand"
                    .to_owned(),
            ));
        };
        match fresh.delete_token(old).await {
            Ok(()) => {
                intents::forget(call, &ending).await?;
                Ok(None)
            }
            Err(error) => Ok(Some(format!("{REVOKING}, {old}: {error}; it is tried again"))),
        }
    }
}
