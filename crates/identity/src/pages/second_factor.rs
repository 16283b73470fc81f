//! A person's own second factor: setting it up, its recovery codes, switching it off.

use axum::{extract::State, response::Response};
use http::StatusCode;
use kernel::{Error, Kind, Secret};
use serde::Deserialize;
use web::page::{
    Button, Field, Markup, PageShell, Problems, button, button_link, card, copy_button, count,
    field, heading, html, page, post_form, qr_code, see_other, time,
};

use super::Shown;
use crate::{Enrolment, Identity, SafeForm, SecondFactorStatus, Visitor};

const PATH: &str = "/app/settings/second-factor";
const ACCOUNT: &str = "/app/settings/account";

#[derive(Deserialize)]
pub(super) struct SetUpForm {
    #[serde(rename = "current_password")]
    password: Secret<String>,
    #[serde(default)]
    code: String,
    #[serde(default)]
    enrolment: String,
}

#[derive(Deserialize)]
pub(super) struct ProofForm {
    #[serde(rename = "current_password")]
    password: Secret<String>,
    #[serde(default)]
    code: String,
}

pub(super) async fn show(visitor: Visitor, State(identity): State<Identity>) -> Shown {
    let enrolment = identity.enrolment(&visitor.context, "")?;
    answer(&identity, &visitor, &enrolment, Errors::default()).await
}

