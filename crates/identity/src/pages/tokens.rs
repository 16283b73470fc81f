//! A person's tokens: what there is, a new one, and revoking one.

use axum::extract::State;
use http::StatusCode;
use kernel::{Error, Kind, Page, PageRequest, TokenId};
use serde::de::IgnoredAny;
use web::{
    ListQuery, Path,
    page::{
        Button, Column, Icon, Markup, PageShell, Problems, Tone, button, button_link, card,
        confirm, copyable, empty_state, expiry, heading, host, html, page, page_request,
        pagination, post_form, secret_value, section_heading, see_other, table, time,
    },
};

use super::{
    Shown, done,
    token_form::{FIELDS, TokenForm, last_used_cell, name_cell},
    use_token::use_it_locally,
};
use crate::{Identity, SafeForm, Token, Visitor, lifetime::in_words};

const PATH: &str = "/app/settings/tokens";

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
    let form = TokenForm::fresh(if from_terraform { "terraform login" } else { "" });
    let known = read(&identity, &visitor, page_request(&query)).await?;
    Ok(page(shell, list_page(&visitor, &identity, &known, &form, None)))
}

pub(super) async fn create(
    visitor: Visitor,
    State(identity): State<Identity>,
    SafeForm(form): SafeForm<TokenForm>,
) -> Shown {
    let made = async {
        let new = form.new_token(visitor.context.now)?;
        identity.create_user_token(&visitor.context, visitor.user().id, new).await
    };
    match made.await {
        Ok((token, secret)) => {
            let shell = shell(&visitor).secret();
            Ok(page(shell, created_page(&identity, &visitor, (&token, secret.expose()), PATH)))
        }
        Err(error) if error.kind() == Kind::Invalid => {
            let known = read(&identity, &visitor, PageRequest::default()).await?;
            let contents = list_page(&visitor, &identity, &known, &form, Some(&error));
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

/// What the page shows: the tokens, and how long one may live that is good everywhere.
struct Known {
    tokens: Page<Token>,
    limit: String,
}

async fn read(
    identity: &Identity,
    visitor: &Visitor,
    request: PageRequest,
) -> kernel::Result<Known> {
    let tokens = identity.list_tokens(&visitor.context, visitor.user().id, request).await?;
    let longest = identity.longest_own_token(&visitor.context).await?;
    let limit = longest.map_or_else(String::new, |longest| {
        format!(
            "Not all of your organizations accept one that lives longer than {}.",
            in_words(longest)
        )
    });
    Ok(Known { tokens, limit })
}

fn shell(visitor: &Visitor) -> PageShell {
    visitor.shell("Tokens").account("tokens").crumb("Tokens", PATH)
}

fn list_page(
    visitor: &Visitor,
    identity: &Identity,
    known: &Known,
    form: &TokenForm,
    error: Option<&Error>,
) -> Markup {
    let host = host(identity.external_url());
    let tokens = &known.tokens;
    let problems = Problems::of(error);
    html! {
        (heading("Tokens", html! {
            "With a token, Terraform and other programs act as you. Each is shown once, when it is made."
        }, html! {}))
        (card(html! {
            h2 { "New token" }
            (problems.summary(&FIELDS))
            (post_form(PATH, &visitor.csrf(), html! {
                (form.fields(problems, &known.limit))
                (button(Button::Primary, "Create token"))
            }))
        }))
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

fn row(visitor: &Visitor, token: &Token) -> Vec<Markup> {
    let now = visitor.context.now;
    vec![
        name_cell(token),
        time(now, token.created_at),
        last_used_cell(now, token),
        expiry(now, token.expires_at),
        revoke_cell(token, &format!("{PATH}/{}/revoke", token.id), &visitor.csrf()),
    ]
}

/// The way to take a token away.
pub(super) fn revoke_cell(token: &Token, action: &str, csrf: &str) -> Markup {
    confirm(
        "Revoke…",
        html! { "Whatever uses " strong { (token.description) } " is refused from its next request on." },
        ("Revoke the token", action),
        csrf,
        html! {},
    )
}

/// The page that shows a new token, this once.
pub(super) fn created_page(
    identity: &Identity,
    visitor: &Visitor,
    (token, secret): (&Token, &str),
    back: &str,
) -> Markup {
    let host = host(identity.external_url());
    html! {
        (heading("Your new token", html! {
            "For " strong { (token.description) } ". Copy it now: it is stored as a hash only, and "
            "can’t be shown again."
            @if let Some(end) = token.expires_at {
                " It expires " (time(visitor.context.now, end)) "."
            }
        }, button_link("Done", back, false)))
        (secret_value("Your new token", secret))
        (use_it_locally(host, secret))
    }
}
