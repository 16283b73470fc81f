//! Current states in documents about workspaces.

use std::collections::HashMap;

use db::Tx;
use identity::{Identity, Right, Scope};
use kernel::{Context, OutputId, Result, StateVersionId};
use web::document::Resource;
use workspaces::{IncludedState, StateParts, Workspace};

use crate::{
    Settings,
    links::Links,
    records,
    resource::{Shown, output_resource},
    store,
};

/// Tells the `workspaces` crate what current states look like.
pub struct CurrentStates(Links);

impl CurrentStates {
    /// With the same settings as the [`State`](crate::State) beside it.
    pub fn new(identity: &Identity, settings: Settings) -> Self {
        Self(Links { barrier: identity.barrier().clone(), settings })
    }
}

type Outputs = HashMap<StateVersionId, Vec<(OutputId, Resource)>>;

impl workspaces::CurrentStates for CurrentStates {
    fn current_states(
        &self,
        tx: &mut Tx<'_>,
        context: &Context,
        workspaces: &[(&Workspace, &Scope)],
        parts: StateParts,
    ) -> Result<Vec<IncludedState>> {
        let readable = |right: Right| -> Vec<StateVersionId> {
            let allowed = workspaces.iter().filter(|(_, scope)| scope.allows(right));
            allowed.filter_map(|(workspace, _)| workspace.current_state_version_id).collect()
        };
        let versions = if parts.version {
            store::find_all(tx, &readable(Right::ReadState))?
        } else {
            Vec::new()
        };
        let output_ids = store::output_ids(tx, &versions)?;
        let mut outputs = match (parts.outputs, workspaces.first()) {
            (true, Some((_, scope))) => self.outputs(tx, scope, &readable(Right::ReadOutputs))?,
            _ => Outputs::new(),
        };
        let state = |(workspace, _): &(&Workspace, &Scope)| {
            let id = workspace.current_state_version_id?;
            let own = output_ids.iter().filter(|(version, _)| *version == id);
            let own: Vec<OutputId> = own.map(|(_, output)| *output).collect();
            let shown = Shown { context, workspace, head: None, output_ids: &own };
            let version = versions.iter().find(|version| version.id == id);
            let version = version.map(|version| self.0.version_resource(version, &shown));
            let outputs = outputs.remove(&id).unwrap_or_default();
            let read = (!outputs.is_empty()).then(|| records::read_outputs(id, workspace));
            Some(IncludedState { workspace: workspace.id, version, outputs, read })
        };
        Ok(workspaces.iter().filter_map(state).collect())
    }
}

impl CurrentStates {
    fn outputs(
        &self,
        tx: &mut Tx<'_>,
        scope: &Scope,
        versions: &[StateVersionId],
    ) -> Result<Outputs> {
        let key = self.0.barrier.organization_key(tx, scope.organization.id)?;
        let mut outputs = Outputs::new();
        for (version, sealed) in store::outputs_of_all(tx, versions)? {
            let output = sealed.open(&key)?;
            let listed = outputs.entry(version).or_default();
            listed.push((output.id, output_resource(&output, false)));
        }
        Ok(outputs)
    }
}
