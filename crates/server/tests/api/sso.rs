//! Signing in at another server: there and back, whose account it is, and what groups do.

mod accounts;
mod groups;
mod page;

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{Answer, Browser, Logs, TestServer};

use crate::{
    device::trail,
    provider::{Provider, SECRET, come_back, leave, parameters},
};

/// A server, the provider that it sends people to, and a browser.
struct World {
    provider: Provider,
    server: TestServer,
    browser: Browser,
}

impl World {
    async fn start() -> Self {
        let provider = Provider::start().await;
        let server = TestServer::start_with(provider.setup()).await;
        let browser = server.browser();
        Self { provider, server, browser }
    }

    /// Set up with more settings.
    async fn with(set: impl FnOnce(&mut stateward::options::Options)) -> Self {
        let provider = Provider::start().await;
        let mut setup = provider.setup();
        set(&mut setup.options);
        let server = TestServer::start_with(setup).await;
        let browser = server.browser();
        Self { provider, server, browser }
    }

    /// Signs somebody in, in a new browser.
    async fn sign_in(&mut self, person: &Value) -> Answer {
        self.browser = self.server.browser();
        self.provider.sign_in(&mut self.browser, person).await
    }

    /// The same, and it must not work; gives what the page says.
    async fn refused(&mut self, person: &Value) -> String {
        let answer = self.sign_in(person).await.expect(403);
        assert_eq!(self.browser.get("/app").await.status, 303);
        answer.text()
    }

