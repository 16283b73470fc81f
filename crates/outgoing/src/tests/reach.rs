//! What may be reached, by address and by name.

use std::process::Command;

use kernel::Kind;
use serde_json::json;

use super::server::{Server, answer};
use crate::{Outgoing, Request, Settings};

fn strict() -> Outgoing {
    Outgoing::new(Settings { allow_http: true, ..Settings::default() })
}

#[tokio::test]
async fn this_machine_is_out_of_bounds_by_address_and_by_name() {
    let server = Server::saying("secret").await;
    for host in
        ["127.0.0.1", "127.1", "0x7f000001", "2130706433", "[::ffff:127.0.0.1]", "localhost"]
    {
        let error = strict().send(Request::get(server.url(host, "/"))).await.unwrap_err();
        assert_eq!(error.kind(), Kind::Invalid, "{error:?}");
        let text = error.to_string();
        assert!(text.contains("private, local or special address"), "{text}");
        // The name's address is for the log.
        assert!(host != "localhost" || !text.contains("127.0.0.1"), "{text}");
        assert!(error.internal_cause().unwrap().contains("127.0.0.1"), "{error:?}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn settings_allow_it() {
    let server = Server::saying("hello").await;
    let listed = Settings {
        allow_http: true,
        allowed_networks: vec!["127.0.0.0/8".parse().unwrap()],
        ..Settings::default()
    };
    let private = Settings { allow_http: true, allow_private: true, ..Settings::default() };
    for settings in [listed, private] {
        let outgoing = Outgoing::new(settings);
        for host in ["127.0.0.1", "localhost"] {
            let response = outgoing.send(Request::get(server.url(host, "/a?b"))).await.unwrap();
            assert_eq!((response.status.as_u16(), response.body), (200, b"hello".to_vec()));
        }
    }
    assert!(server.seen().iter().all(|head| head.starts_with("GET /a?b HTTP/1.1\r\n")));
}

#[tokio::test]
async fn what_is_not_there_is_a_sentence() {
    let outgoing = local();
    let gone = Server::saying("").await.url("127.0.0.1", "/");
    for (url, expected) in [
        ("http://nobody.invalid/", "\"nobody.invalid\" is a name without an address"),
        (gone.as_str(), "\"127.0.0.1\" can't be reached"),
    ] {
        let error = outgoing.send(Request::get(url)).await.unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (Kind::Unavailable, expected));
    }
}

#[test]
fn the_environments_proxy_is_not_asked() {
    // Another test, in a process whose environment names a proxy that is not there.
    let mut again = Command::new(std::env::current_exe().unwrap());
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"] {
        again.env(name, "http://127.0.0.1:9");
    }
    let output = again.args(["--exact", "tests::reach::settings_allow_it"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[tokio::test]
async fn forms_and_json_go_out_and_come_in() {
    let server = Server::start(|path| match path {
        "/broken" => answer("200 OK", "", "{\"secret\": oops"),
        "/failed" => answer("503 Service Unavailable", "", "secret"),
        _ => answer("200 OK", "", "{\"a\": [1]}"),
    })
    .await;
    let outgoing = local();
    let url = |path: &str| server.url("127.0.0.1", path);
    let form = Request::post_form(url("/form"), &[("a b", "c&d")]);
    let response = outgoing.send(form).await.unwrap().successful().unwrap();
    assert_eq!(response.json::<serde_json::Value>().unwrap(), json!({"a": [1]}));
    assert!(!format!("{response:?}").contains("[1]"));
    let posted = Request::post_json(url("/json"), &json!([])).unwrap();
    outgoing.send(posted.bearer(&"token".to_owned().into()).unwrap()).await.unwrap();
    let seen = server.seen().join("");
    assert!(seen.contains("content-type: application/x-www-form-urlencoded\r\n"), "{seen}");
    assert!(seen.contains("content-type: application/json\r\n"), "{seen}");
    assert!(seen.contains("authorization: Bearer token\r\n"), "{seen}");
    for (path, expected) in [
        ("/broken", "\"127.0.0.1\" did not answer with the JSON that it should"),
        ("/failed", "\"127.0.0.1\" answered with status 503 Service Unavailable"),
    ] {
        let response = outgoing.send(Request::get(url(path))).await.unwrap();
        let error = response.successful().and_then(|ok| ok.json::<()>()).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    }
}

fn local() -> Outgoing {
    let settings = Settings { allow_http: true, allow_private: true, ..Settings::default() };
    Outgoing::new(settings)
}
