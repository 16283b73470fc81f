//! Rolling back, and the chain of records.

use db::Statement;
use kernel::WorkspaceId;
use serde_json::json;

use super::{Answer, Site, announce, state};
use crate::{Break, Fault, verify_chain};

impl Site {
    async fn rollback(&self, workspace: &str, to: &str) -> Answer {
        let target = json!({"data": {"type": "state-versions", "id": to}});
        let relationships = json!({"rollback-state-version": target});
        let body = json!({"data": {"type": "state-versions", "relationships": relationships}});
        self.call("PATCH", &format!("{workspace}/state-versions"), body).await
    }

    pub(super) async fn broken(&self, workspace: &str) -> Option<Break> {
        let id: WorkspaceId = workspace.rsplit('/').next().unwrap().parse().unwrap();
        self.state.db().snapshot(move |tx| verify_chain(tx, id)).await.unwrap()
    }

    async fn execute(&self, statement: &'static Statement, id: &str) {
        let id = id.to_owned();
        let write = move |tx: &mut db::Tx<'_>| Ok(tx.execute(statement, &[id.as_str().into()])?);
        assert_eq!(self.state.db().write(write).await.unwrap(), 1);
    }
}

#[tokio::test]
async fn an_earlier_version_is_brought_back_with_the_next_serial() {
    let site = Site::new().await;
    let workspace = site.locked_workspace("w").await;
    let first = site.write(&workspace, &state(1, "l")).await;
    site.write(&workspace, &state(2, "l")).await;
    site.write(&workspace, &state(7, "other")).await;

    let rolled_back = site.rollback(&workspace, &first.id()).await.expect(201);
    assert_eq!(rolled_back.attribute("serial"), 8);
    assert_eq!(rolled_back.attribute("status"), "finalized");
    let relationship = &rolled_back.json()["data"]["relationships"]["rollback-state-version"];
    assert_eq!(relationship["data"]["id"], first.id());
    let download = site.get(&rolled_back.path("hosted-state-download-url")).await.expect(200);
    let expected = state(1, "l").replacen("\"serial\": 1", "\"serial\": 8", 1);
    assert_eq!(String::from_utf8(download.bytes).unwrap(), expected);
    assert_eq!(site.current(&workspace).await.id(), rolled_back.id());
    assert_eq!(site.broken(&workspace).await, None);

    site.unlock(&workspace).await.expect(200);
    site.rollback(&workspace, &first.id()).await.expect(409);
}

#[tokio::test]
async fn an_encrypted_version_is_brought_back_as_it_was() {
    let site = Site::new().await;
    let workspace = site.locked_workspace("w").await;
    let sealed = |serial: i64| {
        json!({"serial": serial, "lineage": "l", "encrypted_data": "eA=="}).to_string()
    };
    let first = site.write(&workspace, &sealed(1)).await;
    site.write(&workspace, &sealed(5)).await;
    let rolled_back = site.rollback(&workspace, &first.id()).await.expect(201);
    assert_eq!(rolled_back.attribute("serial"), 1);
    let download = site.get(&rolled_back.path("hosted-state-download-url")).await.expect(200);
    assert_eq!(download.bytes, sealed(1).as_bytes());
}

#[tokio::test]
async fn only_finished_versions_of_the_workspace_are_brought_back() {
    let site = Site::new().await;
    let (workspace, other) =
        (site.locked_workspace("w").await, site.locked_workspace("other").await);
    site.write(&workspace, &state(1, "l")).await;
    let foreign = site.write(&other, &state(1, "l")).await;
    let pending = site.create(&workspace, announce(&state(2, "l"))).await.expect(201);
    for id in [foreign.id(), pending.id(), "sv-AAAAAAAAAAAAAAAA".to_owned(), "x".to_owned()] {
        let answer = site.rollback(&workspace, &id).await.expect(422);
        assert_eq!(
            answer.json()["errors"][0]["source"]["pointer"],
            "/data/relationships/rollback-state-version/data/id"
        );
    }
    let path = format!("{workspace}/state-versions");
    site.call("PATCH", &path, json!({"data": {"type": "state-versions"}})).await.expect(422);
}

const CHANGE_SERIAL: Statement =
    Statement::new("change_serial", "UPDATE state_versions SET serial = 99 WHERE id = $1");
const CHANGE_HASH: Statement =
    Statement::new("change_hash", "UPDATE state_versions SET previous_hash = sha256 WHERE id = $1");
const REMOVE: Statement = Statement::new("remove", "DELETE FROM state_versions WHERE id = $1");

#[tokio::test]
async fn the_first_broken_record_is_named() {
    let site = Site::new().await;
    for (name, statement, fault, at) in [
        ("changed", &CHANGE_SERIAL, Fault::Changed, 2),
        ("unlinked", &CHANGE_HASH, Fault::Unlinked, 2),
        ("removed", &REMOVE, Fault::Gap, 3),
    ] {
        let workspace = site.locked_workspace(name).await;
        let mut ids = Vec::new();
        for serial in 1..=4 {
            ids.push(site.write(&workspace, &state(serial, "l")).await.id());
        }
        assert_eq!(site.broken(&workspace).await, None);
        site.execute(statement, &ids[1]).await;
        let position = i64::from(at);
        let version = ids[usize::try_from(at).unwrap() - 1].parse().unwrap();
        assert_eq!(site.broken(&workspace).await, Some(Break { version, position, fault }));
    }
}
