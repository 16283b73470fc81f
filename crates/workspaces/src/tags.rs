//! Tags: words on workspaces, with or without a value. A word alone is a binding whose value is
//! empty, so both kinds are seen whichever way a client asks.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use db::{DbError, Row, Tx, Value};
use identity::{
    Right, Scope, Tag, TagBinding,
    audit::{self, Event, facts},
    project_tags, tag_id,
};
use kernel::{
    Context, Error, OrganizationId, Page, PageRequest, ProjectId, Result, TagBindingId, TagId,
    WorkspaceId,
};

use crate::{
    name,
    reserved_tag_keys::{locked, require_no_override},
    seen::{Seen, sees},
    sql,
    workspace::Workspace,
};

/// A tag that is on a workspace.
#[derive(Clone, Debug)]
pub struct BoundTag {
    /// The binding.
    pub id: TagBindingId,
    /// The tag's name.
    pub key: String,
    /// Its value; empty for a mere word.
    pub value: String,
    /// Whether it is on the workspace only because it is on its project.
    pub inherited: bool,
}

/// A tag of an organization.
#[derive(Clone, Debug)]
pub struct OrganizationTag {
    /// The tag.
    pub id: TagId,
    /// Its name.
    pub name: String,
    /// How many workspaces carry it.
    pub instance_count: i64,
}

/// Which tags of an organization are listed.
#[derive(Clone, Debug, Default)]
pub struct TagFilter {
    /// A part of the name.
    pub search: Option<String>,
    /// Leaves out the tags that this workspace carries.
    pub not_on: Option<WorkspaceId>,
}

/// The tags that a workspace carries itself, by name.
pub fn tags_of(tx: &mut Tx<'_>, workspace: WorkspaceId) -> Result<Vec<BoundTag>> {
    Ok(tx.query(&sql::LIST_WORKSPACE_TAG_BINDINGS, &[workspace.into()], bound)?)
}

/// The tags that several workspaces carry themselves, by name.
pub(crate) fn tags_of_all(
    tx: &mut Tx<'_>,
    workspaces: &[WorkspaceId],
) -> Result<HashMap<WorkspaceId, Vec<BoundTag>>> {
    let mut tags: HashMap<WorkspaceId, Vec<BoundTag>> = HashMap::new();
    if workspaces.is_empty() {
        return Ok(tags);
    }
    let list: Vec<Value<'_>> = workspaces.iter().map(Value::from).collect();
    let rows = tx.query_in(&sql::LIST_BINDINGS_OF_WORKSPACES, &[], &list, |row| {
        Ok((row.id(3)?, bound(row)?))
    })?;
    for (workspace, tag) in rows {
        tags.entry(workspace).or_default().push(tag);
    }
    Ok(tags)
}

/// The tags that count for each workspace: its own, and those of its project that it does not set
/// itself, or can't; by name.
pub fn effective_tags_of(
    tx: &mut Tx<'_>,
    workspaces: &[&Workspace],
) -> Result<HashMap<WorkspaceId, Vec<BoundTag>>> {
    let ids: Vec<WorkspaceId> = workspaces.iter().map(|workspace| workspace.id).collect();
    let projects: BTreeSet<ProjectId> =
        workspaces.iter().map(|workspace| workspace.project_id).collect();
    let mut own = tags_of_all(tx, &ids)?;
    let inherited = project_tags(tx, &projects.into_iter().collect::<Vec<_>>())?;
    let locked = match workspaces.first() {
        // All of them are of one organization.
        Some(workspace) if !inherited.is_empty() => locked(tx, workspace.organization_id)?,
        _ => HashSet::new(),
    };
    let effective = |workspace: &&Workspace| {
        let inherited = inherited.get(&workspace.project_id).map_or(&[][..], Vec::as_slice);
        let own = own.remove(&workspace.id).unwrap_or_default();
        (workspace.id, overlay(inherited, own, &locked))
    };
    Ok(workspaces.iter().map(effective).collect())
}

/// What a workspace says itself covers what its project says, but for keys that are locked.
fn overlay(
    inherited: &[TagBinding],
    own: Vec<BoundTag>,
    locked: &HashSet<String>,
) -> Vec<BoundTag> {
    let inherited = inherited.iter().map(|tag| BoundTag {
        id: tag.id,
        key: tag.key.clone(),
        value: tag.value.clone(),
        inherited: true,
    });
    let mut by_key: BTreeMap<String, BoundTag> =
        inherited.map(|tag| (tag.key.clone(), tag)).collect();
    for tag in own {
        if !(locked.contains(&tag.key) && by_key.contains_key(&tag.key)) {
            by_key.insert(tag.key.clone(), tag);
        }
    }
    by_key.into_values().collect()
}

