//! Who asks, and when: the first argument of every operation.

use std::net::IpAddr;

use crate::{SessionId, Timestamp, TokenId, UserId};

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
}

impl Context {
    /// The person who asks, if it is one.
    pub const fn user(&self) -> Option<&UserActor> {
        match &self.actor {
            Actor::User(user) => Some(user),
            Actor::Anonymous | Actor::System => None,
        }
    }
}
