//! What a token says.

use kernel::Timestamp;
use serde_json::{Map, Value};

use super::JwtError;

/// A token's claims.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// Claims that the caller vouches for; those of tokens come out of [`super::verify`].
    pub const fn new(claims: Map<String, Value>) -> Self {
        Self(claims)
    }

    /// Every claim.
    pub const fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Who issued the token.
    pub fn issuer(&self) -> Option<&str> {
        self.0.get("iss")?.as_str()
    }

    /// Whom it is about.
    pub fn subject(&self) -> Option<&str> {
        self.0.get("sub")?.as_str()
    }

    /// Whom it is for.
    pub fn audiences(&self) -> Vec<&str> {
        match self.0.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// When it ends.
    pub fn expires_at(&self) -> Result<Timestamp, JwtError> {
        self.time("exp")?.ok_or(JwtError::Endless)
    }

    /// An instant, which the standard writes as seconds since 1970, fractions allowed.
    pub(super) fn time(&self, name: &'static str) -> Result<Option<Timestamp>, JwtError> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        let micros = match value.as_i64() {
            Some(seconds) => seconds.saturating_mul(1_000_000),
            #[expect(clippy::cast_possible_truncation, reason = "too large means far away")]
            None => (value.as_f64().ok_or(JwtError::Time(name))? * 1e6) as i64,
        };
        Ok(Some(Timestamp::from_micros(micros)))
    }

    /// The value at a path such as `kubernetes.io.namespace`. Names may hold dots themselves, so
    /// every way to cut the path is tried, the longest name first.
    pub fn find(&self, path: &str) -> Option<&Value> {
        find(&self.0, path)
    }

    /// A text, number or truth value at a path, as text.
    pub fn text(&self, path: &str) -> Option<String> {
        scalar(self.find(path)?)
    }

    /// A list at a path, as texts; a single value is a list of one. Nothing if it is not there.
    pub fn list(&self, path: &str) -> Option<Vec<String>> {
        match self.find(path)? {
            Value::Array(values) => Some(values.iter().filter_map(scalar).collect()),
            value => scalar(value).map(|text| vec![text]),
        }
    }
}

fn find<'a>(map: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    map.get(path).or_else(|| {
        path.rmatch_indices('.').find_map(|(position, _)| {
            let (name, rest) = (path.get(..position)?, path.get(position + 1..)?);
            find(map.get(name)?.as_object()?, rest)
        })
    })
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn claims(value: Value) -> Claims {
        Claims::new(value.as_object().unwrap().clone())
    }

    #[test]
    fn values_are_found_by_path() {
        let claims = claims(json!({
            "sub": "system:serviceaccount:ci:runner",
            "kubernetes.io": {"namespace": "ci", "serviceaccount": {"name": "runner"}},
            "a": {"b": {"c": 1}, "b.c": 2},
            "https://example.org/teams": ["x", 7, true, null, {}],
            "flag": false,
            "nothing": null,
        }));
        for (path, expected) in [
            ("sub", Some("system:serviceaccount:ci:runner")),
            ("kubernetes.io.namespace", Some("ci")),
            ("kubernetes.io.serviceaccount.name", Some("runner")),
            ("a.b.c", Some("2")),
            ("flag", Some("false")),
            ("nothing", None),
            ("a", None),
            ("a.b", None),
            ("kubernetes", None),
            ("kubernetes.io.", None),
            (".sub", None),
            ("", None),
            ("sub.x", None),
        ] {
            assert_eq!(claims.text(path).as_deref(), expected, "{path}");
        }
        let teams = claims.list("https://example.org/teams").unwrap();
        assert_eq!(teams, ["x", "7", "true"]);
        assert_eq!(claims.list("flag").unwrap(), ["false"]);
        assert_eq!(claims.list("missing"), None);
    }

    #[test]
    fn audiences_are_one_or_many() {
        for (aud, expected) in [
            (json!("a"), vec!["a"]),
            (json!(["a", "b", 1]), vec!["a", "b"]),
            (json!(7), vec![]),
            (json!({}), vec![]),
        ] {
            assert_eq!(claims(json!({"aud": aud})).audiences(), expected);
        }
        assert!(claims(json!({})).audiences().is_empty());
    }

    #[test]
    fn times_may_have_fractions_and_must_be_numbers() {
        let end = |value: Value| claims(json!({"exp": value})).expires_at();
        assert_eq!(end(json!(12)), Ok(Timestamp::from_micros(12_000_000)));
        assert_eq!(end(json!(12.5)), Ok(Timestamp::from_micros(12_500_000)));
        assert_eq!(end(json!(1e300)), Ok(Timestamp::from_micros(i64::MAX)));
        assert_eq!(end(json!(i64::MAX)), Ok(Timestamp::from_micros(i64::MAX)));
        assert_eq!(end(json!("12")), Err(JwtError::Time("exp")));
        assert_eq!(end(json!(null)), Err(JwtError::Time("exp")));
        assert_eq!(claims(json!({})).expires_at(), Err(JwtError::Endless));
    }
}
