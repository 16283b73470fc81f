//! `organizations/:org/teams`, `teams/:id` and who is in them.

use serde_json::{Value, json};
use testkit::{Answer, Caller, TestServer};

use crate::fixtures::{ids, linkages, redacted, resource};

const LIST: &str = "organizations/acme/teams";

/// Makes a team with a name and other attributes; its id.
pub(crate) async fn team(caller: &Caller, name: &str, attributes: Value) -> String {
    let mut all = attributes;
    all["name"] = name.into();
    caller.post(LIST, resource("teams", all)).await.expect(201).id()
}

/// Makes a team that may do this in the whole organization.
async fn team_with(caller: &Caller, name: &str, words: &[&str]) -> String {
    let access: serde_json::Map<_, _> =
        words.iter().map(|word| ((*word).to_owned(), Value::Bool(true))).collect();
    team(caller, name, json!({"organization-access": access})).await
}

pub(crate) async fn add(caller: &Caller, team: &str, names: &[&str]) -> Answer {
    caller.post(&format!("teams/{team}/relationships/users"), linkages("users", names)).await
}

async fn remove(caller: &Caller, team: &str, names: &[&str]) -> Answer {
    let path = format!("teams/{team}/relationships/users");
    caller.delete_with(&path, linkages("users", names)).await
}

async fn membership_of(caller: &Caller, name: &str) -> String {
    let path = format!("organizations/acme/organization-memberships?q={name}@");
    ids(&caller.get(&path).await.expect(200)).swap_remove(0)
}

fn included(answer: &Answer, kind: &str) -> Vec<Value> {
    let all = answer.at("/included").as_array().cloned().unwrap_or_default();
    all.into_iter().filter(|item| item["type"] == kind).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_has_this_shape() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let attributes = json!({
        "name": "platform",
        "visibility": "organization",
        "sso-team-id": "group-1",
        "allow-member-token-management": false,
        "organization-access": {"manage-workspaces": true, "read-projects": true, "no-such": 1},
    });
    let made = owner.post(LIST, resource("teams", attributes)).await.expect(201);
    add(&owner, &made.id(), &["member"]).await.expect(204);
    let path = format!("teams/{}?include=users,organization-memberships", made.id());
    insta::assert_json_snapshot!(redacted(&owner.get(&path).await.expect(200), &server.url()));
    let seen = server.member().await.get(&path).await.expect(200);
    let permissions = seen.attribute("permissions");
    let any = permissions.as_object().unwrap().values().any(|may| may == &json!(true));
    assert!(!any, "{permissions}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owners_come_first_and_can_do_everything() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    for name in ["beta", "Alpha"] {
        team(&owner, name, json!({})).await;
    }
    let list = owner.get(&format!("{LIST}?include=users")).await.expect(200);
    assert_eq!(list.attributes("name"), ["owners", "Alpha", "beta"]);
    assert_eq!(list.at("/meta/pagination/total-count"), 3);
    let access = list.at("/data/0/attributes/organization-access");
    let words = access.as_object().unwrap();
    assert_eq!(words.len(), 16);
    assert!(words.values().all(|held| held == &json!(true)));
    assert_eq!(included(&list, "users")[0]["attributes"]["username"], "owner");
    let owners = ids(&list).swap_remove(0);
    let path = format!("teams/{owners}");
    for (attributes, pointer) in [
        (json!({"name": "kings"}), "name"),
        (json!({"visibility": "secret"}), "visibility"),
        (
            json!({"organization-access": {"manage-teams": false}}),
            "organization-access/manage-teams",
        ),
    ] {
        let refused = owner.patch(&path, resource("teams", attributes)).await.expect(422);
        let pointer = format!("/data/attributes/{pointer}");
        assert_eq!(refused.at("/errors/0/source/pointer"), pointer.as_str());
    }
    let same = json!({"name": "owners", "organization-access": {"manage-teams": true}});
    owner.patch(&path, resource("teams", same)).await.expect(200);
    owner.delete(&path).await.expect(409);
}

