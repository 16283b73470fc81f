//! Forms: every field has a label, says what is expected, and keeps what was typed.

use maud::{Markup, html};

use super::{Icon, icon, text::sentence};

/// How much a button stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    /// The page's main action.
    Primary,
    /// Anything else.
    Plain,
    /// What can't be undone.
    Danger,
}

impl Button {
    /// Its classes, for a button of one's own making.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Primary => "button primary",
            Self::Plain => "button",
            Self::Danger => "button danger",
        }
    }
}

/// One line of input.
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    /// The name in the form.
    pub name: &'a str,
    /// What it is in the page, where another form has a field of the same name; else its name.
    pub id: &'a str,
    /// What is asked.
    pub label: &'a str,
    /// What the field holds.
    pub value: &'a str,
    /// `text`, `password`, `email` …
    pub kind: &'a str,
    /// What is expected, under the label.
    pub hint: &'a str,
    /// An example, shown while the field is empty.
    pub placeholder: &'a str,
    /// What browsers and password managers may fill in, e.g. `username`.
    pub autocomplete: &'a str,
    /// Whether it must be filled.
    pub required: bool,
    /// Whether the cursor starts here.
    pub focus: bool,
    /// What is wrong with what was sent.
    pub error: Option<&'a str>,
}

impl<'a> Field<'a> {
    /// A required line of text.
    pub const fn text(name: &'a str, label: &'a str) -> Self {
        Self {
            name,
            id: name,
            label,
            value: "",
            kind: "text",
            hint: "",
            placeholder: "",
            autocomplete: "off",
            required: true,
            focus: false,
            error: None,
        }
    }

    /// A password.
    pub const fn password(name: &'a str, label: &'a str, autocomplete: &'a str) -> Self {
        let mut field = Self::text(name, label);
        field.kind = "password";
        field.autocomplete = autocomplete;
        field
    }

    /// With what it holds.
    #[must_use]
    pub const fn value(mut self, value: &'a str) -> Self {
        self.value = value;
        self
    }

    /// With an id of its own.
    #[must_use]
    pub const fn id(mut self, id: &'a str) -> Self {
        self.id = id;
        self
    }

    /// With what is expected.
    #[must_use]
    pub const fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// With an example.
    #[must_use]
    pub const fn placeholder(mut self, placeholder: &'a str) -> Self {
        self.placeholder = placeholder;
        self
    }

    /// May stay empty.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.required = false;
        self
    }

    /// The cursor starts here.
    #[must_use]
    pub const fn focus(mut self) -> Self {
        self.focus = true;
        self
    }

    /// With what is wrong.
    #[must_use]
    pub const fn error(mut self, error: Option<&'a str>) -> Self {
        self.error = error;
        self
    }
}

/// One line of input with its label.
pub fn field(field: &Field<'_>) -> Markup {
    html! {
        div.field {
            label for=(field.id) {
                (field.label)
                @if !field.required { span.optional { " optional" } }
            }
            input id=(field.id) name=(field.name) type=(field.kind) value=(field.value)
                placeholder=[given(field.placeholder)] autocomplete=(field.autocomplete)
                autocapitalize="none" spellcheck="false" required[field.required]
                autofocus[field.focus] aria-invalid=[field.error.map(|_| "true")]
                aria-describedby=[described_by(field.id, field.hint, field.error)];
            (notes(field.id, field.hint, field.error))
        }
    }
}

/// Several lines of input with their label.
pub fn text_area(field: &Field<'_>, rows: u8) -> Markup {
    html! {
        div.field {
            label for=(field.id) {
                (field.label)
                @if !field.required { span.optional { " optional" } }
            }
            textarea id=(field.id) name=(field.name) rows=(rows) required[field.required]
                placeholder=[given(field.placeholder)]
                aria-invalid=[field.error.map(|_| "true")]
                aria-describedby=[described_by(field.id, field.hint, field.error)] {
                (field.value)
            }
            (notes(field.id, field.hint, field.error))
        }
    }
}

fn given(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn described_by(name: &str, hint: &str, error: Option<&str>) -> Option<String> {
    match (error, hint.is_empty()) {
        (Some(_), true) => Some(format!("{name}-error")),
        (Some(_), false) => Some(format!("{name}-error {name}-hint")),
        (None, false) => Some(format!("{name}-hint")),
        (None, true) => None,
    }
}

fn notes(name: &str, hint: &str, error: Option<&str>) -> Markup {
    html! {
        @if let Some(error) = error { p.field-error id={ (name) "-error" } { (sentence(error)) } }
        @if !hint.is_empty() { p.hint id={ (name) "-hint" } { (hint) } }
    }
}

/// One thing that can be chosen.
#[derive(Clone, Debug)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
}

impl Choice {
    /// A choice.
    pub fn new(value: impl Into<String>, label: impl Into<String>) -> Self {
        Self { value: value.into(), label: label.into() }
    }
}

/// A choice among a few.
#[derive(Clone, Copy, Debug)]
pub struct Select<'a> {
    /// The name in the form.
    pub name: &'a str,
    /// What is asked.
    pub label: &'a str,
    /// What is expected, under the label.
    pub hint: &'a str,
    /// What can be chosen.
    pub choices: &'a [Choice],
    /// What is chosen now.
    pub chosen: &'a str,
}

