//! What clients ask before they ask for something: `internal/ui/…`.

use serde_json::{Map, Value, json};

use super::mounts;
use crate::{
    Operation,
    backend::{Answer, Call},
    fault::Fault,
    framework::{Field, FieldKind, PathDefinition, Pattern, Piece},
    mount::{Mount, MountKind, mount_of},
    policy::Acl,
    response::Response,
};

const PATH: &[Field] =
    &[Field { name: "path", kind: FieldKind::Text, description: "A path at or below a mount." }];
const READ: &[Operation] = &[Operation::Read];

pub(super) static PATHS: [PathDefinition; 4] = [
    PathDefinition::new(
        "internal.mounts",
        Pattern(&[Piece::Is("internal"), Piece::Is("ui"), Piece::Is("mounts"), Piece::MaybeSlash]),
        &[],
        READ,
        "The mounts that a token reaches.",
        "Lists the mounts of which a token can use anything. Without a token, those that are tuned \
         to be shown to everybody.",
    )
    .open(),
    PathDefinition::new(
        "internal.mount",
        Pattern(&[
            Piece::Is("internal"),
            Piece::Is("ui"),
            Piece::Is("mounts"),
            Piece::Rest("path"),
        ]),
        PATH,
        READ,
        "The mount that a path belongs to.",
        "Says what is mounted where a path leads to, if the token can use anything there.",
    )
    .open(),
    PathDefinition::new(
        "internal.acl",
        Pattern(&[Piece::Is("internal"), Piece::Is("ui"), Piece::Is("resultant-acl")]),
        &[],
        READ,
        "What a token may do.",
        "What all policies of a token come to, path by path.",
    ),
    PathDefinition::new(
        "internal.namespaces",
        Pattern(&[Piece::Is("internal"), Piece::Is("ui"), Piece::Is("namespaces")]),
        &[],
        READ,
        "The namespaces that a token reaches.",
        "There are none but the one that everything is in.",
    ),
];

pub(super) fn answer(call: &Call<'_>) -> Answer {
    match call.path.name {
        "internal.mounts" => list(call).map(Some),
        "internal.mount" => one(call).map(Some),
        "internal.acl" => Ok(Some(resultant(call)?)),
        _ => Ok(Some(Response::data(json!({})))),
    }
}

/// What the token of the call may do; none without one. One that is good for nothing is refused.
fn acl(call: &Call<'_>) -> Result<Option<Acl>, Fault> {
    match (call.token, &call.request.token) {
        (Some(token), _) => Ok(Some(call.core.acl(token))),
        (None, None) => Ok(None),
        (None, Some(_)) => Err(Fault::Denied),
    }
}

fn list(call: &Call<'_>) -> Result<Response, Fault> {
    let acl = acl(call)?;
    let known = call.core.known();
    let of_kind = |kind: MountKind| -> Map<String, Value> {
        let mounts = known.mounts.iter().filter(|mount| mount.kind == kind);
        let shown = mounts.filter_map(|mount| {
            let document = match &acl {
                Some(acl) if acl.reaches(&mount.path) || is_shown_to_all(mount) => {
                    mounts::shown(mount)
                }
                None if is_shown_to_all(mount) => reduced(mount),
                _ => return None,
            };
            Some((bare_path(mount).to_owned(), document))
        });
        shown.collect()
    };
    Ok(Response::data(json!({
        "secret": of_kind(MountKind::Secret),
        "auth": of_kind(MountKind::Auth),
    })))
}

fn is_shown_to_all(mount: &Mount) -> bool {
    mount.settings.get("listing_visibility").and_then(Value::as_str) == Some("unauth")
}

fn reduced(mount: &Mount) -> Value {
    json!({ "type": mount.r#type, "description": mount.description, "options": {} })
}

fn bare_path(mount: &Mount) -> &str {
    mount.path.strip_prefix("auth/").unwrap_or(&mount.path)
}

fn one(call: &Call<'_>) -> Result<Response, Fault> {
    let acl = acl(call)?.ok_or(Fault::Denied)?;
    let path = format!("{}/", call.input.text_or_empty("path")?.trim_matches('/'));
    let known = call.core.known();
    let mount = mount_of(&known.mounts, &path).filter(|mount| acl.reaches(&mount.path));
    // What is not there and what may not be seen are the same.
    let mount = mount.ok_or_else(|| {
        let text = format!(
            "preflight capability check returned 403, please ensure client's policies grant \
             access to path {path:?}"
        );
        Fault::Status(http::StatusCode::FORBIDDEN, text)
    })?;
    let mut shown = mounts::shown(mount);
    if let Some(shown) = shown.as_object_mut() {
        shown.insert("path".to_owned(), json!(bare_path(mount)));
    }
    Ok(Response::data(shown))
}

fn resultant(call: &Call<'_>) -> Result<Response, Fault> {
    let acl = acl(call)?.ok_or(Fault::Denied)?;
    if acl.is_root() {
        return Ok(Response::data(json!({ "root": true })));
    }
    let (exact, globs) = acl.rules_by_path();
    let shown = |rules: Vec<(String, Vec<&'static str>)>| -> Map<String, Value> {
        let row = |(path, capabilities)| (path, json!({ "capabilities": capabilities }));
        rules.into_iter().map(row).collect()
    };
    Ok(Response::data(json!({
        "root": false, "exact_paths": shown(exact), "glob_paths": shown(globs),
    })))
}