    /// Whom the browser's session is of.
    async fn username(&self) -> String {
        let page = self.browser.get("/app/settings/account").await.expect(200).text();
        let (_, rest) = page.split_once("name=\"username\"").unwrap();
        let (_, rest) = rest.split_once("value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }
}

fn ada() -> Value {
    json!({
        "sub": "person-1",
        "preferred_username": "ada",
        "email": "ada@example.com",
        "email_verified": true,
    })
}

/// A person with more to say, or less where it is null.
fn but(person: Value, more: Value) -> Value {
    let mut person = person;
    person.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    person.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    person
}

#[track_caller]
fn is_sent_back(answer: Answer) {
    let answer = answer.expect(303);
    let location = answer.header("location").unwrap();
    assert!(location.ends_with("&done=expired"), "{location}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_and_is_known_again() {
    let mut world = World::start().await;
    let page = world.browser.get("/app/sign-in").await.expect(200).text();
    assert!(page.contains("Sign in with Example") && page.contains("name=\"password\""));
    let url = leave(&mut world.browser, "/app/settings/account").await;
    let sent = parameters(&url);
    assert_eq!(sent["scope"], "openid profile email");
    assert_eq!(sent["code_challenge_method"], "S256");
    assert_eq!(sent["redirect_uri"], format!("{}/app/sign-in/oidc/callback", world.server.url()));
    let back = world.provider.approve(&url, &ada());
    let done = come_back(&mut world.browser, &back).await.expect(303);
    assert_eq!(done.header("location"), Some("/app/settings/account"));
    assert_eq!(world.username().await, "ada");
    // By issuer and subject, whatever else has changed.
    world.sign_in(&but(ada(), json!({"preferred_username": "countess", "email": null}))).await;
    assert_eq!(world.username().await, "ada");
    // Another subject is another person, whatever they are called.
    let other = but(ada(), json!({"sub": "person-2", "email": "other@example.com"}));
    world.sign_in(&other).await.expect(303);
    assert_eq!(world.username().await, "ada-2");
    let trail = trail(&world.server).await.join("\n");
    assert!(trail.contains("ada create users ada done"), "{trail}");
    assert!(trail.contains("ada sign-in users ada done {\"by\":\"Example\"}"), "{trail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_begun_in_one_browser_ends_in_no_other() {
    let mut world = World::start().await;
    let url = leave(&mut world.browser, "/app").await;
    let back = world.provider.approve(&url, &ada());
    let mut other = world.server.browser();
    is_sent_back(come_back(&mut other, &back).await);
    leave(&mut other, "/app").await;
    is_sent_back(come_back(&mut other, &back).await);
    for state in ["", "x", "AAAA", &"A".repeat(5_000)] {
        is_sent_back(come_back(&mut world.browser, &format!("x?code=code-0&state={state}")).await);
    }
    // Nothing of an address that we did not ask for is shown.
    let planted = "x?error=access_denied&error_description=call+0900&state=x";
    let answer = come_back(&mut world.browser, planted).await;
    is_sent_back(answer);
    world.provider.clock().advance(Duration::from_mins(15));
    is_sent_back(come_back(&mut world.browser, &back).await);
    assert!(world.server.app().identity().find_user_by_name("ada").await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn several_windows_and_the_way_back_work() {
    let mut world = World::start().await;
    let one = leave(&mut world.browser, "/app/settings/tokens").await;
    let two = leave(&mut world.browser, "/app").await;
    let (one, two) = (world.provider.approve(&one, &ada()), world.provider.approve(&two, &ada()));
    let done = come_back(&mut world.browser, &one).await.expect(303);
    assert_eq!(done.header("location"), Some("/app/settings/tokens"));
    // Signed in by then: the second window, and the first once more.
    for back in [&two, &one] {
        come_back(&mut world.browser, back).await.expect(303);
        world.browser.get("/app").await.expect(200);
    }
    let again = world.browser.get("/app/sign-in/oidc?return_to=/app/acme").await.expect(303);
    assert_eq!(again.header("location"), Some("/app/acme"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_exchanged_once() {
    let mut world = World::start().await;
    let url = leave(&mut world.browser, "/app").await;
    let back = world.provider.approve(&url, &ada());
    let before = world.browser.clone();
    come_back(&mut world.browser, &back).await.expect(303);
    // Somebody who has the cookie and the address, but comes second.
    let mut second = before;
    let refused = come_back(&mut second, &back).await.expect(403).text();
    assert!(refused.contains("Example refused, and says: invalid_grant"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn identities_that_are_not_in_order_are_refused() {
    let mut world = World::start().await;
    let now = 1_893_456_000;
    for (forged, said) in [
        (json!({"iss": "https://evil.example"}), "it comes from another issuer"),
        (json!({"aud": "another"}), "it is meant for another application"),
        (json!({"aud": null}), "it is meant for another application"),
        (json!({"aud": ["stateward", "another"]}), "another application asked for it"),
        (json!({"azp": "another"}), "another application asked for it"),
        (json!({"nonce": "another"}), "it does not belong to this sign-in"),
        (json!({"nonce": null}), "it does not belong to this sign-in"),
        (json!({"exp": now - 120}), "the token has expired"),
        (json!({"exp": null}), "the token has no end"),
        (json!({"nbf": now + 120}), "the token is not valid yet"),
        (json!({"iat": now + 120}), "the token was issued in the future"),
        (json!({"sub": null}), "it does not say who it is about"),
        (json!({"sub": ""}), "it does not say who it is about"),
    ] {
        world.provider.forge(forged.clone());
        let page = world.refused(&ada()).await;
        assert!(page.contains(said), "{forged}: {page}");
    }
    world.provider.forge(json!({}));
    for (header, said) in [
        (json!({"alg": "none"}), "are not accepted"),
        (json!({"alg": "HS256", "kid": "first"}), "are not accepted"),
        (json!({"alg": "ES256", "kid": "unknown"}), "the issuer has no such key"),
        (json!({"alg": "RS256", "kid": "first"}), "another kind of signature"),
        (json!({"alg": "ES256", "kid": "first", "crit": ["x"]}), "extensions"),
    ] {
        world.provider.lie(Some(header.clone()));
        let page = world.refused(&ada()).await;
        assert!(page.contains(said), "{header}: {page}");
    }
    world.provider.lie(None);
    assert!(world.server.app().identity().find_user_by_name("ada").await.unwrap().is_none());
    world.sign_in(&ada()).await.expect(303);
    // A new key is looked for.
    world.provider.clock().advance(Duration::from_mins(5));
    world.provider.issuer().add_key("second");
    world.sign_in(&ada()).await.expect(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_provider_says_is_shown_plainly() {
    let mut world = World::start().await;
    let url = leave(&mut world.browser, "/app/acme/workspaces").await;
    let state = &parameters(&url)["state"];
    let back = format!(
        "x?error=access_denied&error_description=Ask+%3Cb%3Eyour%3C/b%3E+manager&state={state}"
    );
    let page = come_back(&mut world.browser, &back).await.expect(403).text();
    assert!(page.contains("access_denied (Ask &lt;b&gt;your&lt;/b&gt; manager)"), "{page}");
    assert!(page.contains("return_to=%2Fapp%2Facme%2Fworkspaces"), "{page}");
    let nothing = come_back(&mut world.browser, &format!("x?state={state}")).await.expect(403);
    assert!(nothing.text().contains("without a reason"));
    let mixed = format!("x?code=code-0&iss=https://evil.example&state={state}");
    let mixed = come_back(&mut world.browser, &mixed).await.expect(403);
    assert!(mixed.text().contains("another server answered"));
    world.provider.refuse();
    assert!(world.refused(&ada()).await.contains("invalid_grant (as the test wants it)"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_not_there_keeps_nobody_else_out() {
    let mut world = World::with(|options| {
        options.oidc_issuer = Some("http://127.0.0.1:9".to_owned());
    })
    .await;
    let page = world.browser.get("/app/sign-in/oidc").await.expect(503).text();
    assert!(page.contains("Example can’t be asked who you are") || page.contains("can't be asked"));
    world.server.set_password("member", "the password of member").await;
    world.browser.sign_in("member", "the password of member").await.expect(303);
    world.browser.get("/app").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_the_provider_on_and_on_is_slowed_down() {
    let mut world = World::start().await;
    let url = leave(&mut world.browser, "/app").await;
    let state = &parameters(&url)["state"];
    let back = format!("x?code=guessed&state={state}");
    for _ in 0..50 {
        come_back(&mut world.browser, &back).await.expect(403);
    }
    come_back(&mut world.browser, &back).await.expect(429);
    world.provider.clock().advance(Duration::from_mins(16));
    world.sign_in(&ada()).await.expect(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_it_is_logged() {
    let logs = Logs::capture();
    let mut world = World::start().await;
    world.provider.be_reticent();
    world.sign_in(&ada()).await.expect(303);
    world.provider.refuse();
    world.refused(&ada()).await;
    let url = leave(&mut world.server.browser(), "/app").await;
    let text = logs.text();
    assert!(text.contains("/app/sign-in/oidc/callback"), "the requests are logged");
    // How a JWT begins, whichever part of its header stands first.
    let jwt = ["eyJhbGci", "eyJ0eXAi", "eyJraWQi"];
    let state = parameters(&url)["state"].clone();
    for secret in [SECRET, "planted-access-", "code-0", state.as_str()].into_iter().chain(jwt) {
        assert!(!text.contains(secret), "{secret} is in the log");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_gets_its_token_that_way_too() {
    let mut world = World::start().await;
    let wanted = "/app/oauth/authorize?response_type=code&client_id=terraform-cli&state=x\
                  &redirect_uri=http://localhost:10000/login&code_challenge_method=S256\
                  &code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let sent = world.browser.get(wanted).await.expect(303);
    let page = world.browser.get(sent.header("location").unwrap()).await.expect(200).text();
    let (_, href) = page.split_once("href=\"/app/sign-in/oidc").unwrap();
    let href = format!("/app/sign-in/oidc{}", href.split('"').next().unwrap());
    let away = world.browser.get(&href).await.expect(303);
    world.browser.keep_cookies(&away);
    let back = world.provider.approve(away.header("location").unwrap(), &ada());
    let done = come_back(&mut world.browser, &back).await.expect(303);
    assert_eq!(done.header("location"), Some(wanted));
    assert!(
        world.browser.get(wanted).await.expect(200).text().contains("Let Terraform act as you?")
    );
}
