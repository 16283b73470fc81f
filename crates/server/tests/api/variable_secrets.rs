//! The value of a sensitive variable is told to nobody: planted here, looked for everywhere.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use kernel::Timestamp;
use serde_json::{Value, json};
use testkit::{Answer, Browser, Caller, Logs, TestServer};

use crate::fixtures::{ids, resource};

const PLANTED: [&str; 5] = [
    "canary-of-a-workspace-3b81",
    "canary-of-a-set-3b81",
    "canary-that-was-replaced-3b81",
    "canary-in-a-refused-request-3b81",
    "canary-of-a-form-3b81",
];

/// What a text may look like where it should not be.
fn forms(text: &str) -> [Vec<u8>; 3] {
    let encoded = BASE64_STANDARD.encode(text);
    [text.into(), barrier::hex(text).into(), encoded.trim_end_matches('=').into()]
}

#[track_caller]
fn assert_clean(place: &str, bytes: &[u8]) {
    for canary in PLANTED {
        for form in forms(canary) {
            let found = bytes.windows(form.len()).any(|window| window == form);
            assert!(!found, "{place} holds {canary}");
        }
    }
}

#[track_caller]
fn assert_clean_answer(what: &str, answer: &Answer) {
    assert_clean(what, &answer.body);
    assert_clean(what, format!("{:?}", answer.headers).as_bytes());
}

fn sensitive(key: &str, value: &str) -> Value {
    resource("vars", json!({"key": key, "value": value, "category": "env", "sensitive": true}))
}

/// Sends everything by which a sensitive value comes in; gives the workspace's and the set's id.
async fn plant(owner: &Caller) -> (String, String) {
    let workspace = owner.workspace("network").await;
    let vars = format!("workspaces/{workspace}/vars");
    let made = owner.post(&vars, sensitive("A", PLANTED[2])).await.expect(201);
    assert_clean_answer("the answer to making one", &made);
    let one = format!("{vars}/{}", made.id());
    let value = resource("vars", json!({"value": PLANTED[0]}));
    assert_clean_answer("the answer to changing one", &owner.patch(&one, value).await.expect(200));
    let old = "vars?filter[organization][name]=acme&filter[workspace][name]=network";
    assert_clean_answer(
        "the older API",
        &owner.post(old, sensitive("B", PLANTED[0])).await.expect(201),
    );
    let inline = json!([sensitive("C", PLANTED[1])["data"].clone()]);
    let body = json!({"data": {"type": "varsets", "attributes": {"name": "keys", "global": true},
        "relationships": {"vars": {"data": inline}}}});
    let path = "organizations/acme/varsets?include=vars";
    let made = owner.post(path, body).await.expect(201);
    assert_clean_answer("the answer to making a set", &made);
    let set_vars = format!("varsets/{}/relationships/vars", made.id());
    let more = owner.post(&set_vars, sensitive("D", PLANTED[1])).await.expect(201);
    assert_clean_answer("the answer to adding to a set", &more);
    // What is refused is not quoted either.
    let long = format!("{}{}", PLANTED[3], "x".repeat(256 << 10));
    let nul = format!("{}\u{0}", PLANTED[3]);
    for refused in [
        sensitive("E", &long),
        sensitive("E", &nul),
        sensitive("A", PLANTED[3]),
        sensitive("not=a-key", PLANTED[3]),
        resource("vars", json!({"key": "E", "category": "env", "value": [PLANTED[3]]})),
        resource("vars", json!({"key": "E", "category": "env", "value": {PLANTED[3]: 1}})),
        json!({"data": {"type": "teams", "attributes": {"value": PLANTED[3]}}}),
    ] {
        assert_clean_answer("a refusal", &owner.post(&vars, refused).await.expect(422));
    }
    let opened = resource("vars", json!({"sensitive": false}));
    assert_clean_answer("a refusal", &owner.patch(&one, opened).await.expect(422));
    let renamed = resource("vars", json!({"key": "Z"}));
    assert_clean_answer("a refusal", &owner.patch(&one, renamed).await.expect(422));
    (workspace, made.id())
}

/// Does the same by the forms of the pages.
async fn plant_by_forms(browser: &Browser) {
    let path = "/app/acme/workspaces/network/variables";
    let form = [("key", "F"), ("value", PLANTED[4]), ("category", "env"), ("sensitive", "true")];
    let made = browser.submit(path, &form).await.expect(303);
    assert_clean_answer("a form", &made);
    // The key is taken now; what was typed does not come back.
    assert_clean_answer("a refused form", &browser.submit(path, &form).await.expect(422));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sensitive_value_shows_up_nowhere() {
    let logs = Logs::capture();
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let browser = server.browser_of("owner").await;
    let (workspace, set) = plant(&owner).await;
    plant_by_forms(&browser).await;
    let variable = ids(&owner.get(&format!("workspaces/{workspace}/vars")).await)[0].clone();
    let of_set = ids(&owner.get(&format!("varsets/{set}/relationships/vars")).await)[0].clone();
    for path in [
        format!("workspaces/{workspace}/vars"),
        format!("workspaces/{workspace}/vars/{variable}"),
        format!("workspaces/{workspace}/relationships/vars"),
        format!("workspaces/{workspace}/all-vars"),
        format!("workspaces/{workspace}/varsets?include=vars"),
        "vars?filter[organization][name]=acme&filter[workspace][name]=network".to_owned(),
        "organizations/acme/varsets?include=vars,workspaces,projects".to_owned(),
        format!("varsets/{set}?include=vars,workspaces,projects"),
        format!("varsets/{set}/relationships/vars"),
        format!("varsets/{set}/relationships/vars/{of_set}"),
    ] {
        let answer = owner.get(&path).await.expect(200);
        assert!(answer.text().contains("\"vars\""), "{path}");
        assert_clean_answer(&path, &answer);
    }
    for path in [
        "/app/acme/workspaces/network/variables".to_owned(),
        "/app/acme/workspaces/network/variables/new".to_owned(),
        format!("/app/acme/workspaces/network/variables/{variable}"),
        "/app/acme/settings/variable-sets".to_owned(),
        format!("/app/acme/settings/variable-sets/{set}"),
        format!("/app/acme/settings/variable-sets/{set}/variables/{of_set}"),
        "/app/acme/settings/audit".to_owned(),
    ] {
        assert_clean_answer(&path, &browser.get(&path).await.expect(200));
    }
    let identity = server.app().identity();
    identity.tend_audit().await.unwrap();
    let first = (Timestamp::from_micros(0), String::new());
    let end = Timestamp::from_micros(i64::MAX);
    let records = identity.export_audit_records(first, end, None, 5_000).await.unwrap();
    let told = records.iter().filter(|record| record.resource_kind == "vars").count();
    assert!(told >= 6, "{told} records tell of variables");
    assert_clean("the audit trail", format!("{records:?}").as_bytes());
    let log = logs.text();
    assert!(log.contains("/vars"), "nothing was logged");
    assert_clean("the log", log.as_bytes());
    let folder = server.folder();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            assert_clean(&path.display().to_string(), &std::fs::read(&path).unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_values_are_sealed_too() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let id = owner.workspace("network").await;
    let plain = json!({"key": "a", "value": PLANTED[0], "category": "terraform"});
    let vars = format!("workspaces/{id}/vars");
    owner.post(&vars, resource("vars", plain)).await.expect(201);
    assert_eq!(owner.get(&vars).await.attributes("value"), [PLANTED[0]]);
    for entry in std::fs::read_dir(server.folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            assert_clean(&path.display().to_string(), &std::fs::read(&path).unwrap());
        }
    }
}
