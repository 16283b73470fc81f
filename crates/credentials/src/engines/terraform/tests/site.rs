//! A server with the engine mounted, whose clock goes where it is told, and an upstream.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use barrier::{Barrier, MasterKey};
use db::{Db, Options};
use identity::Identity;
use kernel::{Clock, Secret, Timestamp};
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use super::super::creds::Internal;
use super::upstream::{ROOT, Upstream};
use crate::{
    Credentials, Operation, Settings, backend::Answer, lease, lease::StoredLease, request::Request,
    response::Response, sql, store,
};

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

/// A clock that goes forth and back.
pub(super) struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

pub(super) struct Site {
    pub(super) core: Credentials,
    pub(super) upstream: Upstream,
    clock: Arc<TestClock>,
    root: Secret<String>,
    folder: TempDir,
    master: MasterKey,
    settings: Settings,
}

impl Site {
    /// With the engine at `terraform/`, configured for the upstream.
    pub(super) async fn new() -> Self {
        let site = Self::bare().await;
        site.configure("terraform", json!({})).await;
        site
    }

    /// With the engine at `terraform/` for the server itself, for which the upstream stands.
    pub(super) async fn own() -> Self {
        let upstream = Upstream::start().await;
        let settings = Settings { external_url: upstream.url(), ..Settings::default() };
        let site = Self::with(upstream, settings).await;
        site.write("sys/mounts/terraform", json!({"type": "terraform"})).await;
        site.write("terraform/config", json!({"own_server": true})).await;
        site
    }

    /// With nothing mounted.
    pub(super) async fn bare() -> Self {
        Self::with(Upstream::start().await, Settings::default()).await
    }

