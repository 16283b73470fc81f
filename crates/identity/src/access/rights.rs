//! The rights there are, and sets of them.

use std::{fmt, ops::BitOr};

macro_rules! rights {
    ($($(#[doc = $doc:literal])* $name:ident = $word:literal, $phrase:literal;)*) => {
        /// Something that can be done. Each belongs to an organization, a project or a workspace;
        /// held higher up, it holds for all that is below.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Right { $($(#[doc = $doc])* $name,)* }

        impl Right {
            /// Every right, for tables and tests.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The word for it, in custom rights, explanations and the audit trail.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The right as the end of "you may not …".
            pub const fn phrase(self) -> &'static str {
                match self { $(Self::$name => $phrase,)* }
            }
        }
    };
}

rights! {
    /// See the organization and its settings.
    ReadOrganization = "read-organization", "see this organization";
    /// Change the organization's settings.
    UpdateOrganization = "update-organization", "change this organization's settings";
    /// Delete the organization.
    DeleteOrganization = "delete-organization", "delete this organization";
    /// See who is a member.
    ReadMemberships = "read-memberships", "see the members of this organization";
    /// Invite and remove members.
    ManageMemberships = "manage-memberships", "invite or remove members of this organization";
    /// Make, change and delete teams, and say who is in them.
    ManageTeams = "manage-teams", "manage the teams of this organization";
    /// Say what teams may do in the whole organization.
    ManageOrganizationAccess = "manage-organization-access", "change what teams may do in the whole organization";
    /// See teams that hide from others.
    AccessSecretTeams = "access-secret-teams", "see secret teams of this organization";
    /// Make and revoke the organization's own tokens and keys.
    ManageOrganizationTokens = "manage-organization-tokens", "manage this organization's tokens";
    /// Read the audit trail.
    ReadAudit = "read-audit", "read this organization's audit trail";
    /// Create projects; the command line does so by itself.
    CreateProject = "create-project", "create projects in this organization";
    /// See the project.
    ReadProject = "read-project", "see this project";
    /// Change the project.
    UpdateProject = "update-project", "change this project";
    /// Delete the project.
    DeleteProject = "delete-project", "delete this project";
    /// Create workspaces; the command line does so by itself.
    CreateWorkspace = "create-workspace", "create workspaces here";
    /// Move workspaces into the project or out of it.
    MoveWorkspace = "move-workspace", "move workspaces between these projects";
    /// See variable sets.
    ReadVariableSets = "read-variable-sets", "see these variable sets";
    /// Change variable sets.
    ManageVariableSets = "manage-variable-sets", "change these variable sets";
    /// See the workspace.
    ReadWorkspace = "read-workspace", "see this workspace";
    /// Change the workspace's settings.
    UpdateWorkspace = "update-workspace", "change this workspace";
    /// Delete the workspace when it holds no resources.
    DeleteWorkspace = "delete-workspace", "delete this workspace";
    /// Delete the workspace whatever it holds.
    ForceDeleteWorkspace = "force-delete-workspace", "delete workspaces that still hold resources";
    /// Change tags.
    ManageTags = "manage-tags", "change these tags";
    /// See runs.
    ReadRuns = "read-runs", "see the runs of this workspace";
    /// Start plans.
    QueueRun = "queue-run", "start runs in this workspace";
    /// Apply plans.
    ApplyRun = "apply-run", "apply runs in this workspace";
    /// Download states.
    ReadState = "read-state", "read the state of this workspace";
    /// Read outputs.
    ReadOutputs = "read-outputs", "read the outputs of this workspace";
    /// Write states.
    WriteState = "write-state", "write the state of this workspace";
    /// Lock, and unlock what one has locked.
    Lock = "lock", "lock this workspace";
    /// Break a lock that somebody else holds.
    ForceUnlock = "force-unlock", "unlock what somebody else has locked";
    /// See variables, but not sensitive values.
    ReadVariables = "read-variables", "see the variables of this workspace";
    /// Change variables.
    ManageVariables = "manage-variables", "change the variables of this workspace";
    /// Say who may do what here.
    ManageAccess = "manage-access", "say who may do what here";
}

impl Right {
    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|right| right.as_str() == word)
    }

    const fn bit(self) -> u64 {
        1 << self as u64
    }
}

/// A set of rights.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Rights(u64);

impl Rights {
    /// No right.
    pub const NONE: Self = Self(0);
    /// Every right.
    pub const ALL: Self = Self::of(Right::ALL);

    /// These rights.
    pub const fn of(rights: &[Right]) -> Self {
        let mut bits = 0;
        let mut rest = rights;
        while let [right, others @ ..] = rest {
            bits |= right.bit();
            rest = others;
        }
        Self(bits)
    }

    /// Whether a right is in it.
    pub const fn holds(self, right: Right) -> bool {
        self.0 & right.bit() != 0
    }

    /// What is in either: the strongest wins.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both.
    #[must_use]
    pub const fn within(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in it, without these.
    #[must_use]
    pub const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each right in it, in order.
    pub fn iter(self) -> impl Iterator<Item = Right> {
        Right::ALL.iter().copied().filter(move |right| self.holds(*right))
    }
}

impl BitOr for Rights {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.and(other)
    }
}

impl FromIterator<Right> for Rights {
    fn from_iter<I: IntoIterator<Item = Right>>(rights: I) -> Self {
        Self(rights.into_iter().fold(0, |bits, right| bits | right.bit()))
    }
}

impl fmt::Debug for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Right::as_str)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_one_right_each() {
        for right in Right::ALL {
            assert_eq!(Right::parse(right.as_str()), Some(*right));
        }
        assert_eq!(Rights::ALL.iter().count(), Right::ALL.len());
        assert!(Right::ALL.len() <= 64);
    }

    #[test]
    fn sets_join_and_narrow() {
        let some = Rights::of(&[Right::Lock, Right::ReadState]);
        let others = Rights::of(&[Right::ReadState, Right::WriteState]);
        assert_eq!((some | others).iter().count(), 3);
        assert_eq!(some.within(others), Rights::of(&[Right::ReadState]));
        assert_eq!(some.without(others), Rights::of(&[Right::Lock]));
        assert!(!some.holds(Right::WriteState));
    }
}
