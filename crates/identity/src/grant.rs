//! What a team was granted at a project or at a workspace.

use db::{Statement, Tx};
use kernel::{Id, Result, Timestamp, kinds};

use crate::{
    Scope, Team,
    access::{Custom, Level, ProjectLevel, WorkspaceLevel},
    hand_out::{self, To},
    sql,
};

/// A team's access to a place.
#[derive(Clone, Debug)]
pub struct Grant<L: Grantable> {
    /// Its id.
    pub id: Id<L::Access>,
    /// The place.
    pub at: Id<L::Place>,
    /// The team.
    pub team: Team,
    /// The level.
    pub level: L,
    /// The rights one by one, if the level is that.
    pub custom: Option<Custom>,
    /// When it was granted.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A level at a kind of place: what differs between projects and workspaces.
pub trait Grantable: Level + Send + Sync {
    /// The kind of the grant's own id.
    type Access: kernel::IdKind;
    /// The kind of the place's id.
    type Place: kernel::IdKind;

    /// What the wire calls such a grant.
    const KIND: &'static str;
    /// The statements on its table.
    const TABLE: GrantTable;

    /// The word on the wire and in the database.
    fn word(self) -> &'static str;

    /// Refuses to grant more than the caller holds at the scope's place. What was granted before
    /// is granted already.
    fn require_held(
        tx: &mut Tx<'_>,
        scope: &Scope,
        at: Id<Self::Place>,
        new: (Self, Option<&Custom>),
        before: Option<(Self, Option<&Custom>)>,
    ) -> Result<()>;
}

/// The statements on a table of grants.
#[derive(Debug)]
pub struct GrantTable {
    pub(crate) insert: &'static Statement,
    pub(crate) update: &'static Statement,
    pub(crate) delete: &'static Statement,
    pub(crate) find: &'static Statement,
    pub(crate) list: &'static Statement,
    pub(crate) count: &'static Statement,
    /// The constraint that keeps a team from being granted two things at one place.
    pub(crate) once: &'static str,
}

impl Grantable for ProjectLevel {
    type Access = kinds::ProjectAccess;
    type Place = kinds::Project;

    const KIND: &'static str = "team-projects";
    const TABLE: GrantTable = GrantTable {
        insert: &sql::INSERT_PROJECT_GRANT,
        update: &sql::UPDATE_PROJECT_GRANT,
        delete: &sql::DELETE_PROJECT_GRANT,
        find: &sql::FIND_PROJECT_GRANT,
        list: &sql::LIST_GRANTS_AT_PROJECT,
        count: &sql::COUNT_GRANTS_AT_PROJECT,
        once: "project_access_team",
    };

    fn word(self) -> &'static str {
        self.as_str()
    }

    fn require_held(
        tx: &mut Tx<'_>,
        scope: &Scope,
        at: Id<Self::Place>,
        (level, custom): (Self, Option<&Custom>),
        before: Option<(Self, Option<&Custom>)>,
    ) -> Result<()> {
        let held = before.map(|(level, custom)| level.rights(custom)).unwrap_or_default();
        hand_out::at_project(tx, scope, To::Team, at, (level.rights(custom), held))
    }
}

impl Grantable for WorkspaceLevel {
    type Access = kinds::WorkspaceAccess;
    type Place = kinds::Workspace;

    const KIND: &'static str = "team-workspaces";
    const TABLE: GrantTable = GrantTable {
        insert: &sql::INSERT_WORKSPACE_GRANT,
        update: &sql::UPDATE_WORKSPACE_GRANT,
        delete: &sql::DELETE_WORKSPACE_GRANT,
        find: &sql::FIND_WORKSPACE_GRANT,
        list: &sql::LIST_GRANTS_AT_WORKSPACE,
        count: &sql::COUNT_GRANTS_AT_WORKSPACE,
        once: "workspace_access_team",
    };

    fn word(self) -> &'static str {
        self.as_str()
    }

    fn require_held(
        _: &mut Tx<'_>,
        scope: &Scope,
        _: Id<Self::Place>,
        (level, custom): (Self, Option<&Custom>),
        before: Option<(Self, Option<&Custom>)>,
    ) -> Result<()> {
        let held = before.map(|(level, custom)| level.rights(custom)).unwrap_or_default();
        hand_out::rights(scope, To::Team, level.rights(custom), held)
    }
}
