//! What is a policy and what is not.

use proptest::prelude::*;

use super::*;
use crate::policy::hcl::tests::pieces;

fn refused(text: &str) -> String {
    let error = Policy::parse("test", text).expect_err(text).to_string();
    error.strip_prefix("failed to parse policy: ").unwrap().to_owned()
}

#[test]
fn everything_that_servers_take_is_taken() {
    for text in [
        "",
        "# nothing",
        r#"name = "x""#,
        r#"path "a" {}"#,
        r#"path "/a" { capabilities = [] }"#,
        r#"path "" {} path "*" {} path "a+b*" {} path "a*b" {}"#,
        r#"path "a" { capabilities = ["create","read","update","delete","list","patch","sudo"] }"#,
        r#"path "a" { capabilities = ["scan", "subscribe", "recover"] }"#,
        r#"path "a" { policy = "write" capabilities = ["sudo"] comment = "why" }"#,
        r#"path "a" { policy = "" }"#,
        r#"path "a" { min_wrapping_ttl = "1s"  max_wrapping_ttl = "90s" }"#,
        r#"path "a" { min_wrapping_ttl = 5 max_wrapping_ttl = "1h30m" }"#,
        r#"path "a" { max_wrapping_ttl = "" min_wrapping_ttl = "1h" }"#,
        r#"path "a" { allowed_parameters = { "ttl" = ["1h", "2h"], "*" = [] } }"#,
        r#"path "a" { allowed_parameters { "ttl" = [] } }"#,
        r#"path "a" { denied_parameters = { x = [1, 1.5, true, ["a"], {b = 1}] } }"#,
        r#"path "a" { required_parameters = ["ttl", 5] }"#,
        r#"path "a" { mfa_methods = [] control_group = {} pagination_limit = "5" }"#,
        r#"path "a" { expiration = "2030-01-01T00:00:00Z" }"#,
        r#"path "a" { expiration = 1893456000 }"#,
        r#"path "a/{{identity.entity.id}}/*" {}"#,
        r#"{"path": {"a": {"capabilities": ["read"]}, "b": {"policy": "read"}}}"#,
        r#"{"path": [{"a": {"capabilities": ["read"]}}, {"a": {"capabilities": ["list"]}}]}"#,
        r#"{"name": "x", "path": {}}"#,
        DEFAULT_POLICY,
        RESPONSE_WRAPPING_POLICY,
    ] {
        policy(text);
    }
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (text, expected) in [
        ("path", "At 1:5: expected '=' or '{', found the end of the text"),
        ("\n\npath \"a\" {\n  x = }", "At 4:7: expected a value, found '}'"),
        ("foo {}", "1 error occurred:\n\t* invalid key \"foo\" on line 1\n\n"),
        (
            "path \"a\" { bad = 1\n worse = 2 }",
            "path \"a\": 2 errors occurred:\n\t* invalid key \"bad\" on line 1\n\
             \t* invalid key \"worse\" on line 2\n\n",
        ),
        (
            "path \"a\" {\n  capabilities = [\"read\", \"nope\"]\n}",
            "path \"a\": invalid capability \"nope\" (at 2:27)",
        ),
        (
            "path \"a\" { capabilities = \"read\" }",
            "path \"a\": capabilities must be a list of strings (at 1:27)",
        ),
        (
            "path \"a\" { capabilities = [[]] }",
            "path \"a\": capabilities must be a list of strings (at 1:28)",
        ),
        ("path \"a\" { policy = \"x\" }", "path \"a\": invalid policy \"x\" (at 1:21)"),
        ("path \"a\" { policy = [] }", "path \"a\": invalid policy \"\" (at 1:21)"),
        (
            "path \"a\" { policy = \"read\" policy = \"write\" }",
            "path \"a\": the argument \"policy\" was already set; each argument can only be \
             defined once (at 1:28)",
        ),
        (
            "path \"a/+*\" {}",
            "path \"a/+*\": invalid use of wildcards ('+*' is forbidden) (at 1:6)",
        ),
        (
            "path \"{{a}}/+*\" {}",
            "path \"{{a}}/+*\": invalid use of wildcards ('+*' is forbidden) (at 1:6)",
        ),
        (
            "path \"a/{{x\" {}",
            "path \"a/{{x\": failed to validate policy templating: unbalanced templating \
             characters (at 1:6)",
        ),
        (
            "path \"a/x}}\" {}",
            "path \"a/x}}\": failed to validate policy templating: unbalanced templating \
             characters (at 1:6)",
        ),
        (
            "path \"a\" { min_wrapping_ttl = \"x\" }",
            "path \"a\": error parsing min_wrapping_ttl: time: invalid duration \"x\" (at 1:31)",
        ),
        (
            "path \"a\" { min_wrapping_ttl = -5 }",
            "path \"a\": error parsing min_wrapping_ttl: cannot provide negative value '-5' \
             (at 1:31)",
        ),
        (
            "path \"a\" { min_wrapping_ttl = 5 max_wrapping_ttl = 3 }",
            "path \"a\": max_wrapping_ttl cannot be less than min_wrapping_ttl (at 1:6)",
        ),
        (
            "path \"a\" { denied_parameters = [] }",
            "path \"a\": denied_parameters must be an object of lists (at 1:32)",
        ),
        (
            "path \"a\" { denied_parameters = { a = \"b\" } }",
            "path \"a\": denied_parameters must hold lists, [] for any value (at 1:38)",
        ),
        (
            "path \"a\" { denied_parameters = { a = [] A = [] } }",
            "path \"a\": denied_parameters names \"A\" twice (at 1:41)",
        ),
        (
            "path \"a\" { control_group = { ttl = \"4h\" } }",
            "path \"a\": control_group is not enforced by this server; remove it (at 1:28)",
        ),
        (
            "path \"a\" { pagination_limit = -1 }",
            "path \"a\": pagination_limit must be a number of entries (at 1:31)",
        ),
        (
            "path \"a\" { expiration = \"soon\" }",
            "path \"a\": invalid expiration time: could not parse string as date and time \
             (at 1:25)",
        ),
        ("path \"a\" \"b\" {}", "a path is written as: path \"secret/*\" { … } (at 1:14)"),
        ("path {}", "a path is written as: path \"secret/*\" { … } (at 1:6)"),
        ("path = \"a\"", "a path is written as: path \"secret/*\" { … } (at 1:8)"),
        ("name = []", "name must be a string (at 1:8)"),
        ("{\"path\": {\"a\": []}}", "what a path may must be an object (at 1:16)"),
        ("{\"path\": [\"a\"]}", "path must be an object (at 1:11)"),
        ("path \"a\" { comment \"b\" {} }", "path \"a\": a name too many (at 1:24)"),
    ] {
        assert_eq!(refused(text), expected, "{text}");
    }
}

