//! The records: what was asked, by whom, and what was answered.

use kernel::{Actor, Secret};
use serde_json::{Map, Value, json};

use super::{Hasher, Watch};
use crate::{
    Operation,
    backend::Answer,
    fault::Fault,
    ids,
    mount::{Mount, MountKind},
    response::{Auth, Response, WrapInfo},
    token::Token,
};

/// What was asked.
pub(super) fn request(watch: &Watch<'_>, hasher: &Hasher, refused: Option<&Fault>) -> Value {
    let mut entry = base(watch, hasher, "request", refused);
    if let Some(fault) = refused {
        entry.insert("error".to_owned(), json!(error(fault)));
    }
    Value::Object(entry)
}

/// What was answered.
pub(super) fn response(watch: &Watch<'_>, hasher: &Hasher, answer: &Answer) -> Value {
    let refused = answer.as_ref().err();
    let mut entry = base(watch, hasher, "response", refused);
    let mut shown = watch.mount.map(mount).unwrap_or_default();
    match answer {
        Ok(None) => {}
        Ok(Some(response)) => shown.append(&mut of_response(watch, hasher, response)),
        Err(fault) => {
            let text = fault.errors().join("; ");
            shown.insert("data".to_owned(), json!({ "error": hasher.text(&text) }));
            entry.insert("error".to_owned(), json!(error(fault)));
        }
    }
    entry.insert("response".to_owned(), Value::Object(shown));
    Value::Object(entry)
}

/// What shows, when a device is made, that it can be written to.
pub(crate) fn probe(now: kernel::Timestamp) -> Value {
    json!({
        "time": now,
        "type": "request",
        "auth": { "token_type": "default" },
        "request": {
            "id": ids::uuid(),
            "operation": "update",
            "namespace": { "id": "root" },
            "path": "sys/audit/test",
        },
    })
}

/// Texts of refusals can quote values; what kind of refusal it was can't.
fn error(fault: &Fault) -> String {
    match fault {
        Fault::Refused(_) | Fault::Invalid(_) => "invalid request".to_owned(),
        Fault::Denied | Fault::NoToken | Fault::BadToken => "permission denied".to_owned(),
        Fault::UnsupportedOperation => "unsupported operation".to_owned(),
        Fault::UnsupportedPath | Fault::NoRoute(_) => "unsupported path".to_owned(),
        other => format!("status {}", other.status().as_u16()),
    }
}

fn base(
    watch: &Watch<'_>,
    hasher: &Hasher,
    kind: &str,
    refused: Option<&Fault>,
) -> Map<String, Value> {
    let denied = matches!(refused, Some(Fault::Denied | Fault::BadToken | Fault::NoToken));
    let auth = match (watch.token, &watch.context.actor) {
        (Some(token), _) => of_token(watch, hasher, token, !denied),
        // Who administers the site does it by the console.
        (None, Actor::User(user)) => {
            let name = format!("console-{}", user.username);
            json!({ "display_name": name, "token_type": "default" })
        }
        (None, _) => json!({ "token_type": "default" }),
    };
    let entry = json!({
        "time": watch.core.identity().now(),
        "type": kind,
        "auth": auth,
        "request": of_request(watch, hasher),
    });
    object(entry)
}

fn of_token(watch: &Watch<'_>, hasher: &Hasher, token: &Token, allowed: bool) -> Value {
    let mut policies = [token.policies.as_slice(), token.identity_policies()].concat();
    policies.sort();
    policies.dedup();
    let mut auth = object(json!({
        "client_token": shown(hasher, watch.request.token.as_ref()),
        "accessor": hasher.accessor(&token.accessor),
        "display_name": token.display_name,
        "policies": policies,
        "token_policies": token.policies,
        "policy_results": { "allowed": allowed },
        "token_type": token.kind.as_str(),
        "token_issue_time": token.created_at,
    }));
    let mut more = |name: &str, value: Value, is_there: bool| {
        if is_there {
            auth.insert(name.to_owned(), value);
        }
    };
    more("metadata", json!(token.meta), !token.meta.is_empty());
    more("entity_id", json!(token.entity_id), !token.entity_id.is_empty());
    more("remaining_uses", json!(token.uses_left), token.uses_left > 0);
    more("token_ttl", json!(token.creation_ttl.as_secs()), !token.creation_ttl.is_zero());
    Value::Object(auth)
}

