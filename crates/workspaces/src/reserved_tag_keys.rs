//! Tag keys that an organization reserves. With `disable_overrides` the value that a project gives
//! to a key holds for all of its workspaces: none can have another, and one that had another
//! before has the project's.
//!
//! The vendor's page: "Reserved tag keys API".

use std::collections::HashSet;

use db::{DbError, Row, Tx};
use identity::{
    Right, Scope, Tag, TagBinding,
    audit::{Event, record},
    names, project_tags, scope_by_id,
};
use kernel::{
    Context, Error, Kind, OrganizationId, Page, PageRequest, ReservedTagKeyId, Result, Timestamp,
};
use serde::Deserialize;
use web::body::patch;

use crate::{change::Patch, sql, workspace::Workspace};

/// How many keys an organization reserves at most.
const MOST_KEYS: i64 = 1_000;

/// A tag key that is reserved.
#[derive(Clone, Debug)]
pub(crate) struct ReservedTagKey {
    /// Its id.
    pub(crate) id: ReservedTagKeyId,
    /// The organization that reserves it.
    pub(crate) organization_id: OrganizationId,
    /// The key, unique in the organization.
    pub(crate) key: String,
    /// Whether a project's value holds for its workspaces.
    pub(crate) disable_overrides: bool,
    /// When it was reserved.
    pub(crate) created_at: Timestamp,
    /// When that was last changed.
    pub(crate) updated_at: Timestamp,
}

/// Attributes of a key to reserve, or of a change, as they stand on the wire.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(crate) struct ReservedTagKeyChange {
    /// See [`ReservedTagKey::key`].
    #[serde(deserialize_with = "patch")]
    pub(crate) key: Patch<String>,
    /// See [`ReservedTagKey::disable_overrides`].
    #[serde(deserialize_with = "patch")]
    pub(crate) disable_overrides: Patch<bool>,
}

impl ReservedTagKeyChange {
    fn apply(&self, reserved: &mut ReservedTagKey) -> Result<()> {
        if let Some(key) = &self.key {
            reserved.key = names::tag_key(key.as_deref().unwrap_or_default())?;
        }
        if let Some(disable) = self.disable_overrides {
            reserved.disable_overrides = disable.unwrap_or_default();
        }
        Ok(())
    }
}

/// A page of an organization's reserved keys, by key.
pub(crate) fn list(
    tx: &mut Tx<'_>,
    scope: &Scope,
    request: PageRequest,
) -> Result<Page<ReservedTagKey>> {
    scope.at_organization().require(Right::ReadOrganization)?;
    let organization = scope.organization.id;
    let params = [organization.into(), request.limit().into(), request.offset().into()];
    let items = tx.query(&sql::LIST_RESERVED_TAG_KEYS, &params, from_row)?;
    let total = count(tx, organization)?;
    Ok(Page { items, total: u64::try_from(total).unwrap_or_default(), request })
}

/// Reserves a key.
pub(crate) fn create(
    tx: &mut Tx<'_>,
    context: &Context,
    scope: &Scope,
    change: &ReservedTagKeyChange,
) -> Result<ReservedTagKey> {
    scope.require_whole()?;
    scope.require(Right::ManageTags)?;
    let organization = scope.organization.id;
    if change.key.is_none() {
        return Err(Error::invalid("key", "is missing"));
    }
    if count(tx, organization)? >= MOST_KEYS {
        let text = format!("an organization reserves at most {MOST_KEYS} keys; give some up first");
        return Err(Error::new(Kind::Invalid, text));
    }
    let mut reserved = ReservedTagKey {
        id: ReservedTagKeyId::generate(),
        organization_id: organization,
        key: String::new(),
        disable_overrides: false,
        created_at: context.now,
        updated_at: context.now,
    };
    change.apply(&mut reserved)?;
    let params = [
        reserved.id.into(),
        organization.into(),
        (&reserved.key).into(),
        reserved.disable_overrides.into(),
        reserved.created_at.into(),
        reserved.updated_at.into(),
    ];
    tx.execute(&sql::INSERT_RESERVED_TAG_KEY, &params).map_err(|error| taken(error, &reserved))?;
    record(tx, context, &reserved.event("create"))?;
    Ok(reserved)
}

/// Changes a reserved key.
pub(crate) fn update(
    tx: &mut Tx<'_>,
    context: &Context,
    id: ReservedTagKeyId,
    change: &ReservedTagKeyChange,
) -> Result<ReservedTagKey> {
    let mut reserved = hold(tx, context, id)?;
    change.apply(&mut reserved)?;
    reserved.updated_at = context.now;
    let params = [
        id.into(),
        (&reserved.key).into(),
        reserved.disable_overrides.into(),
        reserved.updated_at.into(),
    ];
    tx.execute(&sql::UPDATE_RESERVED_TAG_KEY, &params).map_err(|error| taken(error, &reserved))?;
    record(tx, context, &reserved.event("update"))?;
    Ok(reserved)
}

