//! What the audit trail tells about states.
//!
//! Reading a state is getting at its bytes, at its JSON representation, or at values of outputs:
//! each such reading is one record, durable before anything is handed out. What is known *about* a
//! state (its serial, size and hashes, which resources and outputs it has, lists of versions) is no
//! reading of it, and the link in a version's document is not followed until it is recorded.

use identity::audit::Event;
use kernel::{OrganizationId, StateVersionId};
use serde_json::Value;
use workspaces::Workspace;

use crate::{Output, Version, service::Part};

/// What happened to a version of a workspace.
pub(crate) fn event(action: &'static str, version: &Version, workspace: &Workspace) -> Event {
    about(action, version.id, version.organization_id, workspace).with("serial", version.serial)
}

fn about(
    action: &'static str,
    version: StateVersionId,
    organization: OrganizationId,
    workspace: &Workspace,
) -> Event {
    Event::new(action, "state-versions", version)
        .of(organization)
        .named(workspace.name.as_str())
        .with("workspace", workspace.id.to_string())
}

/// The state was written: how large it is, and its hash, so that the record vouches for it.
pub(crate) fn written(action: &'static str, version: &Version, workspace: &Workspace) -> Event {
    event(action, version, workspace)
        .with("bytes", version.size)
        .with("sha256", version.sha256.as_deref().map(barrier::hex))
}

/// Somebody gets the bytes of a version.
pub(crate) fn read(version: &Version, workspace: &Workspace, part: Part) -> Event {
    event("read", version, workspace).with("part", part.word())
}

/// Somebody gets the values of a version's outputs, but of those that are sensitive.
pub(crate) fn read_outputs(version: StateVersionId, workspace: &Workspace) -> Event {
    about("read", version, workspace.organization_id, workspace).with("part", "outputs")
}

/// Somebody gets the value of one output.
pub(crate) fn read_output(output: &Output, version: &Version, workspace: &Workspace) -> Event {
    Event::new("read", "state-version-outputs", output.id)
        .of(version.organization_id)
        .named(output.name.as_str())
        .with("sensitive", output.sensitive)
        .with("state-version", version.id.to_string())
        .with("workspace", workspace.id.to_string())
        .with("workspace-name", Value::from(workspace.name.as_str()))
}

impl Part {
    /// The word for it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Json => "json-state",
        }
    }
}
