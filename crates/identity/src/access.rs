//! Who may do what: one table, no input or output. Every capability asks here.

/// What a caller is in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Administers the whole site, so every organization.
    SiteAdmin,
    /// Owns the organization.
    Owner,
    /// Works in the organization.
    Member,
}

/// Something that can be done in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Right {
    /// See the organization and its settings.
    ReadOrganization,
    /// Change the organization's settings.
    UpdateOrganization,
    /// Delete the organization.
    DeleteOrganization,
    /// See who is a member.
    ReadMemberships,
    /// Invite and remove members.
    ManageMemberships,
    /// See projects.
    ReadProject,
    /// Create projects; the command line does so by itself.
    CreateProject,
    /// Change projects.
    UpdateProject,
    /// Delete projects.
    DeleteProject,
    /// See workspaces.
    ReadWorkspace,
    /// Create workspaces; the command line does so by itself.
    CreateWorkspace,
    /// Change workspaces.
    UpdateWorkspace,
    /// Delete workspaces that hold no resources.
    DeleteWorkspace,
    /// Delete workspaces whatever they hold.
    ForceDeleteWorkspace,
    /// Move workspaces between projects.
    MoveWorkspace,
    /// Download states.
    ReadState,
    /// Read outputs.
    ReadOutputs,
    /// Write states.
    WriteState,
    /// Lock, and unlock what one has locked.
    Lock,
    /// Break a lock that somebody else holds.
    ForceUnlock,
    /// Change the tags of workspaces and projects.
    ManageTags,
}

impl Right {
    /// Every right, for tables and tests.
    pub const ALL: &[Self] = &[
        Self::ReadOrganization,
        Self::UpdateOrganization,
        Self::DeleteOrganization,
        Self::ReadMemberships,
        Self::ManageMemberships,
        Self::ReadProject,
        Self::CreateProject,
        Self::UpdateProject,
        Self::DeleteProject,
        Self::ReadWorkspace,
        Self::CreateWorkspace,
        Self::UpdateWorkspace,
        Self::DeleteWorkspace,
        Self::ForceDeleteWorkspace,
        Self::MoveWorkspace,
        Self::ReadState,
        Self::ReadOutputs,
        Self::WriteState,
        Self::Lock,
        Self::ForceUnlock,
        Self::ManageTags,
    ];

    /// The right as the end of "you may not …".
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::ReadOrganization => "see this organization",
            Self::UpdateOrganization => "change this organization's settings",
            Self::DeleteOrganization => "delete this organization",
            Self::ReadMemberships => "see the members of this organization",
            Self::ManageMemberships => "invite or remove members of this organization",
            Self::ReadProject => "see projects of this organization",
            Self::CreateProject => "create projects in this organization",
            Self::UpdateProject => "change projects of this organization",
            Self::DeleteProject => "delete projects of this organization",
            Self::ReadWorkspace => "see workspaces of this organization",
            Self::CreateWorkspace => "create workspaces in this organization",
            Self::UpdateWorkspace => "change workspaces of this organization",
            Self::DeleteWorkspace => "delete workspaces of this organization",
            Self::ForceDeleteWorkspace => "delete workspaces that still hold resources",
            Self::MoveWorkspace => "move workspaces between projects",
            Self::ReadState => "read states in this organization",
            Self::ReadOutputs => "read outputs in this organization",
            Self::WriteState => "write states in this organization",
            Self::Lock => "lock workspaces of this organization",
            Self::ForceUnlock => "unlock what somebody else has locked",
            Self::ManageTags => "change tags in this organization",
        }
    }
}

/// Whether a role has a right. Members do everything with workspaces and states except what takes
/// something away from others; the organization itself belongs to its owners.
pub const fn allows(role: Role, right: Right) -> bool {
    match role {
        Role::SiteAdmin | Role::Owner => true,
        Role::Member => match right {
            Right::ReadOrganization
            | Right::ReadMemberships
            | Right::ReadProject
            | Right::CreateProject
            | Right::UpdateProject
            | Right::ReadWorkspace
            | Right::CreateWorkspace
            | Right::UpdateWorkspace
            | Right::DeleteWorkspace
            | Right::MoveWorkspace
            | Right::ReadState
            | Right::ReadOutputs
            | Right::WriteState
            | Right::Lock
            | Right::ManageTags => true,
            Right::UpdateOrganization
            | Right::DeleteOrganization
            | Right::ManageMemberships
            | Right::DeleteProject
            | Right::ForceDeleteWorkspace
            | Right::ForceUnlock => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_and_site_administrators_may_do_everything() {
        for right in Right::ALL {
            assert!(allows(Role::Owner, *right), "{right:?}");
            assert!(allows(Role::SiteAdmin, *right), "{right:?}");
        }
    }

    #[test]
    fn members_may_not_take_things_away_from_others() {
        let refused: Vec<_> =
            Right::ALL.iter().filter(|right| !allows(Role::Member, **right)).collect();
        assert_eq!(
            refused,
            [
                &Right::UpdateOrganization,
                &Right::DeleteOrganization,
                &Right::ManageMemberships,
                &Right::DeleteProject,
                &Right::ForceDeleteWorkspace,
                &Right::ForceUnlock,
            ]
        );
    }

    #[test]
    fn every_right_is_listed_once() {
        for (position, right) in Right::ALL.iter().enumerate() {
            assert!(!Right::ALL[..position].contains(right), "{right:?}");
        }
    }
}
