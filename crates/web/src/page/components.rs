//! What pages are made of, apart from forms and tables.

use maud::{Markup, html};

use super::{Icon, icon};

/// A step on the path that leads to a page.
#[derive(Clone, Debug)]
pub struct Crumb {
    /// What it is called.
    pub label: String,
    /// Where it is.
    pub href: String,
}

/// One of the sections beside each other.
#[derive(Clone, Debug)]
pub struct Tab {
    /// What it is called.
    pub label: String,
    /// Where it is.
    pub href: String,
    /// Whether it is this one.
    pub current: bool,
}

/// A message about what has just happened.
#[derive(Clone, Debug)]
pub struct Flash {
    /// How it went.
    pub tone: Tone,
    /// One sentence.
    pub text: String,
}

/// How good or bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Neither.
    Neutral,
    /// Points out.
    Accent,
    /// Went well.
    Good,
    /// Needs attention.
    Warning,
    /// Went wrong, or can't be undone.
    Danger,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Neutral => "tone-neutral",
            Self::Accent => "tone-accent",
            Self::Good => "tone-good",
            Self::Warning => "tone-warning",
            Self::Danger => "tone-danger",
        }
    }
}

/// One of several ways to the same end.
#[derive(Debug)]
pub struct Way<'a> {
    /// What is special about it.
    pub title: &'a str,
    /// How it goes.
    pub contents: Markup,
}

/// A word in a coloured pill.
pub fn badge(tone: Tone, text: &str) -> Markup {
    html! { span.badge.(tone.class()) { (text) } }
}

/// A message above the contents.
pub fn flash(message: &Flash) -> Markup {
    let role = if message.tone == Tone::Danger { "alert" } else { "status" };
    let sign = if message.tone == Tone::Good { Icon::Check } else { Icon::Notice };
    html! {
        div.flash.(message.tone.class()) role=(role) {
            (icon(sign)) p { (message.text) }
        }
    }
}

/// The page's heading: a line about it below, and its main action on the right.
pub fn heading(title: &str, about: Markup, action: Markup) -> Markup {
    html! {
        div.heading {
            div.heading-text {
                h1 { (title) }
                @if !about.0.is_empty() { p.lead { (about) } }
            }
            @if !action.0.is_empty() { div.heading-action { (action) } }
        }
    }
}

/// The heading of a part of the page. `id` lets links lead to it.
pub fn section_heading(id: &str, title: &str, about: Markup) -> Markup {
    html! {
        div.section-heading {
            h2 id=(id) { (title) }
            @if !about.0.is_empty() { p.hint { (about) } }
        }
    }
}

/// A bordered surface.
pub fn card(contents: Markup) -> Markup {
    html! { div.card { (contents) } }
}

/// A bordered surface for what can't be undone.
pub fn danger_zone(title: &str, about: Markup, action: Markup) -> Markup {
    html! {
        section.card.danger-zone {
            div { h2 { (title) } p.hint { (about) } }
            div.danger-action { (action) }
        }
    }
}

/// What stands where a list would, and what to do next.
pub fn empty_state(sign: Icon, title: &str, about: Markup, action: Markup) -> Markup {
    html! {
        div.empty {
            span.empty-sign { (icon(sign)) }
            h2 { (title) }
            p { (about) }
            @if !action.0.is_empty() { div.empty-action { (action) } }
        }
    }
}

/// Several ways to the same end.
pub fn ways(ways: &[Way<'_>]) -> Markup {
    html! {
        div.ways {
            @for way in ways {
                div { h3 { (way.title) } (way.contents) }
            }
        }
    }
}

/// The sections beside each other.
pub fn tabs(label: &str, tabs: &[Tab]) -> Markup {
    html! {
        nav.tabs aria-label=(label) {
            ul {
                @for tab in tabs {
                    li {
                        a href=(tab.href) aria-current=[tab.current.then_some("page")] {
                            (tab.label)
                        }
                    }
                }
            }
        }
    }
}