    async fn with(upstream: Upstream, settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(NOW.as_micros())));
        let master = MasterKey::generate();
        let core = open(&folder, &master, &clock, &settings).await;
        let root = core.create_root_token("test", Duration::ZERO).await.unwrap();
        Self { core, upstream, clock, root, folder, master, settings }
    }

    /// Starts anew on the same store: as after a kill, nothing that was in memory is left.
    pub(super) async fn restart(&mut self) {
        self.core = open(&self.folder, &self.master, &self.clock, &self.settings).await;
    }

    /// Mounts the engine and writes its configuration.
    pub(super) async fn configure(&self, mount: &str, more: Value) {
        let body = json!({"type": "terraform"});
        self.ok(Operation::Update, &format!("sys/mounts/{mount}"), body).await;
        let mut config = json!({
            "token": ROOT, "address": self.upstream.url(), "request_timeout": "1s",
        });
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.ok(Operation::Update, &format!("{mount}/config"), config).await;
        self.upstream.requests();
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(super) fn set_clock(&self, now: Timestamp) {
        self.clock.0.store(now.as_micros(), Ordering::SeqCst);
    }

    pub(super) fn advance(&self, seconds: u64) {
        self.set_clock(self.now().plus(Duration::from_secs(seconds)));
    }

    /// Asks with the root token.
    pub(super) async fn ask(&self, operation: Operation, path: &str, data: Value) -> Answer {
        self.ask_as(&self.root, operation, path, data).await
    }

    pub(super) async fn ask_as(
        &self,
        token: &Secret<String>,
        operation: Operation,
        path: &str,
        data: Value,
    ) -> Answer {
        let data = match data {
            Value::Object(data) => data,
            _ => Map::new(),
        };
        let request = Request {
            operation,
            path: path.to_owned(),
            data,
            token: Some(token.clone()),
            wrap_ttl: None,
            id: "test".to_owned(),
        };
        let context = self.core.identity().system();
        self.core.serve(&request, &context).await
    }

    /// The same, which must be answered.
    pub(super) async fn ok(
        &self,
        operation: Operation,
        path: &str,
        data: Value,
    ) -> Option<Response> {
        let answer = self.ask(operation, path, data).await;
        answer.unwrap_or_else(|fault| panic!("{path}: {:?}", fault.errors()))
    }

    /// The same, which must be refused: the status and the bare sentence.
    pub(super) async fn refused(
        &self,
        operation: Operation,
        path: &str,
        data: Value,
    ) -> (u16, String) {
        match self.ask(operation, path, data).await {
            Ok(_) => panic!("{path} was answered"),
            Err(fault) => (fault.status().as_u16(), fault.sentence()),
        }
    }

    pub(super) async fn write(&self, path: &str, data: Value) {
        self.ok(Operation::Update, path, data).await;
    }

    /// The data of a path, as JSON.
    pub(super) async fn data(&self, path: &str) -> Value {
        let response = self.ok(Operation::Read, path, Value::Null).await;
        Value::Object(response.and_then(|response| response.data).unwrap_or_default())
    }

    /// Reads credentials: the lease's id and the data.
    pub(super) async fn creds(&self, role: &str) -> (String, Value) {
        let path = format!("terraform/creds/{role}");
        let response = self.ok(Operation::Read, &path, Value::Null).await.unwrap();
        (response.lease.unwrap().id, Value::Object(response.data.unwrap()))
    }

    /// A role of every kind that is leased, and one of each that is not.
    pub(super) async fn roles(&self) {
        let leased = [
            ("user", json!({"user_id": "user-1", "ttl": "10m", "max_ttl": "1h"})),
            (
                "team",
                json!({"team_id": "team-1", "credential_type": "team", "ttl": "10m",
                    "max_ttl": "1h", "description": "ci"}),
            ),
            (
                "bound",
                json!({"organization": "acme", "workspace_id": "ws-1", "ttl": "10m",
                    "rights": "read-state,write-state", "source_networks": "10.0.0.0/8"}),
            ),
        ];
        for (name, body) in leased {
            self.write(&format!("terraform/role/{name}"), body).await;
        }
        self.upstream.requests();
    }

    /// One round of everything that ends by itself, until there is nothing more.
    pub(super) async fn expire(&self) {
        while self.core.expire().await.unwrap() {}
    }

    /// Rounds over the next hours, each some minutes later.
    pub(super) async fn hours(&self) {
        for _ in 0..20 {
            self.expire().await;
            self.advance(400);
        }
    }

    pub(super) async fn leases(&self) -> Vec<StoredLease> {
        self.core.db().read(|tx| store::leases_under(tx, "", 10_000)).await.unwrap()
    }

    /// How many intents there are.
    pub(super) async fn intents(&self) -> usize {
        let late = self.now().plus(Duration::from_hours(10_000));
        let count = move |tx: &mut db::Tx<'_>| {
            Ok(tx.query(&sql::LIST_DUE_INTENTS, &[late.into(), 10_000.into()], |row| row.text(0))?)
        };
        self.core.db().read(count).await.unwrap().len()
    }

    /// The ids of the tokens that leases are about.
    pub(super) async fn leased(&self) -> BTreeSet<String> {
        let known = self.core.known();
        let internal = |lease: &StoredLease| {
            let mount = known.mounts.iter().find(|mount| mount.uuid == lease.mount).unwrap();
            let view = self.core.view(mount).unwrap();
            let kept: Internal = view.open(&lease::place(&lease.id), &lease.internal).unwrap();
            kept.token_id
        };
        self.leases().await.iter().map(internal).collect()
    }

    /// No token lives there without a lease; without an intent that will end it, if there are some.
    pub(super) async fn assert_nothing_is_lost(&self, what: &str) {
        let (leased, live) = (self.leased().await, self.upstream.live());
        let lost: Vec<_> = live.difference(&leased).collect();
        assert!(lost.is_empty() || self.intents().await > 0, "{what}: {lost:?} live on");
    }
}

async fn open(
    folder: &TempDir,
    master: &MasterKey,
    clock: &Arc<TestClock>,
    own: &Settings,
) -> Credentials {
    let (path, master, own) = (folder.path().join("test.db"), master.clone(), own.clone());
    let clock: Arc<dyn Clock> = Arc::clone(clock) as Arc<dyn Clock>;
    let opened = tokio::task::spawn_blocking(move || {
        let db = Db::open(&Options::Sqlite { path }).unwrap();
        let barrier = Barrier::open(&db, &master, clock.now()).unwrap();
        let mut settings = identity::Settings::default();
        settings.outgoing.allow_private = true;
        settings.outgoing.allow_http = true;
        let now = clock.now();
        let identity = Identity::new(db, barrier, clock, settings);
        Credentials::open(identity, own, now).unwrap()
    });
    opened.await.unwrap()
}
