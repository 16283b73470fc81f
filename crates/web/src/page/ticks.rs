//! Several things that can be ticked, under one heading.

use maud::{Markup, html};

/// Something that can be ticked. What is ticked is sent under its name, as `true`.
#[derive(Clone, Debug)]
pub struct Tick {
    name: String,
    label: String,
    hint: String,
    ticked: bool,
    fixed: bool,
}

impl Tick {
    /// Something that can be ticked.
    pub fn new(name: impl Into<String>, label: impl Into<String>, ticked: bool) -> Self {
        let (name, label) = (name.into(), label.into());
        Self { name, label, hint: String::new(), ticked, fixed: false }
    }

    /// With what it means.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// It can be seen, but not changed.
    #[must_use]
    pub fn fixed(mut self, fixed: bool) -> Self {
        self.fixed = fixed;
        self
    }
}

/// Things that can be ticked; a long list scrolls.
pub fn ticks(legend: &str, hint: &str, ticks: &[Tick]) -> Markup {
    html! {
        fieldset.ticks {
            legend { (legend) }
            @if !hint.is_empty() { p.hint { (hint) } }
            div.tick-list {
                @for tick in ticks { (one(tick)) }
            }
        }
    }
}

fn one(tick: &Tick) -> Markup {
    let described = (!tick.hint.is_empty()).then(|| format!("{}-hint", tick.name));
    html! {
        div.field.check {
            input id=(tick.name) name=(tick.name) type="checkbox" value="true"
                checked[tick.ticked] disabled[tick.fixed] aria-describedby=[described.as_deref()];
            label for=(tick.name) { (tick.label) }
            @if let Some(id) = &described { p.hint id=(id) { (tick.hint) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_fixed_is_not_sent() {
        let tick = Tick::new("manage-teams", "Manage teams", true).hint("All of them.").fixed(true);
        let text = ticks("May", "", &[tick]).into_string();
        assert!(
            text.contains(r#"name="manage-teams""#) && text.contains("checked disabled"),
            "{text}"
        );
        assert!(text.contains(r#"aria-describedby="manage-teams-hint""#), "{text}");
    }
}
