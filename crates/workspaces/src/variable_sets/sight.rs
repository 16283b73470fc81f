//! Which variable sets somebody sees: those of the places whose variables they may see.

use std::collections::BTreeSet;

use db::{Tx, Value};
use identity::{Reach, Right, Scope};
use kernel::Result;

/// Where somebody may see variables, as the statements ask for it.
#[derive(Debug)]
pub(super) struct Sight {
    everything: bool,
    anywhere: bool,
    places: Vec<String>,
}

impl Sight {
    /// What a caller sees in the organization of a scope.
    pub(super) fn of(scope: &Scope, reach: &Reach) -> Self {
        let whole = scope.at_organization();
        let rights = [Right::ReadVariables, Right::ManageVariables];
        let everything = [Right::ReadVariableSets, Right::ManageVariableSets]
            .iter()
            .chain(&rights)
            .any(|right| whole.allows(*right));
        let mut places = BTreeSet::new();
        if !everything {
            for right in [Right::ReadVariableSets, Right::ManageVariableSets] {
                for project in reach.projects_with(scope, right) {
                    places.extend([project.to_string(), format!("own:{project}")]);
                }
            }
            for right in rights {
                for project in reach.whole_projects_with(scope, right) {
                    places.extend([project.to_string(), format!("all:{project}")]);
                }
                for (workspace, project) in reach.single_workspaces_with(scope, right) {
                    places.extend([workspace.to_string(), project.to_string()]);
                }
            }
        }
        let anywhere = !places.is_empty();
        if places.is_empty() {
            // No id is empty, so this finds nothing when the list counts.
            places.insert(String::new());
        }
        Self { everything, anywhere, places: places.into_iter().collect() }
    }

    /// The same, from the database.
    pub(super) fn load(tx: &mut Tx<'_>, scope: &Scope) -> Result<Self> {
        Ok(Self::of(scope, &scope.reach(tx)?))
    }

    /// Whether everything is seen, and whether anything is.
    pub(super) fn switches(&self) -> [Value<'static>; 2] {
        [self.everything.into(), self.anywhere.into()]
    }

    /// The places, for `$list`.
    pub(super) fn places(&self) -> Vec<Value<'_>> {
        self.places.iter().map(Value::from).collect()
    }
}
