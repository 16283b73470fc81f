//! The seal of the credential engine: shares, what a sealed server answers, several servers.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use serde_json::{Value, json};
use stateward::options::Options;
use testkit::{Answer, Setup, TestServer};

use crate::vault::{Vault, text, texts};

async fn in_shares() -> TestServer {
    let options = Options { seal: Some("shamir".to_owned()), ..Options::default() };
    TestServer::start_empty(Setup { options, ..Setup::default() }).await
}

/// A server that is initialized and still sealed: its shares, and its root token.
async fn initialized(server: &TestServer) -> (Vec<String>, Vault) {
    let body = json!({ "secret_shares": 5, "secret_threshold": 3 });
    let answer = Vault::anonymous(server).write("sys/init", body).await.expect(200);
    (texts(&answer, "/keys"), Vault::with(server, &text(&answer, "/root_token")))
}

async fn give(vault: &Vault, share: &str) -> Answer {
    vault.write("sys/unseal", json!({ "key": share })).await
}

async fn unseal(vault: &Vault, shares: &[String]) {
    for share in shares {
        give(vault, share).await.expect(200);
    }
}

fn stands(answer: &Answer) -> (Value, Value, Value) {
    (answer.at("/sealed"), answer.at("/progress"), answer.at("/t"))
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_enough_shares_unseals() {
    let server = in_shares().await;
    let anonymous = Vault::anonymous(&server);
    assert_eq!(anonymous.read("sys/health").await.expect(501).at("/initialized"), json!(false));
    assert_eq!(anonymous.read("sys/init").await.at("/initialized"), json!(false));
    assert_eq!(anonymous.read("sys/mounts").await.expect(503).text().trim(), SEALED);
    let (shares, root) = initialized(&server).await;
    assert_eq!(shares.len(), 5);
    let again = anonymous.write("sys/init", json!({})).await.expect(400);
    assert_eq!(text(&again, "/errors/0"), "Vault is already initialized");
    root.read("sys/mounts").await.expect(503);

    let first = give(&anonymous, &shares[4]).await.expect(200);
    assert_eq!(stands(&first), (json!(true), json!(1), json!(3)));
    let same = give(&anonymous, &shares[4]).await.expect(200);
    assert_eq!((same.at("/progress"), same.at("/nonce")), (json!(1), first.at("/nonce")));
    let second = give(&anonymous, &shares[0]).await.expect(200);
    assert_eq!((second.at("/progress"), second.at("/nonce")), (json!(2), first.at("/nonce")));
    root.read("sys/mounts").await.expect(503);
    let third = give(&anonymous, &shares[2]).await.expect(200);
    assert_eq!(stands(&third), (json!(false), json!(0), json!(3)));
    root.read("sys/mounts").await.expect(200);
    anonymous.read("sys/health").await.expect(200);
    // Who has nothing left to open is told so.
    give(&anonymous, &shares[1]).await.expect(200);
}

/// As in `stateward dev`: once there is a key, the engine for this server itself is there.
#[tokio::test(flavor = "multi_thread")]
async fn with_the_first_unsealing_the_own_engine_is_mounted() {
    let server = in_shares().await;
    server.app().credentials().ensure_own_engine("terraform/").await.unwrap();
    let (shares, root) = initialized(&server).await;
    let anonymous = Vault::anonymous(&server);
    unseal(&anonymous, &shares[..3]).await;
    let config = root.read("terraform/config").await.expect(200);
    assert_eq!(config.at("/data/own_server"), json!(true));
    let mounts = root.read("sys/mounts").await.expect(200);
    let accessor = mounts.at("/data/terraform~1/accessor");
    // It stays the same one.
    root.write("sys/seal", json!({})).await.expect(204);
    unseal(&anonymous, &shares[2..]).await;
    let mounts = root.read("sys/mounts").await.expect(200);
    assert_eq!(mounts.at("/data/terraform~1/accessor"), accessor);
}

/// A server that nobody wants that of has no such engine.
#[tokio::test(flavor = "multi_thread")]
async fn unsealing_alone_mounts_nothing() {
    let server = in_shares().await;
    let (shares, root) = initialized(&server).await;
    unseal(&Vault::anonymous(&server), &shares[..3]).await;
    let mounts = root.read("sys/mounts").await.expect(200);
    assert_eq!(mounts.at("/data/terraform~1"), Value::Null);
}

const SEALED: &str = r#"{"errors":["Vault is sealed"]}"#;

/// Of several who initialize at once one gets shares and a token; what the others got is worthless.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_initialized_once() {
    let server = in_shares().await;
    let anonymous = Vault::anonymous(&server);
    let attempts: Vec<_> = (0..8)
        .map(|_| {
            let anonymous = anonymous.clone();
            tokio::spawn(async move { anonymous.write("sys/init", json!({})).await })
        })
        .collect();
    let mut won = Vec::new();
    for attempt in attempts {
        let answer = attempt.await.unwrap();
        match answer.status {
            200 => won.push(answer),
            _ => assert_eq!(text(&answer.expect(400), "/errors/0"), "Vault is already initialized"),
        }
    }
    let [won] = won.as_slice() else { panic!("{} were first", won.len()) };
    unseal(&anonymous, &texts(won, "/keys")[..3]).await;
    let root = Vault::with(&server, &text(won, "/root_token"));
    assert_eq!(texts(&root.list("auth/token/accessors").await.expect(200), "/data/keys").len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_shares_unseal_nothing() {
    let server = in_shares().await;
    let (shares, root) = initialized(&server).await;
    let anonymous = Vault::anonymous(&server);
    for (key, why) in [
        ("", "'key' must be specified in request body as JSON, or 'reset' set to true"),
        ("zz!", "'key' must be a valid hex or base64 string"),
        ("aabb", "invalid key: key is shorter than minimum 16 bytes"),
    ] {
        assert_eq!(text(&give(&anonymous, key).await.expect(400), "/errors/0"), why);
    }
    let other = format!("{}{}", "00".repeat(32), "07");
    unseal(&anonymous, &shares[..2]).await;
    let failed = give(&anonymous, &other).await.expect(400);
    assert!(text(&failed, "/errors/0").contains("invalid key"), "{}", failed.text());
    // What was given before counts no more.
    let status = anonymous.read("sys/seal-status").await.expect(200);
    assert_eq!(stands(&status), (json!(true), json!(0), json!(3)));
    give(&anonymous, &shares[0]).await.expect(200);
    let reset = anonymous.write("sys/unseal", json!({ "reset": true })).await.expect(200);
    assert_eq!((reset.at("/progress"), reset.at("/nonce")), (json!(0), json!("")));
    unseal(&anonymous, &shares[..3]).await;
    root.read("sys/mounts").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn shares_are_divided_in_the_words_that_clients_know() {
    let server = in_shares().await;
    let anonymous = Vault::anonymous(&server);
    for (body, why) in [
        (json!({ "secret_shares": 5, "secret_threshold": 6 }), "threshold cannot be larger"),
        (json!({ "secret_shares": 0, "secret_threshold": 0 }), "shares must be at least one"),
        (json!({ "secret_shares": 5, "secret_threshold": 1 }), "threshold must be greater"),
        (json!({ "secret_shares": 300, "secret_threshold": 3 }), "shares must be less than 256"),
        (json!({ "recovery_shares": 5 }), "not applicable to seal type shamir"),
        (json!({ "secret_shares": 1, "secret_threshold": 1, "pgp_keys": ["a"] }), "pgp_keys"),
    ] {
        let answer = anonymous.write("sys/init", body).await.expect(400);
        assert!(text(&answer, "/errors/0").contains(why), "{}", answer.text());
    }
    let body = json!({ "secret_shares": 1, "secret_threshold": 1 });
    let answer = anonymous.write("sys/init", body).await.expect(200);
    // In base64, too.
    unseal(&anonymous, &texts(&answer, "/keys_base64")).await;
    Vault::with(&server, &text(&answer, "/root_token")).read("sys/mounts").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_server_gives_nothing_away() {
    let server = in_shares().await;
    let (shares, root) = initialized(&server).await;
    let anonymous = Vault::anonymous(&server);
    unseal(&anonymous, &shares[..3]).await;
    root.write("cubbyhole/secret", json!({ "word": "canary-7731" })).await.expect(204);
    let wrapped = server.token(root.token()).request(reqwest::Method::GET, "/v1/cubbyhole/secret");
    let wrapped = server.anonymous().send(wrapped.header("x-vault-wrap-ttl", "60")).await;
    let wrapping = Vault::with(&server, &text(&wrapped, "/wrap_info/token"));
    root.write("sys/seal", json!({})).await.expect(204);
    for path in [
        "cubbyhole/secret",
        "cubbyhole/secret?help=1",
        "sys/mounts",
        "sys/key-status",
        "sys/policies/acl/default",
        "sys/internal/ui/mounts",
        "sys/generate-root/attempt",
        "auth/token/lookup-self",
        "nothing/there",
    ] {
        for vault in [&root, &anonymous] {
            assert_eq!(vault.read(path).await.expect(503).text().trim(), SEALED, "{path}");
        }
    }
    for path in ["sys/wrapping/unwrap", "auth/token/create", "sys/rekey/init", "sys/tools/random"] {
        assert_eq!(wrapping.write(path, json!({})).await.expect(503).text().trim(), SEALED);
    }
    for path in ["sys/health?sealedcode=200", "sys/seal-status", "sys/init", "sys/leader"] {
        let answer = root.read(path).await.expect(200);
        assert!(!answer.text().contains("canary"), "{}", answer.text());
    }
    // Whoever seals again has what they want.
    anonymous.write("sys/seal", json!({})).await.expect(204);
    unseal(&anonymous, &shares[2..]).await;
    assert_eq!(root.read("cubbyhole/secret").await.at("/data/word"), json!("canary-7731"));
    wrapping.write("sys/wrapping/unwrap", json!({})).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn health_has_the_statuses_that_are_asked_for() {
    let server = in_shares().await;
    let anonymous = Vault::anonymous(&server);
    anonymous.read("sys/health?uninitcode=299").await.expect(299);
    let (shares, _) = initialized(&server).await;
    for (query, status) in [
        ("", 503),
        ("?sealedcode=298", 298),
        ("?uninitcode=299", 503),
        ("?standbyok=true", 503),
        ("?sealedcode=abc", 400),
        ("?activecode=abc", 400),
    ] {
        let answer = anonymous.read(&format!("sys/health{query}")).await;
        assert_eq!(answer.status, status, "{query}");
    }
    unseal(&anonymous, &shares[..3]).await;
    for (query, status) in [("", 200), ("?activecode=299", 299), ("?sealedcode=298", 200)] {
        assert_eq!(anonymous.read(&format!("sys/health{query}")).await.status, status, "{query}");
    }
    for path in ["sys/health", "sys/seal-status", "sys/leader"] {
        anonymous.write(path, json!({})).await.expect(405);
    }
    anonymous.read("sys/unseal").await.expect(405);
    anonymous.delete("sys/init").await.expect(405);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_administrators_seal() {
    let server = TestServer::start_empty(Setup::default()).await;
    let root = Vault::root(&server).await;
    let user =
        root.somebody(&server, "reader", r#"path "sys/*" { capabilities = ["update"] }"#).await;
    for (vault, status) in [(&Vault::anonymous(&server), 403), (&user, 403)] {
        vault.write("sys/seal", json!({})).await.expect(status);
    }
    user.read("auth/token/lookup-self").await.expect(200);
    let rule = r#"path "sys/seal" { capabilities = ["update", "sudo"] }"#;
    let operator = root.somebody(&server, "operator", rule).await;
    operator.write("sys/seal", json!({})).await.expect(204);
    root.read("sys/mounts").await.expect(503);
}

/// With the master key as its seal a server is unsealed by its start, and by nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn a_seal_that_opens_itself_opens_at_the_start() {
    let server = TestServer::start_empty(Setup::default()).await;
    let (root, anonymous) = (Vault::root(&server).await, Vault::anonymous(&server));
    let status = anonymous.read("sys/seal-status").await.expect(200);
    assert_eq!((status.at("/type"), status.at("/sealed")), (json!("static"), json!(false)));
    anonymous.write("sys/init", json!({})).await.expect(400);
    root.write("sys/seal", json!({})).await.expect(204);
    anonymous.read("sys/health").await.expect(503);
    let share = "ab".repeat(33);
    let refused = give(&anonymous, &share).await.expect(400);
    assert!(text(&refused, "/errors/0").contains("restart"), "{}", refused.text());
    root.read("sys/mounts").await.expect(503);
    // Nobody holds shares who could ask for a root token.
    assert!(
        server.app().credentials().create_operator_token(std::time::Duration::ZERO).await.is_ok()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_enough_shares_makes_a_root_token() {
    let server = in_shares().await;
    let (shares, _) = initialized(&server).await;
    let anonymous = Vault::anonymous(&server);
    unseal(&anonymous, &shares[..3]).await;
    let path = "sys/generate-root/attempt";
    assert_eq!(anonymous.read(path).await.at("/started"), json!(false));
    let begun = anonymous.write(path, json!({})).await.expect(200);
    let (mask, nonce) = (text(&begun, "/otp"), text(&begun, "/nonce"));
    anonymous.write(path, json!({})).await.expect(400);
    assert_eq!(anonymous.read(path).await.at("/otp"), json!(""));
    let give = async |share: &str, nonce: &str| {
        let body = json!({ "key": share, "nonce": nonce });
        anonymous.write("sys/generate-root/update", body).await
    };
    give(&shares[0], "another").await.expect(400);
    for share in &shares[..2] {
        assert_eq!(give(share, &nonce).await.expect(200).at("/complete"), json!(false));
    }
    let done = give(&shares[4], &nonce).await.expect(200);
    let masked = STANDARD_NO_PAD.decode(text(&done, "/encoded_root_token")).unwrap();
    let token: String =
        masked.iter().zip(mask.bytes()).map(|(one, other)| char::from(one ^ other)).collect();
    Vault::with(&server, &token).read("sys/mounts").await.expect(200);
    // The machine's administrator does not go past those who hold the shares.
    let refused = server.app().credentials().create_operator_token(std::time::Duration::ZERO).await;
    assert!(refused.is_err());

    let nonce = text(&anonymous.write(path, json!({})).await.expect(200), "/nonce");
    for share in &shares[..2] {
        give(share, &nonce).await.expect(200);
    }
    give(&format!("{}07", "00".repeat(32)), &nonce).await.expect(400);
    assert_eq!(anonymous.read(path).await.at("/started"), json!(false));
}

#[tokio::test(flavor = "multi_thread")]
async fn new_shares_take_the_place_of_the_old() {
    let server = in_shares().await;
    let (shares, root) = initialized(&server).await;
    let anonymous = Vault::anonymous(&server);
    unseal(&anonymous, &shares[..3]).await;
    root.write("cubbyhole/secret", json!({ "word": "kept" })).await.expect(204);
    let body = json!({ "secret_shares": 3, "secret_threshold": 2 });
    anonymous.write("sys/rekey/init", body.clone()).await.expect(403);
    let nonce = text(&root.write("sys/rekey/init", body.clone()).await.expect(200), "/nonce");
    root.write("sys/rekey/init", body).await.expect(400);
    let mut new = Vec::new();
    for share in &shares[..3] {
        let body = json!({ "key": share, "nonce": nonce });
        let answer = root.write("sys/rekey/update", body).await.expect(200);
        if answer.at("/complete") == json!(true) {
            new = texts(&answer, "/keys");
        }
    }
    assert_eq!(new.len(), 3);
    root.write("sys/seal", json!({})).await.expect(204);
    give(&anonymous, &shares[0]).await.expect(200);
    give(&anonymous, &shares[1]).await.expect(400);
    unseal(&anonymous, &new[1..]).await;
    assert_eq!(root.read("cubbyhole/secret").await.at("/data/word"), json!("kept"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_under_the_master_key_can_be_put_into_shares() {
    let server = TestServer::start_empty(Setup::default()).await;
    let (root, anonymous) = (Vault::root(&server).await, Vault::anonymous(&server));
    root.write("cubbyhole/secret", json!({ "word": "kept" })).await.expect(204);
    let shares = server.app().credentials().split_seal(3, 2).await.unwrap();
    let shares: Vec<String> = shares.iter().map(|share| share.expose().clone()).collect();
    assert!(server.app().credentials().split_seal(3, 2).await.is_err());
    root.write("sys/seal", json!({})).await.expect(204);
    assert_eq!(anonymous.read("sys/seal-status").await.at("/type"), json!("shamir"));
    unseal(&anonymous, &shares[1..]).await;
    assert_eq!(root.read("cubbyhole/secret").await.at("/data/word"), json!("kept"));
}

/// Sealing means all of them; unsealing gives the key to one server's memory alone.
#[tokio::test(flavor = "multi_thread")]
async fn sealing_one_server_seals_all_of_them() {
    let server = in_shares().await;
    let Some(other) = server.beside().await else { return };
    let (shares, root) = initialized(&server).await;
    let (here, there) = (Vault::anonymous(&server), Vault::anonymous(&other));
    unseal(&here, &shares[..3]).await;
    let elsewhere = Vault::with(&other, root.token());
    root.read("sys/mounts").await.expect(200);
    elsewhere.read("sys/mounts").await.expect(503);
    unseal(&there, &shares[1..4]).await;
    elsewhere.read("sys/mounts").await.expect(200);
    elsewhere.write("sys/seal", json!({})).await.expect(204);
    for vault in [&root, &elsewhere] {
        vault.read("sys/mounts").await.expect(503);
    }
    here.read("sys/health").await.expect(503);
    unseal(&here, &shares[..3]).await;
    root.read("sys/mounts").await.expect(200);
    elsewhere.read("sys/mounts").await.expect(503);
}
