//! `<org>.<project>` wherever an organization's name stands in a path.

use serde_json::{Value, json};
use testkit::{Answer, Caller, TestServer};

async fn project(caller: &Caller, name: &str) -> String {
    let body = json!({"data": {"type": "projects", "attributes": {"name": name}}});
    caller.post("organizations/acme/projects", body).await.expect(201).id()
}

async fn create(caller: &Caller, organization: &str, name: &str) -> Answer {
    let body = json!({"data": {"type": "workspaces", "attributes": {"name": name}}});
    caller.post(&format!("organizations/{organization}/workspaces"), body).await
}

fn project_of(answer: &Answer) -> Value {
    answer.at("/data/relationships/project/data/id")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_appears_in_the_project_that_the_address_names() {
    let server = TestServer::start().await;
    let (maintainer, owner) = (server.maintainer().await, server.owner().await);
    let payments = project(&owner, "payments").await;
    create(&maintainer, "acme.payments", "ledger").await.expect(404);
    let payers = server.team("acme", "payers").await.with("maintainer").await;
    payers.at_project(&payments, "maintain").await;
    assert_eq!(
        project_of(&create(&maintainer, "acme.payments", "ledger").await.expect(201)),
        json!(payments)
    );
    let default = owner
        .get("organizations/acme")
        .await
        .expect(200)
        .at("/data/relationships/default-project/data/id");
    assert_eq!(project_of(&create(&maintainer, "acme", "network").await.expect(201)), default);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_projects_workspace_is_not_found_and_not_made_again() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    project(&owner, "payments").await;
    project(&owner, "platform").await;
    create(&owner, "acme.payments", "ledger").await.expect(201);

    owner.get("organizations/acme.platform/workspaces/ledger").await.expect(404);
    let refused = create(&owner, "acme.platform", "ledger").await.expect(422);
    assert!(refused.error().contains("payments"), "{}", refused.text());
    owner.get("organizations/acme.payments/workspaces/ledger").await.expect(200);
    owner.get("organizations/acme/workspaces/ledger").await.expect(200);
    owner.delete("organizations/acme.platform/workspaces/ledger").await.expect(404);
    owner
        .post_empty("organizations/acme.platform/workspaces/ledger/actions/safe-delete")
        .await
        .expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_through_the_dotted_name_shows_that_project_only() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    project(&owner, "payments").await;
    create(&owner, "acme.payments", "ledger").await.expect(201);
    create(&owner, "acme", "network").await.expect(201);
    let names = |answer: Answer| answer.expect(200).attributes("name");
    assert_eq!(names(owner.get("organizations/acme.payments/workspaces").await), [json!("ledger")]);
    assert_eq!(names(owner.get("organizations/acme.default/workspaces").await), [json!("network")]);
    assert_eq!(
        names(owner.get("organizations/acme/workspaces").await),
        [json!("ledger"), json!("network")]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn either_part_is_a_name_or_an_id() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let payments = project(&owner, "payments").await;
    create(&owner, "acme.payments", "ledger").await.expect(201);
    let organization = owner.get("organizations/acme").await.expect(200).attribute("external-id");
    let organization = organization.as_str().unwrap();
    for address in [
        format!("acme.{payments}"),
        format!("{organization}.payments"),
        format!("{organization}.{payments}"),
        organization.to_owned(),
        "acme".to_owned(),
    ] {
        owner.get(&format!("organizations/{address}/workspaces/ledger")).await.expect(200);
        owner.get(&format!("organizations/{address}/entitlement-set")).await.expect(200);
        owner.get(&format!("organizations/{address}")).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_or_not_ones_own_is_the_same_404() {
    let server = TestServer::start().await;
    let (owner, stranger) = (server.owner().await, server.stranger().await);
    create(&owner, "acme", "network").await.expect(201);
    let missing = stranger.get("organizations/nowhere/workspaces/network").await.expect(404);
    let foreign = stranger.get("organizations/acme/workspaces/network").await.expect(404);
    assert_eq!(missing.json(), foreign.json());
    for address in
        ["acme.nowhere", "acme.", ".default", "acme.default.default", "acme..default", "."]
    {
        owner.get(&format!("organizations/{address}/workspaces")).await.expect(404);
        owner.get(&format!("organizations/{address}/entitlement-set")).await.expect(404);
    }
}
