//! Logging in with the signed identity of a CI job.

use std::{sync::Arc, time::Duration};

use kernel::{Clock as _, FixedClock, Timestamp};
use serde_json::{Value, json};
use stateward::options::Options;
use testkit::{Answer, Issuer, Setup, TestServer};

use crate::vault::{Vault, text};

const SUBJECT: &str = "repo:acme/app:ref:refs/heads/main";

struct Site {
    server: TestServer,
    clock: Arc<FixedClock>,
    issuer: Issuer,
    root: Vault,
    anybody: Vault,
}

impl Site {
    /// With a role `ci` for the subject.
    async fn new() -> Self {
        let clock = Arc::new(FixedClock::at(Timestamp::parse("2030-01-01T00:00:00Z").unwrap()));
        let options = Options {
            outgoing_networks: Some(vec!["127.0.0.1".to_owned()]),
            outgoing_http: Some(true),
            ..Options::default()
        };
        let setup = Setup { options, clock: clock.clone(), ..Setup::default() };
        let server = TestServer::start_empty(setup).await;
        let root = Vault::root(&server).await;
        let anybody = Vault::anonymous(&server);
        root.write("sys/auth/jwt", json!({ "type": "jwt" })).await.expect(204);
        let issuer = Issuer::start().await;
        let config = json!({ "oidc_discovery_url": issuer.url(), "default_role": "ci" });
        root.write("auth/jwt/config", config).await.expect(204);
        let site = Self { server, clock, issuer, root, anybody };
        site.role("ci", json!({ "bound_subject": SUBJECT, "token_policies": "p" })).await;
        site
    }

    async fn role(&self, name: &str, body: Value) {
        let mut all = json!({
            "role_type": "jwt", "user_claim": "sub", "bound_audiences": "stateward",
        });
        all.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        self.root.write(&format!("auth/jwt/role/{name}"), all).await.expect(204);
    }

    fn claims(&self, more: Value) -> Value {
        let now = self.clock.now().as_seconds();
        let mut claims = json!({
            "sub": SUBJECT, "aud": "stateward", "iat": now, "exp": now + 300,
        });
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        claims
    }

    async fn show(&self, role: &str, jwt: &str) -> Answer {
        self.anybody.write("auth/jwt/login", json!({ "role": role, "jwt": jwt })).await
    }

    async fn log_in(&self, role: &str, more: Value) -> Answer {
        self.show(role, &self.issuer.token(&self.claims(more))).await
    }
}

