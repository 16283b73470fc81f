//! What other parts of the server add to documents about workspaces: their current states. The
//! `state` crate stands on this one, so it is plugged in from outside.

use db::Tx;
use identity::{Scope, audit::Event};
use kernel::{Context, OutputId, Result, WorkspaceId};
use web::document::Resource;

use crate::Workspace;

/// Asked for the current states of workspaces when a client wants them included.
pub trait CurrentStates: Send + Sync {
    /// What there is of the parts that are wanted, as far as the caller may read it.
    fn current_states(
        &self,
        tx: &mut Tx<'_>,
        context: &Context,
        workspaces: &[(&Workspace, &Scope)],
        parts: StateParts,
    ) -> Result<Vec<IncludedState>>;
}

/// The parts of a current state that a client asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct StateParts {
    /// The state version.
    pub version: bool,
    /// Its outputs.
    pub outputs: bool,
}

/// The current state of a workspace, as resources.
#[derive(Clone, Debug)]
pub struct IncludedState {
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// The state version, if it was asked for.
    pub version: Option<Resource>,
    /// Its outputs, if they were asked for, without the values of sensitive ones.
    pub outputs: Vec<(OutputId, Resource)>,
    /// What is to be recorded before it is handed out.
    pub read: Option<Event>,
}

/// There are no states.
pub(crate) struct NoStates;

impl CurrentStates for NoStates {
    fn current_states(
        &self,
        _: &mut Tx<'_>,
        _: &Context,
        _: &[(&Workspace, &Scope)],
        _: StateParts,
    ) -> Result<Vec<IncludedState>> {
        Ok(Vec::new())
    }
}
