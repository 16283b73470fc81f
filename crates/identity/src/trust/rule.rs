//! What a claim must be, and how that is written: `{"claim": "ref", "like": "refs/heads/*"}`.

use barrier::jwt::Claims;
use kernel::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::glob;

const MAX_RULES: usize = 20;
const MAX_LIST: usize = 100;
const MAX_CLAIM: usize = 200;
const MAX_VALUE: usize = 1_000;

/// A claim, and what it must be. A claim that is a list holds when one of its values does; one that
/// is not there never holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]

pub struct Rule {
    /// The claim's name, or the path to it: `sub`, `kubernetes.io.namespace`.
    pub claim: String,
    /// What it must be.
    #[serde(flatten)]
    pub wish: Wish,
}

/// What a claim must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wish {
    /// Exactly this.
    Equals(String),
    /// As a pattern says, in which `*` is any run of characters and `?` any one.
    Like(String),
    /// One of these.
    OneOf(Vec<String>),
}

impl Rule {
    /// Whether it holds for an identity's claims.
    pub fn holds(&self, claims: &Claims) -> bool {
        let fits = |value: &String| match &self.wish {
            Wish::Equals(wanted) => value == wanted,
            Wish::Like(pattern) => glob::matches(pattern, value),
            Wish::OneOf(wanted) => wanted.contains(value),
        };
        claims.list(&self.claim).is_some_and(|values| values.iter().any(fits))
    }

    /// Reads the rules of a request, which stand at the attribute `rules`.
    pub(crate) fn read_all(rules: &[Value]) -> Result<Vec<Self>> {
        let read = |(position, rule): (usize, &Value)| {
            Self::read(rule).map_err(|text| {
                Error::invalid_at(format!("/data/attributes/rules/{position}"), text)
            })
        };
        let rules = rules.iter().enumerate().map(read).collect::<Result<Vec<_>>>()?;
        Self::check_all(&rules)?;
        Ok(rules)
    }

    fn read(rule: &Value) -> Result<Self, String> {
        let shape = || {
            "a rule is a \"claim\" and one of \"equals\", \"like\" and \"one-of\": \
             {\"claim\": \"ref\", \"equals\": \"refs/heads/main\"}"
                .to_owned()
        };
        let members = rule.as_object().ok_or_else(shape)?;
        if members.len() != 2 {
            return Err(shape());
        }
        serde_json::from_value(rule.clone()).map_err(|_| shape())
    }

    /// Refuses rules that can't be meant, and sets of rules that keep nobody out.
    pub(crate) fn check_all(rules: &[Self]) -> Result<()> {
        let wrong = |text: &str| Err(Error::invalid("rules", text));
        if rules.len() > MAX_RULES {
            return wrong("a trust has at most 20 rules");
        }
        for (position, rule) in rules.iter().enumerate() {
            rule.check().map_err(|text| {
                Error::invalid_at(format!("/data/attributes/rules/{position}"), text)
            })?;
        }
        if rules.iter().all(Self::keeps_nobody_out) {
            return wrong(
                "a trust needs a rule that says whom of the issuer's it is about, such as \
                 {\"claim\": \"sub\", \"equals\": \"…\"}",
            );
        }
        Ok(())
    }

    fn check(&self) -> Result<(), &'static str> {
        let is_long = |text: &String, limit| text.chars().count() > limit;
        if self.claim.is_empty() || is_long(&self.claim, MAX_CLAIM) {
            return Err("the name of a claim has 1 to 200 characters");
        }
        let values = self.wish.values();
        if values.is_empty() || values.len() > MAX_LIST {
            return Err("a list has 1 to 100 values");
        }
        if values.iter().any(|value| value.is_empty() || is_long(value, MAX_VALUE)) {
            return Err("what a claim must be has 1 to 1000 characters");
        }
        if values.iter().chain([&self.claim]).any(|text| text.chars().any(char::is_control)) {
            return Err("a rule can't contain control characters");
        }
        Ok(())
    }

    fn keeps_nobody_out(&self) -> bool {
        let always_there = matches!(self.claim.as_str(), "iss" | "aud" | "exp" | "iat" | "nbf");
        always_there || matches!(&self.wish, Wish::Like(pattern) if glob::names_nothing(pattern))
    }

    /// Whether it settles what the claim begins with.
    pub(super) fn has_a_beginning(&self) -> bool {
        match &self.wish {
            Wish::Like(pattern) => glob::has_a_beginning(pattern),
            Wish::Equals(_) | Wish::OneOf(_) => true,
        }
    }
}

