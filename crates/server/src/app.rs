//! The capabilities, plugged together into one router.

use std::{future::Future, net::TcpListener, os::unix::fs::PermissionsExt as _, sync::Arc};

use axum::response::Redirect;
use barrier::{Barrier, MasterKey};
use credentials::Credentials;
use db::Db;
use identity::Identity;
use kernel::{Actor, Clock, Context, Error, SystemClock};
use state::State;
use web::{
    Routes,
    listener::{Limits, Tls},
};
use workspaces::Workspaces;

use crate::{
    config::{Config, Database, MasterKeySource},
    terminal::Failure,
};

/// Everything that a server or an administration command works with.
#[derive(Clone)]
pub struct App {
    identity: Identity,
    workspaces: Workspaces,
    state: State,
    credentials: Credentials,
}

impl App {
    /// Opens the storage and the barrier, and makes the capabilities. Blocking.
    pub fn open(config: &Config, external_url: &str) -> Result<Self, Failure> {
        Self::open_at(config, external_url, Arc::new(SystemClock))
    }

    /// The same, with a clock of the caller's.
    pub fn open_at(
        config: &Config,
        external_url: &str,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Failure> {
        make_data_folder(config)?;
        let master = master_key(&config.master_key)?;
        let db = Db::open(&database_options(config))?;
        let barrier = Barrier::open(&db, &master, clock.now())?;
        let identity = Identity::new(
            db,
            barrier,
            clock,
            identity::Settings {
                external_url: external_url.to_owned(),
                session_lifetime: config.session_lifetime,
                local_accounts: config.sign_in.local_accounts,
                require_second_factor: config.sign_in.require_second_factor,
                provider: config.sign_in.provider.clone(),
                audit: config.audit.clone(),
                outgoing: config.outgoing.clone(),
                ..identity::Settings::default()
            },
        );
        let state_settings = state::Settings {
            external_url: external_url.to_owned(),
            snapshot_interval: config.snapshot_interval,
            max_state_bytes: config.max_state_bytes as u64,
            ..state::Settings::default()
        };
        let current_states = state::CurrentStates::new(&identity, state_settings.clone());
        let workspaces = Workspaces::new(identity.clone())
            .with_contents(Arc::new(state::WorkspaceContents))
            .with_states(Arc::new(current_states));
        let state = State::new(workspaces.clone(), state_settings);
        let settings = credentials::Settings {
            external_url: external_url.to_owned(),
            own_authorities: own_authorities(config)?,
            seal: config.seal,
            audit_dir: config.credentials_audit_dir.clone(),
            ..credentials::Settings::default()
        };
        let credentials = Credentials::open(identity.clone(), settings, identity.now())?;
        Ok(Self { identity, workspaces, state, credentials })
    }

    /// People, organizations, projects, tokens.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Workspaces and their locks.
    pub fn workspaces(&self) -> &Workspaces {
        &self.workspaces
    }

    /// State versions.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Short-lived credentials.
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The server itself as the one who asks, now.
    pub fn system_context(&self) -> Context {
        Context {
            actor: Actor::System,
            now: self.identity.clock().now(),
            request_id: "local".to_owned(),
            address: None,
        }
    }

    /// Every route of the server: what the router is made of, and what the tests walk.
    pub fn routes(&self) -> Routes {
        Routes::new()
            .get("/", || async { Redirect::to("/app") })
            .get("/assets/{name}", web::page::asset)
            .merge(identity::routes(self.identity.clone()))
            .merge(workspaces::routes(self.workspaces.clone()))
            .merge(state::routes(self.state.clone()))
            .merge(credentials::routes(self.credentials.clone()))
    }

    /// Every SQL statement of the server.
    pub fn statements() -> Vec<&'static db::Statement> {
        [
            db::jobs::ALL,
            barrier::sql::ALL,
            blobs::sql::ALL,
            identity::sql::ALL,
            workspaces::sql::ALL,
            state::sql::ALL,
            credentials::sql::ALL,
        ]
        .concat()
    }

    /// Serves on a listener until `stop`, and lets requests under way end.
    pub async fn serve(
        &self,
        config: &Config,
        external_url: &str,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send,
    ) -> kernel::Result<()> {
        let settings = web::Settings {
            trusted_proxies: config.trusted_proxies.clone(),
            max_body_bytes: config.max_body_bytes,
            max_state_bytes: config.max_state_bytes,
            request_timeout: config.request_timeout,
            rate_limit_per_second: config.rate_limit_per_second,
            max_connections: config.max_connections,
            ..web::Settings::new(external_url)
        };
        let tls = match &config.tls {
            Some(files) => {
                Tls::Files { certificate: files.certificate.clone(), key: files.key.clone() }
            }
            None => Tls::None,
        };
        let limits = Limits::from(&settings);
        let router = identity::audit::watch(&self.identity, self.routes().into_router());
        let router = web::finish(router, settings);
        let _asked = self.credentials.ask_by(web::Local::new(router.clone()));
        listener.set_nonblocking(true).map_err(Error::internal)?;
        let listener = tokio::net::TcpListener::from_std(listener).map_err(Error::internal)?;
        web::listener::serve(listener, router, tls, limits, stop).await.map_err(Error::internal)
    }
}

/// Refuses to go on where there is no embedded database yet: a mistyped folder would get a new one.
pub(crate) fn require_database(config: &Config) -> Result<(), Failure> {
    match database_options(config) {
        db::Options::Sqlite { path } if !path.exists() => {
            Err(Failure::new(format!("there is no database {}", path.display()))
                .hint("check data_dir, or start the server once, which makes it"))
        }
        _ => Ok(()),
    }
}

/// Whether the master key can be read, if it is there already.
pub(crate) fn check_master_key(config: &Config) -> Result<(), Failure> {
    match &config.master_key {
        MasterKeySource::File { path, .. } if path.exists() => {
            MasterKey::read_file(path)?;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Whether the database can be reached, without changing anything.
pub fn reach_database(config: &Config) -> Result<(), Failure> {
    Ok(database_options(config).reach()?)
}

/// Makes the data folder, for its owner only, where something of ours will stand in it.
pub(crate) fn make_data_folder(config: &Config) -> Result<(), Failure> {
    let folder = &config.data_dir;
    let key_inside = matches!(&config.master_key, MasterKeySource::File { create: true, .. });
    let database_inside = matches!(config.database, Database::Embedded);
    if folder.is_dir() || !(key_inside || database_inside) {
        return Ok(());
    }
    let made = std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)));
    made.map_err(|error| {
        Failure::new(format!("can't make the data folder {}: {error}", folder.display()))
            .hint("choose another with data_dir")
    })
}

/// The certificate that this server shows, which it trusts when it asks itself.
fn own_authorities(config: &Config) -> Result<Option<String>, Failure> {
    let Some(files) = &config.tls else { return Ok(None) };
    std::fs::read_to_string(&files.certificate).map(Some).map_err(|error| {
        Failure::new(format!("can't read {}: {error}", files.certificate.display()))
    })
}

fn database_options(config: &Config) -> db::Options {
    match &config.database {
        Database::Embedded => db::Options::Sqlite { path: config.data_dir.join("stateward.db") },
        Database::Postgres { url, connections, schema } => db::Options::Postgres {
            url: url.clone(),
            connections: *connections,
            schema: schema.clone(),
        },
    }
}

fn master_key(source: &MasterKeySource) -> Result<MasterKey, Failure> {
    match source {
        MasterKeySource::Given(key) => Ok(key.clone()),
        MasterKeySource::File { path, .. } => Ok(MasterKey::read_or_create_file(path)?),
    }
}