fn error(answer: &Answer) -> String {
    text(answer, "/errors/0")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_gets_what_its_role_gives() {
    let site = Site::new().await;
    let body = json!({
        "bound_claims": { "ref": ["refs/heads/*"], "/deep/owner": "acme" },
        "bound_claims_type": "glob",
        "claim_mappings": { "ref": "git_ref", "missing": "nothing" },
        "token_policies": "p", "token_ttl": "10m",
    });
    site.role("mapped", body).await;
    let more = json!({ "ref": "refs/heads/main", "deep": { "owner": "acme" } });
    let answer = site.log_in("mapped", more.clone()).await.expect(200);
    let metadata = json!({ "role": "mapped", "git_ref": "refs/heads/main" });
    assert_eq!(answer.at("/auth/metadata"), metadata);
    assert_eq!(answer.at("/auth/policies"), json!(["default", "p"]));
    assert_eq!(answer.at("/auth/lease_duration"), 600);
    let job = Vault::with(&site.server, &text(&answer, "/auth/client_token"));
    let own = job.read("auth/token/lookup-self").await.expect(200);
    assert_eq!(own.at("/data/display_name"), format!("jwt-{SUBJECT}"));
    job.write("auth/token/renew-self", json!({})).await.expect(200);
    site.role("mapped", json!({ "bound_subject": "x", "token_ttl": "20m" })).await;
    let renewed = job.write("auth/token/renew-self", json!({})).await.expect(200);
    assert_eq!(renewed.at("/auth/lease_duration"), 1200);
    site.root.delete("auth/jwt/role/mapped").await.expect(204);
    job.write("auth/token/renew-self", json!({})).await.expect(500);
    // The same job is the same entity, with whatever role.
    let again = site.log_in("", json!({})).await.expect(200);
    assert_eq!(again.at("/auth/entity_id"), answer.at("/auth/entity_id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn anything_else_is_refused() {
    let site = Site::new().await;
    let now = site.clock.now().as_seconds();
    for (more, said) in [
        (json!({ "sub": "other" }), "invalid subject (sub) claim"),
        (json!({ "aud": "other" }), "invalid audience (aud) claim"),
        (json!({ "aud": null }), "invalid audience (aud) claim"),
        (json!({ "iss": "https://evil.example" }), "invalid issuer (iss) claim"),
        (json!({ "exp": now - 61 }), "invalid expiration time (exp) claim"),
        (json!({ "nbf": now + 61 }), "invalid not before (nbf) claim"),
        (json!({ "iat": now + 61 }), "invalid not before (nbf) claim"),
        (json!({ "exp": "never" }), "error validating token"),
    ] {
        let answer = site.log_in("ci", more.clone()).await.expect(400);
        assert!(error(&answer).contains(said), "{more}: {}", answer.text());
    }
    let claims = site.claims(json!({}));
    let hmac = testkit::hmac_token(b"secret", &claims);
    let token = site.issuer.token(&claims);
    let forged = format!("{}A", &token[..token.len() - 4]);
    let unsigned = site.issuer.token_with(&json!({ "alg": "none" }), &claims);
    for jwt in [hmac.as_str(), &forged, &unsigned, "a.b.c", "x"] {
        let answer = site.show("ci", jwt).await.expect(400);
        assert!(error(&answer).starts_with("error validating token: "), "{}", answer.text());
    }
    let answer = site.show("none", &token).await.expect(400);
    assert_eq!(error(&answer), "role \"none\" could not be found");
    assert_eq!(error(&site.show("ci", "").await.expect(400)), "missing token");
    site.show("ci", &token).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_without_an_audience_takes_nothing_that_is_meant_for_others() {
    let site = Site::new().await;
    site.role("any", json!({ "bound_audiences": "", "bound_subject": SUBJECT })).await;
    let answer = site.log_in("any", json!({})).await.expect(400);
    assert_eq!(error(&answer), "audience claim found in JWT but no audiences bound to the role");
    site.log_in("any", json!({ "aud": null })).await.expect(200);
    for (claim, said) in [
        (json!({ "user_claim": "email" }), "claim \"email\" not found in token"),
        (json!({ "user_claim": "iat" }), "claim \"iat\" could not be converted to string"),
        (json!({ "groups_claim": "groups" }), "\"groups\" claim not found in token"),
        (json!({ "bound_claims": { "ref": "x" } }), "claim \"ref\" is missing"),
    ] {
        let mut body = json!({ "bound_subject": SUBJECT });
        body.as_object_mut().unwrap().extend(claim.as_object().unwrap().clone());
        site.role("odd", body).await;
        let answer = site.log_in("odd", json!({})).await.expect(400);
        assert!(error(&answer).contains(said), "{}", answer.text());
        site.root.delete("auth/jwt/role/odd").await.expect(204);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn new_keys_are_looked_for() {
    let site = Site::new().await;
    site.log_in("ci", json!({})).await.expect(200);
    site.issuer.add_key("second");
    site.clock.advance(Duration::from_mins(1));
    site.log_in("ci", json!({})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_come_from_one_place() {
    let site = Site::new().await;
    let write = |body: Value| site.root.write("auth/jwt/config", body);
    for (body, said) in [
        (json!({}), "exactly one of"),
        (json!({ "jwks_url": "https://a.example", "oidc_discovery_url": "x" }), "exactly one of"),
        (json!({ "jwt_validation_pubkeys": "nope" }), "error parsing public key"),
        (
            json!({ "jwks_url": format!("{}/nothing", site.issuer.url()) }),
            "error checking jwks URL",
        ),
        (json!({ "oidc_discovery_url": "ftp://a" }), "error checking oidc discovery URL"),
        (
            json!({ "oidc_discovery_url": site.issuer.url(), "oidc_discovery_ca_pem": "nope" }),
            "could not parse CA PEM value",
        ),
    ] {
        let answer = write(body).await.expect(400);
        assert!(error(&answer).starts_with(said), "{}", answer.text());
    }
    // From an address, and with an issuer that must be named.
    let address = format!("{}/keys", site.issuer.url());
    let config = json!({ "jwks_url": address, "bound_issuer": "https://ci.example" });
    write(config).await.expect(204);
    site.log_in("ci", json!({})).await.expect(400);
    site.log_in("ci", json!({ "iss": "https://ci.example" })).await.expect(200);
    // Only one way to sign, which is another one.
    let config = json!({ "jwks_url": address, "jwt_supported_algs": "RS256" });
    write(config).await.expect(204);
    site.log_in("ci", json!({})).await.expect(400);
    let shown = site.root.read("auth/jwt/config").await.expect(200);
    assert_eq!(shown.at("/data/jwks_url"), address);
    assert_eq!(shown.at("/data/bound_issuer"), "");
}
