//! What variables can be, as a table.

use kernel::{Kind, WorkspaceId};
use serde_json::{Value, json};

use super::*;
use crate::tests::NOW;

fn change(attributes: Value) -> VariableChange {
    serde_json::from_value(attributes).unwrap()
}

fn owner() -> Owner {
    Owner::Workspace(WorkspaceId::generate())
}

fn made(attributes: Value) -> Variable {
    change(attributes).create(owner(), NOW).unwrap().0
}

/// The fields that a refusal names.
fn fields(error: &Error) -> Vec<&str> {
    let pointers = error.details().iter().filter_map(|detail| detail.pointer.as_deref());
    pointers.map(|pointer| pointer.strip_prefix("/data/attributes/").unwrap()).collect()
}

fn refused(attributes: Value) -> Vec<String> {
    let error = change(attributes).create(owner(), NOW).unwrap_err();
    assert_eq!(error.kind(), Kind::Invalid);
    fields(&error).into_iter().map(str::to_owned).collect()
}

#[test]
fn a_new_variable_has_what_was_sent_and_else_the_least() {
    let (variable, value) =
        change(json!({"key": "region", "category": "terraform"})).create(owner(), NOW).unwrap();
    assert_eq!(value.expose(), "");
    assert!(!variable.hcl && !variable.sensitive && variable.description.is_empty());
    let whole = json!({"key": "TOKEN", "value": "v", "category": "env", "description": "d",
        "hcl": true, "sensitive": true, "version-id": "ignored"});
    let (variable, value) = change(whole).create(owner(), NOW).unwrap();
    assert_eq!((variable.key.as_str(), variable.category), ("TOKEN", Category::Env));
    assert!(variable.hcl && variable.sensitive);
    assert_eq!(value.expose(), "v");
    assert!(variable.value.is_none(), "the value goes its own way");
}

#[test]
fn everything_that_is_wrong_is_named_at_once() {
    assert_eq!(refused(json!({})), ["key", "category"]);
    assert_eq!(refused(json!({"key": null, "category": null})), ["category", "key"]);
    let wrong = json!({"key": "a b", "category": "terraform", "description": "x".repeat(513),
        "value": "x".repeat((256 << 10) + 1)});
    assert_eq!(refused(wrong), ["key", "description", "value"]);
    assert_eq!(refused(json!({"key": "a", "category": "policy-set"})), ["category"]);
    assert_eq!(refused(json!({"key": "a", "category": "env", "value": "a\0b"})), ["value"]);
    assert_eq!(
        refused(json!({"key": "a", "category": "env", "description": "\0"})),
        ["description"]
    );
}

#[test]
fn keys_are_what_terraform_or_an_environment_can_hold() {
    for (category, key, fits) in [
        ("terraform", "instance_count", true),
        ("terraform", "_a-1", true),
        ("terraform", "größe", true),
        ("terraform", "1st", false),
        ("terraform", "-a", false),
        ("terraform", "a.b", false),
        ("terraform", "a b", false),
        ("terraform", "", false),
        ("terraform", "a\n", false),
        ("env", "AWS_REGION", true),
        ("env", "a.b-c", true),
        ("env", "1", true),
        ("env", "A=B", false),
        ("env", "A B", false),
        ("env", "A\u{7}", false),
        ("env", "", false),
    ] {
        let wish = change(json!({"key": key, "category": category}));
        assert_eq!(wish.create(owner(), NOW).is_ok(), fits, "{category} {key:?}");
    }
    let longest = change(json!({"key": "k".repeat(128), "category": "env"}));
    assert!(longest.create(owner(), NOW).is_ok());
    assert_eq!(refused(json!({"key": "k".repeat(129), "category": "env"})), ["key"]);
}

#[test]
fn what_is_not_sent_stays() {
    let before = made(json!({"key": "a", "category": "env", "description": "d", "hcl": true}));
    let (after, value) = change(json!({})).update(&before, NOW).unwrap();
    assert_eq!((after.key.as_str(), after.description.as_str(), after.hcl), ("a", "d", true));
    assert!(value.is_none());
    let clearing = json!({"description": null, "hcl": null, "value": null});
    let (after, value) = change(clearing).update(&before, NOW).unwrap();
    assert_eq!((after.description.as_str(), after.hcl), ("", false));
    assert_eq!(value.unwrap().expose(), "");
}

#[test]
fn a_key_must_fit_the_category_that_it_comes_into() {
    let before = made(json!({"key": "a.b", "category": "env"}));
    let error = change(json!({"category": "terraform"})).update(&before, NOW).unwrap_err();
    assert_eq!(fields(&error), ["key"]);
    assert!(change(json!({"category": "terraform", "key": "a"})).update(&before, NOW).is_ok());
}

#[test]
fn what_a_sensitive_value_is_for_changes_only_with_it() {
    let before = made(json!({"key": "a", "category": "terraform", "sensitive": true}));
    for (attributes, refused) in [
        (json!({"sensitive": false}), vec!["sensitive"]),
        (json!({"sensitive": false, "value": null}), vec!["sensitive"]),
        (json!({"key": "b", "hcl": true}), vec!["key", "hcl"]),
        (json!({"category": "env"}), vec!["category"]),
    ] {
        let error = change(attributes.clone()).update(&before, NOW).unwrap_err();
        assert_eq!(fields(&error), refused, "{attributes}");
    }
    for attributes in [
        json!({"sensitive": false, "value": "new"}),
        json!({"key": "b", "value": "new"}),
        json!({"description": "d"}),
        json!({"sensitive": true, "key": "a", "hcl": false}),
    ] {
        assert!(change(attributes.clone()).update(&before, NOW).is_ok(), "{attributes}");
    }
    // Sending back what was read takes nothing away.
    let (_, value) = change(json!({"value": null})).update(&before, NOW).unwrap();
    assert!(value.is_none());
    let plain = made(json!({"key": "a", "category": "env"}));
    assert!(change(json!({"sensitive": true})).update(&plain, NOW).is_ok());
}

#[test]
fn no_error_quotes_a_value() {
    for value in [json!(424_242), json!(true), json!([424_242]), json!({"a": 424_242}), json!(4.25)]
    {
        let sent = json!({"key": "a", "category": "env", "value": value});
        let error = serde_json::from_value::<VariableChange>(sent).unwrap_err().to_string();
        assert!(!error.contains("4242") && !error.contains("4.25"), "{error}");
        assert!(!error.contains("true"), "{error}");
    }
    let debug = format!("{:?}", change(json!({"value": "canary"})));
    assert!(!debug.contains("canary"), "{debug}");
}
