//! What a caller wants a workspace to be: checked as a whole, then applied, without a database.

use identity::Tag;
use kernel::{Error, ProjectId, Result, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};
use web::body::patch;

use crate::{
    name,
    refusals::Refusals,
    workspace::{ExecutionMode, Settings, Workspace},
};

/// `None`: leave it as it is. `Some(None)`: clear it. `Some(Some(…))`: set it.
pub type Patch<T> = Option<Option<T>>;

/// Changes to a workspace's attributes, as they stand on the wire.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Change {
    /// Its name.
    #[serde(deserialize_with = "patch")]
    pub name: Patch<String>,
    /// Its description.
    #[serde(deserialize_with = "patch")]
    pub description: Patch<String>,
    /// Where operations run; cleared, the project or the organization says so.
    #[serde(deserialize_with = "patch")]
    pub execution_mode: Patch<String>,
    /// Whether operations run on the server: an older way to say `execution_mode`.
    #[serde(deserialize_with = "patch")]
    pub operations: Patch<bool>,
    /// What the workspace says by itself.
    pub setting_overwrites: Option<SettingOverwrites>,
    /// A pool of agents. There are none here.
    #[serde(deserialize_with = "patch")]
    pub agent_pool_id: Patch<String>,
    /// The version of Terraform.
    #[serde(deserialize_with = "patch")]
    pub terraform_version: Patch<String>,
    /// A relative path.
    #[serde(deserialize_with = "patch")]
    pub working_directory: Patch<String>,
    /// Whether runs apply without being asked.
    #[serde(deserialize_with = "patch")]
    pub auto_apply: Patch<bool>,
    /// Whether every workspace of the organization may read the state.
    #[serde(deserialize_with = "patch")]
    pub global_remote_state: Patch<bool>,
    /// Whether every workspace of the project may.
    #[serde(deserialize_with = "patch")]
    pub project_remote_state: Patch<bool>,
    /// A repository. There are none here; some clients write "none" as an empty object.
    #[serde(deserialize_with = "patch")]
    pub vcs_repo: Patch<Map<String, Value>>,
    /// See [`Settings::allow_destroy_plan`].
    #[serde(deserialize_with = "patch")]
    pub allow_destroy_plan: Patch<bool>,
    /// See [`Settings::assessments_enabled`].
    #[serde(deserialize_with = "patch")]
    pub assessments_enabled: Patch<bool>,
    /// See [`Settings::auto_apply_run_trigger`].
    #[serde(deserialize_with = "patch")]
    pub auto_apply_run_trigger: Patch<bool>,
    /// See [`Settings::auto_destroy_at`].
    #[serde(deserialize_with = "patch")]
    pub auto_destroy_at: Patch<String>,
    /// See [`Settings::auto_destroy_activity_duration`].
    #[serde(deserialize_with = "patch")]
    pub auto_destroy_activity_duration: Patch<String>,
    /// See [`Settings::inherits_project_auto_destroy`].
    #[serde(deserialize_with = "patch")]
    pub inherits_project_auto_destroy: Patch<bool>,
    /// See [`Settings::file_triggers_enabled`].
    #[serde(deserialize_with = "patch")]
    pub file_triggers_enabled: Patch<bool>,
    /// See [`Settings::queue_all_runs`].
    #[serde(deserialize_with = "patch")]
    pub queue_all_runs: Patch<bool>,
    /// See [`Settings::speculative_enabled`].
    #[serde(deserialize_with = "patch")]
    pub speculative_enabled: Patch<bool>,
    /// See [`Settings::structured_run_output_enabled`].
    #[serde(deserialize_with = "patch")]
    pub structured_run_output_enabled: Patch<bool>,
    /// See [`Settings::trigger_prefixes`].
    #[serde(deserialize_with = "patch")]
    pub trigger_prefixes: Patch<Vec<String>>,
    /// See [`Settings::trigger_patterns`].
    #[serde(deserialize_with = "patch")]
    pub trigger_patterns: Patch<Vec<String>>,
    /// See [`Settings::source`].
    #[serde(deserialize_with = "patch")]
    pub source: Patch<String>,
    /// See [`Settings::source_name`].
    #[serde(deserialize_with = "patch")]
    pub source_name: Patch<String>,
    /// See [`Settings::source_url`].
    #[serde(deserialize_with = "patch")]
    pub source_url: Patch<String>,
}

/// What a workspace says by itself, instead of what its project or organization says.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct SettingOverwrites {
    /// Where operations run.
    pub execution_mode: Option<bool>,
}

/// A workspace to be made.
#[derive(Clone, Debug, Default)]
pub struct NewWorkspace {
    /// Its attributes; the name must be among them.
    pub attributes: Change,
    /// The project, if the caller names one besides the address.
    pub project: Option<ProjectId>,
    /// Its tags.
    pub tags: Vec<Tag>,
}

/// What shall be different about a workspace.
#[derive(Clone, Debug, Default)]
pub struct WorkspaceChange {
    /// Its attributes.
    pub attributes: Change,
    /// Another project.
    pub project: Option<ProjectId>,
    /// All its tags; those not named are taken off.
    pub tags: Option<Vec<Tag>>,
}

