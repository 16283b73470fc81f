//! Logging in.

use std::net::IpAddr;

use kernel::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    role::{self, Role},
    secret::{self, SecretId, is_inside},
};
use crate::{
    Credentials,
    auth::{
        lockout::Attempt,
        login::{Login, admit_from_anywhere},
    },
    backend::{Answer, Call, Terms},
    fault::Fault,
    mount::Mount,
    token::Token,
};

const INVALID: &str = "invalid role or secret ID";

/// What a machine has shown.
enum Shown {
    /// Nothing that is good here.
    Wrong,
    /// A role's id, and a secret id where the role wants one.
    Right(String, Box<Role>, Option<SecretId>),
}

pub(super) async fn login(call: &Call<'_>) -> Answer {
    let role_id = call.input.text_or_empty("role_id")?;
    if role_id.is_empty() {
        return Err(Fault::Failed("missing role_id".to_owned()));
    }
    let attempt = Attempt::new(call, &role_id);
    let shown = look(call, &role_id, &attempt).await?;
    let known = attempt.end(call, matches!(shown, Shown::Right(..))).await?;
    let Shown::Right(name, mut role, secret) = shown else { return Err(Fault::refused(INVALID)) };
    if !known {
        return Err(Fault::refused(INVALID));
    }
    let mut meta = Map::new();
    if let Some(secret) = secret {
        meta = secret.metadata;
        if !secret.token_bound_cidrs.is_empty() {
            role.token.bound_cidrs = secret.token_bound_cidrs;
        }
    }
    meta.insert("role_name".to_owned(), json!(name));
    let login = Login {
        alias: role_id,
        alias_metadata: meta.clone(),
        display_name: String::new(),
        meta,
        kept: Map::new(),
    };
    admit_from_anywhere(call, login, &role.token).await
}

/// Looks at what was shown, and uses the secret id up.
async fn look(call: &Call<'_>, role_id: &str, attempt: &Attempt) -> Result<Shown, Fault> {
    let (view, now, address) = (call.view()?, call.context.now, call.context.address);
    let (id, attempt) = (role_id.to_owned(), attempt.clone());
    let looked = view.clone();
    let found = call.core.db().read(move |tx| match attempt.require_open(tx, now)? {
        Ok(()) => Ok(Ok(role::by_id(tx, &looked, &id)?)),
        Err(fault) => Ok(Err(fault)),
    });
    let Some((name, role)) = found.await?? else { return Ok(Shown::Wrong) };
    let secret = if role.bind_secret_id {
        let value = call.input.text_or_empty("secret_id")?;
        if value.is_empty() {
            return Err(Fault::refused("missing secret_id"));
        }
        let hash = secret::hash(call.core, call.mount, &value);
        match take(call, &name, hash, now, address).await? {
            Some(secret) => Some(secret),
            None => return Ok(Shown::Wrong),
        }
    } else {
        None
    };
    if let Some(networks) = &role.secret_id_bound_cidrs
        && !is_inside(networks, address)
    {
        return Err(elsewhere(address, "by CIDR restrictions on the role"));
    }
    Ok(Shown::Right(name, Box::new(role), secret))
}

/// Uses a secret id once, from where it may be used.
async fn take(
    call: &Call<'_>,
    role: &str,
    hash: String,
    now: Timestamp,
    address: Option<IpAddr>,
) -> Result<Option<SecretId>, Fault> {
    let (view, role) = (call.view()?, role.to_owned());
    let (looking, name, wanted) = (view.clone(), role.clone(), hash.clone());
    let found = call.core.db().read(move |tx| secret::find(tx, &looking, &name, &wanted, now));
    let Some(secret) = found.await? else { return Ok(None) };
    if !secret.admits(address) {
        return Err(elsewhere(address, "through CIDR restrictions on the secret ID"));
    }
    if secret.num_uses == 0 {
        return Ok(Some(secret));
    }
    Ok(call.core.db().write(move |tx| secret::use_up(tx, &view, &role, &hash, now)).await?)
}

fn elsewhere(address: Option<IpAddr>, why: &str) -> Fault {
    let address = address.map(|address| address.to_canonical().to_string()).unwrap_or_default();
    Fault::refused(format!("source address {address:?} unauthorized {why}"))
}

/// For how long a token may still live: as its role says now.
pub(super) async fn renew(
    core: &Credentials,
    mount: &Mount,
    token: &Token,
) -> Result<Terms, Fault> {
    let name = token.meta.get("role_name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let role: Option<Role> = core.kept(mount, role::key(&name)).await?;
    let role = role.ok_or_else(|| {
        Fault::Failed(format!("failed to renew entry: role {name:?} does not exist during renewal"))
    })?;
    Ok(role.token.lengths())
}
