//! The frames of an organization's settings and of a project, for the pages that other crates have
//! there.

use web::page::{Markup, PageShell};

use super::{projects, settings};
use crate::{ProjectDetails, Scope, Visitor};

/// The frame of an organization's settings.
pub fn settings_shell(visitor: &Visitor, scope: &Scope, title: &str) -> PageShell {
    settings::shell(visitor, scope, title)
}

/// Where an organization's settings are.
pub fn settings_path(organization: &str) -> String {
    settings::path(organization)
}

/// The way between the parts of the settings; `active` is where the page is below them.
pub fn settings_parts(scope: &Scope, active: &str) -> Markup {
    settings::parts(scope, active)
}

/// The frame of a project.
pub fn project_shell(visitor: &Visitor, scope: &Scope, details: &ProjectDetails) -> PageShell {
    projects::edit_shell(visitor, scope, details)
}

/// Where the page of a project is.
pub fn project_path(scope: &Scope, details: &ProjectDetails) -> String {
    format!("{}/{}", projects::path(scope), details.project.id)
}

/// The way between the parts of a project; `active` is where the page is below its own.
pub fn project_parts(scope: &Scope, details: &ProjectDetails, active: &str) -> Markup {
    projects::parts(scope, details.project.id, active)
}
