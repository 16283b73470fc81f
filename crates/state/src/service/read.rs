//! Reading versions, outputs and resources. The functions work inside a transaction of the
//! caller's, so that a page can be one transaction.

use barrier::DataKey;
use db::Tx;
use identity::{Right, Scope, User, audit::Event};
use kernel::{Context, Error, OutputId, Page, PageRequest, Result, StateVersionId, WorkspaceId};
use workspaces::Workspace;

use super::complete::open_summary;
use crate::{
    Instance, Output, State, Status, Version, records,
    store::{self, SealedOutput},
    summary::{self, Head},
};

/// The newest finalized version of a workspace.
pub fn current(tx: &mut Tx<'_>, workspace: &Workspace) -> Result<Option<Version>> {
    let Some(id) = workspace.current_state_version_id else { return Ok(None) };
    // A pointer to nothing must never look like an empty workspace.
    let version = store::find(tx, id)?;
    version.map(Some).ok_or_else(|| Error::unavailable(format!("{id} is gone")))
}

/// A version by its id; not found unless the caller may see the workspace and read its state.
pub fn find(
    tx: &mut Tx<'_>,
    context: &Context,
    id: StateVersionId,
) -> Result<(Version, Workspace, Scope)> {
    find_for(tx, context, id, Right::ReadState)
}

fn find_for(
    tx: &mut Tx<'_>,
    context: &Context,
    id: StateVersionId,
    right: Right,
) -> Result<(Version, Workspace, Scope)> {
    let version = store::find(tx, id)?.ok_or_else(Error::not_found)?;
    let (workspace, scope) = workspaces::find(tx, context, version.workspace_id)?;
    scope.require(right)?;
    Ok((version, workspace, scope))
}

/// A page of a workspace's versions, newest first.
pub fn list(
    tx: &mut Tx<'_>,
    workspace: &Workspace,
    status: Option<Status>,
    request: PageRequest,
) -> Result<Page<Version>> {
    store::list(tx, workspace.id, status, request)
}

/// The outputs of a version, by name, with their real values.
pub fn outputs(tx: &mut Tx<'_>, key: &DataKey, version: StateVersionId) -> Result<Vec<Output>> {
    open_all(store::outputs(tx, version)?, key)
}

fn open_all(sealed: Vec<SealedOutput>, key: &DataKey) -> Result<Vec<Output>> {
    sealed.into_iter().map(|output| output.open(key)).collect()
}

/// A page of the instances in a version's state.
pub fn resources(
    tx: &mut Tx<'_>,
    key: &DataKey,
    version: StateVersionId,
    request: PageRequest,
) -> Result<Page<Instance>> {
    let sealed = store::summary(tx, version)?.unwrap_or_default();
    page_of(key, version, &sealed, request)
}

/// A page of the instances of a sealed summary. A long one takes a while to unpack: not for inside
/// a transaction that others wait for.
pub(crate) fn page_of(
    key: &DataKey,
    version: StateVersionId,
    sealed: &[u8],
    request: PageRequest,
) -> Result<Page<Instance>> {
    if sealed.is_empty() {
        return Ok(Page { items: Vec::new(), total: 0, request });
    }
    summary::page(&open_summary(key, version, sealed)?, request)
}

/// What an answer about one version shows.
pub(crate) struct Detail {
    pub(crate) version: Version,
    pub(crate) workspace: Workspace,
    pub(crate) head: Option<Head>,
    pub(crate) output_ids: Vec<OutputId>,
    /// The outputs themselves, if they were asked for.
    pub(crate) outputs: Vec<Output>,
    /// Who wrote it, if that was asked for.
    pub(crate) created_by: Option<User>,
}

/// What is to come along with a version.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) outputs: bool,
    pub(crate) created_by: bool,
}

impl State {
    /// One version, with what belongs to it.
    pub(crate) async fn read_version(
        &self,
        context: Context,
        id: StateVersionId,
        wanted: Wanted,
    ) -> Result<Detail> {
        let (asked, barrier) = (context.clone(), self.barrier().clone());
        let detail = self
            .db()
            .read(move |tx| {
                let (version, workspace, _) = find(tx, &asked, id)?;
                let key = barrier.organization_key(tx, version.organization_id)?;
                detail(tx, &key, version, workspace, wanted)
            })
            .await?;
        self.recorded(&context, detail).await
    }

    /// The answer about a version, when it is recorded that the outputs in it are read.
    async fn recorded(&self, context: &Context, detail: Detail) -> Result<Detail> {
        let event = records::read_outputs(detail.version.id, &detail.workspace);
        self.record_outputs(context, &detail.outputs, Some(event)).await?;
        Ok(detail)
    }

    /// A workspace's current version, with what belongs to it.
    pub(crate) async fn read_current(
        &self,
        context: Context,
        workspace: WorkspaceId,
        wanted: Wanted,
    ) -> Result<Detail> {
        let (asked, barrier) = (context.clone(), self.barrier().clone());
        let detail = self
            .db()
            .glance(move |tx| {
                let (workspace, scope) = workspaces::find(tx, &asked, workspace)?;
                scope.require(Right::ReadState)?;
                let version = current(tx, &workspace)?.ok_or_else(Error::not_found)?;
                let key = barrier.organization_key(tx, version.organization_id)?;
                detail(tx, &key, version, workspace, wanted)
            })
            .await?;
        self.recorded(&context, detail).await
    }

