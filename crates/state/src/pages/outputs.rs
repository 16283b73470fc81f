//! The outputs of a state. Sensitive values are not even in the page until one is asked for.

use kernel::OutputId;
use web::page::{
    Column, Icon, Markup, Tone, badge, copy_button, csrf_field, empty_state, html, icon,
    section_heading, table,
};

use crate::Output;

/// The part of a page with a state's outputs. `action` is where a form asks for a sensitive one.
pub(super) fn section(
    outputs: &[Output],
    revealed: Option<OutputId>,
    action: &str,
    csrf: &str,
) -> Markup {
    let rows = outputs.iter().map(|output| row(output, revealed, action, csrf)).collect();
    html! {
        section #outputs-section {
            (section_heading("outputs", "Outputs", html! {}))
            @if outputs.is_empty() {
                (empty_state(Icon::Terminal, "No outputs", html! {
                    "An " code { "output" } " block in the configuration shows up here."
                }, html! {}))
            } @else {
                (table("Outputs", &[
                    Column::main("Name"), Column::text("Value"), Column::actions("Show or copy"),
                ], rows))
            }
        }
    }
}

fn row(output: &Output, revealed: Option<OutputId>, action: &str, csrf: &str) -> Vec<Markup> {
    let shown = !output.sensitive || revealed == Some(output.id);
    let text = shown.then(|| output.value.as_ref().map(|value| readable(value.get()))).flatten();
    vec![
        html! {
            code { (output.name) }
            @if output.sensitive { " " (badge(Tone::Warning, "Sensitive")) }
        },
        html! {
            @match &text {
                Some(text) => div.output-value { pre tabindex="0" { code { (text) } } },
                None if shown => span.quiet { "not known" },
                None => span.masked role="img" aria-label="hidden" { "••••••••" },
            }
        },
        html! {
            @if let Some(text) = &text { (copy_button(text)) }
            @else if !shown {
                form.inline-form method="post" action={ (action) "#outputs" }
                    data-partial="outputs-section" {
                    (csrf_field(csrf))
                    button.button.small type="submit" name="output" value=(output.id)
                        aria-label={ "Reveal " (output.name) } { (icon(Icon::Eye)) "Reveal" }
                }
            }
        },
    ]
}

/// A value as people read it: a text without its quotes, anything else indented.
fn readable(json: &str) -> String {
    match serde_json::from_str(json) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(value @ (serde_json::Value::Array(_) | serde_json::Value::Object(_))) => {
            serde_json::to_string_pretty(&value).unwrap_or_else(|_| json.to_owned())
        }
        // Numbers stay as they were written.
        Ok(_) | Err(_) => json.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use kernel::OutputId;
    use serde_json::value::RawValue;

    use super::*;

    fn output(sensitive: bool) -> Output {
        Output {
            id: OutputId::generate(),
            name: "password".to_owned(),
            sensitive,
            value: Some(RawValue::from_string(r#""hunter2""#.to_owned()).unwrap()),
            kind: None,
        }
    }

    #[test]
    fn a_sensitive_value_is_in_the_page_only_when_asked_for() {
        let outputs = [output(true), output(true)];
        let hidden = section(&outputs, None, "/x", "c").into_string();
        assert!(!hidden.contains("hunter2"), "{hidden}");
        let shown = section(&outputs, Some(outputs[0].id), "/x", "c").into_string();
        // Once to be read and once to be copied; the other output stays hidden.
        assert_eq!(shown.matches("hunter2").count(), 2, "{shown}");
    }

    #[test]
    fn values_are_readable() {
        assert_eq!(readable(r#""a\nb""#), "a\nb");
        assert_eq!(readable("1.50"), "1.50");
        assert_eq!(readable("[1]"), "[\n  1\n]");
    }
}
