//! States that are too large for memory, in both forms.

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use http::header;
use serde_json::json;

use super::{Site, announce, encode, md5, state};
use crate::Settings;

const SIZE: usize = 3 << 20;

/// A state with one long attribute.
fn large(serial: i64) -> String {
    let mut filler = String::new();
    while filler.len() < SIZE {
        filler.push_str(&barrier::hex(barrier::random_bytes::<32>()));
    }
    state(serial, "l").replace("\"id\": \"x\"", &format!("\"id\": \"{filler}\""))
}

fn in_pieces(text: &str) -> Body {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    let pieces: Vec<_> = (0..bytes.len())
        .step_by(60_000)
        .map(|start| Ok::<_, std::io::Error>(bytes.slice(start..bytes.len().min(start + 60_000))))
        .collect();
    Body::from_stream(stream::iter(pieces))
}

#[tokio::test]
async fn large_states_pass_through_in_pieces() {
    let site = Site::new().await;
    let workspace = site.locked_workspace("w").await;
    let text = large(1);
    let created = site.create(&workspace, announce(&text)).await.expect(201);
    site.put(&created.path("hosted-json-state-upload-url"), in_pieces(&text)).await.expect(200);
    let path = created.path("hosted-state-upload-url");
    site.put(&path, in_pieces(&text)).await.expect(200);
    site.put(&path, in_pieces(&text)).await.expect(200);
    let current = site.current(&workspace).await.expect(200);
    assert_eq!(current.attribute("size"), text.len());
    assert_eq!(current.attribute("resources").as_array().unwrap().len(), 1);
    for name in ["hosted-state-download-url", "hosted-json-state-download-url"] {
        let download = site.get(&current.path(name)).await.expect(200);
        assert_eq!(md5(&download.bytes), md5(&text));
        assert_eq!(download.headers[header::CONTENT_LENGTH], text.len().to_string());
    }

    let path = current.path("hosted-state-download-url");
    let mut request = site.request("GET", &path, Body::empty());
    request.headers_mut().insert(header::ACCEPT_ENCODING, "gzip".parse().unwrap());
    let download = site.send(request).await.expect(200);
    assert_eq!(download.headers[header::CONTENT_ENCODING], "gzip");
    assert!(download.bytes.len() < text.len());
    let mut plain = Vec::new();
    let mut decoder = flate2::read::GzDecoder::new(download.bytes.as_slice());
    std::io::Read::read_to_end(&mut decoder, &mut plain).unwrap();
    assert_eq!(md5(&plain), md5(&text));
}

#[tokio::test]
async fn large_inline_states_pass_through_in_pieces() {
    let site = Site::new().await;
    let workspace = site.locked_workspace("w").await;
    let text = large(1);
    let mut attributes = announce(&text);
    attributes["state"] = json!(encode(&text));
    attributes["json-state"] = json!(encode(&text));
    let document = json!({"data": {"type": "state-versions", "attributes": attributes}});
    let path = format!("{workspace}/state-versions");
    let request = site.request("POST", &path, in_pieces(&document.to_string()));
    let created = site.send(request).await.expect(201);
    let download = site.get(&created.path("hosted-json-state-download-url")).await.expect(200);
    assert_eq!(md5(&download.bytes), md5(&text));
    let rolled_back = rollback(&site, &workspace, &created.id()).await.expect(201);
    let download = site.get(&rolled_back.path("hosted-state-download-url")).await.expect(200);
    assert_eq!(md5(&download.bytes), md5(text.replacen("\"serial\": 1", "\"serial\": 2", 1)));
}

async fn rollback(site: &Site, workspace: &str, to: &str) -> super::Answer {
    let target = json!({"data": {"type": "state-versions", "id": to}});
    let relationships = json!({"rollback-state-version": target});
    let body = json!({"data": {"type": "state-versions", "relationships": relationships}});
    site.call("PATCH", &format!("{workspace}/state-versions"), body).await
}

#[tokio::test]
async fn what_is_larger_than_the_limit_is_refused() {
    let settings = Settings { max_state_bytes: (SIZE - 1) as u64, ..Settings::default() };
    let site = Site::with(settings).await;
    let workspace = site.locked_workspace("w").await;
    let text = large(1);
    let created = site.create(&workspace, announce(&text)).await.expect(201);
    let path = created.path("hosted-state-upload-url");
    site.put(&path, text.clone()).await.expect(413);
    site.put(&path, in_pieces(&text)).await.expect(413);
    let mut attributes = announce(&text);
    attributes["state"] = json!(encode(&text));
    site.create(&workspace, attributes).await.expect(413);
    site.current(&workspace).await.expect(404);
}

#[tokio::test]
async fn a_body_that_breaks_off_leaves_the_version_to_be_sent_again() {
    let site = Site::new().await;
    let workspace = site.locked_workspace("w").await;
    for text in [state(1, "l"), large(2)] {
        let created = site.create(&workspace, announce(&text)).await.expect(201);
        let path = created.path("hosted-state-upload-url");
        let half = Bytes::copy_from_slice(&text.as_bytes()[..text.len() / 4 * 3]);
        let pieces = [Ok(half), Err(std::io::Error::other("hung up"))];
        site.put(&path, Body::from_stream(stream::iter(pieces))).await.expect(400);
        site.put(&path, in_pieces(&text)).await.expect(200);
    }
}
