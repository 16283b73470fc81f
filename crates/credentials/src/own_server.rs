//! The ways to this server's own Terraform API: straight to its router while it serves in this
//! process, and over the network otherwise.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use identity::Identity;
use outgoing::Outgoing;
use web::Local;

use crate::Settings;

/// How many connections to this server itself are kept: one for each request that may be under way.
const CONNECTIONS: usize = 64;

pub(crate) struct OwnServer {
    network: Outgoing,
    local: ArcSwapOption<Local>,
}

impl OwnServer {
    pub(crate) fn new(identity: &Identity, settings: &Settings) -> Self {
        // This server is at a private address as a rule, and nobody else can name it here.
        let network = Outgoing::new(outgoing::Settings {
            allow_private: true,
            allow_http: true,
            idle_connections: CONNECTIONS,
            authorities: settings.own_authorities.clone(),
            ..identity.settings().outgoing.clone()
        });
        Self { network, local: ArcSwapOption::empty() }
    }

    /// Over the network.
    pub(crate) fn network(&self) -> Outgoing {
        self.network.clone()
    }

    /// Straight to the router, if it serves.
    pub(crate) fn local(&self) -> Option<Local> {
        self.local.load().as_deref().cloned()
    }

    pub(crate) fn set(&self, local: Local) {
        self.local.store(Some(Arc::new(local)));
    }

    pub(crate) fn forget(&self) {
        self.local.store(None);
    }
}
