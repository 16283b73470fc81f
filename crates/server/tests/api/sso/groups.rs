//! What groups do: people enter and leave teams and organizations with them.

use serde_json::{Value, json};
use testkit::Caller;

use super::{World, ada, but};
use crate::device::trail;

/// Makes a team that a group belongs in; gives its id.
async fn team(owner: &Caller, organization: &str, name: &str, group: &str) -> String {
    let body = json!({"data": {"type": "teams",
        "attributes": {"name": name, "sso-team-id": group, "visibility": "organization"}}});
    owner.post(&format!("organizations/{organization}/teams"), body).await.expect(201).id()
}

/// The names of a person's teams in an organization.
async fn teams(owner: &Caller, organization: &str, email: &str) -> Option<Vec<String>> {
    let path = format!(
        "organizations/{organization}/organization-memberships?filter[email]={email}&include=teams"
    );
    let list = owner.get(&path).await.expect(200).json();
    list["data"].as_array().unwrap().first()?;
    let included = list["included"].as_array().cloned().unwrap_or_default();
    let teams = included.iter().filter(|resource| resource["type"] == "teams");
    let mut names: Vec<String> =
        teams.map(|team| team["attributes"]["name"].as_str().unwrap().to_owned()).collect();
    names.sort();
    Some(names)
}

fn in_groups(groups: &[&str]) -> Value {
    but(ada(), json!({ "groups": groups }))
}

#[tokio::test(flavor = "multi_thread")]
async fn people_enter_and_leave_with_their_groups() {
    let mut world = World::start().await;
    let owner = world.server.owner().await;
    team(&owner, "acme", "operations", "g-ops").await;
    team(&owner, "acme", "auditors", "g-audit").await;
    team(&owner, "acme", "ungrouped", "").await;
    let found = || teams(&owner, "acme", "ada@example.com");
    world.sign_in(&in_groups(&["unknown", ""])).await.expect(303);
    assert_eq!(found().await, None);
    for (groups, expected) in [
        (&["g-ops", "unknown"][..], Some(vec!["operations"])),
        (&["g-ops", "g-audit", "g-ops"], Some(vec!["auditors", "operations"])),
        (&["g-audit"], Some(vec!["auditors"])),
        // A group is its id, to the letter.
        (&["G-AUDIT"], None),
        (&["g-audit"], Some(vec!["auditors"])),
        (&[], None),
    ] {
        world.sign_in(&in_groups(groups)).await.expect(303);
        let expected = expected.map(|names| names.into_iter().map(str::to_owned).collect());
        assert_eq!(found().await, expected, "{groups:?}");
        let seen = world.browser.get("/app/acme/workspaces").await.status;
        assert_eq!(seen, if expected.is_some() { 200 } else { 404 });
    }
    // No list at all is no group.
    world.sign_in(&in_groups(&["g-ops"])).await.expect(303);
    world.sign_in(&ada()).await.expect(303);
    assert_eq!(found().await, None);
    let trail = trail(&world.server).await.join("\n");
    for expected in [
        "ada create organization-memberships ada done {\"by\":\"groups at sign-in\"}",
        "ada add teams operations done {\"by\":\"groups at sign-in\",\"members\":[\"ada\"]}",
        "ada remove teams operations done",
        "ada delete organization-memberships ada done",
    ] {
        assert!(trail.contains(expected), "{expected} is not in\n{trail}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_gave_stays() {
    let mut world = World::start().await;
    let owner = world.server.owner().await;
    team(&owner, "acme", "operations", "g-ops").await;
    let given = team(&owner, "acme", "friends", "g-friends").await;
    let found = || teams(&owner, "acme", "ada@example.com");
    world.sign_in(&in_groups(&["g-ops"])).await.expect(303);
    let body = json!({"data": [{"type": "users", "id": "ada"}]});
    owner.post(&format!("teams/{given}/relationships/users"), body).await.expect(204);
    world.sign_in(&in_groups(&[])).await.expect(303);
    assert_eq!(found().await, Some(vec!["friends".to_owned()]));
    // Invited as a member: stays one without any team.
    let invite = json!({"data": {"type": "organization-memberships",
        "attributes": {"email": "grace@example.com"}}});
    owner.post("organizations/acme/organization-memberships", invite).await.expect(201);
    let grace = json!({"sub": "g", "email": "grace@example.com", "email_verified": true});
    world.sign_in(&but(grace.clone(), json!({"groups": ["g-ops"]}))).await.expect(303);
    assert_eq!(
        teams(&owner, "acme", "grace@example.com").await,
        Some(vec!["operations".to_owned()])
    );
    world.sign_in(&grace).await.expect(303);
    assert_eq!(teams(&owner, "acme", "grace@example.com").await, Some(vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_owner_stays() {
    let mut world = World::start().await;
    let owner = world.server.owner().await;
    let list = owner.get("organizations/acme/teams").await.expect(200).json();
    let owners = list["data"][0]["id"].as_str().unwrap().to_owned();
    let body = json!({"data": {"type": "teams", "attributes": {"sso-team-id": "g-owners"}}});
    owner.patch(&format!("teams/{owners}"), body).await.expect(200);
    world.sign_in(&in_groups(&["g-owners"])).await.expect(303);
    let root = world.server.site_admin().await;
    let found = || teams(&root, "acme", "ada@example.com");
    assert_eq!(found().await, Some(vec!["owners".to_owned()]));
    // The other owner goes; now nobody else is left.
    let me =
        owner.get("organizations/acme/organization-memberships?filter[email]=owner@example.com");
    let me = me.await.expect(200).at("/data/0/id").as_str().unwrap().to_owned();
    owner.delete(&format!("organization-memberships/{me}")).await.expect(204);
    world.sign_in(&in_groups(&[])).await.expect(303);
    assert_eq!(found().await, Some(vec!["owners".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_reach_every_organization_and_no_open_invitation() {
    let mut world = World::start().await;
    let owner = world.server.owner().await;
    let body = json!({"data": {"type": "organizations",
        "attributes": {"name": "other", "email": "other@example.com"}}});
    owner.post("organizations", body).await.expect(201);
    team(&owner, "acme", "operations", "g-ops").await;
    team(&owner, "other", "operations", "g-ops").await;
    // An invitation waits in one of them, and the address is not verified.
    let invite = json!({"data": {"type": "organization-memberships",
        "attributes": {"email": "ada@example.com"}}});
    owner.post("organizations/other/organization-memberships", invite).await.expect(201);
    let unverified = but(in_groups(&["g-ops"]), json!({"email_verified": false}));
    world.sign_in(&unverified).await.expect(303);
    assert_eq!(world.browser.get("/app/acme/workspaces").await.status, 200);
    assert_eq!(world.browser.get("/app/other/workspaces").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_that_the_provider_can_not_name_keep_people_out_and_change_nothing() {
    let mut world = World::start().await;
    let owner = world.server.owner().await;
    team(&owner, "acme", "operations", "g-ops").await;
    world.sign_in(&in_groups(&["g-ops"])).await.expect(303);
    let overage = but(ada(), json!({"_claim_names": {"groups": "src1"}}));
    let page = world.refused(&overage).await;
    assert!(page.contains("more groups of yours than it can name"), "{page}");
    assert!(teams(&owner, "acme", "ada@example.com").await.is_some());
}
