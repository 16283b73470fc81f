//! Workspaces on their way out: what was read in the transaction, made into a document after it.

use std::collections::{BTreeSet, HashMap};

use db::Tx;
use identity::{
    ProjectDetails, Scope, User, find_user, project_details,
    resources::{organization_resource, project_resource, user_resource},
};
use kernel::{Page, Result, UserId, WorkspaceId};
use web::{
    ListQuery, RequestUrl,
    document::{Document, Resource},
};

use crate::{
    list::Listed,
    resource::{effective_tag_binding_resource, workspace_resource},
    tags::{BoundTag, effective_tags_of, tags_of},
    workspace::{Holder, Workspace},
};

/// The related things that a client asked for, as far as there are any. What is not known here is
/// left out; clients ask for more than servers have.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Includes {
    organization: bool,
    project: bool,
    locked_by: bool,
    effective_tags: bool,
}

impl Includes {
    pub(crate) fn of(query: &ListQuery) -> Self {
        Self {
            organization: query.wants("organization"),
            project: query.wants("project"),
            locked_by: query.wants("locked_by"),
            effective_tags: query.wants("effective_tag_bindings"),
        }
    }
}

/// The related things, as they were read.
#[derive(Debug, Default)]
struct Related {
    projects: Vec<ProjectDetails>,
    users: Vec<User>,
    effective_tags: HashMap<WorkspaceId, Vec<BoundTag>>,
}

impl Related {
    fn load(tx: &mut Tx<'_>, includes: Includes, workspaces: &[&Workspace]) -> Result<Self> {
        let mut related = Self::default();
        if includes.project {
            let ids: BTreeSet<_> =
                workspaces.iter().map(|workspace| workspace.project_id).collect();
            for id in ids {
                related.projects.extend(project_details(tx, id)?);
            }
        }
        if includes.locked_by {
            let ids: BTreeSet<_> =
                workspaces.iter().filter_map(|workspace| holder_of(workspace)).collect();
            for id in ids {
                related.users.extend(find_user(tx, id)?);
            }
        }
        if includes.effective_tags {
            related.effective_tags = effective_tags_of(tx, workspaces)?;
        }
        Ok(related)
    }

    /// A workspace's resource, with linkage to what is included.
    fn link(&self, workspace: &Workspace, resource: Resource) -> Resource {
        match self.effective_tags.get(&workspace.id) {
            Some(tags) => resource.many(
                "effective-tag-bindings",
                tags.iter().map(|tag| ("effective-tag-bindings", tag.id)),
            ),
            None => resource,
        }
    }

    fn into_resources(self, includes: Includes, scope: &Scope, of: &[Workspace]) -> Vec<Resource> {
        let mut resources = Vec::new();
        if includes.organization {
            resources.push(organization_resource(&scope.organization, scope));
        }
        resources.extend(self.projects.iter().map(|project| project_resource(project, scope)));
        resources.extend(self.users.iter().map(user_resource));
        for workspace in of {
            let tags = self.effective_tags.get(&workspace.id).into_iter().flatten();
            resources
                .extend(tags.map(|tag| effective_tag_binding_resource(tag, workspace.project_id)));
        }
        resources
    }
}

fn holder_of(workspace: &Workspace) -> Option<UserId> {
    match workspace.lock.as_ref()?.holder {
        Holder::User { id, .. } => Some(id),
        Holder::Run(_) => None,
    }
}

/// One workspace and what goes out with it.
#[derive(Debug)]
pub(crate) struct View {
    workspace: Workspace,
    scope: Scope,
    tags: Vec<BoundTag>,
    includes: Includes,
    related: Related,
}

impl View {
    pub(crate) fn load(
        tx: &mut Tx<'_>,
        workspace: Workspace,
        scope: Scope,
        includes: Includes,
    ) -> Result<Self> {
        let tags = tags_of(tx, workspace.id)?;
        let related = Related::load(tx, includes, &[&workspace])?;
        Ok(Self { workspace, scope, tags, includes, related })
    }

    pub(crate) fn into_document(self) -> Document {
        let Self { workspace, scope, tags, includes, related } = self;
        let names: Vec<&str> = tags.iter().map(|tag| tag.key.as_str()).collect();
        let resource = workspace_resource(&workspace, &scope, &names);
        let resource = related.link(&workspace, resource);
        Document::one(resource).include_all(related.into_resources(
            includes,
            &scope,
            std::slice::from_ref(&workspace),
        ))
    }
}

/// A page of workspaces and what goes out with it.
#[derive(Debug)]
pub(crate) struct PageView {
    page: Page<Listed>,
    scope: Scope,
    includes: Includes,
    related: Related,
}

impl PageView {
    pub(crate) fn load(
        tx: &mut Tx<'_>,
        page: Page<Listed>,
        scope: Scope,
        includes: Includes,
    ) -> Result<Self> {
        let workspaces: Vec<&Workspace> = page.items.iter().map(|item| &item.workspace).collect();
        let related = Related::load(tx, includes, &workspaces)?;
        Ok(Self { page, scope, includes, related })
    }

    pub(crate) fn into_document(self, url: &RequestUrl) -> Document {
        let Self { page, scope, includes, related } = self;
        let resources = page.items.iter().map(|Listed { workspace, tags }| {
            let names: Vec<&str> = tags.iter().map(|tag| tag.key.as_str()).collect();
            related.link(workspace, workspace_resource(workspace, &scope, &names))
        });
        let resources =
            Page { items: resources.collect(), total: page.total, request: page.request };
        let workspaces: Vec<Workspace> =
            page.items.into_iter().map(|listed| listed.workspace).collect();
        Document::list(resources, url).include_all(related.into_resources(
            includes,
            &scope,
            &workspaces,
        ))
    }
}
