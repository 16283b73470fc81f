//! Many at once, under one lock: of the uploads for one serial exactly one wins, and the chain has
//! no gap and no fork. On PostgreSQL this is what the row lock is for.

use std::sync::Arc;

use serde_json::json;

use super::{Site, announce, state};

const WRITERS: i64 = 8;
const ROUNDS: i64 = 12;

/// A state of `serial` that nobody else writes.
fn own(serial: i64, writer: i64) -> String {
    state(serial, "l").replace("hush", &format!("writer {writer}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_serial_has_one_winner() {
    let site = Arc::new(Site::new().await);
    let workspace = site.locked_workspace("w").await;
    for serial in 1..=ROUNDS {
        let writers = (0..WRITERS).map(|writer| {
            let (site, workspace) = (Arc::clone(&site), workspace.clone());
            tokio::spawn(async move {
                let text = own(serial, writer);
                let mut attributes = announce(&text);
                // Half of them send their bytes with the request.
                if writer % 2 == 0 {
                    attributes["state"] = json!(super::encode(&text));
                    return site.create(&workspace, attributes).await.status == 201;
                }
                let created = site.create(&workspace, attributes).await;
                if created.status != 201 {
                    return false;
                }
                let path = created.path("hosted-state-upload-url");
                site.put(&path, text).await.status == 200
            })
        });
        let mut winners = 0;
        for writer in writers.collect::<Vec<_>>() {
            winners += i64::from(writer.await.unwrap());
        }
        assert_eq!(winners, 1, "serial {serial}");
    }
    assert_eq!(site.current(&workspace).await.attribute("serial"), ROUNDS);
    assert_eq!(site.broken(&workspace).await, None);
}
