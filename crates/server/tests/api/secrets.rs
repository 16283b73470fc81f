//! Secrets stay where they belong: planted here, looked for everywhere.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::json;
use testkit::{Answer, Logs, Setup, TestServer};

use crate::fixtures::{LINEAGE, create, lock, resource, unlock};

const PASSWORD: &str = "canary-password-7f3a9c";
const OUTPUT: &str = "canary-output-7f3a9c";
const ATTRIBUTE: &str = "canary-attribute-7f3a9c";
const TYPED: &str = "canary-typed-into-the-wrong-field-7f3a9c";

/// A text, and what it may look like where it should not be.
struct Secret(Vec<Vec<u8>>);

impl Secret {
    fn new(text: &str) -> Self {
        let hexadecimal = barrier::hex(text);
        // In base64 the first letters depend on what stands before.
        let encoded = BASE64_STANDARD.encode(text);
        Self(vec![text.into(), hexadecimal.into(), encoded.trim_end_matches('=').into()])
    }

    fn is_in(&self, bytes: &[u8]) -> bool {
        self.0.iter().any(|form| bytes.windows(form.len()).any(|window| window == form))
    }
}

/// Everything that must not be found, and where it was looked for.
struct Search(Vec<(String, Secret)>);

impl Search {
    #[track_caller]
    fn assert_absent(&self, place: &str, bytes: &[u8]) {
        for (name, secret) in &self.0 {
            assert!(!secret.is_in(bytes), "{place} holds {name}");
        }
    }

    #[track_caller]
    fn assert_answer(&self, path: &str, answer: &Answer) {
        self.assert_absent(path, &answer.body);
        self.assert_absent(path, format!("{:?}", answer.headers).as_bytes());
    }
}

fn state(serial: u64) -> Vec<u8> {
    json!({
        "version": 4, "terraform_version": "1.15.5", "serial": serial, "lineage": LINEAGE,
        "outputs": {"password": {"value": OUTPUT, "type": "string", "sensitive": true}},
        "resources": [{"mode": "managed", "type": "terraform_data", "name": "one",
            "provider": "provider[\"terraform.io/builtin/terraform\"]",
            "instances": [{"attributes": {"id": ATTRIBUTE, "input": {"value": ATTRIBUTE}}}]}]
    })
    .to_string()
    .into_bytes()
}

