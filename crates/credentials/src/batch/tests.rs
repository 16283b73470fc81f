//! Nobody makes a batch token, changes one, or makes one of something else that is sealed here; and
//! what was sealed comes out as it was.

use std::time::Duration;

use barrier::random_bytes;
use identity::Networks;
use proptest::prelude::*;
use serde_json::{Map, json};

use super::*;
use crate::token::TokenKind;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn key(byte: u8) -> DataKey {
    DataKey::of_root("test", [byte; 32]).unwrap()
}

fn token(parent: Option<TokenHash>, policies: Vec<String>, networks: &str) -> Token {
    Token {
        hash: [0; 32],
        kind: TokenKind::Batch,
        accessor: String::new(),
        parent,
        path: "auth/userpass/login/ada".to_owned(),
        display_name: "userpass-ada".to_owned(),
        policies,
        meta: Map::from_iter([("username".to_owned(), json!("ada"))]),
        uses_left: 0,
        created_at: Timestamp::from_micros(1_795_358_942_123_456),
        creation_ttl: Duration::from_hours(1),
        expires_at: Some(Timestamp::from_micros(1_795_362_542_123_456)),
        last_renewal_at: None,
        explicit_max_ttl: Duration::ZERO,
        period: Duration::ZERO,
        renewable: false,
        orphan: parent.is_none(),
        role: "ci".to_owned(),
        networks: Networks::parse(networks).unwrap(),
        entity_id: "8d02db28-6da5-2cd0-82e2-9732800f4bae".to_owned(),
        login: Map::from_iter([("limits".to_owned(), json!({"lifetime": 60, "networks": ""}))]),
        entity: None,
    }
}

fn sealed() -> String {
    seal(&key(1), &token(None, vec!["default".to_owned()], ""), "mount").unwrap().into_exposed()
}

/// The same with the right checksum, so that it is opened at all.
fn checked(text: &str) -> String {
    barrier::with_checksum(text[..text.len() - 6].to_owned())
}

proptest! {
    #[test]
    fn what_was_sealed_comes_out(
        parent in any::<Option<[u8; 32]>>(),
        policies in prop::collection::vec(".{0,20}", 0..5),
        network in prop::sample::select(vec!["", "10.0.0.0/8", "::1/128 192.168.0.0/16"]),
        mount in ".{0,40}",
    ) {
        let token = token(parent, policies, network);
        let value = seal(&key(1), &token, &mount).unwrap();
        let opened = open(&key(1), value.expose()).unwrap();
        prop_assert_eq!(format!("{:?}", opened.token), format!("{token:?}"));
        prop_assert_eq!(opened.mount, mount);
        prop_assert!(open(&key(2), value.expose()).is_none());
    }

    #[test]
    fn a_changed_token_is_none(position in 4..400_usize, other in 0..64_usize, checks in any::<bool>()) {
        let value = sealed();
        let (position, other) = (4 + position % (value.len() - 4), char::from(ALPHABET[other]));
        let mut changed = value.clone();
        changed.replace_range(position..=position, &other.to_string());
        if checks {
            changed = checked(&changed);
        }
        prop_assert!(changed == value || open(&key(1), &changed).is_none());
    }

    #[test]
    fn a_part_of_one_is_none(length in 0..400_usize) {
        let value = sealed();
        let part = &value[..length % value.len()];
        prop_assert!(open(&key(1), part).is_none());
        let again = barrier::with_checksum(part.to_owned());
        prop_assert!(again == value || open(&key(1), &again).is_none());
        let longer = value.clone() + part + "A";
        prop_assert!(open(&key(1), &longer).is_none());
    }

    #[test]
    fn what_nobody_sealed_is_none(bytes in prop::collection::vec(any::<u8>(), 0..300), text in ".{0,300}") {
        prop_assert!(open(&key(1), &form::write(&bytes)).is_none());
        let text = "hvb.".to_owned() + &text;
        prop_assert!(open(&key(1), &text).is_none());
    }

    #[test]
    fn what_was_sealed_for_something_else_is_none(place in "[a-z_:]{0,30}") {
        let bytes = payload::write(&token(None, Vec::new(), ""), "mount").unwrap();
        let other = form::write(&key(1).seal(place.as_bytes(), &bytes).unwrap());
        prop_assert!(place.as_bytes() == PLACE || open(&key(1), &other).is_none());
    }

    #[test]
    fn what_is_no_payload_is_none(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(payload::read(&bytes).is_none());
        let versioned = [&[1], bytes.as_slice()].concat();
        prop_assert!(payload::read(&versioned).is_none());
    }
}

#[test]
fn they_look_like_those_that_scanners_know() {
    let value = sealed();
    let (start, rest) = value.split_at(4);
    assert_eq!(start, "hvb.");
    assert!(rest.len() > 138 && rest.bytes().all(|byte| ALPHABET.contains(&byte)), "{value}");
    assert!(barrier::without_checksum(&value).is_some());
    assert_ne!(sealed(), value, "each is sealed under a nonce of its own");
    assert!(form::is_batch(&value) && !form::is_batch("hvs.x") && !form::is_batch(""));
}

#[test]
fn a_form_that_is_not_known_is_none() {
    let mut bytes = payload::write(&token(None, Vec::new(), ""), "mount").unwrap();
    assert!(payload::read(&bytes).is_some());
    bytes[0] = 2;
    assert!(payload::read(&bytes).is_none());
    let read = |json: &str| payload::read(&[&[1], json.as_bytes()].concat());
    assert!(read(r#"{"m":"","a":"","n":"","p":[],"c":0,"t":1}"#).is_some());
    for json in [
        "{}",
        r#"{"m":"","a":"","n":"","p":[],"c":0}"#,
        r#"{"m":"","a":"","n":"","p":[],"c":0,"t":-1}"#,
        r#"{"m":"","a":"","n":"","p":[],"c":0,"t":1,"x":1}"#,
        r#"{"m":"","a":"","n":"","p":[],"c":0,"t":1,"u":"short"}"#,
        r#"{"m":"","a":"","n":"","p":[],"c":0,"t":1,"i":"everywhere"}"#,
    ] {
        assert!(read(json).is_none(), "{json}");
    }
}

#[test]
fn one_that_is_too_long_is_not_even_looked_at() {
    let long = form::write(&vec![0; form::LONGEST]);
    assert!(form::read(&long).is_none());
    let short = form::write(&random_bytes::<64>());
    assert!(form::read(&short).is_some());
    assert!(form::read(&format!("{short}A")).is_none());
}
