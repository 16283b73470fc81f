//! What no proper client sends. Never a fault of ours, never a surprise, always a readable answer.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Caller, TestServer};

const JSON_API: &str = "application/vnd.api+json";

/// Under `/api/` and `/blobs/` an error is a JSON:API document; nowhere is it our fault.
#[track_caller]
fn assert_refusal_is_readable(path: &str, answer: &Answer, what: &str) {
    assert!(answer.status < 500, "{what} {path}: {} {}", answer.status, answer.text());
    if answer.status >= 400 && (path.starts_with("/api/") || path.starts_with("/blobs/")) {
        let status = answer.at("/errors/0/status");
        assert_eq!(status, json!(answer.status.to_string()), "{what} {path}: {}", answer.text());
        assert!(answer.at("/errors/0/title").is_string(), "{what} {path}");
    }
}

/// The route's path with every parameter replaced.
fn filled(pattern: &str, value: &str) -> String {
    let parts = pattern.split('/').map(|part| if part.starts_with('{') { value } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_bears_every_garbage_from_everybody() {
    let server = TestServer::start().await;
    let callers = [server.owner().await, server.maintainer().await, server.anonymous()];
    let parameters = [
        "x",
        "ws-0000000000000000",
        "acme",
        "acme.default",
        "%00",
        "%ff%fe",
        "..%2f..%2fetc",
        "a%0d%0ax:%20y",
        "%F0%9F%92%A9",
        "'%20OR%201=1--",
        "acme.default.x",
        ".",
    ];
    let bodies: [(&str, &[u8]); 8] = [
        (JSON_API, b"{\"data\":{\"type\":\"x\",\"attributes\":{\"name\":[],\"serial\":1e400}}}"),
        (JSON_API, b"{\"data\":[{\"id\":{}},null,7]}"),
        (JSON_API, b"{\"data\":null}"),
        ("application/json", b"\xff\xfe{"),
        ("application/x-www-form-urlencoded", b"csrf=%ff&name=%00&name=b&=&&"),
        ("application/x-www-form-urlencoded", b"\xff\xfe"),
        ("text/plain; charset=\"", b"x"),
        (JSON_API, b""),
    ];
    for entry in server.app().routes().entries() {
        let method: Method = entry.method.parse().unwrap();
        for (number, parameter) in parameters.iter().enumerate() {
            let path = filled(entry.path, parameter);
            if path.contains("/./") || path.ends_with("/.") {
                continue;
            }
            for (content_type, body) in bodies.iter().skip(number % 2).step_by(2) {
                let caller = &callers[number % callers.len()];
                let answer = caller.raw(method.clone(), &path, content_type, *body).await;
                assert_refusal_is_readable(&path, &answer, entry.method);
            }
        }
        // Everybody, with the least that can be sent.
        for caller in &callers {
            let path = filled(entry.path, "acme") + "?page[number]=-1&%ff=%00&include=%F0%9F";
            let answer = caller.raw(method.clone(), &path, JSON_API, "{}").await;
            assert_refusal_is_readable(&path, &answer, entry.method);
        }
    }
    callers[1].get("account/details").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_that_a_path_does_not_have_are_named_as_such() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    for entry in server.app().routes().entries() {
        if entry.method == "*" {
            continue;
        }
        let path = filled(entry.path, "acme");
        for method in ["TRACE", "PROPFIND", "OPTIONS"] {
            let answer = owner.raw(method.parse().unwrap(), &path, JSON_API, "").await;
            assert_eq!(answer.status, 405, "{method} {path}");
            assert!(answer.header("allow").is_some(), "{method} {path}");
            assert_refusal_is_readable(&path, &answer, method);
        }
    }
}

/// Documents that are wrong in ways of their own; none can be meant.
fn malformed() -> Vec<(u16, String)> {
    let deep =
        |open: &str, close: &str| format!("{}1{}", open.repeat(10_000), close.repeat(10_000));
    let attributes =
        |text: &str| format!(r#"{{"data":{{"type":"workspaces","attributes":{text}}}}}"#);
    vec![
        (400, String::new()),
        (400, "{".to_owned()),
        (400, r#"{"data":{"attributes":{"name":"x"}}}x"#.to_owned()),
        (400, "nul".to_owned()),
        (400, "{\"data\":{\"attributes\":{\"name\":\"\u{1}\"}}}".to_owned()),
        (400, r#"{"data":{"attributes":{"name":"\ud800"}}}"#.to_owned()),
        (422, deep("[", "]")),
        (422, deep("{\"data\":", "}")),
        (422, attributes(&deep("[", "]"))),
        (422, attributes(&format!(r#"{{"unknown":{}}}"#, deep("[", "]")))),
        (400, format!(r#"{{"data":{{"relationships":{}}}}}"#, deep("{\"x\":", "}"))),
        (422, "null".to_owned()),
        (422, "[]".to_owned()),
        (422, "7".to_owned()),
        (422, "\"text\"".to_owned()),
        (422, "{}".to_owned()),
        (422, r#"{"data":null}"#.to_owned()),
        (422, r#"{"data":[]}"#.to_owned()),
        (422, r#"{"data":"x"}"#.to_owned()),
        (422, r#"{"data":{"type":7}}"#.to_owned()),
        (422, r#"{"data":{"attributes":[]}}"#.to_owned()),
        (422, r#"{"data":{"attributes":"x"}}"#.to_owned()),
        (422, r#"{"data":{"attributes":{"name":"x"},"relationships":[]}}"#.to_owned()),
        (422, r#"{"data":{"attributes":{"name":"x"},"relationships":{"project":7}}}"#.to_owned()),
        (
            422,
            r#"{"data":{"attributes":{"name":"x"},"relationships":{"project":{"data":[]}}}}"#
                .to_owned(),
        ),
        (
            422,
            r#"{"data":{"attributes":{"name":"x"},"relationships":{"tags":{"data":{}}}}}"#
                .to_owned(),
        ),
        (422, attributes(r#"{"name":{"a":1}}"#)),
        (422, attributes(r#"{"name":1}"#)),
        (422, attributes(r#"{"name":"x","auto-apply":"true"}"#)),
        (422, attributes(r#"{"name":"x","auto-apply":1}"#)),
        (422, attributes(r#"{"name":"a","name":"b"}"#)),
        (422, attributes(r#"{"name":"x\u0000y"}"#)),
        (422, attributes(r#"{"name":"x\r\nSet-Cookie: a=b"}"#)),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn malformed_documents_are_refused_and_make_nothing() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let list = "organizations/acme/workspaces";
    for (status, body) in malformed() {
        let shown: String = body.chars().take(120).collect();
        let answer = maintainer.raw(Method::POST, list, JSON_API, body).await;
        assert_eq!(answer.status, status, "{shown}: {}", answer.text());
        assert_refusal_is_readable("/api/", &answer, &shown);
        assert!(answer.body.len() < 4_096, "{shown}: the answer repeats the question");
        assert_eq!(answer.header("set-cookie"), None);
    }
    assert_eq!(maintainer.get(list).await.expect(200).at("/data"), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_content_types_are_refused() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let list = "organizations/acme/workspaces";
    let body = |name: &str| json!({"data": {"attributes": {"name": name}}}).to_string();
    for wrong in [
        "text/plain",
        "text/html",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "application/vnd.api",
        "json",
        "/",
        ";",
        "application/octet-stream",
    ] {
        let answer = maintainer.raw(Method::POST, list, wrong, body("x")).await.expect(415);
        assert_refusal_is_readable("/api/", &answer, wrong);
    }
    for (name, right) in [
        ("a", "application/json"),
        ("b", "application/vnd.api+json; charset=utf-8"),
        ("c", "Application/JSON ; charset=UTF-8"),
        ("d", "application/vnd.api+json;ext=\"x\""),
    ] {
        maintainer.raw(Method::POST, list, right, body(name)).await.expect(201);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_over_the_limit_are_413() {
    let mut setup = testkit::Setup::default();
    setup.options.max_body_bytes = Some(10_000);
    setup.options.max_state_bytes = Some(20_000);
    let server = TestServer::start_with(setup).await;
    let maintainer = server.maintainer().await;
    let list = "organizations/acme/workspaces";
    let body = json!({"data": {"attributes": {"name": "x", "description": "y".repeat(20_000)}}});
    let refused = maintainer.post(list, body.clone()).await.expect(413);
    assert_refusal_is_readable("/api/", &refused, "large");
    // Also when nobody says beforehand how much comes.
    let chunks = std::iter::repeat_n(&[b' '; 5_000][..], 10).map(Ok::<_, std::io::Error>);
    let body = reqwest::Body::wrap_stream(tokio_stream::iter(chunks));
    maintainer.raw(Method::POST, list, JSON_API, body).await.expect(413);
    let form = [("login", "x".repeat(50_000))];
    let form = form.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>();
    server.browser().post("/app/sign-in", &form).await.expect(413);
    // A state that is sent inline has its own limit.
    let id = maintainer.workspace("network").await;
    crate::fixtures::lock(&maintainer, &id).await.expect(200);
    let inline = json!({"data": {"attributes": {
        "serial": 1, "md5": "0".repeat(32), "lineage": "x", "state": "QUFB".repeat(20_000)}}});
    maintainer.post(&format!("workspaces/{id}/state-versions"), inline).await.expect(413);
    assert_eq!(maintainer.get(list).await.expect(200).attributes("name"), ["network"]);
}

async fn announce(caller: &Caller, id: &str, attributes: &str) -> Answer {
    let body = format!(r#"{{"data":{{"type":"state-versions","attributes":{attributes}}}}}"#);
    caller.raw(Method::POST, &format!("workspaces/{id}/state-versions"), JSON_API, body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn serials_are_whole_numbers_in_range() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let id = maintainer.workspace("network").await;
    crate::fixtures::lock(&maintainer, &id).await.expect(200);
    let md5 = crate::fixtures::md5(b"x");
    for serial in [
        "1.5",
        "1.0",
        "1e3",
        "-1",
        "9223372036854775808",
        "18446744073709551616",
        "1e400",
        "\"1\"",
        "true",
        "[1]",
        "{}",
        "null",
    ] {
        let attributes = format!(r#"{{"serial":{serial},"md5":"{md5}","lineage":"x"}}"#);
        let answer = announce(&maintainer, &id, &attributes).await;
        assert!(
            matches!(answer.status, 400 | 422),
            "{serial}: {} {}",
            answer.status,
            answer.text()
        );
        assert_refusal_is_readable("/api/", &answer, serial);
    }
    let twice = format!(r#"{{"serial":1,"serial":2,"md5":"{md5}","lineage":"x"}}"#);
    let answer = announce(&maintainer, &id, &twice).await;
    assert!(matches!(answer.status, 400 | 422), "{}", answer.text());
    let largest = format!(r#"{{"serial":{},"md5":"{md5}","lineage":"x"}}"#, i64::MAX);
    let answer = announce(&maintainer, &id, &largest).await;
    assert!(matches!(answer.status, 201 | 422), "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn states_of_any_bytes_are_refused_or_kept_but_never_a_fault() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let states: [&[u8]; 10] = [
        b"x",
        b"{}",
        b"null",
        b"[]",
        b"\xff\xfe\x00",
        br#"{"version":4,"serial":1,"lineage":"l","outputs":7,"resources":{}}"#,
        br#"{"version":4,"serial":1.5,"lineage":["l"]}"#,
        br#"{"version":4,"serial":1,"lineage":"l","outputs":{"a":{"value":"\u0000","type":7}}}"#,
        br#"{"version":99999999999999999999,"serial":1,"lineage":"l"}"#,
        deep.as_bytes(),
    ];
    for (number, bytes) in states.iter().enumerate() {
        let id = maintainer.workspace(&format!("w-{number}")).await;
        crate::fixtures::lock(&maintainer, &id).await.expect(200);
        let created = crate::fixtures::create(&maintainer, &id, 1, "l", bytes).await.expect(201);
        let url = created.attribute("hosted-state-upload-url");
        let answer = maintainer.upload(url.as_str().unwrap(), bytes.to_vec()).await;
        assert!(answer.status < 500, "{number}: {} {}", answer.status, answer.text());
        for path in ["current-state-version", "current-state-version-outputs", "resources"] {
            let answer = maintainer.get(&format!("workspaces/{id}/{path}")).await;
            assert!(answer.status < 500, "{number} {path}: {} {}", answer.status, answer.text());
        }
        let page = server.browser_of("maintainer").await;
        let page = page.get(&format!("/app/acme/workspaces/w-{number}")).await;
        assert_eq!(page.status, 200, "{number}: {}", page.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_write_stays_text_on_the_pages() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let script = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
    let body = json!({"data": {"attributes": {"name": "network", "description": script}}});
    let id = owner.post("organizations/acme/workspaces", body).await.expect(201).id();
    let lock: Value = json!({"reason": script});
    owner.post(&format!("workspaces/{id}/actions/lock"), lock).await.expect(200);
    let project = json!({"data": {"attributes": {"name": "payments", "description": script}}});
    owner.post("organizations/acme/projects", project).await.expect(201);
    let browser = server.browser_of("owner").await;
    for path in [
        "/app/acme/workspaces/network",
        "/app/acme/workspaces/network/settings",
        "/app/acme/workspaces",
        "/app/acme/projects",
        "/app/acme/projects/payments",
        "/app/acme/workspaces?search=%3Cscript%3Ealert(1)%3C/script%3E",
    ] {
        let page = browser.get(path).await;
        assert!(!page.text().contains("<script>alert"), "{path}");
        assert!(!page.text().contains("<img src=x"), "{path}");
    }
}
