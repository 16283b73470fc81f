//! Looking at tokens.

use kernel::Timestamp;
use serde_json::{Value, json};

use super::asker;
use crate::{
    backend::{Answer, Call},
    fault::Fault,
    response::Response,
    store,
    token::Token,
};

/// A token that a request names by its value, in the path or in the body; the asker's own if it
/// names none. With the value, which whoever asks knows.
pub(super) async fn named(call: &Call<'_>) -> Result<(Token, String), Fault> {
    let in_path = call.input.text_or_empty("urltoken")?;
    let named = if in_path.is_empty() { call.input.text_or_empty("token")? } else { in_path };
    if named.is_empty() {
        return own_token(call);
    }
    let hash = call.core.token_hash(&named);
    let found = call.core.db().read(move |tx| store::find_token(tx, &hash)).await?;
    let now = call.context.now;
    let found = found.filter(|token| token.expires_at.is_none_or(|end| end > now));
    let token = found.ok_or_else(bad_token)?;
    Ok((token, named))
}

fn own_token(call: &Call<'_>) -> Result<(Token, String), Fault> {
    let shown = call.request.token.as_ref().map(|token| token.expose().clone());
    Ok((asker(call)?.clone(), shown.unwrap_or_default()))
}

/// A token that a request names by its accessor.
pub(super) async fn by_accessor(call: &Call<'_>) -> Result<Token, Fault> {
    let in_path = call.input.text_or_empty("urlaccessor")?;
    let accessor = if in_path.is_empty() { call.input.text_or_empty("accessor")? } else { in_path };
    if accessor.is_empty() {
        return Err(Fault::refused("missing accessor"));
    }
    let found = call.core.db().read(move |tx| store::find_token_by_accessor(tx, &accessor)).await?;
    found.ok_or_else(|| Fault::Status(http::StatusCode::FORBIDDEN, "invalid accessor".to_owned()))
}

fn bad_token() -> Fault {
    Fault::Status(http::StatusCode::FORBIDDEN, "bad token".to_owned())
}

pub(super) async fn token(call: &Call<'_>) -> Answer {
    let (token, value) = named(call).await?;
    Ok(Some(Response::data(shown(&token, &value, call.context.now))))
}

pub(super) fn own(call: &Call<'_>) -> Answer {
    let (token, value) = own_token(call)?;
    Ok(Some(Response::data(shown(&token, &value, call.context.now))))
}

pub(super) async fn accessor(call: &Call<'_>) -> Answer {
    let token = by_accessor(call).await?;
    Ok(Some(Response::data(shown(&token, "", call.context.now))))
}

pub(super) async fn accessors(call: &Call<'_>) -> Answer {
    let accessors = call.core.db().read(store::list_accessors).await?;
    Ok(Some(Response::keys(accessors)))
}

/// What is shown of a token.
fn shown(token: &Token, value: &str, now: Timestamp) -> Value {
    let mut data = json!({
        "id": value,
        "accessor": token.accessor,
        "policies": token.policies,
        "path": token.path,
        "meta": if token.meta.is_empty() { Value::Null } else { json!(token.meta) },
        "display_name": token.display_name,
        "num_uses": token.uses_left.max(0),
        "orphan": token.orphan,
        "creation_time": token.created_at.as_seconds(),
        "creation_ttl": token.creation_ttl.as_secs(),
        "expire_time": token.expires_at,
        "ttl": token.remaining(now).as_secs(),
        "explicit_max_ttl": token.explicit_max_ttl.as_secs(),
        "entity_id": "",
        "type": "service",
    });
    let Some(fields) = data.as_object_mut() else { return data };
    let mut add = |name: &str, value: Value| {
        fields.insert(name.to_owned(), value);
    };
    if token.expires_at.is_some() {
        add("issue_time", json!(token.created_at));
        add("renewable", json!(token.renewable));
    }
    if let Some(at) = token.last_renewal_at {
        add("last_renewal", json!(at));
        add("last_renewal_time", json!(at.as_seconds()));
    }
    if !token.period.is_zero() {
        add("period", json!(token.period.as_secs()));
    }
    if !token.role.is_empty() {
        add("role", json!(token.role));
    }
    let networks: Vec<String> = token.networks.iter().map(ToString::to_string).collect();
    if !networks.is_empty() {
        add("bound_cidrs", json!(networks));
    }
    data
}
