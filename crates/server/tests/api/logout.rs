//! `/logout/:token`: the token in the address is its own authority.

use testkit::{Answer, TestServer};

#[track_caller]
fn assert_tells_nobody(page: &Answer, token: &str) {
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert!(page.header("cache-control").unwrap().contains("no-store"));
    assert!(!page.text().contains(token), "the page repeats the token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_shown_and_revoked_once_that_is_confirmed() {
    let server = TestServer::start().await;
    let member = server.member().await;
    let (path, browser) = (format!("/logout/{}", member.token()), server.browser());
    let page = browser.get(&path).await.expect(200);
    assert!(page.text().contains("a test") && page.text().contains("member"));
    assert_tells_nobody(&page, member.token());
    // Looking revokes nothing, however often.
    browser.get(&path).await.expect(200);
    member.get("account/details").await.expect(200);
    let revoked = browser.post(&path, &[]).await.expect(200);
    assert_tells_nobody(&revoked, member.token());
    member.get("account/details").await.expect(401);
    for gone in [browser.get(&path).await, browser.post(&path, &[]).await] {
        assert_tells_nobody(&gone.expect(404), member.token());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_token_is_not_found() {
    let server = TestServer::start().await;
    let token = server.member().await.token().to_owned();
    let browser = server.browser();
    let (short, long) = (&token[..token.len() - 1], format!("{token}x"));
    for other in [short, &long, "x", "%00", "%2e%2e%2fetc", "%ff", "a%0d%0ab", &"x".repeat(4_000)] {
        let path = format!("/logout/{other}");
        for page in [browser.get(&path).await, browser.post(&path, &[]).await] {
            assert_eq!(page.status, 404, "{other}: {}", page.text());
            assert_eq!(page.header("referrer-policy"), Some("no-referrer"), "{other}");
        }
    }
    server.token(&token).get("account/details").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_this_token_goes() {
    let server = TestServer::start().await;
    let (one, two) = (server.member().await, server.member().await);
    let browser = server.browser_of("owner").await;
    browser.post(&format!("/logout/{}", one.token()), &[]).await.expect(200);
    one.get("account/details").await.expect(401);
    two.get("account/details").await.expect(200);
    browser.get("/app").await.expect(200);
}