/// Writes two states, one announced and one inline, and gives the workspace's id.
async fn write_states(caller: &testkit::Caller) -> String {
    let id = caller.workspace("network").await;
    lock(caller, &id).await.expect(200);
    let bytes = state(1);
    let created = create(caller, &id, 1, LINEAGE, &bytes).await.expect(201);
    let url = created.attribute("hosted-state-upload-url");
    caller.upload(url.as_str().unwrap(), bytes).await.expect(200);
    let json = created.attribute("hosted-json-state-upload-url");
    let form = json!({"format_version": "1.0", "values": {"outputs": {"x": {"value": OUTPUT}}}});
    caller.upload(json.as_str().unwrap(), form.to_string()).await.expect(200);
    let bytes = state(2);
    let outputs = json!({"password": {"sensitive": true, "value": OUTPUT, "type": "string"}});
    let inline = json!({"serial": 2, "md5": crate::fixtures::md5(&bytes), "lineage": LINEAGE,
        "state": BASE64_STANDARD.encode(&bytes),
        "json-state-outputs": BASE64_STANDARD.encode(outputs.to_string())});
    let path = format!("workspaces/{id}/state-versions");
    caller.post(&path, resource("state-versions", inline)).await.expect(201);
    unlock(caller, &id).await.expect(200);
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_in_no_file_no_log_and_no_answer_that_must_not_hold_them() {
    let logs = Logs::capture();
    let master_key = BASE64_STANDARD.encode([0x5a; 32]);
    let mut setup = Setup::default();
    setup.options.master_key = Some(master_key.clone());
    let server = TestServer::start_with(setup).await;
    server.maintainer().await;
    server.set_password("maintainer", PASSWORD).await;
    let mut browser = server.browser();
    browser.sign_in(TYPED, PASSWORD).await.expect(401);
    let signed_in = browser.sign_in("maintainer", PASSWORD).await.expect(303);
    let cookie = browser.cookie.clone().unwrap();
    let session = cookie.split_once('=').unwrap().1.to_owned();
    let csrf = browser.csrf().await;
    let maintainer = server.maintainer().await;
    let id = write_states(&maintainer).await;
    let version =
        maintainer.get(&format!("workspaces/{id}/current-state-version")).await.expect(200);
    let download = version.attribute("hosted-state-download-url").as_str().unwrap().to_owned();
    let signed = download.rsplit_once('/').unwrap().1.to_owned();
    maintainer.get(&download).await.expect(200);
    // Each of these carries a secret where it does not belong.
    browser.get(&format!("/logout/{}", maintainer.token())).await.expect(200);
    browser.get(&format!("/logout//{}", maintainer.token())).await;
    browser.get(&format!("/Logout/{}", maintainer.token())).await.expect(404);
    browser.get(&format!("/app/oauth/authorize?state={TYPED}")).await;
    maintainer.get(&format!("organizations?q={TYPED}")).await.expect(200);
    server.token(TYPED).get("account/details").await.expect(401);

    let texts = [
        ("the password", PASSWORD),
        ("a token", maintainer.token()),
        ("a sensitive output", OUTPUT),
        ("the state", ATTRIBUTE),
        ("the session", &session),
        ("the master key", &master_key),
    ];
    let mut search = Search(
        texts.map(|(name, text)| (name.to_owned(), Secret::new(text))).into_iter().collect(),
    );
    assert_answers(&search, &server, &browser, &id, &version).await;
    search.assert_absent("the answer to signing in", &signed_in.body);

    for (name, text) in
        [("what was typed", TYPED), ("a signed URL", &signed), ("a csrf value", &csrf)]
    {
        search.0.push((name.to_owned(), Secret::new(text)));
    }
    let log = logs.text();
    assert!(log.contains("/api/v2/account/details"), "nothing was logged");
    search.assert_absent("the log", log.as_bytes());
    let folder = server.folder().to_owned();
    let mut files = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            files += 1;
            search.assert_absent(&path.display().to_string(), &std::fs::read(&path).unwrap());
        }
    }
    let embedded = folder.join("stateward.db").exists();
    assert!(!embedded || files >= 2, "the database and its log should have been looked at");
}

/// Every answer about what was made, but those that are for the secret itself.
async fn assert_answers(
    search: &Search,
    server: &TestServer,
    browser: &testkit::Browser,
    id: &str,
    version: &Answer,
) {
    let maintainer = server.maintainer().await;
    let user = maintainer.get("account/details").await.expect(200).id();
    let version = version.id();
    for path in [
        "account/details".to_owned(),
        format!("users/{user}"),
        format!("users/{user}/authentication-tokens"),
        "organizations/acme?include=default_project".to_owned(),
        "organizations/acme/workspaces?include=organization,project,current-state-version,outputs".to_owned(),
        format!("workspaces/{id}?include=outputs,current-state-version"),
        format!("workspaces/{id}/current-state-version?include=outputs,created_by"),
        format!("workspaces/{id}/current-state-version-outputs"),
        format!("workspaces/{id}/resources"),
        "state-versions?filter[organization][name]=acme&filter[workspace][name]=network&include=outputs".to_owned(),
        format!("state-versions/{version}?include=outputs"),
        format!("state-versions/{version}/outputs"),
    ] {
        search.assert_answer(&path, &maintainer.get(&path).await.expect(200));
    }
    for path in [
        "/app".to_owned(),
        "/app/settings/tokens".to_owned(),
        "/app/settings/account".to_owned(),
        "/app/acme/workspaces".to_owned(),
        "/app/acme/workspaces/network".to_owned(),
        "/app/acme/workspaces/network/settings".to_owned(),
        format!("/app/acme/workspaces/network/states/{version}"),
        "/app/acme/settings/members".to_owned(),
    ] {
        let page = browser.get(&path).await;
        assert!(matches!(page.status, 200 | 403), "{path}: {}", page.status);
        search.assert_answer(&path, &page);
    }
}
