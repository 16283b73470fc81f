//! The second factor: setting it up, signing in with it, guessing it, losing it.

use std::{sync::Arc, time::Duration};

use kernel::{FixedClock, Timestamp};
use testkit::{Answer, Browser, Setup, TestServer};

use crate::device::{Device, PAGE, hidden, recovery_codes, trail};

const PASSWORD: &str = "the password of member";
const CODE: &str = "/app/sign-in/code";
const ENROL: &str = "/app/sign-in/second-factor";

struct World {
    server: TestServer,
    clock: Arc<FixedClock>,
}

impl World {
    async fn start(required: bool) -> Self {
        let clock = Arc::new(FixedClock::at(Timestamp::parse("2030-01-01T00:00:00Z").unwrap()));
        let mut setup = Setup { clock: clock.clone(), ..Setup::default() };
        setup.options.require_second_factor = Some(required);
        let server = TestServer::start_with(setup).await;
        server.set_password("member", PASSWORD).await;
        Self { server, clock }
    }

    /// A second factor for the member.
    async fn device(&self) -> (Device, Vec<String>) {
        let mut browser = self.server.browser();
        browser.sign_in("member", PASSWORD).await.expect(303);
        let set_up = Device::set_up(&browser, PASSWORD, &self.clock).await;
        // The first code is used up.
        self.next_step();
        set_up
    }

    /// A browser after the right password.
    async fn half_way(&self) -> Browser {
        let mut browser = self.server.browser();
        let answer = password(&mut browser, "/app").await;
        assert_eq!(answer.header("location"), Some("/app/sign-in/code?return_to=%2Fapp"));
        browser
    }

    fn next_step(&self) {
        self.clock.advance(Duration::from_secs(30));
    }
}

async fn password(browser: &mut Browser, return_to: &str) -> Answer {
    let form = [("login", "member"), ("password", PASSWORD), ("return_to", return_to)];
    let answer = browser.post("/app/sign-in", &form).await.expect(303);
    browser.keep_cookies(&answer);
    answer
}

async fn show(browser: &mut Browser, code: &str) -> Answer {
    let answer = browser.post(CODE, &[("code", code), ("return_to", "/app")]).await;
    browser.keep_cookies(&answer);
    answer
}

