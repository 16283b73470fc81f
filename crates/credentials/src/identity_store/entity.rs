//! Somebody who logs in, and by what names the mounts know them.

use barrier::{hex, sha256};
use db::Tx;
use kernel::{Result, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{ids, sql, view::View};

/// Somebody.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Entity {
    /// Their id, a UUID.
    pub(crate) id: String,
    /// What people call them.
    pub(crate) name: String,
    /// What is known of them.
    pub(crate) metadata: Map<String, Value>,
    /// Policies that all their tokens have besides their own, sorted.
    pub(crate) policies: Vec<String>,
    /// Whether their tokens are good for nothing for now.
    pub(crate) disabled: bool,
    /// When they were first seen, in microseconds since 1970.
    pub(crate) created_at: i64,
    /// When something about them changed.
    pub(crate) updated_at: i64,
    /// By what the mounts know them.
    pub(crate) aliases: Vec<Alias>,
}

/// What a mount knows somebody by.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Alias {
    /// Its id, a UUID.
    pub(crate) id: String,
    /// The accessor of the mount.
    pub(crate) mount_accessor: String,
    /// The name there.
    pub(crate) name: String,
    /// What the mount has found out.
    pub(crate) metadata: Map<String, Value>,
    /// What people say about it, if they have made it.
    pub(crate) custom_metadata: Option<Map<String, Value>>,
    /// When it was first seen, in microseconds since 1970.
    pub(crate) created_at: i64,
    /// When something about it changed.
    pub(crate) updated_at: i64,
}

/// A name that somebody has just logged in by.
#[derive(Clone, Debug)]
pub(crate) struct AliasInUse {
    pub(crate) view: View,
    pub(crate) mount_accessor: String,
    pub(crate) name: String,
    pub(crate) metadata: Map<String, Value>,
}

impl AliasInUse {
    /// Who it is; somebody new if nobody is known by it.
    pub(crate) fn entity(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<Entity> {
        if let Some(mut entity) = by_alias(tx, &self.view, &self.mount_accessor, &self.name)? {
            let mut aliases = entity.aliases.iter_mut();
            let alias = aliases.find(|alias| {
                alias.mount_accessor == self.mount_accessor && alias.name == self.name
            });
            if let Some(alias) = alias
                && alias.metadata != self.metadata
            {
                alias.metadata.clone_from(&self.metadata);
                alias.updated_at = now.as_micros();
                save(tx, &self.view, &entity)?;
            }
            return Ok(entity);
        }
        tx.lock(&sql::LOCK_GENERATION, &[])?;
        // Whoever was first is who it is.
        if let Some(entity) = by_alias(tx, &self.view, &self.mount_accessor, &self.name)? {
            return Ok(entity);
        }
        let mut entity = Entity::new(now);
        let alias = Alias {
            metadata: self.metadata.clone(),
            ..Alias::new(&self.mount_accessor, &self.name, now)
        };
        entity.aliases.push(alias);
        save(tx, &self.view, &entity)?;
        Ok(entity)
    }
}

impl Entity {
    /// Somebody new, with a name until somebody gives them a better one.
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            id: ids::uuid(),
            name: ids::mount_accessor("entity"),
            created_at: now.as_micros(),
            updated_at: now.as_micros(),
            ..Self::default()
        }
    }

    /// What a policy's `{{identity.entity.…}}` stands for.
    pub(crate) fn value(&self, directive: &str) -> Option<String> {
        let text = |map: &Map<String, Value>, key: &str| map.get(key)?.as_str().map(str::to_owned);
        let rest = directive.strip_prefix("identity.entity.")?;
        if let Some(key) = rest.strip_prefix("metadata.") {
            return text(&self.metadata, key);
        }
        if let Some(rest) = rest.strip_prefix("aliases.") {
            let (accessor, rest) = rest.split_once('.')?;
            let alias = self.aliases.iter().find(|alias| alias.mount_accessor == accessor)?;
            return match rest.split_once('.') {
                None if rest == "id" => Some(alias.id.clone()),
                None if rest == "name" => Some(alias.name.clone()),
                Some(("metadata", key)) => text(&alias.metadata, key),
                Some(("custom_metadata", key)) => text(alias.custom_metadata.as_ref()?, key),
                _ => None,
            };
        }
        match rest {
            "id" => Some(self.id.clone()),
            "name" => Some(self.name.clone()),
            _ => None,
        }
    }
}

impl Alias {
    /// A name that was not known before.
    pub(super) fn new(mount_accessor: &str, name: &str, now: Timestamp) -> Self {
        Self {
            id: ids::uuid(),
            mount_accessor: mount_accessor.to_owned(),
            name: name.to_owned(),
            created_at: now.as_micros(),
            updated_at: now.as_micros(),
            ..Self::default()
        }
    }
}

