//! What somebody showed to be let in, so that a signed link can remember it: a link is good for
//! nothing once the token or session it was given to has ended.

use std::{fmt, net::IpAddr, str::FromStr};

use db::Tx;
use kernel::{Actor, Context, InvalidId, Result, SessionId, Timestamp, TokenId};

use crate::{Networks, store};

/// A token or a browser session, by its id. The id lets nobody in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// An API token.
    Token(TokenId),
    /// A browser session.
    Session(SessionId),
}

impl Credential {
    /// What a caller showed; nothing, if it is the server itself or nobody.
    pub fn of(context: &Context) -> Option<Self> {
        let session = context.user().and_then(|user| user.session);
        context.token().map(Self::Token).or(session.map(Self::Session))
    }

    /// Whom it still stands for: nobody, once it was revoked or has expired. Reads one row by its
    /// key.
    pub fn holder(self, tx: &mut Tx<'_>, now: Timestamp) -> Result<Option<Actor>> {
        self.holder_where(tx, now, |_| true)
    }

    /// The same for a request that comes from somewhere: nobody, if the token does not work there.
    pub fn holder_from(
        self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        address: Option<IpAddr>,
    ) -> Result<Option<Actor>> {
        self.holder_where(tx, now, |networks| networks.admit(address))
    }

    fn holder_where(
        self,
        tx: &mut Tx<'_>,
        now: Timestamp,
        works: impl Fn(&Networks) -> bool,
    ) -> Result<Option<Actor>> {
        match self {
            Self::Token(id) => Ok(store::bearer_by_id(tx, id)?
                .filter(|bearer| !bearer.is_expired(now) && works(bearer.networks()))
                .map(|bearer| bearer.actor)),
            Self::Session(id) => Ok(store::session_holder(tx, id)?
                .filter(|(_, end)| *end > now)
                .map(|(actor, _)| Actor::User(actor))),
        }
    }
}

impl fmt::Display for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Token(id) => id.fmt(f),
            Self::Session(id) => id.fmt(f),
        }
    }
}

impl FromStr for Credential {
    type Err = InvalidId;

    fn from_str(text: &str) -> std::result::Result<Self, InvalidId> {
        text.parse().map(Self::Token).or_else(|_| text.parse().map(Self::Session))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_are_read_as_they_are_written() {
        for credential in
            [Credential::Token(TokenId::generate()), Credential::Session(SessionId::generate())]
        {
            assert_eq!(credential.to_string().parse(), Ok(credential));
        }
        assert!("user-0123456789abcdef".parse::<Credential>().is_err());
    }
}
