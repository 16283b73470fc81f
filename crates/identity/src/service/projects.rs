//! Projects and their tags.

use std::collections::HashSet;

use db::Tx;
use kernel::{Context, Error, Id, Page, PageRequest, ProjectId, Result};

use super::all_of;
use crate::{
    Identity, ListedProject, NewProject, Project, ProjectChange, ProjectDetails, ProjectFilter,
    Reach, Right, Scope, Tag, TagBinding,
    audit::{self, Event, facts},
    names, scope, scope_by_id, store,
};

const MAX_DESCRIPTION: usize = 4_096;
const MAX_TAGS: usize = 100;

/// A project and how many of its workspaces the caller sees, whose scope at it this is.
pub fn project_details(
    tx: &mut Tx<'_>,
    scope: &Scope,
    id: ProjectId,
) -> Result<Option<ProjectDetails>> {
    let Some(details) = store::project_details(tx, id)? else { return Ok(None) };
    let reach = scope.reach(tx)?;
    Ok(Some(as_seen(details, scope, &reach)))
}

/// Counts no workspaces but those that the caller sees.
fn as_seen(details: ProjectDetails, scope: &Scope, reach: &Reach) -> ProjectDetails {
    match reach.part_of(scope, details.project.id) {
        Some(part) => ProjectDetails { workspace_count: part, ..details },
        None => details,
    }
}

/// A page of the projects of an organization; of the one that the address names, if it does.
pub fn list_projects(
    tx: &mut Tx<'_>,
    scope: &Scope,
    filter: &ProjectFilter,
    page: PageRequest,
) -> Result<Page<ListedProject>> {
    let organization = scope.organization.id;
    let reach = scope.reach(tx)?;
    let mut only: Option<HashSet<ProjectId>> = match &scope.project {
        Some(project) => Some(HashSet::from([project.id])),
        None => reach.projects(scope).map(HashSet::from_iter),
    };
    let mut narrow = |found: Vec<ProjectId>| {
        let found: HashSet<_> = found.into_iter().collect();
        only = Some(match only.take() {
            Some(before) => before.intersection(&found).copied().collect(),
            None => found,
        });
    };
    if let Some(wanted) = &filter.names {
        let wanted: Vec<_> =
            wanted.iter().filter(|name| names::is_project_name(name)).cloned().collect();
        narrow(store::project_ids_by_names(tx, organization, &wanted)?);
    }
    for (key, value) in &filter.tagged {
        narrow(store::project_ids_by_tag(tx, organization, key, value.as_deref())?);
    }
    let only: Option<Vec<_>> = only.map(|only| only.into_iter().collect());
    let search = filter.search.as_deref();
    let found =
        store::list_projects(tx, organization, search, only.as_deref(), filter.order, page)?;
    Ok(found.map(|details| {
        let scope = reach.at_project(scope, details.project.id);
        ListedProject { details: as_seen(details, &scope, &reach), scope }
    }))
}

impl Identity {
    /// A page of the projects that an address shows.
    pub async fn list_projects(
        &self,
        context: &Context,
        address: &str,
        filter: ProjectFilter,
        page: PageRequest,
    ) -> Result<(Scope, Page<ListedProject>)> {
        let (context, address) = (context.clone(), address.to_owned());
        self.db()
            .snapshot(move |tx| {
                let scope = scope(tx, &context, &address)?;
                let projects = list_projects(tx, &scope, &filter, page)?;
                Ok((scope, projects))
            })
            .await
    }

    /// Makes a project.
    pub async fn create_project(
        &self,
        context: &Context,
        address: &str,
        new: NewProject,
    ) -> Result<(Scope, ProjectDetails)> {
        check(
            Some(&new.name),
            Some(&new.description),
            new.auto_destroy_activity_duration.as_ref(),
        )?;
        check_tags(&new.tags)?;
        let (context, address) = (context.clone(), address.to_owned());
        self.db()
            .write(move |tx| {
                let scope = scope(tx, &context, &address)?;
                scope.require_whole()?;
                scope.require(Right::CreateProject)?;
                let project = Project {
                    id: Id::generate(),
                    organization_id: scope.organization.id,
                    name: new.name.clone(),
                    description: new.description.clone(),
                    default_execution_mode: new.default_execution_mode,
                    auto_destroy_activity_duration: new.auto_destroy_activity_duration.clone(),
                    created_at: context.now,
                    updated_at: context.now,
                };
                store::insert_project(tx, &project)?;
                store::put_project_tags(tx, &project, &new.tags)?;
                let event = about("create", &project).with("tags", facts::tags(&new.tags));
                audit::record(tx, &context, &event)?;
                Ok((scope, ProjectDetails { project, workspace_count: 0, team_count: 0 }))
            })
            .await
    }

    /// A project.
    pub async fn read_project(
        &self,
        context: &Context,
        id: ProjectId,
    ) -> Result<(Scope, ProjectDetails)> {
        let context = context.clone();
        self.db().read(move |tx| visible(tx, &context, id, Right::ReadProject)).await
    }

