//! The versions of a workspace's state.

use kernel::{Page, Timestamp};
use web::page::{Column, Markup, Tone, badge, html, pagination_by, section_heading, table, time};

use super::workspace::size;
use crate::Version;

/// The part of a page with the versions, the newest first. `path` is the page's address.
pub(super) fn section(
    now: Timestamp,
    versions: &Page<Version>,
    current: &Version,
    path: &str,
) -> Markup {
    let rows = versions.items.iter().map(|version| row(now, version, current, path)).collect();
    html! {
        section {
            (section_heading("history", "History", html! {}))
            (table("State versions", &[
                Column::main("Serial"), Column::text("Saved"), Column::text("By"),
                Column::number("Size"),
            ], rows))
            (pagination_by("history", versions, "version", path))
        }
    }
}

fn row(now: Timestamp, version: &Version, current: &Version, path: &str) -> Vec<Markup> {
    vec![
        html! {
            a href={ (path) "/states/" (version.id) } aria-label={ "Serial " (version.serial) } {
                (version.serial)
            }
            " " (marks(version, current.id == version.id))
        },
        time(now, version.finalized_at.unwrap_or(version.created_at)),
        html! { (version.created_by_name) },
        html! { (size(version)) },
    ]
}

/// What is special about a version.
pub(super) fn marks(version: &Version, is_current: bool) -> Markup {
    html! {
        @if is_current { (badge(Tone::Good, "Current")) " " }
        @if version.intermediate { (badge(Tone::Neutral, "During an apply")) " " }
        @if version.rollback_of.is_some() { (badge(Tone::Accent, "Rolled back")) " " }
        @if version.forced { (badge(Tone::Warning, "Forced")) }
    }
}
