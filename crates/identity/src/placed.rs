//! A level at a place: what a key or a trust is given.

use db::{DbError, Row, Value};
use kernel::{ProjectId, WorkspaceId};

use crate::access::{Custom, ProjectLevel, WorkspaceLevel};

/// A level at one place of an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placed {
    /// In the whole organization, at each of its projects.
    Organization(ProjectLevel),
    /// At a project and all that is in it.
    Project(ProjectId, ProjectLevel, Option<Custom>),
    /// At a workspace.
    Workspace(WorkspaceId, WorkspaceLevel, Option<Custom>),
}

impl Placed {
    /// The word of the level.
    pub const fn level(&self) -> &'static str {
        match self {
            Self::Organization(level) | Self::Project(_, level, _) => level.as_str(),
            Self::Workspace(_, level, _) => level.as_str(),
        }
    }

    /// The custom rights, if the level is that.
    pub const fn custom(&self) -> Option<&Custom> {
        match self {
            Self::Organization(_) => None,
            Self::Project(_, _, custom) | Self::Workspace(_, _, custom) => custom.as_ref(),
        }
    }

    /// The project, if that is the place.
    pub const fn project_id(&self) -> Option<ProjectId> {
        match self {
            Self::Project(id, ..) => Some(*id),
            Self::Organization(_) | Self::Workspace(..) => None,
        }
    }

    /// The workspace, if that is the place.
    pub const fn workspace_id(&self) -> Option<WorkspaceId> {
        match self {
            Self::Workspace(id, ..) => Some(*id),
            Self::Organization(_) | Self::Project(..) => None,
        }
    }

    /// Reads four columns from `first` on: project, workspace, level, custom rights. None without
    /// a level.
    pub(crate) fn read(row: &Row<'_>, first: usize) -> Result<Option<Self>, DbError> {
        let Some(word) = row.opt_text(first + 2)? else { return Ok(None) };
        let unknown = || DbError::Failed { cause: format!("unknown level {word:?}") };
        let custom =
            match row.opt_text(first + 3)? {
                None => None,
                Some(text) => Some(serde_json::from_str(&text).map_err(|error| {
                    DbError::Failed { cause: format!("custom rights: {error}") }
                })?),
            };
        if let Some(id) = row.opt_id(first + 1)? {
            let level = WorkspaceLevel::parse(&word).ok_or_else(unknown)?;
            return Ok(Some(Self::Workspace(id, level, custom)));
        }
        let level = ProjectLevel::parse(&word).ok_or_else(unknown)?;
        Ok(Some(match row.opt_id(first)? {
            Some(id) => Self::Project(id, level, custom),
            None => Self::Organization(level),
        }))
    }

    /// The same four columns, to be written.
    pub(crate) fn values(placed: Option<&Self>) -> [Value<'static>; 4] {
        let custom = placed.and_then(Self::custom);
        let custom = custom.and_then(|custom| serde_json::to_string(custom).ok());
        [
            placed.and_then(Self::project_id).into(),
            placed.and_then(Self::workspace_id).into(),
            placed.map(Self::level).into(),
            custom.into(),
        ]
    }
}
