//! Entities: made, found, changed and removed.

use identity::audit;
use serde_json::{Map, Value, json};

use super::{
    aliases,
    entity::{self, ENTITY, Entity},
    found, metadata,
};
use crate::{
    backend::{Answer, Call},
    fault::Fault,
    issue::clean,
    response::Response,
};

/// Whom a path names.
async fn named(call: &Call<'_>) -> Result<Option<Entity>, Fault> {
    let view = call.view()?;
    let (id, name) = (call.input.text_or_empty("id")?, call.input.text_or_empty("name")?);
    let by_id = call.path.name != "entity-name" && !id.is_empty();
    Ok(call
        .core
        .db()
        .read(
            move |tx| {
                if by_id {
                    entity::by_id(tx, &view, &id)
                } else {
                    entity::by_name(tx, &view, &name)
                }
            },
        )
        .await?)
}

pub(super) async fn read(call: &Call<'_>) -> Answer {
    let entity = named(call).await?;
    Ok(found(call, entity))
}

pub(super) async fn look_up(call: &Call<'_>) -> Answer {
    let text = |name: &str| call.input.text_or_empty(name);
    let (id, name, alias) = (text("id")?, text("name")?, text("alias_id")?);
    let (alias_name, accessor) = (text("alias_name")?, text("alias_mount_accessor")?);
    if [&id, &name, &alias, &alias_name, &accessor].into_iter().all(String::is_empty) {
        return Err(Fault::refused("query parameter not supplied"));
    }
    if alias_name.is_empty() != accessor.is_empty() {
        return Err(Fault::refused("both 'alias_name' and 'alias_mount_accessor' needs to be set"));
    }
    let view = call.view()?;
    let looked_up = call.core.db().read(move |tx| {
        if !id.is_empty() {
            entity::by_id(tx, &view, &id)
        } else if !name.is_empty() {
            entity::by_name(tx, &view, &name)
        } else if !alias.is_empty() {
            entity::by_alias_id(tx, &view, &alias)
        } else {
            entity::by_alias(tx, &view, &accessor, &alias_name)
        }
    });
    Ok(found(call, looked_up.await?))
}

pub(super) async fn list(call: &Call<'_>) -> Answer {
    let view = call.view()?;
    let everybody = call.core.db().read(move |tx| {
        let mut everybody = Vec::new();
        for id in view.list(tx, ENTITY)? {
            everybody.extend(entity::by_id(tx, &view, &id)?);
        }
        Ok(everybody)
    });
    let everybody = everybody.await?;
    if call.path.name == "names" {
        return Ok(Some(Response::keys(everybody.into_iter().map(|entity| entity.name).collect())));
    }
    let info: Map<String, Value> = everybody
        .iter()
        .map(|entity| {
            let aliases = entity.aliases.iter().map(|alias| aliases::short(call, alias));
            let aliases: Vec<Value> = aliases.collect();
            (entity.id.clone(), json!({ "name": entity.name, "aliases": aliases }))
        })
        .collect();
    let keys: Vec<&String> = everybody.iter().map(|entity| &entity.id).collect();
    Ok(Some(Response::data(json!({ "keys": keys, "key_info": info }))))
}

pub(super) async fn create(call: &Call<'_>) -> Answer {
    if named(call).await?.is_some() {
        return update(call).await;
    }
    if call.input.has("id") {
        return Err(Fault::refused("entity not found from id"));
    }
    let mut entity = Entity::new(call.context.now);
    merge(call, &mut entity)?;
    let answer = json!({ "aliases": null, "id": entity.id, "name": entity.name });
    write(call, None, entity).await?;
    Ok(Some(Response::data(answer)))
}

pub(super) async fn update(call: &Call<'_>) -> Answer {
    let Some(before) = named(call).await? else {
        if call.path.name != "entity-name" {
            return Err(Fault::refused("entity not found from id"));
        }
        let mut entity = Entity::new(call.context.now);
        merge(call, &mut entity)?;
        let answer = json!({ "aliases": null, "id": entity.id, "name": entity.name });
        write(call, None, entity).await?;
        return Ok(Some(Response::data(answer)));
    };
    let mut entity = before.clone();
    merge(call, &mut entity)?;
    write(call, Some(before), entity).await?;
    Ok(None)
}

fn merge(call: &Call<'_>, entity: &mut Entity) -> Result<(), Fault> {
    let name = call.input.text_or_empty("name")?;
    if !name.is_empty() {
        entity.name = name;
    }
    if let Some(metadata) = metadata(call, "metadata")? {
        entity.metadata = metadata;
    }
    if let Some(policies) = call.input.texts("policies")? {
        entity.policies = clean(&policies, true);
        if entity.policies.iter().any(|policy| policy == crate::token::ROOT) {
            return Err(Fault::refused("policies cannot contain root"));
        }
    }
    if let Some(disabled) = call.input.boolean("disabled")? {
        entity.disabled = disabled;
    }
    entity.updated_at = call.context.now.as_micros();
    Ok(())
}

/// Writes somebody, whose name nobody else may have.
async fn write(call: &Call<'_>, before: Option<Entity>, entity: Entity) -> Result<(), Fault> {
    let (view, context) = (call.view()?, call.context.clone());
    let written = call.core.db().write(move |tx| {
        let same_name = entity::by_name(tx, &view, &entity.name)?;
        if same_name.is_some_and(|other| other.id != entity.id) {
            return Ok(Err(Fault::refused("entity name is already in use")));
        }
        if let Some(before) = &before {
            entity::forget_names(tx, &view, before)?;
        }
        entity::save(tx, &view, &entity)?;
        let verb = if before.is_some() { "update" } else { "create" };
        let event = audit::Event::new(verb, "credential-entities", &entity.id)
            .named(entity.name.as_str())
            .with("policies", entity.policies.clone());
        audit::record(tx, &context, &event)?;
        Ok(Ok(()))
    });
    written.await?
}

pub(super) async fn delete(call: &Call<'_>) -> Answer {
    let Some(entity) = named(call).await? else { return Ok(None) };
    let (view, context) = (call.view()?, call.context.clone());
    call.core
        .db()
        .write(move |tx| {
            entity::remove(tx, &view, &entity)?;
            let event = audit::Event::new("delete", "credential-entities", &entity.id);
            audit::record(tx, &context, &event.named(entity.name.as_str()))
        })
        .await?;
    Ok(None)
}
