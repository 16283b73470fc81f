//! API tokens. The value is shown once and never stored; what is stored is an HMAC of it.

use std::{net::IpAddr, time::Duration};

use ipnet::IpNet;
use kernel::{Error, OrganizationId, Result, TeamId, Timestamp, TokenId, TokenLimits, UserId};

use crate::Placed;

/// What stands before the random part of a token.
pub(crate) const TOKEN_PREFIX: &str = "stw_";

/// More are looked through in every request.
const MAX_NETWORKS: usize = 50;

/// An API token, without its value.
#[derive(Clone, Debug)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// Whom it speaks for.
    pub holder: TokenHolder,
    /// What people say about it.
    pub description: String,
    /// Whether it changes nothing.
    pub read_only: bool,
    /// Where it may be used from.
    pub networks: Networks,
    /// Who made it, if that is a person who is still there.
    pub created_by: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
    /// Where it was last used from.
    pub last_used_address: Option<IpAddr>,
    /// When it ends; none: never.
    pub expires_at: Option<Timestamp>,
    /// Whether it makes nothing that lets anybody in: no tokens, keys or trusts.
    pub childless: bool,
}

/// Whom a token speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "there are never more of them than a page holds")]
pub enum TokenHolder {
    /// A person.
    User(UserId),
    /// A team. The legacy token is the one that a team has at most one of.
    Team {
        /// The team's organization.
        organization: OrganizationId,
        /// The team.
        team: TeamId,
        /// Whether it is the one token of the older API.
        legacy: bool,
    },
    /// An organization.
    Organization(OrganizationId),
    /// Whoever reads an organization's audit trail.
    Auditor(OrganizationId),
    /// Itself: a key, with a role at one place.
    Key(OrganizationId, Placed),
    /// A CI job, through the trusts that let it in.
    Workload,
}

/// The kinds of tokens, as they are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Of a person.
    User,
    /// Of a team.
    Team,
    /// The one of a team.
    LegacyTeam,
    /// Of an organization.
    Organization,
    /// Of an organization's audit trail.
    AuditTrails,
    /// A key.
    Key,
    /// Of a CI job.
    Workload,
}

impl TokenKind {
    const ALL: [Self; 7] = [
        Self::User,
        Self::Team,
        Self::LegacyTeam,
        Self::Organization,
        Self::AuditTrails,
        Self::Key,
        Self::Workload,
    ];

    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Team => "team",
            Self::LegacyTeam => "legacy-team",
            Self::Organization => "organization",
            Self::AuditTrails => "audit-trails",
            Self::Key => "key",
            Self::Workload => "workload",
        }
    }

    /// Reads that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

impl TokenHolder {
    /// The kind of token that this holds.
    pub const fn kind(&self) -> TokenKind {
        match self {
            Self::User(_) => TokenKind::User,
            Self::Team { legacy: false, .. } => TokenKind::Team,
            Self::Team { legacy: true, .. } => TokenKind::LegacyTeam,
            Self::Organization(_) => TokenKind::Organization,
            Self::Auditor(_) => TokenKind::AuditTrails,
            Self::Key(..) => TokenKind::Key,
            Self::Workload => TokenKind::Workload,
        }
    }

    /// Whether there is at most one such token, so that a new one replaces it.
    pub const fn is_single(&self) -> bool {
        match self {
            Self::Team { legacy, .. } => *legacy,
            Self::Organization(_) | Self::Auditor(_) => true,
            Self::User(_) | Self::Key(..) | Self::Workload => false,
        }
    }

    /// The person, if it is one.
    pub const fn user(&self) -> Option<UserId> {
        match self {
            Self::User(id) => Some(*id),
            _ => None,
        }
    }

    /// The team, if it is one.
    pub const fn team(&self) -> Option<TeamId> {
        match self {
            Self::Team { team, .. } => Some(*team),
            _ => None,
        }
    }

    /// The organization that it belongs to; people belong to none.
    pub const fn organization(&self) -> Option<OrganizationId> {
        match self {
            Self::Team { organization, .. } => Some(*organization),
            Self::Organization(id) | Self::Auditor(id) | Self::Key(id, _) => Some(*id),
            Self::User(_) | Self::Workload => None,
        }
    }
}

impl Token {
    /// Whether it is of no use any more.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        is_past(self.expires_at, now)
    }
}

/// Networks that a token may be used from; none of them: from anywhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks(Vec<IpNet>);

