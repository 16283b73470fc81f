//! Mounting something elsewhere.

use identity::audit;
use serde_json::json;

use super::{BUILT_IN, enabling, full, in_the_way, is_protected};
use crate::{
    backend::{Answer, Call},
    fault::Fault,
    ids,
    mount::{MOVED, Mount, MountKind},
    response::Response,
    store,
};

pub(super) async fn remount(call: &Call<'_>) -> Answer {
    let (from, to) = (call.input.text_or_empty("from")?, call.input.text_or_empty("to")?);
    if from.is_empty() || to.is_empty() {
        return Err(Fault::refused("both 'from' and 'to' path must be specified as a string"));
    }
    let (from, to) = (full(MountKind::Secret, &from), full(MountKind::Secret, &to));
    check(&from, &to).map_err(Fault::refused)?;
    let known = call.core.known();
    let mount = known.mounts.iter().find(|mount| mount.path == from).cloned();
    let mount = mount.ok_or_else(|| Fault::refused(format!("no matching mount at {from:?}")))?;
    if let Some(path) = in_the_way(&known.mounts, &to) {
        return Err(Fault::refused(format!("path already in use at {path:?}")));
    }
    enabling::drain(call, &mount).await?;
    let id = ids::uuid();
    let mut moved = Mount { path: to, tainted: false, ..mount };
    moved.settings.insert(MOVED.to_owned(), json!({ "id": id, "from": from }));
    let context = call.context.clone();
    call.core
        .db()
        .write(move |tx| {
            store::update_mount(tx, &moved)?;
            let event = audit::Event::new("move", "credential-mounts", &moved.uuid);
            audit::record(tx, &context, &event.named(moved.path.as_str()))
        })
        .await?;
    let text = "Mount move has been queued. Progress will be reported in the server log, tagged \
                with the returned migration_id";
    Ok(Some(Response::data(json!({ "migration_id": id })).warn(text).flat()))
}

/// Why something can't be moved there, if so.
fn check(from: &str, to: &str) -> Result<(), String> {
    let protected =
        |path: &str| BUILT_IN.contains(&path) || is_protected(path) && !path.starts_with("auth/");
    if protected(from) || from == "auth/" {
        return Err(format!("cannot remount {from:?}"));
    }
    if from.starts_with("auth/") && !to.starts_with("auth/") {
        return Err(format!("cannot remount auth mount to non-auth mount {to:?}"));
    }
    let apart = from.starts_with("auth/") != to.starts_with("auth/");
    if apart || protected(to) || to == "/" || to == "auth/" {
        return Err(format!("cannot remount to destination {to}"));
    }
    Ok(())
}

/// A move is done when it is answered. The last one of each mount is remembered.
pub(super) fn moved(call: &Call<'_>) -> Answer {
    let id = call.input.text_or_empty("migration_id")?;
    let known = call.core.known();
    let found = known.mounts.iter().find_map(|mount| {
        let moved = mount.settings.get(MOVED)?;
        (moved.get("id")? == id.as_str()).then_some((mount, moved.get("from")?))
    });
    let Some((mount, from)) = found else { return Ok(None) };
    Ok(Some(Response::data(json!({
        "migration_id": id,
        "migration_info": {
            "source_mount": from,
            "target_mount": mount.path,
            "status": "success",
        },
    }))))
}
