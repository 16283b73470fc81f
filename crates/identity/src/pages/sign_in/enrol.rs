//! Setting up the second factor that this server requires, before anything else.

use axum::{extract::State, response::Response};
use http::HeaderMap;
use kernel::Error;
use serde::Deserialize;
use web::{
    ListQuery, RequestInfo,
    page::{Button, Markup, Problems, button, html, page, see_other},
};

use super::{
    super::{
        Shown,
        second_factor::{code_field, hand_over, recovery_codes},
    },
    again, no_ticket, refused, shell, start_over, status_of, waiting, with_cookies,
};
use crate::{Enrolment, Identity, OpenForm, Stage, Visitor, safe_return_to};

const PATH: &str = "/app/sign-in/second-factor";
const TITLE: &str = "Set up a second factor";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::pages) struct EnrolForm {
    code: String,
    enrolment: String,
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
    let Some(waiting) = waiting(&identity, &context, &headers, Stage::Enrol).await? else {
        return Ok(again(&return_to));
    };
    let enrolment = identity.waiting_enrolment(&context, &waiting, "")?;
    Ok(page(shell(TITLE, context.now), markup(&enrolment, &return_to, None)))
}

pub(in crate::pages) async fn enrol(
    visitor: Option<Visitor>,
    State(identity): State<Identity>,
    request: RequestInfo,
    headers: HeaderMap,
    OpenForm(form): OpenForm<EnrolForm>,
) -> Shown {
    let return_to = safe_return_to(Some(&form.return_to));
    if visitor.is_some() {
        return Ok(see_other(&return_to));
    }
    let context = identity.anonymous(&request);
    let Some(waiting) = waiting(&identity, &context, &headers, Stage::Enrol).await? else {
        return Ok(again(&return_to));
    };
    let enrolment = identity.waiting_enrolment(&context, &waiting, &form.enrolment)?;
    match identity.sign_in_enrolling(&context, &waiting, &enrolment, &form.code).await {
        Ok(Some((sign_in, codes))) => {
            let shell = shell("Your recovery codes", context.now);
            let contents = html! {
                h1 { "Your recovery codes" }
                (recovery_codes(&codes, &return_to, "Go on"))
            };
            with_cookies(page(shell, contents), &[&sign_in.cookie, &no_ticket(&identity)])
        }
        Ok(None) => Ok(again(&return_to)),
        Err(error) => {
            let Some(status) = status_of(&error) else { return Err(error.into()) };
            let contents = markup(&enrolment, &return_to, Some(&error));
            Ok::<Response, _>(refused(shell(TITLE, context.now), &error, status, contents))
        }
    }
}

fn markup(enrolment: &Enrolment, return_to: &str, error: Option<&Error>) -> Markup {
    let problems = Problems::of(error);
    html! {
        h1 { (TITLE) }
        p.lead {
            "This server asks for one beside your password: an app on your phone or computer that "
            "shows a new code every half minute."
        }
        (problems.summary(&["code"]))
        (hand_over(enrolment))
        form.form method="post" action=(PATH) {
            input type="hidden" name="return_to" value=(return_to);
            input type="hidden" name="enrolment" value=(enrolment.sealed);
            (code_field(problems.with("code")))
            (button(Button::Primary, "Switch it on and sign in"))
        }
        (start_over(return_to))
    }
}
