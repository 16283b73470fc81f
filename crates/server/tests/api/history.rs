//! Versions, outputs, rollback, and what an unfinished version must never do.

use serde_json::{Value, json};
use testkit::TestServer;

use crate::fixtures::{LINEAGE, create, current_bytes, current_serial, cycle, lock, state, unlock};

#[tokio::test(flavor = "multi_thread")]
async fn every_version_is_kept_and_listed_newest_first() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let workspace = maintainer.workspace("network").await;
    for serial in 1..=25 {
        cycle(&maintainer, &workspace, serial, LINEAGE).await;
    }
    let mut serials = Vec::new();
    let mut page = json!(1);
    while !page.is_null() {
        let answer = maintainer
            .get(&format!(
                "state-versions?filter%5Borganization%5D%5Bname%5D=acme&filter%5Bworkspace%5D%5Bname%5D=network&page%5Bnumber%5D={page}"
            ))
            .await
            .expect(200);
        for version in answer.at("/data").as_array().unwrap() {
            let url = version["attributes"]["hosted-state-download-url"].as_str().unwrap();
            let serial = version["attributes"]["serial"].as_u64().unwrap();
            assert_eq!(maintainer.get(url).await.expect(200).body, state(serial, LINEAGE));
            serials.push(serial);
        }
        page = answer.at("/meta/pagination/next-page");
    }
    assert_eq!(serials, (1..=25).rev().collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pending_version_is_never_current() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let workspace = maintainer.workspace("network").await;
    cycle(&maintainer, &workspace, 1, LINEAGE).await;
    lock(&maintainer, &workspace).await.expect(200);
    let first = create(&maintainer, &workspace, 2, LINEAGE, &state(2, LINEAGE)).await.expect(201);
    assert_eq!(first.attribute("status"), json!("pending"));
    assert_eq!(current_serial(&maintainer, &workspace).await, Some(1));
    // A newer one takes its place.
    let bytes = state(3, LINEAGE);
    let second = create(&maintainer, &workspace, 3, LINEAGE, &bytes).await.expect(201);
    let first = maintainer.get(&format!("state-versions/{}", first.id())).await.expect(200);
    assert_eq!(first.attribute("status"), json!("discarded"));
    maintainer
        .upload(second.attribute("hosted-state-upload-url").as_str().unwrap(), bytes)
        .await
        .expect(200);
    unlock(&maintainer, &workspace).await.expect(200);
    assert_eq!(current_serial(&maintainer, &workspace).await, Some(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn sensitive_outputs_are_hidden_in_lists_and_real_alone() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let workspace = maintainer.workspace("network").await;
    cycle(&maintainer, &workspace, 1, LINEAGE).await;
    let list = maintainer
        .get(&format!("workspaces/{workspace}/current-state-version-outputs"))
        .await
        .expect(200);
    assert!(!list.text().contains("canary-sensitive-output"));
    let outputs = list.at("/data").as_array().unwrap().clone();
    assert_eq!(outputs.len(), 2);
    for output in &outputs {
        assert_eq!(output["attributes"]["detailed-type"], json!("string"));
        let alone = maintainer
            .get(&format!("state-version-outputs/{}", output["id"].as_str().unwrap()))
            .await
            .expect(200);
        let (name, value) = (alone.attribute("name"), alone.attribute("value"));
        if name == "password" {
            assert_eq!(
                (&output["attributes"]["value"], value),
                (&Value::Null, json!("canary-sensitive-output"))
            );
        } else {
            assert_eq!(
                (&output["attributes"]["value"], value),
                (&json!("hello 1"), json!("hello 1"))
            );
        }
    }
    let stranger = server.stranger().await;
    stranger
        .get(&format!("state-version-outputs/{}", outputs[0]["id"].as_str().unwrap()))
        .await
        .expect(404);
    stranger
        .get(&format!("workspaces/{workspace}/current-state-version-outputs"))
        .await
        .expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_is_a_new_version_with_the_old_contents() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let workspace = maintainer.workspace("network").await;
    let first = cycle(&maintainer, &workspace, 1, LINEAGE).await;
    cycle(&maintainer, &workspace, 2, LINEAGE).await;
    let body = json!({"data": {"type": "state-versions", "relationships": {
        "rollback-state-version": {"data": {"type": "state-versions", "id": first}}
    }}});
    let path = format!("workspaces/{workspace}/state-versions");
    maintainer.patch(&path, body.clone()).await.expect(409);
    lock(&maintainer, &workspace).await.expect(200);
    let rolled = maintainer.patch(&path, body).await.expect(201);
    assert_eq!(rolled.attribute("serial"), json!(3));
    unlock(&maintainer, &workspace).await.expect(200);
    let text = String::from_utf8(current_bytes(&maintainer, &workspace).await).unwrap();
    let expected = String::from_utf8(state(1, LINEAGE)).unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(&text).unwrap()["outputs"],
        serde_json::from_str::<Value>(&expected).unwrap()["outputs"]
    );
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap()["serial"], json!(3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_without_a_serial_in_it_can_be_rolled_back_to() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let workspace = maintainer.workspace("network").await;
    lock(&maintainer, &workspace).await.expect(200);
    let bytes = format!("{{\"version\": 4, \"lineage\": \"{LINEAGE}\"}}").into_bytes();
    let created = create(&maintainer, &workspace, 1, LINEAGE, &bytes).await.expect(201);
    let url = created.attribute("hosted-state-upload-url");
    maintainer.upload(url.as_str().unwrap(), bytes.clone()).await.expect(200);
    crate::fixtures::write(&maintainer, &workspace, 2, LINEAGE).await;
    let body = json!({"data": {"type": "state-versions", "relationships": {
        "rollback-state-version": {"data": {"type": "state-versions", "id": created.id()}}
    }}});
    let rolled =
        maintainer.patch(&format!("workspaces/{workspace}/state-versions"), body).await.expect(201);
    assert_eq!(rolled.attribute("serial"), json!(3));
    assert_eq!(current_bytes(&maintainer, &workspace).await, bytes);
}
