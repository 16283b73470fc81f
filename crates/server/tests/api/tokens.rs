//! `users/:id/authentication-tokens` and `authentication-tokens/:id`.

use std::{sync::Arc, time::Duration};

use kernel::{FixedClock, Timestamp};
use serde_json::{Value, json};
use testkit::{Answer, Caller, Setup, TestServer};

use crate::fixtures::{ids, redacted, resource};

pub(crate) async fn list_path(caller: &Caller) -> String {
    let user = caller.get("account/details").await.expect(200).id();
    format!("users/{user}/authentication-tokens")
}

pub(crate) async fn make(caller: &Caller, attributes: Value) -> Answer {
    let path = list_path(caller).await;
    caller.post(&path, resource("authentication-tokens", attributes)).await
}

/// The value of a token that was made.
pub(crate) fn value(made: &Answer) -> String {
    made.attribute("token").as_str().expect("a token").to_owned()
}

/// What was answered, without what differs from run to run.
pub(crate) fn shape(answer: &Answer, server_url: &str) -> Value {
    let mut document = redacted(answer, server_url);
    if let Some(token) = document.pointer_mut("/data/attributes/token")
        && token.is_string()
    {
        *token = json!("[token]");
    }
    document
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_has_this_shape_and_is_shown_once() {
    let server = TestServer::start().await;
    let member = server.member().await;
    let made = make(&member, json!({"description": "laptop"})).await.expect(201);
    let secret = value(&made);
    assert!(secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
    server.token(&secret).get("account/details").await.expect(200);
    let read = member.get(&format!("authentication-tokens/{}", made.id())).await.expect(200);
    let list = member.get(&list_path(&member).await).await.expect(200);
    for answer in [&read, &list] {
        assert!(!answer.text().contains(&secret));
    }
    assert!(ids(&list).contains(&made.id()));
    insta::assert_json_snapshot!(shape(&made, &server.url()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_needs_no_words_about_itself() {
    let server = TestServer::start().await;
    let member = server.member().await;
    let path = list_path(&member).await;
    for body in [json!({}), json!({"data": {"type": "authentication-tokens"}})] {
        let made = member.post(&path, body).await.expect(201);
        assert_eq!(made.attribute("expired-at"), Value::Null);
    }
    let made = member.post_empty(&path).await.expect(201);
    server.token(&value(&made)).get("account/details").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_is_refused_on_the_very_next_request() {
    let server = TestServer::start().await;
    let member = server.member().await;
    for _ in 0..20 {
        let made = make(&member, json!({"description": "short-lived"})).await.expect(201);
        let caller = server.token(&value(&made));
        caller.get("account/details").await.expect(200);
        member.delete(&format!("authentication-tokens/{}", made.id())).await.expect(204);
        caller.get("account/details").await.expect(401);
        caller.get("organizations/acme/workspaces/nothing").await.expect(401);
    }
    // A token can revoke itself.
    let own = make(&member, json!({})).await.expect(201);
    let caller = server.token(&value(&own));
    caller.delete(&format!("authentication-tokens/{}", own.id())).await.expect(204);
    caller.delete(&format!("authentication-tokens/{}", own.id())).await.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_refused_from_its_instant_on() {
    let now = Timestamp::parse("2030-01-01T00:00:00Z").unwrap();
    let clock = Arc::new(FixedClock::at(now));
    let server = TestServer::start_with(Setup { clock: clock.clone(), ..Setup::default() }).await;
    let member = server.member().await;
    let made = make(&member, json!({"expired-at": "2030-01-01T01:00:00.000Z"})).await.expect(201);
    assert_eq!(made.attribute("expired-at"), json!("2030-01-01T01:00:00.000Z"));
    let caller = server.token(&value(&made));
    clock.advance(Duration::from_secs(3_599));
    caller.get("account/details").await.expect(200);
    clock.advance(Duration::from_secs(1));
    caller.get("account/details").await.expect(401);
    member.get("account/details").await.expect(200);
    for text in ["2030-01-01T00:00:00Z", "yesterday", ""] {
        make(&member, json!({"expired-at": text})).await.expect(422);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_their_owners_alone() {
    let server = TestServer::start().await;
    let (owner, member) = (server.owner().await, server.member().await);
    let made = make(&member, json!({})).await.expect(201);
    let (path, list) = (format!("authentication-tokens/{}", made.id()), list_path(&member).await);
    owner.get(&path).await.expect(404);
    owner.delete(&path).await.expect(404);
    owner.get(&list).await.expect(404);
    owner.post(&list, json!({})).await.expect(404);
    // Not even an administrator acts as somebody else; but they can take a token away.
    let root = server.site_admin().await;
    root.post(&list, json!({})).await.expect(404);
    root.get(&list).await.expect(200);
    root.delete(&path).await.expect(204);
    server.token(&value(&made)).get("account/details").await.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_token_is_refused() {
    let server = TestServer::start().await;
    let member = server.member().await;
    let good = member.token().to_owned();
    let mut flipped = good.clone();
    let last = if flipped.ends_with('A') { 'B' } else { 'A' };
    flipped.pop();
    flipped.push(last);
    let long = "x".repeat(5_000);
    for token in ["x", flipped.as_str(), &good[1..], &long, "..", "a b"] {
        server.token(token).get("account/details").await.expect(401);
    }
    let anonymous = server.anonymous();
    for header in ["Basic abc", "Bearer", "Bearer ", good.as_str(), ""] {
        let request = anonymous.request(reqwest::Method::GET, "account/details");
        anonymous.send(request.header("authorization", header)).await.expect(401);
    }
    let request = anonymous.request(reqwest::Method::GET, "account/details");
    anonymous.send(request.header("authorization", format!("bearer {good}"))).await.expect(200);
}
