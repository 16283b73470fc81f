//! Signing in and out.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::{HeaderValue, StatusCode, header};
use kernel::{Error, Kind, Secret, Timestamp};
use serde::{Deserialize, de::IgnoredAny};
use web::{
    ListQuery, RequestInfo,
    page::{
        Button, Field, Markup, PageShell, Problems, Tone, button, field, host, html, page,
        see_other,
    },
};

use super::Shown;
use crate::{Identity, OpenForm, SafeForm, Visitor, safe_return_to};

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
    let mut shell = shell(identity.now());
    if query.get("done") == Some("signed-out") {
        shell = shell.flash(Tone::Good, "You are signed out.");
    }
    page(shell, markup(&identity, "", &return_to, None))
}

pub(super) async fn sign_in(
    State(identity): State<Identity>,
    request: RequestInfo,
    OpenForm(form): OpenForm<SignInForm>,
) -> Shown {
    let context = identity.anonymous(&request);
    let return_to = safe_return_to(Some(&form.return_to));
    match identity.sign_in(&context, &form.login, &form.password).await {
        Ok(signed_in) => Ok(with_cookie(see_other(&return_to), &signed_in.cookie)?),
        Err(error) if matches!(error.kind(), Kind::Unauthorized | Kind::TooManyRequests) => {
            let status = match error.kind() {
                Kind::TooManyRequests => StatusCode::TOO_MANY_REQUESTS,
                _ => StatusCode::UNAUTHORIZED,
            };
            let shell = shell(context.now).status(status);
            let mut answer = page(shell, markup(&identity, &form.login, &return_to, Some(&error)));
            if status == StatusCode::TOO_MANY_REQUESTS {
                // The page says in minutes how long it really takes.
                answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
            }
            Ok(answer)
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn sign_out(
    visitor: Visitor,
    State(identity): State<Identity>,
    SafeForm(_): SafeForm<IgnoredAny>,
) -> Shown {
    let cookie = identity.sign_out(&visitor.context).await?;
    Ok(with_cookie(see_other(&format!("{PATH}?done=signed-out")), &cookie)?)
}

fn with_cookie(response: Response, cookie: &str) -> kernel::Result<Response> {
    let cookie = HeaderValue::from_str(cookie).map_err(Error::internal)?;
    Ok(([(header::SET_COOKIE, cookie)], response).into_response())
}

fn shell(now: Timestamp) -> PageShell {
    PageShell::new("Sign in", now).focus().secret()
}

fn markup(identity: &Identity, login: &str, return_to: &str, error: Option<&Error>) -> Markup {
    let for_terraform = return_to.starts_with("/app/oauth/");
    let again = !login.is_empty();
    let name = Field {
        autocomplete: "username",
        focus: !again,
        ..Field::text("login", "Username or e-mail")
    };
    let password =
        Field { focus: again, ..Field::password("password", "Password", "current-password") };
    html! {
        h1 { "Sign in" }
        p.lead {
            @if for_terraform { "A command line on this computer wants to log in to " }
            @else { "to " }
            strong { (host(identity.external_url())) } @if for_terraform { "." }
        }
        (Problems::of(error).summary(&[]))
        form.form method="post" action=(PATH) {
            input type="hidden" name="return_to" value=(return_to);
            (field(&name.value(login)))
            (field(&password))
            (button(Button::Primary, "Sign in"))
        }
    }
}
