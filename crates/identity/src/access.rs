//! Who may do what, decided without input or output: the one place that every capability asks.
//!
//! A caller has a [`Standing`] in an organization: what holds everywhere in it, the teams they are
//! in, and what was given to them directly. With what was granted at a place ([`GrantAt`]) this
//! gives the [`Rights`] there. Rights flow from the organization to its projects to their
//! workspaces; the strongest wins; nothing takes a right away but what binds the token itself.

mod custom;
mod explain;
mod levels;
mod organization;
mod rights;
mod standing;
#[cfg(test)]
mod tests;
mod wish;

pub use explain::{At, Given, SharedWith, Through, union};
pub use levels::{
    Custom, PROJECT_ADMIN, PROJECT_MAINTAIN, PROJECT_READ, PROJECT_WRITE, ProjectLevel,
    ProjectRights, WORKSPACE_ADMIN, WORKSPACE_PLAN, WORKSPACE_READ, WORKSPACE_WRITE,
    WorkspaceLevel,
};
pub use organization::{
    AUDITOR, MEMBER, ORGANIZATION_TOKEN, READING, WORDS, level_everywhere, rights_of_words,
};
pub use rights::{Right, Rights};
pub use standing::{Direct, GrantAt, InTeam, Standing};
pub use wish::{Level, Wish, settle};

/// What sharing a state gives to somebody who may write a state that may read it: nothing but the
/// reading.
pub const SHARED_STATE: Rights =
    Rights::of(&[Right::ReadWorkspace, Right::ReadState, Right::ReadOutputs]);
