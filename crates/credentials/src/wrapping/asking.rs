//! Which wrapping token a request is about, and who may ask for what it stands for.

use http::StatusCode;
use kernel::{Context, Secret};
use serde_json::Value;

use super::INVALID;
use crate::{Credentials, Operation, fault::Fault, request::Request, sql, store, token::Token};

/// What takes an answer out. A wrapping token is somebody here, and whoever shows another token must
/// be allowed to.
const TAKES: [&str; 2] = ["sys/wrapping/rewrap", "sys/wrapping/unwrap"];

/// Whether a request takes a waiting answer out. Help is everybody's who is somebody.
fn takes(request: &Request) -> bool {
    request.operation != Operation::Help && TAKES.contains(&request.path.as_str())
}

/// The wrapping token that a request is about: the one that it names, or else the one that it comes
/// with.
pub(crate) fn wrapping_token(request: &Request) -> Result<Secret<String>, Fault> {
    match request.data.get("token") {
        None | Some(Value::Null) => request.token.clone().ok_or_else(|| wrong("token is empty")),
        Some(Value::String(named)) if named.is_empty() => Err(wrong("empty token in request body")),
        Some(Value::String(named)) => Ok(Secret::new(named.clone())),
        Some(_) => Err(wrong("could not decode token in request body")),
    }
}

fn wrong(why: &str) -> Fault {
    Fault::Status(StatusCode::FORBIDDEN, format!("error validating wrapping token: {why}"))
}

impl Credentials {
    /// Refuses a request that would take out what does not wait: whoever asks learns that much, also
    /// without a token, as whoever holds a wrapping token must learn that somebody was faster.
    pub(crate) async fn require_waiting(
        &self,
        request: &Request,
        context: &Context,
    ) -> Result<(), Fault> {
        if !takes(request) {
            return Ok(());
        }
        let (hash, now) = (self.token_hash(wrapping_token(request)?.expose()), context.now);
        let found = self.db().glance(move |tx| {
            Ok(tx.query_optional(&sql::FIND_WRAPPING, &[(&hash).into(), now.into()], |_| Ok(()))?)
        });
        found.await?.ok_or_else(|| Fault::refused(INVALID))
    }

    /// The wrapping token that a request comes with in place of another, where it is somebody.
    pub(crate) async fn wrapping_token_shown(
        &self,
        request: &Request,
        context: &Context,
    ) -> Result<Option<Token>, Fault> {
        let Some(shown) = request.token.as_ref().filter(|_| takes(request)) else {
            return Ok(None);
        };
        let hash = self.token_hash(shown.expose());
        let found = self.db().glance(move |tx| store::find_wrapping_token(tx, &hash)).await?;
        Ok(found.filter(|token| token.lives(context.now)))
    }
}
