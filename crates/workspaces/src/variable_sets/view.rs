//! Variable sets on their way out: with what they are related to, as far as the caller sees it.

use std::collections::{BTreeSet, HashMap};

use barrier::Barrier;
use db::Tx;
use identity::{Reach, Right, Scope, project_details, resources::project_resource};
use kernel::{ProjectId, Result, VariableId, VariableSetId, WorkspaceId};
use web::{ListQuery, document::Resource};

use super::{VariableSet, resource::set_resource, store};
use crate::{
    list::load,
    resource::workspace_resource,
    variables::{Owner, Variable, list_of_sets, open, sealed_values, set_variable_resource},
};

/// How many rows are read by their ids at once.
const CHUNK: usize = 1_000;

/// The related things that a client asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SetIncludes {
    workspaces: bool,
    projects: bool,
    /// Variables, with the values that may be told.
    pub(crate) variables: bool,
}

impl SetIncludes {
    pub(crate) fn of(query: &ListQuery) -> Self {
        Self {
            workspaces: query.wants("workspaces"),
            projects: query.wants("projects"),
            variables: query.wants("vars"),
        }
    }
}

/// What some sets are related to.
#[derive(Debug, Default)]
pub(crate) struct Relations {
    variables: HashMap<VariableSetId, Vec<VariableId>>,
    workspaces: HashMap<VariableSetId, Vec<WorkspaceId>>,
    projects: HashMap<VariableSetId, Vec<ProjectId>>,
    included: Vec<Resource>,
}

impl Relations {
    /// Reads what some sets are related to, and what is to be included.
    pub(crate) fn load(
        tx: &mut Tx<'_>,
        barrier: &Barrier,
        scope: &Scope,
        sets: &[VariableSet],
        includes: SetIncludes,
    ) -> Result<Self> {
        let ids: Vec<VariableSetId> = sets.iter().map(|set| set.id).collect();
        let reach = scope.reach(tx)?;
        let mut relations = Self::default();
        let variables = list_of_sets(tx, &ids)?;
        relations.variables = variables_by_set(&variables);
        relations.workspaces = seen_workspaces(tx, scope, &reach, &ids)?;
        relations.projects = seen_projects(tx, scope, &reach, &ids)?;
        if includes.variables {
            let told = told(tx, barrier, scope, variables)?;
            relations.included.extend(told.iter().map(set_variable_resource));
        }
        if includes.workspaces {
            relations.include_workspaces(tx, scope, &reach)?;
        }
        if includes.projects {
            relations.include_projects(tx, scope, &reach)?;
        }
        Ok(relations)
    }

    fn include_workspaces(&mut self, tx: &mut Tx<'_>, scope: &Scope, reach: &Reach) -> Result<()> {
        let ids: BTreeSet<WorkspaceId> = self.workspaces.values().flatten().copied().collect();
        let ids: Vec<WorkspaceId> = ids.into_iter().collect();
        for some in ids.chunks(CHUNK) {
            for listed in load(tx, scope, reach, some)? {
                let names: Vec<&str> = listed.tags.iter().map(|tag| tag.key.as_str()).collect();
                let resource = workspace_resource(&listed.workspace, &listed.scope, &names);
                self.included.push(resource);
            }
        }
        Ok(())
    }

    fn include_projects(&mut self, tx: &mut Tx<'_>, scope: &Scope, reach: &Reach) -> Result<()> {
        let ids: BTreeSet<ProjectId> = self.projects.values().flatten().copied().collect();
        for id in ids {
            let scope = reach.at_project(scope, id);
            let details = project_details(tx, &scope, id)?;
            self.included.extend(details.map(|details| project_resource(&details, &scope)));
        }
        Ok(())
    }

    /// A set's resource, with linkage.
    pub(crate) fn resource(&self, set: &VariableSet, organization: &str) -> Resource {
        set_resource(
            set,
            organization,
            of(&self.variables, set),
            of(&self.workspaces, set),
            of(&self.projects, set),
        )
    }

    /// What is to be included.
    pub(crate) fn into_included(self) -> Vec<Resource> {
        self.included
    }

    /// The variables of a set.
    pub(crate) fn variables(&self, set: &VariableSet) -> &[VariableId] {
        of(&self.variables, set)
    }

    /// The workspaces that a set names and the caller sees, by name.
    pub(crate) fn workspaces(&self, set: &VariableSet) -> &[WorkspaceId] {
        of(&self.workspaces, set)
    }

    /// The projects that a set names and the caller sees, by name.
    pub(crate) fn projects(&self, set: &VariableSet) -> &[ProjectId] {
        of(&self.projects, set)
    }
}

fn of<'a, T>(lists: &'a HashMap<VariableSetId, Vec<T>>, set: &VariableSet) -> &'a [T] {
    lists.get(&set.id).map(Vec::as_slice).unwrap_or_default()
}

fn variables_by_set(variables: &[Variable]) -> HashMap<VariableSetId, Vec<VariableId>> {
    let pairs = variables.iter().filter_map(|variable| match variable.owner {
        Owner::Set(set) => Some((set, variable.id)),
        Owner::Workspace(_) => None,
    });
    store::grouped(pairs.collect())
}

fn seen_workspaces(
    tx: &mut Tx<'_>,
    scope: &Scope,
    reach: &Reach,
    sets: &[VariableSetId],
) -> Result<HashMap<VariableSetId, Vec<WorkspaceId>>> {
    let mut seen = HashMap::new();
    for (set, named) in store::workspaces_of(tx, sets)? {
        let sees = |(workspace, project): &(WorkspaceId, ProjectId)| {
            reach.at_workspace(scope, *project, *workspace).allows(Right::ReadWorkspace)
        };
        let ids = named.into_iter().filter(sees).map(|(workspace, _)| workspace).collect();
        seen.insert(set, ids);
    }
    Ok(seen)
}

fn seen_projects(
    tx: &mut Tx<'_>,
    scope: &Scope,
    reach: &Reach,
    sets: &[VariableSetId],
) -> Result<HashMap<VariableSetId, Vec<ProjectId>>> {
    let mut seen = HashMap::new();
    for (set, named) in store::projects_of(tx, sets)? {
        let sees =
            |project: &ProjectId| reach.at_project(scope, *project).allows(Right::ReadProject);
        seen.insert(set, named.into_iter().filter(sees).collect());
    }
    Ok(seen)
}

/// Variables of sets with the values that may be told.
fn told(
    tx: &mut Tx<'_>,
    barrier: &Barrier,
    scope: &Scope,
    mut variables: Vec<Variable>,
) -> Result<Vec<Variable>> {
    let key = barrier.organization_key(tx, scope.organization.id)?;
    let plain = variables.iter().filter(|variable| !variable.sensitive);
    let ids: Vec<VariableId> = plain.map(|variable| variable.id).collect();
    let mut values = sealed_values(tx, &ids)?;
    for variable in &mut variables {
        if let Some(sealed) = values.remove(&variable.id) {
            variable.value = Some(open(&key, variable.owner, variable.id, &sealed)?);
        }
    }
    Ok(variables)
}
