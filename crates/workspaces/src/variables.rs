//! Variables: values that Terraform and its environment get, of one workspace or of a set of them.
//!
//! - Every value is sealed with its organization's data key, for the row that it stands in. A
//!   sensitive one is told to nobody, for good: not to who wrote it, and not after the variable was
//!   said to be sensitive no longer, which takes a new value.
//! - A key is unique in its owner and category. Each change gives the variable another version.
//! - Whoever may neither read nor change a workspace's variables can't tell that there are any.
//!
//! The vendor's pages: "Workspace variables API", "Variables API", "Variables" (limits and
//! precedence).

mod change;
mod effective;
mod precedence;
mod resource;
mod sealing;
pub(crate) mod service;
mod store;

use kernel::{Secret, Timestamp, VariableId, VariableSetId, WorkspaceId};

pub(crate) use change::VariableChange;
pub(crate) use effective::Effective;
pub(crate) use precedence::Place;
pub(crate) use precedence::{Source, covers, strongest};
pub(crate) use resource::{effective_variable_resource, set_variable_resource, variable_resource};
pub(crate) use sealing::{open, random_version, seal};
pub(crate) use service::{Home, create_in, delete_in, find_in, require_sight, update_in};
pub(crate) use store::{find_by_key, list, list_of_sets, sealed_values};

/// A variable.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    /// Its id.
    pub(crate) id: VariableId,
    /// Whose it is.
    pub(crate) owner: Owner,
    /// What it is called.
    pub(crate) key: String,
    /// Its value; none if it is sensitive, or was not asked for.
    pub(crate) value: Option<Secret<String>>,
    /// What gets it.
    pub(crate) category: Category,
    /// What people say about it; empty when nothing.
    pub(crate) description: String,
    /// Whether the value is an expression of Terraform's language instead of a text.
    pub(crate) hcl: bool,
    /// Whether nobody is told the value.
    pub(crate) sensitive: bool,
    /// Another one with each change.
    pub(crate) version: String,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// When it last changed.
    pub(crate) updated_at: Timestamp,
}

/// Whose a variable is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    /// A workspace's own.
    Workspace(WorkspaceId),
    /// Of a set.
    Set(VariableSetId),
}

/// What gets a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Category {
    /// The configuration: an input variable of the root module.
    Terraform,
    /// The process that Terraform runs in.
    Env,
}

impl Category {
    /// The word on the wire and in the database.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Terraform => "terraform",
            Self::Env => "env",
        }
    }

    /// Reads the word.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Terraform, Self::Env].into_iter().find(|category| category.as_str() == text)
    }
}
