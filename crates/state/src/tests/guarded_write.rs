//! The write itself: what is accepted, what is refused, and what a refusal leaves behind.

use std::time::Duration;

use serde_json::json;

use super::{Site, announce, md5, state};

#[tokio::test]
async fn a_state_is_written_and_read_back_byte_for_byte() {
    let site = Site::new().await;
    let workspace = site.locked_workspace("w").await;
    let missing = site.current(&workspace).await.expect(404);
    assert_eq!(missing.headers["x-terraform-snapshot-interval"], "20");

    let text = state(1, "l");
    let created = site.create(&workspace, announce(&text)).await.expect(201);
    assert_eq!(created.headers["x-terraform-snapshot-interval"], "20");
    assert_eq!(created.attribute("status"), "pending");
    assert_eq!(created.attribute("hosted-state-download-url"), json!(null));
    site.current(&workspace).await.expect(404);
    let unlocked = site.unlock(&workspace).await.expect(503);
    assert!(
        String::from_utf8_lossy(&unlocked.bytes).contains("latest state version is still pending")
    );

    let path = created.path("hosted-state-upload-url");
    site.put(&path, text.clone()).await.expect(200);
    // Lost answers make clients send it again.
    site.put(&path, text.clone()).await.expect(200);
    site.put(&path, state(2, "l")).await.expect(409);

    let current = site.current(&workspace).await.expect(200);
    assert_eq!(current.id(), created.id());
    assert_eq!(current.attribute("status"), "finalized");
    assert_eq!(current.attribute("serial"), 1);
    assert_eq!(current.attribute("size"), text.len());
    assert_eq!(current.attribute("state-version"), 4);
    assert_eq!(current.attribute("terraform-version"), "1.15.0");
    assert_eq!(current.attribute("resources-processed"), true);
    assert_eq!(current.attribute("intermediate"), true);
    assert_eq!(current.attribute("modules"), json!({"root": {"terraform-data": 1}}));
    assert_eq!(current.attribute("hosted-state-upload-url"), json!(null));
    assert_eq!(current.attribute("vcs-commit-sha"), json!(null));
    let download = site.get(&current.path("hosted-state-download-url")).await.expect(200);
    assert_eq!(download.bytes, text.as_bytes());
    let id = created.id();
    let download = site.get(&format!("/api/v2/state-versions/{id}/download")).await.expect(200);
    assert_eq!(download.bytes, text.as_bytes());

    site.unlock(&workspace).await.expect(200);
    let current = site.get(&format!("/api/v2/state-versions/{id}")).await.expect(200);
    assert_eq!(current.attribute("intermediate"), false);
}

#[tokio::test]
async fn nothing_is_written_without_the_lock() {
    let site = Site::new().await;
    let workspace = site.workspace("w").await;
    let text = state(1, "l");
    site.create(&workspace, announce(&text)).await.expect(409);

    site.lock(&workspace).await.expect(200);
    let created = site.create(&workspace, announce(&text)).await.expect(201);
    site.call("POST", &format!("{workspace}/actions/force-unlock"), json!(null)).await.expect(200);
    site.lock(&workspace).await.expect(200);
    // The same person holds the lock again, but it is another holding.
    site.put(&created.path("hosted-state-upload-url"), text).await.expect(409);
    let read = site.get(&format!("/api/v2/state-versions/{}", created.id())).await.expect(200);
    assert_eq!(read.attribute("status"), "discarded");
    site.current(&workspace).await.expect(404);
    site.unlock(&workspace).await.expect(200);
}

#[tokio::test]
async fn the_order_of_serials_and_lineages_is_kept() {
    let site = Site::new().await;
    let workspace = site.locked_workspace("w").await;
    site.write(&workspace, &state(5, "l")).await;

    site.create(&workspace, announce(&state(4, "l"))).await.expect(409);
    site.create(&workspace, announce(&state(5, "other"))).await.expect(409);
    let mut other = announce(&state(5, "l"));
    other["md5"] = json!(md5("other"));
    site.create(&workspace, other).await.expect(409);

    site.write(&workspace, &state(5, "l")).await;
    site.write(&workspace, &state(6, "other")).await;
    let mut forced = announce(&state(1, "l"));
    forced["force"] = json!(true);
    let created = site.create(&workspace, forced).await.expect(201);
    site.put(&created.path("hosted-state-upload-url"), state(1, "l")).await.expect(200);
    assert_eq!(site.current(&workspace).await.attribute("serial"), 1);
}

