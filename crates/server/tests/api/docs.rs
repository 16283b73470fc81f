//! `docs/api.md` and the route table name the same routes.

use std::collections::BTreeSet;

use testkit::TestServer;

const DOCUMENT: &str = include_str!("../../../../docs/api.md");

/// The routes that the document's tables name, as `GET /api/v2/ping`.
fn documented() -> BTreeSet<String> {
    let cells = |line: &str| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let (method, path) = (cells.next()?, cells.next()?.trim_matches('`'));
        path.starts_with('/').then(|| format!("{method} {path}"))
    };
    DOCUMENT.lines().filter_map(cells).collect()
}

/// The routes that are called by programs: all but the console's pages.
fn served(server: &TestServer) -> BTreeSet<String> {
    let is_page = |path: &str| {
        let page = ["/app/", "/assets/", "/logout/"].iter().any(|area| path.starts_with(area));
        (page || path == "/" || path == "/app") && path != "/app/oauth/token"
    };
    let routes = server.app().routes();
    let programs = routes.entries().iter().filter(|entry| !is_page(entry.path));
    programs.map(|entry| format!("{} {}", entry.method, entry.path)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_of_the_api_is_documented() {
    let server = TestServer::start_empty(testkit::Setup::default()).await;
    assert_eq!(documented(), served(&server));
}
