//! Workspaces: what they are called, where they stand, who holds their lock, and how they are
//! tagged.
//!
//! Owned tables: `workspaces`, `tags`, `workspace_tag_bindings`, `remote_state_consumers`.
//!
//! - A workspace's name is unique in its organization. An address with a project
//!   (`acme.payments`) sees only that project's workspaces; one without sees them all.
//! - The lock is one row's columns, changed by one conditional write each ([`lock`]).
//! - The pointers to state versions are moved by the `state` crate alone, by the functions here.
//! - A tag of the old kind (a word) is a binding with an empty value: both kinds are one table, so
//!   that clients see the same tags whichever way they ask.
//!
//! The vendor's pages: "Workspaces API", "Project and workspace tag bindings".

mod api;
mod change;
mod consumers;
mod explanation;
mod grants;
mod list;
pub mod lock;
mod name;
pub mod pages;
mod records;
mod refusals;
mod reserved_tag_keys;
mod resource;
mod seen;
mod service;
mod sharing;
pub mod sql;
mod states;
mod store;
mod tags;
#[cfg(test)]
mod tests;
mod variable_sets;
mod variables;
mod workspace;

use std::sync::Arc;

use axum::extract::FromRef;
use db::{Db, Tx};
use identity::Identity;
use kernel::{Result, WorkspaceId};

pub use api::routes;
pub use change::{Change, NewWorkspace, Patch, SettingOverwrites, WorkspaceChange};
pub use list::{Filter, Listed, Order, list};
pub use resource::workspace_resource;
pub use service::{COLLECT_CONTENTS, Deletion, create, delete, find, find_by_name, update};
pub use states::{CurrentStates, IncludedState, StateParts};
pub use store::{lock_row, set_current_state, set_pending_state};
pub use tags::{
    BoundTag, OrganizationTag, TagFilter, delete_tags, effective_tags_of, list_tags, put_tags,
    remove_tags, tags_of,
};
pub use workspace::{ExecutionMode, Holder, Lock, Settings, Workspace};

/// The workspaces of all organizations: what the handlers work with.
#[derive(Clone)]
pub struct Workspaces {
    identity: Identity,
    before_delete: Arc<dyn BeforeDelete>,
    current_states: Arc<dyn CurrentStates>,
}

/// Asked before a workspace's rows go: what else belongs to it and must be collected afterwards.
pub trait BeforeDelete: Send + Sync {
    /// The ids of the contents that nothing will refer to any longer.
    fn contents_of(&self, tx: &mut Tx<'_>, workspace: WorkspaceId) -> Result<Vec<String>>;
}

/// Nothing hangs on a workspace.
struct NoContents;

impl BeforeDelete for NoContents {
    fn contents_of(&self, _: &mut Tx<'_>, _: WorkspaceId) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
}

impl Workspaces {
    /// Workspaces of the organizations that `identity` knows.
    pub fn new(identity: Identity) -> Self {
        Self {
            identity,
            before_delete: Arc::new(NoContents),
            current_states: Arc::new(states::NoStates),
        }
    }

    /// The same, with something to ask before a workspace goes.
    #[must_use]
    pub fn with_contents(self, before_delete: Arc<dyn BeforeDelete>) -> Self {
        Self { before_delete, ..self }
    }

    /// The same, with something to ask for current states.
    #[must_use]
    pub fn with_states(self, current_states: Arc<dyn CurrentStates>) -> Self {
        Self { current_states, ..self }
    }

    /// Who people are and what they may.
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// The database.
    pub fn db(&self) -> &Db {
        self.identity.db()
    }

    /// What to ask before a workspace goes; for [`delete`].
    pub fn before_delete(&self) -> &dyn BeforeDelete {
        self.before_delete.as_ref()
    }

    /// What to ask for current states.
    pub(crate) fn current_states(&self) -> &dyn CurrentStates {
        self.current_states.as_ref()
    }
}

impl FromRef<Workspaces> for Identity {
    fn from_ref(workspaces: &Workspaces) -> Self {
        workspaces.identity.clone()
    }
}
