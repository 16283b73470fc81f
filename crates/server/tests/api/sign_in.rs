//! Signing in and out on the pages: cookies, forms of other sites, guessing.

use std::{sync::Arc, time::Duration};

use kernel::{FixedClock, Timestamp};
use reqwest::Method;
use testkit::{Browser, Setup, TestServer};

const PASSWORD: &str = "the password of member";

async fn form_from(browser: &Browser, path: &str, headers: &[(&str, &str)]) -> u16 {
    let mut request = browser.request(Method::POST, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let csrf = browser.csrf().await;
    let form = [("csrf", csrf.as_str()), ("login", "member"), ("password", PASSWORD)];
    request.form(&form).send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_by_name_or_address_and_out() {
    let server = TestServer::start().await;
    server.set_password("member", PASSWORD).await;
    for login in ["member", "MEMBER", "member@example.com", " member "] {
        let mut browser = server.browser();
        browser.get("/app").await.expect(303);
        let answer = browser.sign_in(login, PASSWORD).await.expect(303);
        assert_eq!(answer.header("location"), Some("/app"));
        let cookie = answer.header("set-cookie").unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        browser.get("/app").await.expect(200);
        let gone = browser.submit("/app/sign-out", &[]).await.expect(303);
        assert!(gone.header("set-cookie").unwrap().contains("Max-Age=0"));
        // The cookie that was is worth nothing, whoever kept it.
        browser.get("/app").await.expect(303);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_sent_to_sign_in_and_back() {
    let server = TestServer::start().await;
    server.set_password("member", PASSWORD).await;
    let mut browser = server.browser();
    let sent = browser.get("/app/acme/workspaces?search=a").await.expect(303);
    let location = sent.header("location").unwrap().to_owned();
    assert!(
        location.starts_with("/app/sign-in?return_to=%2Fapp%2Facme%2Fworkspaces"),
        "{location}"
    );
    browser.get(&location).await.expect(200);
    let form = |to| [("login", "member"), ("password", PASSWORD), ("return_to", to)];
    let back = browser.post("/app/sign-in", &form("/app/acme/workspaces?search=a")).await;
    assert_eq!(back.expect(303).header("location"), Some("/app/acme/workspaces?search=a"));
    for elsewhere in [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/a\r\nb: c",
    ] {
        let back = browser.post("/app/sign-in", &form(elsewhere)).await.expect(303);
        assert_eq!(back.header("location"), Some("/app"), "{elsewhere}");
    }
    browser.cookie = Some("stateward=nonsense".to_owned());
    browser.get("/app").await.expect(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_of_other_sites_are_refused() {
    let server = TestServer::start().await;
    let browser = server.browser_of("member").await;
    for foreign in [
        &[("origin", "https://evil.example")][..],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site"), ("origin", "null")],
    ] {
        assert_eq!(form_from(&browser, "/app/sign-out", foreign).await, 403);
        assert_eq!(form_from(&server.browser(), "/app/sign-in", foreign).await, 403);
    }
    browser.get("/app").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_must_carry_the_value_of_their_own_session() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let browser = server.browser_of("maintainer").await;
    let other = server.browser_of("owner").await;
    let (mine, foreign) = (browser.csrf().await, other.csrf().await);
    assert!(!mine.is_empty() && mine != foreign);
    let forms: [(&str, &[(&str, &str)]); 5] = [
        ("/app/settings/tokens", &[("description", "x"), ("expires_in_days", "")]),
        ("/app/settings/account", &[("username", "mallory"), ("email", "m@example.com")]),
        ("/app/acme/workspaces", &[("name", "made")]),
        ("/app/acme/projects", &[("name", "made"), ("description", "")]),
        ("/app/oauth/authorize", &[("decision", "approve")]),
    ];
    for (path, fields) in forms {
        for csrf in [None, Some(""), Some("wrong"), Some(foreign.as_str())] {
            let mut form = fields.to_vec();
            form.extend(csrf.map(|csrf| ("csrf", csrf)));
            let refused = browser.post(path, &form).await.expect(403);
            assert!(refused.header("content-type").unwrap().starts_with("text/html"));
        }
    }
    let account = maintainer.get("account/details").await;
    assert_eq!(account.attribute("username"), "maintainer");
    maintainer.get("organizations/acme/workspaces/made").await.expect(404);
    browser.submit("/app/acme/workspaces", &[("name", "made")]).await.expect(303);
    maintainer.get("organizations/acme/workspaces/made").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_down_per_account() {
    let clock = Arc::new(FixedClock::at(Timestamp::parse("2030-01-01T00:00:00Z").unwrap()));
    let server = TestServer::start_with(Setup { clock: clock.clone(), ..Setup::default() }).await;
    server.set_password("member", PASSWORD).await;
    server.set_password("owner", PASSWORD).await;
    let mut browser = server.browser();
    let unknown = browser.sign_in("nobody", "wrong").await.expect(401);
    for guess in 0..10 {
        // One account, by whichever of its names.
        let login = if guess % 2 == 0 { "member" } else { "Member@example.com" };
        let wrong = browser.sign_in(login, "wrong").await.expect(401);
        // Nobody learns here who has an account.
        assert_eq!(text_of_problem(&wrong.text()), text_of_problem(&unknown.text()));
    }
    let refused = browser.sign_in("member", PASSWORD).await.expect(429);
    assert!(refused.text().contains("try again in 15 minutes"), "{}", refused.text());
    assert_eq!(refused.header("retry-after"), Some("900"));
    assert!(refused.header("set-cookie").is_none());
    // Others are not held up, and nobody is for ever.
    server.browser().sign_in("owner", PASSWORD).await.expect(303);
    clock.advance(Duration::from_mins(16));
    browser.sign_in("member", PASSWORD).await.expect(303);
}

fn text_of_problem(page: &str) -> &str {
    let start = page.find("is wrong").expect("the page says what is wrong");
    &page[start - 30..start + 8]
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_is_slowed_down_per_address() {
    let server = TestServer::start().await;
    server.set_password("member", PASSWORD).await;
    let mut browser = server.browser();
    let mut refused = 0;
    for guess in 0..55 {
        let answer = browser.sign_in(&format!("somebody-{guess}"), "a common password").await;
        refused += usize::from(answer.status == 429);
    }
    assert_eq!(refused, 5);
    browser.sign_in("member", PASSWORD).await.expect(429);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_every_session() {
    let server = TestServer::start().await;
    server.set_password("member", PASSWORD).await;
    let (mut one, mut two) = (server.browser(), server.browser());
    one.sign_in("member", PASSWORD).await.expect(303);
    two.sign_in("member", PASSWORD).await.expect(303);
    // Changed by the person: they stay signed in here, and nowhere else.
    let form = [
        ("current_password", PASSWORD),
        ("new_password", "the second password"),
        ("repeated_password", "the second password"),
    ];
    one.submit("/app/settings/account/password", &form).await.expect(303);
    one.get("/app").await.expect(200);
    two.get("/app").await.expect(303);
    // Reset by an administrator: nobody stays.
    server.set_password("member", "the third password").await;
    one.get("/app").await.expect(303);
    one.sign_in("member", "the second password").await.expect(401);
    one.sign_in("member", "the third password").await.expect(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_end_when_idle_or_old() {
    let clock = Arc::new(FixedClock::at(Timestamp::parse("2030-01-01T00:00:00Z").unwrap()));
    let mut setup = Setup { clock: clock.clone(), ..Setup::default() };
    setup.options.session_hours = Some(48);
    let server = TestServer::start_with(setup).await;
    let browser = server.browser_of("member").await;
    for _ in 0..4 {
        clock.advance(Duration::from_hours(11));
        browser.get("/app").await.expect(200);
    }
    clock.advance(Duration::from_hours(5));
    browser.get("/app").await.expect(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_are_guarded_by_their_headers() {
    let server = TestServer::start().await;
    let browser = server.browser_of("member").await;
    for path in ["/app", "/app/sign-in", "/app/settings/tokens", "/app/acme/workspaces", "/nothing"]
    {
        let page = browser.get(path).await;
        let policy = page.header("content-security-policy").unwrap_or_default().to_owned();
        if page.status == 303 {
            continue;
        }
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(page.header("x-content-type-options"), Some("nosniff"), "{path}");
        // Kept by the browser itself at most, which asks again before it shows it.
        let cache = page.header("cache-control").unwrap();
        assert!(matches!(cache, "no-store" | "private, no-cache"), "{path}: {cache}");
    }
}
