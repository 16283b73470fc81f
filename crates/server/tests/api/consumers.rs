//! `workspaces/:id/relationships/remote-state-consumers`.

use serde_json::json;
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