#[tokio::test(flavor = "multi_thread")]
async fn teams_are_filtered_searched_and_paged() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    for number in 0..25 {
        team(&owner, &format!("team_{number:02}"), json!({})).await;
    }
    let of = async |query: &str| owner.get(&format!("{LIST}?{query}")).await.expect(200);
    let named = of("filter[names]=TEAM_03,team_07,nobody").await;
    assert_eq!(named.attributes("name"), ["team_03", "team_07"]);
    assert_eq!(of("q=m_1").await.attributes("name").len(), 10);
    let second = of("page[number]=2&page[size]=10").await;
    assert_eq!(second.attributes("name")[0], "team_09");
    assert_eq!(second.at("/meta/pagination/total-pages"), 3);
    assert_eq!(of("page[number]=9").await.at("/data"), json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_team_is_named() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    team(&owner, "core", json!({})).await;
    for (attributes, pointer) in [
        (json!({}), "name"),
        (json!({"name": ""}), "name"),
        (json!({"name": "a b"}), "name"),
        (json!({"name": "CORE"}), "name"),
        (json!({"name": "owners"}), "name"),
        (json!({"name": "x", "visibility": "hidden"}), "visibility"),
        (json!({"name": "x", "sso-team-id": "a".repeat(300)}), "sso-team-id"),
        (
            json!({"name": "x", "organization-access": {"manage-teams": "yes"}}),
            "organization-access/manage-teams",
        ),
    ] {
        let refused = owner.post(LIST, resource("teams", attributes)).await.expect(422);
        let pointer = format!("/data/attributes/{pointer}");
        assert_eq!(refused.at("/errors/0/source/pointer"), pointer.as_str(), "{}", refused.text());
    }
    let foreign = resource("projects", json!({"name": "x"}));
    let refused = owner.post(LIST, foreign).await.expect(422);
    assert_eq!(refused.at("/errors/0/source/pointer"), "/data/type");
    let through_project = "organizations/acme.default/teams";
    owner.post(through_project, resource("teams", json!({"name": "x"}))).await.expect(422);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_keeps_what_it_does_not_name() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let id = team_with(&owner, "core", &["manage-workspaces", "read-projects"]).await;
    let path = format!("teams/{id}");
    let change = json!({"sso-team-id": "x", "organization-access": {"read-projects": false}});
    let changed = owner.patch(&path, resource("teams", change)).await.expect(200);
    assert_eq!(changed.attribute("name"), "core");
    assert_eq!(changed.attribute("sso-team-id"), "x");
    let access = changed.attribute("organization-access");
    assert_eq!(
        (&access["manage-workspaces"], &access["read-projects"]),
        (&json!(true), &json!(false))
    );
    let cleared = owner.patch(&path, resource("teams", json!({"sso-team-id": null}))).await;
    assert_eq!(cleared.expect(200).attribute("sso-team-id"), Value::Null);
    owner.delete(&path).await.expect(204);
    owner.get(&path).await.expect(404);
    owner.delete(&path).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn secret_teams_are_not_there_for_others() {
    let server = TestServer::start().await;
    let (owner, member) = (server.owner().await, server.member().await);
    let other = server.another_member("other").await;
    let id = team(&owner, "hidden", json!({"visibility": "secret"})).await;
    add(&owner, &id, &["member"]).await.expect(204);
    let path = format!("teams/{id}");
    let absent = other.get("teams/team-AAAAAAAAAAAAAAAA").await.expect(404);
    for refused in [
        other.get(&path).await,
        other.patch(&path, resource("teams", json!({"name": "mine"}))).await,
        other.delete(&path).await,
        add(&other, &id, &["other"]).await,
        remove(&other, &id, &["member"]).await,
        server.stranger().await.get(&path).await,
    ] {
        assert_eq!(refused.status, 404);
        assert_eq!(refused.at("/errors/0/detail"), absent.at("/errors/0/detail"));
    }
    assert_eq!(other.get(LIST).await.expect(200).attributes("name"), ["owners"]);
    member.get(&path).await.expect(200);
    member.patch(&path, resource("teams", json!({"name": "mine"}))).await.expect(403);
    // Nor does a membership tell of it.
    let membership = membership_of(&owner, "member").await;
    let path = format!("organization-memberships/{membership}?include=teams");
    let teams = |answer: &Answer| answer.at("/data/relationships/teams/data");
    let seen = owner.get(&path).await.expect(200);
    assert_eq!(teams(&seen), json!([{"type": "teams", "id": id}]));
    assert_eq!(included(&seen, "teams")[0]["attributes"]["name"], "hidden");
    let seen = other.get(&path).await.expect(200);
    assert_eq!((teams(&seen), included(&seen, "teams").len()), (json!([]), 0));
    assert!(!seen.text().contains("hidden"));
}

#[tokio::test(flavor = "multi_thread")]
async fn members_come_and_go_by_name_id_and_membership() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let id = team(&owner, "core", json!({})).await;
    let count = async || owner.get(&format!("teams/{id}")).await.attribute("users-count");
    let user = server.member().await.get("account/details").await.expect(200).id();
    add(&owner, &id, &["MEMBER", &user, "member"]).await.expect(204);
    assert_eq!(count().await, 1);
    remove(&owner, &id, &["member", "nobody"]).await.expect(204);
    assert_eq!(count().await, 0);
    let refused = add(&owner, &id, &["member", "stranger"]).await.expect(422);
    assert_eq!(refused.at("/errors/0/source/pointer"), "/data/1/id");
    assert_eq!(count().await, 0);
    let body = resource("organization-memberships", json!({"email": "new@example.com"}));
    let invited =
        owner.post("organizations/acme/organization-memberships", body).await.expect(201).id();
    let member = membership_of(&owner, "member").await;
    let path = format!("teams/{id}/relationships/organization-memberships");
    let both = linkages("organization-memberships", &[&member, &invited]);
    owner.post(&path, both.clone()).await.expect(204);
    let seen = owner.get(&format!("teams/{id}?include=organization-memberships")).await;
    assert_eq!(included(&seen, "organization-memberships").len(), 2);
    assert_eq!(seen.attribute("users-count"), 1);
    let wrong = linkages("users", &[&member]);
    let refused = owner.post(&path, wrong).await.expect(422);
    assert_eq!(refused.at("/errors/0/source/pointer"), "/data/0/type");
    owner.delete_with(&path, both).await.expect(204);
    assert_eq!(count().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_keeps_the_teams_gets_no_more_than_they_have() {
    let server = TestServer::start().await;
    let (owner, keeper) = (server.owner().await, server.member().await);
    let keepers = team_with(&owner, "keepers", &["manage-teams"]).await;
    add(&owner, &keepers, &["member"]).await.expect(204);
    let owners = ids(&owner.get(LIST).await.expect(200)).swap_remove(0);
    let strong = team_with(&owner, "strong", &["manage-workspaces"]).await;
    for id in [&owners, &strong] {
        let refused = add(&keeper, id, &["member"]).await.expect(403);
        assert!(!refused.error().is_empty());
    }
    remove(&keeper, &owners, &["owner"]).await.expect(403);
    let membership = membership_of(&owner, "owner").await;
    keeper.delete(&format!("organization-memberships/{membership}")).await.expect(403);
    let access = json!({"organization-access": {"manage-workspaces": true}});
    let own = format!("teams/{keepers}");
    keeper.patch(&own, resource("teams", access.clone())).await.expect(403);
    let named = json!({"name": "mine", "organization-access": {"manage-workspaces": true}});
    keeper.post(LIST, resource("teams", named)).await.expect(403);
    let sso = json!({"sso-team-id": "mine"});
    keeper.patch(&format!("teams/{strong}"), resource("teams", sso)).await.expect(403);
    let invitation = json!({"data": {
        "type": "organization-memberships",
        "attributes": {"email": "new@example.com"},
        "relationships": {"teams": {"data": [{"type": "teams", "id": strong}]}},
    }});
    let path = "organizations/acme/organization-memberships";
    keeper.post(path, invitation.clone()).await.expect(403);
    owner.post(path, invitation).await.expect(201);
    // What they may: teams that hold no more than they do.
    let weak = team(&keeper, "weak", json!({})).await;
    add(&keeper, &weak, &["member", "owner"]).await.expect(204);
    // Saying what teams may do everywhere needs its own right, and what one gives.
    let more = json!({"organization-access": {"manage-organization-access": true}});
    owner.patch(&own, resource("teams", more)).await.expect(200);
    keeper.patch(&own, resource("teams", access)).await.expect(403);
    let less =
        json!({"organization-access": {"manage-workspaces": false, "manage-policies": true}});
    keeper.patch(&format!("teams/{strong}"), resource("teams", less)).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_team_may_do_holds_at_once_and_ends_at_once() {
    let server = TestServer::start().await;
    let (owner, member) = (server.owner().await, server.member().await);
    let workspace = owner.workspace("network").await;
    let path = format!("workspaces/{workspace}");
    member.get(&path).await.expect(404);
    let id = team_with(&owner, "readers", &["read-workspaces"]).await;
    add(&owner, &id, &["member"]).await.expect(204);
    member.get(&path).await.expect(200);
    member.patch(&path, resource("workspaces", json!({"description": "x"}))).await.expect(403);
    remove(&owner, &id, &["member"]).await.expect(204);
    member.get(&path).await.expect(404);
    add(&owner, &id, &["member"]).await.expect(204);
    owner.delete(&format!("teams/{id}")).await.expect(204);
    member.get(&path).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn memberships_are_made_with_teams() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let id = team(&owner, "core", json!({})).await;
    let path = "organizations/acme/organization-memberships";
    let body = |email: &str, team: &str| {
        json!({"data": {
            "type": "organization-memberships",
            "attributes": {"email": email},
            "relationships": {"teams": {"data": [{"type": "teams", "id": team}]}},
        }})
    };
    let made = owner
        .post(&format!("{path}?include=teams"), body("stranger@example.com", &id))
        .await
        .expect(201);
    assert_eq!(made.at("/data/relationships/teams/data/0/id"), id.as_str());
    assert_eq!(included(&made, "teams")[0]["attributes"]["users-count"], 1);
    for unknown in ["team-AAAAAAAAAAAAAAAA", "core"] {
        let refused = owner.post(path, body("new@example.com", unknown)).await.expect(422);
        let pointer = refused.at("/errors/0/source/pointer");
        assert_eq!(pointer, "/data/relationships/teams/data/0/id");
    }
    let listed = owner.get(&format!("{path}?include=user,teams&q=stranger")).await.expect(200);
    assert_eq!((included(&listed, "teams").len(), included(&listed, "users").len()), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_last_owners_who_leave_at_once_leave_one() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let second = server.another_owner("second").await;
    let owners = ids(&owner.get(LIST).await.expect(200)).swap_remove(0);
    let (mine, theirs) =
        (membership_of(&owner, "owner").await, membership_of(&owner, "second").await);
    for round in 0..4 {
        let (one, other) = match round {
            0 => tokio::join!(
                remove(&owner, &owners, &["owner"]),
                remove(&second, &owners, &["second"])
            ),
            1 => tokio::join!(
                remove(&owner, &owners, &["second"]),
                remove(&second, &owners, &["owner"])
            ),
            _ => break,
        };
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert!(statuses[0] == 204 && [403, 409].contains(&statuses[1]), "{statuses:?}");
        let root = server.site_admin().await;
        let left = root.get(&format!("teams/{owners}")).await.expect(200);
        assert_eq!(left.attribute("users-count"), 1);
        add(&root, &owners, &["owner", "second"]).await.expect(204);
    }
    let (one, other) =
        (format!("organization-memberships/{mine}"), format!("organization-memberships/{theirs}"));
    let (one, other) = tokio::join!(owner.delete(&one), second.delete(&other));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
}

#[tokio::test(flavor = "multi_thread")]
async fn teams_of_others_are_out_of_reach() {
    let server = TestServer::start().await;
    let (owner, root) = (server.owner().await, server.site_admin().await);
    let body = resource("organizations", json!({"name": "other", "email": "a@example.com"}));
    root.post("organizations", body).await.expect(201);
    let body = resource("teams", json!({"name": "theirs", "visibility": "organization"}));
    let theirs = root.post("organizations/other/teams", body).await.expect(201).id();
    let path = format!("teams/{theirs}");
    owner.get(&path).await.expect(404);
    owner.patch(&path, resource("teams", json!({"name": "mine"}))).await.expect(404);
    owner.delete(&path).await.expect(404);
    add(&owner, &theirs, &["owner"]).await.expect(404);
    // Nor can a membership of one organization get into a team of another.
    let mine = membership_of(&owner, "member").await;
    let people = linkages("organization-memberships", &[&mine]);
    let path = format!("{path}/relationships/organization-memberships");
    root.post(&path, people).await.expect(422);
}
