//! What the audit trail tells about workspaces.

use identity::audit::Event;
use serde_json::{Value, json};

use crate::{ExecutionMode, Workspace};

impl Workspace {
    /// Something that happened to it.
    pub fn event(&self, action: &'static str) -> Event {
        Event::new(action, "workspaces", self.id).of(self.organization_id).named(self.name.as_str())
    }

    /// What a person can change about it.
    pub(crate) fn facts(&self) -> Value {
        let mut facts = json!({
            "name": self.name,
            "description": self.description,
            "project": self.project_name,
            "execution-mode": self.execution_mode.map(ExecutionMode::as_str),
            "terraform-version": self.terraform_version,
            "working-directory": self.working_directory,
            "auto-apply": self.auto_apply,
            "global-remote-state": self.global_remote_state,
            "project-remote-state": self.project_remote_state,
        });
        if let (Value::Object(facts), Ok(Value::Object(settings))) =
            (&mut facts, serde_json::to_value(&self.settings))
        {
            facts.extend(settings);
        }
        facts
    }
}