impl Wish {
    fn values(&self) -> &[String] {
        match self {
            Self::Equals(value) | Self::Like(value) => std::slice::from_ref(value),
            Self::OneOf(values) => values,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(rule: Value) -> Result<Rule, String> {
        Rule::read_all(&[rule]).map(|mut rules| rules.remove(0)).map_err(|error| {
            error.details()[0].pointer.clone().unwrap() + ": " + &error.to_string()
        })
    }

    #[test]
    fn rules_are_read_as_they_are_written() {
        for rule in [
            json!({"claim": "sub", "equals": "a"}),
            json!({"claim": "kubernetes.io.namespace", "like": "ci-*"}),
            json!({"claim": "environment", "one-of": ["prod", "stage"]}),
        ] {
            assert_eq!(serde_json::to_value(read(rule.clone()).unwrap()).unwrap(), rule);
        }
    }

    #[test]
    fn what_can_not_be_meant_is_refused_at_its_place() {
        for rule in [
            json!(null),
            json!("sub"),
            json!({}),
            json!({"claim": "sub"}),
            json!({"equals": "a"}),
            json!({"claim": "sub", "equals": null}),
            json!({"claim": "sub", "equals": 7}),
            json!({"claim": "sub", "equals": ["a"]}),
            json!({"claim": "sub", "one-of": "a"}),
            json!({"claim": "sub", "one-of": []}),
            json!({"claim": "sub", "one-of": vec!["a"; 101]}),
            json!({"claim": "sub", "matches": "a"}),
            json!({"claim": "sub", "equals": "a", "like": "b"}),
            json!({"claim": "sub", "equals": "a", "comment": "b"}),
            json!({"claim": "", "equals": "a"}),
            json!({"claim": "sub", "equals": ""}),
            json!({"claim": "sub", "like": ""}),
            json!({"claim": "sub", "equals": "a\nb"}),
            json!({"claim": "s\u{0}b", "equals": "a"}),
            json!({"claim": "x".repeat(201), "equals": "a"}),
            json!({"claim": "sub", "equals": "x".repeat(1001)}),
        ] {
            let error = read(rule.clone()).unwrap_err();
            assert!(error.starts_with("/data/attributes/rules/0: "), "{rule}: {error}");
        }
    }

    #[test]
    fn a_trust_must_keep_somebody_out() {
        for rules in [
            json!([]),
            json!([{"claim": "sub", "like": "*"}]),
            json!([{"claim": "sub", "like": "***"}, {"claim": "iss", "equals": "https://x"}]),
            json!([{"claim": "aud", "equals": "x"}]),
            json!([{"claim": "sub", "like": "?*"}, {"claim": "ref", "like": "????"}]),
        ] {
            let error = Rule::read_all(rules.as_array().unwrap()).unwrap_err();
            assert!(error.to_string().contains("whom of the issuer's"), "{rules}");
        }
        let many = vec![json!({"claim": "sub", "equals": "a"}); 21];
        assert!(Rule::read_all(&many).unwrap_err().to_string().contains("at most 20"));
        let enough = json!([{"claim": "sub", "like": "*"}, {"claim": "a", "like": "?*x"}]);
        assert!(Rule::read_all(enough.as_array().unwrap()).is_ok());
    }
}
