//! Which organization a role means: elsewhere the name, at this server itself the one that had it.

use identity::{NewOrganization, OrganizationChange, SettingsChange};
use serde_json::{Value, json};

use super::{
    site::Site,
    upstream::{ROOT, Trouble},
};
use crate::Operation;

impl Site {
    /// A new organization, also as the upstream says it. Its id.
    async fn found(&self, name: &str) -> String {
        let new = NewOrganization {
            name: name.to_owned(),
            email: "ada@example.com".to_owned(),
            settings: SettingsChange::default(),
            default_execution_mode: None,
            default_project_name: Some("default".to_owned()),
        };
        let identity = self.core.identity();
        let made = identity.create_organization_from(&identity.system(), new, None).await.unwrap();
        let id = made.id.to_string();
        self.upstream.state().organizations.insert(name.to_owned(), id.clone());
        id
    }

    async fn rename(&self, id: &str, name: &str) {
        let identity = self.core.identity();
        let change = OrganizationChange { name: Some(name.to_owned()), ..Default::default() };
        identity.update_organization(&identity.system(), id, change).await.unwrap();
        let mut state = self.upstream.state();
        state.organizations.retain(|_, known| known != id);
        state.organizations.insert(name.to_owned(), id.to_owned());
    }

    /// Writes down that a name was taken by somebody else; the ids of both.
    async fn taken_over(&self) -> (String, String) {
        let ours = self.found("acme").await;
        self.write("terraform/role/org", json!({"organization": "acme"})).await;
        let bound = json!({"organization": "acme", "workspace": "network"});
        self.write("terraform/role/bound", bound).await;
        self.rename(&ours, "acme-b").await;
        (ours, self.found("acme").await)
    }
}

