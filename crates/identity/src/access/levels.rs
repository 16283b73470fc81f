//! What the standard levels and the custom ones stand for.
//!
//! The levels are the vendor's: <https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/permissions>.

use serde::{Deserialize, Serialize};

use super::{Right, Rights};

macro_rules! levels {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// Every level.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The word on the wire and in the database.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }

            /// Reads that word.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|level| level.as_str() == word)
            }
        }
    };
}

levels! {
    /// What a team, key or trust may do with one workspace.
    WorkspaceLevel {
        /// See it all.
        Read = "read",
        /// Start plans too.
        Plan = "plan",
        /// Write its state and variables, lock it, and apply too.
        Write = "write",
        /// Everything with it.
        Admin = "admin",
        /// As is listed.
        Custom = "custom",
    }
}

levels! {
    /// What a team, key or trust may do with a project and all that is in it.
    ProjectLevel {
        /// See it all.
        Read = "read",
        /// Write in all its workspaces.
        Write = "write",
        /// Make, move, change and delete its workspaces, but not the project itself.
        Maintain = "maintain",
        /// Everything with it.
        Admin = "admin",
        /// As is listed.
        Custom = "custom",
    }
}

/// See a workspace and all that is in it.
pub const WORKSPACE_READ: Rights = Rights::of(&[
    Right::ReadWorkspace,
    Right::ReadRuns,
    Right::ReadVariables,
    Right::ReadState,
    Right::ReadOutputs,
]);

/// Start plans too.
pub const WORKSPACE_PLAN: Rights = WORKSPACE_READ.and(Rights::of(&[Right::QueueRun]));

/// Do the daily work.
pub const WORKSPACE_WRITE: Rights = WORKSPACE_PLAN.and(Rights::of(&[
    Right::ApplyRun,
    Right::WriteState,
    Right::Lock,
    Right::ManageVariables,
]));

/// Everything with a workspace.
pub const WORKSPACE_ADMIN: Rights = WORKSPACE_WRITE.and(Rights::of(&[
    Right::UpdateWorkspace,
    Right::DeleteWorkspace,
    Right::ForceDeleteWorkspace,
    Right::MoveWorkspace,
    Right::ManageTags,
    Right::ForceUnlock,
    Right::ManageAccess,
]));

/// See a project.
pub const PROJECT_READ: Rights = Rights::of(&[Right::ReadProject, Right::ReadVariableSets]);

/// Work in a project: change the variable sets that it owns too.
pub const PROJECT_WRITE: Rights = PROJECT_READ.and(Rights::of(&[Right::ManageVariableSets]));

/// Keep a project's workspaces.
pub const PROJECT_MAINTAIN: Rights = PROJECT_WRITE.and(Rights::of(&[
    Right::CreateWorkspace,
    Right::MoveWorkspace,
    Right::ManageTags,
]));

/// Everything with a project.
pub const PROJECT_ADMIN: Rights = PROJECT_MAINTAIN.and(Rights::of(&[
    Right::UpdateProject,
    Right::DeleteProject,
    Right::ManageAccess,
]));

/// What holds at a project, and what at each of its workspaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProjectRights {
    /// At the project itself.
    pub project: Rights,
    /// At every workspace in it.
    pub workspaces: Rights,
}

/// Rights one by one, in the words of the wire. What is absent is the least.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Custom {
    /// `read`, `plan` or `apply`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub runs: String,
    /// `none`, `read` or `write`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub variables: String,
    /// `none`, `read-outputs`, `read` or `write`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub state_versions: String,
    /// `none` or `read`; kept, there are no mocks here.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sentinel_mocks: String,
    /// Lock, and unlock what one has locked.
    pub locking: bool,
    /// Kept.
    pub run_tasks: bool,
    /// Kept.
    pub policy_overrides: bool,
    /// In a project: `read`, `update` or `delete`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub settings: String,
    /// In a project: `none`, `read` or `manage`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub teams: String,
    /// In a project: `none`, `read` or `write`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub variable_sets: String,
    /// In a project: make workspaces.
    pub create: bool,
    /// In a project: move workspaces.
    pub r#move: bool,
    /// In a project: delete workspaces.
    pub delete: bool,
    /// Words of [`Right::as_str`], for what the vendor's words join: `read-state`, `read-outputs`,
    /// `write-state`, `lock`, `force-unlock`, `queue-run`, `apply-run`, `manage-variables`,
    /// `manage-access` and the others of a workspace.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rights: Vec<String>,
}

