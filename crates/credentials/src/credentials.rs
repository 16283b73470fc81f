//! The capability itself: what its parts share.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, OnceLock},
    time::Duration,
};

use arc_swap::ArcSwap;
use axum::extract::FromRef;
use db::{Db, Tx};
use identity::Identity;
use kernel::Timestamp;
use outgoing::Outgoing;

use crate::{
    backend::Backend,
    expiry::Watch,
    fault::Fault,
    identity_store,
    known::Known,
    mount::Mount,
    origin,
    own_server::OwnServer,
    seal::{Seal, SealKind},
    token::{Token, TokenHash},
    ttl::Limits,
    upstreams::Upstreams,
    view::View,
};

/// What an operator can set about this side.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What clients put before a path, e.g. `https://tf.example.org:8443`.
    pub external_url: String,
    /// Certificate authorities that this server's own certificate comes from, in PEM.
    pub own_authorities: Option<String>,
    /// How the key is kept.
    pub seal: SealKind,
    /// The folder in which audit devices may write, by its true path; none: there can be none.
    pub audit_dir: Option<PathBuf>,
    /// How long leases and tokens last unless something says otherwise.
    pub default_lease_ttl: Duration,
    /// How long they last at most, unless a mount says otherwise.
    pub max_lease_ttl: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            external_url: "https://localhost:8443".to_owned(),
            own_authorities: None,
            seal: SealKind::Static,
            audit_dir: None,
            default_lease_ttl: Duration::from_hours(768),
            max_lease_ttl: Duration::from_hours(768),
        }
    }
}

/// Short-lived credentials.
#[derive(Clone)]
pub struct Credentials(Arc<Inner>);

struct Inner {
    identity: Identity,
    own_server: OwnServer,
    own_engine: OnceLock<String>,
    upstreams: Upstreams,
    watch: Watch,
    settings: Settings,
    seal: Seal,
    known: ArcSwap<Known>,
    backends: HashMap<&'static str, Arc<dyn Backend>>,
}

impl Credentials {
    /// Over the server's people, with what may be mounted.
    pub(crate) fn with_backends(
        identity: Identity,
        settings: Settings,
        backends: Vec<Arc<dyn Backend>>,
    ) -> Self {
        let backends = backends.into_iter().map(|backend| (backend.kind(), backend)).collect();
        let own_server = OwnServer::new(&identity, &settings);
        let (seal, known) = (Seal::default(), ArcSwap::default());
        let (upstreams, watch) = (Upstreams::new(identity.now()), Watch::new());
        Self(Arc::new(Inner {
            identity,
            own_server,
            own_engine: OnceLock::new(),
            upstreams,
            watch,
            settings,
            seal,
            known,
            backends,
        }))
    }

    /// The server's people and their tokens.
    pub fn identity(&self) -> &Identity {
        &self.0.identity
    }

    /// The way to other servers.
    pub fn outgoing(&self) -> &Outgoing {
        self.identity().outgoing()
    }

    /// What the operator has set.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The database.
    pub fn db(&self) -> &Db {
        self.identity().db()
    }

    pub(crate) fn seal(&self) -> &Seal {
        &self.0.seal
    }

    /// What a token of this side is looked up by. The two sides' tokens can't be taken for each
    /// other.
    pub(crate) fn token_hash(&self, token: &str) -> [u8; 32] {
        self.identity().barrier().token_hash(&format!("credentials:{token}"))
    }

    /// The door to what a mount keeps.
    pub(crate) fn view(&self, mount: &Mount) -> Result<View, Fault> {
        Ok(View::new(mount.uuid.as_str(), self.seal().key()?))
    }

    /// The door to what is known of who logs in.
    pub(crate) fn identity_view(&self) -> Result<View, Fault> {
        let known = self.known();
        let mount = known.mounts.iter().find(|mount| mount.path == "identity/");
        self.view(mount.ok_or_else(|| Fault::refused("identity/ is not mounted"))?)
    }

    /// A token, with who logged in, unless who stands behind it is gone.
    pub(crate) fn token_in(
        &self,
        tx: &mut Tx<'_>,
        hash: &TokenHash,
        now: Timestamp,
    ) -> kernel::Result<Option<Token>> {
        let found = crate::store::find_token(tx, hash)?;
        self.standing(tx, found, now)
    }

