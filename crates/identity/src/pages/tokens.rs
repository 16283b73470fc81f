//! A person's tokens: what there is, a new one, and revoking one.

use std::time::Duration;

use axum::extract::State;
use http::StatusCode;
use kernel::{Error, Kind, Page, PageRequest, Timestamp, TokenId};
use serde::{Deserialize, de::IgnoredAny};
use web::{
    ListQuery, Path,
    page::{
        Button, Choice, Column, Field, Icon, Markup, PageShell, Problems, Select, Tone, button,
        button_link, card, confirm, copyable, empty_state, expiry, field, heading, host, html,
        page, page_request, pagination, post_form, secret_value, section_heading, see_other,
        select, table, time, time_or,
    },
};

use super::{Shown, done, use_token::use_it_locally};
use crate::{Identity, SafeForm, Token, Visitor};

const PATH: &str = "/app/settings/tokens";

/// What is offered, in days.
const LIFETIMES: [(&str, &str); 5] =
    [("7", "7 days"), ("30", "30 days"), ("90", "90 days"), ("365", "1 year"), ("", "Never")];

/// What a form starts with.
const USUAL_LIFETIME: &str = "90";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct TokenForm {
    description: String,
    expires_in_days: String,
}

pub(super) async fn list(
    visitor: Visitor,
    State(identity): State<Identity>,
    query: ListQuery,
) -> Shown {
    let from_terraform = query.get("source") == Some("terraform-login");
    let mut shell = shell(&visitor);
    if let Some((tone, text)) = done(query.get("done")) {
        shell = shell.flash(tone, text);
    } else if from_terraform {
        shell = shell.flash(
            Tone::Accent,
            "Terraform is waiting for a token: create one here, copy it, and paste it into your \
             terminal.",
        );
    }
    let form = TokenForm {
        description: if from_terraform { "terraform login".to_owned() } else { String::new() },
        expires_in_days: USUAL_LIFETIME.to_owned(),
    };
    let tokens = own(&identity, &visitor, page_request(&query)).await?;
    Ok(page(shell, list_page(&visitor, &identity, &tokens, &form, None)))
}

