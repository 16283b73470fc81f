//! Whom a trust lets in.

use kernel::Id;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::access::ProjectLevel;

fn trust(audience: &str, rules: Value) -> Trust {
    Trust {
        id: Id::generate(),
        organization_id: Id::generate(),
        name: "ci".to_owned(),
        issuer: "https://issuer.example".to_owned(),
        audience: audience.to_owned(),
        rules: serde_json::from_value(rules).unwrap(),
        keys: Keys::Discovered,
        gives: Gives::Level(Box::new(Placed::Organization(ProjectLevel::Read))),
        place_name: None,
        created_by: None,
        created_at: Timestamp::from_micros(0),
        updated_at: Timestamp::from_micros(0),
    }
}

fn claims(value: &Value) -> Claims {
    Claims::new(value.as_object().unwrap().clone())
}

#[test]
fn all_rules_and_the_audience_must_hold() {
    let ours = audiences_of("https://tf.example.org");
    let identity = claims(&json!({
        "aud": "tf.example.org",
        "sub": "repo:acme/app:ref:refs/heads/main",
        "repository": "acme/app",
        "environment": "prod",
        "groups": ["ops", "dev"],
        "ref_protected": true,
        "run_attempt": 2,
        "kubernetes.io": {"namespace": "ci"},
        "nothing": null,
    }));
    let claim = |name: &str| Err(Mismatch::Claim(name.to_owned()));
    for (audience, rules, expected) in [
        ("", json!([{"claim": "repository", "equals": "acme/app"}]), Ok(())),
        ("", json!([{"claim": "repository", "equals": "acme/App"}]), claim("repository")),
        ("", json!([{"claim": "sub", "like": "repo:acme/*"}]), Ok(())),
        ("", json!([{"claim": "sub", "like": "repo:acme/app"}]), claim("sub")),
        ("", json!([{"claim": "environment", "one-of": ["stage", "prod"]}]), Ok(())),
        ("", json!([{"claim": "environment", "one-of": ["stage"]}]), claim("environment")),
        ("", json!([{"claim": "groups", "equals": "dev"}]), Ok(())),
        ("", json!([{"claim": "groups", "like": "o?s"}]), Ok(())),
        ("", json!([{"claim": "groups", "equals": "root"}]), claim("groups")),
        ("", json!([{"claim": "ref_protected", "equals": "true"}]), Ok(())),
        ("", json!([{"claim": "run_attempt", "equals": "2"}]), Ok(())),
        ("", json!([{"claim": "kubernetes.io.namespace", "equals": "ci"}]), Ok(())),
        ("", json!([{"claim": "kubernetes.io", "like": "*"}]), claim("kubernetes.io")),
        ("", json!([{"claim": "nothing", "like": "*"}]), claim("nothing")),
        ("", json!([{"claim": "missing", "like": "*"}]), claim("missing")),
        (
            "",
            json!([
                {"claim": "repository", "equals": "acme/app"},
                {"claim": "environment", "equals": "stage"},
            ]),
            claim("environment"),
        ),
        ("else", json!([{"claim": "repository", "equals": "acme/app"}]), Err(Mismatch::Audience)),
    ] {
        let trust = trust(audience, rules);
        assert_eq!(trust.admit(&identity, &ours), expected, "{:?}", trust.rules);
    }
}

proptest! {
    /// Another rule never lets more in.
    #[test]
    fn rules_only_narrow(
        pairs in proptest::collection::vec(("[ab]", "[xy*]{1,2}"), 1..5),
        found in proptest::collection::btree_map("[ab]", "[xy]{1,2}", 0..3),
    ) {
        let identity = claims(&json!(found));
        let rules: Vec<Rule> = pairs
            .into_iter()
            .map(|(claim, pattern)| Rule { claim, wish: Wish::Like(pattern) })
            .collect();
        let admits = |rules: &[Rule]| rules.iter().all(|rule| rule.holds(&identity));
        for count in 1..rules.len() {
            prop_assert!(admits(&rules[..count]) || !admits(&rules));
        }
    }

    /// A list of values is what each of them is.
    #[test]
    fn a_list_is_any_of_its_values(wanted in proptest::collection::vec("[a-c]", 1..4), value in "[a-d]") {
        let identity = claims(&json!({"x": value}));
        let rule = |wish| Rule { claim: "x".to_owned(), wish };
        let each = wanted.iter().any(|one| rule(Wish::Equals(one.clone())).holds(&identity));
        prop_assert_eq!(rule(Wish::OneOf(wanted)).holds(&identity), each);
    }
}
