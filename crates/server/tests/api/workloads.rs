//! CI jobs that show the identity their platform has signed, in place of a stored token.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use kernel::{Clock as _, FixedClock, Timestamp};
use serde_json::{Value, json};
use stateward::options::Options;
use testkit::{Answer, Caller, Issuer, Logs, Setup, TestServer};

use crate::fixtures::{LINEAGE, cycle, lock, resource, unlock, write};

const LIST: &str = "organizations/acme/trusted-issuers";
const SUBJECT: &str = "repo:acme/app:ref:refs/heads/main";

/// A server that may ask the issuers of tests, and one of them.
struct World {
    server: TestServer,
    issuer: Issuer,
    clock: Arc<FixedClock>,
    owner: Caller,
}

impl World {
    async fn start() -> Self {
        let clock = Arc::new(FixedClock::at(Timestamp::parse("2030-01-01T00:00:00Z").unwrap()));
        let options = Options {
            outgoing_networks: Some(vec!["127.0.0.1".to_owned()]),
            outgoing_http: Some(true),
            ..Options::default()
        };
        let server =
            TestServer::start_with(Setup { options, clock: clock.clone(), ..Setup::default() })
                .await;
        let owner = server.owner().await;
        Self { server, issuer: Issuer::start().await, clock, owner }
    }

    /// Trusts the issuer for the subject in the whole organization.
    async fn trust(&self, level: &str) -> Answer {
        self.trust_with(json!({"level": level})).await
    }

    /// The same with other attributes.
    async fn trust_with(&self, attributes: Value) -> Answer {
        let mut all = json!({
            "name": "ci",
            "issuer": self.issuer.url(),
            "rules": [{"claim": "sub", "equals": SUBJECT}],
            "level": "read",
        });
        all.as_object_mut().unwrap().extend(attributes.as_object().unwrap().clone());
        self.owner.post(LIST, resource("trusted-issuers", all)).await.expect(201)
    }

    fn seconds(&self) -> i64 {
        self.clock.now().as_seconds()
    }

    /// Good claims, with others on top; null takes one away.
    fn claims(&self, others: Value) -> Value {
        let now = self.seconds();
        let mut claims = json!({
            "sub": SUBJECT, "aud": self.server.url(), "iat": now, "nbf": now, "exp": now + 300,
        });
        for (name, value) in others.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        claims
    }

    /// A job with an identity, good or not.
    fn job(&self, others: Value) -> Caller {
        self.server.token(&self.issuer.token(&self.claims(others)))
    }
}

