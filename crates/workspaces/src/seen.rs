//! The workspaces of an organization that a caller sees, as statements ask for them: either all, or
//! those in some projects and some besides.

use db::{Tx, Value};
use identity::{Reach, Right, Scope};
use kernel::{Result, WorkspaceId};

use crate::store;

/// What the caller sees. What is shared with them is not among it: that is found by its name or id
/// alone.
#[derive(Debug)]
pub(crate) struct Seen {
    everything: bool,
    places: Vec<String>,
}

impl Seen {
    pub(crate) fn of(scope: &Scope, reach: &Reach) -> Self {
        let mut places = Vec::new();
        if !reach.is_everything() {
            let workspaces = reach.single_workspaces(scope).into_iter();
            places.extend(workspaces.map(|id| id.to_string()));
            places.extend(reach.whole_projects(scope).into_iter().map(|id| id.to_string()));
        }
        if places.is_empty() {
            // No id is empty, so this finds nothing when the list counts.
            places.push(String::new());
        }
        Self { everything: reach.is_everything(), places }
    }

    /// Whether the list does not count.
    pub(crate) const fn everything(&self) -> bool {
        self.everything
    }

    /// The ids of the workspaces, and of the projects that are seen as a whole.
    pub(crate) fn places(&self) -> Vec<Value<'_>> {
        self.places.iter().map(Value::from).collect()
    }
}

/// Whether a workspace that a request names is one of the organization that the caller sees: what
/// they don't see, they can't tell from what is not there.
pub(crate) fn sees(tx: &mut Tx<'_>, scope: &Scope, id: WorkspaceId) -> Result<bool> {
    let Some(named) = store::find(tx, id)? else { return Ok(false) };
    Ok(named.organization_id == scope.organization.id
        && scope.at_workspace(tx, named.project_id, id)?.allows(Right::ReadWorkspace))
}
