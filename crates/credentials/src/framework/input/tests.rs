//! Values in all their forms. The texts are those that OpenBao 2.7.2 answered.

use serde_json::json;

use super::*;

const fn field(name: &'static str, kind: FieldKind) -> Field {
    Field { name, kind, description: "" }
}

const FIELDS: &[Field] = &[
    field("name", FieldKind::LowerText),
    field("text", FieldKind::Text),
    field("number", FieldKind::Integer),
    field("truth", FieldKind::Boolean),
    field("length", FieldKind::Duration),
    field("map", FieldKind::Map),
    field("pairs", FieldKind::Pairs),
    field("texts", FieldKind::Texts),
    field("list", FieldKind::List),
];

fn input(body: Value) -> Input {
    let Value::Object(body) = body else { panic!("no object") };
    Input::new(FIELDS, &[("name", "Ada".to_owned())], body)
}

#[test]
fn values_are_read_weakly() {
    let read = input(json!({
        "text": 7, "number": "7", "truth": "T", "length": "1m", "texts": " a , b", "list": "a,b",
        "pairs": ["a=b", "c=d=e"],
    }));
    assert!(read.check().is_ok());
    assert_eq!(read.text("name").unwrap().as_deref(), Some("ada"));
    assert_eq!(read.text("text").unwrap().as_deref(), Some("7"));
    assert_eq!(read.integer("number").unwrap(), Some(7));
    assert_eq!(read.boolean("truth").unwrap(), Some(true));
    assert_eq!(read.duration("length").unwrap(), Some(Duration::from_mins(1)));
    assert_eq!(read.texts("texts").unwrap().unwrap(), ["a", "b"]);
    assert_eq!(read.texts("list").unwrap().unwrap(), ["a,b"]);
    let pairs = [("a", "b"), ("c", "d=e")].map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(read.pairs("pairs").unwrap().unwrap(), pairs);
    assert_eq!(read.text("absent").unwrap(), None);
}

#[test]
fn null_is_nothing_of_its_kind_but_no_length_of_time() {
    let read = input(json!({
        "text": null, "number": null, "truth": null, "length": null, "map": null, "pairs": null,
        "texts": null, "list": null, "other": null,
    }));
    assert!(read.check().is_ok());
    assert_eq!(read.text("text").unwrap().as_deref(), Some(""));
    assert_eq!(read.integer("number").unwrap(), Some(0));
    assert_eq!(read.boolean("truth").unwrap(), Some(false));
    assert_eq!(read.duration("length").unwrap(), None);
    assert!(read.map("map").unwrap().is_none());
    assert_eq!(read.pairs("pairs").unwrap(), Some(Vec::new()));
    assert_eq!(read.texts("texts").unwrap(), Some(Vec::new()));
    assert_eq!(read.texts("list").unwrap(), Some(Vec::new()));
    assert_eq!(read.unknown(), ["other"]);
}

#[test]
fn the_path_counts_over_the_body() {
    let read = input(json!({"name": "grace", "b": 1, "a": 1}));
    assert_eq!(read.text("name").unwrap().as_deref(), Some("ada"));
    assert_eq!(read.replaced(), ["name"]);
    assert_eq!(read.unknown(), ["a", "b"]);
}

#[test]
fn what_can_not_be_read_is_refused_as_clients_know_it() {
    let unparsable = |kind: &str, function: &str| {
        format!("'' cannot parse value as '{kind}': strconv.{function}: invalid syntax")
    };
    let unconvertible = |kind: &str, given: &str| {
        format!("'' expected type '{kind}', got unconvertible type '{given}'")
    };
    let listed = |items: &str| format!("decoding failed due to the following error(s):\n\n{items}");
    let no_text = |position: usize, given: &str| {
        format!("'[{position}]' expected type 'string', got unconvertible type '{given}'")
    };
    let (map, array) = ("map[string]interface {}", "[]interface {}");
    for (name, value, why) in [
        ("text", json!([1]), unconvertible("string", array)),
        ("number", json!("many"), unparsable("int", "ParseInt")),
        ("number", json!(1.5), unparsable("int", "ParseInt")),
        ("number", json!({}), unconvertible("int", map)),
        ("truth", json!("perhaps"), unparsable("bool", "ParseBool")),
        ("truth", json!(2), unparsable("bool", "ParseBool")),
        ("truth", json!({}), unconvertible("bool", map)),
        ("length", json!("x"), "time: invalid duration \"x\"".to_owned()),
        ("length", json!([1]), "could not parse duration from input".to_owned()),
        ("map", json!("text"), unconvertible(map, "string")),
        ("pairs", json!("text"), "invalid key pair at index 0 in field \"pairs\"".to_owned()),
        ("pairs", json!(["a=b", 1]), "invalid key pair at index 1 in field \"pairs\"".to_owned()),
        ("pairs", json!({"a": [1]}), listed(&no_text(0, map))),
        ("list", json!({"a": 1}), listed(&no_text(0, map))),
        (
            "texts",
            json!(["a", [], {}]),
            listed(&format!("{}\n{}", no_text(1, array), no_text(2, map))),
        ),
    ] {
        let refused = input(json!({ name: value })).check().unwrap_err();
        let text = format!("error converting input for field {name:?}: {why}");
        assert_eq!(refused.errors(), [text], "{name}: {value}");
    }
}
