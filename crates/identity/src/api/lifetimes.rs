//! How long tokens may live at most in an organization, kind by kind.
//!
//! The vendor's clients write this body in three ways: a resource whose attributes hold a list, a
//! list of resources, and a plain list with underscores.

use std::time::Duration;

use axum::extract::State;
use kernel::{Error, Result};
use serde_json::{Map, Value};
use web::{Answer, ListQuery, Path, body::BareJson, document::Document};

use crate::{
    Caller, Identity, LifetimeChange, LimitedKind, lifetime::SHORTEST,
    resources::lifetime_resources,
};

/// Longer would be for ever, and might not be written as an instant.
const LONGEST: Duration = Duration::from_hours(100 * 365 * 24);

pub(super) async fn list(
    State(identity): State<Identity>,
    caller: Caller,
    Path(org): Path<String>,
    query: ListQuery,
) -> Answer<Document> {
    let (scope, lifetimes) = identity.lifetimes(&caller.context, &org).await?;
    let wanted = query.list("filter[token-type]");
    let kinds = match wanted.as_slice() {
        [] => LimitedKind::OF_THE_VENDOR.to_vec(),
        words => words.iter().filter_map(|word| LimitedKind::parse(word)).collect(),
    };
    Ok(Document::collection(lifetime_resources(&scope.organization, &lifetimes, &kinds)))
}

pub(super) async fn update(
    State(identity): State<Identity>,
    caller: Caller,
    Path(org): Path<String>,
    BareJson(body): BareJson<Map<String, Value>>,
) -> Answer<Document> {
    let change = change(body)?;
    let mut kinds = LimitedKind::OF_THE_VENDOR.to_vec();
    if change.iter().any(|(kind, _)| *kind == LimitedKind::Key) {
        kinds.push(LimitedKind::Key);
    }
    let (scope, lifetimes) = identity.update_lifetimes(&caller.context, &org, change).await?;
    Ok(Document::collection(lifetime_resources(&scope.organization, &lifetimes, &kinds)))
}

fn change(body: Map<String, Value>) -> Result<LifetimeChange> {
    let (items, pointer) = items(body)?;
    if items.is_empty() {
        return Err(Error::invalid_at(pointer, "name at least one kind of tokens"));
    }
    let numbered = items.into_iter().enumerate();
    numbered.map(|(number, item)| policy(item, &format!("{pointer}/{number}"))).collect()
}

/// The list of limits in a body, and where it is.
fn items(mut body: Map<String, Value>) -> Result<(Vec<Value>, String)> {
    let lists = |members: &mut Map<String, Value>, at: &str| {
        ["token-ttl-policies", "token_ttl_policies"]
            .into_iter()
            .find_map(|name| members.remove(name).map(|list| (list, format!("{at}/{name}"))))
    };
    let found = match body.remove("data") {
        Some(list @ Value::Array(_)) => Some((list, "/data".to_owned())),
        Some(Value::Object(mut data)) => match data.remove("attributes") {
            Some(Value::Object(mut attributes)) => lists(&mut attributes, "/data/attributes"),
            _ => lists(&mut data, "/data"),
        },
        _ => lists(&mut body, ""),
    };
    match found {
        Some((Value::Array(list), pointer)) => Ok((list, pointer)),
        Some((_, pointer)) => Err(Error::invalid_at(pointer, "expected a list")),
        None => Err(Error::invalid("token-ttl-policies", "is missing")),
    }
}

fn policy(item: Value, pointer: &str) -> Result<(LimitedKind, Option<Duration>)> {
    let Value::Object(mut members) = item else {
        return Err(Error::invalid_at(pointer, "expected an object"));
    };
    let mut pointer = pointer.to_owned();
    if let Some(Value::Object(attributes)) = members.remove("attributes") {
        members = attributes;
        pointer.push_str("/attributes");
    }
    let mut take =
        |name: &str| members.remove(name).or_else(|| members.remove(&name.replace('-', "_")));
    let kind = take("token-type");
    let kind = kind.as_ref().and_then(Value::as_str).and_then(LimitedKind::parse);
    let kind = kind.ok_or_else(|| {
        let known: Vec<_> = LimitedKind::ALL.iter().map(|kind| kind.as_str()).collect();
        let text = format!("the type is one of {}", known.join(", "));
        Error::invalid_at(format!("{pointer}/token-type"), text)
    })?;
    let longest = match take("max-ttl-ms") {
        Some(Value::Null) => None,
        given => Some(longest(given.as_ref(), &pointer)?),
    };
    Ok((kind, longest))
}

fn longest(given: Option<&Value>, pointer: &str) -> Result<Duration> {
    let longest = given.and_then(Value::as_u64).map(Duration::from_millis);
    longest.filter(|longest| (SHORTEST..=LONGEST).contains(longest)).ok_or_else(|| {
        Error::invalid_at(
            format!("{pointer}/max-ttl-ms"),
            "this is a number of milliseconds from 60000 (a minute) to 3153600000000 (a hundred \
             years), or null for no limit",
        )
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(body: Value) -> Result<LifetimeChange> {
        let Value::Object(body) = body else { panic!("an object") };
        change(body)
    }

    #[test]
    fn every_client_is_understood() {
        let hour = Some(Duration::from_hours(1));
        let expected = vec![(LimitedKind::AuditTrails, hour)];
        let kebab = json!({"token-type": "audit_trails", "max-ttl-ms": 3_600_000});
        let snake = json!({"token_type": "audit-trails", "max_ttl_ms": 3_600_000});
        let bodies = [
            json!({"data": {"type": "organization-token-ttl-policies",
                "attributes": {"token-ttl-policies": [kebab]}}}),
            json!({"data": {"token-ttl-policies": [kebab]}}),
            json!({"data": [{"type": "x", "attributes": kebab}]}),
            json!({"token_ttl_policies": [snake]}),
        ];
        for body in bodies {
            assert_eq!(read(body.clone()).unwrap(), expected, "{body}");
        }
    }

    #[test]
    fn nonsense_is_told_where_it_is() {
        let at = |item: Value| {
            let error = read(json!({"data": [item]})).unwrap_err();
            error.details()[0].pointer.clone().unwrap()
        };
        assert_eq!(at(json!(7)), "/data/0");
        assert_eq!(at(json!({"token-type": "agent"})), "/data/0/token-type");
        for milliseconds in [json!(0), json!(-1), json!("1h"), json!(1.5), json!(u64::MAX)] {
            let item = json!({"token-type": "user", "max-ttl-ms": milliseconds});
            assert_eq!(at(item), "/data/0/max-ttl-ms");
        }
        for body in [json!({}), json!({"data": []}), json!({"data": {"attributes": {}}})] {
            assert!(read(body).is_err());
        }
        let free = read(json!({"data": [{"token-type": "user", "max-ttl-ms": null}]})).unwrap();
        assert_eq!(free, [(LimitedKind::User, None)]);
    }
}
