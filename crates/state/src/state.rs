//! What the handlers work with.

use std::{sync::Arc, time::Duration};

use axum::extract::FromRef;
use barrier::{Barrier, DataKey};
use db::Db;
use identity::Identity;
use kernel::{Context, Error, OrganizationId, Result};
use tokio::sync::Semaphore;
use workspaces::Workspaces;

use crate::{Version, jobs::Sweep, links::Links, signed::Deed};

/// How many large states are taken in at once. Each keeps a thread and a few MiB.
const LARGE_UPLOADS: usize = 16;

/// What can be set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What stands before `/blobs/…` in URLs that clients are given.
    pub external_url: String,
    /// How often clients shall save a state during a long apply; none for not at all.
    pub snapshot_interval: Option<Duration>,
    /// The largest state.
    pub max_state_bytes: u64,
    /// How long an upload may follow the version it was announced with.
    pub upload_lifetime: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            external_url: String::new(),
            snapshot_interval: Some(Duration::from_secs(20)),
            max_state_bytes: 512 << 20,
            upload_lifetime: Duration::from_mins(15),
        }
    }
}

/// The states of all workspaces.
#[derive(Clone)]
pub struct State(Arc<Inner>);

struct Inner {
    workspaces: Workspaces,
    links: Links,
    large_uploads: Arc<Semaphore>,
    sweep: Sweep,
}

impl State {
    /// The states of the workspaces that `workspaces` knows.
    pub fn new(workspaces: Workspaces, settings: Settings) -> Self {
        let large_uploads = Arc::new(Semaphore::new(LARGE_UPLOADS));
        let barrier = workspaces.identity().barrier().clone();
        let links = Links { barrier, settings };
        Self(Arc::new(Inner { workspaces, links, large_uploads, sweep: Sweep::default() }))
    }

    /// The workspaces.
    pub fn workspaces(&self) -> &Workspaces {
        &self.0.workspaces
    }

    /// Who people are and what they may.
    pub fn identity(&self) -> &Identity {
        self.0.workspaces.identity()
    }

    /// What was set.
    pub fn settings(&self) -> &Settings {
        &self.0.links.settings
    }

    /// The path at which the caller can fetch a version's bytes for some minutes, as long as the
    /// token or session they asked with lasts.
    pub fn download_path(&self, version: &Version, context: &Context) -> Result<String> {
        self.links().path(version, Deed::DownloadState, context).ok_or_else(Error::unauthorized)
    }

    pub(crate) fn links(&self) -> &Links {
        &self.0.links
    }

    pub(crate) fn db(&self) -> &Db {
        self.identity().db()
    }

    pub(crate) fn barrier(&self) -> &Barrier {
        self.identity().barrier()
    }

    pub(crate) async fn key(&self, organization: OrganizationId) -> Result<DataKey> {
        self.barrier().load_organization_key(self.db(), organization).await
    }

    pub(crate) fn large_uploads(&self) -> &Arc<Semaphore> {
        &self.0.large_uploads
    }

    pub(crate) fn sweep(&self) -> &Sweep {
        &self.0.sweep
    }
}

impl FromRef<State> for Identity {
    fn from_ref(state: &State) -> Self {
        state.identity().clone()
    }
}

impl FromRef<State> for Workspaces {
    fn from_ref(state: &State) -> Self {
        state.workspaces().clone()
    }
}
