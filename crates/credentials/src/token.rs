//! Tokens of this side: what stands in their rows.

use std::{net::IpAddr, time::Duration};

use identity::Networks;
use kernel::Timestamp;
use serde_json::{Map, Value};

use crate::identity_store::Entity;

/// What a token is looked up by.
pub(crate) type TokenHash = [u8; 32];

/// The policy that may do everything.
pub(crate) const ROOT: &str = "root";
/// The policy that everybody gets who does not refuse it.
pub(crate) const DEFAULT: &str = "default";

/// The policy of wrapping tokens, which no other has.
pub(crate) const RESPONSE_WRAPPING: &str = "response-wrapping";

/// What is left of a token's uses after the last one.
pub(crate) const USED_UP: i64 = -1;

/// Whether a token is kept here, or all that it is stands in its value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// It has a row: it can be renewed, revoked, and have children.
    #[default]
    Service,
    /// It has none ([`crate::batch`]).
    Batch,
}

impl TokenKind {
    /// The word on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Batch => "batch",
        }
    }
}

/// A token, without its value.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    /// What it is looked up by.
    pub(crate) hash: TokenHash,
    /// Whether it is kept here.
    pub(crate) kind: TokenKind,
    /// What names it without being it; empty: nothing does, as with every batch token.
    pub(crate) accessor: String,
    /// The token that made it, unless it is an orphan.
    pub(crate) parent: Option<TokenHash>,
    /// The path that made it, e.g. `auth/token/create`.
    pub(crate) path: String,
    /// What it is called in logs.
    pub(crate) display_name: String,
    /// Its policies, sorted.
    pub(crate) policies: Vec<String>,
    /// What is known of whoever has it.
    pub(crate) meta: Map<String, Value>,
    /// How often it can still be used; zero: as often as one likes; [`USED_UP`]: this was it.
    pub uses_left: i64,
    /// When it was made.
    pub(crate) created_at: Timestamp,
    /// For how long it was made; zero: for ever.
    pub(crate) creation_ttl: Duration,
    /// When it ends; none: never.
    pub(crate) expires_at: Option<Timestamp>,
    /// When it was last renewed.
    pub(crate) last_renewal_at: Option<Timestamp>,
    /// How long it may live at most, however often it is renewed; zero: as the system says.
    pub(crate) explicit_max_ttl: Duration,
    /// For how long each renewal gives, if it may be renewed without end.
    pub(crate) period: Duration,
    /// Whether it can be renewed.
    pub(crate) renewable: bool,
    /// Whether it has no parent.
    pub(crate) orphan: bool,
    /// The role that it was made with.
    pub(crate) role: String,
    /// Where it may be used from.
    pub(crate) networks: Networks,
    /// The id of who logged in; empty: nobody did.
    pub(crate) entity_id: String,
    /// What the way to log in needs to know when it is renewed; and what binds the API token that
    /// was shown, which children have as well.
    pub(crate) login: Map<String, Value>,
    /// Who logged in, where that was looked up.
    pub(crate) entity: Option<Entity>,
}

impl Token {
    /// Whether it may do everything.
    pub(crate) fn is_root(&self) -> bool {
        self.policies.iter().any(|policy| policy == ROOT)
    }

    /// Whether nothing of it is kept here.
    pub(crate) fn is_batch(&self) -> bool {
        self.kind == TokenKind::Batch
    }

    /// The kept token that ends whatever is given to this one when it ends: itself, or the parent
    /// of one that is not kept; none: that is an orphan.
    pub(crate) fn anchor(&self) -> Option<TokenHash> {
        match self.kind {
            TokenKind::Service => Some(self.hash),
            TokenKind::Batch => self.parent,
        }
    }

    /// Whether it has not ended and not been used up.
    pub(crate) fn lives(&self, now: Timestamp) -> bool {
        self.uses_left != USED_UP && self.expires_at.is_none_or(|end| end > now)
    }

    /// Whether it lets its bearer in, now and from there.
    pub(crate) fn is_admitted(&self, now: Timestamp, address: Option<IpAddr>) -> bool {
        let somebody = self.entity.as_ref().is_some_and(|entity| !entity.disabled);
        let stands = self.entity_id.is_empty() || somebody;
        self.lives(now) && stands && self.networks.admit(address)
    }

    /// The policies that it has by who logged in, besides its own, sorted.
    pub(crate) fn identity_policies(&self) -> &[String] {
        self.entity.as_ref().map_or(&[], |entity| &entity.policies)
    }

    /// For how long it was given last: when it was made, or renewed.
    pub(crate) fn last_ttl(&self) -> Duration {
        match (self.expires_at, self.last_renewal_at) {
            (Some(end), Some(renewed_at)) => end.since(renewed_at),
            _ => self.creation_ttl,
        }
    }

    /// How long it still lives; zero: for ever.
    pub(crate) fn remaining(&self, now: Timestamp) -> Duration {
        self.expires_at.map_or(Duration::ZERO, |end| end.since(now))
    }
}
