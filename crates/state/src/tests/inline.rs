//! The older form: the bytes come within the request.

use serde_json::json;

use super::{Site, announce, encode, md5, state};

#[tokio::test]
async fn an_inline_state_is_complete_at_once() {
    let site = Site::new().await;
    let workspace = site.locked_workspace("w").await;
    let text = state(1, "l");
    let mut attributes = announce(&text);
    attributes["state"] = json!(encode(&text));
    attributes["json-state"] = json!("");
    let created = site.create(&workspace, attributes.clone()).await.expect(201);
    assert_eq!(created.attribute("status"), "finalized");
    assert_eq!(created.attribute("hosted-state-upload-url"), json!(null));
    let current = site.current(&workspace).await.expect(200);
    assert_eq!(current.id(), created.id());
    let download = site.get(&current.path("hosted-state-download-url")).await.expect(200);
    assert_eq!(download.bytes, text.as_bytes());

    let text = state(2, "l");
    let mut attributes = announce(&text);
    attributes["state"] = json!(encode(&text));
    attributes["json-state"] = json!(encode("{}"));
    let created = site.create(&workspace, attributes).await.expect(201);
    let download = site.get(&created.path("hosted-json-state-download-url")).await.expect(200);
    assert_eq!(download.bytes, b"{}");
    site.unlock(&workspace).await.expect(200);
}

#[tokio::test]
async fn an_inline_state_is_refused_whole() {
    let site = Site::new().await;
    let workspace = site.locked_workspace("w").await;
    let text = state(1, "l");
    let inline = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut attributes = announce(&text);
        attributes["state"] = json!(encode(&text));
        change(&mut attributes);
        attributes
    };
    for (status, attributes) in [
        (422, inline(&|attributes| attributes["md5"] = json!(md5("other")))),
        (422, inline(&|attributes| attributes["serial"] = json!(2))),
        (422, inline(&|attributes| attributes["lineage"] = json!("other"))),
        (422, inline(&|attributes| attributes["state"] = json!("not base64"))),
        (422, inline(&|attributes| attributes["state"] = json!(5))),
        (422, inline(&|attributes| attributes["json-state"] = json!("!"))),
    ] {
        site.create(&workspace, attributes).await.expect(status);
        site.current(&workspace).await.expect(404);
    }
    site.unlock(&workspace).await.expect(200);
    site.create(&workspace, inline(&|_| {})).await.expect(409);
}