/// Gives a reserved key up.
pub(crate) fn delete(tx: &mut Tx<'_>, context: &Context, id: ReservedTagKeyId) -> Result<()> {
    let reserved = hold(tx, context, id)?;
    tx.execute(&sql::DELETE_RESERVED_TAG_KEY, &[id.into()])?;
    record(tx, context, &reserved.event("delete"))
}

/// The key as it is now, kept from other writers until the transaction ends, for somebody who may
/// change it.
fn hold(tx: &mut Tx<'_>, context: &Context, id: ReservedTagKeyId) -> Result<ReservedTagKey> {
    tx.lock(&sql::LOCK_RESERVED_TAG_KEY, &[id.into()])?;
    let found = tx.query_optional(&sql::FIND_RESERVED_TAG_KEY, &[id.into()], from_row)?;
    let reserved = found.ok_or_else(Error::not_found)?;
    let scope = scope_by_id(tx, context, reserved.organization_id)?;
    scope.require(Right::ManageTags)?;
    Ok(reserved)
}

impl ReservedTagKey {
    fn event(&self, action: &'static str) -> Event {
        Event::new(action, "reserved-tag-keys", self.id)
            .of(self.organization_id)
            .named(&self.key)
            .with("disable-overrides", self.disable_overrides)
    }
}

/// The keys of which a project's value holds for its workspaces.
pub(crate) fn locked(tx: &mut Tx<'_>, organization: OrganizationId) -> Result<HashSet<String>> {
    let params = [organization.into()];
    let keys = tx.query(&sql::LIST_LOCKED_TAG_KEYS, &params, |row| row.text(0))?;
    Ok(keys.into_iter().collect())
}

/// Refuses tags by which a workspace would say otherwise than its project may say alone.
pub(crate) fn require_no_override(
    tx: &mut Tx<'_>,
    workspace: &Workspace,
    tags: &[Tag],
) -> Result<()> {
    let locked = locked(tx, workspace.organization_id)?;
    if !tags.iter().any(|tag| locked.contains(&tag.key)) {
        return Ok(());
    }
    let project = workspace.project_id;
    let inherited = project_tags(tx, &[project])?.remove(&project).unwrap_or_default();
    let refused = override_among(&inherited, &locked, tags);
    let Some(inherited) = refused else { return Ok(()) };
    let text = format!(
        "the tag \"{}\" comes from the project, with the value \"{}\", and the organization lets \
         no workspace override it",
        inherited.key, inherited.value
    );
    Err(Error::new(Kind::Invalid, text))
}

/// The project's tag that one of these would override though it is locked.
fn override_among<'a>(
    inherited: &'a [TagBinding],
    locked: &HashSet<String>,
    tags: &[Tag],
) -> Option<&'a TagBinding> {
    inherited.iter().filter(|inherited| locked.contains(&inherited.key)).find(|inherited| {
        tags.iter().any(|tag| tag.key == inherited.key && tag.value != inherited.value)
    })
}

fn count(tx: &mut Tx<'_>, organization: OrganizationId) -> Result<i64> {
    let params = [organization.into()];
    Ok(tx.query_one(&sql::COUNT_RESERVED_TAG_KEYS, &params, |row| row.int(0))?)
}

fn taken(error: DbError, reserved: &ReservedTagKey) -> Error {
    error.or_constraint("reserved_tag_keys_key", || {
        Error::invalid("key", format!("the key \"{}\" is reserved already", reserved.key))
    })
}

fn from_row(row: &Row<'_>) -> Result<ReservedTagKey, DbError> {
    Ok(ReservedTagKey {
        id: row.id(0)?,
        organization_id: row.id(1)?,
        key: row.text(2)?,
        disable_overrides: row.bool(3)?,
        created_at: row.timestamp(4)?,
        updated_at: row.timestamp(5)?,
    })
}

#[cfg(test)]
mod tests {
    use kernel::TagBindingId;

    use super::*;

    #[test]
    fn only_another_value_of_a_locked_key_of_the_project_overrides() {
        let inherited = |key: &str, value: &str| TagBinding {
            id: TagBindingId::generate(),
            key: key.to_owned(),
            value: value.to_owned(),
        };
        let project = [inherited("env", "prod"), inherited("team", "net")];
        let locked = HashSet::from(["env".to_owned(), "cost".to_owned()]);
        for (key, value, refused) in [
            ("env", "dev", true),
            ("env", "", true),
            ("env", "prod", false),
            ("team", "web", false),
            ("cost", "7", false),
            ("other", "", false),
        ] {
            let tags = [Tag::new(key, value).unwrap()];
            let found = override_among(&project, &locked, &tags);
            assert_eq!(found.is_some(), refused, "{key}={value}");
        }
    }
}
