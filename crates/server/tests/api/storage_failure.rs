//! A store that fails is 503. It is never an empty state, which Terraform would take at its word.

use db::Statement;
use serde_json::json;
use testkit::{Caller, TestServer};

use crate::fixtures::{LINEAGE, create, current_bytes, cycle, ids, lock, state};

/// Takes a table away, or gives it back, as a damaged store would.
async fn rename(server: &TestServer, from: &str, to: &str) {
    let sql = format!("ALTER TABLE {from} RENAME TO {to}");
    let statement = Statement::new("rename", sql.leak());
    let rename = move |tx: &mut db::Tx<'_>| Ok(tx.execute(&statement, &[]).map(drop)?);
    server.app().identity().db().write(rename).await.unwrap();
}

async fn get_all(caller: &Caller, paths: &[String], status: u16) {
    for path in paths {
        let answer = caller.get(path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        if status == 503 {
            assert_eq!(answer.at("/errors/0/status"), json!("503"), "{}", answer.text());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_read_is_unavailable_and_not_absent() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let id = maintainer.workspace("network").await;
    let version = cycle(&maintainer, &id, 1, LINEAGE).await;
    let document = maintainer.get(&format!("state-versions/{version}")).await.expect(200);
    let download = document.attribute("hosted-state-download-url").as_str().unwrap().to_owned();
    let current = format!("workspaces/{id}/current-state-version");
    let outputs = format!("workspaces/{id}/current-state-version-outputs");
    let output = ids(&maintainer.get(&outputs).await)[0].clone();
    for (table, paths) in [
        ("contents", vec![download.clone(), format!("state-versions/{version}/download")]),
        ("state_outputs", vec![outputs.clone(), format!("state-version-outputs/{output}")]),
        ("state_versions", vec![current.clone(), download.clone()]),
        ("workspaces", vec![current.clone(), "organizations/acme/workspaces/network".to_owned()]),
        ("memberships", vec![current.clone(), "organizations/acme/entitlement-set".to_owned()]),
        ("tokens", vec![current.clone(), "account/details".to_owned()]),
    ] {
        rename(&server, table, "gone").await;
        get_all(&maintainer, &paths, 503).await;
        rename(&server, "gone", table).await;
        get_all(&maintainer, &paths, 200).await;
    }
    assert_eq!(current_bytes(&maintainer, &id).await, state(1, LINEAGE));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_kept_is_not_answered_as_kept() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let id = maintainer.workspace("network").await;
    cycle(&maintainer, &id, 1, LINEAGE).await;
    lock(&maintainer, &id).await.expect(200);
    let bytes = state(2, LINEAGE);
    let created = create(&maintainer, &id, 2, LINEAGE, &bytes).await.expect(201);
    let url = created.attribute("hosted-state-upload-url").as_str().unwrap().to_owned();
    rename(&server, "contents", "gone").await;
    maintainer.upload(&url, bytes.clone()).await.expect(503);
    rename(&server, "gone", "contents").await;
    assert_eq!(current_bytes(&maintainer, &id).await, state(1, LINEAGE));
    // Clients repeat what was answered with 503.
    maintainer.upload(&url, bytes.clone()).await.expect(200);
    assert_eq!(current_bytes(&maintainer, &id).await, bytes);
}