    /// The outputs of a workspace's current version; none where there is no version.
    pub(crate) async fn current_outputs(
        &self,
        context: Context,
        workspace: WorkspaceId,
    ) -> Result<Vec<Output>> {
        let barrier = self.barrier().clone();
        let asked = context.clone();
        let (outputs, event) = self
            .db()
            .read(move |tx| {
                let (workspace, scope) = workspaces::find(tx, &asked, workspace)?;
                scope.require(Right::ReadOutputs)?;
                let Some(id) = workspace.current_state_version_id else {
                    return Ok((Vec::new(), None));
                };
                let key = barrier.organization_key(tx, workspace.organization_id)?;
                Ok((outputs(tx, &key, id)?, Some(records::read_outputs(id, &workspace))))
            })
            .await?;
        self.record_outputs(&context, &outputs, event).await?;
        Ok(outputs)
    }

    /// Records that outputs are read, if there are any.
    async fn record_outputs(
        &self,
        context: &Context,
        outputs: &[Output],
        event: Option<Event>,
    ) -> Result<()> {
        match event.filter(|_| !outputs.is_empty()) {
            Some(event) => self.identity().record(context, event).await,
            None => Ok(()),
        }
    }

    /// The outputs of a version.
    pub(crate) async fn version_outputs(
        &self,
        context: Context,
        id: StateVersionId,
    ) -> Result<Vec<Output>> {
        let barrier = self.barrier().clone();
        let asked = context.clone();
        let (outputs, event) = self
            .db()
            .read(move |tx| {
                let (version, workspace, _) = find_for(tx, &asked, id, Right::ReadOutputs)?;
                let key = barrier.organization_key(tx, version.organization_id)?;
                Ok((outputs(tx, &key, id)?, records::read_outputs(id, &workspace)))
            })
            .await?;
        self.record_outputs(&context, &outputs, Some(event)).await?;
        Ok(outputs)
    }

    /// One output, with its real value.
    pub(crate) async fn read_output(&self, context: Context, id: OutputId) -> Result<Output> {
        let barrier = self.barrier().clone();
        let asked = context.clone();
        let (output, event) = self
            .db()
            .read(move |tx| {
                let (sealed, version) = store::output(tx, id)?.ok_or_else(Error::not_found)?;
                let (version, workspace, _) = find_for(tx, &asked, version, Right::ReadOutputs)?;
                let key = barrier.organization_key(tx, version.organization_id)?;
                let output = sealed.open(&key)?;
                let event = records::read_output(&output, &version, &workspace);
                Ok((output, event))
            })
            .await?;
        self.identity().record(&context, event).await?;
        Ok(output)
    }

    /// A page of the instances in a workspace's current state, and the version it is.
    pub(crate) async fn current_resources(
        &self,
        context: Context,
        workspace: WorkspaceId,
        request: PageRequest,
    ) -> Result<(Option<Version>, Page<Instance>)> {
        let barrier = self.barrier().clone();
        let found = self
            .db()
            .read(move |tx| {
                let (workspace, scope) = workspaces::find(tx, &context, workspace)?;
                scope.require(Right::ReadState)?;
                let Some(version) = current(tx, &workspace)? else { return Ok(None) };
                let key = barrier.organization_key(tx, version.organization_id)?;
                let sealed = store::summary(tx, version.id)?.unwrap_or_default();
                Ok(Some((version, key, sealed)))
            })
            .await?;
        let Some((version, key, sealed)) = found else {
            return Ok((None, Page { items: Vec::new(), total: 0, request }));
        };
        // A long summary is unpacked outside the transaction.
        let page = page_of(&key, version.id, &sealed, request)?;
        Ok((Some(version), page))
    }

    /// A page of the versions of a workspace that is found by name.
    pub(crate) async fn list_versions(
        &self,
        context: Context,
        address: String,
        name: String,
        (status, request): (Option<Status>, PageRequest),
    ) -> Result<(Workspace, Page<Version>, Vec<(StateVersionId, OutputId)>)> {
        self.db()
            .read(move |tx| {
                let scope = identity::scope(tx, &context, &address)?;
                let (workspace, scope) = workspaces::find_by_name(tx, &scope, &name)?;
                scope.require(Right::ReadState)?;
                let page = list(tx, &workspace, status, request)?;
                let output_ids = store::output_ids(tx, &page.items)?;
                Ok((workspace, page, output_ids))
            })
            .await
    }
}

fn detail(
    tx: &mut Tx<'_>,
    key: &DataKey,
    version: Version,
    workspace: Workspace,
    wanted: Wanted,
) -> Result<Detail> {
    let sealed = store::summary(tx, version.id)?;
    let head = sealed.map(|sealed| open_summary(key, version.id, &sealed)).transpose()?;
    let outputs = if wanted.outputs { outputs(tx, key, version.id)? } else { Vec::new() };
    let output_ids = if wanted.outputs {
        outputs.iter().map(|output| output.id).collect()
    } else {
        let ids = store::output_ids(tx, std::slice::from_ref(&version))?;
        ids.into_iter().map(|(_, id)| id).collect()
    };
    let created_by = match version.created_by_user_id.filter(|_| wanted.created_by) {
        Some(id) => identity::find_user(tx, id)?,
        None => None,
    };
    let head = head.as_deref().and_then(summary::head);
    Ok(Detail { version, workspace, head, output_ids, outputs, created_by })
}
