//! The code, after the right password.

use axum::{extract::State, response::Response};
use http::HeaderMap;
use kernel::Error;
use serde::Deserialize;
use web::{
    ListQuery, RequestInfo,
    page::{Button, Field, Markup, Problems, button, field, host, html, page, see_other},
};

use super::{
    super::Shown, again, no_ticket, refused, shell, start_over, status_of, waiting, with_cookies,
};
use crate::{Identity, OpenForm, Stage, Visitor, safe_return_to, service::Waiting};

const PATH: &str = "/app/sign-in/code";
const TITLE: &str = "Enter a code";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::pages) struct CodeForm {
    code: String,
    return_to: String,
}

pub(in crate::pages) async fn show(
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
    Ok(match waiting(&identity, &context, &headers, Stage::Code).await? {
        Some(waiting) => {
            page(shell(TITLE, context.now), markup(&identity, &waiting, &return_to, None))
        }
        None => again(&return_to),
    })
}

pub(in crate::pages) async fn by_code(
    visitor: Option<Visitor>,
    State(identity): State<Identity>,
    request: RequestInfo,
    headers: HeaderMap,
    OpenForm(form): OpenForm<CodeForm>,
) -> Shown {
    let return_to = safe_return_to(Some(&form.return_to));
    // Signed in meanwhile, in another window.
    if visitor.is_some() {
        return Ok(see_other(&return_to));
    }
    let context = identity.anonymous(&request);
    let Some(waiting) = waiting(&identity, &context, &headers, Stage::Code).await? else {
        return Ok(again(&return_to));
    };
    match identity.sign_in_by_code(&context, &waiting, &form.code).await {
        Ok(Some(sign_in)) => {
            with_cookies(see_other(&return_to), &[&sign_in.cookie, &no_ticket(&identity)])
        }
        Ok(None) => Ok(again(&return_to)),
        Err(error) => {
            let Some(status) = status_of(&error) else { return Err(error.into()) };
            let contents = markup(&identity, &waiting, &return_to, Some(&error));
            Ok::<Response, _>(refused(shell(TITLE, context.now), &error, status, contents))
        }
    }
}

fn markup(
    identity: &Identity,
    waiting: &Waiting,
    return_to: &str,
    error: Option<&Error>,
) -> Markup {
    let problems = Problems::of(error);
    let code = Field { autocomplete: "one-time-code", ..Field::text("code", "Code") };
    html! {
        h1 { (TITLE) }
        p.lead {
            "Your authenticator app shows it for " strong { (waiting.username()) } " at "
            strong { (host(identity.external_url())) } "."
        }
        (problems.summary(&["code"]))
        form.form method="post" action=(PATH) {
            input type="hidden" name="return_to" value=(return_to);
            (field(&code.focus().hint("Six digits, or one of your recovery codes.")
                .error(problems.with("code"))))
            (button(Button::Primary, "Sign in"))
        }
        p.hint {
            "Neither the device nor a recovery code? An administrator can take the second factor "
            "away, after asking who you are."
        }
        (start_over(return_to))
    }
}
