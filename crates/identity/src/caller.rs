//! Who calls the API: a bearer token, looked up in every request; or the signed identity of a CI
//! job in its place.

use axum::extract::{FromRef, FromRequestParts};
use barrier::token_is_well_formed;
use http::{HeaderMap, Method, header, request::Parts};
use kernel::{Actor, Context, Denial, Error, Result};
use web::{RequestInfo, WebError};

use crate::{
    Identity,
    audit::{Asker, Event},
    service::may_be_identity,
    store::{self, Bearer},
};

/// A caller with a valid token, as an extractor of API handlers; anybody else gets a 401.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who asks, when, and from where.
    pub context: Context,
}

impl Identity {
    /// Whom a token speaks for. Nothing is kept from one request to the next, so a token that was
    /// revoked is refused in the very next one.
    ///
    /// A CI job may show the identity that its platform has signed: it is judged when it is first
    /// seen, and is a token like others from then on.
    pub(crate) async fn authenticate(&self, token: &str, context: &Context) -> Result<Actor> {
        if let Some(internal) = self.internal(token, context.now) {
            return self.internal_actor(internal).await;
        }
        let may_be_identity = may_be_identity(token);
        if !may_be_identity && !token_is_well_formed(token) {
            return Err(Error::unauthorized());
        }
        let hash = self.barrier().token_hash(token);
        let mut bearer = self.bearer(hash, context).await?;
        if bearer.is_none() && may_be_identity {
            self.admit_workload(token, hash, context).await?;
            bearer = self.bearer(hash, context).await?;
        }
        let bearer = bearer.ok_or_else(Error::unauthorized)?;
        self.last_used().note_token(bearer.token, context.now, context.address);
        Ok(bearer.actor)
    }

    /// Whoever bears the token with a hash, if it lets them in now and from where they are.
    async fn bearer(&self, hash: [u8; 32], context: &Context) -> Result<Option<Bearer>> {
        let found = self.db().glance(move |tx| store::bearer_by_hash(tx, &hash)).await?;
        let Some(bearer) = found.filter(|bearer| !bearer.is_expired(context.now)) else {
            return Ok(None);
        };
        if bearer.is_admitted(context.now, context.address) {
            return Ok(Some(bearer));
        }
        // Somebody has the token who should not: whoever gave it out wants to know.
        let event = Event::new("use", "authentication-tokens", bearer.token);
        let context = Context { actor: bearer.actor, ..context.clone() };
        self.note_denied(&context, event.with("reason", "not from this network"));
        Ok(None)
    }
}

/// A token that may only read is good for nothing else, whatever it asks for.
fn require_reading(context: &Context, method: &Method) -> Result<()> {
    if context.limits().read_only && !matches!(*method, Method::GET | Method::HEAD) {
        let error = Error::forbidden("this token may only read; use another one to change things");
        return Err(error.denying(Denial {
            right: "change",
            organization: None,
            resource_kind: "authentication-tokens",
            resource_id: context.token().map(|token| token.to_string()).unwrap_or_default(),
        }));
    }
    Ok(())
}

impl<S> FromRequestParts<S> for Caller
where
    S: Send + Sync,
    Identity: FromRef<S>,
{
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, WebError> {
        let Ok(info) = RequestInfo::from_request_parts(parts, state).await;
        let token = bearer(&parts.headers).ok_or_else(Error::unauthorized)?;
        let identity = Identity::from_ref(state);
        let mut context = identity.anonymous(&info);
        context.actor = identity.authenticate(token, &context).await?;
        Asker::note(parts, &context);
        require_reading(&context, &parts.method)?;
        Ok(Self { context })
    }
}

/// The token of an `Authorization: Bearer …` header.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn only_bearer_tokens_are_read() {
        let read = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, HeaderValue::from_static(value));
            bearer(&headers).map(str::to_owned)
        };
        assert_eq!(read("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(read("bearer  abc ").as_deref(), Some("abc"));
        for value in ["", "Bearer", "Bearer ", "Basic abc", "abc"] {
            assert_eq!(read(value), None, "{value}");
        }
    }
}