impl Networks {
    /// These networks.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Reads what [`Networks::text`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        text.split_ascii_whitespace()
            .map(|word| word.parse().or_else(|_| word.parse::<IpAddr>().map(IpNet::from)).ok())
            .collect::<Option<_>>()
            .map(Self)
    }

    /// Reads what somebody wrote as `source-networks`.
    pub fn read(written: &[impl AsRef<str>]) -> Result<Self> {
        if written.len() > MAX_NETWORKS {
            let text = format!("a token has at most {MAX_NETWORKS} networks");
            return Err(Error::invalid("source-networks", text));
        }
        let numbered = written.iter().enumerate();
        let read = numbered.map(|(number, word)| {
            network(word.as_ref().trim()).map_err(|text| {
                Error::invalid_at(format!("/data/attributes/source-networks/{number}"), text)
            })
        });
        read.collect::<Result<_>>().map(Self)
    }

    /// The networks as CIDR, with spaces between.
    pub fn text(&self) -> String {
        self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &IpNet> {
        self.0.iter()
    }

    /// Whether a token is bound to networks at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether whoever is admitted here is admitted there, too.
    pub fn are_within(&self, others: &Self) -> bool {
        let inside = |one: &IpNet| others.0.iter().any(|other| other.contains(one));
        others.0.is_empty() || (!self.0.is_empty() && self.0.iter().all(inside))
    }

    /// The networks that are within both; none if nobody is admitted by both.
    pub fn shared_with(&self, others: &Self) -> Option<Self> {
        if others.0.is_empty() {
            return Some(self.clone());
        }
        if self.0.is_empty() {
            return Some(others.clone());
        }
        let mut shared = Vec::new();
        for one in &self.0 {
            for other in &others.0 {
                if other.contains(one) {
                    shared.push(*one);
                } else if one.contains(other) {
                    shared.push(*other);
                }
            }
        }
        shared.sort_unstable();
        shared.dedup();
        (!shared.is_empty()).then_some(Self(shared))
    }

    /// Whether a request from an address is admitted. An address that is not known is in no
    /// network.
    pub fn admit(&self, address: Option<IpAddr>) -> bool {
        self.0.is_empty()
            || address.is_some_and(|address| {
                let address = address.to_canonical();
                self.0.iter().any(|network| network.contains(&address))
            })
    }
}

/// A network as somebody wrote it; an address is a network of one.
fn network(text: &str) -> std::result::Result<IpNet, String> {
    let Ok(network) = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)) else {
        return Err("this is neither a network like \"10.0.0.0/8\" nor an address".to_owned());
    };
    if let IpNet::V6(network) = network
        && network.addr().to_ipv4_mapped().is_some()
    {
        return Err("write networks of IPv4 as such, like \"10.0.0.0/8\"".to_owned());
    }
    // Most likely a slip, and as likely in one direction as in the other.
    if network.trunc() != network {
        return Err(format!(
            "{network} is no network; write {} for all of it, or {} for the address alone",
            network.trunc(),
            network.addr()
        ));
    }
    Ok(network)
}

/// What binds a token that lives from one instant to another.
pub(crate) fn limits(
    read_only: bool,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
) -> TokenLimits {
    let lifetime: Option<Duration> = expires_at.map(|end| end.since(created_at));
    TokenLimits { read_only, lifetime }
}

/// Whether an end has been reached.
pub(crate) fn is_past(end: Option<Timestamp>, now: Timestamp) -> bool {
    end.is_some_and(|end| end <= now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_admit_what_is_in_them() {
        let table = [
            ("", Some("203.0.113.9"), true),
            ("", None, true),
            ("10.0.0.0/8", Some("10.1.2.3"), true),
            ("10.0.0.0/8", Some("::ffff:10.1.2.3"), true),
            ("10.0.0.0/8", Some("11.1.2.3"), false),
            ("10.0.0.0/8", None, false),
            ("10.0.0.0/8 2001:db8::/32", Some("2001:db8::1"), true),
            ("203.0.113.9", Some("203.0.113.9"), true),
            ("203.0.113.9", Some("203.0.113.8"), false),
        ];
        for (networks, address, admitted) in table {
            let networks = Networks::parse(networks).unwrap();
            let address = address.map(|address| address.parse().unwrap());
            assert_eq!(networks.admit(address), admitted, "{networks:?} {address:?}");
        }
        assert_eq!(Networks::parse("10.0.0.0/33"), None);
        assert_eq!(Networks::parse("everywhere"), None);
    }

    #[test]
    fn networks_share_what_is_within_both() {
        let table = [
            ("", "", Some("")),
            ("", "10.0.0.0/8", Some("10.0.0.0/8")),
            ("10.0.0.0/8", "", Some("10.0.0.0/8")),
            ("10.0.0.0/8", "10.1.0.0/16 11.0.0.0/8", Some("10.1.0.0/16")),
            ("10.1.0.0/16 10.0.0.0/8", "10.1.2.0/24", Some("10.1.2.0/24")),
            ("10.0.0.0/8", "11.0.0.0/8", None),
            ("10.0.0.0/8", "2001:db8::/32", None),
        ];
        for (one, other, both) in table {
            let [one, other] = [one, other].map(|text| Networks::parse(text).unwrap());
            let shared = one.shared_with(&other).map(|networks| networks.text());
            assert_eq!(shared.as_deref(), both, "{one:?} {other:?}");
        }
    }

    #[test]
    fn what_people_write_is_read_or_told_what_is_wrong() {
        let read = |text: &str| Networks::read(&[text]).map(|networks| networks.text());
        assert_eq!(read(" 10.0.0.0/8 ").unwrap(), "10.0.0.0/8");
        assert_eq!(read("203.0.113.9").unwrap(), "203.0.113.9/32");
        assert_eq!(read("2001:db8::/32").unwrap(), "2001:db8::/32");
        for wrong in ["", "10.0.0.0/33", "10.1.2.3/8", "::ffff:10.0.0.0/104", "localhost"] {
            let error = read(wrong).unwrap_err();
            let pointer = error.details()[0].pointer.as_deref();
            assert_eq!(pointer, Some("/data/attributes/source-networks/0"), "{wrong}");
        }
        assert!(Networks::read(&vec!["10.0.0.0/8"; 51]).is_err());
    }
}
