//! Secret ids: made, shown, destroyed.

use std::time::Duration;

use identity::{Networks, audit};
use kernel::Secret;
use serde_json::{Map, Value, json};

use super::{
    role::{self, Role, require_networks},
    secret::{self, SecretId},
};
use crate::{
    auth::params::network,
    backend::{Answer, Call},
    fault::Fault,
    ids,
    response::Response,
};

fn no_role(name: &str) -> String {
    format!("role {name:?} does not exist")
}

/// The role of a path, and its name.
async fn require_role(call: &Call<'_>) -> Result<(String, Role), Fault> {
    let name = role::name(call)?;
    match role::load(call).await? {
        Some(role) => Ok((name, role)),
        None => Err(Fault::Failed(no_role(&name))),
    }
}

fn required(call: &Call<'_>, field: &str) -> Result<String, Fault> {
    let value = call.input.text_or_empty(field)?;
    if value.is_empty() { Err(Fault::refused(format!("missing {field}"))) } else { Ok(value) }
}

pub(super) async fn list(call: &Call<'_>) -> Answer {
    let name = role::name(call)?;
    if role::load(call).await?.is_none() {
        return Err(Fault::refused(no_role(&name)));
    }
    call.names_in(secret::accessors_of(&name)).await
}

pub(super) async fn create_custom(call: &Call<'_>) -> Answer {
    let value = required(call, "secret_id")?;
    create(call, Some(Secret::new(value))).await
}

pub(super) async fn create(call: &Call<'_>, custom: Option<Secret<String>>) -> Answer {
    let name = role::name(call)?;
    let Some(role) = role::load(call).await? else {
        return Err(Fault::Status(http::StatusCode::NOT_FOUND, no_role(&name)));
    };
    if !role.bind_secret_id {
        return Err(Fault::refused("bind_secret_id is not set on the role"));
    }
    let secret = read(call, &role)?;
    let value = custom.unwrap_or_else(|| Secret::new(ids::uuid()));
    let hash = secret::hash(call.core, call.mount, value.expose());
    let data = json!({
        "secret_id": value.expose(),
        "secret_id_accessor": secret.accessor,
        "secret_id_num_uses": secret.num_uses,
        "secret_id_ttl": secret.ttl.as_secs(),
    });
    let (view, context) = (call.view()?, call.context.clone());
    let written = call.core.db().write(move |tx| {
        view.lock(tx, &role::key(&name))?;
        if view.get::<Role>(tx, &role::key(&name))?.is_none() {
            return Ok(Err(Fault::Status(http::StatusCode::NOT_FOUND, no_role(&name))));
        }
        if secret::find(tx, &view, &name, &hash, context.now)?.is_some() {
            let text = "failed to store secret_id: SecretID is already registered";
            return Ok(Err(Fault::Failed(text.to_owned())));
        }
        secret::put(tx, &view, &name, &hash, &secret)?;
        let event = audit::Event::new("create", "credential-secret-ids", &secret.accessor);
        audit::record(tx, &context, &event.named(name.as_str()))?;
        Ok(Ok(()))
    });
    written.await??;
    Ok(Some(Response::data(data)))
}

/// What a request asks for, which must be no more than the role gives.
fn read(call: &Call<'_>, role: &Role) -> Result<SecretId, Fault> {
    let num_uses = match call.input.integer("num_uses")? {
        None => role.secret_id_num_uses,
        Some(uses) => {
            let uses =
                u64::try_from(uses).map_err(|_| Fault::refused("num_uses cannot be negative"))?;
            if role.secret_id_num_uses != 0 && (uses == 0 || uses > role.secret_id_num_uses) {
                let text = "num_uses cannot be higher than the role's secret_id_num_uses";
                return Err(Fault::refused(text));
            }
            uses
        }
    };
    let ttl = match call.input.duration("ttl")? {
        None => role.secret_id_ttl,
        Some(ttl) => {
            let limited = !role.secret_id_ttl.is_zero();
            if limited && (ttl.is_zero() || ttl > role.secret_id_ttl) {
                let text = "ttl cannot be longer than the role's secret_id_ttl";
                return Err(Fault::refused(text));
            }
            ttl
        }
    };
    let cidr_list = require_networks(call.input.texts("cidr_list")?.unwrap_or_default())?;
    let role_networks = role.secret_id_bound_cidrs.clone().unwrap_or_default();
    require_within(&cidr_list, &role_networks)?;
    let token_networks = call.input.texts("token_bound_cidrs")?.unwrap_or_default();
    let token_bound_cidrs: Vec<String> =
        token_networks.iter().map(|text| network(text)).collect::<Result<_, _>>()?;
    require_within(&token_bound_cidrs, &role.token.bound_cidrs)?;
    let now = call.context.now;
    let expires_at = (ttl > Duration::ZERO).then(|| now.plus(ttl).as_micros());
    Ok(SecretId {
        accessor: ids::uuid(),
        num_uses,
        ttl,
        created_at: now.as_micros(),
        updated_at: now.as_micros(),
        expires_at,
        metadata: metadata(&call.input.text_or_empty("metadata")?)?,
        cidr_list,
        token_bound_cidrs,
    })
}

