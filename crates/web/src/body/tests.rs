//! Bodies of every shape, read by the extractors.

use axum::{Router, body::Body, response::IntoResponse, routing::post};
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use proptest::prelude::*;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::*;
use crate::{Answer, Settings, finish};

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
struct Attributes {
    name: Option<String>,
    auto_apply: Option<bool>,
    #[serde(deserialize_with = "patch")]
    vcs_repo: Option<Option<Value>>,
    tag_names: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Named {
    name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Reason {
    reason: String,
}

async fn attributes(body: JsonApi<Attributes>) -> String {
    let Attributes { name, auto_apply, vcs_repo, tag_names } = body.attributes;
    format!("{:?} {:?} {name:?} {auto_apply:?} {vcs_repo:?} {tag_names:?}", body.kind, body.id)
}

async fn named(body: JsonApi<Named>) -> String {
    body.attributes.name
}

async fn tags(Linkages(items): Linkages) -> Answer<String> {
    let names: kernel::Result<Vec<_>> =
        items.iter().map(|item| item.required_text("name")).collect();
    Ok(names?.join(","))
}

fn router() -> Router {
    let reason = |body: JsonApiOptional<Reason>| async { body.0.attributes.reason };
    let bare = |BareJson(Reason { reason }): BareJson<Reason>| async { reason };
    let large = |LargeJsonApi(body): LargeJsonApi<Named>| async { body.attributes.name };
    let router = Router::new()
        .route("/api/attributes", post(attributes))
        .route("/api/named", post(named))
        .route("/api/tags", post(tags))
        .route("/api/reason", post(reason))
        .route("/api/bare", post(bare))
        .route("/api/large", post(large));
    let settings =
        Settings { max_body_bytes: 10_000, max_state_bytes: 30_000, ..Settings::new("https://x") };
    finish(router, settings)
}

async fn send(path: &str, content_type: &str, body: impl Into<Body>) -> (StatusCode, String) {
    let mut request = Request::post(path);
    if !content_type.is_empty() {
        request = request.header(header::CONTENT_TYPE, content_type);
    }
    let request = request.body(body.into()).unwrap();
    let response = router().oneshot(request).await.into_response();
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn post_json(path: &str, body: impl Into<Body>) -> (StatusCode, String) {
    send(path, "application/vnd.api+json; charset=utf-8", body).await
}

/// Status, pointer and detail of the first error.
async fn refused(path: &str, body: impl Into<Body>) -> (u16, Value, String) {
    let (status, text) = post_json(path, body).await;
    let document: Value = serde_json::from_str(&text).unwrap();
    let error = &document["errors"][0];
    assert_eq!(error["status"], status.as_str());
    let detail = error["detail"].as_str().unwrap().to_owned();
    (status.as_u16(), error["source"]["pointer"].clone(), detail)
}

#[tokio::test]
async fn absent_and_null_are_told_apart() {
    let absent = r#"{"data": {"type": "workspaces", "attributes": {"name": "a", "junk": [{}]}}}"#;
    let (_, text) = post_json("/api/attributes", absent).await;
    assert_eq!(text, r#"Some("workspaces") None Some("a") None None []"#);
    let null = r#"{"data": {"id": null, "attributes": {"vcs-repo": null, "tag-names": ["b"]}}}"#;
    let (_, text) = post_json("/api/attributes", null).await;
    assert_eq!(text, r#"None None None None Some(None) ["b"]"#);
    let (status, _) = post_json("/api/attributes", r#"{"data": {"type": ""}}"#).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn a_wrong_kind_is_named_by_its_pointer() {
    for (body, pointer) in [
        (json!({"data": {"attributes": {"name": 5}}}), "/data/attributes/name"),
        (json!({"data": {"attributes": {"auto-apply": "yes"}}}), "/data/attributes/auto-apply"),
        (
            json!({"data": {"attributes": {"tag-names": ["a", null]}}}),
            "/data/attributes/tag-names/1",
        ),
        (json!({"data": {"attributes": []}}), "/data/attributes"),
        (json!({"data": {"id": 5}}), "/data/id"),
        (json!({"data": ["a", "b", {}]}), "/data"),
        (json!({}), "/data"),
        (json!([]), ""),
        (json!({"data": {"relationships": {"a/b": 5}}}), "/data/relationships/a~1b"),
        (json!({"data": {"relationships": {"p": {"data": 5}}}}), "/data/relationships/p/data"),
        (
            json!({"data": {"relationships": {"p": {"data": {"type": "x"}}}}}),
            "/data/relationships/p/data/id",
        ),
    ] {
        let (status, found, detail) = refused("/api/attributes", body.to_string()).await;
        assert_eq!((status, found), (422, json!(pointer)), "{body} {detail}");
        assert!(!detail.contains("line"), "{detail}");
    }
}

#[tokio::test]
async fn a_missing_attribute_is_named_by_its_pointer() {
    for body in [json!({"data": {}}), json!({"data": {"attributes": {}}})] {
        let (status, pointer, detail) = refused("/api/named", body.to_string()).await;
        assert_eq!((status, pointer), (422, json!("/data/attributes/name")));
        assert_eq!(detail, "is missing");
    }
}

#[tokio::test]
async fn what_is_no_json_is_a_bad_request() {
    let deep = "[".repeat(100_000).into_bytes();
    let bodies = [b"{".to_vec(), b"\xff\xfe".to_vec(), b"{} trailing".to_vec(), Vec::new()];
    for body in bodies.into_iter().chain([deep[..9_000].to_vec()]) {
        let (status, ..) = refused("/api/named", body).await;
        assert!(status == 400 || status == 422, "{status}");
    }
    let nested = format!(r#"{{"data": {{"attributes": {{"vcs-repo": {}"#, "[".repeat(5_000));
    assert_eq!(refused("/api/attributes", nested).await.0, 400);
}

#[tokio::test]
async fn long_values_are_not_echoed() {
    let body = json!({"data": {"attributes": {"auto-apply": "x".repeat(5_000)}}});
    let (_, _, detail) = refused("/api/attributes", body.to_string()).await;
    assert!(detail.chars().count() < 400, "{detail}");
}

#[tokio::test]
async fn formats_and_sizes_have_their_own_status() {
    let document = r#"{"data": {"attributes": {"name": "a"}}}"#;
    for (content_type, status) in [
        ("application/vnd.api+json", 200),
        ("Application/JSON;charset=utf-8", 200),
        ("", 200),
        ("application/x-www-form-urlencoded", 415),
        ("text/plain", 415),
    ] {
        let (found, _) = send("/api/named", content_type, document).await;
        assert_eq!(found, status, "{content_type}");
    }
    let large = json!({"data": {"attributes": {"name": "a".repeat(20_000)}}}).to_string();
    assert_eq!(refused("/api/named", large.clone()).await.0, 413);
    assert_eq!(post_json("/api/large", large.clone()).await.0, 200);
    let pieces = large.into_bytes().chunks(1_000).map(<[u8]>::to_vec).collect::<Vec<_>>();
    let stream = tokio_stream::iter(pieces.into_iter().map(Ok::<_, std::io::Error>));
    assert_eq!(refused("/api/named", Body::from_stream(stream)).await.0, 413);
    let huge = "x".repeat(100_000);
    assert_eq!(refused("/api/large", huge).await.0, 413);
}

#[tokio::test]
async fn action_bodies_come_in_every_form() {
    for (body, expected) in [
        ("", ""),
        ("{}", ""),
        (r#"{"data": null}"#, ""),
        (r#"{"reason": "because"}"#, "because"),
        (r#"{"data": {"type": "", "attributes": {"reason": "because"}}}"#, "because"),
    ] {
        assert_eq!(post_json("/api/reason", body).await, (StatusCode::OK, expected.to_owned()));
    }
    assert_eq!(refused("/api/reason", r#"{"reason": 5}"#).await.1, "/reason");
    assert_eq!(post_json("/api/bare", "").await.0, StatusCode::OK);
    assert_eq!(refused("/api/bare", r#"{"reason": {}}"#).await.1, "/reason");
}

#[tokio::test]
async fn linkage_may_have_attributes_instead_of_ids() {
    let body = json!({"data": [
        {"type": "tags", "attributes": {"name": "a"}}, {"attributes": {"name": "b"}}
    ]});
    assert_eq!(post_json("/api/tags", body.to_string()).await.1, "a,b");
    let wrong = json!({"data": [{"attributes": {"name": "a"}}, {"attributes": {"name": 5}}]});
    assert_eq!(refused("/api/tags", wrong.to_string()).await.1, "/data/1/attributes/name");
    assert_eq!(refused("/api/tags", r#"{"data": [5]}"#).await.1, "/data/0");
    assert_eq!(refused("/api/tags", r#"{"data": {}}"#).await.1, "/data");
}

#[test]
fn relationships_are_one_or_many() {
    let members = json!({
        "project": {"data": {"type": "projects", "id": "prj-1"}},
        "vcs": {"data": null},
        "run": {"links": {}},
        "tags": {"data": [{"type": "tags", "id": "tag-1"}]}
    });
    let Value::Object(members) = members else { unreachable!() };
    let relationships = Relationships::read(members).unwrap();
    assert_eq!(relationships.one("project").unwrap().unwrap().id, "prj-1");
    assert!(relationships.has("vcs") && relationships.one("vcs").unwrap().is_none());
    assert!(!relationships.has("run"));
    assert_eq!(relationships.many("tags").unwrap().unwrap()[0].id.as_deref(), Some("tag-1"));
    assert!(relationships.many("vcs").unwrap().is_none());
    let error = relationships.one("tags").unwrap_err();
    assert_eq!(error.details()[0].pointer.as_deref(), Some("/data/relationships/tags/data"));
    assert!(relationships.many("project").is_err());
}

/// Any JSON, and JSON that almost is a document.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    let keys = prop_oneof![
        Just("data".to_owned()),
        Just("attributes".to_owned()),
        Just("relationships".to_owned()),
        Just("name".to_owned()),
        Just("id".to_owned()),
        ".{0,6}",
    ];
    leaf.prop_recursive(6, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((keys.clone(), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn hostile_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse::document::<Attributes>(&bytes);
        let _ = parse::optional_document::<Reason>(&bytes);
        let _ = parse::linkages(&bytes);
    }

    #[test]
    fn hostile_json_is_answered(value in json()) {
        let bytes = value.to_string().into_bytes();
        for result in [
            parse::document::<Attributes>(&bytes).map(|_| ()),
            parse::document::<Named>(&bytes).map(|_| ()),
            parse::optional_document::<Reason>(&bytes).map(|_| ()),
            parse::linkages(&bytes).map(|_| ()),
        ] {
            if let Err(error) = result {
                prop_assert!(error.details()[0].pointer.is_some(), "{}", error);
            }
        }
    }
}
