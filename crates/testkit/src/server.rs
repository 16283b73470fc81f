//! A whole server, with a real listener, on a fresh store of the engine that the run asks for.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use kernel::{Clock, Secret, SystemClock};
use stateward::{
    app::App,
    config::{Config, Database},
    options::Options,
};
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};

use crate::Caller;

/// Names the environment's PostgreSQL; without it the tests run on SQLite.
const POSTGRES: &str = "STATEWARD_TEST_POSTGRES";

/// How a server is to be set up.
pub struct Setup {
    /// The settings, which start from the defaults.
    pub options: Options,
    /// The server's clock.
    pub clock: Arc<dyn Clock>,
    /// What is done to the store before the server opens it.
    pub before: Option<fn(&db::Options)>,
}

impl Default for Setup {
    fn default() -> Self {
        Self { options: Options::default(), clock: Arc::new(SystemClock), before: None }
    }
}

/// A running server. It stops when it is dropped.
pub struct TestServer {
    address: SocketAddr,
    app: App,
    config: Config,
    clock: Arc<dyn Clock>,
    folder: Arc<TempDir>,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

impl TestServer {
    /// A server with the organization `acme`, its project `default`, and the people of
    /// [`TestServer::owner`] and the others.
    pub async fn start() -> Self {
        Self::start_with(Setup::default()).await
    }

    /// The same, set up otherwise.
    pub async fn start_with(setup: Setup) -> Self {
        let server = Self::start_empty(setup).await;
        server.people().await;
        server
    }

    /// A server without anybody in it.
    pub async fn start_empty(setup: Setup) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let options = Options { data_dir: Some(folder.path().to_owned()), ..setup.options };
        let mut config = Config::from_options(options).expect("the settings of a test are right");
        if let Some(database) = postgres() {
            config.database = database;
        }
        Self::open(config, setup.clock, setup.before, folder).await
    }

    /// Another server of the same installation, with an address of its own; none on SQLite, where
    /// one server has the database to itself.
    pub async fn beside(&self) -> Option<Self> {
        let shared = matches!(self.config.database, Database::Postgres { .. });
        let (config, clock) = (self.config.clone(), Arc::clone(&self.clock));
        let folder = Arc::clone(&self.folder);
        if shared { Some(Self::open(config, clock, None, folder).await) } else { None }
    }

    async fn open(
        mut config: Config,
        clock: Arc<dyn Clock>,
        before: Option<fn(&db::Options)>,
        folder: Arc<TempDir>,
    ) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let url = format!("http://{address}");
        config.external_url = Some(url.clone());
        let known = (config.clone(), Arc::clone(&clock));
        let (opened, config, external_url) = tokio::task::spawn_blocking(move || {
            if let Some(before) = before {
                before(&database(&config));
            }
            (App::open_at(&config, &url, clock), config, url)
        })
        .await
        .unwrap();
        let app = opened.expect("the store opens");
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn({
            let app = app.clone();
            async move {
                let stopped = async {
                    let _ = stopped.await;
                };
                app.serve(&config, &external_url, listener, stopped).await.expect("serves");
            }
        });
        let (config, clock) = known;
        Self { address, app, config, clock, folder, stop: Some(stop), serving }
    }

    /// The server's URL, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What the server is made of, for tests that look behind the API.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The server's data folder.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Somebody without credentials.
    pub fn anonymous(&self) -> Caller {
        Caller::new(self.url(), None)
    }

    /// Somebody with a token.
    pub fn token(&self, token: &str) -> Caller {
        Caller::new(self.url(), Some(Secret::new(token.to_owned())))
    }

    /// Stops the server and waits until it has stopped.
    pub async fn stop(mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        let serving = std::mem::replace(&mut self.serving, tokio::spawn(async {}));
        tokio::time::timeout(Duration::from_secs(20), serving)
            .await
            .expect("stops in time")
            .unwrap();
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// The store that a server with these settings opens.
fn database(config: &Config) -> db::Options {
    match &config.database {
        Database::Embedded => db::Options::Sqlite { path: config.data_dir.join("stateward.db") },
        Database::Postgres { url, connections, schema } => db::Options::Postgres {
            url: url.clone(),
            connections: *connections,
            schema: schema.clone(),
        },
    }
}

/// A schema of its own in the environment's PostgreSQL, if it has one.
fn postgres() -> Option<Database> {
    #[expect(clippy::disallowed_methods, reason = "the test run names its database this way")]
    let url = std::env::var(POSTGRES).ok()?;
    let schema = format!(
        "test_{}",
        kernel::SessionId::generate().to_string().to_lowercase().replace('-', "_")
    );
    Some(Database::Postgres { url: Secret::new(url), connections: 4, schema: Some(schema) })
}
