//! What binds tokens: networks, reading only, ends, and how long an organization lets them live.

use std::{sync::Arc, time::Duration};

use kernel::{FixedClock, Timestamp};
use serde_json::{Value, json};
use testkit::{Answer, Caller, Setup, TestServer};

use crate::{
    fixtures::{ids, resource},
    tokens::{list_path, make, shape, value},
};

const PATH: &str = "organizations/acme/token-ttl-policies";
const DAY: u64 = 86_400_000;

async fn standing_still() -> (TestServer, Arc<FixedClock>) {
    let clock = Arc::new(FixedClock::at(Timestamp::parse("2030-01-01T00:00:00Z").unwrap()));
    let setup = Setup { clock: clock.clone(), ..Setup::default() };
    (TestServer::start_with(setup).await, clock)
}

async fn limit(owner: &Caller, kind: &str, milliseconds: Value) -> Answer {
    let item = json!({"token-type": kind, "max-ttl-ms": milliseconds});
    let body = resource("organization-token-ttl-policies", json!({"token-ttl-policies": [item]}));
    owner.patch(PATH, body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_limits_have_this_shape_and_every_client_can_set_them() {
    let (server, _) = standing_still().await;
    let (owner, member) = (server.owner().await, server.member().await);
    let enabled = async || owner.get("organizations/acme").await.attribute("max-ttl-enabled");
    let none = owner.get(PATH).await.expect(200);
    assert_eq!(none.attributes("max-ttl-ms"), vec![Value::Null; 4]);
    assert_eq!(enabled().await, json!(false));
    limit(&owner, "team", json!(DAY)).await.expect(200);
    insta::assert_json_snapshot!(shape(&owner.get(PATH).await.expect(200), &server.url()));
    assert_eq!(enabled().await, json!(true));
    // The Python SDK sends a list of resources, an older Go one puts plain words.
    let item = json!({"type": "organization-token-ttl-policies",
        "attributes": {"token-type": "audit_trails", "max-ttl-ms": DAY}});
    owner.patch(PATH, json!({"data": [item]})).await.expect(200);
    let item = json!({"token_type": "organization", "max_ttl_ms": DAY});
    let all = owner
        .request(reqwest::Method::PUT, PATH)
        .header("content-type", "application/vnd.api+json")
        .body(json!({"token_ttl_policies": [item]}).to_string());
    let all = owner.send(all).await.expect(200);
    assert_eq!(all.attributes("max-ttl-ms"), [json!(DAY), json!(DAY), Value::Null, json!(DAY)]);
    // Our own kind is seen by those who ask for it: others know four.
    let with_keys = limit(&owner, "access_keys", json!(2 * DAY)).await.expect(200);
    assert_eq!(ids(&with_keys).len(), 5);
    assert_eq!(ids(&member.get(PATH).await.expect(200)).len(), 4);
    let keys = member.get(&format!("{PATH}?filter[token-type]=access-keys")).await.expect(200);
    assert_eq!(keys.attributes("max-ttl-ms"), [json!(2 * DAY)]);
    for nonsense in [json!(0), json!(-1), json!("1d"), json!(59_999), json!(1.5)] {
        limit(&owner, "team", nonsense).await.expect(422);
    }
    limit(&owner, "agent", json!(DAY)).await.expect(422);
    limit(&member, "team", Value::Null).await.expect(403);
    server.stranger().await.get(PATH).await.expect(404);
    // The switch of the organization takes all away, and brings the usual two years: from then on
    // nobody comes in with a token that never ends.
    let short = make(&owner, json!({"expired-at": "2030-01-02T00:00:00Z"})).await.expect(201);
    let owner = server.token(&value(&short));
    let switch = async |on: bool| {
        let body = resource("organizations", json!({"max-ttl-enabled": on}));
        owner.patch("organizations/acme", body).await.expect(200);
        owner.get(PATH).await.expect(200).attributes("max-ttl-ms")
    };
    assert_eq!(switch(false).await, vec![Value::Null; 4]);
    assert_eq!(switch(true).await, vec![json!(730 * DAY); 4]);
    owner.get("organizations/acme").await.expect(200);
    member.get("organizations/acme").await.expect(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_the_organization_are_held_to_the_limit_when_they_are_made() {
    let (server, _) = standing_still().await;
    let owner = server.owner().await;
    let team = server.team("acme", "ci").await.id;
    for kind in ["organization", "team", "audit_trails"] {
        limit(&owner, kind, json!(7 * DAY)).await.expect(200);
    }
    let places = [
        format!("teams/{team}/authentication-tokens"),
        format!("teams/{team}/authentication-token"),
        "organizations/acme/authentication-token".to_owned(),
        "organizations/acme/authentication-token?token=audit-trails".to_owned(),
        "organizations/acme/access-keys".to_owned(),
    ];
    for path in &places {
        let make = async |end: Option<&str>| {
            let mut attributes = json!({"description": "x"});
            if path.ends_with("access-keys") {
                attributes["level"] = json!("read");
            }
            if let Some(end) = end {
                attributes["expired-at"] = json!(end);
            }
            owner.post(path, resource("", attributes)).await
        };
        let refused = make(Some("2030-01-09T00:00:00Z")).await.expect(422);
        assert_eq!(refused.at("/errors/0/source/pointer"), json!("/data/attributes/expired-at"));
        assert!(refused.error().contains("2030-01-08"), "{path}: {}", refused.error());
        let kept = make(Some("2030-01-03T00:00:00Z")).await.expect(201);
        assert_eq!(kept.attribute("expired-at"), json!("2030-01-03T00:00:00.000Z"), "{path}");
        // No end, and one by a clock that runs a little ahead, are the latest there is.
        for end in [None, Some("2030-01-08T00:00:30Z")] {
            let capped = make(end).await.expect(201);
            assert_eq!(capped.attribute("expired-at"), json!("2030-01-08T00:00:00.000Z"), "{path}");
        }
    }
    // Keys can have a limit of their own.
    limit(&owner, "access_keys", json!(DAY)).await.expect(200);
    let key = resource("access-keys", json!({"level": "read"}));
    let key = owner.post("organizations/acme/access-keys", key).await.expect(201);
    assert_eq!(key.attribute("expired-at"), json!("2030-01-02T00:00:00.000Z"));
    limit(&owner, "team", Value::Null).await.expect(200);
    let free = owner.post(&places[0], json!({})).await.expect(201);
    assert_eq!(free.attribute("expired-at"), Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn peoples_tokens_are_held_to_the_limit_where_they_are_used() {
    let (server, _) = standing_still().await;
    let (owner, member) = (server.owner().await, server.member().await);
    let short = make(&owner, json!({"expired-at": "2030-01-02T00:00:00Z"})).await.expect(201);
    let short = server.token(&value(&short));
    limit(&owner, "user", json!(DAY)).await.expect(200);
    short.get("organizations/acme").await.expect(200);
    let refused = owner.get("organizations/acme").await.expect(403);
    assert!(refused.error().contains("24 hours"), "{}", refused.error());
    member.get(PATH).await.expect(403);
    // Elsewhere they are good, and a session has no such limit.
    owner.get("account/details").await.expect(200);
    let browser = server.browser_of("owner").await;
    browser.get("/app/acme/workspaces").await.expect(200);
    browser.submit("/app/acme/settings/tokens/limits", &[("user", "")]).await.expect(303);
    owner.get("organizations/acme").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_read_only_token_changes_nothing() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let workspace = owner.workspace("network").await;
    let reader = make(&owner, json!({"read-only": true})).await.expect(201);
    let reader = server.token(&value(&reader));
    reader.get(&format!("workspaces/{workspace}")).await.expect(200);
    reader.get(&list_path(&reader).await).await.expect(200);
    for path in [&list_path(&reader).await, "organizations/acme/authentication-token"] {
        reader.post_empty(path).await.expect(403);
    }
    reader.post_empty(&format!("workspaces/{workspace}/actions/lock")).await.expect(403);
    reader.delete(&format!("workspaces/{workspace}")).await.expect(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_works_from_its_networks_and_makes_tokens_for_those() {
    let options = stateward::options::Options {
        trusted_proxies: Some(vec!["127.0.0.1".to_owned()]),
        ..Default::default()
    };
    let server = TestServer::start_with(Setup { options, ..Setup::default() }).await;
    let owner = server.owner().await;
    let bound = json!({"source-networks": ["10.0.0.0/8", "2001:db8::/32"]});
    let bound = server.token(&value(&make(&owner, bound).await.expect(201)));
    let from = async |address: &str| {
        let request = bound.request(reqwest::Method::GET, "account/details");
        bound.send(request.header("x-forwarded-for", address)).await.status
    };
    for (address, status) in [
        ("10.9.8.7", 200),
        ("::ffff:10.9.8.7", 200),
        ("2001:db8::7", 200),
        ("11.0.0.1", 401),
        ("203.0.113.9, 10.0.0.1", 200),
        ("10.0.0.1, 203.0.113.9", 401),
    ] {
        assert_eq!(from(address).await, status, "{address}");
    }
    bound.get("account/details").await.expect(401);
    let path = list_path(&owner).await;
    let make_there = async |networks: Value| {
        let body = resource("", json!({"source-networks": networks}));
        let request = bound.request(reqwest::Method::POST, &path);
        let request = request
            .header("x-forwarded-for", "10.0.0.1")
            .header("content-type", "application/json");
        bound.send(request.body(body.to_string())).await
    };
    make_there(json!(["10.1.0.0/16"])).await.expect(201);
    // Nor does it let in from anywhere whom it likes.
    let trust = json!({"name": "ci", "issuer": "https://issuer.example",
        "rules": [{"claim": "sub", "equals": "x"}], "level": "read"});
    let request = bound.request(reqwest::Method::POST, "organizations/acme/trusted-issuers");
    let request =
        request.header("x-forwarded-for", "10.0.0.1").header("content-type", "application/json");
    let body = resource("trusted-issuers", trust).to_string();
    let refused = bound.send(request.body(body)).await.expect(403);
    assert!(refused.error().contains("10.0.0.0/8"), "{}", refused.text());
    for networks in [json!([]), json!(["0.0.0.0/0"]), json!(["10.1.0.0/16", "11.0.0.0/8"])] {
        let refused = make_there(networks).await.expect(422);
        let pointer = json!("/data/attributes/source-networks");
        assert_eq!(refused.at("/errors/0/source/pointer"), pointer);
    }
    // Where it was last used from is the client's address, not the proxy's.
    let used = server.token(owner.token());
    let all = used.get(&path).await.expect(200);
    assert!(all.attributes("last-used-address").contains(&json!("10.0.0.1")), "{}", all.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_ends_makes_its_successor_and_none_that_lives_longer() {
    let (server, clock) = standing_still().await;
    let owner = server.owner().await;
    let week = make(&owner, json!({"expired-at": "2030-01-08T00:00:00Z"})).await.expect(201);
    let week = server.token(&value(&week));
    clock.advance(Duration::from_hours(5 * 24));
    let until = async |end: Value| make(&week, json!({"expired-at": end})).await;
    let next = until(json!("2030-01-13T00:00:00Z")).await.expect(201);
    until(json!("2031-01-01T00:00:00Z")).await.expect(422);
    let capped = until(Value::Null).await.expect(201);
    assert_eq!(capped.attribute("expired-at"), json!("2030-01-13T00:00:00.000Z"));
    clock.advance(Duration::from_hours(3 * 24));
    week.get("account/details").await.expect(401);
    server.token(&value(&next)).get("account/details").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn expired_tokens_are_seen_for_a_while_and_then_forgotten() {
    let (server, clock) = standing_still().await;
    let owner = server.owner().await;
    let made = make(&owner, json!({"expired-at": "2030-01-02T00:00:00Z"})).await.expect(201);
    let path = format!("authentication-tokens/{}", made.id());
    clock.advance(Duration::from_hours(29 * 24));
    server.app().identity().forget_expired().await.unwrap();
    owner.get(&path).await.expect(200);
    clock.advance(Duration::from_hours(3 * 24));
    server.app().identity().forget_expired().await.unwrap();
    owner.get(&path).await.expect(404);
    owner.get("account/details").await.expect(200);
}