/// A choice among a few, with its label.
pub fn select(select: &Select<'_>) -> Markup {
    html! {
        div.field {
            label for=(select.name) { (select.label) }
            select id=(select.name) name=(select.name)
                aria-describedby=[described_by(select.name, select.hint, None)] {
                @for choice in select.choices {
                    option value=(choice.value) selected[choice.value == select.chosen] {
                        (choice.label)
                    }
                }
            }
            (notes(select.name, select.hint, None))
        }
    }
}

/// A choice without a visible label, beside a search.
pub fn filter(select: &Select<'_>) -> Markup {
    html! {
        select name=(select.name) aria-label=(select.label) {
            @for choice in select.choices {
                option value=(choice.value) selected[choice.value == select.chosen] {
                    (choice.label)
                }
            }
        }
    }
}

/// A yes or no.
pub fn checkbox(name: &str, label: &str, hint: &str, checked: bool) -> Markup {
    html! {
        div.field.check {
            input id=(name) name=(name) type="checkbox" value="true" checked[checked]
                aria-describedby=[described_by(name, hint, None)];
            label for=(name) { (label) }
            (notes(name, hint, None))
        }
    }
}

/// A button that sends its form.
pub fn button(style: Button, label: &str) -> Markup {
    html! { button type="submit" class=(style.class()) { (label) } }
}

/// A link that looks like a button.
pub fn button_link(label: &str, href: &str, primary: bool) -> Markup {
    let style = if primary { Button::Primary } else { Button::Plain };
    html! { a class=(style.class()) href=(href) { (label) } }
}

/// The hidden field that proves that a form is ours.
pub fn csrf_field(csrf: &str) -> Markup {
    html! { input type="hidden" name="csrf" value=(csrf); }
}

/// A form that posts, with the field that proves it ours.
pub fn post_form(action: &str, csrf: &str, contents: Markup) -> Markup {
    html! {
        form.form method="post" action=(action) { (csrf_field(csrf)) (contents) }
    }
}

/// A button that opens a question, and only the answer posts. Works without scripts.
/// `fields` are what the form sends besides the proof, often none.
pub fn confirm(
    open: &str,
    question: Markup,
    (answer, action): (&str, &str),
    csrf: &str,
    fields: Markup,
) -> Markup {
    html! {
        details.confirm {
            summary.button { (open) }
            div.confirm-sheet {
                div.confirm-question { (question) }
                form method="post" action=(action) {
                    (csrf_field(csrf)) (fields)
                    (button(Button::Danger, answer))
                }
            }
        }
    }
}

/// What is wrong with a form, part by part. Each message stands at the field that its pointer
/// names, and the rest above the form.
#[derive(Clone, Copy, Debug, Default)]
pub struct Problems<'a> {
    error: Option<&'a kernel::Error>,
}

impl<'a> Problems<'a> {
    /// Nothing, or what an operation said about what was sent.
    pub const fn of(error: Option<&'a kernel::Error>) -> Self {
        Self { error }
    }

    /// What is wrong with a field, by the name of its attribute.
    pub fn with(self, attribute: &str) -> Option<&'a str> {
        let details = self.error?.details().iter();
        details.filter(|detail| names(detail, attribute)).map(|detail| detail.text.as_str()).next()
    }

    /// What is wrong apart from these fields, above the form.
    pub fn summary(self, attributes: &[&str]) -> Markup {
        let rest: Vec<String> = self
            .error
            .into_iter()
            .flat_map(kernel::Error::details)
            .filter(|detail| !attributes.iter().any(|attribute| names(detail, attribute)))
            .map(|detail| sentence(&detail.text))
            .collect();
        html! {
            @if !rest.is_empty() {
                div.flash.tone-danger role="alert" {
                    (icon(Icon::Notice))
                    div { @for text in &rest { p { (text) } } }
                }
            }
        }
    }
}

fn names(detail: &kernel::Detail, attribute: &str) -> bool {
    let last = detail.pointer.as_deref().and_then(|pointer| pointer.rsplit('/').next());
    last == Some(attribute)
}

/// A search over a list. `filters` are more fields of the same form, `region` the id of the part
/// of the page that the answer replaces while one types; without scripts the form is just sent.
pub fn search_form(
    action: &str,
    (name, value): (&str, &str),
    placeholder: &str,
    region: &str,
    filters: Markup,
) -> Markup {
    html! {
        form.search role="search" method="get" action=(action) data-live=(region) {
            div.search-box {
                (icon(Icon::Search))
                input type="search" name=(name) value=(value) placeholder=(placeholder)
                    aria-label=(placeholder) autocomplete="off" autocapitalize="none"
                    spellcheck="false" data-shortcut="/";
                kbd aria-hidden="true" { "/" }
            }
            (filters)
            button.button.search-send type="submit" { "Search" }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_stands_in_one_place() {
        let error = kernel::Error::invalid("name", "can't be blank")
            .and(kernel::Error::conflict("the organization is gone"));
        let problems = Problems::of(Some(&error));
        assert_eq!(problems.with("name"), Some("can't be blank"));
        assert_eq!(problems.with("email"), None);
        let summary = problems.summary(&["name"]).into_string();
        assert!(summary.contains("The organization is gone."), "{summary}");
        assert!(!summary.contains("blank"), "{summary}");
    }
}
