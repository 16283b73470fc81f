//! Roles that have one token: making it anew. The server that makes it ends the one before in the
//! same moment, so what was made must not get lost.

use super::{
    config::Config,
    create::{self, CREATING},
    intents::{self, Target},
    role::{self, Role},
};
use crate::{
    backend::{Answer, Call},
    fault::Fault,
    store,
};

/// Makes the token of a role anew, and writes the role down with it.
pub(super) async fn make(
    call: &Call<'_>,
    config: &Config,
    name: &str,
    role: Role,
    action: &'static str,
) -> Answer {
    let client = role.client(config, call.core)?;
    let path = create::place_of_fixed(&role).map_err(|error| error.while_doing(CREATING))?;
    let before = client.single_token(&path).await;
    let before = before.map_err(|error| error.while_doing(CREATING))?;
    // One at a time: of two, nobody could tell which token is the one that lives.
    let intent = format!("fixed:{}:{path}", call.mount.uuid);
    let target = Target::Fixed { role: name.to_owned(), path, before };
    if !intents::begin(call, &intent, &target).await? {
        return Err(Fault::refused(
            "the token of this organization or team is being made at this moment, or that was \
             broken off and is being put right; try again in a few minutes",
        ));
    }
    let made = match create::fixed(&client, &role, call.context.now).await {
        Ok(made) => made,
        Err(error) => {
            if error.is_final() {
                intents::forget(call, &intent).await?;
            }
            return Err(role.failed(call.core, &error).await);
        }
    };
    let (view, key, role) = (call.view()?, role::key(name), role.with_token(&made));
    let event = role.event(action, call.mount, name);
    let context = call.context.clone();
    let written = call.core.db().write(move |tx| {
        if !store::take_intent(tx, &intent)? {
            return Ok(false);
        }
        view.put(tx, &key, &role)?;
        identity::audit::record(tx, &context, &event)?;
        Ok(true)
    });
    if written.await? {
        return Ok(None);
    }
    Err(Fault::Failed(format!("{CREATING}: it took too long; try again in a few minutes")))
}
