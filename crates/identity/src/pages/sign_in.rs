//! Signing in and out. What comes between the right password and the session has files of its own.

mod code;
mod elsewhere;
mod enrol;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use kernel::{Context, Error, Kind, Secret, Timestamp};
use serde::{Deserialize, de::IgnoredAny};
use web::{
    ListQuery, RequestInfo,
    page::{
        Button, Escaped, Field, Icon, Markup, PageShell, Problems, Tone, button, field, host, html,
        icon, page, see_other,
    },
    retry_after,
};

use super::Shown;
use crate::{
    Identity, OpenForm, Provider, SafeForm, Stage, Visitor,
    cookie::{self, Cookie},
    safe_return_to,
    service::Waiting,
};

pub(super) use code::{by_code, show as show_code};
pub(super) use elsewhere::{come_back, leave};
pub(super) use enrol::{enrol, show as show_enrol};

const PATH: &str = "/app/sign-in";

#[derive(Deserialize)]
pub(super) struct SignInForm {
    login: String,
    password: Secret<String>,
    #[serde(default)]
    return_to: String,
}

pub(super) async fn show(
    visitor: Option<Visitor>,
    State(identity): State<Identity>,
    query: ListQuery,
) -> Response {
    let return_to = safe_return_to(query.get("return_to"));
    if visitor.is_some() {
        return see_other(&return_to);
    }
    let (settings, word) = (identity.settings(), query.get("done"));
    // Whoever has just been somewhere else wants to see the page.
    if let (false, None, Some(provider)) =
        (settings.local_accounts, word, settings.provider.as_ref())
    {
        return at_once(&identity, provider, &return_to);
    }
    let mut shell = shell("Sign in", identity.now());
    if let Some((tone, text)) = done(word) {
        shell = shell.flash(tone, text);
    }
    let left = if word == Some("signed-out") { identity.provider_sign_out().await } else { None };
    let contents = html! {
        (markup(&identity, "", &return_to, None))
        @if let (Some(url), Some(provider)) = (left, &identity.settings().provider) {
            p.hint {
                "You may still be signed in at " (provider.name) ": "
                a href=(url) { "sign out there, too" } "."
            }
        }
    };
    page(shell, contents)
}

pub(super) async fn sign_in(
    State(identity): State<Identity>,
    request: RequestInfo,
    OpenForm(form): OpenForm<SignInForm>,
) -> Shown {
    let context = identity.anonymous(&request);
    let return_to = safe_return_to(Some(&form.return_to));
    let error = match identity.sign_in(&context, &form.login, &form.password).await {
        Ok(sign_in) => {
            let next = match sign_in.next {
                None => return_to,
                Some(Stage::Code) => with_return_to("/app/sign-in/code", &return_to),
                Some(Stage::Enrol) => with_return_to("/app/sign-in/second-factor", &return_to),
            };
            return with_cookies(see_other(&next), &[&sign_in.cookie]);
        }
        Err(error) => error,
    };
    let Some(status) = status_of(&error) else { return Err(error.into()) };
    let contents = markup(&identity, &form.login, &return_to, Some(&error));
    Ok(refused(shell("Sign in", context.now), &error, status, contents))
}

pub(super) async fn sign_out(
    visitor: Visitor,
    State(identity): State<Identity>,
    SafeForm(_): SafeForm<IgnoredAny>,
) -> Shown {
    let cookie = identity.sign_out(&visitor.context).await?;
    with_cookies(see_other(&format!("{PATH}?done=signed-out")), &[&cookie])
}

/// What `?done=…` says has just happened.
fn done(word: Option<&str>) -> Option<(Tone, &'static str)> {
    Some(match word? {
        "signed-out" => (Tone::Good, "You are signed out."),
        "ended" => {
            (Tone::Warning, "Your session has ended, so nothing was changed. Sign in again.")
        }
        "expired" => {
            (Tone::Warning, "That took too long, or was begun in another browser. Sign in again.")
        }
        _ => return None,
    })
}

/// The status of a page that repeats the form; none if it is no fault of whoever filled it.
fn status_of(error: &Error) -> Option<StatusCode> {
    match error.kind() {
        Kind::Unauthorized | Kind::Invalid => Some(StatusCode::UNAUTHORIZED),
        Kind::Forbidden => Some(StatusCode::FORBIDDEN),
        Kind::TooManyRequests => Some(StatusCode::TOO_MANY_REQUESTS),
        _ => None,
    }
}

