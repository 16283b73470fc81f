//! Renewing tokens.

use kernel::Secret;

use super::lookup;
use crate::{
    backend::{Answer, Call},
    fault::Fault,
    issue,
    mount::mount_of,
    response::Response,
    store,
    token::Token,
    ttl::{self, Asked},
};

pub(super) async fn token(call: &Call<'_>) -> Answer {
    let found = lookup::find(call, lookup::named(call)?).await?;
    let token = found.ok_or_else(|| Fault::refused("token not found"))?;
    renew(call, token, call.input.text_or_empty("token")?).await
}

pub(super) async fn own(call: &Call<'_>) -> Answer {
    let token = super::asker(call)?.clone();
    let value = call.request.token.as_ref().map(|token| token.expose().clone());
    renew(call, token, value.unwrap_or_default()).await
}

pub(super) async fn accessor(call: &Call<'_>) -> Answer {
    let token = lookup::known_by_accessor(call).await?;
    renew(call, token, String::new()).await
}

/// Gives a token a new end. An increment sets what remains, it does not add to it.
async fn renew(call: &Call<'_>, token: Token, value: String) -> Answer {
    if token.is_batch() {
        return Err(Fault::refused("batch tokens cannot be renewed"));
    }
    if !token.renewable {
        return Err(Fault::refused("lease is not renewable"));
    }
    let known = call.core.known();
    // How long a login lasts is for the mount to say that it was made at.
    let mount = mount_of(&known.mounts, &token.path).unwrap_or(call.mount);
    let backend = call.core.backend(&mount.r#type).ok_or(Fault::UnsupportedPath)?;
    let terms = backend.renew_token(call.core, mount, &token, call.context).await?;
    let asked = Asked {
        increment: call.input.duration("increment")?.unwrap_or_default(),
        ttl: terms.ttl,
        max: terms.max_ttl,
        period: terms.period,
        explicit_max: token.explicit_max_ttl,
        issued_at: token.created_at,
        ..Asked::nothing(call.context.now)
    };
    let grant = ttl::grant(call.core.limits(mount), &asked)
        .map_err(|error| Fault::refused(error.to_string()))?;
    let (hash, end, now) = (token.hash, Some(grant.expires_at), call.context.now);
    call.core.db().write(move |tx| store::renew_token(tx, &hash, end, now)).await?;
    let auth = issue::answer(&token, &Secret::new(value), Some(&grant));
    Ok(Some(grant.warnings.into_iter().fold(Response::auth(auth), Response::warn)))
}
