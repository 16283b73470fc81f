//! The tables `projects`, `tags` and `project_tag_bindings`.

use std::collections::HashMap;

use db::{DbError, Row, Tx, Value};
use kernel::{
    Error, Id, OrganizationId, Page, PageRequest, ProjectId, Result, TagBindingId, TagId,
};

use super::{count, known};
use crate::{
    ExecutionMode, Project, ProjectDetails, ProjectOrder, Tag, TagBinding,
    names::{contains_pattern, fold},
    sql,
};

fn project(row: &Row<'_>) -> Result<Project, DbError> {
    let mode = match row.opt_text(4)? {
        None => None,
        Some(word) => Some(known(&word, word.parse::<ExecutionMode>().ok())?),
    };
    Ok(Project {
        id: row.id(0)?,
        organization_id: row.id(1)?,
        name: row.text(2)?,
        description: row.text(3)?,
        default_execution_mode: mode,
        auto_destroy_activity_duration: row.opt_text(5)?,
        created_at: row.timestamp(6)?,
        updated_at: row.timestamp(7)?,
    })
}

fn details(row: &Row<'_>) -> Result<ProjectDetails, DbError> {
    let (workspaces, teams) = (count(row.int(8)?), count(row.int(9)?));
    Ok(ProjectDetails { project: project(row)?, workspace_count: workspaces, team_count: teams })
}

pub(crate) fn project_by_id(tx: &mut Tx<'_>, id: ProjectId) -> Result<Option<Project>> {
    Ok(tx.query_optional(&sql::FIND_PROJECT_BY_ID, &[id.into()], project)?)
}

pub(crate) fn project_by_name(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    folded: &str,
) -> Result<Option<Project>> {
    let params = [organization.into(), folded.into()];
    Ok(tx.query_optional(&sql::FIND_PROJECT_BY_NAME, &params, project)?)
}

pub(crate) fn project_details(tx: &mut Tx<'_>, id: ProjectId) -> Result<Option<ProjectDetails>> {
    Ok(tx.query_optional(&sql::FIND_PROJECT_WITH_COUNT, &[id.into()], details)?)
}

/// A page of an organization's projects, of those in `only` if it is given.
pub(crate) fn list_projects(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    search: Option<&str>,
    only: Option<&[ProjectId]>,
    order: ProjectOrder,
    page: PageRequest,
) -> Result<Page<ProjectDetails>> {
    let mut list: Vec<Value<'_>> = only.unwrap_or_default().iter().map(Value::from).collect();
    if list.is_empty() {
        // No id is empty, so this finds nothing when the list counts.
        list.push("".into());
    }
    let params = [
        organization.into(),
        search.map(contains_pattern).into(),
        only.is_some().into(),
        order.as_str().into(),
        page.limit().into(),
        page.offset().into(),
    ];
    let items = tx.query_in(&sql::LIST_PROJECTS, &params, &list, details)?;
    let [organization, search, listed, ..] = params;
    let params = [organization, search, listed];
    let total = tx.query_in(&sql::COUNT_PROJECTS, &params, &list, |row| row.int(0))?;
    Ok(Page { items, total: total.first().map_or(0, |total| count(*total)), request: page })
}

pub(crate) fn project_ids_by_names(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    names: &[String],
) -> Result<Vec<ProjectId>> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let list: Vec<Value<'_>> = names.iter().map(|name| fold(name).into()).collect();
    let statement = &sql::LIST_PROJECT_IDS_BY_NAMES;
    Ok(tx.query_in(statement, &[organization.into()], &list, |row| row.id(0))?)
}

pub(crate) fn project_ids_by_tag(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    key: &str,
    value: Option<&str>,
) -> Result<Vec<ProjectId>> {
    let params = [organization.into(), key.into(), value.into()];
    Ok(tx.query(&sql::LIST_PROJECT_IDS_BY_TAG, &params, |row| row.id(0))?)
}

