//! Users: what is kept of them, and how it is changed.

use identity::audit;
use kernel::Secret;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::LONGEST_PASSWORD;
use crate::{
    Credentials,
    auth::params::{OldName, TokenParams},
    backend::{Answer, Call, Terms},
    fault::Fault,
    mount::Mount,
    response::Response,
    token::Token,
};

/// What fields were once called.
const OLD_NAMES: &[OldName] = &[
    ("policies", "token_policies"),
    ("ttl", "token_ttl"),
    ("max_ttl", "token_max_ttl"),
    ("bound_cidrs", "token_bound_cidrs"),
];
const NO_PASSWORD: &str = "must provide either password or password_hash";

/// What is kept of a user.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct User {
    /// The password's hash, as argon2id writes it.
    pub(super) hash: String,
    /// What their tokens are.
    #[serde(default)]
    pub(super) token: TokenParams,
}

pub(super) fn key(name: &str) -> String {
    format!("user/{name}")
}

fn name(call: &Call<'_>) -> Result<String, Fault> {
    call.input.text_or_empty("username")
}

pub(super) async fn load(call: &Call<'_>) -> Result<Option<User>, Fault> {
    call.kept(key(&name(call)?)).await
}

async fn require(call: &Call<'_>) -> Result<User, Fault> {
    load(call).await?.ok_or_else(|| Fault::Failed("username does not exist".to_owned()))
}

pub(super) async fn list(call: &Call<'_>) -> Answer {
    call.names_in(key("")).await
}

pub(super) async fn read(call: &Call<'_>) -> Answer {
    Ok(load(call).await?.map(|user| {
        let mut data = Map::new();
        user.token.show(&mut data, OLD_NAMES);
        Response::data(Value::Object(data))
    }))
}

pub(super) async fn delete(call: &Call<'_>) -> Answer {
    let (view, name, context) = (call.view()?, name(call)?, call.context.clone());
    call.core
        .db()
        .write(move |tx| {
            view.delete(tx, &key(&name))?;
            audit::record(tx, &context, &audit::Event::new("delete", "credential-users", &name))
        })
        .await?;
    Ok(None)
}

pub(super) async fn write(call: &Call<'_>) -> Answer {
    let before = load(call).await?;
    let is_new = before.is_none();
    let mut user = before.unwrap_or_default();
    match new_hash(call).await? {
        Some(hash) => user.hash = hash,
        None if is_new => return Err(Fault::refused(NO_PASSWORD)),
        None => {}
    }
    user.token.merge(&call.input, OLD_NAMES)?;
    save(call, user, if is_new { "create" } else { "update" }).await
}

pub(super) async fn set_password(call: &Call<'_>) -> Answer {
    let mut user = require(call).await?;
    user.hash = new_hash(call).await?.ok_or_else(|| Fault::refused(NO_PASSWORD))?;
    save(call, user, "set-password").await
}

pub(super) async fn set_policies(call: &Call<'_>) -> Answer {
    let mut user = require(call).await?;
    user.token.merge(&call.input, OLD_NAMES)?;
    save(call, user, "update").await
}

async fn save(call: &Call<'_>, user: User, verb: &'static str) -> Answer {
    let (view, name, context) = (call.view()?, name(call)?, call.context.clone());
    call.core
        .db()
        .write(move |tx| {
            view.put(tx, &key(&name), &user)?;
            let event = audit::Event::new(verb, "credential-users", &name)
                .with("policies", user.token.policies.clone());
            audit::record(tx, &context, &event)
        })
        .await?;
    Ok(None)
}

/// The hash of the password that a request gives, or the one that it gives itself.
async fn new_hash(call: &Call<'_>) -> Result<Option<String>, Fault> {
    let password = call.input.text_or_empty("password")?;
    let hash = call.input.text_or_empty("password_hash")?;
    if !password.is_empty() && !hash.is_empty() {
        return Err(Fault::refused("password and password_hash are mutually exclusive"));
    }
    if !hash.is_empty() {
        if !identity::is_password_hash(&hash) {
            return Err(Fault::refused("password_hash is not a valid argon2id hash"));
        }
        return Ok(Some(hash));
    }
    if password.is_empty() {
        return Ok(None);
    }
    if password.len() > LONGEST_PASSWORD {
        let text = format!("a password has at most {LONGEST_PASSWORD} bytes");
        return Err(Fault::refused(text));
    }
    Ok(Some(call.core.identity().hash_password(Secret::new(password)).await?))
}

/// For how long a token may still live: as its user says now.
pub(super) async fn renew(
    core: &Credentials,
    mount: &Mount,
    token: &Token,
) -> Result<Terms, Fault> {
    let name = token.meta.get("username").and_then(Value::as_str).unwrap_or_default();
    match core.kept::<User>(mount, key(name)).await? {
        Some(user) => user.token.terms(token),
        None => Err(Fault::Failed("failed to renew entry: the user is gone".to_owned())),
    }
}
