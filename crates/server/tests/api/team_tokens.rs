//! `teams/:id/authentication-tokens`, `teams/:id/authentication-token` and
//! `organizations/:org/team-tokens`.

use serde_json::{Value, json};
use testkit::{Answer, Caller, TestServer, TestTeam};

use crate::{
    fixtures::{ids, resource},
    tokens::{shape, value},
};

const KIND: &str = "authentication-tokens";

fn tokens_of(team: &TestTeam<'_>) -> String {
    format!("teams/{}/authentication-tokens", team.id)
}

fn single_of(team: &TestTeam<'_>) -> String {
    format!("teams/{}/authentication-token", team.id)
}

async fn make(caller: &Caller, team: &TestTeam<'_>, attributes: Value) -> Answer {
    caller.post(&tokens_of(team), resource(KIND, attributes)).await
}

/// The team that owns the organization.
async fn owners(owner: &Caller) -> String {
    let teams = owner.get("organizations/acme/teams?filter[names]=owners").await.expect(200);
    ids(&teams)[0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_a_team_has_this_shape_and_is_shown_once() {
    let server = TestServer::start().await;
    let (owner, team) = (server.owner().await, server.team("acme", "ci").await);
    let attributes = json!({"description": "drift check", "expired-at": "2099-01-02T03:04:05Z",
        "read-only": true, "source-networks": ["10.0.0.0/8", "2001:db8::1"]});
    let made = make(&owner, &team, attributes).await.expect(201);
    insta::assert_json_snapshot!(shape(&made, &server.url()));
    let own = format!("authentication-tokens/{}", made.id());
    for path in [&own, &tokens_of(&team), "organizations/acme/team-tokens"] {
        let read = owner.get(path).await.expect(200);
        assert!(!read.text().contains(&value(&made)), "{path}");
        assert!(read.text().contains(&made.id()), "{path}");
    }
    insta::assert_json_snapshot!(
        "list",
        shape(&owner.get("organizations/acme/team-tokens").await, &server.url())
    );
    owner.delete(&own).await.expect(204);
    owner.delete(&own).await.expect(404);
    owner.get(&own).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_a_team_may_do_what_the_team_may() {
    let server = TestServer::start().await;
    let (owner, team) = (server.owner().await, server.team("acme", "ci").await);
    let workspace = owner.workspace("network").await;
    let made = make(&owner, &team, json!({"description": "ci"})).await.expect(201);
    let job = server.token(&value(&made));
    job.get("organizations/acme/entitlement-set").await.expect(200);
    job.get(&format!("workspaces/{workspace}")).await.expect(404);
    team.at_workspace(&workspace, "write").await;
    job.get(&format!("workspaces/{workspace}")).await.expect(200);
    let locked = job.post_empty(&format!("workspaces/{workspace}/actions/lock")).await.expect(200);
    let holder = locked.at("/data/relationships/locked-by/data");
    assert_eq!(holder, json!({"type": "teams", "id": team.id.to_string()}));
    job.get("organizations/other").await.expect(404);
    // It goes with its team.
    owner.delete(&format!("teams/{}", team.id)).await.expect(204);
    job.get("organizations/acme").await.expect(401);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_older_token_is_one_and_a_new_one_replaces_it() {
    let server = TestServer::start().await;
    let (owner, team) = (server.owner().await, server.team("acme", "ci").await);
    let path = single_of(&team);
    owner.get(&path).await.expect(404);
    owner.delete(&path).await.expect(404);
    // As one SDK writes it, as another does, and as no other.
    let body = resource("authentication-token", json!({}));
    let first = owner.post(&path, body).await.expect(201);
    insta::assert_json_snapshot!(shape(&first, &server.url()));
    let second = owner.post_empty(&path).await.expect(201);
    server.token(&value(&first)).get("account/details").await.expect(401);
    server.token(&value(&second)).get("account/details").await.expect(200);
    assert_eq!(owner.get(&path).await.expect(200).id(), second.id());
    let others = make(&owner, &team, json!({"description": "another"})).await.expect(201);
    owner.delete(&path).await.expect(204);
    owner.get(&path).await.expect(404);
    server.token(&value(&second)).get("account/details").await.expect(401);
    server.token(&value(&others)).get("account/details").await.expect(200);
    owner.post(&path, resource("teams", json!({}))).await.expect(422);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_keeps_the_tokens_of_a_team() {
    let server = TestServer::start().await;
    let (owner, member) = (server.owner().await, server.another_member("insider").await);
    let outsider = server.member().await;
    let workspace = owner.workspace("network").await;
    let team = server.team("acme", "ci").await.with("insider").await;
    team.at_workspace(&workspace, "write").await;
    let new = json!({"description": "x"});
    make(&owner, &team, new.clone()).await.expect(201);
    make(&server.site_admin().await, &team, new.clone()).await.expect(201);
    make(&server.stranger().await, &team, new.clone()).await.expect(404);
    let made = make(&member, &team, new.clone()).await.expect(201);
    // The team's token is in the team, and so makes its own successor.
    let job = server.token(&value(&made));
    let successor = make(&job, &team, new.clone()).await.expect(201);
    let path = format!("authentication-tokens/{}", made.id());
    server.token(&value(&successor)).delete(&path).await.expect(204);
    job.get("account/details").await.expect(401);
    // Everybody sees the team, so this is no secret.
    make(&outsider, &team, new.clone()).await.expect(403);
    outsider.get(&tokens_of(&team)).await.expect(403);
    outsider.post_empty(&single_of(&team)).await.expect(403);
    outsider.get(&format!("authentication-tokens/{}", successor.id())).await.expect(404);
    outsider.delete(&format!("authentication-tokens/{}", successor.id())).await.expect(404);
    // The team can keep its members from it, and hide.
    let change = json!({"allow-member-token-management": false, "visibility": "secret"});
    owner.patch(&format!("teams/{}", team.id), resource("teams", change)).await.expect(200);
    make(&member, &team, new.clone()).await.expect(403);
    make(&outsider, &team, new).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_makes_a_token_that_may_do_more_than_they() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let keeper = server.another_member("keeper").await;
    server.team("acme", "keepers").await.with("keeper").await.everywhere("manage-teams").await;
    let workspace = owner.workspace("network").await;
    let (idle, busy) = (server.team("acme", "idle").await, server.team("acme", "busy").await);
    busy.at_workspace(&workspace, "write").await;
    let new = json!({"description": "x"});
    make(&keeper, &idle, new.clone()).await.expect(201);
    let refused = make(&keeper, &busy, new.clone()).await.expect(403);
    assert!(refused.error().contains("write-state"), "{}", refused.text());
    // But they see and revoke what there is.
    let made = make(&owner, &busy, new.clone()).await.expect(201);
    keeper.get(&tokens_of(&busy)).await.expect(200);
    keeper.delete(&format!("authentication-tokens/{}", made.id())).await.expect(204);

    // The owners' tokens are the owners', also where an organization's token asks.
    let owners = format!("teams/{}/authentication-tokens", owners(&owner).await);
    keeper.post(&owners, resource(KIND, new.clone())).await.expect(403);
    keeper.get(&owners).await.expect(403);
    let made = owner.post_empty("organizations/acme/authentication-token").await.expect(201);
    let house = server.token(&value(&made));
    house.post(&owners, resource(KIND, new.clone())).await.expect(403);
    make(&house, &busy, new.clone()).await.expect(201);
    let made = owner.post(&owners, resource(KIND, new.clone())).await.expect(201);
    let path = format!("authentication-tokens/{}", made.id());
    house.get(&path).await.expect(404);
    keeper.delete(&path).await.expect(404);
    let listed = keeper.get("organizations/acme/team-tokens").await.expect(200);
    assert!(!ids(&listed).contains(&made.id()));
    owner.get(&path).await.expect(200);

    // The token of an audit trail knows of no team.
    let path = "organizations/acme/authentication-token?token=audit-trails";
    let auditor = server.token(&value(&owner.post_empty(path).await.expect(201)));
    make(&auditor, &idle, new).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tokens_of_all_teams_are_searched_sorted_and_paged() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let (red, blue) = (server.team("acme", "red").await, server.team("acme", "blue").await);
    for number in 0..3 {
        let end = format!("209{}-01-01T00:00:00Z", 9 - number);
        let attributes = json!({"description": format!("Red {number}"), "expired-at": end});
        make(&owner, &red, attributes).await.expect(201);
    }
    make(&owner, &blue, json!({"description": "100% blue"})).await.expect(201);
    let list = async |query: &str| {
        let path = format!("organizations/acme/team-tokens?{query}");
        let words = owner.get(&path).await.expect(200).attributes("description");
        words.iter().map(|word| word.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(list("").await, ["100% blue", "Red 2", "Red 1", "Red 0"]);
    assert_eq!(list("sort=-team-name").await[3], "100% blue");
    assert_eq!(list("sort=expired-at").await, ["Red 2", "Red 1", "Red 0", "100% blue"]);
    assert_eq!(list("sort=-expired-at").await[0], "100% blue");
    assert_eq!(list("sort=created-at").await[3], "100% blue");
    assert_eq!(list("q=RED").await.len(), 3);
    assert_eq!(list("q=red+1").await, ["Red 1"]);
    assert_eq!(list("q=%25").await, ["100% blue"]);
    assert_eq!(list("q=owner").await.len(), 4, "by the name of whoever made them");
    assert_eq!(list("q=nothing").await, Vec::<String>::new());
    let path = "organizations/acme/team-tokens?page[size]=3&page[number]=2";
    let second = owner.get(path).await.expect(200);
    assert_eq!(second.attributes("description"), [json!("Red 0")]);
    assert_eq!(second.at("/meta/pagination/total-count"), json!(4));
    let of_one = owner.get(&format!("{}?page[size]=2", tokens_of(&red))).await.expect(200);
    assert_eq!(of_one.attributes("description"), [json!("Red 2"), json!("Red 1")]);
    assert_eq!(of_one.at("/meta/pagination/next-page"), json!(2));

    // Members of a team see its tokens here and no others; who keeps none is told so.
    let insider = server.another_member("insider").await;
    insider.get("organizations/acme/team-tokens").await.expect(403);
    let _blue = blue.with("insider").await;
    let seen = insider.get("organizations/acme/team-tokens").await.expect(200);
    assert_eq!(seen.attributes("description"), [json!("100% blue")]);
    server.stranger().await.get("organizations/acme/team-tokens").await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_is_refused_with_its_place() {
    let server = TestServer::start().await;
    let (owner, team) = (server.owner().await, server.team("acme", "ci").await);
    let table = [
        (json!({"expired-at": "2001-01-01T00:00:00Z"}), "/data/attributes/expired-at"),
        (json!({"expired-at": "tomorrow"}), "/data/attributes/expired-at"),
        (json!({"description": "x".repeat(256)}), "/data/attributes/description"),
        (json!({"source-networks": ["10.0.0.1/8"]}), "/data/attributes/source-networks/0"),
        (json!({"source-networks": ["::/0", "here"]}), "/data/attributes/source-networks/1"),
        (json!({"source-networks": "10.0.0.0/8"}), "/data/attributes/source-networks"),
        (json!({"read-only": "yes"}), "/data/attributes/read-only"),
    ];
    for (attributes, pointer) in table {
        let refused = make(&owner, &team, attributes.clone()).await.expect(422);
        assert_eq!(refused.at("/errors/0/source/pointer"), json!(pointer), "{attributes}");
    }
    // One SDK sends instants without an offset.
    let naive = json!({"description": "naive", "expired-at": "2099-01-01T00:00:00"});
    let made = make(&owner, &team, naive).await.expect(201);
    assert_eq!(made.attribute("expired-at"), json!("2099-01-01T00:00:00.000Z"));
    owner.post("teams/team-0000000000000000/authentication-tokens", json!({})).await.expect(404);
    owner.post("teams/nonsense/authentication-tokens", json!({})).await.expect(404);
}
