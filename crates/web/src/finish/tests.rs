//! The frame around a route, with requests of every kind.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, body::Body, routing::get};
use http::{HeaderMap, Request, header};
use http_body_util::BodyExt;
use kernel::Kind;
use serde_json::Value;
use tower::ServiceExt;

use super::*;
use crate::{Answer, document::Document};

async fn broken() -> Answer {
    Err(Error::unavailable("the disk is full of secrets").into())
}

async fn broken_page() -> Result<Response, PageError> {
    Err(Error::internal("the disk is full of secrets").into())
}

async fn panics() -> Answer {
    panic!("a planted panic")
}

async fn swallow(body: Body) -> Answer<String> {
    let bytes = body.collect().await.map_err(|_| Error::bad_request("cut off"))?;
    Ok(bytes.to_bytes().len().to_string())
}

fn routes() -> Router {
    Router::new()
        .route("/api/v2/ping", get(|| async { StatusCode::NO_CONTENT }))
        .route("/api/v2/broken", get(broken))
        .route("/api/v2/panics", get(panics))
        .route("/app/broken", get(broken_page))
        .route("/api/v2/slow", get(|| tokio::time::sleep(Duration::from_mins(10))))
        .route("/api/v2/who", get(|info: RequestInfo| async move { format!("{info:?}") }))
        .route("/api/v2/upload", axum::routing::put(swallow))
        .route("/api/v2/large", get(|| async { Document::nothing().meta("x", &"x".repeat(9_000)) }))
        .route("/api/v2/small", get(|| async { Document::nothing() }))
        .route("/logout/{token}", get(|| async { "bye" }))
}

fn settings() -> Settings {
    Settings { request_timeout: Duration::from_secs(10), ..Settings::new("https://tf.example") }
}

async fn ask(router: Router, request: Request<Body>) -> (StatusCode, HeaderMap, String) {
    let response = router.oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, String::from_utf8_lossy(&body).into_owned())
}

async fn fetch(path: &str) -> (StatusCode, HeaderMap, String) {
    let request = Request::get(path).body(Body::empty()).unwrap();
    ask(finish(routes(), settings()), request).await
}

