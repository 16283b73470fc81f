//! Time and size.

use std::time::{Duration, Instant};

use kernel::Kind;

use super::server::{Reply, Server, answer, ok, redirect};
use crate::{Outgoing, Request, Settings};

const SHORT: Duration = Duration::from_millis(300);

/// Patient enough for a busy machine.
fn outgoing() -> Outgoing {
    let settings = Settings {
        allow_http: true,
        allow_private: true,
        max_body_bytes: 1000,
        ..Settings::default()
    };
    Outgoing::new(settings)
}

fn hasty() -> Outgoing {
    let settings =
        Settings { allow_http: true, allow_private: true, timeout: SHORT, ..Settings::default() };
    Outgoing::new(settings)
}

#[tokio::test]
async fn bodies_end_at_their_limit_whether_announced_or_not() {
    let chunked = |count: usize| {
        let mut bytes = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
        for _ in 0..count {
            bytes.extend_from_slice(b"64\r\n");
            bytes.extend_from_slice(&[b'x'; 100]);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"0\r\n\r\n");
        Reply::Bytes(bytes)
    };
    let server = Server::start(move |path| match path {
        "/fits" => ok(&"x".repeat(1000)),
        "/fits-in-chunks" => chunked(10),
        "/chunks" => chunked(11),
        "/endless" => Reply::Bytes([b"HTTP/1.1 200 OK\r\n\r\n", &[b'x'; 1001][..]].concat()),
        _ => answer("200 OK", "", &"x".repeat(1001)),
    })
    .await;
    for path in ["/fits", "/fits-in-chunks"] {
        let request = Request::get(server.url("127.0.0.1", path));
        assert_eq!(outgoing().send(request).await.unwrap().body.len(), 1000);
    }
    for path in ["/announced", "/chunks", "/endless"] {
        let outgoing = outgoing();
        let request = Request::get(server.url("127.0.0.1", path));
        let error = outgoing.send(request.clone()).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Unavailable);
        assert_eq!(error.to_string(), "\"127.0.0.1\" answers with more than 1000 bytes");
        assert!(outgoing.send(request.max_body_bytes(2000)).await.is_ok(), "{path}");
    }
}

#[tokio::test]
async fn everything_ends_in_time() {
    let server = Server::start(|path| match path {
        "/silent" => Reply::Silence,
        "/slow-head" => Reply::Drip(b"HTTP/1.1 200 OK\r\nx: ".to_vec()),
        "/slow-redirect" => redirect("/silent"),
        _ => Reply::Drip(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()),
    })
    .await;
    for path in ["/silent", "/slow-head", "/slow-redirect", "/slow-body"] {
        let start = Instant::now();
        let error = hasty().send(Request::get(server.url("127.0.0.1", path))).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Unavailable);
        assert_eq!(error.to_string(), "\"127.0.0.1\" did not answer within 0.3 s");
        assert!(start.elapsed() < 10 * SHORT, "{path}: {:?}", start.elapsed());
    }
}

#[tokio::test]
async fn a_request_may_have_a_time_of_its_own() {
    let server = Server::start(|_| Reply::Silence).await;
    let request = Request::get(server.url("127.0.0.1", "/")).timeout(Duration::from_millis(20));
    let error = outgoing().send(request).await.unwrap_err();
    assert_eq!(error.to_string(), "\"127.0.0.1\" did not answer within 0.02 s");
}

#[tokio::test]
async fn answers_that_break_off_are_errors() {
    let server = Server::start(|path| {
        Reply::Bytes(match path {
            "/nothing" => Vec::new(),
            "/garbage" => b"secret garbage".to_vec(),
            _ => b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\nsecret".to_vec(),
        })
    })
    .await;
    for path in ["/nothing", "/garbage", "/half"] {
        let error = outgoing().send(Request::get(server.url("127.0.0.1", path))).await.unwrap_err();
        assert_eq!(error.to_string(), "\"127.0.0.1\" broke the connection off", "{path}");
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
}