    /// The same by its accessor.
    pub(crate) fn token_by_accessor_in(
        &self,
        tx: &mut Tx<'_>,
        accessor: &str,
        now: Timestamp,
    ) -> kernel::Result<Option<Token>> {
        let found = crate::store::find_token_by_accessor(tx, accessor)?;
        self.standing(tx, found, now)
    }

    fn standing(
        &self,
        tx: &mut Tx<'_>,
        found: Option<Token>,
        now: Timestamp,
    ) -> kernel::Result<Option<Token>> {
        match found {
            Some(token) if origin::stands(tx, &token, now)? => {
                self.with_entity(tx, token).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// The same token, with who logged in.
    pub(crate) fn with_entity(&self, tx: &mut Tx<'_>, token: Token) -> kernel::Result<Token> {
        if token.entity_id.is_empty() {
            return Ok(token);
        }
        let Ok(view) = self.identity_view() else { return Ok(token) };
        let entity = identity_store::by_id(tx, &view, &token.entity_id)?;
        Ok(Token { entity, ..token })
    }

    /// The type of a mount.
    pub(crate) fn backend(&self, kind: &str) -> Option<&Arc<dyn Backend>> {
        self.0.backends.get(kind)
    }

    /// Everything that may be mounted.
    pub(crate) fn backends(&self) -> impl Iterator<Item = &Arc<dyn Backend>> {
        self.0.backends.values()
    }

    /// Mounts and policies as they are remembered.
    pub(crate) fn known(&self) -> Arc<Known> {
        self.0.known.load_full()
    }

    /// Remembers what was read.
    pub(crate) fn remember(&self, known: Known) {
        self.0.known.store(Arc::new(known));
    }

    /// Reads mounts and policies.
    pub(crate) fn load_known(&self, tx: &mut Tx<'_>) -> kernel::Result<Known> {
        let any_case = |kind: &str| self.backend(kind).map_or(&[][..], |one| one.any_case());
        Known::load(tx, &any_case)
    }

    /// Mounts and policies as they are, read anew if they have changed; and whether this side was
    /// sealed elsewhere, after which nothing is left to do.
    pub(crate) fn refresh(&self, tx: &mut Tx<'_>) -> kernel::Result<Arc<Known>> {
        let known = self.known();
        let generation = crate::store::generation(tx)?;
        self.seal().heed(generation.seals);
        if known.is_current(generation.known) {
            return Ok(known);
        }
        let fresh = Arc::new(self.load_known(tx)?);
        self.0.known.store(Arc::clone(&fresh));
        Ok(fresh)
    }

    /// How long leases of a mount last, unless something says otherwise, and at most. A mount may
    /// go beyond the system.
    pub(crate) fn limits(&self, mount: &Mount) -> Limits {
        let Settings { default_lease_ttl, max_lease_ttl, .. } = self.settings();
        Limits { default: *default_lease_ttl, max: *max_lease_ttl }
            .tuned(mount.default_lease_ttl, mount.max_lease_ttl)
    }

    /// The ways to this server's own Terraform API.
    pub(crate) fn own_server(&self) -> &OwnServer {
        &self.0.own_server
    }

    /// Where an engine for this server itself is to be; not set: there need not be one.
    pub(crate) fn own_engine(&self) -> &OnceLock<String> {
        &self.0.own_engine
    }

    /// Lets the engines ask this server itself without a network between, as long as what is
    /// returned is kept.
    #[must_use]
    pub fn ask_by(&self, local: web::Local) -> Asking {
        self.own_server().set(local);
        Asking(self.clone())
    }

    /// What is remembered of the servers that engines work with.
    pub(crate) fn upstreams(&self) -> &Upstreams {
        &self.0.upstreams
    }

    /// Whether this server ends what is over, or another.
    pub(crate) fn watch(&self) -> &Watch {
        &self.0.watch
    }
}

/// The server answers. Its router knows the capabilities that it is asked by, so they must not keep
/// it for longer than this.
pub struct Asking(Credentials);

impl Drop for Asking {
    fn drop(&mut self) {
        self.0.own_server().forget();
    }
}

impl FromRef<Credentials> for Identity {
    fn from_ref(credentials: &Credentials) -> Self {
        credentials.identity().clone()
    }
}
