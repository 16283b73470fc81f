//! States over HTTP and a database: on PostgreSQL when STATEWARD_TEST_POSTGRES holds the URL of a
//! server, else on SQLite.

mod guarded_write;
mod history;
mod inline;
mod leftovers;
mod outputs;
mod race;
mod stream;

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
};
use barrier::{Barrier, MasterKey};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use blobs::Digest;
use db::{Db, Options};
use http::{HeaderMap, StatusCode, header};
use identity::Identity;
use kernel::{Clock, FixedClock, Secret, Timestamp};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use workspaces::Workspaces;

use crate::{Settings, State, WorkspaceContents, routes, sql};

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
const HOST: &str = "https://stateward.test";

/// A server with one organization, and a person in it who calls.
struct Site {
    state: State,
    router: axum::Router,
    clock: Arc<FixedClock>,
    token: String,
    options: Options,
    _folder: tempfile::TempDir,
}

/// An answer, read.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    bytes: Vec<u8>,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or(Value::Null)
    }

    /// An attribute of the one resource.
    fn attribute(&self, name: &str) -> Value {
        self.json()["data"]["attributes"][name].clone()
    }

    fn id(&self) -> String {
        self.json()["data"]["id"].as_str().unwrap().to_owned()
    }

    /// The path of a URL that is an attribute.
    fn path(&self, name: &str) -> String {
        let url = self.attribute(name);
        url.as_str().unwrap().strip_prefix(HOST).unwrap().to_owned()
    }

    #[track_caller]
    fn expect(self, status: u16) -> Self {
        let text = String::from_utf8_lossy(&self.bytes);
        assert_eq!(self.status.as_u16(), status, "{text}");
        self
    }
}

impl Site {
    async fn new() -> Self {
        Self::with(Settings::default()).await
    }

    async fn with(settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = options(&folder);
        let clock = Arc::new(FixedClock::at(NOW));
        let identity = off_runtime(|| {
            let db = Db::open(&options).unwrap();
            let barrier = Barrier::open(&db, &MasterKey::generate(), NOW).unwrap();
            let clock: Arc<dyn Clock> = clock.clone();
            Identity::new(db, barrier, clock, identity::Settings::default())
        });
        let system = identity.system();
        let ada =
            identity.create_user(&system, "ada", "ada@example.com", None, false).await.unwrap();
        let owner = Some(ada.id);
        identity
            .create_organization(&system, "acme", "ada@example.com", "default", owner)
            .await
            .unwrap();
        let (_, token) = identity.create_token(&system, ada.id, "test", None).await.unwrap();
        let workspaces = Workspaces::new(identity).with_contents(Arc::new(WorkspaceContents));
        let settings = Settings { external_url: HOST.to_owned(), ..settings };
        let state = State::new(workspaces.clone(), settings);
        let router = workspaces::routes(workspaces).merge(routes(state.clone())).into_router();
        let token = token.into_exposed();
        Self { state, router, clock, token, options, _folder: folder }
    }

