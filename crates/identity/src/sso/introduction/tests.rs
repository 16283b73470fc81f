//! Identities in order and not.

use serde_json::json;

use super::*;

fn provider() -> Provider {
    Provider::new("https://login.example", "stateward")
}

fn claims(value: Value) -> Claims {
    Claims::new(value.as_object().unwrap().clone())
}

#[test]
fn only_the_answer_to_our_own_request_is_believed() {
    let good = json!({"iss": "https://login.example", "aud": "stateward", "nonce": "n"});
    let with = |key: &str, value: Value| {
        let mut changed = good.clone();
        changed[key] = value;
        check(&claims(changed), &provider(), "n")
    };
    assert!(check(&claims(good.clone()), &provider(), "n").is_ok());
    assert!(with("aud", json!(["stateward"])).is_ok());
    assert!(with("azp", json!("stateward")).is_ok());
    for (key, value) in [
        ("iss", json!("https://login.example/")),
        ("iss", json!("https://evil.example")),
        ("iss", Value::Null),
        ("aud", json!("another")),
        ("aud", json!([])),
        ("aud", Value::Null),
        // For several, and nobody says who asked.
        ("aud", json!(["stateward", "another"])),
        ("azp", json!("another")),
        ("nonce", json!("m")),
        ("nonce", json!("")),
        ("nonce", Value::Null),
    ] {
        let error = with(key, value.clone()).unwrap_err();
        assert_eq!(error.kind(), Kind::Forbidden, "{key} {value}");
    }
    let several = json!({"iss": "https://login.example", "aud": ["stateward", "another"],
        "azp": "stateward", "nonce": "n"});
    assert!(check(&claims(several), &provider(), "n").is_ok());
}

#[test]
fn what_is_said_is_read_from_both_answers() {
    let provider = provider();
    let told = claims(json!({"sub": "s", "groups": ["a", 7]}));
    let more = claims(json!({"sub": "s", "email": "ada@example.com", "email_verified": true,
        "preferred_username": "ada", "groups": ["b"]}));
    assert!(is_silent(&told, &provider));
    let read = read(&told, Some(&more), &provider).unwrap();
    assert_eq!(read.subject, "s");
    assert_eq!(read.email.as_deref(), Some("ada@example.com"));
    assert!(read.email_verified);
    assert_eq!(read.name, "ada");
    // What the identity says itself comes first.
    assert_eq!(read.groups, ["a", "7"]);
}

#[test]
fn two_answers_about_different_people_are_refused() {
    let told = claims(json!({"sub": "s"}));
    for other in [json!({"sub": "t"}), json!({})] {
        assert!(read(&told, Some(&claims(other)), &provider()).is_err());
    }
    for sub in [json!(""), json!(null), json!("a\nb"), json!("x".repeat(256))] {
        assert!(read(&claims(json!({"sub": sub})), None, &provider()).is_err());
    }
}

#[test]
fn an_address_is_verified_only_if_the_server_says_so() {
    let verified = |issuer: &str, claim: &str, value: Value| {
        let mut told = json!({"sub": "s", "email": "ada@example.com"});
        told[claim] = value;
        let provider = Provider::new(issuer, "stateward");
        read(&claims(told), None, &provider).unwrap().email_verified
    };
    let (usual, entra) = ("https://login.example", "https://login.microsoftonline.com/x/v2.0");
    assert!(verified(usual, "email_verified", json!(true)));
    assert!(verified(usual, "email_verified", json!("true")));
    assert!(!verified(usual, "email_verified", json!(false)));
    assert!(!verified(usual, "email_verified", json!("yes")));
    assert!(!verified(usual, "other", json!(true)));
    assert!(verified(entra, "xms_edov", json!(1)));
    assert!(!verified(usual, "xms_edov", json!(true)));
    let broken = claims(json!({"sub": "s", "email": "not an address", "email_verified": true}));
    let read = read(&broken, None, &provider()).unwrap();
    assert!(read.email.is_none() && !read.email_verified);
    // Verified is the address of the same answer only.
    let told = claims(json!({"sub": "s", "email": "ada@example.com"}));
    let more = claims(json!({"sub": "s", "email": "eve@example.com", "email_verified": true}));
    let read = super::read(&told, Some(&more), &provider()).unwrap();
    assert_eq!((read.email.as_deref(), read.email_verified), (Some("ada@example.com"), false));
}

#[test]
fn groups_that_are_left_out_are_not_none() {
    let told = claims(json!({"sub": "s", "_claim_names": {"groups": "src1"}}));
    let error = read(&told, None, &provider()).unwrap_err();
    assert!(error.to_string().contains("more groups"), "{error}");
    let told = claims(json!({"sub": "s", "_claim_names": {"photo": "src1"}}));
    assert!(read(&told, None, &provider()).unwrap().groups.is_empty());
    let nested = Provider { groups_claim: "realm_access.roles".to_owned(), ..provider() };
    let told = claims(json!({"sub": "s", "realm_access": {"roles": ["ops"]}}));
    assert_eq!(read(&told, None, &nested).unwrap().groups, ["ops"]);
}
