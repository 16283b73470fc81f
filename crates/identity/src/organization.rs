//! An organization and its settings.

use std::{fmt, str::FromStr};

use kernel::{Error, OrganizationId, ProjectId, Result, Timestamp};
use serde::{Deserialize, Serialize};

use crate::names;

/// Where runs of a workspace take place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExecutionMode {
    /// On the machine of whoever starts them.
    Local,
    /// On this server.
    Remote,
}

impl ExecutionMode {
    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Remote => "remote",
        }
    }

    /// Reads the word of an attribute; `field` is the attribute's name on the wire.
    pub fn parse(field: &str, text: &str) -> Result<Self> {
        text.parse().map_err(|()| match text {
            "agent" => Error::invalid(field, "this organization has no agent pool to run in"),
            _ => Error::invalid(field, "an execution mode is \"local\" or \"remote\""),
        })
    }
}

impl FromStr for ExecutionMode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "local" => Ok(Self::Local),
            "remote" => Ok(Self::Remote),
            _ => Err(()),
        }
    }
}

impl fmt::Display for ExecutionMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An organization.
#[derive(Clone, Debug)]
pub struct Organization {
    /// Its id, `external-id` on the wire.
    pub id: OrganizationId,
    /// Its name, which is its id in the vendor's API.
    pub name: String,
    /// Whom to write to about it.
    pub email: String,
    /// What its projects and workspaces do unless they say otherwise.
    pub default_execution_mode: ExecutionMode,
    /// Where workspaces go that name no project.
    pub default_project_id: ProjectId,
    /// What only needs to be kept.
    pub settings: OrganizationSettings,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The settings of the contract that are kept for the client and change nothing here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct OrganizationSettings {
    /// Statuses of several runs are reported to version control as one.
    pub aggregated_commit_status_enabled: bool,
    /// Workspace administrators may delete workspaces that hold resources.
    pub allow_force_delete_workspaces: bool,
    /// Health assessments are enforced.
    pub assessments_enforced: bool,
    /// `password` or `two_factor_mandatory`.
    pub collaborator_auth_policy: String,
    /// Costs are estimated.
    pub cost_estimation_enabled: bool,
    /// The SAML role of the owners.
    pub owners_team_saml_role_id: Option<String>,
    /// Passing statuses are sent for speculative plans that nothing triggered.
    pub send_passing_statuses_for_untriggered_speculative_plans: bool,
    /// Tokens live only as long as the organization allows. Follows its limits.
    pub max_ttl_enabled: bool,
    /// Minutes until a session ends.
    pub session_remember: Option<u32>,
    /// Minutes of inactivity until a session ends.
    pub session_timeout: Option<u32>,
    /// Outdated speculative plans are cancelled.
    pub speculative_plan_management_enabled: bool,
    /// Members may use their own tokens.
    pub user_tokens_enabled: bool,
}

impl Default for OrganizationSettings {
    fn default() -> Self {
        Self {
            aggregated_commit_status_enabled: true,
            allow_force_delete_workspaces: false,
            assessments_enforced: false,
            collaborator_auth_policy: "password".to_owned(),
            cost_estimation_enabled: false,
            max_ttl_enabled: false,
            owners_team_saml_role_id: None,
            send_passing_statuses_for_untriggered_speculative_plans: false,
            session_remember: None,
            session_timeout: None,
            speculative_plan_management_enabled: true,
            user_tokens_enabled: true,
        }
    }
}

/// Changes to an organization's settings: what is none stays, `Some(None)` clears.
#[derive(Clone, Debug, Default)]
pub struct SettingsChange {
    /// See [`OrganizationSettings::aggregated_commit_status_enabled`].
    pub aggregated_commit_status_enabled: Option<bool>,
    /// See [`OrganizationSettings::allow_force_delete_workspaces`].
    pub allow_force_delete_workspaces: Option<bool>,
    /// See [`OrganizationSettings::assessments_enforced`].
    pub assessments_enforced: Option<bool>,
    /// See [`OrganizationSettings::collaborator_auth_policy`].
    pub collaborator_auth_policy: Option<String>,
    /// See [`OrganizationSettings::cost_estimation_enabled`].
    pub cost_estimation_enabled: Option<bool>,
    /// See [`OrganizationSettings::max_ttl_enabled`].
    pub max_ttl_enabled: Option<bool>,
    /// See [`OrganizationSettings::owners_team_saml_role_id`].
    pub owners_team_saml_role_id: Option<Option<String>>,
    /// See [`OrganizationSettings::send_passing_statuses_for_untriggered_speculative_plans`].
    pub send_passing_statuses_for_untriggered_speculative_plans: Option<bool>,
    /// See [`OrganizationSettings::session_remember`].
    pub session_remember: Option<Option<u32>>,
    /// See [`OrganizationSettings::session_timeout`].
    pub session_timeout: Option<Option<u32>>,
    /// See [`OrganizationSettings::speculative_plan_management_enabled`].
    pub speculative_plan_management_enabled: Option<bool>,
    /// See [`OrganizationSettings::user_tokens_enabled`].
    pub user_tokens_enabled: Option<bool>,
}

impl SettingsChange {
    /// The settings after this change.
    pub fn apply(self, mut settings: OrganizationSettings) -> Result<OrganizationSettings> {
        fn set<T>(slot: &mut T, value: Option<T>) {
            if let Some(value) = value {
                *slot = value;
            }
        }
        if let Some(policy) = &self.collaborator_auth_policy
            && !matches!(policy.as_str(), "password" | "two_factor_mandatory")
        {
            return Err(Error::invalid(
                "collaborator-auth-policy",
                "the policy is \"password\" or \"two_factor_mandatory\"",
            ));
        }
        if let Some(Some(role)) = &self.owners_team_saml_role_id {
            names::text("owners-team-saml-role-id", role, 255)?;
        }
        set(&mut settings.aggregated_commit_status_enabled, self.aggregated_commit_status_enabled);
        set(&mut settings.allow_force_delete_workspaces, self.allow_force_delete_workspaces);
        set(&mut settings.assessments_enforced, self.assessments_enforced);
        set(&mut settings.collaborator_auth_policy, self.collaborator_auth_policy);
        set(&mut settings.cost_estimation_enabled, self.cost_estimation_enabled);
        set(&mut settings.max_ttl_enabled, self.max_ttl_enabled);
        set(&mut settings.owners_team_saml_role_id, self.owners_team_saml_role_id);
        set(
            &mut settings.send_passing_statuses_for_untriggered_speculative_plans,
            self.send_passing_statuses_for_untriggered_speculative_plans,
        );
        set(&mut settings.session_remember, self.session_remember);
        set(&mut settings.session_timeout, self.session_timeout);
        set(
            &mut settings.speculative_plan_management_enabled,
            self.speculative_plan_management_enabled,
        );
        set(&mut settings.user_tokens_enabled, self.user_tokens_enabled);
        Ok(settings)
    }
}

/// An organization to be made.
#[derive(Clone, Debug, Default)]
pub struct NewOrganization {
    /// Its name.
    pub name: String,
    /// Whom to write to about it.
    pub email: String,
    /// Its settings, where they differ from the usual.
    pub settings: SettingsChange,
    /// What its workspaces do unless they say otherwise; none: `local`.
    pub default_execution_mode: Option<ExecutionMode>,
    /// The name of its first project; none: `Default Project`.
    pub default_project_name: Option<String>,
}

/// Changes to an organization: what is none stays.
#[derive(Clone, Debug, Default)]
pub struct OrganizationChange {
    /// A new name.
    pub name: Option<String>,
    /// A new address.
    pub email: Option<String>,
    /// Another default.
    pub default_execution_mode: Option<ExecutionMode>,
    /// Another default project.
    pub default_project_id: Option<ProjectId>,
    /// Other settings.
    pub settings: SettingsChange,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_leaves_what_it_does_not_name() {
        let before = OrganizationSettings { session_timeout: Some(5), ..Default::default() };
        let change = SettingsChange {
            cost_estimation_enabled: Some(true),
            session_timeout: Some(None),
            ..Default::default()
        };
        let after = change.apply(before).unwrap();
        assert!(after.cost_estimation_enabled);
        assert_eq!(after.session_timeout, None);
        assert_eq!(after.collaborator_auth_policy, "password");
    }

    #[test]
    fn unknown_words_are_refused() {
        let change =
            SettingsChange { collaborator_auth_policy: Some("none".into()), ..Default::default() };
        assert!(change.apply(OrganizationSettings::default()).is_err());
        assert!(ExecutionMode::parse("default-execution-mode", "agent").is_err());
        assert_eq!(ExecutionMode::parse("x", "remote").unwrap(), ExecutionMode::Remote);
    }
}
