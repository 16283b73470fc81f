//! Mounts: `mounts` for what gives out secrets, `auth` for ways to log in, `remount`.

mod enabling;
mod moving;
mod tuning;

use serde_json::{Map, Value, json};

use crate::{
    Operation,
    backend::{Answer, Call},
    fault::Fault,
    framework::{Field, FieldKind, PathDefinition, Pattern, Piece},
    mount::{FORCE_NO_CACHE, KEPT_ASIDE, Mount, MountKind, OPTIONS},
    response::Response,
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
    Field {
        name: "force_no_cache",
        kind: FieldKind::Boolean,
        description: "Kept and given back: nothing is cached.",
    },
    Field {
        name: "options",
        kind: FieldKind::Map,
        description: "What logging in gives: service or batch tokens, whatever roles say; or\n\
                      default-service or default-batch where a role says nothing.",
    },
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
    Field {
        name: "user_lockout_config",
        kind: FieldKind::Map,
        description: "How often logging in may fail: lockout_threshold, lockout_duration,\n\
                      lockout_counter_reset_duration, lockout_disable.",
    },
];
const MOVE: &[Field] = &[
    Field { name: "from", kind: FieldKind::Text, description: "Where it is mounted." },
    Field { name: "to", kind: FieldKind::Text, description: "Where it shall be mounted." },
    Field { name: "migration_id", kind: FieldKind::Text, description: "What the move answered." },
];

/// What nobody mounts, moves or takes away.
const PROTECTED: [&str; 5] = ["sys/", "cubbyhole/", "identity/", "auth/", "audit/"];
const BUILT_IN: [&str; 2] = ["auth/token/", "auth/stateward/"];

const ONE: &[Operation] = &[Operation::Read, Operation::Update, Operation::Delete];
const TUNE: &[Operation] = &[Operation::Read, Operation::Update];

pub(super) static PATHS: [PathDefinition; 8] = [
    PathDefinition::new(
        "mounts.secret-tune",
        Pattern(&[Piece::Is("mounts"), Piece::Many("path"), Piece::Is("tune")]),
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
        Pattern(&[Piece::Is("mounts")]),
        &[],
        &[Operation::Read],
        "What is mounted.",
        "Lists everything that gives out secrets.",
    ),
    PathDefinition::new(
        "mounts.auth-tune",
        Pattern(&[Piece::Is("auth"), Piece::Many("path"), Piece::Is("tune")]),
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
        Pattern(&[Piece::Is("auth")]),
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
        ("mounts.move", _) => moving::remount(call).await,
        ("mounts.moved", _) => moving::moved(call),
        ("mounts.secret-tune" | "mounts.auth-tune", Operation::Read) => tuning::read(call),
        ("mounts.secret-tune" | "mounts.auth-tune", _) => tuning::tune(call).await,
        (_, Operation::Read) => read(call),
        (_, Operation::Delete) => enabling::disable(call).await,
        _ => enabling::enable(call).await,
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

/// The mount at a path, as it is listed: ways to log in without `auth/`.
fn listed(path: &str) -> &str {
    path.strip_prefix("auth/").unwrap_or(path)
}

fn find(call: &Call<'_>) -> Result<Option<Mount>, Fault> {
    let path = path_of(call)?;
    let known = call.core.known();
    Ok(known.mounts.iter().find(|mount| mount.path == path).cloned())
}

fn read(call: &Call<'_>) -> Answer {
    let path = path_of(call)?;
    let missing = || {
        Fault::refused(match kind_of(call) {
            MountKind::Secret => format!("No secret engine mount at {path}"),
            MountKind::Auth => format!("No auth engine at {}", listed(&path)),
        })
    };
    Ok(Some(Response::data(shown(&find(call)?.ok_or_else(missing)?)).flat()))
}

fn list(call: &Call<'_>, kind: MountKind) -> Response {
    let known = call.core.known();
    let mounts = known.mounts.iter().filter(|mount| mount.kind == kind);
    let rows: Map<String, Value> =
        mounts.map(|mount| (listed(&mount.path).to_owned(), shown(mount))).collect();
    Response::data(Value::Object(rows)).flat()
}

/// What is told of a mount.
pub(super) fn shown(mount: &Mount) -> Value {
    let built_in = is_protected(&mount.path) && mount.kind == MountKind::Secret
        || BUILT_IN.contains(&mount.path.as_str());
    let mut config = tuned(mount);
    config.insert("default_lease_ttl".to_owned(), json!(mount.default_lease_ttl.as_secs()));
    config.insert("max_lease_ttl".to_owned(), json!(mount.max_lease_ttl.as_secs()));
    let options = if built_in { Value::Null } else { json!({}) };
    let mut shown = json!({
        "uuid": mount.uuid,
        "type": mount.r#type,
        "description": mount.description,
        "accessor": mount.accessor,
        "config": config,
        "options": mount.settings.get(OPTIONS).unwrap_or(&options),
        // What a token keeps for itself is never anywhere else.
        "local": mount.path == "cubbyhole/",
        "seal_wrap": false,
        "external_entropy_access": false,
        "plugin_version": "",
        "running_plugin_version": "",
        "running_sha256": "",
    });
    if let (Some(shown), false) = (shown.as_object_mut(), built_in) {
        shown.insert("deprecation_status".to_owned(), json!("supported"));
    }
    shown
}

/// What is tuned, as it is told.
fn tuned(mount: &Mount) -> Map<String, Value> {
    let mut tuned = mount.settings.clone();
    tuned.retain(|name, _| !KEPT_ASIDE.contains(&name.as_str()));
    let no_cache = mount.settings.get(FORCE_NO_CACHE).cloned().unwrap_or(json!(false));
    tuned.insert(FORCE_NO_CACHE.to_owned(), no_cache);
    if mount.kind == MountKind::Auth {
        tuned.entry("token_type".to_owned()).or_insert(json!("default-service"));
    }
    tuned
}

fn is_protected(path: &str) -> bool {
    PROTECTED.iter().any(|protected| path.starts_with(protected))
}

/// The mount that is in the way of one at a path, if one is.
fn in_the_way<'a>(others: &'a [Mount], path: &str) -> Option<&'a str> {
    let overlaps = |mount: &&Mount| mount.path.starts_with(path) || path.starts_with(&mount.path);
    others.iter().find(overlaps).map(|mount| mount.path.as_str())
}
