//! Tags of workspaces and of organizations.

use axum::extract::State;
use db::Tx;
use http::StatusCode;
use identity::{Caller, Scope, Tag, scope, scope_by_id, tag_id};
use kernel::{Page, Result, TagId, WorkspaceId};
use web::{
    Answer, ListQuery, RequestUrl,
    body::{LinkageItem, Linkages},
    document::Document,
};

use super::{
    relationships::workspace_ids,
    target::{Address, PathId, Target},
    workspaces::{bindings, word},
};
use crate::{
    Workspaces, find,
    resource::{effective_tag_binding_resource, tag_binding_resource, tag_resource},
    tags::{
        self, BoundTag, OrganizationTag, TagFilter, effective_tags_of, put_tags, remove_tags,
        tags_of,
    },
};

/// `GET workspaces/:id/relationships/tags`
pub(super) async fn list(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    target: Target,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let read = move |tx: &mut Tx<'_>| {
        let (workspace, scope) = target.find(tx, &context)?;
        Ok((tags::counted_tags_of(tx, &scope, workspace.id)?, scope))
    };
    let (mut tags, scope) = workspaces.db().read(read).await?;
    if let Some(name) = query.get("name").or_else(|| query.get("q")) {
        let name = name.to_lowercase();
        tags.retain(|tag| tag.name.to_lowercase().contains(&name));
    }
    Ok(tag_list(Page::of(tags, query.page), &scope, &url))
}

/// `POST workspaces/:id/relationships/tags`
pub(super) async fn add(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    target: Target,
    Linkages(items): Linkages,
) -> Answer<StatusCode> {
    let write = move |tx: &mut Tx<'_>| {
        let (workspace, scope) = target.find(tx, &context)?;
        let tags = made_tags(tx, &scope, &items)?;
        tags::add_words(tx, &context, &scope, &workspace, &tags)
    };
    workspaces.db().write(write).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `DELETE workspaces/:id/relationships/tags`
pub(super) async fn remove(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    target: Target,
    Linkages(items): Linkages,
) -> Answer<StatusCode> {
    let write = move |tx: &mut Tx<'_>| {
        let (workspace, scope) = target.find(tx, &context)?;
        let tags = found_tags(tx, &scope, &items)?;
        remove_tags(tx, &context, &scope, &workspace, &tags)
    };
    workspaces.db().write(write).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET workspaces/:id/tag-bindings`
pub(super) async fn list_bindings(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    target: Target,
) -> Answer<Document> {
    let read = move |tx: &mut Tx<'_>| {
        let (workspace, _) = target.find(tx, &context)?;
        tags_of(tx, workspace.id)
    };
    Ok(binding_list(&workspaces.db().read(read).await?))
}

/// `PATCH workspaces/:id/tag-bindings`: puts these on, leaves the others.
pub(super) async fn put_bindings(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    target: Target,
    Linkages(items): Linkages,
) -> Answer<Document> {
    let wanted: Vec<Tag> = bindings(&items)?;
    let write = move |tx: &mut Tx<'_>| {
        let (workspace, scope) = target.find(tx, &context)?;
        put_tags(tx, &context, &scope, &workspace, &wanted)?;
        tags_of(tx, workspace.id)
    };
    Ok(binding_list(&workspaces.db().write(write).await?))
}

/// `GET workspaces/:id/effective-tag-bindings`
pub(super) async fn list_effective(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    target: Target,
) -> Answer<Document> {
    let read = move |tx: &mut Tx<'_>| {
        let (workspace, _) = target.find(tx, &context)?;
        let tags = effective_tags_of(tx, &[&workspace])?.remove(&workspace.id);
        Ok((workspace.project_id, tags.unwrap_or_default()))
    };
    let (project_id, tags) = workspaces.db().read(read).await?;
    Ok(Document::collection(tags.iter().map(|tag| effective_tag_binding_resource(tag, project_id))))
}

/// `GET organizations/:org/tags`
pub(super) async fn list_of_organization(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Address(address): Address,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let filter = TagFilter {
        search: query.get("q").or_else(|| query.get("search[name]")).map(str::to_owned),
        not_on: query.get("filter[exclude][taggable][id]").and_then(|id| id.parse().ok()),
    };
    let read = move |tx: &mut Tx<'_>| {
        let scope = scope(tx, &context, &address)?;
        Ok((tags::list_tags(tx, &scope, &filter, query.page)?, scope))
    };
    let (page, scope) = workspaces.db().read(read).await?;
    Ok(tag_list(page, &scope, &url))
}

/// `DELETE organizations/:org/tags`
pub(super) async fn delete(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Address(address): Address,
    Linkages(items): Linkages,
) -> Answer<StatusCode> {
    let write = move |tx: &mut Tx<'_>| {
        let scope = scope(tx, &context, &address)?;
        let tags = found_tags(tx, &scope, &items)?;
        tags::delete_tags(tx, &context, &scope, &tags)
    };
    workspaces.db().write(write).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `POST tags/:id/relationships/workspaces`
pub(super) async fn add_to_workspaces(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    PathId(tag): PathId<TagId>,
    Linkages(items): Linkages,
) -> Answer<StatusCode> {
    let ids: Vec<WorkspaceId> = workspace_ids(&items)?;
    let write = move |tx: &mut Tx<'_>| {
        let organization = tags::organization_of(tx, tag)?;
        scope_by_id(tx, &context, organization)?;
        for (item, id) in items.iter().zip(&ids) {
            let (workspace, scope) = find(tx, &context, *id)?;
            if workspace.organization_id != organization {
                return Err(
                    item.invalid_member("id", "this workspace belongs to another organization")
                );
            }
            tags::add_words(tx, &context, &scope, &workspace, &[tag])?;
        }
        Ok(())
    };
    workspaces.db().write(write).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The tags that a request names, by id or by name; names are made into tags where they are new.
fn made_tags(tx: &mut Tx<'_>, scope: &Scope, items: &[LinkageItem]) -> Result<Vec<TagId>> {
    let made = |item: &LinkageItem| match known_tag(tx, scope, item)? {
        Some(id) => Ok(id),
        None => tag_id(tx, scope.organization.id, &word(item)?.key),
    };
    items.iter().map(made).collect()
}

/// The tags that a request names, by id or by name. A name that no tag has says nothing.
fn found_tags(tx: &mut Tx<'_>, scope: &Scope, items: &[LinkageItem]) -> Result<Vec<TagId>> {
    let mut found = Vec::new();
    for item in items {
        found.extend(match known_tag(tx, scope, item)? {
            Some(id) => Some(id),
            None => tags::find_by_name(tx, scope.organization.id, &word(item)?.key)?,
        });
    }
    Ok(found)
}

/// The tag that an item names by id.
fn known_tag(tx: &mut Tx<'_>, scope: &Scope, item: &LinkageItem) -> Result<Option<TagId>> {
    let Some(text) = &item.id else { return Ok(None) };
    let unknown = || item.invalid_member("id", "this organization has no such tag");
    let id: TagId = text.parse().map_err(|_| unknown())?;
    let organization = tags::organization_of(tx, id).map_err(|_| unknown())?;
    if organization == scope.organization.id { Ok(Some(id)) } else { Err(unknown()) }
}

fn tag_list(page: Page<OrganizationTag>, scope: &Scope, url: &RequestUrl) -> Document {
    Document::list(page.map(|tag| tag_resource(&tag, &scope.organization.name)), url)
}

fn binding_list(tags: &[BoundTag]) -> Document {
    Document::collection(tags.iter().map(tag_binding_resource))
}