/// Longer names are found by their hashes.
const LONGEST_NAME: usize = 500;
/// Where entities stand, with their ids behind it.
pub(super) const ENTITY: &str = "entity/";
/// Where the ids of entities stand, by their names in lower case.
pub(super) const NAME: &str = "name/";
/// Where the ids of entities stand, by the ids of their aliases.
pub(super) const ALIAS: &str = "alias/";

/// Where the id of an entity stands, by what a mount knows it by. Whoever signs identities chooses
/// the names in them, of any length.
fn factor(mount_accessor: &str, name: &str) -> String {
    if name.len() > LONGEST_NAME {
        return format!("hashed-factor/{mount_accessor}/{}", hex(sha256(name)));
    }
    format!("factor/{mount_accessor}/{name}")
}

fn name_key(name: &str) -> String {
    format!("{NAME}{}", name.to_lowercase())
}

/// Somebody by their id.
pub(crate) fn by_id(tx: &mut Tx<'_>, view: &View, id: &str) -> Result<Option<Entity>> {
    view.get(tx, &format!("{ENTITY}{id}"))
}

/// Somebody by their name, whatever its case.
pub(super) fn by_name(tx: &mut Tx<'_>, view: &View, name: &str) -> Result<Option<Entity>> {
    pointed(tx, view, &name_key(name))
}

/// Somebody by the id of one of their aliases.
pub(super) fn by_alias_id(tx: &mut Tx<'_>, view: &View, id: &str) -> Result<Option<Entity>> {
    pointed(tx, view, &format!("{ALIAS}{id}"))
}

/// Somebody by what a mount knows them by.
pub(super) fn by_alias(
    tx: &mut Tx<'_>,
    view: &View,
    mount_accessor: &str,
    name: &str,
) -> Result<Option<Entity>> {
    pointed(tx, view, &factor(mount_accessor, name))
}

fn pointed(tx: &mut Tx<'_>, view: &View, key: &str) -> Result<Option<Entity>> {
    match view.get::<String>(tx, key)? {
        Some(id) => by_id(tx, view, &id),
        None => Ok(None),
    }
}

/// Writes somebody, so that they are found by all their names; those that they no longer have are
/// for [`forget_names`].
pub(super) fn save(tx: &mut Tx<'_>, view: &View, entity: &Entity) -> Result<()> {
    view.put(tx, &format!("{ENTITY}{}", entity.id), entity)?;
    view.put(tx, &name_key(&entity.name), &entity.id)?;
    for alias in &entity.aliases {
        view.put(tx, &format!("{ALIAS}{}", alias.id), &entity.id)?;
        view.put(tx, &factor(&alias.mount_accessor, &alias.name), &entity.id)?;
    }
    Ok(())
}

/// Lets nobody be found by the names of somebody, before they are written anew or removed.
pub(super) fn forget_names(tx: &mut Tx<'_>, view: &View, entity: &Entity) -> Result<()> {
    view.delete(tx, &name_key(&entity.name))?;
    for alias in &entity.aliases {
        view.delete(tx, &format!("{ALIAS}{}", alias.id))?;
        view.delete(tx, &factor(&alias.mount_accessor, &alias.name))?;
    }
    Ok(())
}

/// Removes somebody.
pub(super) fn remove(tx: &mut Tx<'_>, view: &View, entity: &Entity) -> Result<()> {
    forget_names(tx, view, entity)?;
    view.delete(tx, &format!("{ENTITY}{}", entity.id))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn policies_can_name_what_is_known_of_somebody() {
        let now = Timestamp::from_micros(0);
        let mut entity = Entity::new(now);
        "ada".clone_into(&mut entity.name);
        entity.metadata.insert("team".to_owned(), json!("core"));
        let mut alias = Alias::new("auth_jwt_1", "repo:acme/app", now);
        alias.metadata.insert("ref".to_owned(), json!("main"));
        entity.aliases.push(alias);
        for (directive, expected) in [
            ("identity.entity.name", Some("ada")),
            ("identity.entity.metadata.team", Some("core")),
            ("identity.entity.metadata.other", None),
            ("identity.entity.aliases.auth_jwt_1.name", Some("repo:acme/app")),
            ("identity.entity.aliases.auth_jwt_1.metadata.ref", Some("main")),
            ("identity.entity.aliases.auth_jwt_2.name", None),
            ("identity.groups.ids.x.name", None),
            ("identity.entity", None),
        ] {
            assert_eq!(entity.value(directive).as_deref(), expected, "{directive}");
        }
        assert_eq!(entity.value("identity.entity.id"), Some(entity.id.clone()));
    }
}
