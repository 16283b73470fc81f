//! Mounts: `mounts` for what gives out secrets, `auth` for ways to log in, `remount`.

use std::time::Duration;

use identity::audit;
use serde_json::{Map, Value, json};

use crate::{
    Operation,
    backend::{Answer, Call},
    duration,
    fault::Fault,
    framework::{Field, FieldKind, PathDefinition, Pattern, Piece},
    ids,
    leases::Revocation,
    mount::{Mount, MountKind},
    response::Response,
    store,
};

const FIELDS: &[Field] = &[
    Field { name: "path", kind: FieldKind::Text, description: "Where it is mounted." },
    Field {
        name: "type",
        kind: FieldKind::Text,
        description: "What is mounted: terraform, or a way to log in.",
    },
    Field {
        name: "description",
        kind: FieldKind::Text,
        description: "What people shall know about it.",
    },
    Field {
        name: "config",
        kind: FieldKind::Map,
        description: "default_lease_ttl, max_lease_ttl and what else can be tuned.",
    },
    Field { name: "options", kind: FieldKind::Map, description: "Kept and given back." },
    Field {
        name: "local",
        kind: FieldKind::Boolean,
        description: "Without effect: there is nothing to replicate to.",
    },
    Field {
        name: "seal_wrap",
        kind: FieldKind::Boolean,
        description: "Without effect: everything is sealed.",
    },
    Field {
        name: "external_entropy_access",
        kind: FieldKind::Boolean,
        description: "Without effect.",
    },
    Field { name: "plugin_name", kind: FieldKind::Text, description: "The same as type." },
    Field {
        name: "plugin_version",
        kind: FieldKind::Text,
        description: "Without effect: what can be mounted is built in.",
    },
    Field {
        name: "default_lease_ttl",
        kind: FieldKind::Text,
        description: "How long leases last. system: as the system says.",
    },
    Field {
        name: "max_lease_ttl",
        kind: FieldKind::Text,
        description: "How long leases last at most. system: as the system says.",
    },
    Field {
        name: "listing_visibility",
        kind: FieldKind::Text,
        description: "unauth shows the mount to everybody.",
    },
    Field { name: "token_type", kind: FieldKind::Text, description: "Kept and given back." },
    Field {
        name: "audit_non_hmac_request_keys",
        kind: FieldKind::Texts,
        description: "Kept and given back.",
    },
    Field {
        name: "audit_non_hmac_response_keys",
        kind: FieldKind::Texts,
        description: "Kept and given back.",
    },
    Field {
        name: "passthrough_request_headers",
        kind: FieldKind::Texts,
        description: "Kept and given back.",
    },
    Field {
        name: "allowed_response_headers",
        kind: FieldKind::Texts,
        description: "Kept and given back.",
    },
];
const MOVE: &[Field] = &[
    Field { name: "from", kind: FieldKind::Text, description: "Where it is mounted." },
    Field { name: "to", kind: FieldKind::Text, description: "Where it shall be mounted." },
    Field { name: "migration_id", kind: FieldKind::Text, description: "What the move answered." },
];

/// What can be tuned and is only given back.
const KEPT: [&str; 6] = [
    "listing_visibility",
    "token_type",
    "audit_non_hmac_request_keys",
    "audit_non_hmac_response_keys",
    "passthrough_request_headers",
    "allowed_response_headers",
];
/// What nobody mounts, moves or takes away.
const PROTECTED: [&str; 5] = ["sys/", "cubbyhole/", "identity/", "auth/", "audit/"];
const BUILT_IN: [&str; 2] = ["auth/token/", "auth/stateward/"];

const ONE: &[Operation] = &[Operation::Read, Operation::Update, Operation::Delete];
const TUNE: &[Operation] = &[Operation::Read, Operation::Update];

