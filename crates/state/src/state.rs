//! What the handlers work with.

use std::{sync::Arc, time::Duration};

use axum::extract::FromRef;
use barrier::{Barrier, DataKey};
use db::Db;
use identity::Identity;
use kernel::{OrganizationId, Result, Timestamp};
use tokio::sync::Semaphore;
use workspaces::Workspaces;

use crate::{
    Version,
    jobs::Sweep,
    signed::{Deed, Grant},
};

/// How many large states are taken in at once. Each keeps a thread and a few MiB.
const LARGE_UPLOADS: usize = 16;
/// How long a download path is good for: clients follow it at once.
const DOWNLOAD_LIFETIME: Duration = Duration::from_mins(15);

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
    settings: Settings,
    large_uploads: Arc<Semaphore>,
    sweep: Sweep,
}

impl State {
    /// The states of the workspaces that `workspaces` knows.
    pub fn new(workspaces: Workspaces, settings: Settings) -> Self {
        let large_uploads = Arc::new(Semaphore::new(LARGE_UPLOADS));
        Self(Arc::new(Inner { workspaces, settings, large_uploads, sweep: Sweep::default() }))
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
        &self.0.settings
    }

    /// The path at which a version's bytes can be fetched for some minutes, by whoever has it.
    pub fn download_path(&self, version: &Version, now: Timestamp) -> String {
        self.grant(version, Deed::DownloadState, now)
    }

    /// The path for a deed with a version.
    pub(crate) fn grant(&self, version: &Version, deed: Deed, now: Timestamp) -> String {
        let lifetime = match deed {
            Deed::UploadState | Deed::UploadJson => self.settings().upload_lifetime,
            Deed::DownloadState | Deed::DownloadJson => DOWNLOAD_LIFETIME,
        };
        let grant = Grant {
            deed,
            version: version.id,
            organization: version.organization_id,
            expires_at: now.plus(lifetime),
        };
        grant.path(self.barrier())
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