pub(super) async fn create(
    visitor: Visitor,
    State(identity): State<Identity>,
    SafeForm(form): SafeForm<TokenForm>,
) -> Shown {
    let made = async {
        let expires_at = form.expires_at(visitor.context.now)?;
        let description = form.required_description()?;
        identity.create_token(&visitor.context, visitor.user().id, description, expires_at).await
    };
    match made.await {
        Ok((token, secret)) => {
            let shell = shell(&visitor).secret();
            Ok(page(shell, created_page(&identity, &token, secret.expose())))
        }
        Err(error) if error.kind() == Kind::Invalid => {
            let tokens = own(&identity, &visitor, PageRequest::default()).await?;
            let contents = list_page(&visitor, &identity, &tokens, &form, Some(&error));
            Ok(page(shell(&visitor).status(StatusCode::UNPROCESSABLE_ENTITY), contents))
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn revoke(
    visitor: Visitor,
    State(identity): State<Identity>,
    Path(token): Path<String>,
    SafeForm(_): SafeForm<IgnoredAny>,
) -> Shown {
    let token: TokenId = token.parse().map_err(|_| Error::not_found())?;
    identity.revoke_token(&visitor.context, token).await?;
    Ok(see_other(&format!("{PATH}?done=revoked")))
}

async fn own(
    identity: &Identity,
    visitor: &Visitor,
    request: PageRequest,
) -> kernel::Result<Page<Token>> {
    identity.list_tokens(&visitor.context, visitor.user().id, request).await
}

impl TokenForm {
    fn required_description(&self) -> kernel::Result<&str> {
        match self.description.trim() {
            "" => Err(Error::invalid(
                "description",
                "say what the token is for, so that you know it again",
            )),
            description => Ok(description),
        }
    }

    fn expires_at(&self, now: Timestamp) -> kernel::Result<Option<Timestamp>> {
        if !LIFETIMES.iter().any(|(days, _)| *days == self.expires_in_days) {
            return Err(Error::invalid("expires-in-days", "choose one of the times on offer"));
        }
        let days = self.expires_in_days.parse::<u64>().ok();
        Ok(days.map(|days| now.plus(Duration::from_hours(days * 24))))
    }
}

fn shell(visitor: &Visitor) -> PageShell {
    visitor.shell("Tokens").account("tokens").crumb("Tokens", PATH)
}

fn list_page(
    visitor: &Visitor,
    identity: &Identity,
    tokens: &Page<Token>,
    form: &TokenForm,
    error: Option<&Error>,
) -> Markup {
    let host = host(identity.external_url());
    html! {
        (heading("Tokens", html! {
            "With a token, Terraform and other programs act as you. Each is shown once, when it is made."
        }, html! {}))
        (card(new_token_form(&visitor.csrf(), form, error)))
        section {
            (section_heading("tokens", "Your tokens", html! {}))
            @if tokens.total == 0 {
                (empty_state(Icon::Key, "No tokens yet", html! {
                    "Create one above, or let Terraform fetch its own:"
                }, copyable(&format!("terraform login {host}"))))
            } @else {
                (table("Your tokens", &[
                    Column::main("Description"), Column::text("Created"), Column::text("Last used"),
                    Column::text("Expires"), Column::actions("Revoke"),
                ], tokens.items.iter().map(|token| row(visitor, token)).collect()))
                (pagination(tokens, "token", PATH, &[]))
            }
        }
    }
}

fn new_token_form(csrf: &str, form: &TokenForm, error: Option<&Error>) -> Markup {
    let problems = Problems::of(error);
    let choices: Vec<_> =
        LIFETIMES.iter().map(|(days, label)| Choice::new(*days, *label)).collect();
    html! {
        h2 { "New token" }
        (problems.summary(&["description"]))
        (post_form(PATH, csrf, html! {
            div.form-row {
                (field(&Field::text("description", "What is it for?")
                    .value(&form.description)
                    .placeholder("e.g. laptop, or nightly drift check")
                    .error(problems.with("description"))))
                (select(&Select {
                    name: "expires_in_days", label: "Expires after", hint: "", choices: &choices,
                    chosen: &form.expires_in_days,
                }))
            }
            (button(Button::Primary, "Create token"))
        }))
    }
}

fn row(visitor: &Visitor, token: &Token) -> Vec<Markup> {
    let now = visitor.context.now;
    vec![
        html! {
            strong { @if token.description.is_empty() { "No description" } @else { (token.description) } }
            p.hint { code { (token.id) } }
        },
        time(now, token.created_at),
        time_or(now, token.last_used_at, "never"),
        expiry(now, token.expires_at),
        confirm(
            "Revoke…",
            html! { "Whatever uses " strong { (token.description) } " is refused from its next request on." },
            ("Revoke the token", &format!("{PATH}/{}/revoke", token.id)),
            &visitor.csrf(),
            html! {},
        ),
    ]
}

fn created_page(identity: &Identity, token: &Token, secret: &str) -> Markup {
    let host = host(identity.external_url());
    html! {
        (heading("Your new token", html! {
            "For " strong { (token.description) } ". Copy it now: it is stored as a hash only, and "
            "can’t be shown again."
        }, button_link("Done", PATH, false)))
        (secret_value("Your new token", secret))
        (use_it_locally(host, secret))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(description: &str, days: &str) -> TokenForm {
        TokenForm { description: description.to_owned(), expires_in_days: days.to_owned() }
    }

    #[test]
    fn lifetimes_count_from_now() {
        let now = Timestamp::from_micros(0);
        let week = now.plus(Duration::from_hours(7 * 24));
        assert_eq!(form("laptop", "7").expires_at(now).unwrap(), Some(week));
        assert_eq!(form("laptop", "").expires_at(now).unwrap(), None);
    }

    #[test]
    fn only_what_is_offered_can_be_chosen() {
        let now = Timestamp::from_micros(0);
        for days in ["8", "-1", "99999999999999999999", "x"] {
            assert!(form("laptop", days).expires_at(now).is_err(), "{days}");
        }
    }

    #[test]
    fn tokens_are_described() {
        assert_eq!(form(" laptop ", "7").required_description().unwrap(), "laptop");
        assert!(form(" ", "7").required_description().is_err());
    }
}
