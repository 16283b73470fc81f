//! `rotate-root`: of the old token and the new one, exactly one works in the end.

use serde_json::{Value, json};

use super::{
    site::Site,
    upstream::{ROOT, Trouble},
};
use crate::Operation;

const ROTATE: &str = "terraform/rotate-root";

impl Site {
    /// How many tokens of the root's owner live there.
    fn roots(&self) -> usize {
        let state = self.upstream.state();
        let made = state.tokens.values().filter(|token| !token.list.contains("/user-9/"));
        made.count() + usize::from(!state.root_ended)
    }

    /// Whether the engine can work.
    async fn works(&self) -> bool {
        let role = json!({"user_id": "user-9"});
        self.write("terraform/role/probe", role).await;
        let worked = self.ask(Operation::Read, "terraform/creds/probe", Value::Null).await.is_ok();
        self.write("sys/leases/revoke-prefix/terraform/creds/probe", json!({})).await;
        worked
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_token_ends_when_the_new_one_is_kept() {
    let site = Site::new().await;
    site.write("terraform/config", json!({"explicit_max_ttl": "24h"})).await;
    for round in 1..=2 {
        let answer = site.ok(Operation::Update, ROTATE, json!({})).await.unwrap();
        assert!(answer.warnings.is_empty(), "{:?}", answer.warnings);
        let data = answer.data.unwrap();
        assert_eq!(
            (&data["token_owner_type"], &data["owner_id"]),
            (&json!("user"), &json!("user-1"))
        );
        assert_eq!(
            site.data("terraform/config").await["last_vault_rotation"],
            data["last_vault_rotation"]
        );
        assert_eq!(site.roots(), 1, "round {round}");
        assert_eq!(site.intents().await, 0);
    }
    let (_, token) = site.upstream.state().tokens.pop_first().unwrap();
    assert!(token.description.starts_with("Stateward credential engine, root token"));
    assert!(!token.attributes["expired-at"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn teams_and_organizations_rotate_in_their_own_ways() {
    for (kind, id, place) in [
        ("teams", "team-1", "teams/team-1/authentication-tokens"),
        ("organizations", "acme", "organizations/acme/authentication-token"),
    ] {
        let site = Site::bare().await;
        site.upstream.state().root_owner = (kind.to_owned(), id.to_owned());
        site.configure("terraform", json!({})).await;
        let answer = site.ok(Operation::Update, ROTATE, json!({})).await.unwrap();
        assert!(answer.warnings.is_empty(), "{:?}", answer.warnings);
        let seen = site.upstream.requests();
        assert!(seen.contains(&format!("POST {place}")), "{seen:?}");
        assert_eq!(site.roots(), 1, "{kind}");
        assert!(site.works().await, "{kind}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_token_without_known_id_is_told_of() {
    let site = Site::bare().await;
    site.upstream.state().hides_token_ids = true;
    site.configure("terraform", json!({})).await;
    let answer = site.ok(Operation::Update, ROTATE, json!({})).await.unwrap();
    assert!(answer.warnings[0].contains("by hand"), "{:?}", answer.warnings);
    // From then on the id is known.
    let answer = site.ok(Operation::Update, ROTATE, json!({})).await.unwrap();
    assert!(answer.warnings.is_empty());
    assert_eq!(site.roots(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_one_token_works_and_one_lives() {
    let calls = [
        ("POST", "users/user-1/authentication-tokens"),
        ("GET", "account/details"),
        ("DELETE", "authentication-tokens"),
    ];
    for (method, path) in calls {
        for trouble in Trouble::all() {
            let what = format!("{method} {path}: {trouble:?}");
            let site = Site::new().await;
            site.upstream.trouble(
                method,
                path,
                trouble.clone(),
                if trouble.is_overcome() { 1 } else { 9 },
            );
            let answer = site.ask(Operation::Update, ROTATE, json!({})).await;
            match &answer {
                Ok(Some(response)) if method == "DELETE" && !trouble.is_overcome() => {
                    let gone = matches!(trouble, Trouble::Status(404, _));
                    let done = matches!(trouble, Trouble::DoneAndEmpty);
                    assert_eq!(response.warnings.is_empty(), gone || done, "{what}");
                }
                // Old servers say no more than an id of whom a token speaks for.
                Ok(_) if method == "GET" && matches!(trouble, Trouble::DoneAndEmpty) => {}
                Ok(_) => assert!(trouble.is_overcome(), "{what}"),
                Err(fault) => {
                    let text = fault.sentence();
                    assert!(text.starts_with("error rotating the root token: "), "{what}: {text}");
                }
            }
            site.upstream.recover();
            site.hours().await;
            // An upstream that says that a token is gone while it is not is believed.
            let lied = method == "DELETE" && matches!(trouble, Trouble::Status(404, _));
            assert_eq!(site.roots(), if lied { 2 } else { 1 }, "{what}");
            assert!(site.works().await, "{what}");
            assert_eq!(site.intents().await, 0, "{what}");
            // And it can be rotated again.
            site.ok(Operation::Update, ROTATE, json!({})).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organizations_new_token_is_kept_even_if_it_can_not_be_tried() {
    let site = Site::bare().await;
    site.upstream.state().root_owner = ("organizations".to_owned(), "acme".to_owned());
    site.configure("terraform", json!({})).await;
    site.upstream.trouble("GET", "account/details", Trouble::Broken, 1);
    let refused = site.refused(Operation::Update, ROTATE, json!({})).await;
    assert_eq!(refused.0, 500);
    assert!(site.works().await);
    assert_eq!(site.roots(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_is_written_meanwhile_wins() {
    let site = Site::new().await;
    site.upstream.trouble("POST", "users/user-1", Trouble::DoneAndSlow, 1);
    site.write("terraform/config", json!({"request_timeout": "30s"})).await;
    let rotate = site.ask(Operation::Update, ROTATE, json!({}));
    let write = async {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        let second = site.refused(Operation::Update, ROTATE, json!({})).await;
        assert!(second.1.contains("being rotated at this moment"), "{second:?}");
        let body = json!({"token": "another", "skip_verify_token": true});
        site.write("terraform/config", body).await;
    };
    let (rotated, ()) = tokio::join!(rotate, write);
    assert!(rotated.unwrap_err().sentence().contains("was changed while"));
    assert!(!site.works().await);
    site.write("terraform/config", json!({"token": ROOT})).await;
    site.hours().await;
    assert_eq!(site.roots(), 1);
    assert!(site.works().await);
}