fn posts_to(requests: &[String], path: &str) -> usize {
    requests.iter().filter(|request| **request == format!("POST {path}")).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn another_server_is_asked_by_the_name() {
    let site = Site::new().await;
    site.upstream.state().organizations.insert("acme".to_owned(), "org-there".to_owned());
    let bound = json!({"organization": "acme", "workspace": "network"});
    site.write("terraform/role/bound", bound).await;
    site.write("terraform/role/org", json!({"organization": "acme"})).await;
    site.creds("bound").await;
    let seen = site.upstream.requests();
    assert!(seen.iter().all(|request| !request.contains("org-there")), "{seen:?}");
    assert_eq!(posts_to(&seen, "organizations/acme/access-keys"), 2);
    let shown = site.data("terraform/role/bound").await;
    assert_eq!((&shown["organization"], &shown["organization_id"]), (&json!("acme"), &Value::Null));
}

#[tokio::test(flavor = "multi_thread")]
async fn this_server_is_asked_by_the_id_of_whoever_had_the_name() {
    let site = Site::own().await;
    let (ours, theirs) = site.taken_over().await;
    site.upstream.requests();
    site.creds("bound").await;
    site.write("terraform/rotate-role/org", json!({})).await;
    site.write("terraform/role/bound", json!({"ttl": "5m"})).await;
    let seen = site.upstream.requests();
    assert_eq!(posts_to(&seen, &format!("organizations/{ours}/access-keys")), 3);
    assert_eq!(posts_to(&seen, &format!("organizations/{ours}/authentication-token")), 1);
    assert!(seen.iter().all(|request| !request.contains(&theirs)), "{seen:?}");
    assert!(seen.iter().all(|request| !request.contains("organizations/acme")), "{seen:?}");
    for path in ["terraform/role/org", "terraform/role/bound", "terraform/creds/org"] {
        assert_eq!(site.data(path).await["organization"], json!("acme-b"), "{path}");
    }
    assert_eq!(site.data("terraform/role/org").await["organization_id"], json!(ours));
    // Who names it anew means whoever has the name now; also by its id.
    for name in ["acme", theirs.as_str()] {
        site.upstream.state().organizations.insert(theirs.clone(), theirs.clone());
        site.write("terraform/role/org", json!({"organization": name})).await;
        let shown = site.data("terraform/role/org").await;
        assert_eq!(
            (&shown["organization"], &shown["organization_id"]),
            (&json!("acme"), &json!(theirs))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_in_the_address_is_followed_too() {
    let site = Site::own().await;
    let id = site.found("acme").await;
    site.upstream.state().organizations.insert("acme.default".to_owned(), id.clone());
    let body = json!({"organization": "acme.default", "workspace": "network"});
    site.write("terraform/role/bound", body).await;
    site.rename(&id, "acme-b").await;
    site.upstream.requests();
    site.creds("bound").await;
    let seen = site.upstream.requests();
    assert!(seen[0].starts_with(&format!("POST organizations/{id}.prj-")), "{seen:?}");
    let shown = site.data("terraform/role/bound").await;
    assert_eq!(shown["organization"], json!("acme-b.default"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_broken_off_is_put_right_where_it_was_begun() {
    let site = Site::own().await;
    let (ours, theirs) = site.taken_over().await;
    let place = |id: &str| format!("organizations/{id}/authentication-token");
    site.upstream.trouble("POST", &place(&ours), Trouble::DoneAndBroken, 1);
    site.refused(Operation::Update, "terraform/rotate-role/org", json!({})).await;
    site.upstream.trouble("POST", "access-keys", Trouble::DoneAndBroken, 1);
    site.refused(Operation::Read, "terraform/creds/bound", Value::Null).await;
    site.rename(&ours, "acme-c").await;
    site.upstream.requests();
    site.hours().await;
    let seen = site.upstream.requests();
    assert_eq!(posts_to(&seen, &place(&ours)), 1, "{seen:?}");
    assert!(seen.iter().all(|request| !request.contains(&theirs)), "{seen:?}");
    assert_eq!(site.intents().await, 0);
    let creds = site.data("terraform/creds/org").await;
    let live: Vec<_> = site.upstream.live().into_iter().collect();
    assert_eq!(
        (json!(live), &creds["organization"]),
        (json!([creds["token_id"]]), &json!("acme-c"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_given_out_for_an_organization_that_is_gone() {
    let site = Site::own().await;
    let (ours, _) = site.taken_over().await;
    let identity = site.core.identity();
    identity.delete_organization(&identity.system(), &ours).await.unwrap();
    site.upstream.trouble("GET", &ours, Trouble::Status(404, ""), 99);
    site.upstream.trouble("POST", &ours, Trouble::Status(404, ""), 99);
    for (operation, path, body) in [
        (Operation::Read, "creds/bound", Value::Null),
        (Operation::Read, "creds/org", Value::Null),
        (Operation::Update, "rotate-role/org", json!({})),
        (Operation::Update, "role/bound", json!({"ttl": "5m"})),
        (Operation::Update, "role/org", json!({"description": "x"})),
    ] {
        let path = format!("terraform/{path}");
        let (status, text) = site.refused(operation, &path, body).await;
        assert_eq!(status, 400, "{path}: {text}");
        assert!(text.contains("is gone; delete the role, or write it again"), "{path}: {text}");
    }
    assert_eq!(site.intents().await, 0);
    assert_eq!(site.data("terraform/role/org").await["organization"], json!(ours));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_one_server_is_none_of_another() {
    let site = Site::own().await;
    let id = site.found("acme").await;
    site.write("terraform/role/org", json!({"organization": "acme"})).await;
    // With a token and its own address it is the same server.
    let here = site.upstream.url();
    site.write("terraform/config", json!({"address": here, "token": ROOT})).await;
    for body in [json!({"description": "still"}), json!({"organization": "acme"})] {
        site.write("terraform/role/org", body).await;
        assert_eq!(site.data("terraform/role/org").await["organization_id"], json!(id));
    }
    // The same upstream by another name stands for another server.
    let elsewhere = site.upstream.url().replace("127.0.0.1", "localhost");
    site.write("terraform/config", json!({"address": elsewhere, "token": ROOT})).await;
    site.upstream.requests();
    for (path, body) in
        [("rotate-role/org", json!({})), ("role/org", json!({"description": "still"}))]
    {
        let path = format!("terraform/{path}");
        let (status, text) = site.refused(Operation::Update, &path, body).await;
        assert!(status == 400 && text.contains("write the role again"), "{path}: {text}");
    }
    assert!(site.upstream.requests().is_empty());
    site.write("terraform/role/org", json!({"organization": "acme"})).await;
    assert_eq!(site.data("terraform/role/org").await["organization_id"], Value::Null);
    // And back.
    site.write("terraform/config", json!({"own_server": true})).await;
    for path in ["terraform/rotate-role/org", "terraform/role/org"] {
        let (status, text) = site.refused(Operation::Update, path, json!({})).await;
        assert!(status == 400 && text.contains("write the role again"), "{path}: {text}");
    }
    site.write("terraform/role/org", json!({"organization": "acme"})).await;
    assert_eq!(site.data("terraform/role/org").await["organization_id"], json!(id));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_right_is_no_other_organizations_token() {
    let site = Site::new().await;
    site.write("terraform/role/org", json!({"organization": "one"})).await;
    site.upstream.trouble("POST", "organizations/one", Trouble::DoneAndBroken, 1);
    site.refused(Operation::Update, "terraform/rotate-role/org", json!({})).await;
    site.write("terraform/role/org", json!({"organization": "two"})).await;
    let creds = site.data("terraform/creds/org").await;
    site.hours().await;
    let live: Vec<_> = site.upstream.live().into_iter().collect();
    assert_eq!(json!(live), json!([creds["token_id"]]));
    assert_eq!(site.data("terraform/creds/org").await["token_id"], creds["token_id"]);
}
