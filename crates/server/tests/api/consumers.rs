//! `workspaces/:id/relationships/remote-state-consumers`.

use serde_json::json;
use testkit::TestServer;

use crate::fixtures::linkages;

#[tokio::test(flavor = "multi_thread")]
async fn consumers_are_added_replaced_and_removed() {
    let server = TestServer::start().await;
    let member = server.member().await;
    let id = member.workspace("network").await;
    let (a, b, c) =
        (member.workspace("a").await, member.workspace("b").await, member.workspace("c").await);
    let path = format!("workspaces/{id}/relationships/remote-state-consumers");
    let names = async || member.get(&path).await.expect(200).attributes("name");
    assert_eq!(names().await, [] as [&str; 0]);
    member.post(&path, linkages("workspaces", &[&a, &b])).await.expect(204);
    member.post(&path, linkages("workspaces", &[&b])).await.expect(204);
    assert_eq!(names().await, ["a", "b"]);
    member.delete_with(&path, linkages("workspaces", &[&a])).await.expect(204);
    assert_eq!(names().await, ["b"]);
    member.patch(&path, linkages("workspaces", &[&a, &c])).await.expect(204);
    assert_eq!(names().await, ["a", "c"]);
    member.patch(&path, linkages("workspaces", &[])).await.expect(204);
    assert_eq!(names().await, [] as [&str; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_workspaces_of_the_organization_can_be_consumers() {
    let server = TestServer::start().await;
    let (member, root) = (server.member().await, server.site_admin().await);
    let id = member.workspace("network").await;
    let organization =
        json!({"data": {"attributes": {"name": "umbrella", "email": "u@example.com"}}});
    root.post("organizations", organization).await.expect(201);
    let foreign = json!({"data": {"attributes": {"name": "foreign"}}});
    let foreign = root.post("organizations/umbrella/workspaces", foreign).await.expect(201).id();
    let path = format!("workspaces/{id}/relationships/remote-state-consumers");
    let of_foreign = member.post(&path, linkages("workspaces", &[&foreign])).await.expect(422);
    let missing = linkages("workspaces", &["ws-0000000000000000"]);
    let of_missing = member.post(&path, missing).await.expect(422);
    assert_eq!(of_foreign.error(), of_missing.error());
    member.post(&path, linkages("workspaces", &["nonsense"])).await.expect(422);
    member.post(&path, json!({"data": "x"})).await.expect(422);
}
