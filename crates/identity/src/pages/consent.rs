//! Consent: `terraform login` opens this page, and on approval its own little server, on this very
//! computer, gets a code that it changes into a token. The command line knows no refusal: whoever
//! refuses, or comes with a broken request, gets a page.

use axum::{
    extract::{Query, State, rejection::QueryRejection},
    response::Response,
};
use http::StatusCode;
use kernel::Error;
use serde::Deserialize;
use web::page::{
    Button, Icon, Markup, PageShell, button_link, csrf_field, host, html, icon, page, see_other,
    sentence,
};

use super::Shown;
use crate::{AuthorizationQuery, AuthorizationRequest, Identity, SafeForm, Visitor};

const PATH: &str = "/app/oauth/authorize";

#[derive(Debug, Deserialize)]
pub(super) struct ConsentForm {
    #[serde(default)]
    decision: String,
    #[serde(flatten)]
    query: AuthorizationQuery,
}

pub(super) async fn show(
    visitor: Visitor,
    State(identity): State<Identity>,
    query: Result<Query<AuthorizationQuery>, QueryRejection>,
) -> Response {
    let Ok(Query(query)) = query else {
        let unreadable =
            Error::bad_request("the request can’t be read; run `terraform login` again");
        return broken(&visitor, &unreadable);
    };
    match query.check() {
        Ok(request) => {
            let shell = shell(&visitor, "Let Terraform act as you?")
                .form_target(format!("http://localhost:{}", request.port));
            page(shell, question(&visitor, host(identity.external_url()), &request, &query))
        }
        Err(error) => broken(&visitor, &error),
    }
}

pub(super) async fn decide(
    visitor: Visitor,
    State(identity): State<Identity>,
    SafeForm(form): SafeForm<ConsentForm>,
) -> Shown {
    let request = match form.query.check() {
        Ok(request) => request,
        Err(error) => return Ok(broken(&visitor, &error)),
    };
    if form.decision != "approve" {
        return Ok(page(shell(&visitor, "Terraform gets no token"), refused()));
    }
    Ok(see_other(&identity.issue_code(&visitor.context, &request).await?))
}

fn shell(visitor: &Visitor, title: &str) -> PageShell {
    // The address holds the request's state and challenge: nobody else needs to know them.
    visitor.shell(title).focus().secret()
}

fn question(
    visitor: &Visitor,
    host: &str,
    request: &AuthorizationRequest,
    query: &AuthorizationQuery,
) -> Markup {
    html! {
        h1 { "Let Terraform act as you?" }
        p.lead { "A command line asks for a token of yours on " strong { (host) } "." }
        ul.consent {
            li { (icon(Icon::Person)) div {
                p { "You are " strong { (visitor.user().username) } }
                p { "Not you? Sign out first, and run the command again." }
            } }
            li { (icon(Icon::Key)) div {
                p { "It can do whatever you can" }
                p { "Until you revoke the token, under Tokens." }
            } }
            li { (icon(Icon::Terminal)) div {
                p { "It listens on " strong { "localhost:" (request.port) } ", this computer" }
                p { "Approve only if you have just run " code { "terraform login" } " here yourself." }
            } }
        }
        form.form method="post" action=(PATH) {
            (csrf_field(&visitor.csrf()))
            @for (name, value) in parameters(query) {
                input type="hidden" name=(name) value=(value);
            }
            button class=(Button::Primary.class()) type="submit" name="decision" value="approve" { "Approve" }
            button class=(Button::Plain.class()) type="submit" name="decision" value="refuse" { "Refuse" }
        }
    }
}

fn parameters(query: &AuthorizationQuery) -> [(&'static str, &str); 6] {
    [
        ("response_type", &query.response_type),
        ("client_id", &query.client_id),
        ("redirect_uri", &query.redirect_uri),
        ("state", &query.state),
        ("code_challenge", &query.code_challenge),
        ("code_challenge_method", &query.code_challenge_method),
    ]
}

fn refused() -> Markup {
    html! {
        h1 { "Terraform gets no token" }
        p.lead {
            "You refused. The command line does not notice: stop it with " kbd { "Ctrl" } " "
            kbd { "C" } ". You can close this page."
        }
        div.actions { (button_link("Go to your organizations", "/app", false)) }
    }
}

fn broken(visitor: &Visitor, error: &Error) -> Response {
    let shell = shell(visitor, "This request is not in order").status(StatusCode::BAD_REQUEST);
    let contents = html! {
        h1 { "This request is not in order" }
        @for detail in error.details() { p.lead { (sentence(&detail.text)) } }
        p.hint {
            "Nothing was given to anybody. If you did not run " code { "terraform login" }
            " yourself, somebody may have sent you here: close this page."
        }
        div.actions { (button_link("Go to your organizations", "/app", false)) }
    };
    page(shell, contents)
}