/// Puts tags on a workspace. Others stay; a value that is there is replaced.
pub fn put_tags(
    tx: &mut Tx<'_>,
    context: &Context,
    scope: &Scope,
    workspace: &Workspace,
    tags: &[Tag],
) -> Result<()> {
    scope.require(Right::ManageTags)?;
    set(tx, workspace, tags)?;
    let event = workspace.event("update").with("added-tags", facts::tags(tags));
    audit::record(tx, context, &event)
}

/// Puts words on a workspace. A word that is there with a value keeps it.
pub(crate) fn add_words(
    tx: &mut Tx<'_>,
    context: &Context,
    scope: &Scope,
    workspace: &Workspace,
    tags: &[TagId],
) -> Result<()> {
    scope.require(Right::ManageTags)?;
    let own = tags_of(tx, workspace.id)?;
    let mut names = Vec::new();
    for tag in tags {
        let name = owner_and_name(tx, *tag)?.1;
        if !own.iter().any(|tag| tag.key == name) {
            let word = Tag { key: name.clone(), value: String::new() };
            require_no_override(tx, workspace, &[word])?;
        }
        let params = [TagBindingId::generate().into(), workspace.id.into(), tag.into()];
        tx.execute(&sql::INSERT_WORKSPACE_TAG_BINDING, &params)?;
        names.push(name);
    }
    audit::record(tx, context, &workspace.event("update").with("added-tags", names))
}

/// Takes tags off a workspace.
pub fn remove_tags(
    tx: &mut Tx<'_>,
    context: &Context,
    scope: &Scope,
    workspace: &Workspace,
    tags: &[TagId],
) -> Result<()> {
    scope.require(Right::ManageTags)?;
    let mut names = Vec::new();
    for tag in tags {
        tx.execute(&sql::DELETE_WORKSPACE_TAG_BINDING, &[workspace.id.into(), tag.into()])?;
        names.push(owner_and_name(tx, *tag)?.1);
    }
    audit::record(tx, context, &workspace.event("update").with("removed-tags", names))
}

/// Puts tags on a workspace, without asking who wants it.
pub(crate) fn set(tx: &mut Tx<'_>, workspace: &Workspace, tags: &[Tag]) -> Result<()> {
    require_no_override(tx, workspace, tags)?;
    for tag in tags {
        let tag = Tag::new(&tag.key, &tag.value)?;
        let params = [
            TagBindingId::generate().into(),
            workspace.id.into(),
            tag_id(tx, workspace.organization_id, &tag.key)?.into(),
            tag.value.as_str().into(),
        ];
        tx.execute(&sql::UPSERT_WORKSPACE_TAG_BINDING, &params)?;
    }
    Ok(())
}

/// Puts these tags on a workspace and takes all others off, without asking who wants it.
pub(crate) fn replace(tx: &mut Tx<'_>, workspace: &Workspace, tags: &[Tag]) -> Result<()> {
    tx.execute(&sql::DELETE_WORKSPACE_TAG_BINDINGS, &[workspace.id.into()])?;
    set(tx, workspace, tags)
}

/// An organization's tags, as far as they are on something that the caller sees; through an
/// address with a project, those in use there.
pub fn list_tags(
    tx: &mut Tx<'_>,
    scope: &Scope,
    filter: &TagFilter,
    request: PageRequest,
) -> Result<Page<OrganizationTag>> {
    scope.require(Right::ReadOrganization)?;
    let pattern = filter.search.as_deref().map(name::containing);
    let project: Option<ProjectId> = scope.project.as_ref().map(|project| project.id);
    let not_on = match filter.not_on {
        Some(id) if sees(tx, scope, id)? => Some(id),
        _ => None,
    };
    let seen = Seen::of(scope, &scope.reach(tx)?);
    let params = [
        scope.organization.id.into(),
        pattern.into(),
        not_on.into(),
        project.into(),
        seen.everything().into(),
    ];
    let total = tx.query_in(&sql::COUNT_TAGS, &params, &seen.places(), |row| row.int(0))?;
    let total = total.first().and_then(|total| u64::try_from(*total).ok()).unwrap_or_default();
    let [organization, pattern, not_on, project, everything] = params;
    let (limit, offset) = (request.limit().into(), request.offset().into());
    let params = [organization, pattern, not_on, project, everything, limit, offset];
    let items = tx.query_in(&sql::LIST_TAGS, &params, &seen.places(), counted)?;
    Ok(Page { items, total, request })
}