impl Custom {
    /// What it gives at a workspace.
    pub fn workspace_rights(&self) -> Rights {
        let mut rights = Rights::of(&[Right::ReadWorkspace]);
        let mut add = |given: &[Right]| rights = rights | Rights::of(given);
        match self.runs.as_str() {
            "apply" => add(&[Right::ReadRuns, Right::QueueRun, Right::ApplyRun]),
            "plan" => add(&[Right::ReadRuns, Right::QueueRun]),
            "read" => add(&[Right::ReadRuns]),
            _ => {}
        }
        match self.variables.as_str() {
            "write" => add(&[Right::ReadVariables, Right::ManageVariables]),
            "read" => add(&[Right::ReadVariables]),
            _ => {}
        }
        match self.state_versions.as_str() {
            "write" => add(&[Right::ReadOutputs, Right::ReadState, Right::WriteState]),
            "read" => add(&[Right::ReadOutputs, Right::ReadState]),
            "read-outputs" => add(&[Right::ReadOutputs]),
            _ => {}
        }
        if self.locking {
            add(&[Right::Lock]);
        }
        let named = self.rights.iter().filter_map(|word| Right::parse(word));
        rights | named.collect::<Rights>().within(WORKSPACE_ADMIN)
    }

    /// What it gives at a project and at its workspaces.
    pub fn project_rights(&self) -> ProjectRights {
        let mut project = Rights::of(&[Right::ReadProject]);
        let mut workspaces = self.workspace_rights();
        match self.settings.as_str() {
            "delete" => {
                project = project | Rights::of(&[Right::UpdateProject, Right::DeleteProject]);
            }
            "update" => project = project | Rights::of(&[Right::UpdateProject]),
            _ => {}
        }
        if self.teams == "manage" {
            project = project | Rights::of(&[Right::ManageAccess]);
        }
        match self.variable_sets.as_str() {
            "write" => {
                project =
                    project | Rights::of(&[Right::ReadVariableSets, Right::ManageVariableSets]);
            }
            "read" => project = project | Rights::of(&[Right::ReadVariableSets]),
            _ => {}
        }
        if self.create {
            project = project | Rights::of(&[Right::CreateWorkspace]);
        }
        if self.r#move {
            project = project | Rights::of(&[Right::MoveWorkspace]);
            workspaces = workspaces | Rights::of(&[Right::MoveWorkspace]);
        }
        if self.delete {
            workspaces = workspaces | Rights::of(&[Right::DeleteWorkspace]);
        }
        ProjectRights { project, workspaces }
    }
}

impl WorkspaceLevel {
    /// What it gives at a workspace.
    pub fn rights(self, custom: Option<&Custom>) -> Rights {
        match self {
            Self::Read => WORKSPACE_READ,
            Self::Plan => WORKSPACE_PLAN,
            Self::Write => WORKSPACE_WRITE,
            Self::Admin => WORKSPACE_ADMIN,
            Self::Custom => custom.map_or(Rights::NONE, Custom::workspace_rights),
        }
    }
}

impl ProjectLevel {
    /// What it gives at a project and at its workspaces.
    pub fn rights(self, custom: Option<&Custom>) -> ProjectRights {
        let (project, workspaces) = match self {
            Self::Read => (PROJECT_READ, WORKSPACE_READ),
            Self::Write => (PROJECT_WRITE, WORKSPACE_WRITE),
            Self::Maintain => (PROJECT_MAINTAIN, WORKSPACE_ADMIN),
            Self::Admin => (PROJECT_ADMIN, WORKSPACE_ADMIN),
            Self::Custom => {
                return custom.map_or(ProjectRights::default(), Custom::project_rights);
            }
        };
        ProjectRights { project, workspaces }
    }
}
