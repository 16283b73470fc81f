//! What a Terraform API answers, read.

use kernel::Secret;
use serde_json::Value;

use super::upstream_error::UpstreamError;

/// A token that was made.
#[derive(Clone, Debug)]
pub(crate) struct MadeToken {
    /// Its id there.
    pub(crate) id: String,
    /// Its value.
    pub(crate) value: Secret<String>,
    /// What it is described as there.
    pub(crate) description: String,
    /// When it ends there by itself.
    pub(crate) expired_at: Option<String>,
}

/// Whom a token speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    /// `organization`, `team` or `user`.
    pub(crate) kind: &'static str,
    /// Its id; an organization's name.
    pub(crate) id: String,
    /// The token's own id, where the server says it.
    pub(crate) token_id: Option<String>,
}

fn text(document: &Value, pointer: &str) -> Option<String> {
    document.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
}

/// The id of the one resource.
pub(super) fn id_of(document: &Value) -> Result<String, UpstreamError> {
    text(document, "/data/id").ok_or(UpstreamError::Unreadable)
}

/// The id of an organization that stays when its name, which is the resource's id, changes.
pub(super) fn external_id_of(document: &Value) -> Result<String, UpstreamError> {
    text(document, "/data/attributes/external-id").ok_or(UpstreamError::Unreadable)
}

/// The token that a document shows once.
pub(super) fn made(document: &Value) -> Result<MadeToken, UpstreamError> {
    let value = text(document, "/data/attributes/token").filter(|value| !value.is_empty());
    Ok(MadeToken {
        id: id_of(document)?,
        value: Secret::new(value.ok_or(UpstreamError::Unreadable)?),
        description: text(document, "/data/attributes/description").unwrap_or_default(),
        expired_at: text(document, "/data/attributes/expired-at"),
    })
}

/// Whom `account/details` speaks of.
pub(super) fn owner(details: &Value) -> Result<Owner, UpstreamError> {
    let resource = "/data/relationships/authenticated-resource/data";
    let kind = match text(details, &format!("{resource}/type")).as_deref() {
        Some("organizations") => "organization",
        Some("teams") => "team",
        Some("users") | None => "user",
        Some(_) => return Err(UpstreamError::Unreadable),
    };
    let id = text(details, &format!("{resource}/id")).or_else(|| text(details, "/data/id"));
    let token_id = text(details, "/data/links/auth-token")
        .and_then(|link| Some(link.rsplit('/').next()?.to_owned()))
        .filter(|id| !id.is_empty());
    Ok(Owner { kind, id: id.ok_or(UpstreamError::Unreadable)?, token_id })
}

/// The ids of the resources of a list of which an attribute says exactly this.
pub(super) fn ids_where(list: &Value, attribute: &str, wanted: &str) -> Vec<String> {
    let resources = list.get("data").and_then(Value::as_array).map(Vec::as_slice);
    let matching = |resource: &&Value| {
        let said = resource.get("attributes").and_then(|attributes| attributes.get(attribute));
        said.and_then(Value::as_str) == Some(wanted)
    };
    let id = |resource: &Value| resource.get("id").and_then(Value::as_str).map(str::to_owned);
    resources.unwrap_or_default().iter().filter(matching).filter_map(id).collect()
}

/// Whether a list has another page.
pub(super) fn has_next_page(list: &Value) -> bool {
    list.pointer("/meta/pagination/next-page").is_some_and(|next| !next.is_null())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn owners_are_read_in_every_form() {
        let team = json!({"data": {
            "id": "user-1",
            "relationships": {"authenticated-resource": {"data": {"id": "team-1", "type": "teams"}}},
            "links": {"auth-token": "/api/v2/authentication-tokens/at-1"},
        }});
        let token_id = Some("at-1".to_owned());
        assert_eq!(owner(&team), Ok(Owner { kind: "team", id: "team-1".to_owned(), token_id }));
        let old = json!({"data": {"id": "user-1"}});
        let user = Owner { kind: "user", id: "user-1".to_owned(), token_id: None };
        assert_eq!(owner(&old), Ok(user));
        for odd in [
            json!(null),
            json!({"data": []}),
            json!({"data": {"relationships":
            {"authenticated-resource": {"data": {"id": "x", "type": "agents"}}}}}),
        ] {
            assert_eq!(owner(&odd), Err(UpstreamError::Unreadable), "{odd}");
        }
    }

    #[test]
    fn a_token_without_value_is_none() {
        let good = json!({"data": {"id": "at-1", "attributes": {"token": "x.y"}}});
        assert_eq!(made(&good).unwrap().id, "at-1");
        for odd in [
            json!(null),
            json!({"data": {"id": "at-1"}}),
            json!({"data": {"id": "at-1", "attributes": {"token": ""}}}),
            json!({"data": {"attributes": {"token": "x"}}}),
            json!([1]),
        ] {
            assert_eq!(made(&odd).unwrap_err(), UpstreamError::Unreadable, "{odd}");
        }
    }

    #[test]
    fn lists_are_searched_for_exactly_one_description() {
        let list = json!({"data": [
            {"id": "at-1", "attributes": {"description": "ci(a)"}},
            {"id": "at-2", "attributes": {"description": "ci(ab)"}},
            {"id": "at-3", "attributes": {"description": null}},
            {"id": 4, "attributes": {"description": "ci(a)"}},
        ]});
        assert_eq!(ids_where(&list, "description", "ci(a)"), ["at-1"]);
        assert!(ids_where(&json!({"data": {}}), "description", "ci(a)").is_empty());
    }
}
