//! Texts that nobody would write: policies with characters and words knocked out, doubled, swapped
//! and put in, and the bare grammar in any order. Whatever comes, the parser answers, soon, and
//! what it accepts can be decided by.

use std::time::{Duration, Instant};

use proptest::{prelude::*, sample::select};
use serde_json::Map;

use super::*;
use crate::Operation;

const CASES: u32 = 20_000;
/// Long enough for any text here on a busy machine, and far too short for anything quadratic.
const SOON: Duration = Duration::from_secs(5);

const POLICIES: [&str; 5] = [
    r#"path "terraform/creds/ci-*" { capabilities = ["read", "list"] }"#,
    r#"
# A comment with "quotes" and { braces
name = "ops"
path "secret/+/data/*" {
  capabilities = ["create", "update"]   // another
  allowed_parameters = { "ttl" = ["1h", "2h"], "*" = [] }
  denied_parameters = { "policy" = [] }
  required_parameters = ["ttl"]
  min_wrapping_ttl = "1s"  max_wrapping_ttl = "90s"
}
"#,
    r#"{"path": {"a/*": {"capabilities": ["deny"]}, "b": {"policy": "write"}}}"#,
    "path \"a\" { policy = \"sudo\" }\npath \"b\" { capabilities = [<<EOT\nread\nEOT\n] }",
    r#"path "x\u00e9\n${y}" { /* a
      comment */ capabilities = ["read",] comment = "\"" expiration = "2030-01-01T00:00:00Z" }"#,
];

const WORDS: [&str; 34] = [
    "path",
    "name",
    "capabilities",
    "policy",
    "=",
    ":",
    ",",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\\",
    "\n",
    "\"a/*\"",
    "\"+\"",
    "\"read\"",
    "\"\"",
    "true",
    "null",
    "1",
    "-0.5e9",
    "<<EOT\n",
    "EOT\n",
    "<<-\n",
    "${",
    "}",
    "#",
    "//",
    "/*",
    "*/",
    "\u{0}",
    "\u{feff}",
    "é",
];

/// Parses, and decides by what was accepted.
fn survive(text: &str) -> Result<(), TestCaseError> {
    let started = Instant::now();
    if let Ok(policy) = Policy::parse("fuzz", text) {
        let acl = Acl::new(vec![std::sync::Arc::new(policy)], NOW, &|_| None);
        for path in ["", "/", "a/b", "terraform/creds/ci-1", "secret/x/data/y", "+", "*"] {
            let parameters = Map::new();
            for operation in [Operation::Read, Operation::List, Operation::Update] {
                let _ = acl.allow(&Question {
                    operation,
                    path,
                    parameters: &parameters,
                    wrap_ttl: None,
                });
            }
            let _ = acl.capabilities(path);
        }
    }
    prop_assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
    Ok(())
}

/// One change of a text.
#[derive(Clone, Debug)]
enum Change {
    Remove,
    Double,
    Insert(&'static str),
    Replace(char),
    CutOff,
    SwapHalves,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        Just(Change::Remove),
        Just(Change::Double),
        select(WORDS.to_vec()).prop_map(Change::Insert),
        any::<char>().prop_map(Change::Replace),
        Just(Change::CutOff),
        Just(Change::SwapHalves),
    ]
}

fn changed(text: &str, at: usize, change: &Change) -> String {
    let characters: Vec<char> = text.chars().collect();
    let at = if characters.is_empty() { 0 } else { at % characters.len() };
    let (before, rest) = characters.split_at(at);
    let before: String = before.iter().collect();
    let here: String = rest.iter().take(1).collect();
    let after: String = rest.iter().skip(1).collect();
    match change {
        Change::Remove => before + &after,
        Change::Double => before + &here + &here + &after,
        Change::Insert(word) => before + word + &here + &after,
        Change::Replace(other) => format!("{before}{other}{after}"),
        Change::CutOff => before,
        Change::SwapHalves => here + &after + &before,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn damaged_policies(
        text in select(POLICIES.to_vec()),
        changes in prop::collection::vec((any::<usize>(), change()), 1..12),
    ) {
        let text = changes
            .iter()
            .fold(text.to_owned(), |text, (at, one)| changed(&text, *at, one));
        survive(&text)?;
    }

    #[test]
    fn words_of_the_grammar_in_any_order(words in prop::collection::vec(select(WORDS.to_vec()), 0..60)) {
        survive(&words.concat())?;
        survive(&words.join(" "))?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES / 10))]

    #[test]
    fn anything_at_all(text in "\\PC{0,200}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        survive(&text)?;
        survive(&String::from_utf8_lossy(&bytes))?;
    }
}

#[test]
fn long_and_deep_texts_are_answered_soon() {
    const MANY: usize = 200_000;
    for text in [
        "[".repeat(MANY),
        "{".repeat(MANY),
        "path \"a\" { ".repeat(MANY / 10),
        format!("path \"a\" {{ capabilities = {}", "[".repeat(MANY)),
        format!("path \"a\" {{ allowed_parameters = {}", "{ a = ".repeat(MANY / 4)),
        format!("{}\"a\"{}", "{\"path\":".repeat(MANY / 8), "}".repeat(MANY / 8)),
        "\"".repeat(MANY),
        "/*".repeat(MANY),
        "#".repeat(MANY),
        "<<A\n".repeat(MANY / 4),
        "\\".repeat(MANY),
        format!("path \"{}\" {{ capabilities = [\"read\"] }}", "+/".repeat(MANY)),
        "path \"a\" { capabilities = [\"read\"] }\n".repeat(MANY / 40),
        (0..MANY / 40)
            .map(|number| format!("path \"a/{number}/*\" {{ capabilities = [\"read\"] }}\n"))
            .collect::<Vec<_>>()
            .concat(),
    ] {
        survive(&text).unwrap();
    }
}
