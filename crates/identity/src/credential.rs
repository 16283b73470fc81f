//! What somebody showed to be let in, so that a signed link can remember it: a link is good for
//! nothing once the token or session it was given to has ended.

use std::{fmt, str::FromStr};

use db::Tx;
use kernel::{Context, InvalidId, Result, SessionId, Timestamp, TokenId, UserActor};

use crate::{store, token::is_past};

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
        let user = context.user()?;
        user.token.map(Self::Token).or(user.session.map(Self::Session))
    }

    /// The person that it still stands for: nobody, once it was revoked or has expired. Reads one
    /// row by its key.
    pub fn holder(self, tx: &mut Tx<'_>, now: Timestamp) -> Result<Option<UserActor>> {
        let holder = match self {
            Self::Token(id) => store::token_holder(tx, id)?,
            Self::Session(id) => store::session_holder(tx, id)?,
        };
        Ok(holder.filter(|(_, end)| !is_past(*end, now)).map(|(actor, _)| actor))
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
            [Credential::Token(TokenId::random()), Credential::Session(SessionId::random())]
        {
            assert_eq!(credential.to_string().parse(), Ok(credential));
        }
        assert!("user-0123456789abcdef".parse::<Credential>().is_err());
    }
}
