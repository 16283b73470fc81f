//! Variable sets: variables that several workspaces share.
//!
//! - An organization or one of its projects owns a set. It counts everywhere (global), in the
//!   projects that it names, and for the workspaces that it names; one that a project owns counts
//!   in that project only, and is never global.
//! - Whoever may see variables where a set counts sees the set; whoever keeps the sets of its owner
//!   changes it, and says where it counts. Nobody learns of workspaces that they don't see.
//! - No two global sets have a variable of one key and category, since neither would win.
//!
//! The vendor's pages: "Variable sets API", "Variables" (ownership and precedence).

mod change;
mod places;
mod resource;
mod service;
mod sight;
mod store;
mod variables;
mod view;

use kernel::{OrganizationId, ProjectId, Timestamp, VariableSetId};

pub(crate) use change::{NewSet, Parent, SetChange};
pub(crate) use places::{Applied, Step, leave_foreign, name_projects, name_workspaces};
pub(crate) use service::{SetFilter, create, delete, find, is_kept, list, require_keeper, update};
pub(crate) use store::for_workspace;
pub(crate) use variables::{
    create_variable, delete_variable, find_variable, list_variables, update_variable,
};
pub(crate) use view::{Relations, SetIncludes};

use crate::variables::Place;

/// A variable set.
#[derive(Clone, Debug)]
pub(crate) struct VariableSet {
    /// Its id.
    pub(crate) id: VariableSetId,
    /// The organization that it belongs to.
    pub(crate) organization_id: OrganizationId,
    /// The project that owns it, and that project's name; none: the organization does.
    pub(crate) project: Option<(ProjectId, String)>,
    /// Its name, unique in the organization whatever the case.
    pub(crate) name: String,
    /// What people say about it; empty when nothing.
    pub(crate) description: String,
    /// Whether it counts in the whole organization.
    pub(crate) global: bool,
    /// Whether it wins over what is narrower.
    pub(crate) priority: bool,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// When it was last changed.
    pub(crate) updated_at: Timestamp,
}

impl VariableSet {
    /// The project that owns it, if one does.
    pub(crate) fn project_id(&self) -> Option<ProjectId> {
        self.project.as_ref().map(|(id, _)| *id)
    }
}

/// A set that counts for a workspace.
#[derive(Clone, Debug)]
pub(crate) struct Applying {
    /// The set.
    pub(crate) set: VariableSet,
    /// By what it counts.
    pub(crate) place: Place,
}
