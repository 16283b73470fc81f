//! Pages of lists: what comes `after` a key, and at most `limit` of it.

use serde_json::{Map, Value};

use crate::{fault::Fault, response::Response};

/// The fields that every list has.
pub(crate) const FIELDS: [&str; 2] = ["after", "limit"];

/// The page of a list that is asked for; no longer than a policy allows.
pub(crate) fn page(
    mut response: Response,
    asked: &Map<String, Value>,
    most: Option<u64>,
) -> Result<Response, Fault> {
    let limit = least(limit(asked, most)?, most);
    let after = asked.get("after").and_then(Value::as_str).unwrap_or_default();
    let Some(data) = &mut response.data else { return Ok(response) };
    let Some(Value::Array(keys)) = data.get_mut("keys") else { return Ok(response) };
    if !after.is_empty() {
        keys.retain(|key| key.as_str().is_some_and(|key| key > after));
    }
    if let Some(limit) = limit {
        keys.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    }
    // What is said of keys that are not shown goes with them.
    let shown: Vec<String> =
        keys.iter().filter_map(|key| key.as_str().map(str::to_owned)).collect();
    if let Some(Value::Object(about)) = data.get_mut("key_info") {
        about.retain(|key, _| shown.contains(key));
    }
    Ok(response)
}

/// Behind which key a list begins, and how many keys are wanted of it: for lists that are read no
/// further. What is wrong with the request is said when the page is cut out.
pub(crate) fn range(asked: &Map<String, Value>) -> (String, usize) {
    let behind = asked.get("after").and_then(Value::as_str).unwrap_or_default();
    let limit = limit(asked, None).ok().flatten().and_then(|limit| usize::try_from(limit).ok());
    (behind.to_owned(), limit.unwrap_or(usize::MAX))
}

/// How many are asked for; none: all of them.
fn limit(asked: &Map<String, Value>, most: Option<u64>) -> Result<Option<u64>, Fault> {
    let number = match asked.get("limit") {
        None => return Ok(None),
        Some(Value::String(text)) if text == "max" && most.is_some() => return Ok(None),
        Some(Value::String(text)) if text.is_empty() => return Ok(None),
        Some(Value::String(text)) => text.parse::<i64>().ok(),
        Some(value) => value.as_i64(),
    };
    let number = number.ok_or_else(|| {
        Fault::refused(
            "Field validation failed: error converting input for field \"limit\": '' cannot parse \
             value as 'int': strconv.ParseInt: invalid syntax",
        )
    })?;
    Ok(u64::try_from(number).ok().filter(|number| *number > 0))
}

fn least(one: Option<u64>, other: Option<u64>) -> Option<u64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn keys(asked: &Value, most: Option<u64>) -> Result<Vec<String>, Fault> {
        let all = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        let response = page(Response::keys(all), asked.as_object().unwrap(), most)?;
        let keys = response.data.unwrap().remove("keys").unwrap();
        Ok(serde_json::from_value(keys).unwrap())
    }

    #[test]
    fn pages_are_cut_out() {
        for (asked, most, expected) in [
            (json!({}), None, "abcd"),
            (json!({ "limit": "2" }), None, "ab"),
            (json!({ "limit": 2, "after": "b" }), None, "cd"),
            (json!({ "after": "bb" }), None, "cd"),
            (json!({ "after": "z" }), None, ""),
            (json!({ "limit": "-1" }), None, "abcd"),
            (json!({ "limit": "0" }), None, "abcd"),
            (json!({}), Some(2), "ab"),
            (json!({ "limit": "max" }), Some(3), "abc"),
            (json!({ "limit": "1" }), Some(3), "a"),
        ] {
            assert_eq!(keys(&asked, most).unwrap().concat(), expected, "{asked}");
        }
        assert!(keys(&json!({ "limit": "x" }), None).is_err());
        assert!(keys(&json!({ "limit": "max" }), None).is_err());
    }

    #[test]
    fn what_is_said_of_keys_goes_with_them() {
        let response = Response::data(json!({
            "keys": ["a", "b"], "key_info": { "a": 1, "b": 2 },
        }));
        let asked = json!({ "limit": 1 });
        let data = page(response, asked.as_object().unwrap(), None).unwrap().data.unwrap();
        assert_eq!(Value::Object(data), json!({ "keys": ["a"], "key_info": { "a": 1 } }));
    }
}
