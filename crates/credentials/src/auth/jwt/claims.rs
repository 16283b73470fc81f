//! What an identity must say, and what is taken over of it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::fault::Fault;

/// How values are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// As they are.
    #[default]
    String,
    /// `*` is any run of characters.
    Glob,
}

impl Kind {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Glob => "glob",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        [Self::String, Self::Glob].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What an identity must say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Bound {
    pub(super) kind: Kind,
    /// Claims by name, and the values that will do: one, or a list.
    pub(super) claims: Map<String, Value>,
}

impl Bound {
    /// Refuses patterns that are no texts.
    pub(super) fn check(&self) -> Result<(), Fault> {
        if self.kind == Kind::String {
            return Ok(());
        }
        let mut values = self.claims.values().flat_map(many);
        match values.find(|value| !value.is_string()) {
            Some(value) => Err(Fault::refused(format!("claim is not a string: {value}"))),
            None => Ok(()),
        }
    }

    /// Why an identity does not say it, if so.
    pub(super) fn refusal(&self, claims: &Map<String, Value>) -> Option<String> {
        self.claims.iter().find_map(|(name, wanted)| {
            let Some(said) = find(claims, name) else {
                return Some(format!("claim {name:?} is missing"));
            };
            let fits = many(said).iter().any(|said| {
                many(wanted).iter().any(|wanted| match (self.kind, wanted, said) {
                    (Kind::Glob, Value::String(pattern), Value::String(text)) => {
                        matches(pattern, text)
                    }
                    _ => same(wanted, said),
                })
            });
            let text = format!("claim {name:?} does not match any associated bound claim values");
            (!fits).then_some(text)
        })
    }
}

fn many(value: &Value) -> &[Value] {
    match value {
        Value::Array(values) => values,
        one => std::slice::from_ref(one),
    }
}

/// Numbers are the same whether they have a point or not.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64() == other.as_f64()
        }
        _ => one == other,
    }
}

/// Whether a text is as a pattern says, in which `*` is any run of characters.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == text };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let inner = text.strip_prefix(start).and_then(|text| text.strip_suffix(end));
    let Some(mut inner) = inner else { return false };
    middle.split('*').all(|part| match inner.split_once(part) {
        Some((_, after)) => {
            inner = after;
            true
        }
        None => false,
    })
}

/// A claim by its name; one that begins with `/` is a JSON pointer.
pub(super) fn find<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let found = match name.strip_prefix('/') {
        None => claims.get(name),
        Some(pointer) => {
            let mut parts = pointer.splitn(2, '/');
            let first = parts.next().unwrap_or_default().replace("~1", "/").replace("~0", "~");
            let top = claims.get(&first);
            match parts.next() {
                None => top,
                Some(rest) => top?.pointer(&format!("/{rest}")),
            }
        }
    };
    found.filter(|value| !value.is_null())
}

/// Claims that become metadata. Those that are missing are passed over.
pub(super) fn mapped(
    claims: &Map<String, Value>,
    mappings: &Map<String, Value>,
) -> Result<Map<String, Value>, Fault> {
    let mut metadata = Map::new();
    for (claim, target) in mappings {
        let Some(value) = find(claims, claim) else { continue };
        let text = value
            .as_str()
            .ok_or_else(|| Fault::refused(format!("error converting claim '{claim}' to string")))?;
        metadata.insert(target.as_str().unwrap_or_default().to_owned(), json!(text));
    }
    Ok(metadata)
}

/// Who an identity is of.
pub(super) fn user(
    claims: &Map<String, Value>,
    claim: &str,
    pointer: bool,
) -> Result<String, Fault> {
    let found = if pointer {
        find(claims, claim)
    } else {
        claims.get(claim).filter(|value| !value.is_null())
    };
    let value =
        found.ok_or_else(|| Fault::refused(format!("claim {claim:?} not found in token")))?;
    let text = value.as_str().filter(|text| !text.is_empty());
    text.map(str::to_owned)
        .ok_or_else(|| Fault::refused(format!("claim {claim:?} could not be converted to string")))
}