#[test]
fn a_long_list_of_wrong_keys_is_cut_short() {
    let error = refused(&"x = 1\n".repeat(100_000));
    assert!(error.starts_with("100000 errors occurred:\n\t* invalid key \"x\" on line 1\n"));
    assert_eq!(error.lines().count(), 12);
}

#[test]
fn texts_have_an_end() {
    assert_eq!(refused(&"#".repeat(MAX_LENGTH + 1)), "more than 1048576 bytes long (at 1:1)");
    assert!(Policy::parse("long", &"#".repeat(MAX_LENGTH)).is_ok());
    let paths = |count: usize| {
        (0..count)
            .map(|number| ["path _", &number.to_string(), " {}\n"].concat())
            .collect::<String>()
    };
    assert!(Policy::parse("many", &paths(MAX_PATHS)).is_ok());
    assert_eq!(refused(&paths(MAX_PATHS + 1)), "more than 10000 paths (at 10001:6)");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = Policy::parse("fuzzed", &String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn no_pieces_make_it_panic(text in pieces()) {
        let _ = Policy::parse("fuzzed", &text);
    }
}

/// Runs for as long as one likes:
/// `PROPTEST_CASES=50000000 cargo test --release -p stateward-credentials fuzz -- --ignored`
mod fuzz {
    use super::*;

    proptest! {
        #[test]
        #[ignore = "takes as long as one likes"]
        fn nothing_makes_policies_panic(
            bytes in prop::collection::vec(any::<u8>(), 0..2_000),
            text in pieces(),
            path in ".{0,40}",
        ) {
            for text in [&String::from_utf8_lossy(&bytes), text.as_str()] {
                if let Ok(policy) = Policy::parse("fuzzed", text) {
                    let acl = Acl::new(vec![Arc::new(policy)], NOW, &|_| Some(path.clone()));
                    let _ = (acl.capabilities(&path), acl.reaches(&path), acl.is_sudo(&path));
                }
            }
        }
    }
}
