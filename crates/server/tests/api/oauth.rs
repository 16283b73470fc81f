//! `terraform login` over HTTP: the authorization code flow with PKCE.

use std::{sync::Arc, time::Duration};

use kernel::{FixedClock, Timestamp};
use testkit::{Answer, Browser, Setup, TestServer};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const PLACE: &str = "http://localhost:10004/login";
const AUTHORIZE: &str = "/app/oauth/authorize";

const REQUEST: [(&str, &str); 6] = [
    ("response_type", "code"),
    ("client_id", "terraform-cli"),
    ("redirect_uri", PLACE),
    ("state", "a state & more"),
    ("code_challenge", CHALLENGE),
    ("code_challenge_method", "S256"),
];

/// The request with some parameters changed.
fn but(changes: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    let changed = |(name, value): (&'static str, &'static str)| {
        let change = changes.iter().find(|change| change.0 == name);
        (name, change.map_or(value, |change| change.1))
    };
    REQUEST.into_iter().map(changed).collect()
}

fn query(parameters: &[(&str, &str)]) -> String {
    let url = reqwest::Url::parse_with_params("http://x/", parameters).unwrap();
    format!("{AUTHORIZE}?{}", url.query().unwrap())
}

/// Approves the request; gives the code.
async fn code(browser: &Browser) -> String {
    let mut form = REQUEST.to_vec();
    form.push(("decision", "approve"));
    let sent = browser.submit(AUTHORIZE, &form).await.expect(303);
    let location = reqwest::Url::parse(sent.header("location").unwrap()).unwrap();
    assert!(location.as_str().starts_with(PLACE), "{location}");
    let parameters: Vec<(String, String)> = location.query_pairs().into_owned().collect();
    assert_eq!(parameters[1], ("state".to_owned(), "a state & more".to_owned()));
    assert_eq!(parameters[0].0, "code");
    parameters[0].1.clone()
}

