//! The few signs that pages use, drawn in place so that they take the text's colour.

use maud::{Markup, PreEscaped, html};

/// A sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// The product's.
    Logo,
    /// Go back.
    Back,
    /// Done.
    Check,
    /// More below.
    Chevron,
    /// Copy.
    Copy,
    /// Hidden.
    Eye,
    /// Go on.
    Forward,
    /// A token.
    Key,
    /// Sign out.
    Leave,
    /// Locked.
    Lock,
    /// Pay attention.
    Notice,
    /// An organization.
    Organization,
    /// Somebody.
    Person,
    /// A project.
    Project,
    /// Search.
    Search,
    /// State.
    State,
    /// A terminal.
    Terminal,
    /// A workspace.
    Workspace,
}

/// A sign beside a text that says the same; it is not read out.
pub fn icon(icon: Icon) -> Markup {
    if icon == Icon::Logo {
        return html! {
            svg.logo viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" {
                path.logo-shield d="M12 1.6 20.4 4.7v6.5c0 5.4-3.5 9.6-8.4 11.3-4.9-1.7-8.4-5.9-8.4-11.3V4.7z" {}
                path.logo-bars d="M8 8.6h8M8 12.1h8M9.9 15.6h4.2" {}
            }
        };
    }
    html! {
        svg.icon viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" {
            (PreEscaped(shape(icon)))
        }
    }
}

const fn shape(icon: Icon) -> &'static str {
    match icon {
        Icon::Logo => "",
        Icon::Back => r#"<path d="M9.5 4 5.5 8l4 4"/>"#,
        Icon::Check => r#"<path d="m3.5 8.5 3 3 6-7"/>"#,
        Icon::Chevron => r#"<path d="m4.5 6.5 3.5 3.5 3.5-3.5"/>"#,
        Icon::Copy => {
            r#"<rect x="5.5" y="5.5" width="8" height="8" rx="1.5"/><path d="M10.5 3.2c0-.4-.3-.7-.7-.7H4c-.8 0-1.5.7-1.5 1.5v5.8c0 .4.3.7.7.7"/>"#
        }
        Icon::Eye => {
            r#"<path d="M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8z"/><circle cx="8" cy="8" r="1.8"/>"#
        }
        Icon::Forward => r#"<path d="m6.5 4 4 4-4 4"/>"#,
        Icon::Key => r#"<circle cx="5" cy="11" r="2.8"/><path d="m7.1 8.9 6.2-6.2M10.8 5.2l2 2"/>"#,
        Icon::Leave => {
            r#"<path d="M6 13.5H3.5a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1H6M10.5 11l3-3-3-3M13.5 8H6"/>"#
        }
        Icon::Lock => {
            r#"<rect x="3" y="7" width="10" height="6.5" rx="1.5"/><path d="M5.2 7V5a2.8 2.8 0 0 1 5.6 0v2"/>"#
        }
        Icon::Notice => r#"<circle cx="8" cy="8" r="6"/><path d="M8 5v3.6M8 10.9v.1"/>"#,
        Icon::Organization => {
            r#"<path d="M2.5 13.5v-10a1 1 0 0 1 1-1h4a1 1 0 0 1 1 1v10M8.5 6.5h4a1 1 0 0 1 1 1v6M1.5 13.5h13M5 5.5h1M5 8h1M5 10.5h1"/>"#
        }
        Icon::Person => {
            r#"<circle cx="8" cy="5.3" r="2.8"/><path d="M2.8 13.5c.6-2.6 2.7-4 5.2-4s4.6 1.4 5.2 4"/>"#
        }
        Icon::Project => {
            r#"<path d="M2 4.5c0-.6.4-1 1-1h3.3l1.5 1.7H13c.6 0 1 .4 1 1v5.8c0 .6-.4 1-1 1H3c-.6 0-1-.4-1-1z"/>"#
        }
        Icon::Search => r#"<circle cx="7" cy="7" r="4.3"/><path d="m10.2 10.2 3.3 3.3"/>"#,
        Icon::State => {
            r#"<path d="M8 2.3 14 5.3 8 8.3 2 5.3zM2.3 8.2 8 11l5.7-2.8M2.3 11 8 13.8 13.7 11"/>"#
        }
        Icon::Terminal => {
            r#"<rect x="1.8" y="2.8" width="12.4" height="10.4" rx="1.5"/><path d="m4.5 6 2 2-2 2M8.5 10.3h3"/>"#
        }
        Icon::Workspace => {
            r#"<rect x="2.5" y="2.5" width="11" height="11" rx="2"/><path d="M2.5 6.5h11M6 6.5v7"/>"#
        }
    }
}
