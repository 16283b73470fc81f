//! The tags on projects.

use axum::extract::State;
use kernel::{ProjectId, Result};
use web::{
    Answer, Path,
    body::{LinkageItem, Linkages},
    document::Document,
};

use crate::{Caller, Identity, Tag, TagBinding, names, resources::tag_binding_resource};

const OWN: &str = "tag-bindings";
const EFFECTIVE: &str = "effective-tag-bindings";

/// The tags that a client sends, which have no ids.
pub(super) fn tags(items: &[LinkageItem]) -> Result<Vec<Tag>> {
    items.iter().map(tag).collect()
}

fn tag(item: &LinkageItem) -> Result<Tag> {
    let key = item.required_text("key")?;
    let value = item.text("value")?.unwrap_or_default();
    Ok(Tag {
        key: names::tag_key(key).map_err(|error| item.invalid("key", error.to_string()))?,
        value: names::tag_value(value).map_err(|error| item.invalid("value", error.to_string()))?,
    })
}

fn document(kind: &'static str, tags: &[TagBinding]) -> Document {
    Document::collection(tags.iter().map(|binding| tag_binding_resource(kind, binding)))
}

pub(super) async fn list(
    State(identity): State<Identity>,
    caller: Caller,
    Path(project): Path<ProjectId>,
) -> Answer<Document> {
    let tags = identity.project_tags(&caller.context, project).await?;
    Ok(document(OWN, &tags))
}

/// A project has no tags but its own.
pub(super) async fn list_effective(
    State(identity): State<Identity>,
    caller: Caller,
    Path(project): Path<ProjectId>,
) -> Answer<Document> {
    let tags = identity.project_tags(&caller.context, project).await?;
    Ok(document(EFFECTIVE, &tags))
}

pub(super) async fn add(
    State(identity): State<Identity>,
    caller: Caller,
    Path(project): Path<ProjectId>,
    Linkages(items): Linkages,
) -> Answer<Document> {
    let tags = identity.add_project_tags(&caller.context, project, tags(&items)?).await?;
    Ok(document(OWN, &tags))
}
