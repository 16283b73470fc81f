//! The sign-in page in its three states, and passwords where there are none.

use serde_json::json;

use super::{World, ada};

#[tokio::test(flavor = "multi_thread")]
async fn without_passwords_the_page_leads_there_at_once() {
    let mut world = World::with(|options| options.local_accounts = Some(false)).await;
    let page = world.browser.get("/app/sign-in?return_to=/app/acme").await.expect(200);
    assert_eq!(page.header("refresh"), Some("0; url=/app/sign-in/oidc?return_to=%2Fapp%2Facme"));
    assert!(!page.text().contains("name=\"password\""));
    // Not when one has just been somewhere else: nobody is signed in again at once.
    for word in ["signed-out", "expired", "failed", "ended"] {
        let page = world.browser.get(&format!("/app/sign-in?done={word}")).await.expect(200);
        assert!(page.header("refresh").is_none(), "{word}");
        assert!(page.text().contains("Sign in with Example"));
    }
    world.sign_in(&ada()).await.expect(303);
    let account = world.browser.get("/app/settings/account").await.expect(200).text();
    assert!(!account.contains("current_password") && !account.contains("Second factor"));
    let factor = world.browser.get("/app/settings/second-factor").await.expect(200).text();
    assert!(factor.contains("You have no password on this server"), "{factor}");
    world.browser.submit("/app/sign-out", &[]).await.expect(303);
    world.browser.get("/app").await.expect(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_passwords_none_gets_in() {
    let mut world = World::with(|options| options.local_accounts = Some(false)).await;
    world.server.set_password("member", "the password of member").await;
    let refused = world.browser.sign_in("member", "the password of member").await.expect(403);
    assert!(refused.text().contains("people sign in through Example"), "{}", refused.text());
    assert!(refused.header("set-cookie").is_none());
    let member = world.server.member().await;
    let body = json!({"data": {"type": "users", "attributes": {
        "current_password": "the password of member", "password": "another password",
        "password_confirmation": "another password"}}});
    member.patch("account/password", body).await.expect(403);
    // What an administrator's own command makes still works.
    member.get("account/details").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_offers_to_sign_out_there_too() {
    let mut world = World::start().await;
    world.sign_in(&ada()).await.expect(303);
    let out = world.browser.submit("/app/sign-out", &[]).await.expect(303);
    let page = world.browser.get(out.header("location").unwrap()).await.expect(200).text();
    assert!(page.contains("You are signed out.") && page.contains("sign out there, too"), "{page}");
    assert!(page.contains("/out?client_id=stateward&amp;post_logout_redirect_uri="), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_provider_there_is_no_way_to_one() {
    let server = testkit::TestServer::start().await;
    let browser = server.browser();
    let page = browser.get("/app/sign-in").await.expect(200).text();
    assert!(!page.contains("/app/sign-in/oidc"));
    browser.get("/app/sign-in/oidc").await.expect(404);
    browser.get("/app/sign-in/oidc/callback?code=x&state=y").await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_a_session_says_that_nothing_was_changed() {
    let world = World::start().await;
    let sent = world.browser.post("/app/acme/workspaces", &[("name", "x")]).await.expect(303);
    let page = world.browser.get(sent.header("location").unwrap()).await.expect(200).text();
    assert!(page.contains("Your session has ended, so nothing was changed"), "{page}");
}
