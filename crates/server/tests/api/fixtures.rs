//! States and requests that many tests need.

use md5::{Digest as _, Md5};
use serde_json::{Value, json};
use testkit::{Answer, Caller};

/// The lineage that tests use when it does not matter.
pub(crate) const LINEAGE: &str = "11111111-2222-4333-8444-555555555555";

/// A state as Terraform writes it: one resource, a plain and a sensitive output.
pub(crate) fn state(serial: u64, lineage: &str) -> Vec<u8> {
    json!({
        "version": 4,
        "terraform_version": "1.15.5",
        "serial": serial,
        "lineage": lineage,
        "outputs": {
            "greeting": {"value": format!("hello {serial}"), "type": "string"},
            "password": {"value": "canary-sensitive-output", "type": "string", "sensitive": true}
        },
        "resources": [{
            "mode": "managed",
            "type": "terraform_data",
            "name": "one",
            "provider": "provider[\"terraform.io/builtin/terraform\"]",
            "instances": [{"schema_version": 0, "attributes": {"id": "a", "input": null, "output": null}}]
        }],
        "check_results": null
    })
    .to_string()
    .into_bytes()
}

/// The MD5 of bytes in lower-case hexadecimal.
pub(crate) fn md5(bytes: &[u8]) -> String {
    Md5::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// The request that announces a state version.
pub(crate) fn announcement(serial: u64, lineage: &str, md5: &str, force: bool) -> Value {
    json!({"data": {"type": "state-versions", "attributes": {
        "serial": serial, "md5": md5, "lineage": lineage, "force": force, "json-state-outputs": "e30="
    }}})
}

/// Locks as Terraform does: with an empty type.
pub(crate) async fn lock(caller: &Caller, workspace: &str) -> Answer {
    let body = json!({"data": {"type": "", "attributes": {"reason": "Locked by Terraform"}}});
    caller.post(&format!("workspaces/{workspace}/actions/lock"), body).await
}

/// Unlocks.
pub(crate) async fn unlock(caller: &Caller, workspace: &str) -> Answer {
    caller.post_empty(&format!("workspaces/{workspace}/actions/unlock")).await
}

/// Announces a state version.
pub(crate) async fn create(
    caller: &Caller,
    workspace: &str,
    serial: u64,
    lineage: &str,
    bytes: &[u8],
) -> Answer {
    let body = announcement(serial, lineage, &md5(bytes), false);
    caller.post(&format!("workspaces/{workspace}/state-versions"), body).await
}

/// Announces and uploads a state; the workspace must be locked by the caller. Gives the version's id.
pub(crate) async fn write(caller: &Caller, workspace: &str, serial: u64, lineage: &str) -> String {
    let bytes = state(serial, lineage);
    let created = create(caller, workspace, serial, lineage, &bytes).await.expect(201);
    let url = created.attribute("hosted-state-upload-url");
    caller.upload(url.as_str().expect("an upload URL"), bytes).await.expect(200);
    created.id()
}

/// A whole guarded cycle.
pub(crate) async fn cycle(caller: &Caller, workspace: &str, serial: u64, lineage: &str) -> String {
    lock(caller, workspace).await.expect(200);
    let version = write(caller, workspace, serial, lineage).await;
    unlock(caller, workspace).await.expect(200);
    version
}

/// The serial of the current state; none when there is no state.
pub(crate) async fn current_serial(caller: &Caller, workspace: &str) -> Option<u64> {
    let answer = caller.get(&format!("workspaces/{workspace}/current-state-version")).await;
    (answer.status != 404)
        .then(|| answer.expect(200).attribute("serial").as_u64().expect("a serial"))
}

/// The bytes of the current state.
pub(crate) async fn current_bytes(caller: &Caller, workspace: &str) -> Vec<u8> {
    let answer =
        caller.get(&format!("workspaces/{workspace}/current-state-version")).await.expect(200);
    let url = answer.attribute("hosted-state-download-url");
    caller.get(url.as_str().expect("a download URL")).await.expect(200).body
}

/// A document with one resource.
pub(crate) fn resource(kind: &str, attributes: Value) -> Value {
    json!({"data": {"type": kind, "attributes": attributes}})
}

/// A document with linkages.
pub(crate) fn linkages(kind: &str, ids: &[&str]) -> Value {
    json!({"data": ids.iter().map(|id| json!({"type": kind, "id": id})).collect::<Vec<_>>()})
}

/// The ids of a list.
#[track_caller]
pub(crate) fn ids(list: &Answer) -> Vec<String> {
    let data = list.at("/data");
    let id = |item: &Value| item["id"].as_str().expect("an id").to_owned();
    data.as_array().expect("a list").iter().map(id).collect()
}

/// A document with everything replaced that differs from run to run: ids, instants, secrets and
/// the server's address.
pub(crate) fn redacted(answer: &Answer, server_url: &str) -> Value {
    let mut document = answer.json();
    redact(&mut document, server_url);
    document
}

fn redact(value: &mut Value, server_url: &str) {
    match value {
        Value::String(text) => *text = redacted_text(text, server_url),
        Value::Array(items) => items.iter_mut().for_each(|item| redact(item, server_url)),
        Value::Object(members) => members.values_mut().for_each(|item| redact(item, server_url)),
        _ => {}
    }
}

fn redacted_text(text: &str, server_url: &str) -> String {
    let text = text.replace(server_url, "[url]");
    if text.len() == 24 && text.starts_with("20") && text.ends_with('Z') {
        return "[instant]".to_owned();
    }
    if let Some((before, _)) = text.split_once("/blobs/") {
        return format!("{before}/blobs/[secret]");
    }
    let parts = text.split('/').map(|part| match part.split_once('-') {
        Some((kind, id)) if id.len() == 16 && id.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            format!("{kind}-[id]")
        }
        _ => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Makes an API token of the caller, and says which one it is.
pub(crate) async fn api_token(caller: &Caller, attributes: Value) -> (String, String) {
    let account = caller.get("/api/v2/account/details").await.expect(200).id();
    let path = format!("users/{account}/authentication-tokens");
    let made = caller.post(&path, resource("authentication-tokens", attributes)).await.expect(201);
    (made.attribute("token").as_str().unwrap().to_owned(), made.id())
}
