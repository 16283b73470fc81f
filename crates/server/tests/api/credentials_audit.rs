//! Audit devices of the credential engine: what stands in their files, and what happens when
//! nothing can be written to them.

use std::path::{Path, PathBuf};

use reqwest::Method;
use serde_json::{Value, json};
use stateward::options::Options;
use tempfile::TempDir;
use testkit::{Setup, TestServer};

use crate::vault::{Vault, text};

struct Site {
    server: TestServer,
    root: Vault,
    folder: TempDir,
}

impl Site {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options =
            Options { credentials_audit_dir: Some(folder.path().to_owned()), ..Options::default() };
        let server = TestServer::start_empty(Setup { options, ..Setup::default() }).await;
        let root = Vault::root(&server).await;
        Self { server, root, folder }
    }

    async fn device(&self, name: &str, options: Value) {
        let body = json!({ "type": "file", "options": options });
        self.root.write(&format!("sys/audit/{name}"), body).await.expect(204);
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn records(&self, name: &str) -> Vec<Value> {
        records(&self.file(name))
    }

    async fn hash(&self, device: &str, input: &str) -> Value {
        let path = format!("sys/audit-hash/{device}");
        self.root.write(&path, json!({ "input": input })).await.expect(200).at("/data/hash")
    }
}

fn records(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The request and the response of a path.
fn pair<'a>(records: &'a [Value], path: &str) -> (&'a Value, &'a Value) {
    let of_kind = |kind: &str| {
        let fits = |record: &&Value| record["type"] == kind && record["request"]["path"] == path;
        records.iter().rfind(fits).unwrap_or_else(|| panic!("no {kind} of {path}"))
    };
    (of_kind("request"), of_kind("response"))
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_and_answers_are_written_down_without_secrets() {
    let site = Site::new().await;
    let root = &site.root;
    site.device("file", json!({ "file_path": "audit.log" })).await;
    assert_eq!(site.records("audit.log")[0]["request"]["path"], "sys/audit/test");
    root.write(
        "cubbyhole/thing",
        json!({ "word": "canary-5512", "number": 7, "list": ["canary-5512"] }),
    )
    .await
    .expect(204);
    root.read("cubbyhole/thing").await.expect(200);
    let made =
        root.write("auth/token/create", json!({ "policies": ["default"], "ttl": "60s" })).await;
    let token = text(&made.expect(200), "/auth/client_token");
    let wrapped = site.server.token(root.token()).request(Method::GET, "/v1/cubbyhole/thing");
    let wrapped = site.server.anonymous().send(wrapped.header("x-vault-wrap-ttl", "60")).await;
    let wrapping = text(&wrapped.expect(200), "/wrap_info/token");
    Vault::with(&site.server, &wrapping).write("sys/wrapping/unwrap", json!({})).await.expect(200);

    let hashed = site.hash("file", "canary-5512").await;
    let records = site.records("audit.log");
    let (request, _) = pair(&records, "auth/token/create");
    assert_eq!(request["auth"]["client_token"], site.hash("file", root.token()).await);
    assert_eq!(request["auth"]["policies"], json!(["root"]));
    assert_eq!(request["request"]["operation"], "update");
    assert_eq!(request["request"]["mount_type"], "token");
    assert_eq!(request["request"]["remote_address"], "127.0.0.1");
    assert_eq!(request["request"]["namespace"]["id"], "root");
    let (request, response) = pair(&records, "auth/token/create");
    assert_eq!(response["response"]["auth"]["client_token"], site.hash("file", &token).await);
    assert_eq!(request["request"]["id"], response["request"]["id"]);
    let write = records
        .iter()
        .find(|record| record["request"]["data"]["number"] == 7)
        .expect("the write is there");
    assert_eq!(write["request"]["data"], json!({ "word": hashed, "number": 7, "list": [hashed] }));
    let (_, response) = pair(&records, "cubbyhole/thing");
    assert_eq!(response["response"]["wrap_info"]["token"], site.hash("file", &wrapping).await);
    assert_eq!(response["request"]["wrap_ttl"], 60);
    let text = std::fs::read_to_string(site.file("audit.log")).unwrap();
    for secret in ["canary-5512", root.token(), &token, &wrapping] {
        assert!(!text.contains(secret), "{secret} stands in the file");
    }
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(site.file("audit.log")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_written_down_too() {
    let site = Site::new().await;
    site.device("file", json!({ "file_path": "audit.log" })).await;
    let wrong = Vault::with(&site.server, "hvs.canary-4471");
    wrong.read("sys/mounts").await.expect(403);
    Vault::anonymous(&site.server).read("sys/policies/acl/default").await.expect(403);
    let records = site.records("audit.log");
    let (request, response) = pair(&records, "sys/mounts");
    assert_eq!(request["error"], "permission denied");
    assert_eq!(request["auth"], json!({ "token_type": "default" }));
    assert_eq!(request["request"]["client_token"], site.hash("file", "hvs.canary-4471").await);
    assert_eq!(response["error"], "permission denied");
    let (request, _) = pair(&records, "sys/policies/acl/default");
    assert_eq!(request["request"].get("client_token"), None);
    // Who looks how the server is, is not written down.
    Vault::anonymous(&site.server).read("sys/health").await.expect(200);
    assert!(!std::fs::read_to_string(site.file("audit.log")).unwrap().contains("sys/health"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_done_that_can_not_be_written_down() {
    let site = Site::new().await;
    let root = &site.root;
    site.device("file", json!({ "file_path": "audit.log" })).await;
    // As when the folder is gone, or the disk full.
    std::fs::remove_file(site.file("audit.log")).unwrap();
    std::fs::create_dir(site.file("audit.log")).unwrap();
    for answer in [
        root.read("sys/mounts").await,
        root.write("sys/policies/acl/late", json!({ "policy": "path \"x\" {}" })).await,
        root.delete("sys/audit/file").await,
        Vault::anonymous(&site.server).read("sys/internal/ui/mounts").await,
    ] {
        assert_eq!(text(&answer.expect(500), "/errors/0"), "internal error");
    }
    Vault::anonymous(&site.server).read("sys/health").await.expect(200);
    std::fs::remove_dir(site.file("audit.log")).unwrap();
    root.read("sys/policies/acl/late").await.expect(404);
    // One device that works is enough.
    site.device("second", json!({ "file_path": "deep/second.log", "prefix": "" })).await;
    std::fs::remove_file(site.file("audit.log")).unwrap();
    std::fs::create_dir(site.file("audit.log")).unwrap();
    root.read("sys/mounts").await.expect(200);
    assert!(site.records("deep/second.log").len() > 2);
    root.delete("sys/audit/file").await.expect(204);
    root.delete("sys/audit/second").await.expect(204);
    root.delete("sys/audit/second").await.expect(204);
    let before = site.records("deep/second.log").len();
    root.read("sys/mounts").await.expect(200);
    assert_eq!(site.records("deep/second.log").len(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_mount_lets_stand_stands() {
    let site = Site::new().await;
    let root = &site.root;
    root.write("sys/mounts/terraform", json!({ "type": "terraform" })).await.expect(204);
    let tuned = json!({
        "audit_non_hmac_request_keys": ["user_id"], "audit_non_hmac_response_keys": ["name"],
    });
    root.write("sys/mounts/terraform/tune", tuned).await.expect(204);
    site.device("file", json!({ "file_path": "audit.log" })).await;
    let role = json!({ "user_id": "user-visible", "description": "canary-3391" });
    root.write("terraform/role/ci", role).await.expect(204);
    let records = site.records("audit.log");
    let (request, _) = pair(&records, "terraform/role/ci");
    assert_eq!(request["request"]["data"]["user_id"], "user-visible");
    assert_eq!(request["request"]["data"]["description"], site.hash("file", "canary-3391").await);
    root.read("terraform/role/ci").await.expect(200);
    let records = site.records("audit.log");
    let (_, response) = pair(&records, "terraform/role/ci");
    assert_eq!(response["response"]["data"]["name"], "ci");
    assert_eq!(response["response"]["data"]["user_id"], site.hash("file", "user-visible").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn accessors_stand_where_a_device_says_so() {
    let site = Site::new().await;
    site.device("file", json!({ "file_path": "audit.log", "hmac_accessor": "false" })).await;
    let me = site.root.read("auth/token/lookup-self").await.expect(200);
    let (accessor, records) = (text(&me, "/data/accessor"), site.records("audit.log"));
    let (request, response) = pair(&records, "auth/token/lookup-self");
    assert_eq!(request["auth"]["accessor"], accessor);
    assert_eq!(request["request"]["client_token_accessor"], accessor);
    assert_eq!(response["response"]["data"]["accessor"], accessor);
    assert_ne!(response["response"]["data"]["id"], site.root.token());
}

/// Also that the key is forgotten, after which nothing could be hashed any more.
#[tokio::test(flavor = "multi_thread")]
async fn sealing_is_written_down() {
    let site = Site::new().await;
    site.device("file", json!({ "file_path": "audit.log" })).await;
    site.root.write("sys/seal", json!({})).await.expect(204);
    site.root.read("sys/mounts").await.expect(503);
    let records = site.records("audit.log");
    let (_, response) = pair(&records, "sys/seal");
    assert_eq!(response.get("error"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_write_only_where_the_operator_allows() {
    let site = Site::new().await;
    let enable =
        async |name: &str, body: Value| site.root.write(&format!("sys/audit/{name}"), body).await;
    let file = |path: &str| json!({ "type": "file", "options": { "file_path": path } });
    std::os::unix::fs::symlink("/tmp", site.file("away")).unwrap();
    for path in ["/etc/passwd", "../up.log", "a/../../up.log", "stdout", "", "away/a.log"] {
        let refused = enable("file", file(path)).await;
        assert_eq!(refused.status, 400, "{path}: {}", refused.text());
    }
    for (body, why) in [
        (json!({ "type": "syslog" }), "unknown backend type: \"syslog\""),
        (json!({}), "unknown backend type: \"\""),
        (json!({ "type": "file" }), "file_path is required"),
        (
            json!({ "type": "file", "options": { "file_path": "a", "log_raw": "true" } }),
            "log_raw is not supported: secrets would stand in the file",
        ),
    ] {
        assert_eq!(text(&enable("file", body).await.expect(400), "/errors/0"), why);
    }
    enable("file", file("audit.log")).await.expect(204);
    for path in ["file", "file/below"] {
        let taken = enable(path, file("audit.log")).await.expect(400);
        assert_eq!(text(&taken, "/errors/0"), "path already in use");
    }
    let whole = site.file("whole.log");
    enable("whole", file(whole.to_str().unwrap())).await.expect(204);
    let listed = site.root.read("sys/audit").await.expect(200);
    assert_eq!(listed.at("/data/file~1/type"), json!("file"));
    assert_eq!(listed.at("/whole~1/options/file_path"), json!(whole.to_str().unwrap()));
    let user =
        site.root.somebody(&site.server, "reader", r#"path "sys/*" { capabilities = ["read"] }"#);
    user.await.read("sys/audit").await.expect(403);
    let unknown = site.root.write("sys/audit-hash/none", json!({ "input": "x" })).await.expect(400);
    assert_eq!(text(&unknown, "/errors/0"), "unknown audit backend \"none/\"");
    site.root.write("sys/audit-hash/file", json!({})).await.expect(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_folder_there_are_no_devices() {
    let server = TestServer::start_empty(Setup::default()).await;
    let root = Vault::root(&server).await;
    let body = json!({ "type": "file", "options": { "file_path": "audit.log" } });
    let refused = root.write("sys/audit/file", body).await.expect(400);
    assert!(text(&refused, "/errors/0").contains("credentials_audit_dir"), "{}", refused.text());
}

/// Other servers of the installation write as well, from their next request on.
#[tokio::test(flavor = "multi_thread")]
async fn devices_are_those_of_every_server() {
    let site = Site::new().await;
    let Some(other) = site.server.beside().await else { return };
    site.device("file", json!({ "file_path": "audit.log" })).await;
    Vault::with(&other, site.root.token()).read("sys/key-status").await.expect(200);
    pair(&site.records("audit.log"), "sys/key-status");
}
