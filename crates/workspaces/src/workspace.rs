//! A workspace, its lock and the settings that are only kept.

use kernel::{
    Context, LockId, OrganizationId, ProjectId, RunId, StateVersionId, TeamId, Timestamp, TokenId,
    UserId, WorkspaceId,
};
use serde::{Deserialize, Serialize};

/// A workspace: one state and what belongs to it.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// The organization it belongs to, for good.
    pub organization_id: OrganizationId,
    /// The project it stands in.
    pub project_id: ProjectId,
    /// That project's name.
    pub project_name: String,
    /// Its name, unique in the organization.
    pub name: String,
    /// What people say about it; empty when nothing.
    pub description: String,
    /// Where operations run, if this workspace says so itself.
    pub execution_mode: Option<ExecutionMode>,
    /// Where the project says that operations run; otherwise the organization decides.
    pub inherited_execution_mode: Option<ExecutionMode>,
    /// A version, a constraint or `latest`.
    pub terraform_version: String,
    /// A relative path; empty for the root.
    pub working_directory: String,
    /// Whether runs apply without being asked.
    pub auto_apply: bool,
    /// Whether every workspace of the organization may read this one's state.
    pub global_remote_state: bool,
    /// Whether every workspace of the project may.
    pub project_remote_state: bool,
    /// What is only kept.
    pub settings: Settings,
    /// The lock, while it is held.
    pub lock: Option<Lock>,
    /// The state version that readers get.
    pub current_state_version_id: Option<StateVersionId>,
    /// The state version whose bytes are still awaited.
    pub pending_state_version_id: Option<StateVersionId>,
    /// How many resources the current state manages; none when that can't be told, because the
    /// client encrypted the state.
    pub resource_count: Option<i64>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its settings last changed.
    pub updated_at: Timestamp,
    /// When its settings or its state last changed.
    pub latest_change_at: Timestamp,
}

/// One holding of a workspace's lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// Tells this holding from every other.
    pub id: LockId,
    /// Who holds it.
    pub holder: Holder,
    /// The token that was shown, if it was one.
    pub token_id: Option<TokenId>,
    /// Why; empty when nothing was said.
    pub reason: String,
    /// Since when.
    pub at: Timestamp,
    /// When the holder was last heard of.
    pub seen_at: Timestamp,
}

/// Who holds a lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A person.
    User {
        /// Who.
        id: UserId,
        /// The name that people know them by; the id when the person is gone.
        username: String,
    },
    /// A machine with a token that is no person's.
    Service {
        /// On whose behalf: the id of a team, an organization or a token.
        id: String,
        /// What people know it by.
        name: String,
    },
    /// A run.
    Run(RunId),
}

/// What the ids of teams begin with.
const TEAM: &str = "team-";

impl Holder {
    /// The team, if it is one's token.
    pub fn team(&self) -> Option<TeamId> {
        match self {
            Self::Service { id, .. } => id.parse().ok(),
            Self::User { .. } | Self::Run(_) => None,
        }
    }

    /// Whether this is who asks.
    pub fn is(&self, context: &Context) -> bool {
        match self {
            Self::User { id, .. } => context.user().is_some_and(|user| user.id == *id),
            Self::Service { id, .. } => {
                context.service().is_some_and(|service| service.principal.to_string() == *id)
            }
            Self::Run(_) => false,
        }
    }
}

impl std::fmt::Display for Holder {
    /// In the vendor's words, which clients search for: `User alice`, `Run run-…`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User { username, .. } => write!(f, "User {username}"),
            Self::Service { id, name } if id.starts_with(TEAM) => write!(f, "Team {name}"),
            Self::Service { name, .. } => write!(f, "User {name}"),
            Self::Run(id) => write!(f, "Run {id}"),
        }
    }
}

/// Where operations run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExecutionMode {
    /// On the server.
    Remote,
    /// On the client's machine; the server keeps the state.
    Local,
    /// On an agent.
    Agent,
}

impl ExecutionMode {
    /// The word on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Remote => "remote",
            Self::Local => "local",
            Self::Agent => "agent",
        }
    }

    /// Reads the word on the wire.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Remote, Self::Local, Self::Agent].into_iter().find(|mode| mode.as_str() == text)
    }
}

/// Settings of the contract that are kept and given back, and that nothing here acts on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Settings {
    /// Whether destroy plans are allowed.
    pub allow_destroy_plan: bool,
    /// Whether health assessments are wanted.
    pub assessments_enabled: bool,
    /// Whether runs started by a run trigger apply without being asked.
    pub auto_apply_run_trigger: bool,
    /// When everything shall be destroyed.
    pub auto_destroy_at: Option<String>,
    /// After how long without activity everything shall be destroyed, e.g. `14d`.
    pub auto_destroy_activity_duration: Option<String>,
    /// Whether the project's duration counts.
    pub inherits_project_auto_destroy: bool,
    /// Whether only changed files of interest start a run.
    pub file_triggers_enabled: bool,
    /// Whether runs wait for nobody after the workspace was made.
    pub queue_all_runs: bool,
    /// Whether pull requests are planned.
    pub speculative_enabled: bool,
    /// Whether runs write structured logs.
    pub structured_run_output_enabled: bool,
    /// Paths of interest.
    pub trigger_prefixes: Vec<String>,
    /// Patterns of paths of interest.
    pub trigger_patterns: Vec<String>,
    /// What made the workspace: `tfe-api`, `tfe-ui`, ….
    pub source: String,
    /// What the maker calls itself.
    pub source_name: Option<String>,
    /// Where the maker is found.
    pub source_url: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            allow_destroy_plan: true,
            assessments_enabled: false,
            auto_apply_run_trigger: false,
            auto_destroy_at: None,
            auto_destroy_activity_duration: None,
            inherits_project_auto_destroy: true,
            file_triggers_enabled: true,
            queue_all_runs: false,
            speculative_enabled: true,
            structured_run_output_enabled: true,
            trigger_prefixes: Vec::new(),
            trigger_patterns: Vec::new(),
            source: "tfe-api".to_owned(),
            source_name: None,
            source_url: None,
        }
    }
}
