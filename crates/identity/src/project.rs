//! A project of an organization, and the tags on it.

use kernel::{OrganizationId, ProjectId, Result, TagBindingId, Timestamp};

use crate::{ExecutionMode, Scope, names};

/// The name of the project that every organization starts with.
pub const DEFAULT_PROJECT_NAME: &str = "Default Project";

/// A project.
#[derive(Clone, Debug)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// The organization that it belongs to.
    pub organization_id: OrganizationId,
    /// Its name, unique in the organization whatever the case.
    pub name: String,
    /// What people say about it.
    pub description: String,
    /// What its workspaces do unless they say otherwise; none: what the organization says.
    pub default_execution_mode: Option<ExecutionMode>,
    /// How long after the last activity its workspaces are destroyed, e.g. `14d`; kept only.
    pub auto_destroy_activity_duration: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A project and what had to be counted for it, which is too dear for every request.
#[derive(Clone, Debug)]
pub struct ProjectDetails {
    /// The project.
    pub project: Project,
    /// How many workspaces are in it.
    pub workspace_count: u64,
    /// How many teams were granted something at it.
    pub team_count: u64,
}

/// A project in a list, and what the caller may do with it.
#[derive(Clone, Debug)]
pub struct ListedProject {
    /// The project.
    pub details: ProjectDetails,
    /// The scope at it.
    pub scope: Scope,
}

/// A project to be made.
#[derive(Clone, Debug, Default)]
pub struct NewProject {
    /// Its name.
    pub name: String,
    /// What people say about it.
    pub description: String,
    /// What its workspaces do unless they say otherwise.
    pub default_execution_mode: Option<ExecutionMode>,
    /// Kept only.
    pub auto_destroy_activity_duration: Option<String>,
    /// Its tags.
    pub tags: Vec<Tag>,
}

/// Changes to a project: what is none stays, `Some(None)` clears.
#[derive(Clone, Debug, Default)]
pub struct ProjectChange {
    /// A new name.
    pub name: Option<String>,
    /// A new description.
    pub description: Option<String>,
    /// Another default.
    pub default_execution_mode: Option<Option<ExecutionMode>>,
    /// Kept only.
    pub auto_destroy_activity_duration: Option<Option<String>>,
    /// All tags; those not named are taken away.
    pub tags: Option<Vec<Tag>>,
}

/// A key and a value, to be put on something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tag {
    /// The key.
    pub key: String,
    /// The value; empty for a tag that is only a word.
    pub value: String,
}

impl Tag {
    /// A tag; the error is at its attribute `key` or `value`.
    pub fn new(key: &str, value: &str) -> Result<Self> {
        Ok(Self { key: names::tag_key(key)?, value: names::tag_value(value)? })
    }
}

/// A key and a value that are on something.
#[derive(Clone, Debug)]
pub struct TagBinding {
    /// The binding's id.
    pub id: TagBindingId,
    /// The key.
    pub key: String,
    /// The value; empty for a tag that is only a word.
    pub value: String,
}

/// In which order projects are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProjectOrder {
    /// By name.
    #[default]
    Name,
    /// By name, backwards.
    NameDescending,
    /// The oldest first.
    Created,
    /// The newest first.
    CreatedDescending,
}

impl ProjectOrder {
    /// Reads the `sort` parameter; what is unknown means the usual order.
    pub fn parse(text: Option<&str>) -> Self {
        match text {
            Some("-name") => Self::NameDescending,
            Some("created-at") => Self::Created,
            Some("-created-at") => Self::CreatedDescending,
            _ => Self::Name,
        }
    }

    /// The word that the statement knows it by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::NameDescending => "-name",
            Self::Created => "created-at",
            Self::CreatedDescending => "-created-at",
        }
    }
}

/// Which projects are listed.
#[derive(Clone, Debug, Default)]
pub struct ProjectFilter {
    /// These names only, whatever the case; none: all.
    pub names: Option<Vec<String>>,
    /// A part of the name.
    pub search: Option<String>,
    /// Tagged with all of these: a key, and perhaps a value.
    pub tagged: Vec<(String, Option<String>)>,
    /// The order.
    pub order: ProjectOrder,
}