fn of_request(watch: &Watch<'_>, hasher: &Hasher) -> Value {
    let request = watch.request;
    let operation = match request.operation {
        Operation::Help => "help",
        other => other.capability(),
    };
    let mut shown_request = object(json!({
        "id": request.id,
        "operation": operation,
        "namespace": { "id": "root" },
        "path": request.path,
        "remote_address": watch.context.address.map(|address| address.to_string()),
    }));
    if let Some(mounted) = watch.mount {
        shown_request.append(&mut mount(mounted));
    }
    let mut more = |name: &str, value: Value| shown_request.insert(name.to_owned(), value);
    if request.token.is_some() {
        more("client_token", json!(shown(hasher, request.token.as_ref())));
    }
    if let Some(token) = watch.token {
        more("client_token_accessor", json!(hasher.accessor(&token.accessor)));
    }
    if !request.data.is_empty() {
        let clear = watch.clear("audit_non_hmac_request_keys");
        more("data", Value::Object(hasher.data(&request.data, &clear)));
    }
    if let Some(ttl) = request.wrap_ttl {
        more("wrap_ttl", json!(ttl.as_secs()));
    }
    Value::Object(shown_request)
}

fn mount(mount: &Mount) -> Map<String, Value> {
    object(json!({
        "mount_point": mount.path,
        "mount_type": mount.r#type,
        "mount_accessor": mount.accessor,
        "mount_class": match mount.kind {
            MountKind::Secret => "secret",
            MountKind::Auth => "auth",
        },
    }))
}

fn of_response(watch: &Watch<'_>, hasher: &Hasher, response: &Response) -> Map<String, Value> {
    let mut entry = Map::new();
    let mut more = |name: &str, value: Value| entry.insert(name.to_owned(), value);
    if let Some((_, document)) = &response.bare {
        let data = document.as_object().cloned().unwrap_or_default();
        more("data", Value::Object(hasher.data(&data, &[])));
    }
    if let Some(data) = response.data.as_ref().filter(|data| !data.is_empty()) {
        let clear = watch.clear("audit_non_hmac_response_keys");
        more("data", Value::Object(hasher.data(data, &clear)));
    }
    if let Some(lease) = &response.lease {
        more("secret", json!({ "lease_id": lease.id }));
    }
    if let Some(auth) = &response.auth {
        more("auth", of_auth(hasher, auth));
    }
    if let Some(info) = &response.wrap_info {
        more("wrap_info", of_wrapping(hasher, info));
    }
    if !response.warnings.is_empty() {
        more("warnings", json!(response.warnings));
    }
    entry
}

fn of_auth(hasher: &Hasher, auth: &Auth) -> Value {
    json!({
        "client_token": hasher.text(auth.client_token.expose()),
        "accessor": hasher.accessor(&auth.accessor),
        "policies": auth.policies,
        "token_policies": auth.policies,
        "identity_policies": auth.identity_policies,
        "metadata": auth.metadata,
        "entity_id": auth.entity_id,
        "num_uses": auth.num_uses,
        "token_type": auth.kind.as_str(),
        "token_ttl": auth.ttl.as_secs(),
    })
}

fn of_wrapping(hasher: &Hasher, info: &WrapInfo) -> Value {
    let inner = info.wrapped_accessor.as_deref().unwrap_or_default();
    json!({
        "token": hasher.text(info.token.expose()),
        "accessor": hasher.accessor(&info.accessor),
        "ttl": info.ttl.as_secs(),
        "creation_time": info.created_at,
        "creation_path": info.creation_path,
        "wrapped_accessor": hasher.accessor(inner),
    })
}

fn shown(hasher: &Hasher, token: Option<&Secret<String>>) -> String {
    token.map_or_else(String::new, |token| hasher.text(token.expose()))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
