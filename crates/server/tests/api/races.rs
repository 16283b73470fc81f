//! Two clients, one lock, one serial, thousands of times: exactly one wins.

use std::sync::Arc;

use testkit::TestServer;
use tokio::sync::Barrier;

use crate::fixtures::{LINEAGE, announcement, create, current_serial, lock, md5, state, unlock};

const ROUNDS: usize = 1_000;

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_lock_at_once_exactly_one_wins() {
    let server = TestServer::start().await;
    let (first, second) = (server.maintainer().await, server.owner().await);
    let workspace = first.workspace("contested").await;
    for round in 0..ROUNDS {
        let (one, two) = tokio::join!(lock(&first, &workspace), lock(&second, &workspace));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409], "round {round}: {} {}", one.text(), two.text());
        let winner = if one.status == 200 { &first } else { &second };
        unlock(winner, &workspace).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_jobs_with_one_token_one_holds_the_lock() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let workspace = maintainer.workspace("contested").await;
    for _ in 0..50 {
        let start = Arc::new(Barrier::new(20));
        let jobs: Vec<_> = (0..20)
            .map(|_| {
                let (maintainer, workspace, start) =
                    (maintainer.clone(), workspace.clone(), Arc::clone(&start));
                tokio::spawn(async move {
                    start.wait().await;
                    lock(&maintainer, &workspace).await.status
                })
            })
            .collect();
        let mut winners = 0;
        for job in jobs {
            winners += usize::from(job.await.unwrap() == 200);
        }
        assert_eq!(winners, 1);
        unlock(&maintainer, &workspace).await.expect(200);
    }
}

/// One person, two processes, one lock, one serial, two different states: one becomes the current
/// one, and what is current is what was acknowledged.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_write_one_serial_exactly_one_wins() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let workspace = maintainer.workspace("contested").await;
    lock(&maintainer, &workspace).await.expect(200);
    for round in 1..=ROUNDS as u64 {
        let one = state(round, LINEAGE);
        let two = String::from_utf8(one.clone()).unwrap().replace("hello", "howdy").into_bytes();
        let outcomes = tokio::join!(
            attempt(&maintainer, &workspace, round, one.clone()),
            attempt(&maintainer, &workspace, round, two.clone())
        );
        assert!(outcomes.0 ^ outcomes.1, "round {round}: {outcomes:?}");
        assert_eq!(current_serial(&maintainer, &workspace).await, Some(round));
        let acknowledged = if outcomes.0 { one } else { two };
        assert_eq!(
            crate::fixtures::current_bytes(&maintainer, &workspace).await,
            acknowledged,
            "round {round}"
        );
    }
}

/// Announces and uploads; whether the state was acknowledged.
async fn attempt(caller: &testkit::Caller, workspace: &str, serial: u64, bytes: Vec<u8>) -> bool {
    let created = create(caller, workspace, serial, LINEAGE, &bytes).await;
    if created.status != 201 {
        assert_eq!(created.status, 409, "{}", created.text());
        return false;
    }
    let url = created.attribute("hosted-state-upload-url");
    let uploaded = caller.upload(url.as_str().unwrap(), bytes).await;
    assert!(matches!(uploaded.status, 200 | 409 | 422), "{}", uploaded.text());
    uploaded.status == 200
}

/// While one uploads, an owner takes the lock away: either the state was there before, or it is
/// refused; never is it taken after.
#[tokio::test(flavor = "multi_thread")]
async fn a_lock_taken_away_stops_the_upload() {
    let server = TestServer::start().await;
    let (maintainer, owner) = (server.maintainer().await, server.owner().await);
    let workspace = maintainer.workspace("contested").await;
    let force = format!("workspaces/{workspace}/actions/force-unlock");
    let mut serial = 0;
    for round in 0..ROUNDS / 4 {
        lock(&maintainer, &workspace).await.expect(200);
        let bytes = state(serial + 1, LINEAGE);
        let path = format!("workspaces/{workspace}/state-versions");
        let created = maintainer
            .post(&path, announcement(serial + 1, LINEAGE, &md5(&bytes), false))
            .await
            .expect(201);
        let url = created.attribute("hosted-state-upload-url").as_str().unwrap().to_owned();
        let (uploaded, forced) =
            tokio::join!(maintainer.upload(&url, bytes), owner.post_empty(&force));
        forced.expect(200);
        if uploaded.status == 200 {
            serial += 1;
        } else {
            assert!((400..500).contains(&uploaded.status), "round {round}: {}", uploaded.text());
        }
        let expected = (serial > 0).then_some(serial);
        assert_eq!(current_serial(&maintainer, &workspace).await, expected, "round {round}");
    }
}
