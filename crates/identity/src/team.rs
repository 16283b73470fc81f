//! A team: people of an organization who may do the same.

use kernel::{OrganizationId, TeamId, Timestamp};

/// The name of the team that owns an organization.
pub const OWNERS: &str = "owners";

/// A team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// The organization.
    pub organization_id: OrganizationId,
    /// Its name, unique in the organization whatever the case.
    pub name: String,
    /// Whether its members own the organization. One team's do.
    pub owners: bool,
    /// Who sees it.
    pub visibility: Visibility,
    /// What a sign-in server calls the group whose members belong here; empty: none.
    pub sso_team_id: String,
    /// Whether members manage the team's tokens.
    pub allow_member_token_management: bool,
    /// The rights in the whole organization, in the words of [`crate::access::WORDS`].
    pub organization_access: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Who sees a team.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Visibility {
    /// Its members, and those who manage teams.
    #[default]
    Secret,
    /// Everybody in the organization.
    Organization,
}

impl Visibility {
    /// The word on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Organization => "organization",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Secret, Self::Organization].into_iter().find(|known| known.as_str() == word)
    }
}

impl Team {
    /// The team that owns a new organization.
    pub fn of_owners(organization: OrganizationId, now: Timestamp) -> Self {
        Self {
            id: TeamId::random(),
            organization_id: organization,
            name: OWNERS.to_owned(),
            owners: true,
            visibility: Visibility::Organization,
            sso_team_id: String::new(),
            allow_member_token_management: true,
            organization_access: Vec::new(),
            created_at: now,
            updated_at: now,
        }
    }
}
