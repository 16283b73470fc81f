//! `organizations/:org/organization-memberships`.

use serde_json::{Value, json};
use testkit::{Answer, Caller, TestServer};

use crate::fixtures::{ids, redacted, resource};

const LIST: &str = "organizations/acme/organization-memberships";

async fn invite(caller: &Caller, email: &str) -> Answer {
    caller.post(LIST, resource("organization-memberships", json!({"email": email}))).await
}

fn emails(answer: &Answer) -> Vec<Value> {
    answer.attributes("email")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_membership_has_this_shape() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let list = owner.get(&format!("{LIST}?filter[email]=member@example.com")).await.expect(200);
    let path = format!("organization-memberships/{}?include=user,organization", ids(&list)[0]);
    let answer = owner.get(&path).await.expect(200);
    let mut document = redacted(&answer, &server.url());
    // The organization has its own snapshot.
    document["included"].as_array_mut().unwrap().retain(|item| item["type"] == "users");
    insta::assert_json_snapshot!(document);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_an_account_is_a_member_at_once_and_others_are_invited() {
    let server = TestServer::start().await;
    let (owner, stranger) = (server.owner().await, server.stranger().await);
    stranger.get("organizations/acme").await.expect(404);
    let joined = invite(&owner, "stranger@example.com").await.expect(201);
    assert_eq!(joined.attribute("status"), json!("active"));
    stranger.get("organizations/acme").await.expect(200);
    let invited = invite(&owner, "new@example.com").await.expect(201);
    assert_eq!(invited.attribute("status"), json!("invited"));
    assert_eq!(invited.at("/data/relationships/user/data"), Value::Null);
    // Twice is once.
    let again = invite(&owner, "stranger@example.com").await;
    assert!(matches!(again.status, 409 | 422), "{}", again.text());
    // Ending a membership works at once.
    owner.delete(&format!("organization-memberships/{}", joined.id())).await.expect(204);
    stranger.get("organizations/acme").await.expect(404);
    owner.get(&format!("organization-memberships/{}", joined.id())).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_list_is_searched_and_filtered() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    invite(&owner, "new@example.com").await.expect(201);
    let of = async |query: &str| owner.get(&format!("{LIST}?{query}")).await.expect(200);
    assert_eq!(emails(&of("").await).len(), 3);
    assert_eq!(emails(&of("filter[status]=invited").await), [json!("new@example.com")]);
    assert_eq!(emails(&of("filter[status]=active").await).len(), 2);
    assert_eq!(emails(&of("filter%5Bemail%5D=NEW@example.com").await).len(), 1);
    let two = of("filter[email]=new@example.com,owner@example.com").await;
    assert_eq!(emails(&two).len(), 2);
    assert_eq!(emails(&of("filter[email]=nobody@example.com").await), [] as [Value; 0]);
    assert_eq!(emails(&of("q=memb").await), [json!("member@example.com")]);
    let with = of("include=user,teams,organization&TagBindings=junk").await;
    let kinds: Vec<Value> =
        with.at("/included").as_array().unwrap().iter().map(|item| item["type"].clone()).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "users").count(), 2);
    assert_eq!(kinds.iter().filter(|kind| *kind == "organizations").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_owner_stays() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let list = owner.get(&format!("{LIST}?q=owner")).await.expect(200);
    let path = format!("organization-memberships/{}", ids(&list)[0]);
    let refused = owner.delete(&path).await.expect(409);
    assert!(refused.error().contains("owner"), "{}", refused.text());
    server.site_admin().await.delete(&path).await.expect(409);
    let second = server.another_owner("second").await;
    owner.delete(&path).await.expect(204);
    owner.get("organizations/acme").await.expect(404);
    second.get("organizations/acme").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn members_may_leave_but_not_send_others_away() {
    let server = TestServer::start().await;
    let (owner, member) = (server.owner().await, server.member().await);
    let other = server.another_member("other").await;
    let list = owner.get(&format!("{LIST}?q=member@")).await.expect(200);
    let path = format!("organization-memberships/{}", ids(&list)[0]);
    other.delete(&path).await.expect(403);
    invite(&other, "new@example.com").await.expect(403);
    server.stranger().await.delete(&path).await.expect(404);
    member.delete(&path).await.expect(204);
    member.get("organizations/acme").await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_an_invitation_is_named() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    for (attributes, field) in [
        (json!({}), "email"),
        (json!({"email": "nobody"}), "email"),
        (json!({"email": "a\r\nb@example.com"}), "email"),
    ] {
        let refused =
            owner.post(LIST, resource("organization-memberships", attributes)).await.expect(422);
        let pointer = json!(format!("/data/attributes/{field}"));
        assert_eq!(refused.at("/errors/0/source/pointer"), pointer, "{}", refused.text());
    }
}
