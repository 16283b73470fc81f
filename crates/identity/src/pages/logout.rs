//! `/logout/<token>`: whoever has a token can look at it and revoke it. The token in the address
//! is its own authority, so there is nothing else to prove; the page never repeats it, is never
//! stored, and names its own address to nobody.

use axum::{extract::State, response::Response};
use http::StatusCode;
use kernel::Timestamp;
use web::{
    Path, RequestInfo,
    page::{
        Button, Icon, Markup, PageShell, button, button_link, definition_list, expiry, html, icon,
        page, time, time_or,
    },
};

use super::Shown;
use crate::{Identity, Token};

/// What stands in the address. What can't be read is no token, and the page about that is as
/// silent as the others.
type InAddress = Result<Path<String>, Response>;

fn secret(address: InAddress) -> String {
    address.map(|Path(secret)| secret).unwrap_or_default()
}

pub(super) async fn show(State(identity): State<Identity>, address: InAddress) -> Shown {
    let (now, secret) = (identity.now(), secret(address));
    let Some((token, user)) = identity.token_by_value(&secret).await? else {
        return Ok(unknown(now));
    };
    let shell = PageShell::new("Revoke this token?", now).focus().secret();
    let holder = user.map_or_else(|| "no person".to_owned(), |user| user.username);
    Ok(page(shell, question(&token, &holder, now)))
}

pub(super) async fn revoke(
    State(identity): State<Identity>,
    info: RequestInfo,
    address: InAddress,
) -> Shown {
    let (now, secret) = (identity.now(), secret(address));
    if identity.revoke_token_by_value(&identity.anonymous(&info), &secret).await?.is_none() {
        return Ok(unknown(now));
    }
    let shell = PageShell::new("The token is revoked", now).focus().secret();
    let contents = html! {
        h1.with-icon { (icon(Icon::Check)) "The token is revoked" }
        p.lead { "Nothing can use it any more, from this very moment." }
        p.hint {
            "Your machine may still hold it: " code { "terraform logout" } " takes it out of "
            "Terraform’s credentials file."
        }
        div.actions { (button_link("Go to your tokens", "/app/settings/tokens", false)) }
    };
    Ok(page(shell, contents))
}

fn question(token: &Token, holder: &str, now: Timestamp) -> Markup {
    html! {
        h1 { "Revoke this token?" }
        p.lead { "Whoever uses it is refused from then on. This can’t be undone." }
        (definition_list(&[
            ("Description", html! { @if token.description.is_empty() { span.quiet { "none" } } @else { (token.description) } }),
            ("Belongs to", html! { (holder) }),
            ("Created", time(now, token.created_at)),
            ("Last used", time_or(now, token.last_used_at, "never")),
            ("Expires", expiry(now, token.expires_at)),
        ]))
        // No action: the form goes where the page came from, and the token stands in no markup.
        form.form method="post" { (button(Button::Danger, "Revoke the token")) }
    }
}

/// The same for a token that was revoked, has expired, or never was.
fn unknown(now: Timestamp) -> Response {
    let shell = PageShell::new("This token is not valid", now)
        .focus()
        .secret()
        .status(StatusCode::NOT_FOUND);
    let contents = html! {
        h1 { "This token is not valid" }
        p.lead { "It is unknown here: it was revoked already, or not copied whole. Nothing can use it." }
        div.actions { (button_link("Go to your tokens", "/app/settings/tokens", false)) }
    };
    page(shell, contents)
}