#[track_caller]
fn is_sent_back(answer: Answer) {
    let answer = answer.expect(303);
    let location = answer.header("location").unwrap();
    assert!(location.starts_with("/app/sign-in?return_to=") && location.ends_with("&done=expired"));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_set_up_with_password_and_first_code() {
    let world = World::start(false).await;
    let (mut browser, mut other) = (world.server.browser(), world.server.browser());
    browser.sign_in("member", PASSWORD).await.expect(303);
    other.sign_in("member", PASSWORD).await.expect(303);
    let page = browser.get(PAGE).await.expect(200).text();
    assert!(page.contains("<svg class=\"qr-code\"") && page.contains("otpauth://totp/Stateward"));
    let device = Device::reading(&page);
    let enrolment = hidden(&page, "enrolment");
    let (right, wrong) = (device.code(&world.clock), device.wrong_code(&world.clock));
    for (password, code, enrolment, said) in [
        (PASSWORD, wrong.as_str(), enrolment, "This code is wrong"),
        (PASSWORD, "", enrolment, "This code is wrong"),
        ("not it", &right, enrolment, "not your current password"),
        (PASSWORD, &right, "", "This code is wrong"),
        (PASSWORD, &right, "AAAA", "This code is wrong"),
    ] {
        let form = [("current_password", password), ("code", code), ("enrolment", enrolment)];
        let refused = browser.submit(PAGE, &form).await.expect(422).text();
        assert!(refused.contains(said), "{password} {code}: {refused}");
        // The same secret is handed over again, so that nobody has to scan twice.
        assert_eq!(hidden(&refused, "enrolment") == enrolment, enrolment.len() > 10);
    }
    let form = [("current_password", PASSWORD), ("code", &right), ("enrolment", enrolment)];
    let done = browser.submit(PAGE, &form).await.expect(200);
    assert_eq!(done.header("cache-control"), Some("no-store"));
    assert_eq!(recovery_codes(&done.text()).len(), 10);
    // Who got in by the password alone is out.
    browser.get("/app").await.expect(200);
    other.get("/app").await.expect(303);
    let account = world.server.member().await.get("account/details").await;
    assert_eq!(account.attribute("two-factor")["enabled"], true);
    // It can't be set up twice.
    world.next_step();
    let next = device.code(&world.clock);
    let form = [("current_password", PASSWORD), ("code", &next), ("enrolment", enrolment)];
    browser.submit(PAGE, &form).await.expect(409);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_alone_opens_nothing() {
    let world = World::start(false).await;
    let (device, _) = world.device().await;
    let mut browser = world.half_way().await;
    for path in ["/app", "/app/settings/account", PAGE, "/app/oauth/authorize"] {
        let answer = browser.get(path).await.expect(303);
        assert!(answer.header("location").unwrap().starts_with("/app/sign-in?"), "{path}");
    }
    assert!(browser.get(CODE).await.expect(200).text().contains("<strong>member</strong>"));
    let ticket = browser.cookie.clone().unwrap();
    let done = show(&mut browser, &device.code(&world.clock)).await.expect(303);
    assert_eq!(done.header("location"), Some("/app"));
    browser.get("/app").await.expect(200);
    let session = browser.cookie.clone().unwrap();
    assert!(session.starts_with("stateward=") && !session.contains("ticket"), "{session}");
    // Back in the history, or in a second window: already in.
    for path in [CODE, "/app/sign-in"] {
        assert_eq!(browser.get(path).await.expect(303).header("location"), Some("/app"));
    }
    show(&mut browser, "000000").await.expect(303);
    // The ticket lets nobody in by itself.
    let mut thief = world.server.browser();
    thief.cookie = Some(ticket);
    thief.get("/app").await.expect(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_works_once() {
    let world = World::start(false).await;
    let (device, recovery) = world.device().await;
    let (mut one, mut two) = (world.half_way().await, world.half_way().await);
    let code = device.code(&world.clock);
    show(&mut one, &code).await.expect(303);
    let refused = show(&mut two, &code).await.expect(401);
    assert!(refused.text().contains("was used already"), "{}", refused.text());
    world.next_step();
    // People type it as their app shows it.
    let (start, end) = device.code(&world.clock).split_at(3).into_strings();
    show(&mut two, &format!("{start} {end}")).await.expect(303);
    for (typed, status) in [
        (recovery[0].to_uppercase(), 303),
        (recovery[0].clone(), 401),
        (recovery[1].replace('-', ""), 303),
        ("abcd-efgh-jkmn".to_owned(), 401),
    ] {
        let mut browser = world.half_way().await;
        show(&mut browser, &typed).await.expect(status);
    }
    let page = one.get(PAGE).await.expect(200).text();
    assert!(page.contains("8 recovery codes"), "{page}");
}

trait IntoStrings {
    fn into_strings(self) -> (String, String);
}

impl IntoStrings for (&str, &str) {
    fn into_strings(self) -> (String, String) {
        (self.0.to_owned(), self.1.to_owned())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_with_one_code_are_one() {
    let world = World::start(false).await;
    let (device, recovery) = world.device().await;
    let code = device.code(&world.clock);
    for typed in [&code, &recovery[0]] {
        let browsers = [world.half_way().await, world.half_way().await, world.half_way().await];
        let tries = browsers.map(|mut browser| {
            let typed = typed.clone();
            tokio::spawn(async move { show(&mut browser, &typed).await.status })
        });
        let mut let_in = 0;
        for one in tries {
            let_in += u32::from(one.await.unwrap() == 303);
        }
        assert_eq!(let_in, 1, "{typed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_codes_is_slowed_down_by_the_quarter_hour_and_the_day() {
    let world = World::start(false).await;
    let (device, recovery) = world.device().await;
    for round in 0..3 {
        for _ in 0..10 {
            // The right password again does not clear the count.
            let mut browser = world.half_way().await;
            show(&mut browser, &device.wrong_code(&world.clock)).await.expect(401);
        }
        let mut browser = world.half_way().await;
        let refused = show(&mut browser, &device.code(&world.clock)).await.expect(429);
        assert!(refused.text().contains("try again in 15 minutes"), "{round}: {}", refused.text());
        show(&mut browser, &recovery[0]).await.expect(429);
        world.clock.advance(Duration::from_mins(16));
    }
    // Thirty wrong ones in a day are enough.
    let mut browser = world.half_way().await;
    let refused = show(&mut browser, &device.code(&world.clock)).await.expect(429);
    assert!(refused.text().contains("hours"), "{}", refused.text());
    world.clock.advance(Duration::from_hours(24));
    let mut browser = world.half_way().await;
    show(&mut browser, &device.code(&world.clock)).await.expect(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_ends_with_time_and_with_the_password() {
    let world = World::start(false).await;
    let (device, _) = world.device().await;
    let mut late = world.half_way().await;
    world.clock.advance(Duration::from_mins(10));
    is_sent_back(late.get(CODE).await);
    is_sent_back(show(&mut late, &device.code(&world.clock)).await);
    let mut outdated = world.half_way().await;
    world.server.set_password("member", "another password").await;
    is_sent_back(show(&mut outdated, &device.code(&world.clock)).await);
    let mut without = world.server.browser();
    is_sent_back(show(&mut without, &device.code(&world.clock)).await);
    is_sent_back(without.get(ENROL).await);
    for cookie in
        ["stateward-ticket=x", "stateward-ticket=code.user-1.9.x.y", "stateward-ticket=\"\""]
    {
        let mut forged = world.server.browser();
        forged.cookie = Some(cookie.to_owned());
        is_sent_back(show(&mut forged, "000000").await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_place_one_wanted_to_go_to_is_kept() {
    let world = World::start(false).await;
    let (device, _) = world.device().await;
    let mut browser = world.server.browser();
    let wanted = "/app/oauth/authorize?client_id=terraform-cli&state=a%20b";
    let answer = password(&mut browser, wanted).await;
    let location = answer.header("location").unwrap().to_owned();
    let page = browser.get(&location).await.expect(200).text();
    assert_eq!(hidden(&page, "return_to").replace("&amp;", "&"), wanted);
    let wrong = browser.post(CODE, &[("code", "1"), ("return_to", wanted)]).await.expect(401);
    assert_eq!(hidden(&wrong.text(), "return_to").replace("&amp;", "&"), wanted);
    let code = device.code(&world.clock);
    let done = browser.post(CODE, &[("code", &code), ("return_to", wanted)]).await.expect(303);
    assert_eq!(done.header("location"), Some(wanted));
    let strange = [("code", code.as_str()), ("return_to", "https://evil.example")];
    let mut other = world.half_way().await;
    other.keep_cookies(&done);
    assert_eq!(other.post(CODE, &strange).await.expect(303).header("location"), Some("/app"));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_it_is_required_it_comes_before_everything_else() {
    let world = World::start(true).await;
    let mut browser = world.server.browser();
    let answer = password(&mut browser, "/app/acme/workspaces").await;
    let location = answer.header("location").unwrap().to_owned();
    assert_eq!(location, "/app/sign-in/second-factor?return_to=%2Fapp%2Facme%2Fworkspaces");
    browser.get("/app").await.expect(303);
    is_sent_back(browser.get(CODE).await);
    let page = browser.get(&location).await.expect(200).text();
    let device = Device::reading(&page);
    let form = |code: String| {
        let enrolment = hidden(&page, "enrolment").to_owned();
        [("code", code), ("enrolment", enrolment), ("return_to", "/app/acme/workspaces".to_owned())]
    };
    let wrong = form(device.wrong_code(&world.clock));
    let wrong = wrong.each_ref().map(|(name, value)| (*name, value.as_str()));
    let refused = browser.post(ENROL, &wrong).await.expect(401);
    assert_eq!(hidden(&refused.text(), "enrolment"), hidden(&page, "enrolment"));
    browser.get("/app").await.expect(303);
    let right = form(device.code(&world.clock));
    let right = right.each_ref().map(|(name, value)| (*name, value.as_str()));
    // A secret that was drawn for another ticket is worth nothing here.
    let mut other = world.server.browser();
    world.clock.advance(Duration::from_secs(1));
    password(&mut other, "/app").await;
    other.post(ENROL, &right).await.expect(401);
    let done = browser.post(ENROL, &right).await.expect(200);
    browser.keep_cookies(&done);
    assert_eq!(recovery_codes(&done.text()).len(), 10);
    assert!(done.text().contains("href=\"/app/acme/workspaces\""));
    browser.get("/app").await.expect(200);
    // The other window's ticket asked for something that is done.
    is_sent_back(other.get(ENROL).await);
    // From now on it asks for a code.
    world.next_step();
    let mut again = world.half_way().await;
    show(&mut again, &device.code(&world.clock)).await.expect(303);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_changed_and_switched_off_with_password_and_code() {
    let world = World::start(false).await;
    let (device, recovery) = world.device().await;
    let mut browser = world.half_way().await;
    show(&mut browser, &device.code(&world.clock)).await.expect(303);
    let page = browser.get(PAGE).await.expect(200).text();
    assert!(!page.contains("qr-code") && page.contains("10 recovery codes"), "{page}");
    let (renew, remove) = (format!("{PAGE}/recovery-codes"), format!("{PAGE}/remove"));
    world.next_step();
    for path in [&renew, &remove] {
        let code = device.code(&world.clock);
        let form = [("current_password", "not it"), ("code", code.as_str())];
        browser.submit(path, &form).await.expect(422);
        let form = [("current_password", PASSWORD), ("code", "000000")];
        browser.submit(path, &form).await.expect(422);
    }
    let form = [("current_password", PASSWORD), ("code", recovery[0].as_str())];
    let renewed = recovery_codes(&browser.submit(&renew, &form).await.expect(200).text());
    assert_eq!(renewed.len(), 10);
    // The old ones are gone.
    let form = [("current_password", PASSWORD), ("code", recovery[1].as_str())];
    browser.submit(&remove, &form).await.expect(422);
    let code = device.code(&world.clock);
    let form = [("current_password", PASSWORD), ("code", code.as_str())];
    browser.submit(&remove, &form).await.expect(303);
    let mut plain = world.server.browser();
    plain.sign_in("member", PASSWORD).await.expect(303);
    plain.get("/app").await.expect(200);
    browser.submit(&remove, &form).await.expect(409);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_takes_a_lost_one_away() {
    let world = World::start(false).await;
    world.device().await;
    let mut browser = world.half_way().await;
    for _ in 0..10 {
        show(&mut browser, "000000").await.expect(401);
    }
    show(&mut browser, "000000").await.expect(429);
    let (identity, context) = (world.server.app().identity(), world.server.app().system_context());
    let user = identity.find_user_by_name("member").await.unwrap().unwrap();
    assert!(identity.reset_second_factor(&context, user.id).await.unwrap());
    assert!(!identity.reset_second_factor(&context, user.id).await.unwrap());
    is_sent_back(show(&mut browser, "000000").await);
    let mut plain = world.server.browser();
    plain.sign_in("member", PASSWORD).await.expect(303);
    plain.get("/app").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_of_it_is_in_the_trail_and_no_secret_is() {
    let world = World::start(false).await;
    let (device, recovery) = world.device().await;
    let mut browser = world.half_way().await;
    show(&mut browser, "000000").await.expect(401);
    show(&mut browser, &recovery[0]).await.expect(303);
    let form = [("current_password", "not it"), ("code", "000000")];
    browser.submit(&format!("{PAGE}/remove"), &form).await.expect(422);
    let code = device.code(&world.clock);
    let form = [("current_password", PASSWORD), ("code", code.as_str())];
    browser.submit(&format!("{PAGE}/remove"), &form).await.expect(303);
    browser.submit("/app/sign-out", &[]).await.expect(303);
    let trail = trail(&world.server).await.join("\n");
    for expected in [
        "member sign-in users member done {\"by\":\"password\"}",
        "member create second-factors member done {}",
        " sign-in users member denied {\"reason\":\"code\"}",
        "member sign-in users member done {\"by\":\"password and recovery code\"}",
        "member delete second-factors member denied {\"reason\":\"password\"}",
        "member delete second-factors member done {}",
        "member sign-out users member done {}",
    ] {
        assert!(trail.contains(expected), "{expected} is not in\n{trail}");
    }
    for secret in [code.as_str(), &recovery[0], PASSWORD, "not it"] {
        assert!(!trail.contains(secret), "{secret}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_of_other_sites_are_refused_here_too() {
    let world = World::start(false).await;
    let (device, _) = world.device().await;
    let browser = world.half_way().await;
    let code = device.code(&world.clock);
    for (name, value) in
        [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")]
    {
        let request = browser.request(reqwest::Method::POST, CODE).header(name, value);
        let answer = request.form(&[("code", &code)]).send().await.unwrap();
        assert_eq!(answer.status(), 403, "{name}: {value}");
    }
}