const LONGEST_TEXT: usize = 4_096;
const LONGEST_VERSION: usize = 128;
const MOST_PATHS: usize = 100;

/// Where a workspace can come from. Some clients know no other word, and read no list that has one.
const SOURCES: [&str; 4] = ["tfe-api", "tfe-module", "tfe-ui", "terraform"];

/// What a workspace runs if nobody says: whatever the client is.
pub(crate) const LATEST: &str = "latest";

impl Change {
    /// Applies the change, or says everything that is wrong with it. `effective` is where
    /// operations run now.
    pub(crate) fn apply(&self, workspace: &mut Workspace, effective: ExecutionMode) -> Result<()> {
        let mut refusals = Refusals::default();
        match &self.name {
            None => {}
            Some(None) => refusals.add(name::validate("")),
            Some(Some(text)) => {
                refusals.add(name::validate(text));
                workspace.name.clone_from(text);
            }
        }
        self.apply_texts(workspace, &mut refusals);
        match self.execution_mode(workspace.execution_mode, effective) {
            Ok(mode) => workspace.execution_mode = mode,
            Err(refusal) => refusals.add(Err(refusal)),
        }
        refusals.add(self.require_nothing_unavailable());
        set(&mut workspace.auto_apply, self.auto_apply, false);
        set(&mut workspace.global_remote_state, self.global_remote_state, false);
        set(&mut workspace.project_remote_state, self.project_remote_state, false);
        self.apply_switches(&mut workspace.settings);
        self.apply_sources(&mut workspace.settings, &mut refusals);
        self.apply_auto_destroy(&mut workspace.settings, &mut refusals);
        refusals.done()
    }

    fn apply_texts(&self, workspace: &mut Workspace, refusals: &mut Refusals) {
        if let Some(text) = cleared(self.description.as_ref()) {
            refusals.add(require_text("description", &text));
            workspace.description = text;
        }
        if let Some(text) = cleared(self.terraform_version.as_ref()) {
            let text = if text.is_empty() { LATEST.to_owned() } else { text };
            if !is_version(&text) {
                refusals.add(Err(Error::invalid(
                    "terraform-version",
                    "this is neither a version such as \"1.9.0\", nor a constraint such as \"~> 1.9.0\", \
                     nor \"latest\"",
                )));
            }
            workspace.terraform_version = text;
        }
        if let Some(text) = cleared(self.working_directory.as_ref()) {
            refusals.add(require_relative("working-directory", &text));
            workspace.working_directory = text;
        }
    }

    /// Where operations run after the change; none: the project or the organization says so.
    fn execution_mode(
        &self,
        current: Option<ExecutionMode>,
        effective: ExecutionMode,
    ) -> Result<Option<ExecutionMode>> {
        let overwrites = self.setting_overwrites.and_then(|overwrites| overwrites.execution_mode);
        if overwrites == Some(false) {
            return Ok(None);
        }
        match (&self.execution_mode, self.operations) {
            (Some(Some(text)), _) => ExecutionMode::parse(text).map(Some).ok_or_else(|| {
                Error::invalid(
                    "execution-mode",
                    "the execution mode must be \"remote\", \"local\" or \"agent\"",
                )
            }),
            (Some(None), _) | (None, Some(None)) => Ok(None),
            (None, Some(Some(true))) => Ok(Some(ExecutionMode::Remote)),
            (None, Some(Some(false))) => Ok(Some(ExecutionMode::Local)),
            (None, None) if overwrites == Some(true) => Ok(Some(current.unwrap_or(effective))),
            (None, None) => Ok(current),
        }
    }

    fn require_nothing_unavailable(&self) -> Result<()> {
        if matches!(&self.agent_pool_id, Some(Some(id)) if !id.is_empty()) {
            return Err(Error::invalid(
                "agent-pool-id",
                "this organization has no such agent pool",
            ));
        }
        let repository = self.vcs_repo.iter().flatten().flat_map(Map::values);
        if repository.into_iter().any(|value| !value.is_null()) {
            return Err(Error::invalid(
                "vcs-repo",
                "connections to version control are not available on this server; leave it out or \
                 send null",
            ));
        }
        Ok(())
    }

    fn apply_switches(&self, settings: &mut Settings) {
        let usual = Settings::default();
        set(&mut settings.allow_destroy_plan, self.allow_destroy_plan, usual.allow_destroy_plan);
        set(&mut settings.assessments_enabled, self.assessments_enabled, usual.assessments_enabled);
        set(
            &mut settings.auto_apply_run_trigger,
            self.auto_apply_run_trigger,
            usual.auto_apply_run_trigger,
        );
        set(
            &mut settings.inherits_project_auto_destroy,
            self.inherits_project_auto_destroy,
            usual.inherits_project_auto_destroy,
        );
        set(
            &mut settings.file_triggers_enabled,
            self.file_triggers_enabled,
            usual.file_triggers_enabled,
        );
        set(&mut settings.queue_all_runs, self.queue_all_runs, usual.queue_all_runs);
        set(&mut settings.speculative_enabled, self.speculative_enabled, usual.speculative_enabled);
        set(
            &mut settings.structured_run_output_enabled,
            self.structured_run_output_enabled,
            usual.structured_run_output_enabled,
        );
    }