    /// Changes a project.
    pub async fn update_project(
        &self,
        context: &Context,
        id: ProjectId,
        change: ProjectChange,
    ) -> Result<(Scope, ProjectDetails)> {
        let duration = change.auto_destroy_activity_duration.as_ref().and_then(Option::as_ref);
        check(change.name.as_deref(), change.description.as_deref(), duration)?;
        check_tags(change.tags.as_deref().unwrap_or_default())?;
        let context = context.clone();
        self.db()
            .write(move |tx| {
                visible(tx, &context, id, Right::UpdateProject)?;
                store::lock_project(tx, id)?;
                let (scope, mut details) = visible(tx, &context, id, Right::UpdateProject)?;
                let before = facts::project(&details.project);
                apply(&mut details.project, change.clone());
                details.project.updated_at = context.now;
                store::update_project(tx, &details.project)?;
                let mut event = about("update", &details.project)
                    .changed(&before, &facts::project(&details.project));
                if let Some(tags) = &change.tags {
                    event = event.with("tags", facts::tags(tags));
                    scope.require(Right::ManageTags)?;
                    store::delete_project_tags(tx, id)?;
                    store::put_project_tags(tx, &details.project, tags)?;
                }
                audit::record(tx, &context, &event)?;
                Ok((scope, details))
            })
            .await
    }

    /// Deletes a project that has no workspaces.
    pub async fn delete_project(&self, context: &Context, id: ProjectId) -> Result<()> {
        let context = context.clone();
        self.db()
            .write(move |tx| {
                let (scope, details) = visible(tx, &context, id, Right::DeleteProject)?;
                let name = &details.project.name;
                // The default project can't change meanwhile.
                store::lock_organization(tx, scope.organization.id)?;
                let scope = scope_by_id(tx, &context, scope.organization.id)?;
                if scope.organization.default_project_id == id {
                    return Err(Error::conflict(format!(
                        "\"{name}\" is the organization's default project; make another one the \
                         default first"
                    )));
                }
                store::lock_project(tx, id)?;
                if !store::delete_project(tx, id)? {
                    return Err(Error::conflict(format!(
                        "\"{name}\" still has workspaces; move or delete them first"
                    )));
                }
                audit::record(tx, &context, &about("delete", &details.project))
            })
            .await
    }

    /// The tags on a project.
    pub async fn project_tags(&self, context: &Context, id: ProjectId) -> Result<Vec<TagBinding>> {
        let context = context.clone();
        self.db()
            .read(move |tx| {
                visible(tx, &context, id, Right::ReadProject)?;
                tags_of(tx, id)
            })
            .await
    }

    /// Puts tags on a project; ones that are there get the new value, others stay.
    pub async fn add_project_tags(
        &self,
        context: &Context,
        id: ProjectId,
        tags: Vec<Tag>,
    ) -> Result<Vec<TagBinding>> {
        check_tags(&tags)?;
        let context = context.clone();
        self.db()
            .write(move |tx| {
                let (scope, details) = visible(tx, &context, id, Right::UpdateProject)?;
                scope.require(Right::ManageTags)?;
                store::lock_project(tx, id)?;
                store::put_project_tags(tx, &details.project, &tags)?;
                let event =
                    about("update", &details.project).with("added-tags", facts::tags(&tags));
                audit::record(tx, &context, &event)?;
                tags_of(tx, id)
            })
            .await
    }
}

/// What happened to a project.
fn about(action: &'static str, project: &Project) -> Event {
    Event::new(action, "projects", project.id)
        .of(project.organization_id)
        .named(project.name.as_str())
}

fn visible(
    tx: &mut Tx<'_>,
    context: &Context,
    id: ProjectId,
    right: Right,
) -> Result<(Scope, ProjectDetails)> {
    let details = store::project_details(tx, id)?.ok_or_else(Error::not_found)?;
    let scope = scope_by_id(tx, context, details.project.organization_id)?.at_project(tx, id)?;
    scope.require(right)?;
    let reach = scope.reach(tx)?;
    let details = as_seen(details, &scope, &reach);
    Ok((scope, details))
}

fn tags_of(tx: &mut Tx<'_>, id: ProjectId) -> Result<Vec<TagBinding>> {
    Ok(store::project_tags(tx, &[id])?.remove(&id).unwrap_or_default())
}

fn check(name: Option<&str>, description: Option<&str>, duration: Option<&String>) -> Result<()> {
    all_of([
        name.map_or(Ok(()), |name| names::project_name(name).map(drop)),
        description
            .map_or(Ok(()), |text| names::text("description", text, MAX_DESCRIPTION).map(drop)),
        duration.map_or(Ok(()), |text| names::duration("auto-destroy-activity-duration", text)),
    ])
}

fn check_tags(tags: &[Tag]) -> Result<()> {
    if tags.len() <= MAX_TAGS {
        return Ok(());
    }
    Err(Error::new(kernel::Kind::Invalid, format!("at most {MAX_TAGS} tags fit on a project")))
}

fn apply(project: &mut Project, change: ProjectChange) {
    if let Some(name) = change.name {
        project.name = name;
    }
    if let Some(description) = change.description {
        project.description = description;
    }
    if let Some(mode) = change.default_execution_mode {
        project.default_execution_mode = mode;
    }
    if let Some(duration) = change.auto_destroy_activity_duration {
        project.auto_destroy_activity_duration = duration;
    }
}