/// A secret id gives nobody more room than its role.
fn require_within(networks: &[String], role: &[String]) -> Result<(), Fault> {
    if networks.is_empty() || role.is_empty() {
        return Ok(());
    }
    let parse = |networks: &[String]| Networks::parse(&networks.join(" "));
    if let (Some(inner), Some(outer)) = (parse(networks), parse(role))
        && inner.are_within(&outer)
    {
        return Ok(());
    }
    Err(Fault::Failed(format!(
        "failed to verify subset relationship between CIDR blocks on the role {role:?} and CIDR \
         blocks on the secret ID {networks:?}"
    )))
}

/// JSON, or `key=value` with commas between.
fn metadata(text: &str) -> Result<Map<String, Value>, Fault> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(Map::new());
    }
    if let Ok(Value::Object(map)) = serde_json::from_str::<Value>(text) {
        let texts = map.iter().all(|(_, value)| value.is_string());
        return if texts { Ok(map) } else { Err(bad_metadata()) };
    }
    text.split(',')
        .map(|pair| {
            let (key, value) = pair.split_once('=').ok_or_else(bad_metadata)?;
            Ok((key.trim().to_owned(), json!(value.trim())))
        })
        .collect()
}

fn bad_metadata() -> Fault {
    Fault::refused(
        "failed to parse metadata: failed to parse the input: invalid <key,value> format",
    )
}

pub(super) async fn look_up(call: &Call<'_>) -> Answer {
    let value = required(call, "secret_id")?;
    let (name, _) = require_role(call).await?;
    let hash = secret::hash(call.core, call.mount, &value);
    let (view, now) = (call.view()?, call.context.now);
    let found = call.core.db().read(move |tx| secret::find(tx, &view, &name, &hash, now)).await?;
    Ok(found.map(|secret| Response::data(secret.shown())))
}

pub(super) async fn destroy(call: &Call<'_>) -> Answer {
    let value = required(call, "secret_id")?;
    let (name, _) = require_role(call).await?;
    let hash = secret::hash(call.core, call.mount, &value);
    forget(call, name, hash).await
}

/// The hash of the secret id with an accessor.
async fn by_accessor(call: &Call<'_>) -> Result<(String, String, Option<String>), Fault> {
    let accessor = required(call, "secret_id_accessor")?;
    let (name, _) = require_role(call).await?;
    let hash = call.kept(format!("{}{accessor}", secret::accessors_of(&name))).await?;
    Ok((name, accessor, hash))
}

fn no_accessor(accessor: &str) -> String {
    format!("failed to find accessor entry for secret_id_accessor: {accessor:?}")
}

pub(super) async fn look_up_accessor(call: &Call<'_>) -> Answer {
    let (name, accessor, hash) = by_accessor(call).await?;
    let (view, now) = (call.view()?, call.context.now);
    let found = call.core.db().read(move |tx| match &hash {
        Some(hash) => secret::find(tx, &view, &name, hash, now),
        None => Ok(None),
    });
    if let Some(secret) = found.await? {
        return Ok(Some(Response::data(secret.shown())));
    }
    let answer = Response::data(json!({ "error": no_accessor(&accessor) }));
    Ok(Some(answer.with_status(http::StatusCode::NOT_FOUND)))
}

pub(super) async fn destroy_accessor(call: &Call<'_>) -> Answer {
    match by_accessor(call).await? {
        (name, _, Some(hash)) => forget(call, name, hash).await,
        (_, accessor, None) => Err(Fault::Failed(no_accessor(&accessor))),
    }
}

/// Forgets a secret id, also one that has come to its end.
async fn forget(call: &Call<'_>, name: String, hash: String) -> Answer {
    let (view, context) = (call.view()?, call.context.clone());
    call.core
        .db()
        .write(move |tx| {
            let key = format!("{}{hash}", secret::of_role(&name));
            let Some(secret) = view.get::<SecretId>(tx, &key)? else { return Ok(()) };
            secret::forget(tx, &view, &name, &hash, &secret.accessor)?;
            let event = audit::Event::new("delete", "credential-secret-ids", &secret.accessor);
            audit::record(tx, &context, &event.named(name.as_str()))
        })
        .await?;
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_comes_in_two_forms() {
        for text in [r#"{"a":"b","c":"d"}"#, "a=b,c=d", " a = b , c=d"] {
            let map = metadata(text).ok().unwrap();
            assert_eq!(Value::Object(map), json!({"a": "b", "c": "d"}), "{text}");
        }
        assert!(metadata("").ok().unwrap().is_empty());
        for wrong in ["nojson", r#"{"a":1}"#, "a=b,c"] {
            assert!(metadata(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn secret_ids_stay_within_their_role() {
        let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        for (inner, outer, fits) in [
            (&[][..], &["10.0.0.0/8"][..], true),
            (&["10.1.0.0/16"], &[], true),
            (&["10.1.0.0/16"], &["10.0.0.0/8"], true),
            (&["192.168.0.0/16"], &["10.0.0.0/8"], false),
            (&["10.0.0.0/8"], &["10.1.0.0/16"], false),
        ] {
            assert_eq!(require_within(&list(inner), &list(outer)).is_ok(), fits, "{inner:?}");
        }
    }
}
