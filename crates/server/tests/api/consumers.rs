//! `workspaces/:id/relationships/remote-state-consumers`.

use serde_json::{Value, json};
use testkit::TestServer;

use crate::fixtures::linkages;

#[tokio::test(flavor = "multi_thread")]
async fn consumers_are_added_replaced_and_removed() {
    let server = TestServer::start().await;
    let maintainer = server.maintainer().await;
    let id = maintainer.workspace("network").await;
    let (a, b, c) = (
        maintainer.workspace("a").await,
        maintainer.workspace("b").await,
        maintainer.workspace("c").await,
    );
    let path = format!("workspaces/{id}/relationships/remote-state-consumers");
    let names = async || maintainer.get(&path).await.expect(200).attributes("name");
    assert_eq!(names().await, [] as [&str; 0]);
    maintainer.post(&path, linkages("workspaces", &[&a, &b])).await.expect(204);
    maintainer.post(&path, linkages("workspaces", &[&b])).await.expect(204);
    assert_eq!(names().await, ["a", "b"]);
    maintainer.delete_with(&path, linkages("workspaces", &[&a])).await.expect(204);
    assert_eq!(names().await, ["b"]);
    maintainer.patch(&path, linkages("workspaces", &[&a, &c])).await.expect(204);
    assert_eq!(names().await, ["a", "c"]);
    maintainer.patch(&path, linkages("workspaces", &[])).await.expect(204);
    assert_eq!(names().await, [] as [&str; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_workspaces_of_the_organization_can_be_consumers() {
    let server = TestServer::start().await;
    let (maintainer, root) = (server.maintainer().await, server.site_admin().await);
    let id = maintainer.workspace("network").await;
    let organization =
        json!({"data": {"attributes": {"name": "umbrella", "email": "u@example.com"}}});
    root.post("organizations", organization).await.expect(201);
    let foreign = json!({"data": {"attributes": {"name": "foreign"}}});
    let foreign = root.post("organizations/umbrella/workspaces", foreign).await.expect(201).id();
    let path = format!("workspaces/{id}/relationships/remote-state-consumers");
    let of_foreign = maintainer.post(&path, linkages("workspaces", &[&foreign])).await.expect(422);
    let missing = linkages("workspaces", &["ws-0000000000000000"]);
    let of_missing = maintainer.post(&path, missing).await.expect(422);
    assert_eq!(of_foreign.error(), of_missing.error());
    maintainer.post(&path, linkages("workspaces", &["nonsense"])).await.expect(422);
    maintainer.post(&path, json!({"data": "x"})).await.expect(422);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_shares_a_state_that_they_may_not_read() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let (id, own) = (owner.workspace("network").await, owner.workspace("own").await);
    server.join("keeper").await;
    let team = server.team("acme", "keepers").await.with("keeper").await;
    team.at_workspace(&id, json!({"rights": ["update-workspace"]})).await;
    team.at_workspace(&own, "write").await;
    let keeper = server.caller("keeper").await;
    let path = format!("workspaces/{id}");
    let settings =
        |attributes: Value| json!({"data": {"type": "workspaces", "attributes": attributes}});
    keeper.patch(&path, settings(json!({"description": "kept"}))).await.expect(200);
    for attributes in [json!({"global-remote-state": true}), json!({"project-remote-state": true})]
    {
        keeper.patch(&path, settings(attributes)).await.expect(403);
    }
    let consumers = format!("{path}/relationships/remote-state-consumers");
    keeper.post(&consumers, linkages("workspaces", &[&own])).await.expect(403);
    keeper.patch(&consumers, linkages("workspaces", &[&own])).await.expect(403);
    // What is shared can be shared no longer.
    owner.patch(&path, settings(json!({"global-remote-state": true}))).await.expect(200);
    keeper.patch(&path, settings(json!({"global-remote-state": false}))).await.expect(200);
}