    fn apply_sources(&self, settings: &mut Settings, refusals: &mut Refusals) {
        for (field, patch, slot) in [
            ("trigger-prefixes", &self.trigger_prefixes, &mut settings.trigger_prefixes),
            ("trigger-patterns", &self.trigger_patterns, &mut settings.trigger_patterns),
        ] {
            let Some(paths) = patch else { continue };
            let paths = paths.clone().unwrap_or_default();
            if paths.len() > MOST_PATHS {
                refusals
                    .add(Err(Error::invalid(field, "these are too many: at most 100 are kept")));
            }
            for path in &paths {
                refusals.add(require_text(field, path));
            }
            *slot = paths;
        }
        for (field, patch, slot) in [
            ("source-name", &self.source_name, &mut settings.source_name),
            ("source-url", &self.source_url, &mut settings.source_url),
        ] {
            let Some(text) = patch else { continue };
            refusals.add(text.as_deref().map_or(Ok(()), |text| require_text(field, text)));
            slot.clone_from(text);
        }
        if let Some(source) = &self.source {
            let source = source.clone().unwrap_or_else(|| Settings::default().source);
            if !SOURCES.contains(&source.as_str()) {
                refusals.add(Err(Error::invalid(
                    "source",
                    "this must be \"tfe-api\", \"tfe-module\", \"tfe-ui\" or \"terraform\"",
                )));
            }
            settings.source = source;
        }
    }

    fn apply_auto_destroy(&self, settings: &mut Settings, refusals: &mut Refusals) {
        if let Some(at) = &self.auto_destroy_at {
            let instant = at.as_deref().filter(|text| !text.is_empty()).map(|text| {
                Timestamp::parse(text).ok_or_else(|| {
                    Error::invalid(
                        "auto-destroy-at",
                        "this is not an instant such as 2030-01-31T12:00:00Z",
                    )
                })
            });
            match instant.transpose() {
                Ok(instant) => {
                    settings.auto_destroy_at = instant.map(|instant| instant.to_string());
                }
                Err(refusal) => refusals.add(Err(refusal)),
            }
        }
        if let Some(duration) = &self.auto_destroy_activity_duration {
            if duration.as_deref().is_some_and(|text| !is_duration(text)) {
                refusals.add(Err(Error::invalid(
                    "auto-destroy-activity-duration",
                    "this must be 1 to 9999 days or hours, such as \"14d\" or \"24h\"",
                )));
            }
            settings.auto_destroy_activity_duration.clone_from(duration);
        }
    }
}

fn set<T>(slot: &mut T, patch: Patch<T>, usual: T) {
    if let Some(value) = patch {
        *slot = value.unwrap_or(usual);
    }
}

/// The text to set, where clearing sets an empty one.
fn cleared(patch: Option<&Option<String>>) -> Option<String> {
    patch.map(|text| text.clone().unwrap_or_default())
}

fn require_text(field: &str, text: &str) -> Result<()> {
    if text.contains('\0') {
        return Err(Error::invalid(field, "this holds a character that is not text"));
    }
    if text.len() > LONGEST_TEXT {
        return Err(Error::invalid(field, "this is too long: at most 4096 bytes are kept"));
    }
    Ok(())
}

/// A path below the configuration's root: the client goes there, so it must not lead out.
fn require_relative(field: &str, path: &str) -> Result<()> {
    require_text(field, path)?;
    if path.starts_with(['/', '\\', '~']) || path.split(['/', '\\']).any(|part| part == "..") {
        return Err(Error::invalid(field, "this must be a relative path without \"..\""));
    }
    Ok(())
}

fn is_duration(text: &str) -> bool {
    let Some(number) = text.strip_suffix(['d', 'h']) else { return false };
    (1..=4).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && number.bytes().any(|byte| byte != b'0')
}

/// Whether clients can read this as a version: they refuse to go on with what they can't read.
fn is_version(text: &str) -> bool {
    text == LATEST
        || (text.len() <= LONGEST_VERSION && text.split(',').all(|part| is_constraint(part.trim())))
}

fn is_constraint(text: &str) -> bool {
    const OPERATORS: [&str; 7] = ["~>", ">=", "<=", "!=", ">", "<", "="];
    let version = OPERATORS.iter().find_map(|operator| text.strip_prefix(operator));
    let version = version.unwrap_or(text).trim_start();
    let version = version.strip_prefix('v').unwrap_or(version);
    let (version, build) = version.split_once('+').map_or((version, None), |(a, b)| (a, Some(b)));
    let (numbers, pre) = version.split_once('-').map_or((version, None), |(a, b)| (a, Some(b)));
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
    };
    // Clients hold each number in 64 bits.
    let is_number = |number: &str| {
        (1..=18).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    numbers.split('.').all(is_number) && [pre, build].into_iter().flatten().all(is_label)
}

#[cfg(test)]
mod tests;