pub(crate) fn insert_project(tx: &mut Tx<'_>, project: &Project) -> Result<()> {
    tx.execute(
        &sql::INSERT_PROJECT,
        &[
            project.id.into(),
            project.organization_id.into(),
            (&project.name).into(),
            fold(&project.name).into(),
            (&project.description).into(),
            project.default_execution_mode.map(ExecutionMode::as_str).into(),
            project.auto_destroy_activity_duration.as_ref().into(),
            project.created_at.into(),
        ],
    )
    .map_err(taken)?;
    Ok(())
}

pub(crate) fn update_project(tx: &mut Tx<'_>, project: &Project) -> Result<()> {
    tx.execute(
        &sql::UPDATE_PROJECT,
        &[
            project.id.into(),
            (&project.name).into(),
            fold(&project.name).into(),
            (&project.description).into(),
            project.default_execution_mode.map(ExecutionMode::as_str).into(),
            project.auto_destroy_activity_duration.as_ref().into(),
            project.updated_at.into(),
        ],
    )
    .map_err(taken)?;
    Ok(())
}

pub(crate) fn lock_project(tx: &mut Tx<'_>, id: ProjectId) -> Result<()> {
    Ok(tx.lock(&sql::LOCK_PROJECT, &[id.into()])?)
}

/// Whether it is gone: it stays while it has workspaces.
pub(crate) fn delete_project(tx: &mut Tx<'_>, id: ProjectId) -> Result<bool> {
    Ok(tx.execute(&sql::DELETE_PROJECT, &[id.into()])? > 0)
}

/// Finds the row of a tag name in an organization, or makes it.
pub fn tag_id(tx: &mut Tx<'_>, organization: OrganizationId, key: &str) -> Result<TagId> {
    let params = [organization.into(), key.into()];
    if let Some(id) = tx.query_optional(&sql::FIND_TAG, &params, |row| row.id(0))? {
        return Ok(id);
    }
    let id: TagId = Id::generate();
    tx.execute(&sql::INSERT_TAG, &[id.into(), organization.into(), key.into()])?;
    Ok(tx.query_one(&sql::FIND_TAG, &params, |row| row.id(0))?)
}

/// Puts tags on a project; ones that are there get the new value.
pub(crate) fn put_project_tags(tx: &mut Tx<'_>, project: &Project, tags: &[Tag]) -> Result<()> {
    for tag in tags {
        let tag_id = tag_id(tx, project.organization_id, &tag.key)?;
        let binding: TagBindingId = Id::generate();
        let params = [binding.into(), project.id.into(), tag_id.into(), (&tag.value).into()];
        tx.execute(&sql::UPSERT_PROJECT_TAG, &params)?;
    }
    Ok(())
}

pub(crate) fn delete_project_tags(tx: &mut Tx<'_>, project: ProjectId) -> Result<()> {
    tx.execute(&sql::DELETE_PROJECT_TAGS, &[project.into()])?;
    Ok(())
}

/// The tags of some projects, by project, each by key.
pub fn project_tags(
    tx: &mut Tx<'_>,
    projects: &[ProjectId],
) -> Result<HashMap<ProjectId, Vec<TagBinding>>> {
    let mut found: HashMap<ProjectId, Vec<TagBinding>> = HashMap::new();
    if projects.is_empty() {
        return Ok(found);
    }
    let list: Vec<Value<'_>> = projects.iter().map(Value::from).collect();
    let rows = tx.query_in(&sql::LIST_PROJECT_TAGS, &[], &list, |row| {
        Ok((row.id(0)?, TagBinding { id: row.id(1)?, key: row.text(2)?, value: row.text(3)? }))
    })?;
    for (project, binding) in rows {
        found.entry(project).or_default().push(binding);
    }
    Ok(found)
}

fn taken(error: DbError) -> Error {
    error.or_constraint("projects_name", || {
        Error::invalid("name", "this name is taken in this organization; choose another one")
    })
}
