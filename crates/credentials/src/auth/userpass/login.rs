//! Logging in.

use kernel::Secret;
use serde_json::{Map, json};

use super::{
    LONGEST_PASSWORD,
    users::{self, User},
};
use crate::{
    auth::{
        lockout::Attempt,
        login::{Login, admit},
    },
    backend::{Answer, Call},
    fault::Fault,
};

/// A name that nobody has takes as long as one that somebody has.
pub(super) async fn login(call: &Call<'_>) -> Answer {
    let name = call.input.text_or_empty("username")?;
    let password = Secret::new(call.input.text_or_empty("password")?);
    if password.expose().is_empty() {
        return Err(Fault::Failed("missing password".to_owned()));
    }
    let attempt = Attempt::new(call, &name);
    let user = find(call, &name, &attempt).await??;
    let fits = password.expose().len() <= LONGEST_PASSWORD;
    let hash = user.as_ref().map(|user| user.hash.clone());
    let known = fits && call.core.identity().verify_password(password, hash).await?;
    let known = attempt.end(call, known).await?;
    let Some(user) = user.filter(|_| known) else {
        return Err(Fault::refused("invalid username or password"));
    };
    let mut meta = Map::new();
    meta.insert("username".to_owned(), json!(name));
    let login = Login {
        alias: name.clone(),
        alias_metadata: Map::new(),
        display_name: name,
        meta,
        kept: Map::new(),
    };
    admit(call, login, &user.token).await
}

async fn find(
    call: &Call<'_>,
    name: &str,
    attempt: &Attempt,
) -> Result<Result<Option<User>, Fault>, Fault> {
    let (view, key, now) = (call.view()?, users::key(name), call.context.now);
    let attempt = attempt.clone();
    let found = call.core.db().read(move |tx| match attempt.require_open(tx, now)? {
        Ok(()) => Ok(Ok(view.get(tx, &key)?)),
        Err(fault) => Ok(Err(fault)),
    });
    Ok(found.await?)
}