/// The tags of a workspace as tags of its organization, each with how many of the workspaces that
/// the caller sees carry it.
pub(crate) fn counted_tags_of(
    tx: &mut Tx<'_>,
    scope: &Scope,
    workspace: WorkspaceId,
) -> Result<Vec<OrganizationTag>> {
    let seen = Seen::of(scope, &scope.reach(tx)?);
    let params = [workspace.into(), seen.everything().into()];
    Ok(tx.query_in(&sql::LIST_TAGS_OF_WORKSPACE, &params, &seen.places(), counted)?)
}

/// Removes tags from an organization and from everything that carries them.
pub fn delete_tags(
    tx: &mut Tx<'_>,
    context: &Context,
    scope: &Scope,
    tags: &[TagId],
) -> Result<()> {
    scope.require(Right::ManageTags)?;
    scope.require_whole()?;
    let organization = scope.organization.id;
    for tag in tags {
        let (_, name) = owner_and_name(tx, *tag)?;
        tx.execute(&sql::DELETE_TAG, &[tag.into(), organization.into()])?;
        let event = Event::new("delete", "tags", tag).of(organization).named(name);
        audit::record(tx, context, &event)?;
    }
    Ok(())
}

/// The organization that a tag belongs to.
pub(crate) fn organization_of(tx: &mut Tx<'_>, tag: TagId) -> Result<OrganizationId> {
    owner_and_name(tx, tag).map(|(organization, _)| organization)
}

fn owner_and_name(tx: &mut Tx<'_>, tag: TagId) -> Result<(OrganizationId, String)> {
    let read = |row: &Row<'_>| Ok((row.id(0)?, row.text(1)?));
    tx.query_optional(&sql::FIND_TAG_BY_ID, &[tag.into()], read)?.ok_or_else(Error::not_found)
}

/// A tag of an organization by its name, if there is one.
pub(crate) fn find_by_name(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    name: &str,
) -> Result<Option<TagId>> {
    let params = [organization.into(), name.into()];
    Ok(tx.query_optional(&sql::FIND_TAG_BY_NAME, &params, |row| row.id(0))?)
}

fn bound(row: &Row<'_>) -> Result<BoundTag, DbError> {
    Ok(BoundTag { id: row.id(0)?, key: row.text(1)?, value: row.text(2)?, inherited: false })
}

fn counted(row: &Row<'_>) -> Result<OrganizationTag, DbError> {
    Ok(OrganizationTag { id: row.id(0)?, name: row.text(1)?, instance_count: row.int(2)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(key: &str, value: &str) -> BoundTag {
        BoundTag {
            id: TagBindingId::generate(),
            key: key.to_owned(),
            value: value.to_owned(),
            inherited: false,
        }
    }

    fn inherited(key: &str, value: &str) -> TagBinding {
        TagBinding { id: TagBindingId::generate(), key: key.to_owned(), value: value.to_owned() }
    }

    #[test]
    fn what_is_locked_is_what_the_project_says() {
        let project = [inherited("env", "prod")];
        let locked = ["env", "cost"].map(str::to_owned).into();
        let effective = overlay(&project, vec![own("cost", "7"), own("env", "dev")], &locked);
        let effective: Vec<_> = effective
            .iter()
            .map(|tag| (tag.key.as_str(), tag.value.as_str(), tag.inherited))
            .collect();
        assert_eq!(effective, [("cost", "7", false), ("env", "prod", true)]);
    }

    #[test]
    fn what_a_workspace_says_itself_covers_what_its_project_says() {
        let project = [inherited("env", "prod"), inherited("team", "net")];
        let own = vec![own("app", ""), own("env", "dev")];
        let effective = overlay(&project, own, &HashSet::new());
        let effective: Vec<_> = effective
            .iter()
            .map(|tag| (tag.key.as_str(), tag.value.as_str(), tag.inherited))
            .collect();
        assert_eq!(effective, [("app", "", false), ("env", "dev", false), ("team", "net", true)]);
    }
}
