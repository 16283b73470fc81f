//! What roles take, refuse and show.

use serde_json::json;

use super::*;

fn merged(role: &Role, body: Value) -> Result<Role, Vec<String>> {
    let Value::Object(body) = body else { panic!("an object") };
    let mut role = role.clone();
    match role.merge(&Input::new(super::super::fields::ROLE, &[], body)) {
        Ok(()) => Ok(role),
        Err(fault) => Err(fault.errors()),
    }
}

#[test]
fn the_kind_follows_from_what_is_named() {
    let blank = Role::default();
    let table = [
        (json!({"organization": "acme"}), CredentialType::Organization, None),
        (json!({"team_id": "team-1"}), CredentialType::TeamLegacy, Some("team_legacy")),
        (
            json!({"team_id": "team-1", "credential_type": "team"}),
            CredentialType::Team,
            Some("team"),
        ),
        (json!({"user_id": "user-1", "ttl": "1h"}), CredentialType::User, Some("user")),
        (
            json!({"organization": "acme", "team_id": "team-1", "ttl": 120}),
            CredentialType::Organization,
            Some("team"),
        ),
    ];
    for (body, kind, shown) in table {
        let role = merged(&blank, body.clone()).unwrap();
        assert_eq!((role.kind(), role.shown_type()), (kind, shown), "{body}");
    }
}

#[test]
fn what_does_not_go_together_is_refused_in_the_known_words() {
    let blank = Role::default();
    let table = [
        (json!({}), "must provide an organization name, team id, or user id"),
        (
            json!({"user_id": "u", "team_id": "t"}),
            "cannot provide a user_id in combination with organization or team_id",
        ),
        (json!({"user_id": "u", "ttl": 10, "max_ttl": 5}), "ttl cannot be greater than max_ttl"),
        (json!({"credential_type": "org"}), "unrecognized credential type: org"),
        (
            json!({"team_id": "t", "ttl": 10, "max_ttl": 5, "credential_type": "team_legacy"}),
            "ttl cannot be greater than max_ttl",
        ),
        (
            json!({"team_id": "t", "ttl": 10}),
            "cannot provide description, ttl, or max_ttl with credential_type = team_legacy, try \
             credential_type = team.",
        ),
    ];
    for (body, text) in table {
        assert_eq!(merged(&blank, body.clone()).err().unwrap(), [text], "{body}");
    }
}

#[test]
fn what_a_write_leaves_out_stays() {
    let first = json!({"user_id": "user-1", "ttl": "1m", "description": "ci"});
    let role = merged(&Role::default(), first).unwrap();
    let role = merged(&role, json!({"max_ttl": 7200})).unwrap();
    assert_eq!((role.ttl, role.max_ttl, role.description.as_str()), (60, 7200, "ci"));
    let shown = role.shown("my-role");
    assert_eq!(
        Value::Object(shown),
        json!({
            "name": "my-role", "ttl": 60, "max_ttl": 7200, "description": "ci",
            "user_id": "user-1", "credential_type": "user",
        })
    );
}
