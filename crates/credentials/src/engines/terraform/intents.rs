//! What was about to be made elsewhere: written down before it is, so that whatever ends in the
//! middle, what was made is found again.

use std::time::Duration;

use db::Tx;
use kernel::{Context, Result as Done, Timestamp};
use serde::{Deserialize, Serialize};

use super::{
    client::Client,
    config::{self, Config},
    create::{self, CREATING},
    role::{self, Role},
};
use crate::{
    Credentials,
    backend::Call,
    fault::Fault,
    mount::Mount,
    store::{self, Intent},
    view::View,
};

/// How long what is being made elsewhere is waited for before it is looked for there: longer than
/// anything that is made here is waited for.
const PATIENCE: Duration = Duration::from_mins(3);
/// What the server did when another server failed.
const LOOKING: &str = "error looking for a token that was perhaps made";

/// What an intent keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Target {
    /// One more token, in a list, by its description.
    Another { list: String, description: String },
    /// The one token of a role; `before` is the id of the one that was there.
    Fixed { role: String, path: String, before: Option<String> },
    /// One more token for the engine to work with; without a list it has replaced the one before
    /// in being made.
    Root { list: Option<String>, description: String },
    /// The token that the engine worked with before.
    OldRoot { token_id: String },
}

/// Where what an intent keeps sealed stands.
fn place(id: &str) -> String {
    format!("credential_intents:{id}")
}

/// Writes an intent down. False: one with this id is there already.
pub(super) async fn begin(call: &Call<'_>, id: &str, target: &Target) -> Result<bool, Fault> {
    let intent = sealed(&call.view()?, call.mount, id, target)?;
    let now = call.core.identity().now();
    let written = call.core.db().write(move |tx| insert(tx, &intent, now));
    Ok(written.await?)
}

/// Takes it back: nothing was made.
pub(super) async fn forget(call: &Call<'_>, id: &str) -> Result<(), Fault> {
    let id = id.to_owned();
    Ok(call.core.db().write(move |tx| store::delete_intent(tx, &id)).await?)
}

/// An intent as it is stored.
pub(super) fn sealed(
    view: &View,
    mount: &Mount,
    id: &str,
    target: &Target,
) -> Result<Intent, Fault> {
    Ok(Intent {
        id: id.to_owned(),
        mount: mount.uuid.clone(),
        target: view.seal(&place(id), target)?,
        attempts: 0,
    })
}

/// Whether it was written: not if one with its id is there.
pub(super) fn insert(tx: &mut Tx<'_>, intent: &Intent, now: Timestamp) -> Done<bool> {
    store::insert_intent(tx, intent, now, now.plus(PATIENCE))
}

/// Looks for what was perhaps made and never written down, and ends it. Whether that is the end of
/// it; otherwise it is looked for again later.
pub(super) async fn settle(
    core: &Credentials,
    mount: &Mount,
    intent: &Intent,
) -> Result<bool, Fault> {
    let view = core.view(mount)?;
    let target: Target = view.open(&place(&intent.id), &intent.target)?;
    let config = config_of(core, view).await?;
    let client = config.tidying_client(core)?;
    match target {
        Target::Another { list, description } => {
            end_found(&client, &list, &description, None).await
        }
        Target::Root { list: None, .. } => Ok(true),
        Target::Root { list: Some(list), description } => {
            end_found(&client, &list, &description, config.token_id.as_deref()).await
        }
        Target::OldRoot { token_id } => {
            if config.token_id.as_ref() != Some(&token_id) {
                let ended = client.delete_token(&token_id).await;
                ended.map_err(|error| error.while_doing("error revoking the old root token"))?;
            }
            Ok(true)
        }
        Target::Fixed { role, path, before } => {
            mend_fixed(core, mount, &config, &client, &Fixed { role, path, before }).await
        }
    }
}

async fn config_of(core: &Credentials, view: View) -> Result<Config, Fault> {
    let config: Option<Config> = core.db().read(move |tx| view.get(tx, config::KEY)).await?;
    config.ok_or_else(|| Fault::Failed("error getting client: missing API token".to_owned()))
}

/// Ends the tokens of a list that are described so, but for one. Whether there were any.
async fn end_found(
    client: &Client,
    list: &str,
    description: &str,
    but: Option<&str>,
) -> Result<bool, Fault> {
    let found = client.find_tokens(list, description).await;
    let found = found.map_err(|error| error.while_doing(LOOKING))?;
    for id in found.iter().filter(|id| Some(id.as_str()) != but) {
        client.delete_token(id).await.map_err(|error| error.while_doing(LOOKING))?;
        tracing::info!(token.id = id, "a token that nobody was given was revoked");
    }
    Ok(!found.is_empty())
}

struct Fixed {
    role: String,
    path: String,
    before: Option<String>,
}

/// The one token of a role was perhaps made anew, and nobody knows its value: the role gets
/// another one; without the role it ends.
async fn mend_fixed(
    core: &Credentials,
    mount: &Mount,
    config: &Config,
    client: &Client,
    lost: &Fixed,
) -> Result<bool, Fault> {
    let present = client.single_token(&lost.path).await;
    let present = present.map_err(|error| error.while_doing(LOOKING))?;
    if present.is_none() || present == lost.before {
        return Ok(false);
    }
    let role: Option<Role> = core.kept(mount, role::key(&lost.role)).await?;
    // One that is for somebody else by now has no part in it.
    let is_its = |role: &Role| create::place_of_fixed(role).as_ref() == Ok(&lost.path);
    let Some(role) = role.filter(|role| !role.token_id.is_empty() && is_its(role)) else {
        let ended = client.delete_single_token(&lost.path).await;
        ended.map_err(|error| error.while_doing(LOOKING))?;
        return Ok(true);
    };
    if Some(&role.token_id) == present.as_ref() {
        return Ok(true);
    }
    let now = core.identity().now();
    let made = create::fixed(&role.client(config, core)?, &role, now).await;
    let made = made.map_err(|error| error.while_doing(CREATING))?;
    let (view, key) = (core.view(mount)?, role::key(&lost.role));
    let context: Context = core.identity().system();
    let event = role.event("rotate", mount, &lost.role);
    let mended = role.with_token(&made);
    core.db()
        .write(move |tx| {
            view.put(tx, &key, &mended)?;
            identity::audit::record(tx, &context, &event)
        })
        .await?;
    Ok(true)
}
