//! `workspaces/:id/state-versions`: what is taken, and what is refused.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
use testkit::{Answer, Caller, TestServer};

use crate::fixtures::{
    LINEAGE, announcement, create, current_bytes, current_serial, cycle, lock, md5, state, unlock,
    write,
};

const OTHER_LINEAGE: &str = "99999999-2222-4333-8444-555555555555";

async fn locked_workspace(caller: &Caller) -> String {
    let workspace = caller.workspace("network").await;
    lock(caller, &workspace).await.expect(200);
    workspace
}

async fn post(caller: &Caller, workspace: &str, body: Value) -> Answer {
    caller.post(&format!("workspaces/{workspace}/state-versions"), body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_is_given_back_byte_for_byte() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let workspace = maintainer.workspace("network").await;
    maintainer.get(&format!("workspaces/{workspace}/current-state-version")).await.expect(404);
    cycle(&maintainer, &workspace, 1, LINEAGE).await;
    assert_eq!(current_bytes(&maintainer, &workspace).await, state(1, LINEAGE));
    let current =
        maintainer.get(&format!("workspaces/{workspace}/current-state-version")).await.expect(200);
    assert_eq!(current.attribute("status"), json!("finalized"));
    assert_eq!(current.attribute("size"), json!(state(1, LINEAGE).len()));
    assert_eq!(current.attribute("terraform-version"), json!("1.15.5"));
    assert_eq!(current.attribute("hosted-state-upload-url"), Value::Null);
    assert_eq!(current.header("x-terraform-snapshot-interval"), Some("20"));
    assert_eq!(current.header("content-type"), Some("application/vnd.api+json"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_lock_nothing_is_taken() {
    let server = TestServer::start().await;
    let (maintainer, owner) = (server.maintainer().await, server.owner().await);
    let workspace = maintainer.workspace("network").await;
    let bytes = state(1, LINEAGE);
    create(&maintainer, &workspace, 1, LINEAGE, &bytes).await.expect(409);
    lock(&maintainer, &workspace).await.expect(200);
    create(&owner, &workspace, 1, LINEAGE, &bytes).await.expect(409);
    let forced = announcement(1, LINEAGE, &md5(&bytes), true);
    post(&owner, &workspace, forced).await.expect(409);
    assert_eq!(current_serial(&maintainer, &workspace).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn serial_and_lineage_rules_hold() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let workspace = locked_workspace(&maintainer).await;
    write(&maintainer, &workspace, 5, LINEAGE).await;
    let bytes = |serial| state(serial, LINEAGE);
    // An older serial, and the same serial with other bytes.
    create(&maintainer, &workspace, 4, LINEAGE, &bytes(4)).await.expect(409);
    create(&maintainer, &workspace, 5, LINEAGE, &bytes(9)).await.expect(409);
    // The same serial with the same bytes, as an unchanged forced push sends it.
    write(&maintainer, &workspace, 5, LINEAGE).await;
    // Another lineage, with a serial that is not newer and one that is.
    create(&maintainer, &workspace, 5, OTHER_LINEAGE, &state(5, OTHER_LINEAGE)).await.expect(409);
    write(&maintainer, &workspace, 6, OTHER_LINEAGE).await;
    assert_eq!(current_serial(&maintainer, &workspace).await, Some(6));
    // Force skips the rules, as migrations do.
    let forced = announcement(1, LINEAGE, &md5(&bytes(1)), true);
    let created = post(&maintainer, &workspace, forced).await.expect(201);
    let url = created.attribute("hosted-state-upload-url");
    maintainer.upload(url.as_str().unwrap(), bytes(1)).await.expect(200);
    assert_eq!(current_serial(&maintainer, &workspace).await, Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_announced_must_come() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let workspace = locked_workspace(&maintainer).await;
    let bytes = state(1, LINEAGE);
    for (announced, sent) in [
        (announcement(1, LINEAGE, &md5(b"something else"), false), bytes.clone()),
        (announcement(2, LINEAGE, &md5(&bytes), false), bytes.clone()),
        (announcement(1, OTHER_LINEAGE, &md5(&bytes), false), bytes.clone()),
    ] {
        let created = post(&maintainer, &workspace, announced).await.expect(201);
        let url = created.attribute("hosted-state-upload-url");
        let refused = maintainer.upload(url.as_str().unwrap(), sent).await;
        assert!((400..500).contains(&refused.status), "{} {}", refused.status, refused.text());
        assert_eq!(current_serial(&maintainer, &workspace).await, None);
        let version = maintainer.get(&format!("state-versions/{}", created.id())).await.expect(200);
        assert_eq!(version.attribute("status"), json!("discarded"));
    }
    unlock(&maintainer, &workspace).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_attributes_are_named() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let workspace = locked_workspace(&maintainer).await;
    for (attributes, pointer) in [
        (json!({"md5": md5(b""), "lineage": LINEAGE}), "/data/attributes/serial"),
        (json!({"serial": 1, "lineage": LINEAGE}), "/data/attributes/md5"),
        (json!({"serial": 1, "md5": "short", "lineage": LINEAGE}), "/data/attributes/md5"),
        (json!({"serial": -1, "md5": md5(b""), "lineage": LINEAGE}), "/data/attributes/serial"),
        (json!({"serial": "one", "md5": md5(b""), "lineage": LINEAGE}), "/data/attributes/serial"),
        (json!({"serial": 1, "md5": md5(b""), "state": "%%%"}), "/data/attributes/state"),
    ] {
        let body = json!({"data": {"type": "state-versions", "attributes": attributes}});
        let refused = post(&maintainer, &workspace, body).await.expect(422);
        assert_eq!(refused.at("/errors/0/source/pointer"), json!(pointer), "{}", refused.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_may_be_repeated_but_not_changed() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let workspace = locked_workspace(&maintainer).await;
    let bytes = state(1, LINEAGE);
    let created = create(&maintainer, &workspace, 1, LINEAGE, &bytes).await.expect(201);
    let url = created.attribute("hosted-state-upload-url").as_str().unwrap().to_owned();
    maintainer.upload(&url, bytes.clone()).await.expect(200);
    maintainer.upload(&url, bytes.clone()).await.expect(200);
    let refused = maintainer.upload(&url, state(2, LINEAGE)).await;
    assert!((400..500).contains(&refused.status));
    let stranger = server.anonymous();
    stranger.upload(&format!("{url}x"), bytes.clone()).await.expect(404);
    stranger.get(&url).await.expect(404);
    assert_eq!(current_bytes(&maintainer, &workspace).await, bytes);
}

#[tokio::test(flavor = "multi_thread")]
async fn older_clients_send_the_state_inline() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let workspace = locked_workspace(&maintainer).await;
    let bytes = state(1, LINEAGE);
    let body = json!({"data": {"type": "state-versions", "attributes": {
        "serial": 1, "md5": md5(&bytes), "lineage": LINEAGE,
        "state": BASE64_STANDARD.encode(&bytes), "json-state": "", "json-state-outputs": "e30="
    }}});
    let created = post(&maintainer, &workspace, body).await.expect(201);
    assert_eq!(created.attribute("status"), json!("finalized"));
    assert_eq!(created.attribute("hosted-state-upload-url"), Value::Null);
    assert_eq!(current_bytes(&maintainer, &workspace).await, bytes);
    unlock(&maintainer, &workspace).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_opaque_state_is_kept_like_any_other() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let workspace = locked_workspace(&maintainer).await;
    let bytes = json!({
        "serial": 3, "lineage": LINEAGE, "meta": {"key_provider": "x"},
        "encrypted_data": "b64-of-what-nobody-here-can-read", "encryption_version": "v0"
    })
    .to_string()
    .into_bytes();
    let created = create(&maintainer, &workspace, 3, LINEAGE, &bytes).await.expect(201);
    maintainer
        .upload(created.attribute("hosted-state-upload-url").as_str().unwrap(), bytes.clone())
        .await
        .expect(200);
    assert_eq!(current_bytes(&maintainer, &workspace).await, bytes);
    maintainer
        .get(&format!("workspaces/{workspace}/current-state-version-outputs"))
        .await
        .expect(200);
    // The serial that stands in the open is still held to.
    create(&maintainer, &workspace, 2, LINEAGE, &bytes).await.expect(409);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_over_the_limit_is_413_and_nothing_changes() {
    use testkit::Setup;
    let mut setup = Setup::default();
    setup.options.max_state_bytes = Some(10_000);
    let server = TestServer::start_with(setup).await;
    let maintainer = server.maintainer().await;
    let workspace = locked_workspace(&maintainer).await;
    write(&maintainer, &workspace, 1, LINEAGE).await;
    let mut large = state(2, LINEAGE);
    large.resize(20_000, b' ');
    let created = create(&maintainer, &workspace, 2, LINEAGE, &large).await.expect(201);
    let url = created.attribute("hosted-state-upload-url");
    maintainer.upload(url.as_str().unwrap(), large.clone()).await.expect(413);
    assert_eq!(current_serial(&maintainer, &workspace).await, Some(1));
    // The same inline; and then nothing is awaited any more.
    let body = json!({"data": {"type": "state-versions", "attributes": {
        "serial": 2, "md5": md5(&large), "lineage": LINEAGE, "state": BASE64_STANDARD.encode(&large)
    }}});
    post(&maintainer, &workspace, body).await.expect(413);
    unlock(&maintainer, &workspace).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_state_and_an_odd_lineage_in_the_file_are_refused() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let workspace = locked_workspace(&maintainer).await;
    let odd = state(1, &"x".repeat(300));
    for bytes in [Vec::new(), odd] {
        let attributes = json!({"serial": 1, "md5": md5(&bytes)});
        let body = json!({"data": {"type": "state-versions", "attributes": attributes}});
        let created = post(&maintainer, &workspace, body).await.expect(201);
        let url = created.attribute("hosted-state-upload-url");
        maintainer.upload(url.as_str().unwrap(), bytes).await.expect(422);
        assert_eq!(current_serial(&maintainer, &workspace).await, None);
    }
    unlock(&maintainer, &workspace).await.expect(200);
}
