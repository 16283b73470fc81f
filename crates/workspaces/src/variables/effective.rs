//! All that a workspace gets: its own variables and those of the sets that count for it, and which
//! of them win.

use barrier::Barrier;
use db::Tx;
use identity::Scope;
use kernel::{Result, VariableId, VariableSetId};

use super::{Category, Owner, Source, Variable, covers, open, require_sight, store};
use crate::{
    variable_sets::{Applying, for_workspace},
    workspace::Workspace,
};

/// Everything that is said about a workspace's variables.
#[derive(Debug)]
pub(crate) struct Effective {
    /// The sets that count for it, by name.
    pub(crate) sets: Vec<Applying>,
    /// Its own variables, by key, and then those of each set.
    pub(crate) variables: Vec<Variable>,
    /// For each variable: none if it counts, or else the position of the one that counts instead.
    pub(crate) covered: Vec<Option<usize>>,
}

impl Effective {
    /// What a workspace gets. Values are opened of what counts only, unless `every` value is
    /// asked for.
    pub(crate) fn load(
        tx: &mut Tx<'_>,
        barrier: &Barrier,
        scope: &Scope,
        workspace: &Workspace,
        every: bool,
    ) -> Result<Self> {
        require_sight(scope)?;
        let key = barrier.organization_key(tx, workspace.organization_id)?;
        let sets = for_workspace(tx, workspace)?;
        let mut variables = store::list(tx, &key, Owner::Workspace(workspace.id))?;
        let ids: Vec<VariableSetId> = sets.iter().map(|applying| applying.set.id).collect();
        variables.extend(store::list_of_sets(tx, &ids)?);
        let mut effective = Self { covered: Vec::new(), sets, variables };
        effective.covered = effective.decide();
        let told = effective.told(every);
        let mut values = store::sealed_values(tx, &told)?;
        for variable in &mut effective.variables {
            if let Some(sealed) = values.remove(&variable.id) {
                variable.value = Some(open(&key, variable.owner, variable.id, &sealed)?);
            }
        }
        Ok(effective)
    }

    /// The set that a variable is of, if it is not the workspace's own.
    pub(crate) fn set_of(&self, variable: &Variable) -> Option<&Applying> {
        let Owner::Set(id) = variable.owner else { return None };
        self.sets.iter().find(|applying| applying.set.id == id)
    }

    /// What counts, by key.
    pub(crate) fn counting(&self) -> Vec<&Variable> {
        let pairs = self.variables.iter().zip(&self.covered);
        let mut counting: Vec<&Variable> =
            pairs.filter(|(_, covered)| covered.is_none()).map(|(variable, _)| variable).collect();
        counting.sort_by(|a, b| (&a.key, a.category).cmp(&(&b.key, b.category)));
        counting
    }

    fn decide(&self) -> Vec<Option<usize>> {
        let candidates: Vec<(Category, &str, Source<'_>)> = self
            .variables
            .iter()
            .map(|variable| (variable.category, variable.key.as_str(), self.source(variable)))
            .collect();
        covers(&candidates)
    }

    fn source(&self, variable: &Variable) -> Source<'_> {
        match self.set_of(variable) {
            None => Source::Workspace,
            Some(Applying { set, place }) => Source::Set {
                name: &set.name,
                priority: set.priority,
                of_project: set.project.is_some(),
                place: *place,
            },
        }
    }

    /// The variables of sets whose values are to be told.
    fn told(&self, every: bool) -> Vec<VariableId> {
        let pairs = self.variables.iter().zip(&self.covered);
        pairs
            .filter(|(variable, covered)| {
                let of_set = matches!(variable.owner, Owner::Set(_));
                of_set && !variable.sensitive && (every || covered.is_none())
            })
            .map(|(variable, _)| variable.id)
            .collect()
    }
}
