//! Rules as people type them, one in a line:
//!
//! ```text
//! repository = acme/app
//! ref ~ refs/heads/release-*
//! environment in stage, prod
//! ```
//!
//! What can't be said this way stands in its line as it does in the API.

use kernel::{Error, Result};
use serde_json::Value;

use super::{Rule, Wish};

/// Reads rules, and names the line of what can't be read.
pub(crate) fn read_rules(text: &str) -> Result<Vec<Rule>> {
    let lines = text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty());
    let mut rules = Vec::new();
    for (position, line) in lines {
        rules.push(read(line).ok_or_else(|| {
            Error::invalid(
                "rules",
                format!(
                    "line {} is no rule: write \"claim = value\", \"claim ~ pattern*\" or \
                     \"claim in one, another\"",
                    position + 1
                ),
            )
        })?);
    }
    Rule::check_all(&rules).map_err(|error| {
        let text = error.details().first().map(|detail| detail.text.clone());
        Error::invalid("rules", text.unwrap_or_default())
    })?;
    Ok(rules)
}

fn read(line: &str) -> Option<Rule> {
    if line.starts_with('{') {
        let value: Value = serde_json::from_str(line).ok()?;
        return serde_json::from_value(value).ok();
    }
    let (claim, rest) = line.split_once(char::is_whitespace)?;
    let (operator, value) = rest.trim_start().split_once(char::is_whitespace)?;
    let value = value.trim();
    let wish = match operator {
        "=" => Wish::Equals(value.to_owned()),
        "~" => Wish::Like(value.to_owned()),
        "in" => Wish::OneOf(value.split(',').map(|one| one.trim().to_owned()).collect()),
        _ => return None,
    };
    Some(Rule { claim: claim.to_owned(), wish })
}

/// Rules as [`read_rules`] reads them.
pub(crate) fn written_rules(rules: &[Rule]) -> String {
    rules.iter().map(written).collect::<Vec<_>>().join("\n")
}

/// One rule in a line.
fn written(rule: &Rule) -> String {
    let claim = &rule.claim;
    let plain = match &rule.wish {
        Wish::Equals(value) => format!("{claim} = {value}"),
        Wish::Like(pattern) => format!("{claim} ~ {pattern}"),
        Wish::OneOf(values) => format!("{claim} in {}", values.join(", ")),
    };
    if read(&plain).as_ref() == Some(rule) {
        return plain;
    }
    serde_json::to_string(rule).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rules_are_typed_one_in_a_line() {
        let text = "repository = acme/app\n\n  ref  ~  refs/heads/release-* \r\n\
                    environment in stage,  prod\n{\"claim\": \"a b\", \"equals\": \"c\"}\n";
        let rules = read_rules(text).unwrap();
        assert_eq!(
            written_rules(&rules),
            "repository = acme/app\nref ~ refs/heads/release-*\nenvironment in stage, prod\n\
             {\"claim\":\"a b\",\"equals\":\"c\"}"
        );
    }

    #[test]
    fn what_is_no_rule_is_named_by_its_line() {
        for (text, expected) in [
            ("repository", "line 1"),
            ("a = b\nrepository acme", "line 2"),
            ("a = b\n\nc == d", "line 3"),
            ("a =", "line 1"),
            ("a in ", "line 1"),
            ("{\"claim\": 1}", "line 1"),
            ("{", "line 1"),
            ("a in b,", "1 to 1000 characters"),
            ("sub ~ *", "whom of the issuer's"),
            ("", "whom of the issuer's"),
        ] {
            let error = read_rules(text).unwrap_err();
            assert!(error.to_string().contains(expected), "{text}: {error}");
            let pointer = error.details()[0].pointer.as_deref();
            assert_eq!(pointer, Some("/data/attributes/rules"));
        }
    }

    proptest! {
        #[test]
        fn every_rule_is_read_as_it_is_written(
            claim in "[a-z =~{}\"]{1,8}",
            values in proptest::collection::vec("[a-z ,*\"{}=]{1,8}", 1..4),
            kind in 0..3,
        ) {
            let wish = match kind {
                0 => Wish::Equals(values[0].clone()),
                1 => Wish::Like(values[0].clone()),
                _ => Wish::OneOf(values),
            };
            let rule = Rule { claim, wish };
            prop_assert_eq!(read(&written(&rule)), Some(rule));
        }
    }
}
