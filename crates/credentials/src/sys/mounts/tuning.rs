//! What can be set about a mount, when it is made and later.

use std::time::Duration;

use identity::audit;
use serde_json::{Map, Value, json};

use super::{find, is_protected, path_of, tuned};
use crate::{
    auth::{lockout, token_type},
    backend::{Answer, Call},
    duration,
    fault::Fault,
    mount::{FORCE_NO_CACHE, Mount, MountKind, OPTIONS},
    response::Response,
    store,
};

/// What is only kept and given back.
const KEPT: [&str; 6] = [
    "listing_visibility",
    "token_type",
    "audit_non_hmac_request_keys",
    "audit_non_hmac_response_keys",
    "passthrough_request_headers",
    "allowed_response_headers",
];

pub(super) fn read(call: &Call<'_>) -> Answer {
    let path = path_of(call)?;
    let gone = || Fault::refused(format!("cannot fetch sysview for path {path:?}"));
    let mount = find(call)?.ok_or_else(gone)?;
    let limits = call.core.limits(&mount);
    let mut data = tuned(&mount);
    if let Some(Value::Object(rule)) = data.remove(lockout::CONFIG) {
        data.extend(rule);
    }
    data.insert("description".to_owned(), json!(mount.description));
    data.insert("default_lease_ttl".to_owned(), json!(limits.default.as_secs()));
    data.insert("max_lease_ttl".to_owned(), json!(limits.max.as_secs()));
    if let Some(options) = mount.settings.get(OPTIONS).filter(|options| !options.is_null()) {
        data.insert(OPTIONS.to_owned(), options.clone());
    }
    Ok(Some(Response::data(Value::Object(data)).flat()))
}

pub(super) async fn tune(call: &Call<'_>) -> Answer {
    let path = path_of(call)?;
    let gone = || Fault::refused(format!("tune of path {path:?} failed: no mount entry found"));
    let mut mount = find(call)?.ok_or_else(gone)?;
    if mount.kind == MountKind::Secret && is_protected(&mount.path) {
        let tuned = call.input.values().keys().find(|name| *name != "path");
        let tuned = tuned.map_or("description", String::as_str);
        return Err(Fault::refused(format!("cannot tune parameter {tuned} of {path}")));
    }
    if path == "auth/token/" && call.input.has("token_type") {
        return Err(Fault::refused(
            "'token_type' cannot be set for 'token' or 'ns_token' auth mounts",
        ));
    }
    if mount.kind == MountKind::Secret && call.input.has("token_type") {
        return Err(Fault::refused("'token_type' can only be modified on auth mounts"));
    }
    if let Some(description) = call.input.text("description")? {
        mount.description = description;
    }
    set_lengths(call, &mut mount)?;
    keep(call, &mut mount, call.input.values())?;
    let context = call.context.clone();
    call.core
        .db()
        .write(move |tx| {
            store::update_mount(tx, &mount)?;
            let event = audit::Event::new("update", "credential-mounts", &mount.uuid);
            audit::record(tx, &context, &event.named(mount.path.as_str()))
        })
        .await?;
    Ok(None)
}

/// How long leases last on a new mount. What nobody says is as the system says.
pub(super) fn limit(
    call: &Call<'_>,
    mount: &mut Mount,
    config: &Map<String, Value>,
) -> Result<(), Fault> {
    let length = |which: &str| match config.get(&format!("{which}_lease_ttl")) {
        None => Ok(None),
        Some(value) => lease_ttl(value).map_err(|error| {
            Fault::refused(format!("unable to parse {which} TTL of {}: {error}", plain(value)))
        }),
    };
    mount.default_lease_ttl = length("default")?.unwrap_or_default();
    mount.max_lease_ttl = length("max")?.unwrap_or_default();
    let limits = call.core.limits(mount);
    if mount.default_lease_ttl <= limits.max {
        return Ok(());
    }
    Err(Fault::refused(if mount.max_lease_ttl.is_zero() {
        let max = limits.max.as_secs();
        format!("given default lease TTL greater than system max lease TTL of {max}")
    } else {
        "given default lease TTL greater than given max lease TTL".to_owned()
    }))
}

/// How long leases last from now on.
fn set_lengths(call: &Call<'_>, mount: &mut Mount) -> Result<(), Fault> {
    // What the command line is not told it sends as an empty text: that stays as it is.
    let length = |name: &str| match call.input.values().get(name) {
        None => Ok(None),
        Some(value) if value.as_str() == Some("") => Ok(None),
        Some(value) => lease_ttl(value).map_err(|error| Fault::refused(error.to_string())),
    };
    if let Some(default) = length("default_lease_ttl")? {
        mount.default_lease_ttl = default;
    }
    if let Some(max) = length("max_lease_ttl")? {
        mount.max_lease_ttl = max;
    }
    let (default, max) = (mount.default_lease_ttl, mount.max_lease_ttl);
    if max.is_zero() || default <= max {
        return Ok(());
    }
    Err(Fault::refused(format!(
        "backend max lease TTL of {} would be less than backend default lease TTL of {}",
        max.as_secs(),
        default.as_secs()
    )))
}

fn lease_ttl(value: &Value) -> Result<Option<Duration>, duration::DurationError> {
    if value.as_str() == Some("system") {
        return Ok(Some(Duration::ZERO));
    }
    duration::parse(value)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Takes over what is only kept. An empty text is nothing.
pub(super) fn keep(
    call: &Call<'_>,
    mount: &mut Mount,
    config: &Map<String, Value>,
) -> Result<(), Fault> {
    for name in KEPT {
        let Some(value) = config.get(name).filter(|value| !value.is_null()) else { continue };
        check(name, value)?;
        if value.as_str() == Some("") {
            mount.settings.remove(name);
        } else {
            mount.settings.insert(name.to_owned(), value.clone());
        }
    }
    if let Some(no_cache) = config.get(FORCE_NO_CACHE).filter(|value| value.is_boolean()) {
        mount.settings.insert(FORCE_NO_CACHE.to_owned(), no_cache.clone());
    }
    if let Some(Value::Object(given)) = config.get(lockout::CONFIG) {
        let rule = lockout::Rule::tuned(mount, given)?;
        mount.settings.insert(lockout::CONFIG.to_owned(), rule);
    }
    // Null is kept as it is, unless there are options already.
    match call.input.values().get(OPTIONS) {
        Some(Value::Object(options)) if !options.is_empty() => {
            mount.settings.insert(OPTIONS.to_owned(), json!(options));
        }
        Some(Value::Null) => {
            mount.settings.entry(OPTIONS).or_insert(Value::Null);
        }
        _ => {}
    }
    Ok(())
}

/// The two that must be one of a few words.
fn check(name: &str, value: &Value) -> Result<(), Fault> {
    let word = value.as_str().unwrap_or("?");
    match name {
        "listing_visibility" if !matches!(word, "" | "unauth" | "hidden") => {
            Err(Fault::refused(format!("invalid listing_visibility {}", plain(value))))
        }
        "token_type" if !word.is_empty() && !token_type::is_word(word) => {
            Err(Fault::refused("invalid value for 'token_type'"))
        }
        _ => Ok(()),
    }
}
