//! Looking at tokens.

use kernel::Timestamp;
use serde_json::{Value, json};

use super::asker;
use crate::{
    backend::{Answer, Call},
    batch::Shown,
    fault::Fault,
    response::Response,
    store,
    token::Token,
};

/// The token that a request names.
pub(super) fn named(call: &Call<'_>) -> Result<Shown, Fault> {
    let named = call.input.text_or_empty("token")?;
    if named.is_empty() {
        return Err(Fault::refused("missing token ID"));
    }
    Ok(call.core.read_token(&named))
}

/// The token that was shown, unless it has ended.
pub(crate) async fn find(call: &Call<'_>, shown: Shown) -> Result<Option<Token>, Fault> {
    let (core, known, now) = (call.core.clone(), call.core.known(), call.context.now);
    let read = move |tx: &mut db::Tx<'_>| match (core.shown_in(tx, &shown, &known, now)?, &shown) {
        (None, Shown::Kept(hash)) => store::find_wrapping_token(tx, hash),
        (found, _) => Ok(found),
    };
    Ok(call.core.db().read(read).await?.filter(|token| token.lives(now)))
}

fn own_token(call: &Call<'_>) -> Result<(Token, String), Fault> {
    let shown = call.request.token.as_ref().map(|token| token.expose().clone());
    Ok((asker(call)?.clone(), shown.unwrap_or_default()))
}

/// The accessor that a request names.
pub(super) fn accessor_of(call: &Call<'_>) -> Result<String, Fault> {
    let accessor = call.input.text_or_empty("accessor")?;
    if accessor.is_empty() {
        return Err(Fault::Invalid("missing accessor".to_owned()));
    }
    Ok(accessor)
}

/// The token that a request names by its accessor.
async fn by_accessor(call: &Call<'_>) -> Result<Option<Token>, Fault> {
    let accessor = accessor_of(call)?;
    let (core, now) = (call.core.clone(), call.context.now);
    let read = move |tx: &mut db::Tx<'_>| match core.token_by_accessor_in(tx, &accessor, now)? {
        Some(token) => Ok(Some(token)),
        None => store::find_wrapping_token_by_accessor(tx, &accessor),
    };
    Ok(call.core.db().read(read).await?.filter(|token| token.lives(now)))
}

/// The same, which must be there.
pub(super) async fn known_by_accessor(call: &Call<'_>) -> Result<Token, Fault> {
    let found = by_accessor(call).await?;
    found.ok_or_else(|| Fault::Invalid("invalid accessor".to_owned()))
}

/// The token that a request names, or the asker's own.
pub(super) async fn token(call: &Call<'_>) -> Answer {
    let (token, value) = match call.input.text_or_empty("token")? {
        named if named.is_empty() => own_token(call)?,
        named => {
            let found = find(call, call.core.read_token(&named)).await?;
            let bad = || Fault::Status(http::StatusCode::FORBIDDEN, "bad token".to_owned());
            (found.ok_or_else(bad)?, named)
        }
    };
    Ok(Some(Response::data(shown(&token, &value, call.context.now))))
}

pub(super) fn own(call: &Call<'_>) -> Answer {
    let (token, value) = own_token(call)?;
    Ok(Some(Response::data(shown(&token, &value, call.context.now))))
}

pub(super) async fn accessor(call: &Call<'_>) -> Answer {
    let token = known_by_accessor(call).await?;
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
        "num_uses": token.uses_left,
        "orphan": token.orphan,
        "creation_time": token.created_at.as_seconds(),
        "creation_ttl": token.creation_ttl.as_secs(),
        "expire_time": token.expires_at,
        "issue_time": token.created_at,
        "renewable": token.renewable,
        "ttl": token.remaining(now).as_secs(),
        "explicit_max_ttl": token.explicit_max_ttl.as_secs(),
        "entity_id": token.entity_id,
        "type": token.kind.as_str(),
    });
    let Some(fields) = data.as_object_mut() else { return data };
    let mut add = |name: &str, value: Value| {
        fields.insert(name.to_owned(), value);
    };
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
    if !token.identity_policies().is_empty() {
        add("identity_policies", json!(token.identity_policies()));
        add("external_namespace_policies", json!({}));
    }
    let networks: Vec<String> = token.networks.iter().map(shown_network).collect();
    if !networks.is_empty() {
        add("bound_cidrs", json!(networks));
    }
    data
}

/// A network; an address alone without its length.
fn shown_network(network: &impl ToString) -> String {
    let text = network.to_string();
    let alone = text.strip_suffix(if text.contains(':') { "/128" } else { "/32" });
    alone.map_or_else(|| text.clone(), str::to_owned)
}
