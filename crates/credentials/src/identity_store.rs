//! `identity/`: who logs in, whichever way. Somebody is known by a name at each mount (an alias),
//! and may have policies besides those of the tokens.

mod aliases;
mod entities;
mod entity;
mod paths;

use kernel::Timestamp;
use serde_json::{Map, Value, json};

use crate::{
    Credentials, Operation,
    backend::{Answering, Backend, Call, Paths},
    fault::Fault,
    framework::PathDefinition,
    issue::LoggedIn,
    mount::Mount,
    response::Response,
};

pub(crate) use entity::{AliasInUse, Entity, by_id};

/// What knows who logs in.
pub(crate) struct IdentityStore;

impl Backend for IdentityStore {
    fn kind(&self) -> &'static str {
        "identity"
    }

    fn about(&self) -> &'static str {
        "Who logs in, whichever way: each mount knows somebody by a name of its own, and all these\n\
         names are of one entity, which may have policies that every token of theirs has, too."
    }

    fn paths(&self) -> Paths {
        static FAMILIES: [&[PathDefinition]; 1] = [&paths::PATHS];
        &FAMILIES
    }

    fn answer<'a>(&'a self, call: &'a Call<'a>) -> Answering<'a> {
        Box::pin(async move {
            match (call.path.name, call.operation) {
                ("entities" | "names", _) => entities::list(call).await,
                ("entity", _) => entities::create(call).await,
                ("entity-id" | "entity-name", Operation::Read) => entities::read(call).await,
                ("entity-id" | "entity-name", Operation::Delete) => entities::delete(call).await,
                ("entity-id" | "entity-name", _) => entities::update(call).await,
                ("lookup", _) => entities::look_up(call).await,
                ("aliases", _) => aliases::list(call).await,
                ("alias", _) => aliases::create(call).await,
                ("alias-id", Operation::Read) => aliases::read(call).await,
                ("alias-id", Operation::Delete) => aliases::delete(call).await,
                ("alias-id", _) => aliases::update(call).await,
                ("groups", _) => Ok(Some(Response::keys(Vec::new()))),
                _ => Err(Fault::UnsupportedPath),
            }
        })
    }
}

impl Credentials {
    /// The name that a mount knows somebody by who logs in there.
    pub(crate) fn alias(&self, mount: &Mount, login: LoggedIn) -> Result<AliasInUse, Fault> {
        Ok(AliasInUse {
            view: self.identity_view()?,
            mount_accessor: mount.accessor.clone(),
            name: login.alias,
            metadata: login.alias_metadata,
        })
    }
}

/// Answers with what is kept of somebody, if they are there.
fn found(call: &Call<'_>, entity: Option<Entity>) -> Option<Response> {
    entity.map(|entity| Response::data(shown(call, &entity)))
}

fn shown(call: &Call<'_>, entity: &Entity) -> Value {
    let aliases: Vec<Value> = entity
        .aliases
        .iter()
        .map(|alias| {
            let mut alias = aliases::shown(call, entity, alias);
            if let Some(fields) = alias.as_object_mut() {
                fields.remove("namespace_id");
            }
            alias
        })
        .collect();
    json!({
        "aliases": aliases,
        "creation_time": time(entity.created_at),
        "direct_group_ids": [],
        "disabled": entity.disabled,
        "group_ids": [],
        "id": entity.id,
        "inherited_group_ids": [],
        "last_update_time": time(entity.updated_at),
        "merged_entity_ids": null,
        "metadata": or_null(&entity.metadata),
        "name": entity.name,
        "namespace_id": "root",
        "policies": entity.policies,
    })
}

fn time(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

fn or_null(map: &Map<String, Value>) -> Value {
    if map.is_empty() { Value::Null } else { Value::Object(map.clone()) }
}

/// Texts by name, as they are kept.
fn metadata(call: &Call<'_>, field: &str) -> Result<Option<Map<String, Value>>, Fault> {
    let pairs = call.input.pairs(field)?;
    Ok(pairs
        .map(|pairs| pairs.into_iter().map(|(key, value)| (key, Value::String(value))).collect()))
}
