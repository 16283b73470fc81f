//! The pages' shell, components and style.
//!
//! A page is plain HTML that works without scripts: forms that post, links that lead on. The one
//! small script only makes it quicker. Nothing is inline, so that the content security policy can
//! refuse everything that is not ours.

mod assets;
mod components;
mod form;
mod icon;
mod qr;
mod shell;
mod table;
mod text;
mod ticks;

pub use assets::{asset, asset_url};
pub use components::{
    Crumb, Flash, Tab, Tone, Way, badge, card, danger_zone, empty_state, flash, heading,
    section_heading, tabs, ways,
};
pub use form::{
    Button, Choice, Field, Problems, Select, button, button_link, checkbox, confirm, csrf_field,
    field, filter, post_form, search_form, select, text_area,
};
pub use icon::{Icon, icon};
pub use maud::{Markup, PreEscaped, Render, html};
pub use qr::qr_code;
pub use shell::{Layout, PageShell, ShellUser, error_page, page, see_other};
pub use table::{
    Column, definition_list, page_request, page_request_by, pagination, pagination_among,
    pagination_by, table, wide_definition_list,
};
pub use text::{
    Escaped, bytes, code_block, copy_button, copyable, count, expiry, host, path_segment, relative,
    secret_value, sentence, time, time_or,
};
pub use ticks::{Tick, ticks};
