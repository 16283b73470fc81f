//! Aliases: by what mounts know somebody.

use identity::audit;
use serde_json::{Map, Value, json};

use super::{
    entity::{self, ALIAS, Alias, Entity},
    metadata, or_null, time,
};
use crate::{
    backend::{Answer, Call},
    fault::Fault,
    mount::Mount,
    response::Response,
};

/// What is shown of an alias.
pub(super) fn shown(call: &Call<'_>, entity: &Entity, alias: &Alias) -> Value {
    placed(
        call,
        alias,
        json!({
            "canonical_id": entity.id,
            "creation_time": time(alias.created_at),
            "custom_metadata": alias.custom_metadata,
            "id": alias.id,
            "last_update_time": time(alias.updated_at),
            "local": false,
            "merged_from_canonical_ids": null,
            "metadata": or_null(&alias.metadata),
            "mount_accessor": alias.mount_accessor,
            "name": alias.name,
            "namespace_id": "root",
        }),
    )
}

/// What a list of entities shows of an alias.
pub(super) fn short(call: &Call<'_>, alias: &Alias) -> Value {
    placed(
        call,
        alias,
        json!({ "id": alias.id, "mount_accessor": alias.mount_accessor, "name": alias.name }),
    )
}

/// Adds where the alias's mount is, while it is there.
fn placed(call: &Call<'_>, alias: &Alias, mut shown: Value) -> Value {
    if let Some(mount) = mount(call, &alias.mount_accessor)
        && let Some(fields) = shown.as_object_mut()
    {
        fields.insert("mount_path".to_owned(), json!(mount.path));
        fields.insert("mount_type".to_owned(), json!(mount.r#type));
    }
    shown
}

fn mount(call: &Call<'_>, accessor: &str) -> Option<Mount> {
    let known = call.core.known();
    known.mounts.iter().find(|mount| mount.accessor == accessor).cloned()
}

async fn named(call: &Call<'_>) -> Result<Option<(Entity, usize)>, Fault> {
    let (view, id) = (call.view()?, call.input.text_or_empty("id")?);
    let wanted = id.clone();
    let entity = call.core.db().read(move |tx| entity::by_alias_id(tx, &view, &wanted)).await?;
    Ok(entity.and_then(|entity| {
        let position = entity.aliases.iter().position(|alias| alias.id == id)?;
        Some((entity, position))
    }))
}

pub(super) async fn read(call: &Call<'_>) -> Answer {
    let found = named(call).await?;
    Ok(found.and_then(|(entity, position)| {
        let alias = entity.aliases.get(position)?;
        Some(Response::data(shown(call, &entity, alias)))
    }))
}

pub(super) async fn list(call: &Call<'_>) -> Answer {
    let view = call.view()?;
    let all = call.core.db().read(move |tx| {
        let mut all = Vec::new();
        for id in view.list(tx, ALIAS)? {
            if let Some(entity) = entity::by_alias_id(tx, &view, &id)? {
                all.push((id, entity));
            }
        }
        Ok(all)
    });
    let all = all.await?;
    let info: Map<String, Value> = all
        .iter()
        .filter_map(|(id, entity)| {
            let alias = entity.aliases.iter().find(|alias| alias.id == *id)?;
            let mut shown = shown(call, entity, alias);
            let fields = shown.as_object_mut()?;
            for name in [
                "id",
                "creation_time",
                "last_update_time",
                "merged_from_canonical_ids",
                "namespace_id",
            ] {
                fields.remove(name);
            }
            Some((id.clone(), shown))
        })
        .collect();
    let keys: Vec<&String> = all.iter().map(|(id, _)| id).collect();
    Ok(Some(Response::data(json!({ "keys": keys, "key_info": info }))))
}

pub(super) async fn create(call: &Call<'_>) -> Answer {
    if call.input.has("id") {
        return update(call).await;
    }
    let text = |name: &str| call.input.text_or_empty(name);
    let (name, accessor) = (text("name")?, text("mount_accessor")?);
    if name.is_empty() || accessor.is_empty() {
        return Err(Fault::refused("'id' or 'mount_accessor' and 'name' must be provided"));
    }
    if mount(call, &accessor).is_none() {
        return Err(Fault::refused(format!("invalid mount accessor {accessor:?}")));
    }
    let canonical = match text("canonical_id")? {
        id if id.is_empty() => text("entity_id")?,
        id => id,
    };
    let custom = Some(metadata(call, "custom_metadata")?.unwrap_or_default());
    let (view, context) = (call.view()?, call.context.clone());
    let written = call.core.db().write(move |tx| {
        let known = entity::by_alias(tx, &view, &accessor, &name)?;
        let mut entity = if canonical.is_empty() {
            known.clone().unwrap_or_else(|| Entity::new(context.now))
        } else {
            match entity::by_id(tx, &view, &canonical)? {
                Some(entity) => entity,
                None => return Ok(Err(Fault::refused("invalid canonical ID"))),
            }
        };
        let same = |alias: &Alias| alias.mount_accessor == accessor && alias.name == name;
        let mut alias = match known {
            None => Alias::new(&accessor, &name, context.now),
            Some(mut owner) => {
                let position = owner.aliases.iter().position(same).unwrap_or_default();
                if owner.id == entity.id {
                    entity.aliases.remove(position)
                } else {
                    // From now on it is of somebody else.
                    entity::forget_names(tx, &view, &owner)?;
                    let alias = owner.aliases.remove(position);
                    entity::save(tx, &view, &owner)?;
                    alias
                }
            }
        };
        alias.custom_metadata.clone_from(&custom);
        alias.updated_at = context.now.as_micros();
        let answer = json!({ "canonical_id": entity.id, "id": alias.id });
        entity.aliases.push(alias);
        entity::save(tx, &view, &entity)?;
        record(tx, &context, "create", &entity)?;
        Ok(Ok(answer))
    });
    Ok(Some(Response::data(written.await??)))
}

pub(super) async fn update(call: &Call<'_>) -> Answer {
    let Some((before, position)) = named(call).await? else {
        return Err(Fault::refused("invalid alias ID"));
    };
    let mut entity = before.clone();
    let Some(alias) = entity.aliases.get_mut(position) else { return Ok(None) };
    if let Some(name) = call.input.text("name")?.filter(|name| !name.is_empty()) {
        alias.name = name;
    }
    if let Some(custom) = metadata(call, "custom_metadata")? {
        alias.custom_metadata = Some(custom);
    }
    alias.updated_at = call.context.now.as_micros();
    let answer = json!({ "canonical_id": entity.id, "id": alias.id });
    write(call, before, entity, "update").await?;
    Ok(Some(Response::data(answer)))
}

pub(super) async fn delete(call: &Call<'_>) -> Answer {
    let Some((before, position)) = named(call).await? else { return Ok(None) };
    let mut entity = before.clone();
    entity.aliases.remove(position);
    write(call, before, entity, "delete").await?;
    Ok(None)
}

async fn write(
    call: &Call<'_>,
    before: Entity,
    entity: Entity,
    verb: &'static str,
) -> Result<(), Fault> {
    let (view, context) = (call.view()?, call.context.clone());
    let write = call.core.db().write(move |tx| {
        entity::forget_names(tx, &view, &before)?;
        entity::save(tx, &view, &entity)?;
        record(tx, &context, verb, &entity)
    });
    Ok(write.await?)
}

fn record(
    tx: &mut db::Tx<'_>,
    context: &kernel::Context,
    verb: &'static str,
    entity: &Entity,
) -> kernel::Result<()> {
    let event = audit::Event::new(verb, "credential-aliases", &entity.id);
    audit::record(tx, context, &event.named(entity.name.as_str()))
}