pub(super) async fn set_up(
    visitor: Visitor,
    State(identity): State<Identity>,
    SafeForm(form): SafeForm<SetUpForm>,
) -> Shown {
    let context = &visitor.context;
    let enrolment = identity.enrolment(context, &form.enrolment)?;
    let done = identity.set_up_second_factor(context, &form.password, &enrolment, &form.code).await;
    match done {
        Ok(codes) => Ok(codes_page(&visitor, &codes)),
        Err(error) if is_of_form(&error) => {
            let errors = Errors { set_up: Some(&error), ..Errors::default() };
            answer(&identity, &visitor, &enrolment, errors).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn renew_codes(
    visitor: Visitor,
    State(identity): State<Identity>,
    SafeForm(form): SafeForm<ProofForm>,
) -> Shown {
    let context = &visitor.context;
    match identity.renew_recovery_codes(context, &form.password, &form.code).await {
        Ok(codes) => Ok(codes_page(&visitor, &codes)),
        Err(error) if is_of_form(&error) => {
            let enrolment = identity.enrolment(context, "")?;
            let errors = Errors { renew: Some(&error), ..Errors::default() };
            answer(&identity, &visitor, &enrolment, errors).await
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn remove(
    visitor: Visitor,
    State(identity): State<Identity>,
    SafeForm(form): SafeForm<ProofForm>,
) -> Shown {
    let context = &visitor.context;
    match identity.remove_second_factor(context, &form.password, &form.code).await {
        Ok(()) => Ok(see_other(&format!("{ACCOUNT}?done=second-factor-off"))),
        Err(error) if is_of_form(&error) => {
            let enrolment = identity.enrolment(context, "")?;
            let errors = Errors { remove: Some(&error), ..Errors::default() };
            answer(&identity, &visitor, &enrolment, errors).await
        }
        Err(error) => Err(error.into()),
    }
}

fn is_of_form(error: &Error) -> bool {
    matches!(error.kind(), Kind::Invalid | Kind::TooManyRequests)
}

/// What is wrong with each form of the page.
#[derive(Clone, Copy, Default)]
struct Errors<'a> {
    set_up: Option<&'a Error>,
    renew: Option<&'a Error>,
    remove: Option<&'a Error>,
}

impl Errors<'_> {
    fn status(self) -> StatusCode {
        match self.set_up.or(self.renew).or(self.remove).map(Error::kind) {
            None => StatusCode::OK,
            Some(Kind::TooManyRequests) => StatusCode::TOO_MANY_REQUESTS,
            Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        }
    }
}

async fn answer(
    identity: &Identity,
    visitor: &Visitor,
    enrolment: &Enrolment,
    errors: Errors<'_>,
) -> Shown {
    let ways = identity.ways_in(&visitor.context).await?;
    let contents = match &ways.second_factor {
        _ if !ways.password => none(identity),
        Some(status) => on(identity, visitor, status, errors),
        None => off(visitor, enrolment, errors),
    };
    let shell = shell(visitor).status(errors.status());
    Ok::<Response, _>(page(shell, contents))
}

fn shell(visitor: &Visitor) -> PageShell {
    visitor.shell("Second factor").account("account").crumb("Second factor", PATH).secret()
}

fn codes_page(visitor: &Visitor, codes: &[Secret<String>]) -> Response {
    let contents = html! {
        (heading("Your recovery codes", html! {}, html! {}))
        (card(recovery_codes(codes, ACCOUNT, "Done")))
    };
    page(shell(visitor), contents)
}

/// For people who have no password here.
fn none(identity: &Identity) -> Markup {
    let name = identity.settings().provider.as_ref().map_or("", |provider| provider.name.as_str());
    html! {
        (heading("Second factor", html! {
            "You have no password on this server, so there is nothing to add to. "
            @if !name.is_empty() { "How you sign in at " (name) " is settled there." }
        }, html! {}))
    }
}

fn off(visitor: &Visitor, enrolment: &Enrolment, errors: Errors<'_>) -> Markup {
    let problems = Problems::of(errors.set_up);
    html! {
        (heading("Second factor", html! {
            "An app on your phone or computer shows a new code every half minute. With it, nobody "
            "gets in who knows your password alone."
        }, html! {}))
        (card(html! {
            h2 { "Set it up" }
            (problems.summary(&["current_password", "code"]))
            (hand_over(enrolment))
            (post_form(PATH, &visitor.csrf(), html! {
                input type="hidden" name="enrolment" value=(enrolment.sealed);
                (code_field(problems.with("code")))
                (password_field("set-up", problems))
                (button(Button::Primary, "Switch it on"))
            }))
            p.hint { "Other browsers are signed out. Tokens stay: they have a page of their own." }
        }))
    }
}

fn on(
    identity: &Identity,
    visitor: &Visitor,
    status: &SecondFactorStatus,
    errors: Errors<'_>,
) -> Markup {
    let now = visitor.context.now;
    html! {
        (heading("Second factor", html! {
            "It is on since " (time(now, status.since)) ". You have "
            (count(status.recovery_codes, "recovery code")) " left."
        }, html! {}))
        (card(html! {
            h2 { "New recovery codes" }
            p.hint { "Each gets you in once without your device. New ones take the place of the old." }
            (proof_form(visitor, "recovery-codes", Problems::of(errors.renew),
                &button(Button::Plain, "Make new recovery codes")))
        }))
        (card(html! {
            h2 { "Switch it off" }
            p.hint {
                @if identity.settings().require_second_factor {
                    "This server requires one: you will set up another at your next sign-in. That "
                    "is the way to a new device, too."
                } @else {
                    "Your password alone gets you in then. To move to a new device, switch it off "
                    "and set it up again."
                }
            }
            (proof_form(visitor, "remove", Problems::of(errors.remove),
                &button(Button::Danger, "Switch it off")))
        }))
    }
}

fn proof_form(visitor: &Visitor, action: &str, problems: Problems<'_>, send: &Markup) -> Markup {
    html! {
        (problems.summary(&["current_password", "code"]))
        (post_form(&format!("{PATH}/{action}"), &visitor.csrf(), html! {
            div.form-row {
                (password_field(action, problems))
                (code_field_of(action, problems.with("code")))
            }
            (send)
        }))
    }
}

fn password_field(form: &str, problems: Problems<'_>) -> Markup {
    let id = format!("{form}-password");
    field(
        &Field::password("current_password", "Your password", "current-password")
            .id(&id)
            .error(problems.with("current_password")),
    )
}

fn code_field_of(form: &str, error: Option<&str>) -> Markup {
    let id = format!("{form}-code");
    let code = Field { autocomplete: "one-time-code", ..Field::text("code", "Code") };
    field(&code.id(&id).error(error))
}

/// The first code.
pub(super) fn code_field(error: Option<&str>) -> Markup {
    let code = Field {
        autocomplete: "one-time-code",
        ..Field::text("code", "The code that it shows now")
    };
    field(&code.placeholder("123 456").error(error))
}

/// A secret for a device, as a picture and as text.
pub(super) fn hand_over(enrolment: &Enrolment) -> Markup {
    html! {
        div.hand-over {
            (qr_code("QR code for your authenticator app", enrolment.address.expose()))
            div.stack {
                p { "Scan this with an authenticator app, or type the key into it:" }
                div.copyable {
                    code { (enrolment.text.expose()) }
                    (copy_button(&enrolment.text.expose().replace(' ', "")))
                }
                p.hint { a href=(enrolment.address.expose()) { "Open it in an app on this device" } }
            }
        }
    }
}

/// Recovery codes, which are shown once.
pub(super) fn recovery_codes(codes: &[Secret<String>], next: &str, label: &str) -> Markup {
    let text: Vec<&str> = codes.iter().map(|code| code.expose().as_str()).collect();
    html! {
        p.lead {
            "Each gets you in once when your device is lost. Keep them where the device is not: "
            "they are not shown again."
        }
        div.recovery-codes {
            ul { @for code in &text { li { code { (code) } } } }
            (copy_button(&text.join("\n")))
        }
        div.actions { (button_link(label, next, true)) }
    }
}
