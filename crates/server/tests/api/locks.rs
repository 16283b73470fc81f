//! `workspaces/:id/actions/lock`, `unlock` and `force-unlock`.

use std::{sync::Arc, time::Duration};

use kernel::{FixedClock, Timestamp};
use serde_json::json;
use testkit::{Setup, TestServer};

use crate::fixtures::{LINEAGE, create, lock, state, unlock, write};

#[tokio::test(flavor = "multi_thread")]
async fn a_second_lock_is_refused_also_with_the_same_token_and_names_the_holder() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let workspace = maintainer.workspace("network").await;
    let locked = lock(&maintainer, &workspace).await.expect(200);
    assert_eq!(locked.attribute("locked"), json!(true));
    assert_eq!(locked.attribute("locked-reason"), json!("Locked by Terraform"));
    for caller in [maintainer.clone(), server.owner().await] {
        let refused = lock(&caller, &workspace).await.expect(409);
        let text = refused.error();
        assert!(text.contains("maintainer") && text.contains("Locked by Terraform"), "{text}");
        assert!(text.contains("since 20") && text.contains("last sign of life"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_holder_unlocks() {
    let server = TestServer::start().await;
    let (maintainer, owner) = (server.maintainer().await, server.owner().await);
    let workspace = maintainer.workspace("network").await;
    unlock(&maintainer, &workspace).await.expect(409);
    lock(&maintainer, &workspace).await.expect(200);
    let refused = unlock(&owner, &workspace).await.expect(409);
    assert!(refused.error().contains("is locked by User"), "{}", refused.text());
    // Another token of the same person is the same person.
    assert_eq!(
        unlock(&server.maintainer().await, &workspace).await.expect(200).attribute("locked"),
        json!(false)
    );
    let refused = unlock(&maintainer, &workspace).await.expect(409);
    assert!(!refused.error().contains("is locked by"), "{}", refused.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn force_unlock_is_for_those_who_may_and_the_holder() {
    let server = TestServer::start().await;
    let (writer, owner) = (server.writer().await, server.owner().await);
    let other = server.somebody_at_default("other", "write").await;
    let workspace = owner.workspace("network").await;
    let path = format!("workspaces/{workspace}/actions/force-unlock");
    owner.post_empty(&path).await.expect(409);
    lock(&writer, &workspace).await.expect(200);
    other.post_empty(&path).await.expect(403);
    server.member().await.post_empty(&path).await.expect(404);
    owner.post_empty(&path).await.expect(200);
    lock(&writer, &workspace).await.expect(200);
    writer.post_empty(&path).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn lock_bodies_come_in_every_form() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let workspace = maintainer.workspace("network").await;
    let path = format!("workspaces/{workspace}/actions/lock");
    for body in [
        json!({"data": {"type": "", "attributes": {"reason": "r"}}}),
        json!({"data": {"type": "workspaces", "attributes": {}}}),
        json!({"reason": "r"}),
        json!({}),
    ] {
        maintainer.post(&path, body).await.expect(200);
        unlock(&maintainer, &workspace).await.expect(200);
    }
    maintainer.post_empty(&path).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn unlocking_waits_for_a_pending_upload() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let workspace = maintainer.workspace("network").await;
    lock(&maintainer, &workspace).await.expect(200);
    let bytes = state(1, LINEAGE);
    let created = create(&maintainer, &workspace, 1, LINEAGE, &bytes).await.expect(201);
    let refused = unlock(&maintainer, &workspace).await.expect(503);
    assert!(refused.text().contains("latest state version is still pending"), "{}", refused.text());
    let url = created.attribute("hosted-state-upload-url");
    maintainer.upload(url.as_str().unwrap(), bytes).await.expect(200);
    unlock(&maintainer, &workspace).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_upload_of_an_earlier_holding_is_refused() {
    let server = TestServer::start().await;
    let (maintainer, owner) = (server.maintainer().await, server.owner().await);
    let workspace = maintainer.workspace("network").await;
    lock(&maintainer, &workspace).await.expect(200);
    let bytes = state(1, LINEAGE);
    let created = create(&maintainer, &workspace, 1, LINEAGE, &bytes).await.expect(201);
    let url = created.attribute("hosted-state-upload-url").as_str().unwrap().to_owned();
    owner.post_empty(&format!("workspaces/{workspace}/actions/force-unlock")).await.expect(200);
    // The same person, a new holding: the old upload still must not pass.
    lock(&maintainer, &workspace).await.expect(200);
    let refused = maintainer.upload(&url, bytes).await;
    assert!((400..500).contains(&refused.status), "{}", refused.text());
    maintainer.get(&format!("workspaces/{workspace}/current-state-version")).await.expect(404);
    write(&maintainer, &workspace, 1, LINEAGE).await;
    unlock(&maintainer, &workspace).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_lost_the_right_completes_nothing() {
    let server = TestServer::start().await;
    let (maintainer, owner) = (server.maintainer().await, server.owner().await);
    let workspace = maintainer.workspace("network").await;
    lock(&maintainer, &workspace).await.expect(200);
    let bytes = state(1, LINEAGE);
    let created = create(&maintainer, &workspace, 1, LINEAGE, &bytes).await.expect(201);
    let url = created.attribute("hosted-state-upload-url").as_str().unwrap().to_owned();
    let list = "organizations/acme/organization-memberships?q=maintainer@example.com";
    let membership = owner.get(list).await.expect(200).at("/data/0/id");
    let path = format!("organization-memberships/{}", membership.as_str().unwrap());
    owner.delete(&path).await.expect(204);
    let refused = maintainer.upload(&url, bytes).await;
    assert!(matches!(refused.status, 401 | 403 | 404), "{}", refused.text());
    owner.get(&format!("workspaces/{workspace}/current-state-version")).await.expect(404);
    owner.post_empty(&format!("workspaces/{workspace}/actions/force-unlock")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn announcing_a_state_is_a_sign_of_life() {
    let clock = Arc::new(FixedClock::at(Timestamp::from_micros(1_800_000_000_000_000)));
    let setup = Setup { clock: clock.clone(), ..Setup::default() };
    let server = TestServer::start_with(setup).await;
    let maintainer = server.maintainer().await;
    let workspace = maintainer.workspace("network").await;
    lock(&maintainer, &workspace).await.expect(200);
    clock.advance(Duration::from_mins(5));
    create(&maintainer, &workspace, 1, LINEAGE, &state(1, LINEAGE)).await.expect(201);
    let refused = lock(&maintainer, &workspace).await.expect(409).error();
    assert!(refused.contains("since 2027-01-15T08:00:00"), "{refused}");
    assert!(refused.contains("last sign of life at 2027-01-15T08:05:00"), "{refused}");
}
