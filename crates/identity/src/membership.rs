//! A person's membership in an organization.

use kernel::{MembershipId, OrganizationId, TeamId, Timestamp};

use crate::{Team, User};

/// Whether the person has an account yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MembershipStatus {
    /// The person is a member.
    Active,
    /// The address has no account yet; the membership waits for it.
    Invited,
}

impl MembershipStatus {
    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Invited => "invited",
        }
    }

    /// Reads that word.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "active" => Some(Self::Active),
            "invited" => Some(Self::Invited),
            _ => None,
        }
    }
}

/// A membership.
#[derive(Clone, Debug)]
pub struct Membership {
    /// Its id.
    pub id: MembershipId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// The person, once the address has an account.
    pub user: Option<User>,
    /// The person's address.
    pub email: String,
    /// Whether the person has an account yet.
    pub status: MembershipStatus,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A membership, and the teams that it is in as far as the caller may see them.
#[derive(Clone, Debug)]
pub struct MembershipDetails {
    /// The membership.
    pub membership: Membership,
    /// The teams, the owners' first, then by name.
    pub teams: Vec<Team>,
}

/// Which memberships are listed.
#[derive(Clone, Debug, Default)]
pub struct MembershipFilter {
    /// These addresses only; none: all.
    pub emails: Option<Vec<String>>,
    /// This status only.
    pub status: Option<MembershipStatus>,
    /// A part of the address or name.
    pub search: Option<String>,
    /// Those in this team only.
    pub team: Option<TeamId>,
}