#[tokio::test]
async fn bytes_that_were_not_announced_discard_the_version() {
    let site = Site::new().await;
    let workspace = site.locked_workspace("w").await;
    let text = state(1, "l");
    let mut wrong_serial = announce(&text);
    wrong_serial["serial"] = json!(2);
    let mut wrong_lineage = announce(&text);
    wrong_lineage["lineage"] = json!("other");
    let mut wrong_bytes = announce(&text);
    wrong_bytes["md5"] = json!(md5("other"));
    for attributes in [wrong_serial, wrong_lineage, wrong_bytes] {
        let created = site.create(&workspace, attributes).await.expect(201);
        let path = created.path("hosted-state-upload-url");
        site.put(&path, text.clone()).await.expect(422);
        site.put(&path, text.clone()).await.expect(409);
    }
    site.current(&workspace).await.expect(404);
    // Nothing is awaited any more.
    site.unlock(&workspace).await.expect(200);
}

#[tokio::test]
async fn a_newer_version_discards_the_one_that_is_awaited() {
    let site = Site::new().await;
    let workspace = site.locked_workspace("w").await;
    let text = state(1, "l");
    let first = site.create(&workspace, announce(&text)).await.expect(201);
    let second = site.create(&workspace, announce(&text)).await.expect(201);
    site.put(&first.path("hosted-state-upload-url"), text.clone()).await.expect(409);
    site.put(&second.path("hosted-state-upload-url"), text).await.expect(200);
    assert_eq!(site.current(&workspace).await.id(), second.id());
}

#[tokio::test]
async fn what_is_missing_or_malformed_is_answered_with_its_pointer() {
    let site = Site::new().await;
    let workspace = site.locked_workspace("w").await;
    for (attributes, pointer) in [
        (json!({"md5": md5("x")}), "/data/attributes/serial"),
        (json!({"serial": 1}), "/data/attributes/md5"),
        (json!({"serial": "1", "md5": md5("x")}), "/data/attributes/serial"),
        (json!({"serial": 1, "md5": "nonsense"}), "/data/attributes/md5"),
        (
            json!({"serial": 1, "md5": md5("x"), "json-state-outputs": "!"}),
            "/data/attributes/json-state-outputs",
        ),
    ] {
        let answer = site.create(&workspace, attributes).await.expect(422);
        assert_eq!(answer.json()["errors"][0]["source"]["pointer"], pointer);
        assert_eq!(answer.json()["errors"][0]["status"], "422");
    }
    for text in ["", "{", "[]", "5"] {
        let path = format!("{workspace}/state-versions");
        let request = site.request("POST", &path, text.to_owned().into());
        assert!(site.send(request).await.status.is_client_error(), "{text}");
    }
}

#[tokio::test]
async fn signed_paths_are_for_one_thing_and_not_for_long() {
    let site = Site::new().await;
    let workspace = site.locked_workspace("w").await;
    let text = state(1, "l");
    let created = site.create(&workspace, announce(&text)).await.expect(201);
    let path = created.path("hosted-state-upload-url");
    site.get(&path).await.expect(404);
    for forged in [
        path.replace("put-state", "put-json"),
        path.replace("put-state", "get-state"),
        path.replace(&created.id(), "sv-AAAAAAAAAAAAAAAA"),
        format!("{path}A"),
        "/blobs/x".to_owned(),
        "/blobs/....".to_owned(),
    ] {
        site.put(&forged, text.clone()).await.expect(404);
    }
    site.clock.advance(Duration::from_hours(1));
    site.put(&path, text).await.expect(404);
}

#[tokio::test]
async fn snapshots_are_marked_and_the_last_one_is_final() {
    let site = Site::new().await;
    let workspace = site.locked_workspace("w").await;
    for serial in 1..=3 {
        site.write(&workspace, &state(serial, "l")).await;
        site.clock.advance(Duration::from_secs(20));
    }
    site.unlock(&workspace).await.expect(200);
    let path = "/api/v2/state-versions?filter[organization][name]=acme&filter[workspace][name]=w";
    let list = site.get(path).await.expect(200).json();
    let marks: Vec<_> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|version| {
            let attributes = &version["attributes"];
            (attributes["serial"].as_i64().unwrap(), attributes["intermediate"].as_bool().unwrap())
        })
        .collect();
    assert_eq!(marks, [(3, false), (2, true), (1, true)]);
    assert_eq!(list["meta"]["pagination"]["total-count"], 3);
    let pending = site.get(&format!("{path}&filter[status]=pending")).await.expect(200);
    assert_eq!(pending.json()["data"], json!([]));
    site.get("/api/v2/state-versions").await.expect(400);
    site.get(&path.replace("name]=w", "name]=none")).await.expect(404);
}
