//! Workspaces on their way out: what was read in the transaction, made into a document after it.

use std::collections::{BTreeSet, HashMap};

use db::Tx;
use identity::{
    ProjectDetails, Scope, User,
    audit::Event,
    find_user, project_details,
    resources::{organization_resource, project_resource, user_resource},
};
use kernel::{Context, Kind, Page, Result, UserId, WorkspaceId};
use web::{
    ListQuery, RequestUrl,
    document::{Document, Resource},
};

use crate::{
    IncludedState, StateParts, Workspaces,
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
    /// The outputs by themselves; a version may come with the same ones.
    outputs: bool,
    states: StateParts,
}

impl Includes {
    pub(crate) fn of(query: &ListQuery) -> Self {
        let outputs = query.wants("outputs");
        let version_outputs = query.wants("current_state_version.outputs");
        Self {
            organization: query.wants("organization"),
            project: query.wants("project"),
            locked_by: query.wants("locked_by"),
            effective_tags: query.wants("effective_tag_bindings"),
            outputs,
            states: StateParts {
                version: query.wants("current_state_version") || version_outputs,
                outputs: outputs || version_outputs,
            },
        }
    }
}

/// The related things, as they were read.
#[derive(Debug, Default)]
struct Related {
    projects: Vec<(ProjectDetails, Scope)>,
    users: Vec<User>,
    effective_tags: HashMap<WorkspaceId, Vec<BoundTag>>,
    states: HashMap<WorkspaceId, IncludedState>,
    /// Whose outputs are read, by whom: to be recorded before the document goes out.
    reads: Option<(Context, Vec<Event>)>,
}

impl Related {
    /// Records who reads the outputs that are included.
    async fn record(&mut self, workspaces: &Workspaces) -> Result<()> {
        match self.reads.take() {
            Some((context, events)) => workspaces.identity().record_all(&context, events).await,
            None => Ok(()),
        }
    }

    fn load(
        tx: &mut Tx<'_>,
        scope: &Scope,
        includes: Includes,
        workspaces: &[&Workspace],
    ) -> Result<Self> {
        let mut related = Self::default();
        if includes.project {
            let ids: BTreeSet<_> =
                workspaces.iter().map(|workspace| workspace.project_id).collect();
            for id in ids {
                // Whom a state is shared with sees the workspace, but not where it stands.
                let at_project = match scope.at_project(tx, id) {
                    Ok(at_project) => at_project,
                    Err(error) if error.kind() == Kind::NotFound => continue,
                    Err(error) => return Err(error),
                };
                let details = project_details(tx, &at_project, id)?;
                related.projects.extend(details.map(|details| (details, at_project)));
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

    fn load_states(
        &mut self,
        tx: &mut Tx<'_>,
        asker: Asker<'_>,
        workspaces: &[(&Workspace, &Scope)],
        parts: StateParts,
    ) -> Result<()> {
        if parts.version || parts.outputs {
            let Asker { context, plugged } = asker;
            let states = plugged.current_states();
            let states = states.current_states(tx, context, workspaces, parts)?.into_iter();
            self.states = states.map(|state| (state.workspace, state)).collect();
            let events = self.states.values_mut().filter_map(|state| state.read.take());
            self.reads = Some((context.clone(), events.collect()));
        }
        Ok(())
    }

    /// A workspace's resource, with linkage to what is included.
    fn link(&self, includes: Includes, workspace: &Workspace, resource: Resource) -> Resource {
        const TAGS: &str = "effective-tag-bindings";
        let resource = match self.effective_tags.get(&workspace.id) {
            Some(tags) => resource.many(TAGS, tags.iter().map(|tag| (TAGS, tag.id))),
            None => resource,
        };
        if !includes.outputs {
            return resource;
        }
        let outputs = self.states.get(&workspace.id).map(|state| state.outputs.as_slice());
        let outputs = outputs.unwrap_or_default().iter();
        resource.many("outputs", outputs.map(|(id, _)| ("state-version-outputs", id)))
    }

    fn into_resources(
        mut self,
        includes: Includes,
        scope: &Scope,
        of: &[Workspace],
    ) -> Vec<Resource> {
        let mut resources = Vec::new();
        if includes.organization {
            resources.push(organization_resource(&scope.organization, &scope.at_organization()));
        }
        resources.extend(self.projects.iter().map(|(project, at)| project_resource(project, at)));
        resources.extend(self.users.iter().map(user_resource));
        for workspace in of {
            let tags = self.effective_tags.get(&workspace.id).into_iter().flatten();
            resources
                .extend(tags.map(|tag| effective_tag_binding_resource(tag, workspace.project_id)));
            let Some(state) = self.states.remove(&workspace.id) else { continue };
            resources.extend(state.version);
            resources.extend(state.outputs.into_iter().map(|(_, output)| output));
        }
        resources
    }
}

/// Who asks, and whom to ask for what this crate does not know.
#[derive(Clone, Copy)]
pub(crate) struct Asker<'a> {
    pub(crate) context: &'a Context,
    pub(crate) plugged: &'a Workspaces,
}

fn holder_of(workspace: &Workspace) -> Option<UserId> {
    match workspace.lock.as_ref()?.holder {
        Holder::User { id, .. } => Some(id),
        Holder::Service { .. } | Holder::Run(_) => None,
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
        let related = Related::load(tx, &scope, includes, &[&workspace])?;
        Ok(Self { workspace, scope, tags, includes, related })
    }

    /// The same with the current state, if it is to be included.
    pub(crate) fn with_states(mut self, tx: &mut Tx<'_>, asker: Asker<'_>) -> Result<Self> {
        let parts = self.includes.states;
        self.related.load_states(tx, asker, &[(&self.workspace, &self.scope)], parts)?;
        Ok(self)
    }

    /// The document, once it is recorded who reads the outputs in it.
    pub(crate) async fn recorded(mut self, workspaces: &Workspaces) -> Result<Document> {
        self.related.record(workspaces).await?;
        Ok(self.into_document())
    }

    /// The document of a view without states.
    pub(crate) fn into_document(self) -> Document {
        let Self { workspace, scope, tags, includes, related } = self;
        let names: Vec<&str> = tags.iter().map(|tag| tag.key.as_str()).collect();
        let resource = workspace_resource(&workspace, &scope, &names);
        let resource = related.link(includes, &workspace, resource);
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
        let related = Related::load(tx, &scope, includes, &workspaces)?;
        Ok(Self { page, scope, includes, related })
    }

    /// The same with the current states, if they are to be included.
    pub(crate) fn with_states(mut self, tx: &mut Tx<'_>, asker: Asker<'_>) -> Result<Self> {
        let items = self.page.items.iter();
        let workspaces: Vec<_> = items.map(|item| (&item.workspace, &item.scope)).collect();
        let parts = self.includes.states;
        self.related.load_states(tx, asker, &workspaces, parts)?;
        Ok(self)
    }

    /// The document, once it is recorded who reads the outputs in it.
    pub(crate) async fn recorded(
        mut self,
        workspaces: &Workspaces,
        url: &RequestUrl,
    ) -> Result<Document> {
        self.related.record(workspaces).await?;
        Ok(self.into_document(url))
    }

    fn into_document(self, url: &RequestUrl) -> Document {
        let Self { page, scope, includes, related } = self;
        let resources = page.items.iter().map(|Listed { workspace, tags, scope }| {
            let names: Vec<&str> = tags.iter().map(|tag| tag.key.as_str()).collect();
            related.link(includes, workspace, workspace_resource(workspace, scope, &names))
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
