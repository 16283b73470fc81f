//! `/.well-known/terraform.json`, `ping`, and the headers that every answer carries.

use reqwest::Method;
use serde_json::json;
use testkit::{Answer, TestServer};

#[track_caller]
fn assert_headers(answer: &Answer) {
    assert_eq!(answer.header("tfp-api-version"), Some("2.6"));
    assert_eq!(answer.header("tfp-appname"), Some("Terraform Enterprise"));
    assert_eq!(answer.header("x-tfe-version"), Some("v202408-1"));
    assert!(answer.header("x-request-id").is_some_and(|id| !id.is_empty()));
    if let Some(limit) = answer.header("x-ratelimit-limit") {
        // Below 4 clients' own limiters let nothing through.
        assert!(limit.parse::<f64>().unwrap() >= 4.0, "{limit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_services_are_named() {
    let server = TestServer::start().await;
    let answer = server.anonymous().get("/.well-known/terraform.json").await.expect(200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_headers(&answer);
    insta::assert_json_snapshot!(answer.json());
    // Ports must differ, or clients find none.
    assert!(answer.at("/login.v1/ports/0").as_u64() < answer.at("/login.v1/ports/1").as_u64());
}

#[tokio::test(flavor = "multi_thread")]
async fn stale_tokens_are_no_obstacle_to_finding_the_services() {
    let server = TestServer::start().await;
    for caller in [server.anonymous(), server.token("gone"), server.member().await] {
        caller.get("/.well-known/terraform.json").await.expect(200);
        let ping = caller.get("ping").await.expect(204);
        assert_headers(&ping);
        assert!(ping.body.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_answer_carries_the_versions() {
    let server = TestServer::start().await;
    let (anonymous, maintainer) = (server.anonymous(), server.maintainer().await);
    let workspace = maintainer.workspace("network").await;
    let answers = [
        (200, maintainer.get("account/details").await),
        (204, anonymous.get("ping").await),
        (303, anonymous.get("/app").await),
        (400, maintainer.raw(Method::POST, "organizations", "application/json", "{").await),
        (401, anonymous.get("account/details").await),
        (401, server.token("gone").get("account/details").await),
        (403, maintainer.delete("organizations/acme").await),
        (404, maintainer.get("organizations/nothing").await),
        (404, anonymous.get("no-such-thing").await),
        (404, anonymous.get("/no/such/page").await),
        (405, maintainer.delete("ping").await),
        (405, maintainer.post("/.well-known/terraform.json", json!({})).await),
        (409, maintainer.post_empty(&format!("workspaces/{workspace}/actions/unlock")).await),
        (415, maintainer.raw(Method::POST, "organizations", "text/plain", "x").await),
        (422, maintainer.post("organizations", json!({"data": {"attributes": {"name": 1}}})).await),
        (200, anonymous.get("/assets/stateward.css").await),
    ];
    for (status, answer) in answers {
        assert_headers(&answer.expect(status));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_documents_with_statuses_as_texts() {
    let server = TestServer::start().await;
    let member = server.member().await;
    for answer in [
        member.get("organizations/nothing").await,
        member.delete("ping").await,
        member.get("no-such-thing").await,
        server.anonymous().get("account/details").await,
    ] {
        let status = answer.at("/errors/0/status");
        assert_eq!(status, json!(answer.status.to_string()));
        assert!(answer.at("/errors/0/title").is_string());
        let content_type = answer.header("content-type").unwrap();
        assert!(content_type.starts_with("application/vnd.api+json"), "{content_type}");
    }
}
