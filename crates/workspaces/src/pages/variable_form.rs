//! The form of a variable, of a workspace or of a set.

use kernel::{Error, Secret};
use serde::Deserialize;
use web::page::{
    Button, Choice, Field, Markup, Problems, Select, button, button_link, card, checkbox, field,
    html, post_form, select, text_area,
};

use crate::variables::{Variable, VariableChange};

/// What is sent. It holds a value, so it is never written anywhere.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct VariableForm {
    key: String,
    value: String,
    category: String,
    description: String,
    hcl: bool,
    sensitive: bool,
}

impl VariableForm {
    /// A form that shows a variable.
    pub(super) fn of(variable: &Variable) -> Self {
        let value = variable.value.as_ref().map(Secret::expose);
        Self {
            key: variable.key.clone(),
            value: value.cloned().unwrap_or_default(),
            category: variable.category.as_str().to_owned(),
            description: variable.description.clone(),
            hcl: variable.hcl,
            sensitive: variable.sensitive,
        }
    }

    /// What is asked for. `before` is the variable that the form changes: when its value is
    /// sensitive the form does not show it, and left empty it stays.
    pub(super) fn change(&self, before: Option<&Variable>) -> VariableChange {
        let keeps = before.is_some_and(|variable| variable.sensitive) && self.value.is_empty();
        // Browsers send lines as in mail.
        let value = self.value.replace("\r\n", "\n");
        VariableChange {
            key: Some(Some(self.key.trim().to_owned())),
            value: (!keeps).then(|| Some(Secret::new(value))),
            description: Some(Some(self.description.trim().to_owned())),
            category: Some(Some(self.category.clone())),
            hcl: Some(Some(self.hcl)),
            sensitive: Some(Some(self.sensitive)),
        }
    }

    /// What was sent, to be corrected; a sensitive value must be typed again.
    pub(super) fn refused(self, before: Option<&Variable>) -> Self {
        let sensitive = self.sensitive || before.is_some_and(|variable| variable.sensitive);
        if sensitive { Self { value: String::new(), ..self } } else { self }
    }
}

/// The form on a page.
pub(super) struct FormView<'a> {
    /// What it shows.
    pub(super) form: &'a VariableForm,
    /// The variable that it changes.
    pub(super) before: Option<&'a Variable>,
    /// What is wrong with what was sent.
    pub(super) error: Option<&'a Error>,
    /// Where it is sent.
    pub(super) action: &'a str,
    /// Where else one can go.
    pub(super) back: &'a str,
    /// The proof that it is ours.
    pub(super) csrf: &'a str,
}

impl FormView<'_> {
    pub(super) fn markup(&self) -> Markup {
        let problems = Problems::of(self.error);
        let hidden = self.before.is_some_and(|variable| variable.sensitive);
        let hint = if hidden {
            "The value is sensitive: nobody is shown it. Leave this empty to keep it."
        } else {
            "A text; with HCL below, an expression."
        };
        // A browser drops a line break at the very beginning.
        let value = match self.form.value.strip_prefix('\n') {
            Some(_) => format!("\n{}", self.form.value),
            None => self.form.value.clone(),
        };
        let categories = [
            Choice::new("terraform", "Terraform: an input variable of the configuration"),
            Choice::new("env", "Environment: a variable of the process"),
        ];
        let chosen =
            if self.form.category.is_empty() { "terraform" } else { self.form.category.as_str() };
        card(html! {
            (problems.summary(&["key", "value", "description"]))
            (post_form(self.action, self.csrf, html! {
                (field(&Field::text("key", "Key").value(&self.form.key).focus()
                    .placeholder("region").error(problems.with("key"))))
                (text_area(&Field::text("value", "Value").optional().value(&value).hint(hint)
                    .error(problems.with("value")), 4))
                (select(&Select { name: "category", label: "Goes to", hint: "",
                    choices: &categories, chosen }))
                (checkbox("hcl", "HCL",
                    "The value is an expression of Terraform’s language: a number, list or map.",
                    self.form.hcl))
                (checkbox("sensitive", "Sensitive",
                    "The value is shown to nobody any more, not even to you.",
                    self.form.sensitive))
                (field(&Field::text("description", "Description").optional()
                    .value(&self.form.description).error(problems.with("description"))))
                div.actions {
                    (button(Button::Primary,
                        if self.before.is_some() { "Save changes" } else { "Add variable" }))
                    (button_link("Cancel", self.back, false))
                }
            }))
        })
    }
}

#[cfg(test)]
mod tests {
    use kernel::{Timestamp, WorkspaceId};

    use super::*;
    use crate::variables::Owner;

    fn variable(sensitive: bool) -> Variable {
        let change: VariableChange =
            serde_json::from_value(serde_json::json!({"key": "a", "category": "env",
                "sensitive": sensitive}))
            .unwrap();
        let owner = Owner::Workspace(WorkspaceId::generate());
        change.create(owner, Timestamp::from_micros(0)).unwrap().0
    }

    #[test]
    fn an_empty_field_keeps_only_a_value_that_is_not_shown() {
        let form = VariableForm { key: " a ".to_owned(), ..VariableForm::default() };
        assert!(form.change(Some(&variable(true))).value.is_none());
        assert!(form.change(Some(&variable(false))).value.is_some());
        assert!(form.change(None).value.is_some());
        assert_eq!(form.change(None).key, Some(Some("a".to_owned())));
    }

    #[test]
    fn lines_end_as_terraform_ends_them() {
        let form = VariableForm { value: "a\r\nb".to_owned(), ..VariableForm::default() };
        let value = form.change(None).value.flatten().unwrap();
        assert_eq!(value.expose(), "a\nb");
    }

    #[test]
    fn a_refused_form_does_not_repeat_a_sensitive_value() {
        let sent = |sensitive| VariableForm {
            value: "hush".to_owned(),
            sensitive,
            ..VariableForm::default()
        };
        assert_eq!(sent(true).refused(None).value, "");
        assert_eq!(sent(false).refused(Some(&variable(true))).value, "");
        assert_eq!(sent(false).refused(None).value, "hush");
    }
}
