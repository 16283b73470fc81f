//! Workspaces: list, create, read, update, delete.

use axum::extract::State;
use http::StatusCode;
use identity::{Caller, Tag, scope};
use kernel::{Error, ProjectId, Result};
use web::{
    Answer, ListQuery, RequestUrl,
    body::{JsonApi, LinkageItem, Relationships},
    document::Document,
};

use super::{
    target::{Address, Target},
    view::{Asker, Includes, PageView, View},
};
use crate::{
    Change, Deletion, Filter, NewWorkspace, WorkspaceChange, Workspaces, list as list_workspaces,
    service,
};

const KIND: &str = "workspaces";

/// `GET organizations/:org/workspaces`
pub(super) async fn list(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Address(address): Address,
    query: ListQuery,
    url: RequestUrl,
) -> Answer<Document> {
    let (filter, includes) = (Filter::from_query(&query), Includes::of(&query));
    let plugged = workspaces.clone();
    let read = move |tx: &mut db::Tx<'_>| {
        let scope = scope(tx, &context, &address)?;
        let page = list_workspaces(tx, &scope, &filter, query.page)?;
        let asker = Asker { context: &context, plugged: &plugged };
        PageView::load(tx, page, scope, includes)?.with_states(tx, asker)
    };
    Ok(workspaces.db().read(read).await?.recorded(&workspaces, &url).await?)
}

/// `POST organizations/:org/workspaces`
pub(super) async fn create(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    Address(address): Address,
    body: JsonApi<Change>,
) -> Answer<(StatusCode, Document)> {
    let body = body.of_kind(KIND)?;
    let new = NewWorkspace {
        project: project(&body.relationships)?,
        tags: tags(&body.relationships)?,
        attributes: body.attributes,
    };
    let write = move |tx: &mut db::Tx<'_>| {
        let scope = scope(tx, &context, &address)?;
        let (workspace, scope) = service::create(tx, &context, &scope, &new)?;
        View::load(tx, workspace, scope, Includes::default())
    };
    Ok((StatusCode::CREATED, workspaces.db().write(write).await?.into_document()))
}

/// `GET organizations/:org/workspaces/:name`, `GET workspaces/:id`
pub(super) async fn read(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    target: Target,
    query: ListQuery,
) -> Answer<Document> {
    let includes = Includes::of(&query);
    let plugged = workspaces.clone();
    let read = move |tx: &mut db::Tx<'_>| {
        let (workspace, scope) = target.find(tx, &context)?;
        let asker = Asker { context: &context, plugged: &plugged };
        View::load(tx, workspace, scope, includes)?.with_states(tx, asker)
    };
    Ok(workspaces.db().read(read).await?.recorded(&workspaces).await?)
}

/// `PATCH organizations/:org/workspaces/:name`, `PATCH workspaces/:id`
pub(super) async fn update(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    target: Target,
    query: ListQuery,
    body: JsonApi<Change>,
) -> Answer<Document> {
    let includes = Includes::of(&query);
    let body = body.of_kind(KIND)?;
    let change = WorkspaceChange {
        project: project(&body.relationships)?,
        tags: body.relationships.many("tag-bindings")?.map(bindings).transpose()?,
        attributes: body.attributes,
    };
    let plugged = workspaces.clone();
    let write = move |tx: &mut db::Tx<'_>| {
        let (workspace, scope) = target.find(tx, &context)?;
        let (workspace, scope) = service::update(tx, &context, &scope, workspace.id, &change)?;
        let asker = Asker { context: &context, plugged: &plugged };
        View::load(tx, workspace, scope, includes)?.with_states(tx, asker)
    };
    Ok(workspaces.db().write(write).await?.recorded(&workspaces).await?)
}

/// `DELETE organizations/:org/workspaces/:name`, `DELETE workspaces/:id`
pub(super) async fn delete(
    workspaces: State<Workspaces>,
    caller: Caller,
    target: Target,
) -> Answer<StatusCode> {
    delete_as(workspaces, caller, target, Deletion::Force).await
}

/// `POST organizations/:org/workspaces/:name/actions/safe-delete`,
/// `POST workspaces/:id/actions/safe-delete`
pub(super) async fn safe_delete(
    workspaces: State<Workspaces>,
    caller: Caller,
    target: Target,
) -> Answer<StatusCode> {
    delete_as(workspaces, caller, target, Deletion::Safe).await
}

async fn delete_as(
    State(workspaces): State<Workspaces>,
    Caller { context }: Caller,
    target: Target,
    deletion: Deletion,
) -> Answer<StatusCode> {
    let plugged = workspaces.clone();
    let write = move |tx: &mut db::Tx<'_>| {
        let (workspace, scope) = target.find(tx, &context)?;
        service::delete(tx, &context, &scope, workspace.id, deletion, plugged.before_delete())
    };
    workspaces.db().write(write).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The project that a request names.
fn project(relationships: &Relationships) -> Result<Option<ProjectId>> {
    relationships
        .one("project")?
        .map(|linkage| {
            linkage.id.parse().map_err(|_| {
                let pointer = "/data/relationships/project/data/id";
                Error::invalid_at(pointer, "this organization has no such project")
            })
        })
        .transpose()
}

/// The tags that a new workspace shall carry: words, or keys with values.
fn tags(relationships: &Relationships) -> Result<Vec<Tag>> {
    let words = relationships.many("tags")?.unwrap_or_default().iter().map(word);
    let mut tags: Vec<Tag> = words.collect::<Result<_>>()?;
    tags.extend(bindings(relationships.many("tag-bindings")?.unwrap_or_default())?);
    Ok(tags)
}

/// A tag that is a word, sent as a resource without an id.
pub(super) fn word(item: &LinkageItem) -> Result<Tag> {
    let name = item.required_text("name")?;
    Tag::new(name, "").map_err(|error| item.invalid("name", error.to_string()))
}

/// Tags with values, sent as resources without ids.
pub(super) fn bindings(items: &[LinkageItem]) -> Result<Vec<Tag>> {
    let binding = |item: &LinkageItem| {
        let key = item.required_text("key")?;
        let value = item.text("value")?.unwrap_or_default();
        Tag::new(key, "").map_err(|error| item.invalid("key", error.to_string()))?;
        Tag::new(key, value).map_err(|error| item.invalid("value", error.to_string()))
    };
    items.iter().map(binding).collect()
}