pub(super) static PATHS: [PathDefinition; 8] = [
    PathDefinition::new(
        "mounts.secret-tune",
        Pattern(&[Piece::Is("mounts"), Piece::Any("path"), Piece::Is("tune")]),
        FIELDS,
        TUNE,
        "Tunes a mount.",
        "Reads or changes how long a mount's leases last, and what is said about it.",
    ),
    PathDefinition::new(
        "mounts.secret-one",
        Pattern(&[Piece::Is("mounts"), Piece::Rest("path")]),
        FIELDS,
        ONE,
        "A mount.",
        "Mounts what gives out secrets, shows it, or takes it away with all its leases.",
    ),
    PathDefinition::new(
        "mounts.secret-list",
        Pattern(&[Piece::Is("mounts"), Piece::MaybeSlash]),
        &[],
        &[Operation::Read],
        "What is mounted.",
        "Lists everything that gives out secrets.",
    ),
    PathDefinition::new(
        "mounts.auth-tune",
        Pattern(&[Piece::Is("auth"), Piece::Any("path"), Piece::Is("tune")]),
        FIELDS,
        TUNE,
        "Tunes a way to log in.",
        "Reads or changes how long its tokens last, and what is said about it.",
    )
    .sudo(),
    PathDefinition::new(
        "mounts.auth-one",
        Pattern(&[Piece::Is("auth"), Piece::Rest("path")]),
        FIELDS,
        ONE,
        "A way to log in.",
        "Mounts a way to log in, shows it, or takes it away with all its tokens.",
    )
    .sudo(),
    PathDefinition::new(
        "mounts.auth-list",
        Pattern(&[Piece::Is("auth"), Piece::MaybeSlash]),
        &[],
        &[Operation::Read],
        "Ways to log in.",
        "Lists the ways to log in.",
    ),
    PathDefinition::new(
        "mounts.moved",
        Pattern(&[Piece::Is("remount"), Piece::Is("status"), Piece::Rest("migration_id")]),
        MOVE,
        &[Operation::Read],
        "How a move went.",
        "A move is done when it is answered.",
    ),
    PathDefinition::new(
        "mounts.move",
        Pattern(&[Piece::Is("remount")]),
        MOVE,
        &[Operation::Update],
        "Moves a mount.",
        "Mounts something elsewhere. Its leases are revoked before.",
    )
    .sudo(),
];

pub(super) async fn answer(call: &Call<'_>) -> Answer {
    match (call.path.name, call.operation) {
        ("mounts.secret-list", _) => Ok(Some(list(call, MountKind::Secret))),
        ("mounts.auth-list", _) => Ok(Some(list(call, MountKind::Auth))),
        ("mounts.move", _) => remount(call).await,
        ("mounts.moved", _) => moved(call),
        ("mounts.secret-tune" | "mounts.auth-tune", Operation::Read) => tuning(call),
        ("mounts.secret-tune" | "mounts.auth-tune", _) => tune(call).await,
        (_, Operation::Read) => Ok(Some(Response::data(shown(&find(call)?)).flat())),
        (_, Operation::Delete) => disable(call).await,
        _ => enable(call).await,
    }
}

fn kind_of(call: &Call<'_>) -> MountKind {
    if call.path.name.starts_with("mounts.auth") { MountKind::Auth } else { MountKind::Secret }
}

/// A path as mounts have it: with a slash at its end, and `auth/` before ways to log in.
fn full(kind: MountKind, path: &str) -> String {
    let path = path.trim_matches('/');
    match kind {
        MountKind::Secret => format!("{path}/"),
        MountKind::Auth => format!("auth/{path}/"),
    }
}

fn path_of(call: &Call<'_>) -> Result<String, Fault> {
    Ok(full(kind_of(call), &call.input.text_or_empty("path")?))
}

fn find(call: &Call<'_>) -> Result<Mount, Fault> {
    let path = path_of(call)?;
    let known = call.core.known();
    let found = known.mounts.iter().find(|mount| mount.path == path).cloned();
    found.ok_or_else(|| match kind_of(call) {
        MountKind::Secret => Fault::refused(format!("No secret engine mount at {path}")),
        MountKind::Auth => {
            Fault::refused(format!("No auth engine at {}", path.trim_start_matches("auth/")))
        }
    })
}

fn list(call: &Call<'_>, kind: MountKind) -> Response {
    let known = call.core.known();
    let mounts = known.mounts.iter().filter(|mount| mount.kind == kind);
    let rows: Map<String, Value> = mounts
        .map(|mount| {
            let path = mount.path.strip_prefix("auth/").unwrap_or(&mount.path);
            (path.to_owned(), shown(mount))
        })
        .collect();
    Response::data(Value::Object(rows)).flat()
}

