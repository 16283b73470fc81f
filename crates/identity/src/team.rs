//! A team: people of an organization who may do the same.

use kernel::{OrganizationId, TeamId, Timestamp};

use crate::{
    Membership,
    access::{Rights, WORDS, rights_of_words},
};

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

/// A team and who is in it.
#[derive(Clone, Debug)]
pub struct TeamDetails {
    /// The team.
    pub team: Team,
    /// Its members and the invitations that name it, by address; none for callers who may not see
    /// who is in the organization.
    pub members: Vec<Membership>,
    /// What the caller may do with it.
    pub permitted: Permitted,
}

impl TeamDetails {
    /// How many people are in it.
    pub fn people(&self) -> usize {
        self.members.iter().filter(|member| member.user.is_some()).count()
    }
}

/// What a caller may do with a team.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permitted {
    /// Change its name, who sees it, and how its tokens are made.
    pub update: bool,
    /// Say who is in it.
    pub update_members: bool,
    /// Say what it may do in the whole organization.
    pub update_access: bool,
    /// Delete it.
    pub delete: bool,
    /// Make and revoke its tokens.
    pub manage_tokens: bool,
}

/// A team to be made.
#[derive(Clone, Debug, Default)]
pub struct NewTeam {
    /// Its name.
    pub name: String,
    /// Everything else, as if it were changed.
    pub change: TeamChange,
}

/// Changes to a team: what is none stays.
#[derive(Clone, Debug, Default)]
pub struct TeamChange {
    /// A new name.
    pub name: Option<String>,
    /// Who sees it.
    pub visibility: Option<Visibility>,
    /// What a sign-in server calls the group whose members belong here; empty: none.
    pub sso_team_id: Option<String>,
    /// Whether members manage the team's tokens.
    pub allow_member_token_management: Option<bool>,
    /// Words of [`WORDS`], and whether the team holds them. The others stay.
    pub organization_access: Vec<(&'static str, bool)>,
}

/// Which teams are listed.
#[derive(Clone, Debug, Default)]
pub struct TeamFilter {
    /// These names only, whatever the case; none: all.
    pub names: Option<Vec<String>>,
    /// A part of the name.
    pub search: Option<String>,
}

/// Whom a request wants in a team or out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Person {
    /// Somebody by name or id.
    User(String),
    /// A member or an invitation, by the id of the membership.
    Membership(String),
}

impl Team {
    /// What it may do in the whole organization.
    pub fn rights(&self) -> Rights {
        if self.owners { Rights::ALL } else { rights_of_words(&self.organization_access.join(" ")) }
    }

    /// Whether it holds a right in the whole organization, by the word of the wire.
    pub fn holds(&self, word: &str) -> bool {
        self.owners || self.organization_access.iter().any(|held| held == word)
    }

    /// Gives it words and takes others away.
    pub(crate) fn set_access(&mut self, changes: &[(&'static str, bool)]) {
        let held = |word: &&str| match changes.iter().find(|(changed, _)| changed == word) {
            Some((_, wanted)) => *wanted,
            None => self.organization_access.iter().any(|held| held == word),
        };
        let words = WORDS.iter().map(|(word, _)| *word).filter(held).map(str::to_owned).collect();
        self.organization_access = words;
    }

    /// A new team, which may do nothing yet.
    pub(crate) fn blank(organization: OrganizationId, now: Timestamp) -> Self {
        Self {
            id: TeamId::generate(),
            organization_id: organization,
            name: String::new(),
            owners: false,
            visibility: Visibility::default(),
            sso_team_id: String::new(),
            allow_member_token_management: true,
            organization_access: Vec::new(),
            created_at: now,
            updated_at: now,
        }
    }

    /// The team that owns a new organization.
    pub fn of_owners(organization: OrganizationId, now: Timestamp) -> Self {
        Self {
            name: OWNERS.to_owned(),
            owners: true,
            visibility: Visibility::Organization,
            ..Self::blank(organization, now)
        }
    }
}
