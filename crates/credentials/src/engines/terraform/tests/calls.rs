//! What is asked of the other server, and what is made of its answers.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};

use super::super::client::whole_seconds;
use super::site::Site;
use crate::Operation;

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_of_token_is_made_and_ended_where_clients_make_it() {
    let site = Site::new().await;
    site.roles().await;
    for (role, list) in [
        ("user", "users/user-1/authentication-tokens"),
        ("team", "teams/team-1/authentication-tokens"),
        ("bound", "organizations/acme/access-keys"),
    ] {
        let (lease, data) = site.creds(role).await;
        let id = data["token_id"].as_str().unwrap();
        assert_eq!(site.upstream.requests(), [format!("POST {list}")]);
        assert_eq!(data["token"], json!(site.upstream.token(id).value));
        assert_eq!(data["description"], json!(site.upstream.token(id).description));
        assert!(lease.starts_with(&format!("terraform/creds/{role}/")), "{lease}");
        site.write("sys/leases/revoke", json!({"lease_id": lease})).await;
        assert_eq!(site.upstream.requests(), [format!("DELETE authentication-tokens/{id}")]);
        assert!(site.upstream.live().is_empty() && site.leases().await.is_empty());
        assert_eq!(site.intents().await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_by_itself_when_its_lease_can_last_no_longer() {
    let site = Site::new().await;
    site.roles().await;
    let day = Duration::from_hours(24);
    for (role, longest) in [("user", day / 24), ("team", day / 24), ("bound", day * 32)] {
        let (_, data) = site.creds(role).await;
        let id = data["token_id"].as_str().unwrap();
        let end = whole_seconds(site.now().plus(longest));
        assert_eq!(data["expired_at"], json!(end), "{role}");
        assert_eq!(site.upstream.token(id).attributes["expired-at"], json!(end), "{role}");
    }
    // A mount's maximum holds where the role has none.
    site.write("sys/mounts/terraform/tune", json!({"max_lease_ttl": "2h"})).await;
    let (_, data) = site.creds("bound").await;
    let end = whole_seconds(site.now().plus(Duration::from_hours(2)));
    assert_eq!(data["expired_at"], json!(end));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_token_is_asked_for_with_all_that_binds_it() {
    let site = Site::new().await;
    site.roles().await;
    let (_, data) = site.creds("bound").await;
    let made = site.upstream.token(data["token_id"].as_str().unwrap()).attributes;
    assert_eq!(made["level"], json!("custom"));
    assert_eq!(made["rights"], json!(["read-state", "write-state"]));
    assert_eq!(made["source-networks"], json!(["10.0.0.0/8"]));
    // A place may be named.
    let body = json!({"organization": "acme", "workspace": "network", "access": "read"});
    site.write("terraform/role/named", body).await;
    assert_eq!(
        site.data("terraform/role/named").await,
        json!({"name": "named", "ttl": 0, "max_ttl": 0, "organization": "acme",
            "workspace_id": "ws-network", "access": "read", "credential_type": "bound"})
    );
    let table = [
        (json!({"credential_type": "bound"}), "a bound role needs an organization"),
        (json!({"workspace_id": "ws-1"}), "a bound role needs an organization"),
        (
            json!({"organization": "acme", "workspace_id": "ws-1", "project_id": "prj-1"}),
            "one place",
        ),
        (json!({"organization": "acme", "run_id": "run-1"}), "no runs yet"),
        (json!({"user_id": "user-1", "source_networks": "10.0.0.0/8"}), "credential_type = bound"),
        (
            json!({"organization": "acme", "team_id": "team-1", "workspace_id": "ws-1",
            "credential_type": "bound"}),
            "nobody whose tokens",
        ),
    ];
    for (body, text) in table {
        let refusal = site.refused(Operation::Update, "terraform/role/x", body.clone()).await;
        assert!(refusal.0 == 400 && refusal.1.contains(text), "{body}: {refusal:?}");
    }
    // Nothing of the trials is left.
    assert_eq!(site.upstream.live(), site.leased().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_with_one_token_get_it_when_they_are_written() {
    let site = Site::new().await;
    site.write("terraform/role/org", json!({"organization": "acme"})).await;
    let place = "organizations/acme/authentication-token";
    assert_eq!(
        site.upstream.requests(),
        [format!("GET {place}"), "GET organizations/acme".to_owned(), format!("POST {place}")]
    );
    let first = site.data("terraform/creds/org").await;
    assert_eq!(
        first,
        json!({"token_id": "at-1", "token": "value-1", "organization": "acme", "team_id": "",
            "role": "org"})
    );
    assert_eq!(site.data("terraform/creds/ORG").await, first);
    assert!(site.upstream.requests().is_empty() && site.leases().await.is_empty());
    // Written again and rotated, it is another one, with its id, in whatever case.
    site.write("terraform/role/org", json!({"ttl": "1h"})).await;
    site.write("terraform/rotate-role/ORG", json!({})).await;
    let third = site.data("terraform/creds/org").await;
    assert_eq!((&third["token_id"], &third["token"]), (&json!("at-3"), &json!("value-3")));
    assert_eq!(site.upstream.live().len(), 1);

    site.write("terraform/role/old", json!({"team_id": "team-1"})).await;
    assert_eq!(site.data("terraform/creds/old").await["team_id"], json!("team-1"));
    let both = json!({"organization": "acme", "team_id": "team-2", "ttl": 120});
    site.write("terraform/role/both", both).await;
    let token = site.data("terraform/creds/both").await;
    assert_eq!(
        site.upstream.token(token["token_id"].as_str().unwrap()).list,
        "teams/team-2/authentication-token"
    );
    let table = [
        ("none", "missing role entry"),
        ("user", "cannot rotate credentials for user roles"),
        (
            "team",
            "cannot rotate credentials for credential_type = team token roles. Only works \
            for credential_type = team_legacy.",
        ),
    ];
    site.roles().await;
    for (role, text) in table {
        let path = format!("terraform/rotate-role/{role}");
        assert_eq!(site.refused(Operation::Update, &path, json!({})).await, (400, text.to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_are_listed_read_and_deleted_as_clients_expect() {
    let site = Site::new().await;
    assert!(site.ok(Operation::Read, "terraform/role/none", Value::Null).await.is_none());
    site.write("terraform/role/B-2", json!({"user_id": "user-1"})).await;
    site.write("terraform/role/a.1", json!({"user_id": "user-1"})).await;
    let list = site.ok(Operation::List, "terraform/role/", Value::Null).await.unwrap();
    assert_eq!(list.data.unwrap()["keys"], json!(["a.1", "b-2"]));
    site.ok(Operation::Delete, "terraform/role/b-2", Value::Null).await;
    site.ok(Operation::Delete, "terraform/role/b-2", Value::Null).await;
    let unknown = site.refused(Operation::Read, "terraform/creds/b-2", Value::Null).await;
    assert_eq!(unknown, (400, "there is no role \"b-2\" in this mount".to_owned()));
    for odd in ["-a", "a-", "a/b", ".a"] {
        let path = format!("terraform/role/{odd}");
        assert_eq!(site.refused(Operation::Read, &path, Value::Null).await.0, 404, "{odd}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_role_names_must_be_part_of_a_path() {
    let site = Site::new().await;
    for (body, text) in [
        (json!({"organization": "../admin"}), "invalid value for organization"),
        (json!({"team_id": ".."}), "invalid value for team ID"),
    ] {
        let refused = site.refused(Operation::Update, "terraform/role/x", body).await;
        assert_eq!(refused, (400, format!("error creating Terraform token: {text}")));
    }
    site.write("terraform/role/x", json!({"user_id": "user 1"})).await;
    let refused = site.refused(Operation::Read, "terraform/creds/x", Value::Null).await;
    assert_eq!(
        refused,
        (400, "error creating Terraform token: invalid value for user ID".to_owned())
    );
    assert!(site.upstream.requests().is_empty());
    assert_eq!(site.intents().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_last_use_gets_no_leased_secret() {
    let site = Site::new().await;
    site.roles().await;
    let policy = json!({"policy": "path \"terraform/*\" { capabilities = [\"read\"] }"});
    site.write("sys/policies/acl/reader", policy).await;
    let body = json!({"policies": ["reader"], "num_uses": 2});
    let made = site.ok(Operation::Update, "auth/token/create", body).await.unwrap();
    let token = made.auth.unwrap().client_token;
    let ask = || site.ask_as(&token, Operation::Read, "terraform/creds/user", Value::Null);
    assert!(ask().await.is_ok());
    let refused = ask().await.unwrap_err();
    assert_eq!(refused.status().as_u16(), 400);
    assert!(refused.sentence().starts_with("Secret cannot be returned; token had one use left"));
    site.expire().await;
    assert_eq!(site.upstream.live(), site.leased().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_share_what_was_prepared_and_leave_nothing_behind() {
    let site = Site::new().await;
    site.roles().await;
    for _ in 0..4 {
        let many = (0..40).map(|_| site.creds("user"));
        let given = futures_util::future::join_all(many).await;
        let tokens: BTreeSet<_> = given.iter().map(|(_, data)| data["token"].to_string()).collect();
        let described: BTreeSet<_> =
            given.iter().map(|(_, data)| data["description"].to_string()).collect();
        assert_eq!((tokens.len(), described.len()), (40, 40));
    }
    assert_eq!(site.upstream.live(), site.leased().await);
    assert_eq!(site.leases().await.len(), 160);
    site.advance(6);
    site.expire().await;
    assert_eq!((site.intents().await, site.upstream.live().len()), (0, 160));
}