/// What is told of a mount.
pub(super) fn shown(mount: &Mount) -> Value {
    let mut config = mount.settings.clone();
    config.insert("default_lease_ttl".to_owned(), json!(mount.default_lease_ttl.as_secs()));
    config.insert("max_lease_ttl".to_owned(), json!(mount.max_lease_ttl.as_secs()));
    config.insert("force_no_cache".to_owned(), json!(false));
    json!({
        "uuid": mount.uuid,
        "type": mount.r#type,
        "description": mount.description,
        "accessor": mount.accessor,
        "config": config,
        "options": null,
        "local": false,
        "seal_wrap": false,
        "external_entropy_access": false,
        "plugin_version": "",
        "running_plugin_version": "",
        "running_sha256": "",
        "deprecation_status": "supported",
    })
}

async fn enable(call: &Call<'_>) -> Answer {
    let (kind, path) = (kind_of(call), path_of(call)?);
    let bare = path.trim_start_matches("auth/");
    if bare == "/" || (kind == MountKind::Secret && is_protected(&path)) {
        return Err(Fault::refused(format!("cannot mount {path:?}")));
    }
    let wanted = match call.input.text_or_empty("type")? {
        wanted if wanted.is_empty() => call.input.text_or_empty("plugin_name")?,
        wanted => wanted,
    };
    if wanted.is_empty() {
        return Err(Fault::refused("backend type must be specified as a string"));
    }
    let known = call.core.backend(&wanted).is_some_and(|backend| backend.mounts_as(kind));
    if !known {
        return Err(Fault::refused(format!("plugin not found in the catalog: {wanted}")));
    }
    let mut mount = Mount {
        path: path.clone(),
        kind,
        accessor: match kind {
            MountKind::Secret => ids::mount_accessor(&wanted),
            MountKind::Auth => ids::mount_accessor(&format!("auth_{wanted}")),
        },
        r#type: wanted,
        uuid: ids::uuid(),
        description: call.input.text_or_empty("description")?,
        default_lease_ttl: Duration::ZERO,
        max_lease_ttl: Duration::ZERO,
        settings: Map::new(),
        tainted: false,
        created_at: call.context.now,
    };
    apply(call, &mut mount, &call.input.map("config")?.cloned().unwrap_or_default())?;
    let context = call.context.clone();
    call.core
        .db()
        .write(move |tx| {
            let others = store::list_mounts(tx)?;
            if let Some(conflict) = conflict(&others, &mount.path) {
                return Ok(Err(Fault::refused(conflict)));
            }
            store::insert_mount(tx, &mount)?;
            let event = audit::Event::new("create", "credential-mounts", &mount.uuid);
            audit::record(tx, &context, &event.named(mount.path.as_str()))?;
            Ok(Ok(()))
        })
        .await??;
    Ok(None)
}

/// Why nothing can be mounted at a path, if so.
fn conflict(others: &[Mount], path: &str) -> Option<String> {
    if others.iter().any(|mount| mount.path == path) {
        return Some(format!("path is already in use at {path}"));
    }
    let overlap =
        others.iter().find(|mount| mount.path.starts_with(path) || path.starts_with(&mount.path));
    overlap.map(|mount| format!("existing mount at {}", mount.path))
}

fn is_protected(path: &str) -> bool {
    PROTECTED.iter().any(|protected| path.starts_with(protected))
}

/// Takes over what is tuned. `default` and `max` must go together.
fn apply(call: &Call<'_>, mount: &mut Mount, config: &Map<String, Value>) -> Result<(), Fault> {
    if let Some(value) = config.get("default_lease_ttl").filter(|value| !value.is_null()) {
        mount.default_lease_ttl = lease_ttl(value, "default")?;
    }
    if let Some(value) = config.get("max_lease_ttl").filter(|value| !value.is_null()) {
        mount.max_lease_ttl = lease_ttl(value, "max")?;
    }
    let limits = call.core.limits(mount);
    if !mount.default_lease_ttl.is_zero() && limits.default > limits.max {
        return Err(Fault::refused("given default lease TTL greater than given max lease TTL"));
    }
    for name in KEPT {
        if let Some(value) = config.get(name).filter(|value| !value.is_null()) {
            mount.settings.insert(name.to_owned(), value.clone());
        }
    }
    Ok(())
}

