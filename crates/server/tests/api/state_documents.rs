//! What clients read of states: versions, outputs, resources, the JSON form, downloads.

use serde_json::{Value, json};
use testkit::{Answer, Caller, TestServer};

use crate::fixtures::{LINEAGE, create, current_bytes, cycle, lock, redacted, state, unlock};

async fn locked_workspace(caller: &Caller) -> String {
    let id = caller.workspace("network").await;
    lock(caller, &id).await.expect(200);
    id
}

fn url(answer: &Answer, name: &str) -> String {
    answer.attribute(name).as_str().expect("a URL").to_owned()
}

async fn current(caller: &Caller, workspace: &str) -> Answer {
    caller.get(&format!("workspaces/{workspace}/current-state-version")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_announced_version_has_this_shape() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let id = locked_workspace(&maintainer).await;
    let created = create(&maintainer, &id, 1, LINEAGE, &state(1, LINEAGE)).await.expect(201);
    insta::assert_json_snapshot!(redacted(&created, &server.url()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_has_this_shape() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let id = maintainer.workspace("network").await;
    let version = cycle(&maintainer, &id, 1, LINEAGE).await;
    let path = format!("state-versions/{version}?include=outputs,created_by,run");
    let answer = maintainer.get(&path).await.expect(200);
    insta::assert_json_snapshot!(redacted(&answer, &server.url()));
    let outputs = maintainer.get(&format!("state-versions/{version}/outputs")).await.expect(200);
    insta::assert_json_snapshot!("outputs", redacted(&outputs, &server.url()));
    let resources = maintainer.get(&format!("workspaces/{id}/resources")).await.expect(200);
    let mut document = redacted(&resources, &server.url());
    document["data"][0]["id"] = json!("[derived]");
    insta::assert_json_snapshot!("resources", document);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_about_versions_says_how_often_to_save() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let id = locked_workspace(&maintainer).await;
    let none = current(&maintainer, &id).await.expect(404);
    let bytes = state(1, LINEAGE);
    let created = create(&maintainer, &id, 1, LINEAGE, &bytes).await.expect(201);
    maintainer.upload(&url(&created, "hosted-state-upload-url"), bytes).await.expect(200);
    let read = maintainer.get(&format!("state-versions/{}", created.id())).await.expect(200);
    let list = "state-versions?filter[organization][name]=acme&filter[workspace][name]=network";
    let refused = create(&maintainer, &id, 1, LINEAGE, b"other").await.expect(409);
    for answer in
        [none, created, read, current(&maintainer, &id).await, maintainer.get(list).await, refused]
    {
        let seconds = answer.header("x-terraform-snapshot-interval").expect("an interval");
        assert!(seconds.parse::<u32>().unwrap() >= 1, "{seconds}");
        let content_type = answer.header("content-type").unwrap();
        assert!(content_type.contains("application/vnd.api+json"), "{content_type}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_interval_is_a_setting_and_can_be_off() {
    let mut setup = testkit::Setup::default();
    setup.options.snapshot_interval_seconds = Some(0);
    let server = TestServer::start_with(setup).await;
    let maintainer = server.maintainer().await;
    let id = maintainer.workspace("network").await;
    assert_eq!(current(&maintainer, &id).await.header("x-terraform-snapshot-interval"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_json_form_is_optional_and_comes_in_any_order() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let id = locked_workspace(&maintainer).await;
    let json_state = json!({"format_version": "1.0", "values": {}}).to_string();
    for (serial, json_first, json_sent) in [(1, true, true), (2, false, true), (3, false, false)] {
        let bytes = state(serial, LINEAGE);
        let created = create(&maintainer, &id, serial, LINEAGE, &bytes).await.expect(201);
        let (raw, json) = (
            url(&created, "hosted-state-upload-url"),
            url(&created, "hosted-json-state-upload-url"),
        );
        if json_sent && json_first {
            maintainer.upload(&json, json_state.clone()).await.expect(200);
            let pending = maintainer.get(&format!("state-versions/{}", created.id())).await;
            assert_eq!(pending.expect(200).attribute("status"), "pending");
        }
        maintainer.upload(&raw, bytes.clone()).await.expect(200);
        if json_sent && !json_first {
            maintainer.upload(&json, json_state.clone()).await.expect(200);
        }
        let version = current(&maintainer, &id).await.expect(200);
        assert_eq!(version.id(), created.id());
        assert_eq!(version.attribute("status"), "finalized");
        assert_eq!(version.attribute("hosted-state-upload-url"), Value::Null);
        assert_eq!(current_bytes(&maintainer, &id).await, bytes);
        let path = format!("state-versions/{}/json-download", created.id());
        if json_sent {
            let form = url(&version, "hosted-json-state-download-url");
            assert_eq!(maintainer.get(&form).await.expect(200).text(), json_state);
            assert_eq!(maintainer.get(&path).await.expect(200).text(), json_state);
        } else {
            assert_eq!(version.attribute("hosted-json-state-download-url"), Value::Null);
            maintainer.get(&path).await.expect(404);
        }
    }
    unlock(&maintainer, &id).await.expect(200);
}

/// The whole answer, as it is on the wire: the client of the other tests unpacks by itself.
async fn download_as(server: &TestServer, caller: &Caller, url: &str, encoding: &str) -> Vec<u8> {
    let path = url.strip_prefix(&server.url()).unwrap();
    let request = format!(
        "GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\
         accept-encoding: {encoding}\r\nconnection: close\r\n\r\n",
        caller.token()
    );
    server.wire(request.as_bytes()).await
}

fn head_of(answer: &[u8]) -> String {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    String::from_utf8_lossy(&answer[..end]).to_lowercase()
}

#[tokio::test(flavor = "multi_thread")]
async fn downloads_are_compressed_for_whom_takes_that() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let id = locked_workspace(&maintainer).await;
    let mut bytes = state(1, LINEAGE);
    bytes.resize(100_000, b'\n');
    let created = create(&maintainer, &id, 1, LINEAGE, &bytes).await.expect(201);
    maintainer.upload(&url(&created, "hosted-state-upload-url"), bytes.clone()).await.expect(200);
    let version = current(&maintainer, &id).await.expect(200);
    let download = url(&version, "hosted-state-download-url");
    let by_id = format!("state-versions/{}/download", version.id());
    for path in [download.clone(), format!("{}/api/v2/{by_id}", server.url())] {
        let plain = download_as(&server, &maintainer, &path, "identity").await;
        assert!(plain.ends_with(&bytes) && !head_of(&plain).contains("content-encoding"));
        let packed = download_as(&server, &maintainer, &path, "gzip").await;
        assert!(head_of(&packed).contains("content-encoding: gzip"), "{}", head_of(&packed));
        assert!(packed.len() < 10_000, "{}", packed.len());
        // This client asks for it and unpacks by itself.
        assert_eq!(maintainer.get(&path).await.expect(200).body, bytes);
    }
    // Older tokens, other tokens and none make no difference: the URL is the authority.
    server.anonymous().get(&download).await.expect(200);
    server.token("gone").get(&download).await.expect(200);
    server.anonymous().get(&by_id).await.expect(401);
    server.stranger().await.get(&by_id).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_of_versions_must_name_its_workspace() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let id = maintainer.workspace("network").await;
    cycle(&maintainer, &id, 1, LINEAGE).await;
    maintainer.get("state-versions").await.expect(400);
    maintainer.get("state-versions?filter[organization][name]=acme").await.expect(400);
    let list = "state-versions?filter[organization][name]=acme&filter[workspace][name]=network";
    for (status, length) in [("finalized", 1), ("pending", 0), ("discarded", 0)] {
        let answer = maintainer.get(&format!("{list}&filter[status]={status}")).await.expect(200);
        assert_eq!(answer.at("/data").as_array().map(Vec::len), Some(length));
    }
    maintainer.get(&format!("{list}&filter[status]=lost")).await.expect(400);
    maintainer.get(&list.replace("network", "nothing")).await.expect(404);
    server.stranger().await.get(list).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn outputs_keep_their_types_and_numbers_to_the_digit() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let id = locked_workspace(&maintainer).await;
    let text = format!(
        r#"{{"version":4,"terraform_version":"1.15.5","serial":1,"lineage":"{LINEAGE}","outputs":{{
        "a":{{"value":123456789012345678901234567890.5,"type":"number"}},
        "b":{{"value":["x"],"type":["list","string"]}},
        "c":{{"value":{{"k":true}},"type":["object",{{"k":"bool"}}]}},
        "d":{{"value":null,"type":"dynamic"}}}},"resources":[]}}"#
    );
    let created = create(&maintainer, &id, 1, LINEAGE, text.as_bytes()).await.expect(201);
    maintainer.upload(&url(&created, "hosted-state-upload-url"), text).await.expect(200);
    let outputs =
        maintainer.get(&format!("workspaces/{id}/current-state-version-outputs")).await.expect(200);
    assert_eq!(outputs.attributes("type")[..3], [json!("number"), json!("array"), json!("object")]);
    assert_eq!(outputs.attributes("detailed-type")[1], json!(["list", "string"]));
    assert_eq!(outputs.attributes("detailed-type")[2], json!(["object", {"k": "bool"}]));
    assert!(outputs.text().contains("123456789012345678901234567890.5"), "{}", outputs.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_without_a_state_has_no_outputs_and_no_version() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let id = maintainer.workspace("network").await;
    current(&maintainer, &id).await.expect(404);
    let outputs = maintainer.get(&format!("workspaces/{id}/current-state-version-outputs")).await;
    assert_eq!(outputs.expect(200).at("/data"), json!([]));
    let resources = maintainer.get(&format!("workspaces/{id}/resources")).await.expect(200);
    assert_eq!(resources.at("/data"), json!([]));
}
