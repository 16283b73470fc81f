//! Reading the language.

use proptest::prelude::*;

use super::*;

/// A value as it would stand in JSON, with keys joined.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Float(value) => format!("{value:?}"),
        Value::Text(text) => format!("{text:?}"),
        Value::List(nodes) => {
            let values: Vec<_> = nodes.iter().map(|node| shown(&node.value)).collect();
            format!("[{}]", values.join(" "))
        }
        Value::Object(items) => format!("{{{}}}", all(items)),
    }
}

fn all(items: &[Item]) -> String {
    let items = items.iter().map(|item| {
        let keys: Vec<_> = item.keys.iter().map(|key| key.name.as_str()).collect();
        format!("{}={}", keys.join("/"), shown(&item.node.value))
    });
    items.collect::<Vec<_>>().join(" ")
}

fn reads(text: &str) -> String {
    match read(text) {
        Ok(items) => all(&items),
        Err(error) => format!("{}: {}", error.at, error.message),
    }
}

#[test]
fn texts_are_read_as_servers_have_always_read_them() {
    for (text, expected) in [
        ("", ""),
        (" # only\n// some\n/* comments * / */ \r\n\t", ""),
        ("a = 1", "a=1"),
        ("a = 1 b = 2", "a=1 b=2"),
        ("a = 1, b = 2,", "a=1 b=2"),
        ("\u{feff}a=1", "a=1"),
        (r#"path "a/b" { x = "y" }"#, r#"path/a/b={x="y"}"#),
        (r#""path" "a" {}"#, "path/a={}"),
        ("path a.b-c_1 {}", "path/a.b-c_1={}"),
        ("a { b { c = [] } }", "a={b={c=[]}}"),
        ("a = { \"b\" = [\"c\", 1, true,] }", r#"a={b=["c" 1 true]}"#),
        ("a = [[1], {b = 2}]", "a=[[1] {b=2}]"),
        (
            "a = -5 b = 0x1F c = 017 d = 1.5 e = 1e3 f = -0.5",
            "a=-5 b=31 c=15 d=1.5 e=1000.0 f=-0.5",
        ),
        (r#"a = "\n\t\"\\\u00e9\U0001f600\x41\101${b}""#, r#"a="\n\t\"\\é😀AA${b}""#),
        ("größe = 1", "größe=1"),
        (r#"{"a": {"b": [1, null, true, "c"]}, "d": 2.5}"#, r#"a={b=[1 null true "c"]} d=2.5"#),
        (r#" {"a": 1, } "#, "a=1"),
        (r#"{"a": "\ud83d\ude00\/"}"#, r#"a="😀/""#),
        ("{}", ""),
    ] {
        assert_eq!(reads(text), expected, "{text}");
    }
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    for (text, expected) in [
        ("a", "1: expected '=' or '{', found the end of the text"),
        (r#"path "a""#, "8: expected '{', found the end of the text"),
        (r#"path "a" = {}"#, "9: expected '{', found '='"),
        ("= 5", "0: expected a key, found '='"),
        ("}", "0: expected a key, found '}'"),
        ("a = }", "4: expected a value, found '}'"),
        ("a = read", "4: expected a value, found \"read\""),
        ("a = null", "4: expected a value, found \"null\""),
        ("a {", "3: expected a key, found the end of the text"),
        ("a = [1 2]", "7: expected ',' or ']', found the number 2"),
        ("a = [,]", "5: expected a value, found ','"),
        ("a = 08", "4: no such number"),
        ("a = 1e999", "4: no such number"),
        ("a = 5d", "4: no such number"),
        ("a = 99999999999999999999", "4: no such number"),
        ("a: 1", "1: expected '=' or '{', found ':'"),
        ("a = 1;", "5: illegal character ';'"),
        ("a = 'b'", "4: illegal character '\\''"),
        ("a = \"b\n\"", "4: the string does not end on its line"),
        ("a = \"b", "4: the string does not end on its line"),
        ("a = \"\\q\"", "5: illegal escape in a string"),
        ("a = \"\\ud800\"", "5: illegal escape in a string"),
        ("a = \"\\u12\"", "5: illegal escape in a string"),
        ("/* a", "0: the comment does not end"),
        ("a = <<E\nb\nE\n", "4: write a string in quotes instead of a heredoc"),
        (r#"{"a" 1}"#, "5: expected ':', found the number 1"),
        (r"{a: 1}", "1: expected a key in quotes, found \"a\""),
        (r#"{"a": 1 "b": 2}"#, "8: expected ',' or '}', found a string"),
        (r#"{"a": 1} x"#, "9: expected the end of the text, found \"x\""),
        (r#"{"a": 1"#, "7: expected ',' or '}', found the end of the text"),
    ] {
        assert_eq!(reads(text), expected, "{text}");
    }
}

#[test]
fn depth_has_an_end() {
    let lists = |depth| format!("a = {}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(read(&lists(MAX_DEPTH)).is_ok());
    for text in [
        lists(MAX_DEPTH + 1),
        lists(1_000_000),
        "[".repeat(1_000_000),
        format!("a = {}", "[".repeat(1_000_000)),
        "a {".repeat(300_000),
        "{\"a\":".repeat(200_000),
    ] {
        assert!(read(&text).is_err());
    }
}

/// Pieces of the language, so that more than the beginning of a text is reached.
pub(crate) fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        "=",
        ":",
        ",",
        "\"",
        "\\",
        "\n",
        " ",
        "#",
        "/*",
        "*/",
        "//",
        "<<",
        "path",
        "\"a/+/b*\"",
        "\"{{identity.entity.id}}\"",
        "{{",
        "}}",
        "capabilities",
        "[\"read\"]",
        "[\"deny\"]",
        "policy",
        "\"write\"",
        "allowed_parameters",
        "required_parameters",
        "min_wrapping_ttl",
        "\"1h\"",
        "expiration",
        "name",
        "true",
        "null",
        "-1",
        "0x",
        "1.5",
        "1e9",
        "\"\\u00e9\"",
        "é",
        "\0",
        "path \"a\" { ",
        "{\"path\": {\"a\": ",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_pieces_make_it_panic(text in pieces()) {
        let _ = read(&text);
    }

    #[test]
    fn strings_are_read_as_they_were_written(text in "[^\0\n]*") {
        let quoted = text.replace('\\', "\\\\").replace('"', "\\\"");
        prop_assert_eq!(reads(&format!("a = \"{quoted}\"")), format!("a={text:?}"));
        let json = serde_json::json!({ "a": text });
        prop_assert_eq!(reads(&json.to_string()), format!("a={text:?}"));
    }

    #[test]
    fn whole_json_is_read_as_json(integer in any::<i64>(), float in -1e15..1e15, text in ".*") {
        prop_assume!(integer != i64::MIN);
        let json = serde_json::json!({ "a": [integer, { "b": text }], "c": float });
        let expected = format!("a=[{integer} {{b={text:?}}}] c={float:?}");
        prop_assert_eq!(reads(&json.to_string()), expected);
    }
}
