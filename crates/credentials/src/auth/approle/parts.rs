//! One setting of a role at a time, each at a path of its own.

use serde_json::{Map, Value};

use super::role::{self, Role};
use crate::{
    backend::{Answer, Call},
    fault::Fault,
    framework::Input,
    response::Response,
};

/// The paths, with the fields that they are about; the last one is what it is called today.
const PARTS: [(&str, &[&str]); 12] = [
    ("bound-cidr-list", &["bound_cidr_list", "secret_id_bound_cidrs"]),
    ("policies", &["policies", "token_policies"]),
    ("period", &["period", "token_period"]),
    ("bind-secret-id", &["bind_secret_id"]),
    ("secret-id-bound-cidrs", &["secret_id_bound_cidrs"]),
    ("secret-id-num-uses", &["secret_id_num_uses"]),
    ("secret-id-ttl", &["secret_id_ttl"]),
    ("token-bound-cidrs", &["token_bound_cidrs"]),
    ("token-num-uses", &["token_num_uses"]),
    ("token-ttl", &["token_ttl"]),
    ("token-max-ttl", &["token_max_ttl"]),
    ("local-secret-ids", &["local_secret_ids"]),
];

fn fields(path: &str) -> Option<&'static [&'static str]> {
    PARTS.iter().find(|(name, _)| *name == path).map(|(_, fields)| *fields)
}

/// Whether a path is one of them.
pub(super) fn is_part(path: &str) -> bool {
    fields(path).is_some()
}

fn own(call: &Call<'_>) -> &'static [&'static str] {
    fields(call.path.name).unwrap_or_default()
}

pub(super) async fn read(call: &Call<'_>) -> Answer {
    let Some(role) = role::load(call).await? else { return Ok(None) };
    let shown = role.shown();
    let part: Map<String, Value> = own(call)
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), shown.get(*name)?.clone())))
        .collect();
    Ok(Some(Response::data(Value::Object(part))))
}

pub(super) async fn write(call: &Call<'_>) -> Answer {
    let before = role::load(call).await?.ok_or(Fault::UnsupportedPath)?;
    if call.path.name == "local-secret-ids" {
        return Err(Fault::refused("local_secret_ids can only be modified during role creation"));
    }
    let mut given = call.input.values().clone();
    given.retain(|name, _| own(call).contains(&name.as_str()));
    let Some(last) = own(call).last() else { return Ok(None) };
    if given.is_empty() {
        return Err(Fault::refused(format!("missing {last}")));
    }
    let mut role = before.clone();
    role.merge(&Input::new(call.path.fields, &[], given))?;
    role::save(call, role, Some(before)).await
}

/// Takes a setting back to what a new role has.
pub(super) async fn reset(call: &Call<'_>) -> Answer {
    let Some(before) = role::load(call).await? else { return Ok(None) };
    let (mut role, fresh) = (before.clone(), Role::default());
    match call.path.name {
        "policies" => role.token.policies = fresh.token.policies,
        "period" => role.token.period = fresh.token.period,
        "bind-secret-id" => role.bind_secret_id = fresh.bind_secret_id,
        "secret-id-bound-cidrs" | "bound-cidr-list" => {
            role.secret_id_bound_cidrs = fresh.secret_id_bound_cidrs;
        }
        "secret-id-num-uses" => role.secret_id_num_uses = fresh.secret_id_num_uses,
        "secret-id-ttl" => role.secret_id_ttl = fresh.secret_id_ttl,
        "token-bound-cidrs" => role.token.bound_cidrs = fresh.token.bound_cidrs,
        "token-num-uses" => role.token.num_uses = fresh.token.num_uses,
        "token-ttl" => role.token.ttl = fresh.token.ttl,
        "token-max-ttl" => role.token.max_ttl = fresh.token.max_ttl,
        _ => return Err(Fault::UnsupportedOperation),
    }
    role::save(call, role, Some(before)).await
}