/// Refuses an identity without the groups that the role wants to see.
pub(super) fn require_groups(claims: &Map<String, Value>, claim: &str) -> Result<(), Fault> {
    if claim.is_empty() {
        return Ok(());
    }
    let found = find(claims, claim);
    let value = found.ok_or_else(|| {
        Fault::refused(format!("failed to fetch groups: {claim:?} claim not found in token"))
    })?;
    match many(value).iter().find(|group| !group.is_string()) {
        None => Ok(()),
        Some(group) => Err(Fault::refused(format!(
            "value {group} in groups claim could not be parsed as string"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    fn claims() -> Map<String, Value> {
        object(json!({
            "sub": "repo:acme/app:ref:refs/heads/main",
            "ref": ["x", "dev"],
            "number": 5.0,
            "flag": true,
            "deep": {"a/b": {"c": "found"}},
            "nothing": null,
        }))
    }

    #[test]
    fn bound_claims_must_all_fit() {
        for (kind, bound, refusal) in [
            (Kind::String, json!({}), None),
            (Kind::String, json!({"ref": "dev"}), None),
            (Kind::String, json!({"ref": ["main", "dev"], "number": 5, "flag": true}), None),
            (Kind::String, json!({"/deep/a~1b/c": "found"}), None),
            (Kind::String, json!({"flag": "true"}), Some("does not match")),
            (Kind::String, json!({"sub": "repo:acme/*"}), Some("does not match")),
            (Kind::String, json!({"ref": "dev", "other": "x"}), Some("is missing")),
            (Kind::String, json!({"nothing": ""}), Some("is missing")),
            (Kind::String, json!({"/deep/x": "found"}), Some("is missing")),
            (Kind::Glob, json!({"sub": "repo:acme/*"}), None),
            (Kind::Glob, json!({"sub": ["x*", "repo:*:ref:refs/heads/main"]}), None),
            (Kind::Glob, json!({"sub": "repo:evil/*"}), Some("does not match")),
        ] {
            let bound = Bound { kind, claims: object(bound) };
            let found = bound.refusal(&claims());
            match refusal {
                None => assert_eq!(found, None),
                Some(part) => assert!(found.unwrap().contains(part), "{bound:?}"),
            }
        }
    }

    #[test]
    fn stars_are_runs_of_characters() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("a", "a", true),
            ("a", "ab", false),
            ("*", "", true),
            ("a*", "a", true),
            ("a*a", "a", false),
            ("a*b*c", "aXbXc", true),
            ("a*b*c", "aXcXb", false),
            ("a*b*b", "ab", false),
            ("a**b", "ab", true),
            ("repo:acme/*:ref:*", "repo:acme/app:ref:x", true),
            ("repo:acme/*", "repo:acme-evil/app", false),
            ("?", "x", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn patterns_are_texts() {
        let bound = |kind| Bound { kind, claims: object(json!({"a": ["b", 1]})) };
        assert!(bound(Kind::String).check().is_ok());
        assert!(bound(Kind::Glob).check().is_err());
    }

    #[test]
    fn metadata_is_text() {
        let map = |mappings: Value| mapped(&claims(), &object(mappings));
        let found = map(json!({"/deep/a~1b/c": "c", "missing": "m"})).ok().unwrap();
        assert_eq!(Value::Object(found), json!({"c": "found"}));
        assert!(map(json!({"ref": "r"})).is_err());
        assert!(user(&claims(), "sub", false).is_ok());
        assert!(user(&claims(), "/deep/a~1b/c", true).is_ok());
        assert!(user(&claims(), "/deep/a~1b/c", false).is_err());
        assert!(user(&claims(), "number", false).is_err());
        assert!(require_groups(&claims(), "").is_ok());
        assert!(require_groups(&claims(), "ref").is_ok());
        assert!(require_groups(&claims(), "number").is_err());
        assert!(require_groups(&claims(), "missing").is_err());
    }
}
