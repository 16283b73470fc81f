//! Signing in at another server: there and back.

use axum::{extract::State, response::Response};
use http::{HeaderMap, StatusCode};
use kernel::{Context, Error, Kind, Secret};
use web::{
    ListQuery, RequestInfo,
    page::{Icon, Markup, button_link, html, icon, page, see_other, sentence},
};

use super::{super::Shown, PATH, again, shell, with_cookies, with_return_to};
use crate::{
    Identity, Visitor,
    cookie::{self, Cookie},
    safe_return_to,
    service::Return,
};

pub(in crate::pages) async fn leave(
    visitor: Option<Visitor>,
    State(identity): State<Identity>,
    request: RequestInfo,
    headers: HeaderMap,
    query: ListQuery,
) -> Shown {
    let return_to = safe_return_to(query.get("return_to"));
    if visitor.is_some() {
        return Ok(see_other(&return_to));
    }
    let context = identity.anonymous(&request);
    let binding = cookie::read(identity.external_url(), Cookie::Binding, &headers);
    match identity.leave_for_provider(&context, binding, &return_to).await {
        Ok(departure) => with_cookies(see_other(&departure.url), &[&departure.cookie]),
        Err(error) => failed(&context, &error, &return_to),
    }
}

pub(in crate::pages) async fn come_back(
    visitor: Option<Visitor>,
    State(identity): State<Identity>,
    request: RequestInfo,
    headers: HeaderMap,
    query: ListQuery,
) -> Shown {
    identity.provider()?;
    let context = identity.anonymous(&request);
    let binding = cookie::read(identity.external_url(), Cookie::Binding, &headers);
    let text = |name: &str| query.get(name).unwrap_or_default().to_owned();
    let attempt = identity.returning(&context, binding, &text("state"));
    // The way back in a browser's history, or another window: they are in already.
    if visitor.is_some() {
        return Ok(see_other(attempt.as_ref().map_or("/app", |attempt| &attempt.return_to)));
    }
    // Whatever else the address says was not said to us: it may have been made by anybody.
    let Some(attempt) = attempt else { return Ok(again("/app")) };
    let back = Return {
        code: Secret::new(text("code")),
        issuer: query.get("iss").map(str::to_owned),
        error: text("error"),
        error_description: text("error_description"),
    };
    match identity.sign_in_by_provider(&context, &attempt, &back).await {
        Ok(sign_in) => {
            let unbound = cookie::clear(identity.external_url(), Cookie::Binding);
            with_cookies(see_other(&attempt.return_to), &[&sign_in.cookie, &unbound])
        }
        Err(error) => failed(&context, &error, &attempt.return_to),
    }
}

/// Says why it did not work, with the way to try again.
fn failed(context: &Context, error: &Error, return_to: &str) -> Shown {
    let status = match error.kind() {
        Kind::Forbidden => StatusCode::FORBIDDEN,
        Kind::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Invalid | Kind::Conflict => StatusCode::UNPROCESSABLE_ENTITY,
        _ => return Err(error.clone().into()),
    };
    tracing::warn!(
        request.id = context.request_id,
        error = ?error,
        "a sign-in at another server came to nothing"
    );
    let shell = shell("You are not signed in", context.now).status(status);
    Ok::<Response, _>(page(shell, contents(error, return_to)))
}

fn contents(error: &Error, return_to: &str) -> Markup {
    let target = format!("{}&done=failed", with_return_to(PATH, return_to));
    html! {
        h1.with-icon { (icon(Icon::Notice)) "You are not signed in" }
        @for detail in error.details() { p.lead { (sentence(&detail.text)) } }
        div.actions { (button_link("Try again", &target, true)) }
    }
}
