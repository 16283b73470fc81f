//! The pages of teams, members and access: what they show, and that their forms do what they say.

use serde_json::{Value, json};
use testkit::{Browser, Caller, TestServer};

use crate::{
    fixtures::{ids, resource},
    teams::{add, team},
};

const TEAMS: &str = "/app/acme/settings/teams";
const MEMBERS: &str = "/app/acme/settings/members";

async fn text(browser: &Browser, path: &str) -> String {
    browser.get(path).await.expect(200).text()
}

async fn membership(owner: &Caller, name: &str) -> String {
    let path = format!("organizations/acme/organization-memberships?q={name}");
    ids(&owner.get(&path).await.expect(200)).swap_remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_team_is_made_filled_changed_and_deleted_by_forms() {
    let server = TestServer::start().await;
    let (owner, browser) = (server.owner().await, server.browser_of("owner").await);
    assert!(text(&browser, TEAMS).await.contains("Everything"));
    text(&browser, &format!("{TEAMS}/new")).await;
    let wrong = browser.submit(TEAMS, &[("name", "a b"), ("visibility", "secret")]).await;
    assert!(wrong.expect(422).text().contains("hyphens or underscores"));
    let made = browser.submit(TEAMS, &[("name", "core"), ("visibility", "secret")]).await;
    let path = made.expect(303).header("location").unwrap().to_owned();
    let path = path.split_once('?').unwrap().0.to_owned();
    let id = path.rsplit('/').next().unwrap().to_owned();
    assert!(text(&browser, &path).await.contains("Nobody is in this team yet."));
    let unknown = browser.submit(&format!("{path}/members"), &[("member", "nobody")]).await;
    assert!(unknown.expect(422).text().contains("no such member"));
    browser.submit(&format!("{path}/members"), &[("member", "member")]).await.expect(303);
    assert!(text(&browser, &path).await.contains("member@example.com"));
    let access = [("manage-workspaces", "true"), ("csrf-is-added", "x")];
    browser.submit(&format!("{path}/access"), &access).await.expect(303);
    let seen = owner.get(&format!("teams/{id}")).await.expect(200);
    assert_eq!(seen.attribute("organization-access")["manage-workspaces"], true);
    let settings = [("name", "kernel"), ("visibility", "organization"), ("sso-team-id", "g1")];
    browser.submit(&path, &settings).await.expect(303);
    let seen = owner.get(&format!("teams/{id}")).await.expect(200);
    assert_eq!(seen.attribute("name"), "kernel");
    assert_eq!(seen.attribute("allow-member-token-management"), false);
    let refused = browser.submit(&path, &[("name", "owners"), ("sso-team-id", "")]).await;
    assert!(refused.expect(422).text().contains("already"));
    let member = membership(&owner, "member@").await;
    let form = [("membership", member.as_str())];
    browser.submit(&format!("{path}/members/remove"), &form).await.expect(303);
    assert_eq!(owner.get(&format!("teams/{id}")).await.attribute("users-count"), 0);
    browser.submit(&format!("{path}/delete"), &[]).await.expect(303);
    owner.get(&format!("teams/{id}")).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_owner_is_told_on_the_page() {
    let server = TestServer::start().await;
    let (owner, browser) = (server.owner().await, server.browser_of("owner").await);
    let owners = ids(&owner.get("organizations/acme/teams").await.expect(200)).swap_remove(0);
    let own = membership(&owner, "owner@").await;
    let form = [("membership", own.as_str())];
    let refused = browser.submit(&format!("{TEAMS}/{owners}/members/remove"), &form).await;
    assert!(refused.expect(409).text().contains("without an owner"));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_are_invited_into_teams_and_moved_between_them() {
    let server = TestServer::start().await;
    let (owner, browser) = (server.owner().await, server.browser_of("owner").await);
    let (one, two) = (team(&owner, "one", json!({})).await, team(&owner, "two", json!({})).await);
    let page = text(&browser, MEMBERS).await;
    assert!(page.contains(&one) && page.contains(&two));
    let form = [("email", "stranger@example.com"), (one.as_str(), "true")];
    browser.submit(MEMBERS, &form).await.expect(303);
    assert!(text(&browser, &format!("{MEMBERS}?search=stranger")).await.contains(&one));
    let again = browser.submit(MEMBERS, &form).await.expect(422);
    // What was typed and ticked is still there.
    assert!(again.text().contains("value=\"stranger@example.com\""));
    assert!(again.text().contains("checked"));
    let id = membership(&owner, "stranger@").await;
    let path = format!("{MEMBERS}/{id}");
    assert!(text(&browser, &path).await.contains("checked"));
    browser.submit(&path, &[(two.as_str(), "true")]).await.expect(303);
    let seen = owner.get(&format!("organization-memberships/{id}")).await.expect(200);
    assert_eq!(seen.at("/data/relationships/teams/data"), json!([{"type": "teams", "id": two}]));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_keeps_members_leaves_owners_where_they_are() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    let keepers = team(
        &owner,
        "keepers",
        json!({
            "organization-access": {"manage-membership": true, "access-secret-teams": true}
        }),
    )
    .await;
    add(&owner, &keepers, &["member"]).await.expect(204);
    let browser = server.browser_of("member").await;
    let id = membership(&owner, "owner@").await;
    let path = format!("{MEMBERS}/{id}");
    let owners = ids(&owner.get("organizations/acme/teams").await.expect(200)).swap_remove(0);
    assert!(!text(&browser, &path).await.contains(&format!("name=\"{owners}\"")));
    browser.submit(&path, &[(keepers.as_str(), "true")]).await.expect(303);
    let seen = owner.get(&format!("organization-memberships/{id}")).await.expect(200);
    let teams = seen.at("/data/relationships/teams/data");
    assert_eq!(teams.as_array().unwrap().len(), 2);
    // They can't make anybody an owner, on no page.
    let refused = browser.submit(&path, &[(owners.as_str(), "true")]).await;
    refused.expect(303);
    let own = membership(&owner, "member@").await;
    let form = [(owners.as_str(), "true")];
    browser.submit(&format!("{MEMBERS}/{own}"), &form).await.expect(403);
}

#[tokio::test(flavor = "multi_thread")]
async fn access_to_a_workspace_is_given_changed_and_taken_by_forms() {
    let server = TestServer::start().await;
    let (owner, browser) = (server.owner().await, server.browser_of("owner").await);
    let workspace = owner.workspace("network").await;
    let id = team(&owner, "core", json!({"visibility": "organization"})).await;
    add(&owner, &id, &["member"]).await.expect(204);
    let path = "/app/acme/workspaces/network/access";
    assert!(text(&browser, path).await.contains("No team has access of its own here"));
    assert!(text(&browser, &format!("{path}/new")).await.contains("core"));
    browser.submit(path, &[("access", "read")]).await.expect(422);
    let form = [("team", id.as_str()), ("access", "write")];
    browser.submit(path, &form).await.expect(303);
    assert!(browser.submit(path, &form).await.expect(422).text().contains("already"));
    let page = text(&browser, &format!("{path}?search=mem")).await;
    assert!(page.contains("the team") && page.contains("at this workspace"), "{page}");
    let list = owner.get(&format!("team-workspaces?filter[workspace][id]={workspace}")).await;
    let grant = ids(&list.expect(200)).swap_remove(0);
    let page = format!("{path}/{grant}");
    text(&browser, &page).await;
    let form =
        [("access", "custom"), ("workspace:read-outputs", "true"), ("workspace:lock", "true")];
    browser.submit(&page, &form).await.expect(303);
    let seen = owner.get(&format!("team-workspaces/{grant}")).await.expect(200);
    assert_eq!(seen.attribute("state-versions"), "read-outputs");
    assert_eq!(
        (seen.attribute("runs"), seen.attribute("workspace-locking")),
        (Value::Null, json!(true))
    );
    assert!(text(&browser, path).await.contains("read-outputs, lock"));
    browser.submit(&format!("{page}/delete"), &[]).await.expect(303);
    owner.get(&format!("team-workspaces/{grant}")).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn access_to_a_project_is_given_changed_and_taken_by_forms() {
    let server = TestServer::start().await;
    let (owner, browser) = (server.owner().await, server.browser_of("owner").await);
    let project = ids(&owner.get("organizations/acme/projects").await.expect(200)).swap_remove(0);
    let id = team(&owner, "core", json!({"visibility": "organization"})).await;
    let path = format!("/app/acme/projects/{project}/access");
    text(&browser, &format!("{path}/new")).await;
    browser.submit(&path, &[("team", &id), ("access", "maintain")]).await.expect(303);
    let list = owner.get(&format!("team-projects?filter[project][id]={project}")).await;
    let grant = ids(&list.expect(200)).swap_remove(0);
    let page = format!("{path}/{grant}");
    assert!(text(&browser, &page).await.contains("With the project itself"));
    let form = [
        ("access", "custom"),
        ("project:create-workspace", "true"),
        ("project:manage-access", "true"),
        ("workspace:read-state", "true"),
    ];
    browser.submit(&page, &form).await.expect(303);
    let seen = owner.get(&format!("team-projects/{grant}")).await.expect(200);
    assert_eq!(seen.attribute("project-access")["teams"], "manage");
    assert_eq!(seen.attribute("workspace-access")["create"], true);
    assert_eq!(seen.attribute("rights"), json!(["read-state"]));
    assert!(text(&browser, &format!("{TEAMS}/{id}")).await.contains("Project"));
    browser.submit(&format!("{page}/delete"), &[]).await.expect(303);
    owner.get(&format!("team-projects/{grant}")).await.expect(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_access_are_for_those_who_may_say_who_has_it() {
    let server = TestServer::start().await;
    let owner = server.owner().await;
    owner.workspace("network").await;
    server.writer().await;
    let project = ids(&owner.get("organizations/acme/projects").await.expect(200)).swap_remove(0);
    let (writer, stranger) =
        (server.browser_of("writer").await, server.browser_of("stranger").await);
    let id = team(&owner, "backstage", json!({})).await;
    for path in [
        "/app/acme/workspaces/network/access".to_owned(),
        "/app/acme/workspaces/network/access/new".to_owned(),
        format!("/app/acme/projects/{project}/access"),
        format!("/app/acme/projects/{project}/access/new"),
        format!("{TEAMS}/new"),
    ] {
        writer.get(&path).await.expect(403);
        stranger.get(&path).await.expect(404);
    }
    writer.get(&format!("{TEAMS}/{id}")).await.expect(404);
    let seen = text(&writer, TEAMS).await;
    assert!(!seen.contains("backstage") && !seen.contains("New team"));
    let body = resource("teams", json!({"visibility": "organization"}));
    owner.patch(&format!("teams/{id}"), body).await.expect(200);
    let seen = text(&writer, &format!("{TEAMS}/{id}")).await;
    assert!(!seen.contains("Delete this team") && !seen.contains("Add a member"));
}
