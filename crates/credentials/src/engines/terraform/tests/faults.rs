//! Every call of the engine, with everything that can go wrong with it: nothing lives without a
//! lease, unless an intent will end it, and whoever asked hears why.

use std::time::Duration;

use serde_json::{Value, json};

use super::{site::Site, upstream::Trouble};
use crate::Operation;

/// How often a trouble has to come to have its way.
const fn times(trouble: &Trouble) -> usize {
    if trouble.is_overcome() { 1 } else { 9 }
}

#[tokio::test(flavor = "multi_thread")]
async fn making_a_leased_token() {
    let site = Site::new().await;
    site.roles().await;
    for role in ["user", "team", "bound"] {
        for trouble in Trouble::all() {
            let what = format!("{role}: {trouble:?}");
            let path = format!("terraform/creds/{role}");
            site.upstream.trouble("POST", "", trouble.clone(), times(&trouble));
            let answer = site.ask(Operation::Read, &path, Value::Null).await;
            site.upstream.recover();
            site.assert_nothing_is_lost(&what).await;
            match answer {
                Ok(_) => assert!(trouble.is_overcome(), "{what}"),
                Err(fault) => {
                    let text = fault.sentence();
                    assert!(text.starts_with("error creating Terraform token: "), "{what}: {text}");
                    assert_eq!(fault.status().as_u16(), 500, "{what}");
                    if let Trouble::Status(status, _) = trouble {
                        let certain = (400..500).contains(&status) && status != 408;
                        assert_eq!(site.intents().await == 0, certain, "{what}");
                    }
                }
            }
            site.hours().await;
            assert_eq!(site.upstream.live(), site.leased().await, "{what}");
            assert_eq!(site.intents().await, 0, "{what}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_say_what_the_other_server_said() {
    let site = Site::new().await;
    site.roles().await;
    let titled = r#"{"errors":[{"title":"invalid attribute","detail":"not so"},"and more"]}"#;
    for (trouble, text) in [
        (Trouble::Status(401, ""), "unauthorized"),
        (Trouble::Status(404, ""), "resource not found (or the configured token may not do that)"),
        (Trouble::Status(422, titled), "invalid attribute\n\nnot so\nand more"),
        (Trouble::Status(500, "<html>"), "500 Internal Server Error"),
        (Trouble::Status(429, ""), "429 Too Many Requests"),
        (Trouble::DoneAndGarbled, "the server's answer can't be read"),
        (Trouble::DoneAndHuge, "\"127.0.0.1\" answers with more than 1048576 bytes"),
        (Trouble::DoneAndSlow, "\"127.0.0.1\" did not answer within 1 s"),
        (Trouble::Broken, "\"127.0.0.1\" broke the connection off"),
    ] {
        site.upstream.trouble("POST", "", trouble, 9);
        let refused = site.refused(Operation::Read, "terraform/creds/user", Value::Null).await;
        assert_eq!(refused, (500, format!("error creating Terraform token: {text}")));
        site.upstream.recover();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking() {
    let site = Site::new().await;
    site.roles().await;
    for trouble in Trouble::all() {
        let what = format!("{trouble:?}");
        let (lease, data) = site.creds("user").await;
        let id = data["token_id"].as_str().unwrap().to_owned();
        site.upstream.trouble("DELETE", "", trouble.clone(), times(&trouble));
        let answer =
            site.ask(Operation::Update, "sys/leases/revoke", json!({"lease_id": lease})).await;
        site.upstream.recover();
        let gone = matches!(trouble, Trouble::Status(404, _) | Trouble::DoneAndEmpty);
        match answer {
            Ok(_) => assert!(trouble.is_overcome() || gone, "{what}"),
            Err(fault) => {
                let text = fault.sentence();
                let known = "failed to revoke entry: resp: (*logical.Response)(nil) err: error \
                             revoking user token: ";
                assert!(text.starts_with(known), "{what}: {text}");
                assert_eq!(fault.status().as_u16(), 400, "{what}");
                assert_eq!(site.leases().await.len(), 1, "{what}");
            }
        }
        site.hours().await;
        assert!(site.leases().await.is_empty(), "{what}");
        // An upstream that says that a token is gone is believed.
        let lied = matches!(trouble, Trouble::Status(404, _));
        assert_eq!(site.upstream.live().contains(&id), lied, "{what}");
        site.upstream.state().tokens.clear();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_it_is_said_which_one_is_not_revoked() {
    let site = Site::new().await;
    site.roles().await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(site.creds("user").await);
    }
    made.sort_by(|one, other| one.0.cmp(&other.0));
    let (lease, data) = &made[1];
    let token = data["token_id"].as_str().unwrap();
    site.upstream.trouble("DELETE", token, Trouble::Status(401, ""), 1);
    let path = "sys/leases/revoke-prefix/terraform/creds/user";
    let refused = site.refused(Operation::Update, path, json!({"sync": true})).await;
    let text = format!(
        "failed to revoke {lease:?} (2 / 3): failed to revoke entry: resp: \
         (*logical.Response)(nil) err: error revoking user token: unauthorized"
    );
    assert_eq!(refused, (400, text));
    site.hours().await;
    assert!(site.upstream.live().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_gone_is_revoked_but_not_when_nobody_may_look() {
    let site = Site::new().await;
    site.roles().await;
    let (lease, _) = site.creds("user").await;
    site.upstream.state().tokens.clear();
    site.write("sys/leases/revoke", json!({"lease_id": lease})).await;
    assert!(site.leases().await.is_empty());
    // The token that the engine works with has ended: that nothing is found means nothing.
    let (lease, _) = site.creds("user").await;
    site.upstream.trouble("DELETE", "", Trouble::Status(404, ""), 1);
    site.upstream.trouble("GET", "account/details", Trouble::Status(401, ""), 1);
    let body = json!({"lease_id": lease});
    let refused = site.refused(Operation::Update, "sys/leases/revoke", body).await;
    assert!(refused.1.ends_with("error revoking user token: unauthorized"), "{refused:?}");
    site.hours().await;
    assert!(site.upstream.live().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_for_what_was_lost() {
    let site = Site::new().await;
    site.roles().await;
    for (method, part) in [("GET", "authentication-tokens"), ("DELETE", "authentication-tokens")] {
        for trouble in Trouble::all() {
            let what = format!("{method}: {trouble:?}");
            site.upstream.trouble("POST", "", Trouble::DoneAndBroken, 1);
            site.refused(Operation::Read, "terraform/creds/team", Value::Null).await;
            assert_eq!((site.upstream.live().len(), site.intents().await), (1, 1), "{what}");
            site.upstream.trouble(method, part, trouble.clone(), times(&trouble));
            site.advance(200);
            site.expire().await;
            site.upstream.recover();
            // An upstream that says that a token is gone is believed.
            let lied = method == "DELETE" && matches!(trouble, Trouble::Status(404, _));
            if !lied {
                site.assert_nothing_is_lost(&what).await;
            }
            site.hours().await;
            assert_eq!(site.upstream.live().len(), usize::from(lied), "{what}");
            assert_eq!(site.intents().await, 0, "{what}");
            site.upstream.state().tokens.clear();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn making_the_one_token_of_a_role() {
    for (role, body) in
        [("org", json!({"organization": "acme"})), ("old", json!({"team_id": "team-1"}))]
    {
        for (method, part) in [("POST", ""), ("GET", "/authentication-token"), ("GET", "s/")] {
            for trouble in Trouble::all() {
                let what = format!("{role} {method} {part}: {trouble:?}");
                let site = Site::new().await;
                let path = format!("terraform/role/{role}");
                // Of a new role nothing may be left; one that is there must have a token in the end.
                for exists in [false, true] {
                    site.upstream.trouble(method, part, trouble.clone(), times(&trouble));
                    let answer = site.ask(Operation::Update, &path, body.clone()).await;
                    site.upstream.recover();
                    let hidden = method == "GET" && matches!(trouble, Trouble::Status(404, _));
                    match &answer {
                        Ok(_) => assert!(
                            trouble.is_overcome()
                                || (method == "GET"
                                    && (hidden || matches!(trouble, Trouble::DoneAndEmpty))),
                            "{what}"
                        ),
                        Err(fault) => assert!(
                            fault.sentence().starts_with("error creating Terraform token: "),
                            "{what}"
                        ),
                    }
                    site.hours().await;
                    assert_eq!(site.intents().await, 0, "{what}");
                    if answer.is_err() && !exists {
                        assert!(site.upstream.live().is_empty(), "{what}");
                        site.write(&path, body.clone()).await;
                    }
                    let creds = site.data(&format!("terraform/creds/{role}")).await;
                    let live = site.upstream.live();
                    assert_eq!(live.len(), 1, "{what}");
                    let id = creds["token_id"].as_str().unwrap();
                    assert!(live.contains(id), "{what}: {creds} of {live:?}");
                    assert_eq!(creds["token"], json!(site.upstream.token(id).value), "{what}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bound_role_is_written_only_when_its_tokens_can_be_made() {
    let site = Site::new().await;
    let body = json!({"organization": "acme", "workspace": "network", "access": "write"});
    for (method, part) in [("POST", "access-keys"), ("GET", "workspaces/network")] {
        for trouble in Trouble::all().into_iter().filter(|trouble| !trouble.is_overcome()) {
            let what = format!("{method} {part}: {trouble:?}");
            site.upstream.trouble(method, part, trouble.clone(), 9);
            let answer = site.ask(Operation::Update, "terraform/role/ci", body.clone()).await;
            site.upstream.recover();
            if method == "GET" && matches!(trouble, Trouble::DoneAndEmpty) {
                assert!(answer.is_ok(), "{what}");
                site.ok(Operation::Delete, "terraform/role/ci", Value::Null).await;
                continue;
            }
            assert!(answer.is_err(), "{what}");
            assert!(site.ok(Operation::Read, "terraform/role/ci", Value::Null).await.is_none());
            // What was perhaps made ends by itself in a minute.
            for token in site.upstream.state().tokens.values() {
                let minute = Duration::from_mins(1);
                let end = super::super::client::whole_seconds(site.now().plus(minute));
                assert_eq!(token.attributes["expired-at"], json!(end), "{what}");
            }
            site.upstream.state().tokens.clear();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asked_is_gone_when_the_token_is_made() {
    let site = Site::new().await;
    site.roles().await;
    site.write("terraform/config", json!({"request_timeout": "30s"})).await;
    let policy = json!({"policy": "path \"terraform/*\" { capabilities = [\"read\"] }"});
    site.write("sys/policies/acl/reader", policy).await;
    for (path, body) in [("auth/token/revoke", true), ("sys/mounts/terraform", false)] {
        let body_of = json!({"policies": ["reader"]});
        let made = site.ok(Operation::Update, "auth/token/create", body_of).await.unwrap();
        let token = made.auth.unwrap().client_token;
        site.upstream.trouble("POST", "", Trouble::DoneAndSlow, 1);
        let ask = site.ask_as(&token, Operation::Read, "terraform/creds/user", Value::Null);
        let end = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            if body {
                site.write(path, json!({"token": token.expose()})).await;
            } else {
                site.ok(Operation::Delete, path, Value::Null).await;
            }
        };
        let (answer, ()) = tokio::join!(ask, end);
        assert!(answer.is_err(), "{path}");
        assert!(site.upstream.live().is_empty() && site.leases().await.is_empty(), "{path}");
        site.hours().await;
        assert_eq!(site.intents().await, 0, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_made_after_the_first_look_is_found_by_the_next() {
    let site = Site::new().await;
    site.roles().await;
    site.upstream.trouble("POST", "", Trouble::DoneLate, 1);
    site.refused(Operation::Read, "terraform/creds/team", Value::Null).await;
    site.advance(200);
    site.expire().await;
    assert_eq!((site.upstream.live().len(), site.intents().await), (0, 1));
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(site.upstream.live().len(), 1);
    site.advance(301);
    site.expire().await;
    assert_eq!((site.upstream.live().len(), site.intents().await), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mount_that_is_taken_away_looks_for_what_was_lost_first() {
    let site = Site::new().await;
    site.roles().await;
    site.upstream.trouble("POST", "", Trouble::DoneAndBroken, 1);
    site.refused(Operation::Read, "terraform/creds/team", Value::Null).await;
    assert_eq!((site.upstream.live().len(), site.intents().await), (1, 1));
    site.ok(Operation::Delete, "sys/mounts/terraform", Value::Null).await;
    assert_eq!((site.upstream.live().len(), site.intents().await), (0, 0));
}
