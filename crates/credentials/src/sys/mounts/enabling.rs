//! Mounting something, and taking it away.

use std::time::Duration;

use identity::audit;
use serde_json::Map;

use super::{BUILT_IN, find, in_the_way, is_protected, kind_of, listed, path_of, tuning};
use crate::{
    backend::{Answer, Call},
    fault::Fault,
    ids,
    leases::Revocation,
    mount::{Mount, MountKind},
    store,
};

pub(super) async fn enable(call: &Call<'_>) -> Answer {
    let (kind, path) = (kind_of(call), path_of(call)?);
    if listed(&path) == "/" || (kind == MountKind::Secret && is_protected(&path)) {
        return Err(Fault::refused(format!("cannot mount {path:?}")));
    }
    let wanted = match call.input.text_or_empty("type")? {
        wanted if wanted.is_empty() => call.input.text_or_empty("plugin_name")?,
        wanted => wanted,
    };
    if wanted == "plugin" {
        return Err(Fault::refused("plugin_name must be provided for plugin backend"));
    }
    if wanted == "token" && kind == MountKind::Auth {
        return Err(Fault::refused("token credential backend cannot be instantiated"));
    }
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
        accessor: kind.new_accessor(&wanted),
        r#type: wanted,
        uuid: ids::uuid(),
        description: call.input.text_or_empty("description")?,
        default_lease_ttl: Duration::ZERO,
        max_lease_ttl: Duration::ZERO,
        settings: Map::new(),
        tainted: false,
        created_at: call.context.now,
    };
    let config = call.input.map("config")?.cloned().unwrap_or_default();
    tuning::limit(call, &mut mount, &config)?;
    tuning::keep(call, &mut mount, &config)?;
    let context = call.context.clone();
    call.core
        .db()
        .write(move |tx| {
            let others = store::list_mounts(tx)?;
            if let Some(path) = in_the_way(&others, &mount.path) {
                let text = format!("path is already in use at {}", listed(path));
                return Ok(Err(Fault::refused(text)));
            }
            store::insert_mount(tx, &mount)?;
            let event = audit::Event::new("create", "credential-mounts", &mount.uuid);
            audit::record(tx, &context, &event.named(mount.path.as_str()))?;
            Ok(Ok(()))
        })
        .await??;
    Ok(None)
}

pub(super) async fn disable(call: &Call<'_>) -> Answer {
    let path = path_of(call)?;
    let secret = kind_of(call) == MountKind::Secret;
    if !secret && path == "auth/token/" {
        return Err(Fault::refused("token credential backend cannot be disabled"));
    }
    if BUILT_IN.contains(&path.as_str()) || (secret && is_protected(&path)) {
        return Err(Fault::refused(format!("cannot unmount {path:?}")));
    }
    // What is not mounted is as good as taken away.
    let Some(mount) = find(call)? else { return Ok(None) };
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

/// Refuses new requests below a mount, and revokes what was given out there. If that fails the
/// mount stays as it is then, and can be taken away again.
pub(super) async fn drain(call: &Call<'_>, mount: &Mount) -> Result<(), Fault> {
    let tainted = Mount { tainted: true, ..mount.clone() };
    call.core.db().write(move |tx| store::update_mount(tx, &tainted)).await?;
    call.core.revoke_leases_under(&mount.path, Revocation::Now, call.context).await?;
    call.core.settle_intents_of(&mount.uuid).await?;
    Ok(())
}
