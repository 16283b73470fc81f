//! The routes and the extractors.

use std::time::Duration;

use axum::{body::Body, extract::Request, response::Response};
use http::{StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{PASSWORD, Site, secret};
use crate::{User, routes};

impl Site {
    async fn send(&self, request: Request) -> Response {
        routes(self.identity.clone()).into_router().oneshot(request).await.unwrap()
    }

    async fn call(
        &self,
        method: &str,
        path: &str,
        token: &str,
        body: Value,
    ) -> (StatusCode, Value) {
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/vnd.api+json")
            .body(body)
            .unwrap();
        let response = self.send(request).await;
        (response.status(), json_of(response).await)
    }

    async fn token(&self, user: &User) -> String {
        let made = self.identity.create_token(&self.context(user), user.id, "t", None).await;
        made.unwrap().1.into_exposed()
    }

    /// Signs somebody in and gives the cookie that the browser then sends.
    async fn cookie(&self, user: &User) -> String {
        let context = self.stranger("192.0.2.7");
        let signed_in = self.identity.sign_in(&context, &user.username, &secret(PASSWORD)).await;
        signed_in.unwrap().cookie.split(';').next().unwrap().to_owned()
    }

    async fn page(&self, path: &str, cookie: &str) -> Response {
        let request = Request::builder().uri(path).header(header::COOKIE, cookie);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    async fn form(&self, path: &str, cookie: &str, form: &str) -> Response {
        let request = Request::builder()
            .method("POST")
            .uri(path)
            .header(header::COOKIE, cookie)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request.body(Body::from(form.to_owned())).unwrap()).await
    }
}

async fn json_of(response: Response) -> Value {
    let text = text_of(response).await;
    if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap() }
}

async fn text_of(response: Response) -> String {
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    String::from_utf8(bytes.into()).unwrap()
}