#[tokio::test]
async fn every_answer_carries_the_headers() {
    let paths = ["/api/v2/ping", "/api/v2/nothing", "/nothing", "/api/v2/broken", "/api/v2/panics"];
    for path in paths {
        let (_, headers, _) = fetch(path).await;
        assert_eq!(headers["tfp-api-version"], "2.6", "{path}");
        assert_eq!(headers["tfp-appname"], "Terraform Enterprise");
        assert_eq!(headers["x-tfe-version"], "v202408-1");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["cache-control"], "no-store");
        assert!(headers["x-request-id"].to_str().unwrap().starts_with("req-"));
        assert!(headers.contains_key(header::CONTENT_SECURITY_POLICY), "{path}");
        assert!(!headers.contains_key("x-ratelimit-limit"));
    }
    assert_eq!(fetch("/api/v2/ping").await.0, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn errors_take_the_form_of_their_area() {
    let (status, headers, body) = fetch("/api/v2/nothing").await;
    assert_eq!(
        (status.as_u16(), &headers[header::CONTENT_TYPE]),
        (404, &crate::document::CONTENT_TYPE)
    );
    assert_eq!(
        body,
        r#"{"errors":[{"status":"404","title":"not found","detail":"not found, or you are not allowed to see it"}]}"#
    );
    let (status, headers, body) = fetch("/nothing").await;
    assert_eq!(status, 404);
    assert!(headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/html"));
    assert!(body.contains("<title>"), "{body}");

    let request = Request::post("/api/v2/ping").body(Body::empty()).unwrap();
    let (status, headers, body) = ask(finish(routes(), settings()), request).await;
    assert_eq!((status.as_u16(), &headers[header::ALLOW]), (405, &"GET,HEAD".parse().unwrap()));
    assert!(body.contains(r#""status":"405""#), "{body}");
    let request = Request::post("/logout/x").body(Body::empty()).unwrap();
    let (status, headers, _) = ask(finish(routes(), settings()), request).await;
    assert_eq!(status, 405);
    assert!(headers[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/html"));
}

#[tokio::test]
async fn faults_of_ours_keep_their_cause_to_the_log() {
    let (status, headers, body) = fetch("/api/v2/broken").await;
    assert_eq!((status.as_u16(), &headers[header::RETRY_AFTER]), (503, &"1".parse().unwrap()));
    assert!(!body.contains("secrets"), "{body}");
    let (status, _, body) = fetch("/api/v2/panics").await;
    assert_eq!(status, 500);
    assert!(!body.contains("planted"), "{body}");
    serde_json::from_str::<Value>(&body).unwrap();
    let (status, headers, body) = fetch("/app/broken").await;
    assert_eq!(status, 500);
    assert!(!body.contains("secrets"));
    assert!(body.contains(headers["x-request-id"].to_str().unwrap()), "{body}");
}

#[tokio::test(start_paused = true)]
async fn slow_routes_end() {
    assert_eq!(fetch("/api/v2/slow").await.0, 503);
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_turn_ends() {
    let router = finish(routes(), Settings { max_concurrent_requests: 1, ..settings() });
    let request = |path| Request::get(path).body(Body::empty()).unwrap();
    let first = tokio::spawn(ask(router.clone(), request("/api/v2/slow")));
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(ask(router.clone(), request("/api/v2/ping")).await.0, 503);
    assert_eq!(first.await.unwrap().0, 503);
    assert_eq!(ask(router, request("/api/v2/ping")).await.0, 204);
}

fn trickle(pieces: usize, size: usize, pause: Duration) -> Body {
    let pieces = futures_util::stream::unfold(0, move |sent| async move {
        if sent == pieces {
            return None;
        }
        tokio::time::sleep(pause).await;
        Some((Ok::<_, std::io::Error>(vec![0_u8; size]), sent + 1))
    });
    Body::from_stream(pieces)
}

#[tokio::test]
async fn bodies_earn_time_and_trickles_do_not() {
    let quick = Settings { request_timeout: Duration::from_millis(60), ..settings() };
    let put = |body| Request::put("/api/v2/upload").body(body).unwrap();
    let steady = trickle(5, 100_000, Duration::from_millis(30));
    let (status, _, body) = ask(finish(routes(), quick.clone()), put(steady)).await;
    assert_eq!((status.as_u16(), body.as_str()), (200, "500000"));
    let slow = trickle(100, 1, Duration::from_millis(30));
    assert_eq!(ask(finish(routes(), quick), put(slow)).await.0, 408);
}

#[tokio::test]
async fn bodies_beyond_every_limit_are_cut_off() {
    let small = Settings { max_body_bytes: 1_000, max_state_bytes: 300, ..settings() };
    let put = |body| Request::put("/api/v2/upload").body(body).unwrap();
    let announced = put(Body::from(vec![0; 5_000]));
    assert_eq!(ask(finish(routes(), small.clone()), announced).await.0, 413);
    let streamed = put(trickle(10, 500, Duration::ZERO));
    assert_eq!(ask(finish(routes(), small), streamed).await.0, 400);
    let ended = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
    let broken = Body::from_stream(tokio_stream::once(Err::<Vec<u8>, _>(ended)));
    assert_eq!(ask(finish(routes(), settings()), put(broken)).await.0, 400);
}

#[tokio::test]
async fn limits_are_told_in_numbers() {
    let router = finish(routes(), Settings { rate_limit_per_second: Some(5), ..settings() });
    let request = || Request::get("/api/v2/ping").body(Body::empty()).unwrap();
    let (status, headers, _) = ask(router.clone(), request()).await;
    assert_eq!((status.as_u16(), &headers["x-ratelimit-limit"]), (204, &"5".parse().unwrap()));
    let mut last = ask(router.clone(), request()).await;
    for _ in 0..20 {
        last = ask(router.clone(), request()).await;
    }
    let (status, headers, body) = last;
    assert_eq!(status, 429);
    assert!(body.contains(r#""status":"429""#));
    for name in ["retry-after", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"] {
        headers[name].to_str().unwrap().parse::<f64>().unwrap();
    }
    assert_eq!(headers["tfp-api-version"], "2.6");
}

#[tokio::test]
async fn large_answers_are_compressed_when_accepted() {
    let fetch = |path: &str, coding: &str| {
        let request = Request::get(path).header(header::ACCEPT_ENCODING, coding);
        finish(routes(), settings()).oneshot(request.body(Body::empty()).unwrap())
    };
    let response = fetch("/api/v2/large", "gzip").await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_ENCODING], "gzip");
    assert_eq!(response.headers()[header::VARY], "accept-encoding");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let mut plain = String::new();
    std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(&*body), &mut plain).unwrap();
    assert!(body.len() < 1_000 && plain.len() > 9_000);
    for (path, coding) in [("/api/v2/small", "gzip"), ("/api/v2/large", "identity")] {
        let response = fetch(path, coding).await.unwrap();
        assert!(!response.headers().contains_key(header::CONTENT_ENCODING));
    }
}

#[tokio::test]
async fn handlers_see_the_client_past_the_proxy() {
    let proxied = Settings { trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()], ..settings() };
    let mut request = Request::get("/api/v2/who?a=b")
        .header("x-forwarded-for", "198.51.100.7")
        .header("x-request-id", "from-the-proxy")
        .body(Body::empty())
        .unwrap();
    let address: SocketAddr = "10.1.2.3:4".parse().unwrap();
    request.extensions_mut().insert(Peer { address, secure: false });
    let (_, headers, body) = ask(finish(routes(), proxied), request).await;
    assert!(body.contains("198.51.100.7") && body.contains("/api/v2/who?a=b"), "{body}");
    assert_eq!(headers["x-request-id"], "from-the-proxy");
}

#[test]
fn kinds_have_the_status_that_clients_expect() {
    for (kind, status) in [
        (Kind::BadRequest, 400),
        (Kind::Unauthorized, 401),
        (Kind::Forbidden, 403),
        (Kind::NotFound, 404),
        (Kind::Conflict, 409),
        (Kind::PreconditionFailed, 412),
        (Kind::TooLarge, 413),
        (Kind::UnsupportedMediaType, 415),
        (Kind::Invalid, 422),
        (Kind::TooManyRequests, 429),
        (Kind::Internal, 500),
        (Kind::Unavailable, 503),
    ] {
        assert_eq!(WebError(Error::new(kind, "x")).into_response().status(), status);
        assert_eq!(PageError(Error::new(kind, "x")).into_response().status(), status);
    }
}

#[test]
fn whoever_has_to_wait_is_told_for_how_long() {
    let told = |error: Error| {
        let headers = WebError(error.clone()).into_response().headers().clone();
        assert_eq!(
            PageError(error).into_response().headers().get(header::RETRY_AFTER),
            headers.get(header::RETRY_AFTER)
        );
        headers.get(header::RETRY_AFTER).map(|value| value.to_str().unwrap().to_owned())
    };
    let busy = || Error::new(Kind::TooManyRequests, "x");
    assert_eq!(told(busy()).as_deref(), Some("30"));
    assert_eq!(told(busy().until_after(Duration::from_mins(14))).as_deref(), Some("840"));
    assert_eq!(told(Error::not_found()), None);
}

/// Everything that a subscriber would print.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<String>>);

impl tracing::field::Visit for Lines {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn std::fmt::Debug) {
        use std::fmt::Write;
        write!(self.0.lock().unwrap(), "{}={value:?} ", field.name()).unwrap();
    }
}

impl tracing::Subscriber for Lines {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "stateward::request"
    }
    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }
    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}
    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}
    fn event(&self, event: &tracing::Event<'_>) {
        event.record(&mut self.clone());
    }
    fn enter(&self, _: &tracing::span::Id) {}
    fn exit(&self, _: &tracing::span::Id) {}
}

#[tokio::test]
async fn the_log_has_the_cause_and_no_secret() {
    let lines = Lines::default();
    let guard = tracing::subscriber::set_default(lines.clone());
    fetch("/api/v2/broken?code=planted").await;
    fetch("/logout/planted").await;
    fetch("//logout/planted").await;
    drop(guard);
    let text = lines.0.lock().unwrap().clone();
    assert!(!text.contains("planted"), "{text}");
    assert_eq!(text.matches("the disk is full of secrets").count(), 1, "{text}");
    assert!(text.contains("/logout/{token}") && text.contains("status=503"), "{text}");
}
