//! Who is locked out because logging in has failed too often: `locked-users`.

use identity::audit;
use serde_json::{Value, json};

use crate::{
    Operation,
    auth::lockout,
    backend::{Answer, Call},
    framework::{Field, FieldKind, PathDefinition, Pattern, Piece},
    mount::Mount,
    response::Response,
};

const ACCESSOR: Field = Field {
    name: "mount_accessor",
    kind: FieldKind::Text,
    description: "The accessor of a way to log in.",
};
const NAME: Field = Field {
    name: "alias_identifier",
    kind: FieldKind::Text,
    description: "What the mount knows somebody by: a username, or the id of a role.",
};

pub(super) static PATHS: [PathDefinition; 2] = [
    PathDefinition::new(
        "locked.unlock",
        Pattern(&[
            Piece::Is("locked-users"),
            Piece::Any("mount_accessor"),
            Piece::Is("unlock"),
            Piece::Rest("alias_identifier"),
        ]),
        &[ACCESSOR, NAME],
        &[Operation::Update],
        "Lets somebody log in again.",
        "Forgets how often somebody has failed to log in.",
    ),
    PathDefinition::new(
        "locked.list",
        Pattern(&[Piece::Is("locked-users"), Piece::MaybeSlash]),
        &[ACCESSOR],
        &[Operation::Read],
        "Who is locked out.",
        "Lists who can't log in for a while, because it has failed too often.",
    ),
];

pub(super) async fn answer(call: &Call<'_>) -> Answer {
    match call.path.name {
        "locked.unlock" => unlock(call).await,
        _ => list(call).await,
    }
}

fn mount(call: &Call<'_>, accessor: &str) -> Option<Mount> {
    let known = call.core.known();
    known.mounts.iter().find(|mount| mount.accessor == accessor).cloned()
}

async fn unlock(call: &Call<'_>) -> Answer {
    let name = call.input.text_or_empty("alias_identifier")?;
    let accessor = call.input.text_or_empty("mount_accessor")?;
    // Who is not locked out is as good as let in.
    let Some(mount) = mount(call, &accessor) else { return Ok(None) };
    let context = call.context.clone();
    call.core
        .db()
        .write(move |tx| {
            lockout::unlock(tx, &mount, &name)?;
            let event = audit::Event::new("unlock", "credential-mounts", &mount.uuid)
                .named(mount.path.as_str())
                .with("name", name.as_str());
            audit::record(tx, &context, &event)
        })
        .await?;
    Ok(None)
}

async fn list(call: &Call<'_>) -> Answer {
    let wanted = call.input.text_or_empty("mount_accessor")?;
    let known = call.core.known();
    let mounts = known.mounts.iter().filter(|mount| {
        mount.path.starts_with("auth/") && (wanted.is_empty() || mount.accessor == wanted)
    });
    let mounts: Vec<Mount> = mounts.cloned().collect();
    let now = call.context.now;
    let read = call.core.db().read(move |tx| {
        let mut found = Vec::new();
        for mount in &mounts {
            found.push((mount.accessor.clone(), lockout::locked(tx, mount, now)?));
        }
        Ok(found)
    });
    let mut found = read.await?;
    if wanted.is_empty() {
        found.retain(|(_, names)| !names.is_empty());
    } else if found.is_empty() {
        found.push((wanted, Vec::new()));
    }
    let total: usize = found.iter().map(|(_, names)| names.len()).sum();
    let rows: Vec<Value> = found
        .into_iter()
        .map(|(accessor, names)| {
            json!({
                "mount_accessor": accessor,
                "counts": names.len(),
                "alias_identifiers": if names.is_empty() { Value::Null } else { json!(names) },
            })
        })
        .collect();
    let root = json!({
        "namespace_id": "root",
        "namespace_path": "",
        "counts": total,
        "mount_accessors": rows,
    });
    Ok(Some(Response::data(json!({ "by_namespace": [root], "total": total }))))
}