fn lease_ttl(value: &Value, which: &str) -> Result<Duration, Fault> {
    if value.as_str() == Some("system") {
        return Ok(Duration::ZERO);
    }
    let parsed = duration::parse(value).map_err(|error| {
        Fault::refused(format!("unable to parse {which} TTL of {}: {error}", plain(value)))
    })?;
    Ok(parsed.unwrap_or_default())
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn tuning(call: &Call<'_>) -> Answer {
    let mount = find(call)?;
    let limits = call.core.limits(&mount);
    let mut data = mount.settings.clone();
    data.insert("description".to_owned(), json!(mount.description));
    data.insert("default_lease_ttl".to_owned(), json!(limits.default.as_secs()));
    data.insert("max_lease_ttl".to_owned(), json!(limits.max.as_secs()));
    data.insert("force_no_cache".to_owned(), json!(false));
    Ok(Some(Response::data(Value::Object(data)).flat()))
}

async fn tune(call: &Call<'_>) -> Answer {
    let mut mount = find(call)?;
    if let Some(description) = call.input.text("description")? {
        mount.description = description;
    }
    apply(call, &mut mount, call.input.values())?;
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

/// Refuses new requests below a mount, and revokes what was given out there. If that fails the
/// mount stays as it is then, and can be taken away again.
async fn drain(call: &Call<'_>, mount: &Mount) -> Result<(), Fault> {
    let tainted = Mount { tainted: true, ..mount.clone() };
    call.core.db().write(move |tx| store::update_mount(tx, &tainted)).await?;
    call.core.revoke_leases_under(&mount.path, Revocation::Now, call.context).await?;
    Ok(())
}

async fn disable(call: &Call<'_>) -> Answer {
    let path = path_of(call)?;
    let secret = kind_of(call) == MountKind::Secret;
    if BUILT_IN.contains(&path.as_str()) || (secret && is_protected(&path)) {
        return Err(Fault::refused(format!("cannot unmount {path:?}")));
    }
    // What is not mounted is as good as taken away.
    let Ok(mount) = find(call) else { return Ok(None) };
    drain(call, &mount).await?;
    let context = call.context.clone();
    call.core
        .db()
        .write(move |tx| {
            store::delete_mount(tx, &mount.uuid)?;
            let event = audit::Event::new("delete", "credential-mounts", &mount.uuid);
            audit::record(tx, &context, &event.named(mount.path.as_str()))
        })
        .await?;
    Ok(None)
}

async fn remount(call: &Call<'_>) -> Answer {
    let from = full(MountKind::Secret, &call.input.text_or_empty("from")?);
    let to = full(MountKind::Secret, &call.input.text_or_empty("to")?);
    for path in [&from, &to] {
        let login = path.starts_with("auth/") && !BUILT_IN.contains(&path.as_str());
        if is_protected(path) && !login {
            return Err(Fault::refused(format!("cannot remount {path:?}")));
        }
    }
    if from.starts_with("auth/") != to.starts_with("auth/") {
        return Err(Fault::refused("cannot remount a way to log in to a place for secrets"));
    }
    let known = call.core.known();
    let mount = known.mounts.iter().find(|mount| mount.path == from).cloned();
    let mount = mount.ok_or_else(|| Fault::refused(format!("no matching mount at {from:?}")))?;
    if let Some(conflict) = conflict(&known.mounts, &to) {
        return Err(Fault::refused(conflict));
    }
    drain(call, &mount).await?;
    let context = call.context.clone();
    let moved = Mount { path: to, tainted: false, ..mount };
    call.core
        .db()
        .write(move |tx| {
            store::update_mount(tx, &moved)?;
            let event = audit::Event::new("move", "credential-mounts", &moved.uuid);
            audit::record(tx, &context, &event.named(moved.path.as_str()))
        })
        .await?;
    let id = ids::uuid();
    let text = format!(
        "Mount move has been queued. Progress will be reported in the server log, tagged with the \
         returned migration_id: {id}"
    );
    Ok(Some(Response::data(json!({ "migration_id": id })).warn(text).flat()))
}

/// A move is done when it is answered.
fn moved(call: &Call<'_>) -> Answer {
    let id = call.input.text_or_empty("migration_id")?;
    Ok(Some(Response::data(json!({
        "migration_id": id,
        "migration_info": { "source_mount": "", "target_mount": "", "status": "success" },
    }))))
}
