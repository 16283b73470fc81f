//! Tokens that end while they are used: after the answer that one is revoked, no request that
//! starts later is let in, on any server; of those that replace each other one is left.

use std::{sync::Arc, time::Instant};

use serde_json::{Value, json};
use testkit::{Caller, TestServer};
use tokio::sync::{Barrier, watch};

use crate::{
    fixtures::{LINEAGE, announcement, current_serial, ids, lock, md5, resource, state},
    tokens::value,
};

const WORKERS: usize = 12;
const ROUNDS: usize = 12;

/// Every kind of token: where it is made, and from what.
async fn kinds(server: &TestServer, owner: &Caller) -> Vec<(String, Value)> {
    let team = server.team("acme", "ci").await.id;
    let user = owner.get("account/details").await.expect(200).id();
    vec![
        (format!("users/{user}/authentication-tokens"), json!({})),
        (format!("teams/{team}/authentication-tokens"), json!({"description": "x"})),
        (format!("teams/{team}/authentication-token"), json!({})),
        ("organizations/acme/authentication-token".to_owned(), json!({})),
        ("organizations/acme/access-keys".to_owned(), json!({"level": "read"})),
    ]
}

/// Uses a token from many tasks until told to stop; gives when each request started and how it was
/// answered.
async fn used(
    callers: &[Caller],
    start: &Arc<Barrier>,
    stop: &watch::Receiver<bool>,
) -> Vec<(Instant, u16)> {
    let workers: Vec<_> = (0..WORKERS)
        .map(|number| {
            let (caller, start) = (callers[number % callers.len()].clone(), Arc::clone(start));
            let stop = stop.clone();
            tokio::spawn(async move {
                start.wait().await;
                let mut seen = Vec::new();
                while !*stop.borrow() {
                    let began = Instant::now();
                    seen.push((began, caller.get("organizations/acme").await.status));
                }
                // At least one that is certain to come after.
                let began = Instant::now();
                seen.push((began, caller.get("organizations/acme").await.status));
                seen
            })
        })
        .collect();
    let mut all = Vec::new();
    for worker in workers {
        all.extend(worker.await.unwrap());
    }
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_lets_nobody_in_who_comes_after_the_answer() {
    let server = TestServer::start().await;
    let beside = server.beside().await;
    let owner = server.owner().await;
    let mut refused = 0;
    for (path, attributes) in kinds(&server, &owner).await {
        for round in 0..ROUNDS {
            let made = owner.post(&path, resource("", attributes.clone())).await.expect(201);
            let mut callers = vec![server.token(&value(&made))];
            callers.extend(beside.as_ref().map(|beside| beside.token(&value(&made))));
            let start = Arc::new(Barrier::new(WORKERS + 1));
            let (tell, stop) = watch::channel(false);
            let revoke = async {
                start.wait().await;
                for caller in &callers {
                    caller.get("organizations/acme").await.expect(200);
                }
                // By its id, or by a new one that takes its place.
                if round % 2 == 0 || !path.ends_with("authentication-token") {
                    owner.delete(&format!("authentication-tokens/{}", made.id())).await.expect(204);
                } else {
                    owner.post_empty(&path).await.expect(201);
                }
                let revoked = Instant::now();
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                tell.send(true).unwrap();
                revoked
            };
            let (seen, revoked) = tokio::join!(used(&callers, &start, &stop), revoke);
            for (began, status) in seen {
                // A key that goes while a request is under way takes what it saw with it.
                assert!(matches!(status, 200 | 401 | 404), "{path}: {status}");
                assert!(began < revoked || status == 401, "{path}: let in after it was revoked");
                refused += usize::from(status == 401);
            }
        }
    }
    assert!(refused >= 5 * ROUNDS * WORKERS, "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_tokens_that_replace_each_other_at_once_one_is_left() {
    let server = TestServer::start().await;
    let beside = server.beside().await;
    let owner = server.owner().await;
    let mut owners = vec![owner.clone()];
    owners.extend(beside.as_ref().map(|beside| beside.token(owner.token())));
    let team = server.team("acme", "ci").await.id;
    let single = format!("teams/{team}/authentication-token");
    for path in [
        "organizations/acme/authentication-token",
        "organizations/acme/authentication-token?token=audit-trails",
        single.as_str(),
    ] {
        for _ in 0..ROUNDS {
            let start = Arc::new(Barrier::new(WORKERS));
            let makers: Vec<_> = (0..WORKERS)
                .map(|number| {
                    let (owner, start) = (owners[number % owners.len()].clone(), start.clone());
                    let path = path.to_owned();
                    tokio::spawn(async move {
                        start.wait().await;
                        owner.post_empty(&path).await.expect(201)
                    })
                })
                .collect();
            let mut made = Vec::new();
            for maker in makers {
                made.push(maker.await.unwrap());
            }
            let left = owner.get(path).await.expect(200).id();
            let mut alive = Vec::new();
            for token in &made {
                let answer = server.token(&value(token)).get("account/details").await;
                if answer.status == 200 {
                    alive.push(token.id());
                } else {
                    assert_eq!(answer.status, 401, "{}", answer.text());
                }
            }
            assert_eq!(alive, [left]);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_being_revoked_makes_no_other_that_outlives_it() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let team = server.team("acme", "ci").await.id;
    let path = format!("teams/{team}/authentication-tokens");
    for _ in 0..ROUNDS {
        let made = owner.post(&path, json!({})).await.expect(201);
        let thief = server.token(&value(&made));
        let own = format!("authentication-tokens/{}", made.id());
        let heirs = async {
            let mut heirs = Vec::new();
            loop {
                let heir = thief
                    .post(&path, json!({"data": {"attributes": {"description": "heir"}}}))
                    .await;
                if heir.status != 201 {
                    assert_eq!(heir.status, 401, "{}", heir.text());
                    break heirs;
                }
                heirs.push(heir.id());
            }
        };
        let revoke = async {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            owner.delete(&own).await.expect(204);
            // What is there now is all there will ever be.
            ids(&owner.get(&format!("{path}?page[size]=100")).await.expect(200))
        };
        let (heirs, seen) = tokio::join!(heirs, revoke);
        for heir in heirs {
            assert!(seen.contains(&heir), "made after its maker was revoked");
            owner.delete(&format!("authentication-tokens/{heir}")).await.expect(204);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_ends_with_the_token_it_was_announced_with() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    for (number, (path, attributes)) in kinds(&server, &owner).await.into_iter().enumerate() {
        if path.starts_with("organizations/acme/authentication-token") {
            // It writes no state.
            continue;
        }
        let workspace = owner.workspace(&format!("network-{number}")).await;
        if path.starts_with("teams/") {
            let id = path.split('/').nth(1).unwrap();
            let grant = json!({"data": {"type": "team-workspaces", "attributes": {"access": "write"},
                "relationships": {
                    "team": {"data": {"type": "teams", "id": id}},
                    "workspace": {"data": {"type": "workspaces", "id": workspace}}}}});
            owner.post("team-workspaces", grant).await.expect(201);
        }
        let body = if path.ends_with("access-keys") {
            json!({"data": {"attributes": {"level": "write"}, "relationships":
                {"workspace": {"data": {"type": "workspaces", "id": workspace}}}}})
        } else {
            resource("", attributes)
        };
        let made = owner.post(&path, body).await.expect(201);
        let job = server.token(&value(&made));
        lock(&job, &workspace).await.expect(200);
        let bytes = state(1, LINEAGE);
        let versions = format!("workspaces/{workspace}/state-versions");
        let announced = announcement(1, LINEAGE, &md5(&bytes), false);
        let created = job.post(&versions, announced).await.expect(201);
        let upload = created.attribute("hosted-state-upload-url").as_str().unwrap().to_owned();
        owner.delete(&format!("authentication-tokens/{}", made.id())).await.expect(204);
        let refused = job.upload(&upload, bytes).await;
        assert!(matches!(refused.status, 401 | 403 | 404), "{path}: {}", refused.text());
        job.get(&format!("workspaces/{workspace}")).await.expect(401);
        assert_eq!(current_serial(&owner, &workspace).await, None, "{path}");
    }
}
