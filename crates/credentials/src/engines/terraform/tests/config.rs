//! The configuration.

use serde_json::{Value, json};

use super::{
    site::Site,
    upstream::{ROOT, Trouble},
};
use crate::Operation;

const CONFIG: &str = "terraform/config";

async fn mounted() -> Site {
    let site = Site::bare().await;
    site.write("sys/mounts/terraform", json!({"type": "terraform"})).await;
    site
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_read_is_what_was_written_but_for_the_token() {
    let site = mounted().await;
    assert!(site.ok(Operation::Read, CONFIG, Value::Null).await.is_none());
    let body = json!({"token": ROOT, "address": site.upstream.url()});
    site.write(CONFIG, body).await;
    assert_eq!(site.upstream.requests(), ["GET account/details"]);
    let shown = json!({
        "address": site.upstream.url(), "base_path": "/api/v2/", "explicit_max_ttl": 0,
        "rotation_schedule": "", "rotation_window": 0, "rotation_period": 0, "rotation_policy": "",
        "disable_automated_rotation": false, "token_owner_type": "user", "owner_id": "user-1",
    });
    assert_eq!(site.data(CONFIG).await, shown);
    // What is left out stays, and nothing is asked without a new token.
    site.write(CONFIG, json!({"explicit_max_ttl": "1h", "base_path": "/api/v2"})).await;
    assert!(site.upstream.requests().is_empty());
    let data = site.data(CONFIG).await;
    assert_eq!(data["explicit_max_ttl"], json!(3600));
    let places = (&shown["address"], &json!("/api/v2"));
    assert_eq!((&data["address"], &data["base_path"]), places);
    site.write(CONFIG, json!({"address": "", "base_path": ""})).await;
    let data = site.data(CONFIG).await;
    assert_eq!((&data["address"], &data["base_path"]), places);
    site.ok(Operation::Delete, CONFIG, Value::Null).await;
    site.ok(Operation::Delete, CONFIG, Value::Null).await;
    assert!(site.ok(Operation::Read, CONFIG, Value::Null).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_write_creates_and_the_next_updates() {
    let site = mounted().await;
    let policy = |words: &str| json!({"policy": format!("path \"terraform/config\" {{ capabilities = [{words}] }}")});
    site.write("sys/policies/acl/creator", policy("\"create\"")).await;
    let body = json!({"policies": ["creator"]});
    let made = site.ok(Operation::Update, "auth/token/create", body).await.unwrap();
    let token = made.auth.unwrap().client_token;
    let write = || site.ask_as(&token, Operation::Update, CONFIG, json!({"base_path": "/x/"}));
    assert!(write().await.is_ok());
    assert_eq!(write().await.unwrap_err().status().as_u16(), 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_be_is_refused_and_changes_nothing() {
    let site = mounted().await;
    for (body, text) in [
        (json!({"address": "app.terraform.io"}), "address must be an http or https URL"),
        (json!({"address": "ftp://x"}), "address must be an http or https URL"),
        (json!({"address": "https://a:b@x"}), "address can't be used"),
        (json!({"base_path": "api"}), "base_path must begin with a slash"),
        (json!({"base_path": "/a/../b"}), "base_path must begin with a slash"),
        (json!({"base_path": "/a?b"}), "base_path must begin with a slash"),
        (json!({"ca_cert": "no PEM"}), "ca_cert: the certificate authority can't be read"),
        (json!({"explicit_max_ttl": "-1h"}), "cannot provide negative value"),
        (
            json!({"request_timeout": "soon"}),
            "error converting input for field \"request_timeout\"",
        ),
        (json!({"rotation_period": 60}), "rotation manager unsupported"),
        (json!({"rotation_schedule": "* * * * *"}), "rotation manager unsupported"),
        (json!({"own_server": true, "token": "x"}), "own_server goes without"),
        (
            json!({"token": "wrong", "address": site.upstream.url()}),
            "failed to verify the configured token with Terraform: unauthorized",
        ),
    ] {
        let refused = site.refused(Operation::Update, CONFIG, body.clone()).await;
        assert!(refused.0 == 400 && refused.1.contains(text), "{body}: {refused:?}");
    }
    assert!(site.ok(Operation::Read, CONFIG, Value::Null).await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_can_not_be_verified_is_not_kept() {
    let site = mounted().await;
    let body = json!({"token": ROOT, "address": site.upstream.url(), "request_timeout": 1});
    for trouble in Trouble::all() {
        if trouble.is_overcome() || matches!(trouble, Trouble::DoneAndEmpty) {
            continue;
        }
        // More often than a request is sent again that comes too early.
        site.upstream.trouble("GET", "account/details", trouble.clone(), 9);
        let refused = site.refused(Operation::Update, CONFIG, body.clone()).await;
        assert_eq!(refused.0, 400, "{trouble:?}");
        let text = "failed to verify the configured token with Terraform: ";
        assert!(refused.1.starts_with(text) && refused.1.len() > text.len(), "{refused:?}");
        site.upstream.recover();
        assert!(site.ok(Operation::Read, CONFIG, Value::Null).await.is_none(), "{trouble:?}");
    }
    site.upstream.trouble("GET", "account/details", Trouble::TooEarly, 2);
    site.write(CONFIG, body.clone()).await;
    let wrong = json!({"token": "wrong", "skip_verify_token": true});
    site.write(CONFIG, wrong).await;
    assert!(site.data(CONFIG).await.get("owner_id").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_works_without_a_token_and_says_so() {
    let site = mounted().await;
    site.write("terraform/role/user", json!({"user_id": "user-1"})).await;
    let text = "missing API token: write one to config first";
    for (operation, path, body) in [
        (Operation::Read, "terraform/creds/user", Value::Null),
        (Operation::Update, "terraform/role/org", json!({"organization": "acme"})),
    ] {
        assert_eq!(site.refused(operation, path, body).await, (400, text.to_owned()), "{path}");
    }
    let refused = site.refused(Operation::Update, "terraform/rotate-root", json!({})).await;
    assert_eq!(refused, (400, "the backend is not configured".to_owned()));
    site.write(CONFIG, json!({"address": site.upstream.url()})).await;
    let refused = site.refused(Operation::Update, "terraform/rotate-root", json!({})).await;
    assert!(refused.1.starts_with("the backend is missing a root token"), "{refused:?}");
    assert!(site.upstream.requests().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_mount_has_its_own_configuration_and_roles() {
    let site = Site::new().await;
    site.configure("other/place", json!({"base_path": "/api/v2"})).await;
    site.write("terraform/role/a", json!({"user_id": "user-1"})).await;
    site.write("other/place/role/b", json!({"user_id": "user-2"})).await;
    site.write(CONFIG, json!({"token": "wrong", "skip_verify_token": true})).await;
    let (status, text) = site.refused(Operation::Read, "terraform/creds/a", Value::Null).await;
    assert_eq!((status, text.as_str()), (500, "error creating Terraform token: unauthorized"));
    let made = site.ok(Operation::Read, "other/place/creds/b", Value::Null).await.unwrap();
    assert!(made.lease.unwrap().id.starts_with("other/place/creds/b/"));
    assert!(site.ok(Operation::Read, "other/place/role/a", Value::Null).await.is_none());
    // With the mount its tokens end.
    site.ok(Operation::Delete, "sys/mounts/other/place", Value::Null).await;
    assert!(site.upstream.live().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mount_for_this_server_is_for_operators() {
    let site = mounted().await;
    let policy = "path \"terraform/*\" { capabilities = [\"create\", \"update\", \"read\"] }";
    site.write("sys/policies/acl/keeper", json!({"policy": policy})).await;
    let body = json!({"policies": ["keeper"]});
    let made = site.ok(Operation::Update, "auth/token/create", body).await.unwrap();
    let token = made.auth.unwrap().client_token;
    let own = || json!({"own_server": true});
    let refused = site.ask_as(&token, Operation::Update, CONFIG, own()).await.unwrap_err();
    assert_eq!(refused.status().as_u16(), 403);
    site.write(CONFIG, own()).await;
    assert_eq!(site.data(CONFIG).await["own_server"], json!(true));
    let role = json!({"user_id": "user-1"});
    let refused = site.ask_as(&token, Operation::Update, "terraform/role/x", role.clone()).await;
    assert!(refused.unwrap_err().sentence().contains("with their own rights"));
    site.write("terraform/role/x", role).await;
    assert!(site.data("terraform/role/x").await.get("on_behalf_of").is_none());
    // A role of a mount with a token does not become the server's own.
    site.write(CONFIG, json!({"token": ROOT, "address": site.upstream.url()})).await;
    site.write("terraform/role/y", json!({"user_id": "user-1"})).await;
    site.write(CONFIG, own()).await;
    let refused = site.refused(Operation::Read, "terraform/creds/y", Value::Null).await;
    assert!(refused.1.contains("write the role again"), "{refused:?}");
}