    async fn send(&self, request: Request) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    async fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        self.send(self.request(method, path, body)).await
    }

    fn request(&self, method: &str, path: &str, body: Body) -> Request {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token))
            .header(header::CONTENT_TYPE, "application/vnd.api+json")
            .body(body)
            .unwrap()
    }

    async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, Value::Null).await
    }

    /// Sends bytes to a signed path, as clients do: with nothing to say who they are.
    async fn put(&self, path: &str, bytes: impl Into<Body>) -> Answer {
        let request = Request::builder().method("PUT").uri(path).body(bytes.into()).unwrap();
        self.send(request).await
    }

    /// Makes a workspace and answers its path.
    async fn workspace(&self, name: &str) -> String {
        let body = json!({"data": {"type": "workspaces", "attributes": {"name": name}}});
        let made = self.call("POST", "/api/v2/organizations/acme/workspaces", body).await;
        format!("/api/v2/workspaces/{}", made.expect(201).id())
    }

    async fn locked_workspace(&self, name: &str) -> String {
        let workspace = self.workspace(name).await;
        self.lock(&workspace).await.expect(200);
        workspace
    }

    async fn lock(&self, workspace: &str) -> Answer {
        self.call("POST", &format!("{workspace}/actions/lock"), Value::Null).await
    }

    async fn unlock(&self, workspace: &str) -> Answer {
        self.call("POST", &format!("{workspace}/actions/unlock"), Value::Null).await
    }

    async fn create(&self, workspace: &str, attributes: Value) -> Answer {
        let body = json!({"data": {"type": "state-versions", "attributes": attributes}});
        self.call("POST", &format!("{workspace}/state-versions"), body).await
    }

    /// Creates a version and sends its bytes; answers the version as it was created.
    async fn write(&self, workspace: &str, text: &str) -> Answer {
        let created = self.create(workspace, announce(text)).await.expect(201);
        let path = created.path("hosted-state-upload-url");
        self.put(&path, text.to_owned()).await.expect(200);
        created
    }

    async fn current(&self, workspace: &str) -> Answer {
        self.get(&format!("{workspace}/current-state-version")).await
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Options::Postgres { url, schema: Some(schema), .. } = &self.options {
            off_runtime(|| db::drop_schema(url, schema)).unwrap();
        }
    }
}

/// PostgreSQL's synchronous client can't connect on a thread that drives async tasks.
fn off_runtime<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(work).join()).unwrap()
}

fn options(folder: &tempfile::TempDir) -> Options {
    #[expect(clippy::disallowed_methods, reason = "tests have no configuration of their own")]
    let url = std::env::var("STATEWARD_TEST_POSTGRES");
    match url {
        Ok(url) => Options::Postgres {
            url: Secret::new(url),
            connections: 4,
            schema: Some(format!("state_{}", barrier::hex(barrier::random_bytes::<8>()))),
        },
        Err(_) => Options::Sqlite { path: folder.path().join("stateward.db") },
    }
}

fn md5(bytes: impl AsRef<[u8]>) -> String {
    barrier::hex(Digest::of(bytes.as_ref()).md5)
}

fn encode(text: &str) -> String {
    STANDARD.encode(text)
}

/// A state as the command line writes it.
fn state(serial: i64, lineage: &str) -> String {
    let outputs = json!({
        "open": {"value": serial, "type": "number"},
        "secret": {"value": "hush", "type": "string", "sensitive": true},
    });
    let resources = json!([{
        "mode": "managed", "type": "terraform_data", "name": "one",
        "provider": "provider[\"terraform.io/builtin/terraform\"]",
        "instances": [{"schema_version": 0, "attributes": {"id": "x"}}],
    }]);
    let state = json!({
        "version": 4, "terraform_version": "1.15.0", "serial": serial, "lineage": lineage,
        "outputs": outputs, "resources": resources,
    });
    serde_json::to_string_pretty(&state).unwrap() + "\n"
}

/// The attributes that announce a state.
fn announce(text: &str) -> Value {
    let state: Value = serde_json::from_str(text).unwrap_or_default();
    json!({
        "serial": state["serial"].as_i64().unwrap_or(1),
        "lineage": state["lineage"].as_str().unwrap_or_default(),
        "md5": md5(text),
        "force": false,
        "json-state-outputs": "e30=",
    })
}

#[tokio::test]
async fn every_statement_is_understood_and_none_on_a_hot_path_scans() {
    let site = Site::new().await;
    let db = site.state.db().clone();
    let prepared = off_runtime(|| db.prepare_all(sql::ALL)).unwrap();
    assert!(prepared.len() + 1 >= sql::ALL.len());
    for statement in prepared.iter().filter(|statement| statement.hot) {
        assert!(statement.scans.is_empty(), "{}: {:?}", statement.name, statement.scans);
    }
}
