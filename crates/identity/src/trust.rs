//! A trust: an issuer whose identities are let in, for whom among them, and what they may do.
//!
//! An identity is let in when it is meant for this server (its audience) and every rule of the
//! trust holds for its claims. What it may do is the union of all trusts that let it in.

mod audience;
mod glob;
mod rule;
mod rule_text;
mod shared;

use barrier::jwt::Claims;
use kernel::{OrganizationId, TeamId, Timestamp, TrustId, UserId};

pub(crate) use audience::{audiences_of, is_meant_for};
pub use rule::{Rule, Wish};
pub(crate) use rule_text::{read_rules, written_rules};
pub(crate) use shared::require_tenant;

use crate::{Placed, issuers::KeySource};

/// A trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trust {
    /// Its id.
    pub id: TrustId,
    /// The organization that trusts.
    pub organization_id: OrganizationId,
    /// What people call it; unique in the organization whatever the case.
    pub name: String,
    /// The issuer, exactly as its tokens name it.
    pub issuer: String,
    /// What the identity must be meant for; empty: this server.
    pub audience: String,
    /// What its claims must be: all of it.
    pub rules: Vec<Rule>,
    /// Where the issuer's keys come from.
    pub keys: Keys,
    /// What whoever is let in may do.
    pub gives: Gives,
    /// What the team, project or workspace is called, if it is about one. Read only.
    pub place_name: Option<String>,
    /// Who made it, if that is a person who is still there.
    pub created_by: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Where an issuer's keys come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Keys {
    /// From where its discovery document says.
    #[default]
    Discovered,
    /// From an address.
    At(String),
    /// They are given, as a JWKS document: the issuer can't be reached from here.
    Given(String),
}

/// What a trust gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gives {
    /// To be as one of a team.
    Team(TeamId),
    /// A level at a place.
    Level(Box<Placed>),
}

/// A new trust.
#[derive(Clone, Debug)]
pub struct NewTrust {
    /// What people call it.
    pub name: String,
    /// The issuer.
    pub issuer: String,
    /// What the identity must be meant for; empty: this server.
    pub audience: String,
    /// What its claims must be.
    pub rules: Vec<Rule>,
    /// Where the issuer's keys come from.
    pub keys: Keys,
    /// What whoever is let in may do.
    pub gives: Gives,
}

/// A change to a trust; what is none stays.
#[derive(Clone, Debug, Default)]
pub struct TrustChange {
    /// What people call it.
    pub name: Option<String>,
    /// The issuer.
    pub issuer: Option<String>,
    /// What the identity must be meant for.
    pub audience: Option<String>,
    /// What its claims must be.
    pub rules: Option<Vec<Rule>>,
    /// Where the issuer's keys come from.
    pub keys: Option<Keys>,
    /// What whoever is let in may do.
    pub gives: Option<Gives>,
}

/// Why a trust does not let an identity in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Mismatch {
    /// It is meant for somebody else.
    #[error("another audience")]
    Audience,
    /// A claim is not as it must be.
    #[error("another value of the claim {0:?}")]
    Claim(String),
}

impl Trust {
    /// Where the issuer's keys come from.
    pub fn key_source(&self) -> KeySource {
        match &self.keys {
            Keys::Discovered => KeySource::Issuer(self.issuer.clone()),
            Keys::At(address) => KeySource::Address(address.clone()),
            Keys::Given(document) => KeySource::Given(document.clone()),
        }
    }

    /// Whether it lets an identity in that says this of itself. `ours` are this server's names.
    pub(crate) fn admit(&self, claims: &Claims, ours: &[String]) -> Result<(), Mismatch> {
        if !is_meant_for(&self.audience, ours, &claims.audiences()) {
            return Err(Mismatch::Audience);
        }
        match self.rules.iter().find(|rule| !rule.holds(claims)) {
            Some(rule) => Err(Mismatch::Claim(rule.claim.clone())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
