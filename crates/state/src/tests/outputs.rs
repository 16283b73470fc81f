//! Outputs, resources, JSON representations, and states that can't be read.

use serde_json::{Value, json};

use super::{Site, announce, encode, state};

#[tokio::test]
async fn sensitive_values_are_shown_one_by_one_only() {
    let site = Site::new().await;
    let workspace = site.locked_workspace("w").await;
    let path = format!("{workspace}/current-state-version-outputs");
    assert_eq!(site.get(&path).await.expect(200).json()["data"], json!([]));

    let created = site.write(&workspace, &state(1, "l")).await;
    let outputs = site.get(&path).await.expect(200).json();
    let shown: Vec<_> =
        outputs["data"].as_array().unwrap().iter().map(|output| &output["attributes"]).collect();
    let open = json!({
        "name": "open", "sensitive": false, "type": "number", "value": 1, "detailed-type": "number"
    });
    let secret = json!({
        "name": "secret", "sensitive": true, "type": "string", "value": null,
        "detailed-type": "string"
    });
    assert_eq!(shown, [&open, &secret]);
    let id = outputs["data"][1]["id"].as_str().unwrap();
    let one = site.get(&format!("/api/v2/state-version-outputs/{id}")).await.expect(200);
    assert_eq!(one.attribute("value"), "hush");

    let id = created.id();
    let page = format!("/api/v2/state-versions/{id}/outputs?page[size]=1&page[number]=2");
    let page = site.get(&page).await.expect(200).json();
    assert_eq!(page["data"][0]["attributes"]["value"], json!(null));
    assert_eq!(page["meta"]["pagination"]["total-count"], 2);
    let path = format!("{workspace}/current-state-version?include=outputs,created_by,nonsense");
    let current = site.get(&path).await.expect(200).json();
    assert_eq!(current["data"]["relationships"]["outputs"]["data"].as_array().unwrap().len(), 2);
    let included: Vec<_> = current["included"].as_array().unwrap().iter().collect();
    assert_eq!(included.len(), 3);
    assert!(!current.to_string().contains("hush"));
}

#[tokio::test]
async fn resources_are_listed_one_by_one() {
    let site = Site::new().await;
    let workspace = site.locked_workspace("w").await;
    let path = format!("{workspace}/resources");
    assert_eq!(site.get(&path).await.expect(200).json()["data"], json!([]));
    let created = site.write(&workspace, &state(1, "l")).await;
    let list = site.get(&path).await.expect(200).json();
    assert_eq!(list["meta"]["pagination"]["total-count"], 1);
    let attributes = &list["data"][0]["attributes"];
    assert_eq!(attributes["address"], "terraform_data.one");
    assert_eq!(attributes["provider"], "builtin/terraform");
    assert_eq!(attributes["name-index"], json!(null));
    assert_eq!(attributes["modified-by-state-version-id"], created.id());
    let read = site.get(&workspace).await.expect(200);
    assert_eq!(read.attribute("resource-count"), 1);
}

#[tokio::test]
async fn the_json_representation_may_come_before_or_after_or_never() {
    let site = Site::new().await;
    let workspace = site.locked_workspace("w").await;
    for (serial, before) in [(1, true), (2, false)] {
        let text = state(serial, "l");
        let created = site.create(&workspace, announce(&text)).await.expect(201);
        let json_path = created.path("hosted-json-state-upload-url");
        if before {
            site.put(&json_path, "{\"a\": 1}").await.expect(200);
        }
        site.put(&created.path("hosted-state-upload-url"), text).await.expect(200);
        site.put(&json_path, "{\"a\": 1}").await.expect(200);
        site.put(&json_path, "{\"a\": 1}").await.expect(200);
        site.put(&json_path, "{}").await.expect(409);
        let current = site.current(&workspace).await.expect(200);
        let download = site.get(&current.path("hosted-json-state-download-url")).await.expect(200);
        assert_eq!(download.bytes, b"{\"a\": 1}");
    }
    site.write(&workspace, &state(3, "l")).await;
    let current = site.current(&workspace).await.expect(200);
    assert_eq!(current.attribute("hosted-json-state-download-url"), json!(null));
    let path = format!("/api/v2/state-versions/{}/json-download", current.id());
    site.get(&path).await.expect(404);
}

#[tokio::test]
async fn an_encrypted_state_is_kept_and_nothing_of_it_shown() {
    let site = Site::new().await;
    let workspace = site.locked_workspace("w").await;
    let text = json!({
        "serial": 3, "lineage": "l", "meta": {}, "encrypted_data": "c2VjcmV0",
        "encryption_version": "v0",
    })
    .to_string();
    let mut attributes = announce(&text);
    let announced = json!({
        "plain": {"sensitive": false, "value": "leak", "type": "string"},
        "hidden": {"sensitive": true, "value": "leak", "type": "string"},
    });
    attributes["json-state-outputs"] = json!(encode(&announced.to_string()));
    let created = site.create(&workspace, attributes).await.expect(201);
    site.put(&created.path("hosted-json-state-upload-url"), "leak").await.expect(200);
    site.put(&created.path("hosted-state-upload-url"), text.clone()).await.expect(200);

    let current = site.current(&workspace).await.expect(200);
    assert_eq!(current.attribute("serial"), 3);
    assert_eq!(current.attribute("resources"), json!(null));
    assert_eq!(current.attribute("hosted-json-state-download-url"), json!(null));
    let download = site.get(&current.path("hosted-state-download-url")).await.expect(200);
    assert_eq!(download.bytes, text.as_bytes());
    let outputs = site.get(&format!("{workspace}/current-state-version-outputs")).await.json();
    let shown: Vec<_> = outputs["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|output| {
            let attributes = &output["attributes"];
            assert_eq!(attributes["detailed-type"], Value::Null);
            assert_eq!(attributes["value"], Value::Null);
            (attributes["name"].as_str().unwrap(), attributes["sensitive"].as_bool().unwrap())
        })
        .collect();
    assert_eq!(shown, [("hidden", true), ("plain", false)]);
    // What comes later is thrown away, too.
    site.put(&created.path("hosted-json-state-upload-url"), "leak").await.expect(200);
    let current = site.current(&workspace).await.expect(200);
    assert_eq!(current.attribute("hosted-json-state-download-url"), json!(null));
}
