//! One's own account: name, address, password, and what is asked for beside it.

use axum::{extract::State, response::Response};
use http::StatusCode;
use kernel::{Error, Kind, Secret};
use serde::Deserialize;
use web::{
    ListQuery,
    page::{
        Button, Field, Markup, PageShell, Problems, button, button_link, card, count, field,
        heading, html, page, post_form, see_other, time,
    },
};

use super::{Shown, done};
use crate::{Identity, SafeForm, UserChange, Visitor, service::WaysIn};

const PATH: &str = "/app/settings/account";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AccountForm {
    username: String,
    email: String,
}

#[derive(Deserialize)]
pub(super) struct PasswordForm {
    #[serde(rename = "current_password")]
    current: Secret<String>,
    #[serde(rename = "new_password")]
    new: Secret<String>,
    #[serde(rename = "repeated_password")]
    repeated: Secret<String>,
}

/// The first page of a person's settings.
pub(super) async fn home() -> Response {
    see_other(PATH)
}

pub(super) async fn show(
    visitor: Visitor,
    State(identity): State<Identity>,
    query: ListQuery,
) -> Shown {
    let form = AccountForm::of(&identity, &visitor).await?;
    let mut shell = shell(&visitor);
    if let Some((tone, text)) = done(query.get("done")) {
        shell = shell.flash(tone, text);
    }
    let ways = identity.ways_in(&visitor.context).await?;
    Ok(page(shell, markup(&visitor, &ways, &form, (None, None))))
}

pub(super) async fn update(
    visitor: Visitor,
    State(identity): State<Identity>,
    SafeForm(form): SafeForm<AccountForm>,
) -> Shown {
    let change = UserChange {
        username: Some(form.username.trim().to_owned()),
        email: Some(form.email.trim().to_owned()),
    };
    match identity.update_account(&visitor.context, change).await {
        Ok(_) => Ok(see_other(&format!("{PATH}?done=saved"))),
        Err(error) if matches!(error.kind(), Kind::Invalid | Kind::Conflict) => {
            let shell = shell(&visitor).status(StatusCode::UNPROCESSABLE_ENTITY);
            let ways = identity.ways_in(&visitor.context).await?;
            Ok(page(shell, markup(&visitor, &ways, &form, (Some(&error), None))))
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn change_password(
    visitor: Visitor,
    State(identity): State<Identity>,
    SafeForm(form): SafeForm<PasswordForm>,
) -> Shown {
    let changed = async {
        if form.new != form.repeated {
            return Err(Error::invalid("repeated_password", "the two are not the same"));
        }
        identity.change_password(&visitor.context, &form.current, &form.new).await
    };
    match changed.await {
        Ok(()) => Ok(see_other(&format!("{PATH}?done=password"))),
        Err(error) if matches!(error.kind(), Kind::Invalid | Kind::TooManyRequests) => {
            let account = AccountForm::of(&identity, &visitor).await?;
            let shell = shell(&visitor).status(StatusCode::UNPROCESSABLE_ENTITY);
            let ways = identity.ways_in(&visitor.context).await?;
            Ok(page(shell, markup(&visitor, &ways, &account, (None, Some(&error)))))
        }
        Err(error) => Err(error.into()),
    }
}

impl AccountForm {
    async fn of(identity: &Identity, visitor: &Visitor) -> kernel::Result<Self> {
        let user = identity.read_user(&visitor.context, visitor.user().id).await?;
        Ok(Self { username: user.username, email: user.email })
    }
}

fn shell(visitor: &Visitor) -> PageShell {
    visitor.shell("Your account").account("account")
}

fn markup(
    visitor: &Visitor,
    ways: &WaysIn,
    form: &AccountForm,
    (of_account, of_password): (Option<&Error>, Option<&Error>),
) -> Markup {
    let csrf = visitor.csrf();
    let (account, password) = (Problems::of(of_account), Problems::of(of_password));
    html! {
        (heading("Your account", html! {}, html! {}))
        (card(html! {
            h2 { "Name and address" }
            (account.summary(&["username", "email"]))
            (post_form(PATH, &csrf, html! {
                (field(&Field { autocomplete: "username", ..Field::text("username", "Username") }
                    .value(&form.username).error(account.with("username"))))
                (field(&Field { autocomplete: "email", ..Field::text("email", "E-mail") }
                    .value(&form.email).error(account.with("email"))))
                (button(Button::Primary, "Save changes"))
            }))
        }))
        @if ways.password {
            (card(password_form(&csrf, password)))
            (card(second_factor(visitor, ways)))
        }
    }
}

fn second_factor(visitor: &Visitor, ways: &WaysIn) -> Markup {
    let now = visitor.context.now;
    html! {
        div.section-heading {
            h2 { "Second factor" }
            p.hint {
                @if let Some(status) = &ways.second_factor {
                    "On since " (time(now, status.since)) ". "
                    (count(status.recovery_codes, "recovery code")) " left."
                } @else {
                    "Off. With it, nobody gets in who knows your password alone."
                }
            }
        }
        @let label = if ways.second_factor.is_some() { "Change" } else { "Set it up" };
        div.actions { (button_link(label, "/app/settings/second-factor", false)) }
    }
}

fn password_form(csrf: &str, password: Problems<'_>) -> Markup {
    html! {
            h2 { "Password" }
            (password.summary(&["current_password", "password", "repeated_password"]))
            (post_form(&format!("{PATH}/password"), csrf, html! {
                (field(&Field::password("current_password", "Current password", "current-password")
                    .error(password.with("current_password"))))
                (field(&Field::password("new_password", "New password", "new-password")
                    .hint("At least 8 characters; a few words are better than one with signs in it.")
                    .error(password.with("password"))))
                (field(&Field::password("repeated_password", "New password, again", "new-password")
                    .error(password.with("repeated_password"))))
                (button(Button::Primary, "Change password"))
            }))
            p.hint { "Other browsers are signed out. Tokens stay: they have a page of their own." }
    }
}
