//! How variables look in lists, of a workspace and of a set.

use kernel::Secret;
use web::page::{Icon, Markup, Tone, badge, confirm, html, icon};

use crate::variables::{Category, Variable};

/// How much of a value a list shows.
const SHOWN: usize = 120;

/// The name of a variable, and what is special about it.
pub(super) fn name(variable: &Variable, href: Option<&str>) -> Markup {
    html! {
        @if let Some(href) = href { a href=(href) { code { (variable.key) } } }
        @else { code { (variable.key) } }
        @if variable.hcl { " " (badge(Tone::Neutral, "HCL")) }
        @if !variable.description.is_empty() { p.hint { (variable.description) } }
    }
}

/// The value, as far as it may be shown.
pub(super) fn value(variable: &Variable) -> Markup {
    let value = variable.value.as_ref().map(Secret::expose).map(String::as_str);
    html! {
        @match value {
            _ if variable.sensitive => {
                span.with-icon.quiet title="Nobody is shown the value" { (icon(Icon::Lock)) "sensitive" }
            }
            None | Some("") => span.quiet { "empty" },
            Some(value) => code { (shortened(value)) },
        }
    }
}

/// The beginning of a value, on one line.
fn shortened(value: &str) -> String {
    let line: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

/// What gets a variable, as people say it.
pub(super) fn category(category: Category) -> Markup {
    html! {
        span.whole {
            @match category { Category::Terraform => "Terraform", Category::Env => "Environment" }
        }
    }
}

/// The ways to change and delete a variable.
pub(super) fn actions(variable: &Variable, path: &str, csrf: &str) -> Markup {
    let path = format!("{path}/{}", variable.id);
    html! {
        div.row-actions {
            a.button.small href=(path) aria-label={ "Change " (variable.key) } { "Change" }
            (confirm(
                "Delete…",
                html! { "The variable " strong { (variable.key) } " and its value go." },
                ("Delete the variable", &format!("{path}/delete")),
                csrf,
                html! {},
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_cut_and_stand_on_one_line() {
        assert_eq!(shortened("a\nb\tc"), "a b c");
        let cut = shortened(&"ä".repeat(200));
        assert_eq!(cut.chars().count(), SHOWN + 1);
        assert!(cut.ends_with('…'));
    }
}
