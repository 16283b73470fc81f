//! The URLs that clients are given for a version's bytes.

use std::time::Duration;

use barrier::Barrier;
use identity::Credential;
use kernel::Context;

use crate::{
    Settings, Version,
    signed::{Deed, Grant},
};

/// How long a download path is good for: clients follow it at once.
const DOWNLOAD_LIFETIME: Duration = Duration::from_mins(15);

/// What it takes to give somebody a URL for a version's bytes.
#[derive(Clone)]
pub(crate) struct Links {
    pub(crate) barrier: Barrier,
    pub(crate) settings: Settings,
}

impl Links {
    /// The path for a deed with a version; none for callers who showed nothing that could end.
    pub(crate) fn path(&self, version: &Version, deed: Deed, context: &Context) -> Option<String> {
        let lifetime = match deed {
            Deed::UploadState | Deed::UploadJson => self.settings.upload_lifetime,
            Deed::DownloadState | Deed::DownloadJson => DOWNLOAD_LIFETIME,
        };
        let grant = Grant {
            deed,
            version: version.id,
            organization: version.organization_id,
            credential: Credential::of(context)?,
            expires_at: context.now.plus(lifetime),
        };
        Some(grant.path(&self.barrier))
    }
}