#[tokio::test]
async fn the_first_calls_of_a_client_answer_anybody() {
    let site = Site::new();
    for token in ["", "stale"] {
        let (status, _) = site.call("GET", "/api/v2/ping", token, Value::Null).await;
        assert_eq!(status, StatusCode::NO_CONTENT);
        let (status, document) =
            site.call("GET", "/.well-known/terraform.json", token, Value::Null).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(document["tfe.v2"], "/api/v2/");
        assert_eq!(document["login.v1"]["ports"], json!([10_000, 10_010]));
        assert!(document.get("modules.v1").is_none());
    }
    let (status, _) = site.call("GET", "/api/v2/account/details", "stale", Value::Null).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn tokens_end_and_are_revoked_at_once() {
    let site = Site::new();
    let ada = site.person("ada").await;
    let token = site.token(&ada).await;
    let read = || site.call("GET", "/api/v2/account/details", &token, Value::Null);
    let (status, document) = read().await;
    assert_eq!(
        (status, &document["data"]["attributes"]["username"]),
        (StatusCode::OK, &json!("ada"))
    );
    let path = format!("/api/v2/users/{}/authentication-tokens", ada.id);
    let body = json!({ "data": { "attributes": {
        "description": "short", "expired-at": "2023-11-14T22:13:30.000Z"
    } } });
    let (status, made) = site.call("POST", &path, &token, body).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let short = made["data"]["attributes"]["token"].as_str().unwrap().to_owned();
    let read_short = || site.call("GET", "/api/v2/account/details", &short, Value::Null);
    assert_eq!(read_short().await.0, StatusCode::OK);
    site.advance(Duration::from_secs(10));
    assert_eq!(read_short().await.0, StatusCode::UNAUTHORIZED);
    site.identity.flush_last_used().await.unwrap();
    let (_, list) = site.call("GET", &path, &token, Value::Null).await;
    let tokens = list["data"].as_array().unwrap();
    let short = tokens.iter().find(|one| one["attributes"]["description"] == "short").unwrap();
    assert_eq!(tokens.len(), 2);
    assert_eq!(short["attributes"]["token"], Value::Null);
    assert_eq!(short["attributes"]["last-used-at"], "2023-11-14T22:13:20.000Z");

    site.identity.revoke_token_by_value(&site.stranger("192.0.2.1"), &token).await.unwrap();
    assert_eq!(read().await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn organizations_and_projects_speak_the_contract() {
    let site = Site::new();
    let ada = site.person("ada").await;
    let token = site.token(&ada).await;
    let body = json!({ "data": { "type": "organizations", "attributes": {
        "name": "acme", "email": "ops@example.com", "session-timeout": 60
    } } });
    let (status, made) = site.call("POST", "/api/v2/organizations", &token, body).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    let attributes = &made["data"]["attributes"];
    assert_eq!(made["data"]["id"], "acme");
    assert_eq!(attributes["default-execution-mode"], "local");
    assert_eq!(attributes["session-timeout"], 60);
    assert_eq!(attributes["permissions"]["can-destroy"], true);
    let path = "/api/v2/organizations/acme.Default%20Project/entitlement-set";
    let (_, entitlements) = site.call("GET", path, &token, Value::Null).await;
    assert_eq!(entitlements["data"]["attributes"]["operations"], false);
    assert_eq!(entitlements["data"]["id"], attributes["external-id"]);

    let body = json!({ "data": { "attributes": { "name": "web",
        "setting-overwrites": { "default-execution-mode": true }, "default-execution-mode": "remote" },
        "relationships": { "tag-bindings": { "data": [
            { "type": "tag-bindings", "attributes": { "key": "env", "value": "prod" } }] } } } });
    let (status, made) =
        site.call("POST", "/api/v2/organizations/acme/projects", &token, body).await;
    assert_eq!(status, StatusCode::CREATED, "{made}");
    assert_eq!(made["data"]["attributes"]["default-execution-mode"], "remote");
    let path = "/api/v2/organizations/acme/projects?filter%5Bnames%5D=web\
                &include=effective_tag_bindings&filter%5Btagged%5D%5B0%5D%5Bkey%5D=env";
    let (_, list) = site.call("GET", path, &token, Value::Null).await;
    assert_eq!(list["meta"]["pagination"]["total-count"], 1);
    assert_eq!(list["included"][0]["attributes"], json!({ "key": "env", "value": "prod" }));
    let path = format!("/api/v2/projects/{}", made["data"]["id"].as_str().unwrap());
    let body = json!({ "data": { "attributes": {
        "setting-overwrites": { "default-execution-mode": false } } } });
    let (_, changed) = site.call("PATCH", &path, &token, body).await;
    assert_eq!(changed["data"]["attributes"]["default-execution-mode"], "local");
}

#[tokio::test]
async fn what_is_wrong_in_a_document_is_pointed_at() {
    let site = Site::new();
    let ada = site.person("ada").await;
    let token = site.token(&ada).await;
    site.organization("acme", &ada).await;
    let cases = [
        ("/api/v2/organizations", json!({ "name": "a b", "email": "x@y" }), "name"),
        ("/api/v2/organizations", json!({ "name": "abc" }), "email"),
        ("/api/v2/organizations", json!({ "name": 7, "email": "x@y" }), "name"),
        (
            "/api/v2/organizations",
            json!({ "name": "abc", "email": "x@y", "session-timeout": "long" }),
            "session-timeout",
        ),
        (
            "/api/v2/organizations",
            json!({ "name": "abc", "email": "x@y", "default-execution-mode": "agent" }),
            "default-execution-mode",
        ),
        ("/api/v2/organizations/acme/projects", json!({ "name": "../x" }), "name"),
        ("/api/v2/organizations/acme/organization-memberships", json!({ "email": "x" }), "email"),
    ];
    for (path, attributes, field) in cases {
        let body = json!({ "data": { "attributes": attributes } });
        let (status, answer) = site.call("POST", path, &token, body).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {answer}");
        let pointer = &answer["errors"][0]["source"]["pointer"];
        assert_eq!(*pointer, format!("/data/attributes/{field}"), "{path} {answer}");
    }
}

#[tokio::test]
async fn pages_lead_strangers_to_the_sign_in_page_and_back() {
    let site = Site::new();
    let ada = site.person("ada").await;
    let answer = site.page("/app/settings/tokens?source=terraform-login", "").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(
        answer.headers()[header::LOCATION],
        "/app/sign-in?return_to=%2Fapp%2Fsettings%2Ftokens%3Fsource%3Dterraform-login"
    );
    let cookie = site.cookie(&ada).await;
    let used = async || site.page("/app/settings/tokens", &cookie).await.status();
    assert_eq!(used().await, StatusCode::OK);
    // A session lasts while it is used, but no longer than its lifetime.
    for _ in 0..8 {
        site.advance(Duration::from_hours(20));
        assert_eq!(used().await, StatusCode::OK);
    }
    site.advance(Duration::from_hours(20));
    assert_eq!(used().await, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn unused_and_ended_sessions_are_over() {
    let site = Site::new();
    let ada = site.person("ada").await;
    let cookie = site.cookie(&ada).await;
    site.advance(Duration::from_hours(24));
    assert_eq!(site.page("/app", &cookie).await.status(), StatusCode::SEE_OTHER);
    let cookie = site.cookie(&ada).await;
    assert_eq!(site.page("/app", &cookie).await.status(), StatusCode::OK);
    let system = site.identity.system();
    site.identity.set_password(&system, ada.id, secret("another one")).await.unwrap();
    assert_eq!(site.page("/app", &cookie).await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn forms_must_come_from_the_persons_own_session() {
    let site = Site::new();
    let (ada, eve) = (site.person("ada").await, site.person("eve").await);
    let (cookie, other) = (site.cookie(&ada).await, site.cookie(&eve).await);
    let csrf = async |cookie: &str| {
        let page = text_of(site.page("/app/settings/tokens", cookie).await).await;
        let rest = page.split("name=\"csrf\" value=\"").nth(1).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let own = csrf(&cookie).await;
    let foreign = csrf(&other).await;
    for form in [String::new(), "csrf=".into(), "csrf=AAAA".into(), format!("csrf={foreign}")] {
        let answer = site.form("/app/sign-out", &cookie, &form).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{form}");
    }
    let answer = site.form("/app/sign-out", &cookie, &format!("csrf={own}")).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert!(answer.headers()[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(site.page("/app", &cookie).await.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn what_is_no_name_or_id_is_not_found() {
    let site = Site::new();
    let ada = site.person("ada").await;
    let token = site.token(&ada).await;
    let paths = [
        "/api/v2/organizations/%ff",
        "/api/v2/organizations/..%2f..%2fetc",
        "/api/v2/organizations/a%00b/projects",
        "/api/v2/organizations/acme%0d%0aSet-Cookie:%20a=b",
        "/api/v2/projects/prj-short",
        "/api/v2/projects/%ff/tag-bindings",
        "/api/v2/users/ada",
        "/api/v2/authentication-tokens/at-%27%20OR%201=1",
        "/api/v2/organization-memberships/ou-AAAAAAAAAAAAAAAA",
    ];
    for path in paths {
        let (status, answer) = site.call("GET", path, &token, Value::Null).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer["errors"][0]["status"], "404", "{path}");
        let (status, _) = site.call("GET", path, "stale", Value::Null).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let path = "/api/v2/organizations?q=%00%25&page%5Bnumber%5D=9&page%5Bsize%5D=x&include=junk";
    let (status, list) = site.call("GET", path, &token, Value::Null).await;
    assert_eq!((status, &list["data"]), (StatusCode::OK, &json!([])));
}
