//! What is thrown away, and what is not.

use std::time::Duration;

use db::Statement;
use serde_json::json;

use super::{Site, announce, state};

const COUNT_CONTENTS: Statement = Statement::new("count_contents", "SELECT COUNT(*) FROM contents");
const FORGET_VERSION: Statement =
    Statement::new("forget_version", "DELETE FROM state_versions WHERE id = $1");

impl Site {
    async fn contents(&self) -> i64 {
        let count = |tx: &mut db::Tx<'_>| Ok(tx.query_one(&COUNT_CONTENTS, &[], |row| row.int(0))?);
        self.state.db().read(count).await.unwrap()
    }
}

#[tokio::test]
async fn an_upload_that_never_comes_does_not_hold_the_lock_for_ever() {
    let site = Site::new().await;
    let workspace = site.locked_workspace("w").await;
    let created = site.create(&workspace, announce(&state(1, "l"))).await.expect(201);
    site.state.collect_garbage().await.unwrap();
    site.unlock(&workspace).await.expect(503);
    site.clock.advance(Duration::from_hours(1));
    site.state.collect_garbage().await.unwrap();
    site.unlock(&workspace).await.expect(200);
    let read = site.get(&format!("/api/v2/state-versions/{}", created.id())).await.expect(200);
    assert_eq!(read.attribute("status"), "discarded");
}

#[tokio::test]
async fn the_contents_of_a_workspace_go_with_it() {
    let site = Site::new().await;
    let (gone, kept) = (site.locked_workspace("gone").await, site.locked_workspace("kept").await);
    for serial in 1..=3 {
        site.write(&gone, &state(serial, "l")).await;
    }
    let created = site.write(&kept, &state(1, "l")).await;
    site.put(&created.path("hosted-json-state-upload-url"), "{}").await.expect(200);
    assert_eq!(site.contents().await, 5);
    site.unlock(&gone).await.expect(200);
    site.call("DELETE", &gone, json!(null)).await.expect(204);
    site.state.run_jobs().await.unwrap();
    assert_eq!(site.contents().await, 2);
    let current = site.current(&kept).await.expect(200);
    site.get(&current.path("hosted-state-download-url")).await.expect(200);
}

#[tokio::test]
async fn contents_that_nothing_refers_to_are_collected_after_a_day() {
    let site = Site::new().await;
    let workspace = site.locked_workspace("w").await;
    let first = site.write(&workspace, &state(1, "l")).await.id();
    let second = site.write(&workspace, &state(2, "l")).await;
    site.put(&second.path("hosted-json-state-upload-url"), "{}").await.expect(200);
    let forget =
        move |tx: &mut db::Tx<'_>| Ok(tx.execute(&FORGET_VERSION, &[first.as_str().into()])?);
    site.state.db().write(forget).await.unwrap();
    site.state.collect_garbage().await.unwrap();
    assert_eq!(site.contents().await, 3);
    site.clock.advance(Duration::from_hours(25));
    site.state.collect_garbage().await.unwrap();
    assert_eq!(site.contents().await, 2);
}
