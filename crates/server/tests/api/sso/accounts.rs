//! Whose account it is.

use serde_json::json;

use super::{World, ada, but};

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_linked_by_a_verified_address_where_that_is_allowed() {
    let member = json!({"sub": "m", "email": "member@example.com", "email_verified": true});
    let mut world = World::start().await;
    let page = world.refused(&member).await;
    assert!(page.contains("links no accounts by address"), "{page}");

    let mut world = World::with(|options| options.oidc_link_by_email = Some(true)).await;
    let page = world.refused(&but(member.clone(), json!({"email_verified": false}))).await;
    assert!(page.contains("has not verified that the address is yours"), "{page}");
    world.sign_in(&but(member.clone(), json!({"email": "Member@Example.com"}))).await.expect(303);
    assert_eq!(world.username().await, "member");
    // From then on by the subject.
    world.sign_in(&json!({"sub": "m"})).await.expect(303);
    assert_eq!(world.username().await, "member");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_others_in_an_account_with_their_address() {
    let mut world = World::with(|options| options.oidc_link_by_email = Some(true)).await;
    let stranger = world.server.stranger().await;
    let body = json!({"data": {"type": "users", "attributes": {"email": "ada@example.com"}}});
    stranger.patch("account/update", body).await.expect(200);
    let page = world.refused(&ada()).await;
    assert!(page.contains("without anybody verifying it"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_made_where_that_is_wanted() {
    let mut world = World::with(|options| options.oidc_create_users = Some(false)).await;
    let page = world.refused(&ada()).await;
    assert!(page.contains("you have no account here") || page.contains("You have no account here"));

    let mut world = World::start().await;
    let page = world.refused(&but(ada(), json!({"email": null}))).await;
    assert!(page.contains("does not say your e-mail address"), "{page}");
    let page = world.refused(&but(ada(), json!({"email": "nonsense"}))).await;
    assert!(page.contains("does not say your e-mail address"), "{page}");
    // Whatever somebody is called becomes a name that nobody has.
    for (number, (called, expected)) in [
        ("owner", "owner-2"),
        ("OWNER", "OWNER-3"),
        ("Ada Lovelace", "Ada-Lovelace"),
        ("李", "user"),
    ]
    .into_iter()
    .enumerate()
    {
        let person = json!({"sub": format!("n-{number}"), "preferred_username": called,
            "email": format!("n{number}@example.com")});
        world.sign_in(&person).await.expect(303);
        assert_eq!(world.username().await, expected);
    }
    let unnamed = json!({"sub": "n-9", "email": "grace@example.com"});
    world.sign_in(&unnamed).await.expect(303);
    assert_eq!(world.username().await, "grace");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_windows_at_once_make_one_account() {
    let world = World::start().await;
    let tries: Vec<_> = (0..8)
        .map(|_| {
            let (provider, mut browser) = (world.provider.clone(), world.server.browser());
            tokio::spawn(async move { provider.sign_in(&mut browser, &ada()).await.status })
        })
        .collect();
    for one in tries {
        assert_eq!(one.await.unwrap(), 303);
    }
    let found = world.server.app().identity();
    assert!(found.find_user_by_name("ada").await.unwrap().is_some());
    assert!(found.find_user_by_name("ada-2").await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_other_domains_stay_out() {
    let mut world = World::with(|options| {
        options.oidc_allowed_domains = Some(vec!["example.com".to_owned()]);
    })
    .await;
    for person in [
        but(ada(), json!({"email": "ada@elsewhere.example"})),
        but(ada(), json!({"email": "ada@example.com.evil"})),
        but(ada(), json!({"email_verified": false})),
        but(ada(), json!({"email": null})),
    ] {
        let page = world.refused(&person).await;
        assert!(page.contains("verified e-mail address of example.com"), "{page}");
    }
    world.sign_in(&but(ada(), json!({"email": "ada@EXAMPLE.com"}))).await.expect(303);
    // Somebody whose address has changed is out, too.
    world.refused(&but(ada(), json!({"email": "ada@elsewhere.example"}))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn invitations_are_claimed_with_a_verified_address_only() {
    let mut world = World::start().await;
    let owner = world.server.owner().await;
    let invite = |email: &str| json!({"data": {"type": "organization-memberships", "attributes": {"email": email}}});
    let list = "organizations/acme/organization-memberships";
    owner.post(list, invite("ada@example.com")).await.expect(201);
    owner.post(list, invite("eve@example.com")).await.expect(201);
    let eve = json!({"sub": "e", "preferred_username": "eve", "email": "eve@example.com"});
    world.sign_in(&eve).await.expect(303);
    assert_eq!(world.browser.get("/app/acme/workspaces").await.status, 404);
    world.sign_in(&ada()).await.expect(303);
    assert_eq!(world.browser.get("/app/acme/workspaces").await.status, 200);
    let members = owner.get(&format!("{list}?filter[status]=invited")).await.expect(200);
    assert_eq!(members.attributes("email"), ["eve@example.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_identity_leaves_out_is_asked_for() {
    let mut world = World::start().await;
    world.provider.be_reticent();
    world.sign_in(&ada()).await.expect(303);
    assert_eq!(world.username().await, "ada");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_says_who_administers_the_site() {
    let mut world =
        World::with(|options| options.oidc_site_admin_group = Some("root".to_owned())).await;
    let in_group = but(ada(), json!({"groups": ["root"]}));
    world.sign_in(&in_group).await.expect(303);
    let user = || async {
        let identity = world.server.app().identity();
        identity.find_user_by_name("ada").await.unwrap().unwrap()
    };
    assert!(user().await.site_admin);
    world.provider.sign_in(&mut world.server.browser(), &ada()).await.expect(303);
    assert!(!user().await.site_admin);
}
