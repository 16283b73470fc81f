//! `account` and `users`.

use serde_json::{Value, json};
use testkit::TestServer;

use crate::fixtures::{redacted, resource};

#[tokio::test(flavor = "multi_thread")]
async fn an_account_has_this_shape() {
    let server = TestServer::start().await;
    let member = server.member().await;
    let answer = member.get("account/details").await.expect(200);
    insta::assert_json_snapshot!(redacted(&answer, &server.url()));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_person_has_this_shape() {
    let server = TestServer::start().await;
    let (owner, member) = (server.owner().await, server.member().await);
    let id = member.get("account/details").await.id();
    let answer = owner.get(&format!("users/{id}")).await.expect(200);
    insta::assert_json_snapshot!(redacted(&answer, &server.url()));
    // Addresses are nobody else's business, nor is who else has an account.
    assert!(!answer.text().contains('@'));
    server.stranger().await.get(&format!("users/{id}")).await.expect(404);
    owner.get("users/user-0000000000000000").await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn people_change_their_own_name_and_address() {
    let server = TestServer::start().await;
    let member = server.member().await;
    let update = async |attributes: Value| {
        member.patch("account/update", resource("users", attributes)).await
    };
    let changed = update(json!({"username": "ada", "email": "ada@example.com"})).await.expect(200);
    assert_eq!(changed.attribute("username"), json!("ada"));
    let details = member.get("account/details").await.expect(200);
    assert_eq!(details.attribute("email"), json!("ada@example.com"));
    for (attributes, field) in [
        (json!({"username": "owner"}), "username"),
        (json!({"username": "OWNER"}), "username"),
        (json!({"username": "a b"}), "username"),
        (json!({"email": "owner@example.com"}), "email"),
        (json!({"email": "nobody"}), "email"),
    ] {
        let refused = update(attributes).await.expect(422);
        let pointer = json!(format!("/data/attributes/{field}"));
        assert_eq!(refused.at("/errors/0/source/pointer"), pointer, "{}", refused.text());
    }
    // Nobody makes themselves an administrator.
    let refused = update(json!({"is-site-admin": true, "is-admin": true})).await.expect(200);
    assert_eq!(refused.attribute("is-site-admin"), json!(false));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_changed_by_whoever_knows_it() {
    let server = TestServer::start().await;
    server.set_password("member", "the first password").await;
    let member = server.member().await;
    let change = async |current: &str, new: &str, repeated: &str| {
        let attributes = json!({"current_password": current, "password": new,
            "password_confirmation": repeated});
        member.patch("account/password", resource("users", attributes)).await
    };
    change("wrong", "the second password", "the second password").await.expect(422);
    change("the first password", "the second password", "another").await.expect(422);
    change("the first password", "short", "short").await.expect(422);
    let changed = change("the first password", "the second password", "the second password")
        .await
        .expect(200);
    assert!(!changed.text().contains("second"));
    let mut browser = server.browser();
    browser.sign_in("member", "the first password").await.expect(401);
    browser.sign_in("member", "the second password").await.expect(303);
}
