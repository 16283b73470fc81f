//! Redirects are new requests, with the same rules.

use std::net::Ipv4Addr;

use http::{HeaderValue, header};
use kernel::Kind;

use super::server::{Server, ok, redirect};
use crate::{Outgoing, Request, Settings};

/// May reach 127.0.0.1 and nothing else on this machine.
fn outgoing() -> Outgoing {
    let settings = Settings {
        allow_http: true,
        allowed_networks: vec!["127.0.0.1/32".parse().unwrap()],
        ..Settings::default()
    };
    Outgoing::new(settings)
}

#[tokio::test]
async fn a_redirect_within_bounds_is_followed_with_what_belongs_there() {
    let other = Server::saying("here").await;
    let there = other.url("127.0.0.1", "/there");
    let server = Server::start(move |path| match path {
        "/start" => redirect("/middle"),
        _ => redirect(&there),
    })
    .await;
    let request = Request::get(server.url("127.0.0.1", "/start"))
        .header(header::ACCEPT, HeaderValue::from_static("text/x"))
        .bearer(&"token".to_owned().into())
        .unwrap();
    let response = outgoing().send(request).await.unwrap();
    assert_eq!(response.body, b"here");
    assert!(server.seen().iter().all(|head| head.contains("Bearer token")));
    let [head] = other.seen().try_into().unwrap();
    assert!(head.contains("text/x") && !head.contains("token"), "{head}");
    assert!(!head.contains("referer"), "{head}");
}

#[tokio::test]
async fn a_redirect_out_of_bounds_is_not() {
    let hidden = Server::saying("secret").await;
    // Another way to write this machine, which the settings do not allow.
    for to in [
        format!("http://127.0.0.2:{}/", hidden.address.port()),
        "http://2130706434/".to_owned(),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://[::1]/".to_owned(),
        "http://user:password@127.0.0.1/".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let location = to.clone();
        let server = Server::start(move |_| redirect(&location)).await;
        let error = outgoing().send(Request::get(server.url("127.0.0.1", "/"))).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Unavailable);
        assert!(error.to_string().contains("redirects to where it may not"), "{to}: {error}");
    }
    assert!(hidden.seen().is_empty());
}

#[tokio::test]
async fn a_redirect_to_a_name_that_is_out_of_bounds_is_not() {
    let settings = Settings {
        allow_http: true,
        // Not 127.0.0.1, which is what `localhost` turns out to be.
        allowed_networks: vec!["127.0.0.2/32".parse().unwrap()],
        ..Settings::default()
    };
    let hidden = Server::saying("secret").await;
    let to = hidden.url("localhost", "/");
    let server = Server::start_at(Ipv4Addr::new(127, 0, 0, 2), None, move |_| redirect(&to)).await;
    let request = Request::get(server.url("127.0.0.2", "/"));
    let error = Outgoing::new(settings).send(request).await.unwrap_err();
    assert!(error.to_string().contains("private, local or special"), "{error}");
    assert!(server.seen().len() == 1 && hidden.seen().is_empty());
}

#[tokio::test]
async fn redirects_end() {
    let server = Server::start(|_| redirect("/again")).await;
    let error = outgoing().send(Request::get(server.url("127.0.0.1", "/"))).await.unwrap_err();
    assert_eq!(error.to_string(), "\"127.0.0.1\" redirects too often");
    assert_eq!(server.seen().len(), 4);
}

#[tokio::test]
async fn what_was_posted_is_not_sent_elsewhere() {
    let server = Server::start(|path| if path == "/" { redirect("/next") } else { ok("") }).await;
    let request = Request::post_form(server.url("127.0.0.1", "/"), &[("secret", "x")]);
    let response = outgoing().send(request).await.unwrap();
    assert_eq!(response.status.as_u16(), 302);
    assert!(response.successful().is_err());
    assert_eq!(server.seen().len(), 1);
}