/// Whether a caller is let in at all.
async fn status(caller: &Caller) -> u16 {
    caller.get("organizations/acme/workspaces").await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_does_what_it_is_trusted_with_and_no_more() {
    let world = World::start().await;
    world.trust("write").await;
    let workspace = world.owner.workspace("app").await;
    let job = world.job(json!({}));
    cycle(&job, &workspace, 1, LINEAGE).await;
    job.get(&format!("workspaces/{workspace}/current-state-version")).await.expect(200);
    // Writing is not managing.
    job.delete(&format!("workspaces/{workspace}")).await.expect(403);
    job.get(LIST).await.expect(200);
    let another = resource(
        "trusted-issuers",
        json!({"name": "x", "issuer": world.issuer.url(),
        "rules": [{"claim": "sub", "equals": "x"}], "level": "admin"}),
    );
    job.post(LIST, another).await.expect(403);
    let token = json!({"data": {"type": "authentication-tokens", "attributes": {}}});
    let made = job.post("organizations/acme/authentication-token", token).await;
    assert!(matches!(made.status, 403 | 404), "{}", made.status);
    // It was judged once; its keys were fetched once.
    assert_eq!(world.issuer.asked(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_is_refused_alike() {
    let logs = Logs::capture();
    let world = World::start().await;
    world.trust("read").await;
    let foreign = Issuer::start().await;
    let now = world.seconds();
    let claims = |others: Value| world.claims(others);
    let signed = |others: Value| world.issuer.token(&claims(others));
    assert_eq!(status(&world.job(json!({}))).await, 200);
    let mut tokens = vec![
        ("another audience", signed(json!({"aud": "https://somewhere.example"}))),
        ("no audience", signed(json!({"aud": null}))),
        ("an audience that only begins well", signed(json!({"aud": world.server.url() + "0"}))),
        ("another subject", signed(json!({"sub": "repo:acme/app:ref:refs/heads/evil"}))),
        ("no subject", signed(json!({"sub": null}))),
        ("expired", signed(json!({"exp": now - 61, "iat": now - 400, "nbf": now - 400}))),
        ("without an end", signed(json!({"exp": null}))),
        ("an end that is no number", signed(json!({"exp": "tomorrow"}))),
        ("not valid yet", signed(json!({"nbf": now + 61}))),
        ("issued in the future", signed(json!({"iat": now + 61}))),
        ("another issuer's", foreign.token(&claims(json!({})))),
        ("another issuer's key", foreign.token(&claims(json!({"iss": world.issuer.url()})))),
        ("an issuer with a slash more", signed(json!({"iss": world.issuer.url() + "/"}))),
        ("no issuer", signed(json!({"iss": 7}))),
    ];
    let head = |header: Value| world.issuer.token_with(&header, &claims(json!({"jti": header})));
    tokens.push(("no algorithm", head(json!({"kid": "first"}))));
    tokens.push(("none", head(json!({"alg": "none", "kid": "first"}))));
    tokens.push(("an HMAC", head(json!({"alg": "HS256", "kid": "first"}))));
    tokens.push(("another algorithm", head(json!({"alg": "ES384", "kid": "first"}))));
    tokens.push(("an unknown key", head(json!({"alg": "ES256", "kid": "second"}))));
    let unsigned = head(json!({"alg": "none"}));
    tokens.push(("no signature", unsigned.rsplit_once('.').unwrap().0.to_owned() + "."));
    tokens.push(("a cut signature", {
        let good = signed(json!({"jti": "cut"}));
        good[..good.len() - 4].to_owned()
    }));
    tokens.push(("16 KB", signed(json!({"padding": "x".repeat(16_000)}))));
    tokens.push(("nothing", "..".to_owned()));
    let anonymous = world.server.token("stw_nonsense").get("organizations/acme").await.expect(401);
    for (what, token) in tokens {
        let answer = world.server.token(&token).get("organizations/acme").await;
        assert_eq!((what, answer.status), (what, 401));
        assert_eq!(answer.json(), anonymous.json(), "{what}");
    }
    let text = logs.text();
    assert!(text.contains("the identity of a CI job was refused"), "{text}");
    assert!(text.contains("another audience"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_megabyte_is_refused_and_the_server_goes_on() {
    let world = World::start().await;
    world.trust("read").await;
    let token = world.issuer.token(&world.claims(json!({"padding": "x".repeat(1 << 20)})));
    let header = format!("authorization: Bearer {token}\r\n");
    let answer =
        world.server.wire_status(b"GET /api/v2/organizations/acme", header.as_bytes()).await;
    let status = answer.expect("an answer");
    assert!((400..500).contains(&status), "{status}");
    assert_eq!(self::status(&world.job(json!({}))).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hmac_with_the_public_key_is_not_a_signature() {
    let world = World::start().await;
    world.trust("read").await;
    let keys = world.issuer.keys();
    let secrets = [keys.to_string(), keys["keys"][0].to_string()];
    for secret in secrets.iter().map(String::as_str).chain([keys["keys"][0]["x"].as_str().unwrap()])
    {
        let claims = world.claims(json!({"iss": world.issuer.url()}));
        let token = testkit::hmac_token(secret.as_bytes(), &claims);
        assert_eq!(status(&world.server.token(&token)).await, 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_lives_as_long_as_it_says() {
    let world = World::start().await;
    world.trust("read").await;
    let job = world.job(json!({}));
    assert_eq!(status(&job).await, 200);
    // A minute of grace, as clocks differ.
    world.clock.advance(Duration::from_secs(359));
    assert_eq!(status(&job).await, 200);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(status(&job).await, 401);
    world.server.app().identity().forget_expired().await.unwrap();
    assert_eq!(status(&job).await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_has_several_names_and_a_trust_may_want_another() {
    let world = World::start().await;
    world.trust("read").await;
    let url = world.server.url();
    let authority = url.strip_prefix("http://").unwrap();
    for aud in [
        json!(url),
        json!(format!("{url}/")),
        json!(authority),
        json!("127.0.0.1"),
        json!(["else", url]),
    ] {
        assert_eq!(status(&world.job(json!({"aud": aud}))).await, 200, "{aud}");
    }
    let special = json!({"name": "special", "audience": "stateward", "rules": [{"claim": "sub", "like": "special:*"}]});
    world.trust_with(special).await;
    for (aud, expected) in [("stateward", 200), (url.as_str(), 401)] {
        let job = world.job(json!({"sub": "special:1", "aud": aud}));
        assert_eq!(status(&job).await, expected, "{aud}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_several_trusts_give_adds_up() {
    let world = World::start().await;
    let workspaces = [world.owner.workspace("one").await, world.owner.workspace("two").await];
    for (workspace, level) in workspaces.iter().zip(["read", "write"]) {
        let mut body = resource(
            "trusted-issuers",
            json!({
                "name": level, "issuer": world.issuer.url(), "level": level,
                "rules": [{"claim": "repository", "like": "acme/*"}],
            }),
        );
        body["data"]["relationships"] =
            json!({"workspace": {"data": {"type": "workspaces", "id": workspace}}});
        world.owner.post(LIST, body).await.expect(201);
    }
    world.owner.workspace("three").await;
    let job = world.job(json!({"repository": "acme/app"}));
    let list = job.get("organizations/acme/workspaces").await.expect(200);
    assert_eq!(list.attributes("name"), [json!("one"), json!("two")]);
    lock(&job, &workspaces[0]).await.expect(403);
    cycle(&job, &workspaces[1], 1, LINEAGE).await;
    assert_eq!(status(&world.job(json!({"repository": "other/app"}))).await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn organizations_do_not_reach_into_each_other() {
    let world = World::start().await;
    world.trust("read").await;
    let stranger = world.server.stranger().await;
    let other = json!({"name": "other", "email": "o@example.com"});
    stranger.post("organizations", resource("organizations", other)).await.expect(201);
    let job = world.job(json!({}));
    job.get("organizations/acme").await.expect(200);
    job.get("organizations/other").await.expect(404);
    // Their trust in the same issuer, with keys of their own, lets nobody into ours.
    let evil = Issuer::start().await;
    let trust = json!({"name": "x", "issuer": world.issuer.url(), "keys": evil.keys(),
        "rules": [{"claim": "sub", "equals": SUBJECT}], "level": "admin"});
    let theirs = "organizations/other/trusted-issuers";
    stranger.post(theirs, resource("trusted-issuers", trust)).await.expect(201);
    let forged = world.claims(json!({"iss": world.issuer.url()}));
    let forged = world.server.token(&evil.token(&forged));
    forged.get("organizations/other").await.expect(200);
    forged.get("organizations/acme").await.expect(404);
    assert_eq!(world.job(json!({"jti": "2"})).get("organizations/acme").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_is_out_when_its_trust_ends_or_says_otherwise() {
    let world = World::start().await;
    let path = format!("trusted-issuers/{}", world.trust("write").await.id());
    let workspace = world.owner.workspace("app").await;
    let change = async |attributes: Value| {
        world.owner.patch(&path, resource("trusted-issuers", attributes)).await.expect(200)
    };
    let job = world.job(json!({}));
    lock(&job, &workspace).await.expect(200);
    // What it may do changes under its feet, and it is the same one still: it holds its lock.
    change(json!({"level": "read"})).await;
    unlock(&job, &workspace).await.expect(403);
    change(json!({"level": "write"})).await;
    write(&job, &workspace, 1, LINEAGE).await;
    unlock(&job, &workspace).await.expect(200);
    change(json!({"rules": [{"claim": "sub", "equals": "somebody else"}]})).await;
    assert_eq!(status(&job).await, 401);
    change(json!({"rules": [{"claim": "sub", "like": "repo:acme/*"}]})).await;
    assert_eq!(status(&job).await, 200);
    world.owner.delete(&path).await.expect(204);
    assert_eq!(status(&job).await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_lives_no_longer_than_keys_may() {
    let world = World::start().await;
    world.trust("write").await;
    let long = world.seconds() + 10 * 365 * 86_400;
    assert_eq!(status(&world.job(json!({"exp": long, "jti": "before"}))).await, 200);
    let limit = json!({"data": [{"token-type": "organization", "max-ttl-ms": 3_600_000}]});
    world.owner.patch("organizations/acme/token-ttl-policies", limit).await.expect(200);
    assert_eq!(status(&world.job(json!({"exp": long, "jti": "after"}))).await, 401);
    assert_eq!(status(&world.job(json!({"jti": "short"}))).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_that_was_revoked_is_let_in_no_more() {
    let world = World::start().await;
    world.trust("write").await;
    let job = world.job(json!({"jti": "leaked"}));
    job.get("organizations/acme").await.expect(200);
    let trail = world.server.app().identity();
    trail.finish_audit().await.unwrap();
    let records = world.owner.get("organizations/acme/audit-records").await.expect(200);
    let records = records.at("/data").as_array().unwrap().clone();
    let of = |record: &&Value| record["attributes"]["action"] == "sign-in";
    let record = records.iter().find(of).expect("the job's first sight");
    let path =
        format!("authentication-tokens/{}", record["attributes"]["resource-id"].as_str().unwrap());
    world.server.member().await.delete(&path).await.expect(404);
    world.owner.delete(&path).await.expect(204);
    assert_eq!(status(&job).await, 401);
    assert_eq!(status(&job).await, 401, "nor is it let in again");
    // The next job has an identity of its own.
    assert_eq!(status(&world.job(json!({"jti": "next"}))).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_address_ends_with_the_trust_that_it_rests_on() {
    let world = World::start().await;
    let path = format!("trusted-issuers/{}", world.trust("write").await.id());
    let workspace = world.owner.workspace("app").await;
    let job = world.job(json!({}));
    lock(&job, &workspace).await.expect(200);
    let bytes = crate::fixtures::state(1, LINEAGE);
    let created = crate::fixtures::create(&job, &workspace, 1, LINEAGE, &bytes).await.expect(201);
    let url = created.attribute("hosted-state-upload-url");
    world.owner.delete(&path).await.expect(204);
    let refused = job.upload(url.as_str().unwrap(), bytes).await;
    assert!((400..500).contains(&refused.status), "{}", refused.status);
}

#[tokio::test(flavor = "multi_thread")]
async fn new_keys_are_found_when_a_token_names_them() {
    let world = World::start().await;
    world.trust("read").await;
    assert_eq!(status(&world.job(json!({}))).await, 200);
    world.issuer.add_key("second");
    world.clock.advance(Duration::from_secs(31));
    assert_eq!(status(&world.job(json!({}))).await, 200);
    assert_eq!(world.issuer.asked(), 4);
    // Nobody makes us ask again and again.
    for number in 0..5 {
        let head = json!({"alg": "ES256", "kid": format!("made-up-{number}")});
        let token = world.issuer.token_with(&head, &world.claims(json!({})));
        assert_eq!(status(&world.server.token(&token)).await, 401);
    }
    assert_eq!(world.issuer.asked(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_can_be_given_where_the_issuer_is_out_of_reach() {
    let world = World::start().await;
    let unreachable = "https://kubernetes.default.svc.cluster.local";
    world
        .trust_with(json!({
            "issuer": unreachable, "keys": world.issuer.keys(), "level": "read",
            "rules": [
                {"claim": "kubernetes.io.namespace", "equals": "ci"},
                {"claim": "kubernetes.io.serviceaccount.name", "one-of": ["runner", "planner"]},
            ],
        }))
        .await;
    let pod = |namespace: &str, account: &str| {
        world.job(json!({"iss": unreachable, "kubernetes.io": {
            "namespace": namespace, "serviceaccount": {"name": account}}}))
    };
    assert_eq!(status(&pod("ci", "runner")).await, 200);
    assert_eq!(status(&pod("ci", "default")).await, 401);
    assert_eq!(status(&pod("prod", "runner")).await, 401);
    assert_eq!(world.issuer.asked(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_that_vanishes_stalls_nobody_else() {
    let world = World::start().await;
    world.trust("read").await;
    let known = world.job(json!({}));
    assert_eq!(status(&known).await, 200);
    let gone = Issuer::start().await;
    gone.be_silent(true);
    world.trust_with(json!({"name": "gone", "issuer": gone.url()})).await;
    let lost = world.server.token(&gone.token(&world.claims(json!({}))));
    let waiting = tokio::spawn({
        let lost = lost.clone();
        async move { status(&lost).await }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    let start = Instant::now();
    for _ in 0..5 {
        assert_eq!(status(&known).await, 200);
        assert_eq!(status(&world.owner).await, 200);
        assert_eq!(
            status(&world.job(json!({"jti": start.elapsed().as_nanos().to_string()}))).await,
            200
        );
    }
    assert!(!waiting.is_finished());
    assert_eq!(waiting.await.unwrap(), 401);
    let again = Instant::now();
    assert_eq!(status(&lost).await, 401);
    assert!(again.elapsed() < Duration::from_secs(4), "{:?}", again.elapsed());
    // It comes back.
    gone.be_silent(false);
    world.clock.advance(Duration::from_secs(31));
    assert_eq!(status(&world.server.token(&gone.token(&world.claims(json!({}))))).await, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_source_of_another_organization_holds_nobody_up() {
    let world = World::start().await;
    world.trust("read").await;
    let slow = Issuer::start().await;
    slow.be_silent(true);
    let stranger = world.server.stranger().await;
    let other = json!({"name": "other", "email": "o@example.com"});
    stranger.post("organizations", resource("organizations", other)).await.expect(201);
    let trust = json!({"name": "x", "issuer": world.issuer.url(), "keys-url": slow.url() + "/keys",
        "rules": [{"claim": "sub", "equals": SUBJECT}], "level": "admin"});
    let theirs = "organizations/other/trusted-issuers";
    stranger.post(theirs, resource("trusted-issuers", trust)).await.expect(201);
    let start = Instant::now();
    assert_eq!(status(&world.job(json!({}))).await, 200);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_who_show_one_identity_at_once_are_one_job() {
    let world = World::start().await;
    world.trust("write").await;
    let workspace = world.owner.workspace("app").await;
    let job = world.job(json!({}));
    let asking: Vec<_> = (0..20)
        .map(|_| {
            let job = job.clone();
            tokio::spawn(async move { status(&job).await })
        })
        .collect();
    for one in asking {
        assert_eq!(one.await.unwrap(), 200);
    }
    lock(&job, &workspace).await.expect(200);
    unlock(&job, &workspace).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_issuer_is_not_asked_unless_a_setting_allows_it() {
    let server = TestServer::start().await;
    let (owner, issuer) = (server.owner().await, Issuer::start().await);
    let trust = |issuer: String| {
        resource(
            "trusted-issuers",
            json!({"name": issuer, "issuer": issuer,
        "rules": [{"claim": "sub", "equals": SUBJECT}], "level": "read"}),
        )
    };
    for address in [
        issuer.url(),
        issuer.url().replace("http:", "https:"),
        "https://169.254.169.254".to_owned(),
    ] {
        let refused = owner.post(LIST, trust(address)).await.expect(422);
        assert_eq!(refused.at("/errors/0/source/pointer"), "/data/attributes/issuer");
    }
    // A name is judged when it is looked up.
    let named = issuer.url().replace("http://127.0.0.1", "https://localhost");
    owner.post(LIST, trust(named.clone())).await.expect(201);
    let now = server.app().system_context().now.as_seconds();
    let claims = json!({"iss": named, "sub": SUBJECT, "aud": server.url(), "exp": now + 300});
    assert_eq!(status(&server.token(&issuer.token(&claims))).await, 401);
    assert_eq!(issuer.asked(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trust_that_ends_while_jobs_come_in_keeps_none_of_them() {
    let world = World::start().await;
    for round in 0..3 {
        let path = format!("trusted-issuers/{}", world.trust("read").await.id());
        let jobs: Vec<_> =
            (0..16).map(|number| world.job(json!({"jti": format!("{round}-{number}")}))).collect();
        let coming: Vec<_> = jobs
            .iter()
            .map(|job| {
                let job = job.clone();
                tokio::spawn(async move { status(&job).await })
            })
            .collect();
        world.owner.delete(&path).await.expect(204);
        for one in coming {
            assert!(matches!(one.await.unwrap(), 200 | 401 | 404));
        }
        for job in &jobs {
            assert_eq!(status(job).await, 401);
        }
    }
}
