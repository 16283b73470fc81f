//! Who looks at a page: a browser session, or else the way to the sign-in page.

use axum::{
    extract::{FromRef, FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Response},
};
use barrier::{Barrier, random_bytes};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{Method, request::Parts};
use kernel::{Actor, Context, Error, Result, SessionId, UserActor};
use web::{
    PageError, RequestInfo,
    page::{PageShell, ShellUser, see_other},
};

use crate::{
    Identity,
    audit::Asker,
    cookie::{self, Cookie},
    store,
};

const CSRF_PURPOSE: &str = "csrf";
const NONCE_LENGTH: usize = 16;

/// A person in a browser session, as an extractor of page handlers. `Option<Visitor>` is for pages
/// that strangers see too.
#[derive(Clone)]
pub struct Visitor {
    /// Who asks, when, and from where.
    pub context: Context,
    user: UserActor,
    session: SessionId,
    barrier: Barrier,
}

impl Visitor {
    /// The person.
    pub const fn user(&self) -> &UserActor {
        &self.user
    }

    /// What the hidden field `csrf` of every form must hold. It differs from page to page and
    /// holds for the session, so that it can't be guessed from the length of compressed pages.
    pub fn csrf(&self) -> String {
        let nonce: [u8; NONCE_LENGTH] = random_bytes();
        let tag = self.barrier.sign(CSRF_PURPOSE, &self.csrf_payload(&nonce));
        URL_SAFE_NO_PAD.encode([nonce.as_slice(), tag.as_slice()].concat())
    }

    /// Whether a form's `csrf` field was made for this session.
    pub(crate) fn accepts_csrf(&self, value: &str) -> bool {
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(value) else { return false };
        let Some((nonce, tag)) = bytes.split_at_checked(NONCE_LENGTH) else { return false };
        self.barrier.verify(CSRF_PURPOSE, &self.csrf_payload(nonce), tag)
    }

    fn csrf_payload(&self, nonce: &[u8]) -> Vec<u8> {
        [self.session.to_string().as_bytes(), nonce].concat()
    }

    /// The frame of a page for this person.
    pub fn shell(&self, title: impl Into<String>) -> PageShell {
        PageShell::new(title, self.context.now).user(ShellUser {
            username: self.user.username.clone(),
            csrf: self.csrf(),
            site_admin: self.user.site_admin,
        })
    }
}

impl Identity {
    /// The session that a request belongs to, if it lasts.
    async fn session(&self, parts: &Parts, info: &RequestInfo) -> Result<Option<Visitor>> {
        let Some(secret) = cookie::read(self.external_url(), Cookie::Session, &parts.headers)
        else {
            return Ok(None);
        };
        let hash = self.barrier().token_hash(secret);
        let found = self.db().glance(move |tx| store::session_by_hash(tx, &hash)).await?;
        let Some(session) = found else { return Ok(None) };
        let context = self.context(Actor::User(session.actor.clone()), info);
        let now = context.now;
        let seen = self.last_used().session(session.id).unwrap_or(session.last_seen_at);
        let idle = now.since(seen.max(session.last_seen_at));
        if session.expires_at <= now || idle >= self.settings().session_idle {
            return Ok(None);
        }
        self.last_used().note_session(session.id, now);
        Ok(Some(Visitor {
            context,
            user: session.actor,
            session: session.id,
            barrier: self.barrier().clone(),
        }))
    }
}

/// Why a page is not shown: nobody is signed in, or we can't tell.
#[derive(Debug)]
pub enum VisitorRejection {
    /// To the sign-in page, and from there to this place.
    SignIn(String),
    /// To the sign-in page, which says that a form was not taken.
    SessionEnded,
    /// An error.
    Failed(Error),
}

impl From<Error> for VisitorRejection {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl IntoResponse for VisitorRejection {
    fn into_response(self) -> Response {
        match self {
            Self::SignIn(return_to) => {
                let query: String = form_urlencoded::Serializer::new(String::new())
                    .append_pair("return_to", &return_to)
                    .finish();
                see_other(&format!("/app/sign-in?{query}"))
            }
            Self::SessionEnded => see_other("/app/sign-in?return_to=%2Fapp&done=ended"),
            Self::Failed(error) => PageError(error).into_response(),
        }
    }
}

async fn visitor<S>(parts: &mut Parts, state: &S) -> Result<Option<Visitor>>
where
    S: Send + Sync,
    Identity: FromRef<S>,
{
    // A form's extractor needs it again.
    if let Some(visitor) = parts.extensions.get::<Visitor>() {
        return Ok(Some(visitor.clone()));
    }
    let Ok(info) = RequestInfo::from_request_parts(parts, state).await;
    let visitor = Identity::from_ref(state).session(parts, &info).await?;
    if let Some(visitor) = &visitor {
        Asker::note(parts, &visitor.context);
        parts.extensions.insert(visitor.clone());
    }
    Ok(visitor)
}

impl<S> FromRequestParts<S> for Visitor
where
    S: Send + Sync,
    Identity: FromRef<S>,
{
    type Rejection = VisitorRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, VisitorRejection> {
        if let Some(visitor) = visitor(parts, state).await? {
            return Ok(visitor);
        }
        // The answer to a form can't be asked for again.
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            return Err(VisitorRejection::SessionEnded);
        }
        let wanted = parts.uri.path_and_query().map(http::uri::PathAndQuery::as_str);
        Err(VisitorRejection::SignIn(safe_return_to(wanted)))
    }
}

impl<S> OptionalFromRequestParts<S> for Visitor
where
    S: Send + Sync,
    Identity: FromRef<S>,
{
    type Rejection = VisitorRejection;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &S,
    ) -> Result<Option<Self>, VisitorRejection> {
        Ok(visitor(parts, state).await?)
    }
}

/// Where to go after signing in: a page of ours, whatever the link says.
pub fn safe_return_to(wanted: Option<&str>) -> String {
    const HOME: &str = "/app";
    let local = |path: &&str| {
        let inside = path
            .strip_prefix(HOME)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
        inside && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    };
    wanted.filter(local).unwrap_or(HOME).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_nowhere_else() {
        let strange = [
            "https://evil.example/app",
            "//evil.example/app",
            "/\\evil.example",
            "/app\\..\\evil",
            "/application",
            "/api/v2/ping",
            "/app/x\r\nSet-Cookie: a=b",
            "javascript:alert(1)",
            "",
        ];
        for wanted in strange {
            assert_eq!(safe_return_to(Some(wanted)), "/app", "{wanted}");
        }
        assert_eq!(safe_return_to(None), "/app");
        for wanted in ["/app", "/app/acme/workspaces?page=2", "/app?x=1"] {
            assert_eq!(safe_return_to(Some(wanted)), wanted);
        }
    }
}
