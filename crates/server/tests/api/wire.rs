//! Requests that only a socket can send: strange paths, heads without end, bytes that are no HTTP.

use testkit::TestServer;

#[tokio::test(flavor = "multi_thread")]
async fn names_in_paths_lead_nowhere_else() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    maintainer.workspace("network").await;
    let authorization = format!("authorization: Bearer {}\r\n", maintainer.token());
    for path in [
        "organizations/acme/workspaces/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "organizations/acme/workspaces/..%2fnetwork",
        "organizations/acme/workspaces/%2e%2e/workspaces/network",
        "organizations/acme/workspaces/net%2fwork",
        "organizations/acme/workspaces/network%00",
        "organizations/acme/workspaces/network%0d%0aset-cookie:%20a=b",
        "organizations/acme/workspaces/%ff%fe",
        "organizations/acme/workspaces/network%20",
        "organizations/acme%2fworkspaces",
        "organizations/acme%00/workspaces",
        "organizations/acme.default.default/workspaces",
        "organizations/.default/workspaces",
        "organizations/acme./workspaces",
        "organizations/%2e%2e/workspaces",
        "workspaces/ws-%00",
        "workspaces/..",
        "state-versions/..%2f..%2f",
        "%2e%2e/%2e%2e/etc/passwd",
    ] {
        let line = format!("GET /api/v2/{path}");
        let status = server.wire_status(line.as_bytes(), authorization.as_bytes()).await;
        assert!(matches!(status, Some(400 | 404)), "{path}: {status:?}");
    }
    for path in [
        "/assets/..%2f..%2fCargo.toml",
        "/assets/%2e%2e",
        "/assets/../secret",
        "/blobs/..%2fx",
        "/app/..%2f..%2f",
        "/app/acme/workspaces/..%2fx",
        "//evil.example/app",
        "/%",
    ] {
        let status = server.wire_status(format!("GET {path}").as_bytes(), b"").await;
        assert!(matches!(status, Some(303 | 400 | 404)), "{path}: {status:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_requests_are_refused_and_the_server_goes_on() {
    let server = TestServer::start().await;
    let huge = |length: usize| "x".repeat(length);
    let long_query = format!("GET /api/v2/ping?{}", huge(60_000));
    assert!(matches!(server.wire_status(long_query.as_bytes(), b"").await, Some(204 | 414 | 431)));
    let longer = format!("GET /api/v2/ping?{}", huge(5_000_000));
    assert!(matches!(server.wire_status(longer.as_bytes(), b"").await, None | Some(400..500)));
    let header = format!("x-large: {}\r\n", huge(5_000_000));
    let large = server.wire_status(b"GET /api/v2/ping", header.as_bytes()).await;
    assert!(matches!(large, None | Some(400..500)), "{large:?}");
    let many = "x-many: 1\r\n".repeat(50_000);
    let many = server.wire_status(b"GET /api/v2/ping", many.as_bytes()).await;
    assert!(matches!(many, None | Some(400..500)), "{many:?}");
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"\r\n\r\n\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\xff\xfe\xfd / HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nbad header\r\nconnection: close\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\na: b\x00c\r\nconnection: close\r\n\r\n",
        b"POST /api/v2/organizations HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /api/v2/organizations HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n",
        b"POST /api/v2/organizations HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nnonsense that is no frame at all",
    ] {
        let answer = server.wire(bytes).await;
        let refused = answer.is_empty() || !answer.starts_with(b"HTTP/1.1 5");
        assert!(refused, "{}", String::from_utf8_lossy(&answer));
    }
    server.anonymous().get("ping").await.expect(204);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_is_sent_becomes_a_header() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let authorization = format!("authorization: Bearer {}\r\n", maintainer.token());
    for path in [
        "/api/v2/organizations?page%5Bsize%5D=1&x=%0d%0aset-cookie:%20evil=1",
        "/api/v2/organizations/acme%0d%0aset-cookie:%20evil=1",
        "/app/acme%0d%0aset-cookie:%20evil=1/workspaces",
        "/app/sign-in?return_to=%0d%0aset-cookie:%20evil=1",
        "/app?%0d%0aset-cookie:%20evil=1",
    ] {
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: x%0d%0aset-cookie: evil=1\r\nx-request-id: a%0d%0ab\r\n\
             {authorization}connection: close\r\n\r\n"
        );
        let answer = String::from_utf8_lossy(&server.wire(request.as_bytes()).await).into_owned();
        let head = answer.split("\r\n\r\n").next().unwrap().to_lowercase();
        assert!(!head.contains("\r\nset-cookie: evil"), "{path}: {head}");
        assert!(!head.is_empty() && !head.starts_with("http/1.1 5"), "{path}: {head}");
    }
}
