//! The form of a policy, and what is wrong with its text, at the line.

use kernel::Error;
use serde::Deserialize;
use web::page::{Button, Field, Markup, Problems, button, button_link, field, html, text_area};

use super::frame::at;
use crate::policy::{Policy, PolicyError};

const ROWS: u8 = 18;
/// How many lines before and after a wrong one are shown with it.
const AROUND: usize = 2;

/// What the form holds.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PolicyForm {
    pub(super) name: String,
    pub(super) text: String,
}

/// Why a form was not taken.
pub(super) enum Refusal {
    /// The text is no policy.
    Text(PolicyError),
    /// Something else.
    Other(Error),
}

impl PolicyForm {
    /// The text as browsers send it, with the ends of lines that files have.
    pub(super) fn tidy(self) -> Self {
        Self { name: self.name.trim().to_lowercase(), text: self.text.replace("\r\n", "\n") }
    }

    /// Whether the text is a policy.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        if self.text.trim().is_empty() {
            let text = "a policy needs at least one path; one that gives nothing can be deleted";
            return Err(Refusal::Other(Error::invalid("text", text)));
        }
        Policy::parse(&self.name, &self.text).map(|_| ()).map_err(Refusal::Text)
    }

    /// The fields; a new policy also has a name.
    pub(super) fn fields(&self, is_new: bool, refusal: Option<&Refusal>) -> Markup {
        let (wrong, other) = match refusal {
            Some(Refusal::Text(error)) => (Some(error), None),
            Some(Refusal::Other(error)) => (None, Some(error)),
            None => (None, None),
        };
        let problems = Problems::of(other);
        let at_line = wrong.map(|error| format!("line {}: {}", error.line, error.message.trim()));
        html! {
            (problems.summary(&["name", "text"]))
            @if is_new {
                (field(&Field::text("name", "Name").value(&self.name).focus()
                    .placeholder("ci-deploy")
                    .hint("Tokens and roles name it. Case does not count.")
                    .error(problems.with("name"))))
            }
            div.policy-text {
                (text_area(&Field::text("text", "Rules").value(&self.text)
                    .placeholder("path \"terraform/creds/ci\" {\n  capabilities = [\"read\"]\n}")
                    .hint("HCL or JSON: paths, with * at the end and + for one part between slashes, \
                           and what may be done there: create, read, update, patch, delete, list, \
                           sudo, deny.")
                    .error(at_line.as_deref().or(problems.with("text"))), ROWS))
                @if let Some(error) = wrong { (excerpt(&self.text, error)) }
            }
            div.actions {
                (button(Button::Primary, if is_new { "Create policy" } else { "Save changes" }))
                (button_link("Cancel", &at("/policies"), false))
            }
        }
    }
}

/// The wrong line among its neighbours.
fn excerpt(text: &str, error: &PolicyError) -> Markup {
    let first = error.line.saturating_sub(AROUND).max(1);
    let lines: Vec<_> = (first..)
        .zip(text.lines().skip(first - 1))
        .take_while(|(number, _)| *number <= error.line + AROUND)
        .collect();
    html! {
        figure.code.excerpt {
            figcaption { "Line " (error.line) ", character " (error.column) }
            pre tabindex="0" {
                @for (number, line) in lines {
                    @let wrong = number == error.line;
                    span.wrong-line[wrong] {
                        (if wrong { "> " } else { "  " }) (format!("{number:>4}  {line}")) "\n"
                    }
                }
            }
        }
    }
}
