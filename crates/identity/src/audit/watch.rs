//! Seeing denied attempts: what was refused stands in the answer, who asked in the request.

use std::sync::{Arc, OnceLock};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use http::request::Parts;
use kernel::{Context, Denial};

use super::Event;
use crate::Identity;

/// A place in the request where an extractor notes who asks, as soon as it knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asker(Arc<OnceLock<Context>>);

impl Asker {
    /// Notes who asks.
    pub(crate) fn note(parts: &Parts, context: &Context) {
        if let Some(asker) = parts.extensions.get::<Self>() {
            // The extractors of one request agree on who asks.
            let _ = asker.0.set(context.clone());
        }
    }
}

/// The router, with an eye on what is refused to whom.
pub fn watch(identity: &Identity, router: Router) -> Router {
    router.layer(from_fn_with_state(identity.clone(), look))
}

async fn look(State(identity): State<Identity>, mut request: Request, next: Next) -> Response {
    let asker = Asker::default();
    request.extensions_mut().insert(asker.clone());
    let method = request.method().clone();
    let pattern = request.extensions().get::<MatchedPath>().cloned();
    let asked = asked(pattern.as_ref().map_or("", MatchedPath::as_str), request.uri().path());
    let mut response = next.run(request).await;
    if let Some(denial) = response.extensions_mut().remove::<Denial>()
        && let Some(context) = asker.0.get()
    {
        let event = Event::of_denial(&denial).with("request", format!("{method} {asked}"));
        identity.note_denied(context, event);
    }
    response
}

/// What is recorded of a path: all of it, so that one sees what was tried that is hidden from whoever
/// tried; but only the pattern where a part of it is a secret.
fn asked(pattern: &str, path: &str) -> String {
    let carries_secret = ["/blobs/", "/logout/"].iter().any(|begin| pattern.starts_with(begin));
    if carries_secret { pattern.to_owned() } else { path.to_owned() }
}