/// Shows a code at the token endpoint, with some parameters changed.
async fn exchange(server: &TestServer, code: &str, changes: &[(&str, &str)]) -> Answer {
    let good = [
        ("grant_type", "authorization_code"),
        ("client_id", "terraform-cli"),
        ("code", code),
        ("code_verifier", VERIFIER),
        ("redirect_uri", PLACE),
    ];
    let changed = good.map(|(name, value)| {
        let change = changes.iter().find(|change| change.0 == name);
        (name, change.map_or(value, |change| change.1))
    });
    server.browser().post("/app/oauth/token", &changed).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_who_is_not_signed_in_signs_in_approves_and_gets_a_token() {
    let server = TestServer::start().await;
    server.set_password("member", "the password of member").await;
    let mut browser = server.browser();
    let page = query(&REQUEST);
    let sent = browser.get(&page).await.expect(303);
    let sign_in = sent.header("location").unwrap().to_owned();
    assert!(sign_in.starts_with("/app/sign-in?return_to="), "{sign_in}");
    let return_to = reqwest::Url::parse(&format!("http://x{sign_in}")).unwrap();
    let return_to = return_to.query_pairs().next().unwrap().1.into_owned();
    let form =
        [("login", "member"), ("password", "the password of member"), ("return_to", &return_to)];
    let back = browser.post("/app/sign-in", &form).await.expect(303);
    assert_eq!(back.header("location"), Some(return_to.as_str()));
    browser.cookie = back.header("set-cookie").unwrap().split(';').next().map(str::to_owned);
    let consent = browser.get(&return_to).await.expect(200);
    assert!(consent.text().contains("localhost:10004"));
    let policy = consent.header("content-security-policy").unwrap();
    assert!(policy.contains("form-action 'self' http://localhost:10004"), "{policy}");

    let granted = exchange(&server, &code(&browser).await, &[]).await.expect(200);
    assert_eq!(granted.header("cache-control"), Some("no-store"));
    assert_eq!(granted.at("/token_type"), "bearer");
    let token = granted.at("/access_token");
    let details = server.token(token.as_str().unwrap()).get("account/details").await.expect(200);
    assert_eq!(details.attribute("username"), "member");
    let tokens = browser.get("/app/settings/tokens").await.expect(200);
    assert!(tokens.text().contains("terraform login"));
    assert!(!tokens.text().contains(token.as_str().unwrap()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_good_once_and_only_as_it_was_asked_for() {
    let server = TestServer::start().await;
    let browser = server.browser_of("member").await;
    let good = code(&browser).await;
    exchange(&server, &good, &[]).await.expect(200);
    assert_eq!(exchange(&server, &good, &[]).await.expect(400).at("/error"), "invalid_grant");
    let other_verifier = VERIFIER.replace('d', "e");
    for (change, error) in [
        (("code_verifier", other_verifier.as_str()), "invalid_grant"),
        (("code_verifier", CHALLENGE), "invalid_grant"),
        (("code_verifier", ""), "invalid_request"),
        (("redirect_uri", "http://localhost:10005/login"), "invalid_grant"),
        (("redirect_uri", ""), "invalid_request"),
        (("client_id", "another"), "invalid_client"),
        (("grant_type", "password"), "unsupported_grant_type"),
        (("code", "nonsense"), "invalid_grant"),
        (("code", "a\u{0}b"), "invalid_grant"),
    ] {
        let refused = exchange(&server, &code(&browser).await, &[change]).await.expect(400);
        assert_eq!(refused.at("/error"), error, "{change:?}");
        assert_eq!(refused.header("cache-control"), Some("no-store"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_show_one_code_at_once_get_one_token() {
    let server = Arc::new(TestServer::start().await);
    let browser = server.browser_of("member").await;
    let code = code(&browser).await;
    let tries = (0..16).map(|_| {
        let (server, code) = (Arc::clone(&server), code.clone());
        tokio::spawn(async move { exchange(&server, &code, &[]).await.status })
    });
    let mut granted = 0;
    for attempt in tries.collect::<Vec<_>>() {
        granted += usize::from(attempt.await.unwrap() == 200);
    }
    assert_eq!(granted, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_ends_soon() {
    let clock = Arc::new(FixedClock::at(Timestamp::parse("2030-01-01T00:00:00Z").unwrap()));
    let server = TestServer::start_with(Setup { clock: clock.clone(), ..Setup::default() }).await;
    let browser = server.browser_of("member").await;
    let code = code(&browser).await;
    clock.advance(Duration::from_mins(11));
    assert_eq!(exchange(&server, &code, &[]).await.expect(400).at("/error"), "invalid_grant");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_request_is_shown_and_nothing_is_sent_anywhere() {
    let server = TestServer::start().await;
    let browser = server.browser_of("member").await;
    for change in [
        ("response_type", "token"),
        ("client_id", "another"),
        ("redirect_uri", "https://evil.example/login"),
        ("redirect_uri", "http://localhost:10011/login"),
        ("redirect_uri", "http://localhost:10004@evil.example/login"),
        ("redirect_uri", "javascript:alert(1)"),
        ("code_challenge", ""),
        ("code_challenge", "short"),
        ("code_challenge_method", "plain"),
        ("code_challenge_method", ""),
    ] {
        let parameters = but(&[change]);
        let page = browser.get(&query(&parameters)).await.expect(400);
        assert!(
            page.header("location").is_none()
                && !page.text().contains("<form method=\"post\" action=\"/app/oauth")
        );
        let mut form = parameters.clone();
        form.push(("decision", "approve"));
        let refused = browser.submit(AUTHORIZE, &form).await.expect(400);
        assert!(refused.header("location").is_none(), "{change:?}");
    }
    browser.get(AUTHORIZE).await.expect(400);
    browser.get(&format!("{AUTHORIZE}?%ff&state=1&state=2")).await.expect(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn refusing_gives_no_code() {
    let server = TestServer::start().await;
    let browser = server.browser_of("member").await;
    for decision in ["refuse", "", "Approve"] {
        let mut form = REQUEST.to_vec();
        form.push(("decision", decision));
        let page = browser.submit(AUTHORIZE, &form).await.expect(200);
        assert!(page.header("location").is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_endpoint_reads_forms_only() {
    let server = TestServer::start().await;
    let anonymous = server.anonymous();
    for (content_type, body) in [
        ("application/json", "{}"),
        ("application/x-www-form-urlencoded", ""),
        ("application/x-www-form-urlencoded", "%ff=%fe&&&==="),
        ("text/plain", "code=x"),
    ] {
        let refused = anonymous
            .raw(reqwest::Method::POST, "/app/oauth/token", content_type, body)
            .await
            .expect(400);
        assert_eq!(refused.at("/error"), "invalid_request");
    }
}