/// A page that repeats the form.
fn refused(shell: PageShell, error: &Error, status: StatusCode, contents: Markup) -> Response {
    let mut answer = page(shell.status(status), contents);
    if let Some(wait) = retry_after(error) {
        answer.headers_mut().insert(header::RETRY_AFTER, wait);
    }
    answer
}

/// To a page that leads on to where one wanted to go.
fn with_return_to(path: &str, return_to: &str) -> String {
    format!("{path}?return_to={}", Escaped(return_to))
}

/// Back to the first page, because what brought one here is worth nothing any more.
fn again(return_to: &str) -> Response {
    see_other(&format!("{}&done=expired", with_return_to(PATH, return_to)))
}

fn with_cookies(response: Response, cookies: &[&str]) -> Shown {
    let mut response = response.into_response();
    for cookie in cookies {
        let cookie = HeaderValue::from_str(cookie).map_err(Error::internal)?;
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Whoever holds the ticket that the browser shows.
async fn waiting(
    identity: &Identity,
    context: &Context,
    headers: &HeaderMap,
    stage: Stage,
) -> kernel::Result<Option<Waiting>> {
    let Some(ticket) = cookie::read(identity.external_url(), Cookie::Ticket, headers) else {
        return Ok(None);
    };
    let found = identity.waiting(context, ticket).await?;
    Ok(found.filter(|waiting| waiting.stage() == stage))
}

/// What takes the ticket away.
fn no_ticket(identity: &Identity) -> String {
    cookie::clear(identity.external_url(), Cookie::Ticket)
}

fn shell(title: &str, now: Timestamp) -> PageShell {
    PageShell::new(title, now).focus().secret().named_here()
}

/// Where everybody signs in elsewhere, the page leads there at once. It is a page and no redirect,
/// which could not follow on a form: browsers hold a page's policy against where a form leads to.
fn at_once(identity: &Identity, provider: &Provider, return_to: &str) -> Response {
    let target = with_return_to("/app/sign-in/oidc", return_to);
    let contents = html! {
        h1 { "Sign in" }
        (lead(identity, return_to))
        (elsewhere(provider, return_to))
    };
    let mut answer = page(shell("Sign in", identity.now()), contents);
    if let Ok(value) = HeaderValue::from_str(&format!("0; url={target}")) {
        answer.headers_mut().insert(HeaderName::from_static("refresh"), value);
    }
    answer
}

fn lead(identity: &Identity, return_to: &str) -> Markup {
    let for_terraform = return_to.starts_with("/app/oauth/");
    html! {
        p.lead {
            @if for_terraform { "A command line on this computer wants to log in to " }
            @else { "to " }
            strong { (host(identity.external_url())) } @if for_terraform { "." }
        }
    }
}

/// The way to the other server.
fn elsewhere(provider: &Provider, return_to: &str) -> Markup {
    html! {
        div.actions {
            a class=(Button::Primary.class()) href=(with_return_to("/app/sign-in/oidc", return_to)) {
                "Sign in with " (provider.name)
            }
        }
    }
}

fn markup(identity: &Identity, login: &str, return_to: &str, error: Option<&Error>) -> Markup {
    let settings = identity.settings();
    html! {
        h1 { "Sign in" }
        (lead(identity, return_to))
        (Problems::of(error).summary(&[]))
        @if let Some(provider) = &settings.provider {
            (elsewhere(provider, return_to))
            @if settings.local_accounts { p.or { "or with a password of this server" } }
        }
        @if settings.local_accounts {
            (password_form(login, return_to, settings.provider.is_none()))
        }
    }
}

fn password_form(login: &str, return_to: &str, alone: bool) -> Markup {
    let again = !login.is_empty();
    let name = Field {
        autocomplete: "username",
        focus: alone && !again,
        ..Field::text("login", "Username or e-mail")
    };
    let password =
        Field { focus: again, ..Field::password("password", "Password", "current-password") };
    html! {
        form.form method="post" action=(PATH) {
            input type="hidden" name="return_to" value=(return_to);
            (field(&name.value(login)))
            (field(&password))
            (button(if alone { Button::Primary } else { Button::Plain }, "Sign in"))
        }
    }
}

/// The other way out of a page between the password and the session.
fn start_over(return_to: &str) -> Markup {
    html! {
        p.hint.with-icon {
            (icon(Icon::Back))
            a href=(with_return_to(PATH, return_to)) { "Sign in as somebody else" }
        }
    }
}
