//! Who asks, and when: the first argument of every operation.

use std::{fmt, net::IpAddr, time::Duration};

use crate::{OrganizationId, SessionId, TeamId, Timestamp, TokenId, UserId};

/// The context of one operation.
#[derive(Clone, Debug)]
pub struct Context {
    /// Who asks.
    pub actor: Actor,
    /// The instant of the request; one operation sees one instant.
    pub now: Timestamp,
    /// Names the request in the log and in error answers.
    pub request_id: String,
    /// Where the request came from, past trusted proxies.
    pub address: Option<IpAddr>,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody who has shown credentials.
    Anonymous,
    /// A person, through a token or a browser session.
    User(UserActor),
    /// A machine: something that is no person, through a token of its own.
    Service(ServiceActor),
    /// The server itself: background work and the local administration commands.
    System,
}

/// A person who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserActor {
    /// Who.
    pub id: UserId,
    /// The name that people know them by.
    pub username: String,
    /// Whether they administer the whole site.
    pub site_admin: bool,
    /// The token they showed; none in a browser session.
    pub token: Option<TokenId>,
    /// The browser session they are in, if so.
    pub session: Option<SessionId>,
    /// What binds the token; nothing binds a session.
    pub limits: TokenLimits,
}

/// A machine that asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceActor {
    /// On whose behalf.
    pub principal: Principal,
    /// What people know it by: the team's name, the key's, the subject of a CI job's identity.
    pub name: String,
    /// The token it showed. A CI job's identity has one too, from its first use on.
    pub token: TokenId,
    /// What binds the token.
    pub limits: TokenLimits,
}

/// On whose behalf a machine asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Principal {
    /// An organization, through its token.
    Organization(OrganizationId),
    /// An organization's audit trail, through the token that reads nothing else.
    Auditor(OrganizationId),
    /// A team, through one of its tokens.
    Team(TeamId),
    /// Itself: a key that an administrator made, with a role at one place.
    Key(TokenId),
    /// Itself: a CI job that showed an identity of an issuer that is trusted.
    Workload(TokenId),
}

impl fmt::Display for Principal {
    /// The id of whoever it is, which tells one holder of a lock from another.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organization(id) | Self::Auditor(id) => id.fmt(f),
            Self::Team(id) => id.fmt(f),
            Self::Key(id) | Self::Workload(id) => id.fmt(f),
        }
    }
}

/// What binds a token beyond the rights of whoever it stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TokenLimits {
    /// Whether it changes nothing.
    pub read_only: bool,
    /// How long it lives in all; none: for ever, or until a session ends.
    pub lifetime: Option<Duration>,
}

impl Context {
    /// The person who asks, if it is one.
    pub const fn user(&self) -> Option<&UserActor> {
        match &self.actor {
            Actor::User(user) => Some(user),
            Actor::Anonymous | Actor::Service(_) | Actor::System => None,
        }
    }

    /// The machine that asks, if it is one.
    pub const fn service(&self) -> Option<&ServiceActor> {
        match &self.actor {
            Actor::Service(service) => Some(service),
            Actor::Anonymous | Actor::User(_) | Actor::System => None,
        }
    }

    /// The token that was shown, if it was one.
    pub const fn token(&self) -> Option<TokenId> {
        match &self.actor {
            Actor::User(user) => user.token,
            Actor::Service(service) => Some(service.token),
            Actor::Anonymous | Actor::System => None,
        }
    }

    /// What binds that token.
    pub fn limits(&self) -> TokenLimits {
        match &self.actor {
            Actor::User(user) => user.limits,
            Actor::Service(service) => service.limits,
            Actor::Anonymous | Actor::System => TokenLimits::default(),
        }
    }
}
