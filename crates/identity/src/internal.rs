//! The tokens that the server shows to itself: the credential engine speaks to every Terraform API
//! over HTTP, also to this server's own. They are signed, and not stored, so that every server of
//! an installation knows them; and good for a moment only. One speaks for the server itself, or for
//! a person on whose behalf something is done: then that person's rights hold, as they are now.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Actor, Error, Result, Secret, Timestamp, TokenLimits, UserActor, UserId};

use crate::{Identity, store};

const PREFIX: &str = "stwi_";
const PURPOSE: &str = "internal token";
const LIFETIME: Duration = Duration::from_mins(1);
const INSTANT: usize = 8;
const TAG: usize = 32;

/// For whom such a token speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Internal {
    /// The server itself.
    Server,
    /// A person.
    Person(UserId),
}

impl Identity {
    /// A token with which the server asks itself, for the next minute.
    pub fn internal_token(&self) -> Secret<String> {
        self.signed("")
    }

    /// A token with which the server asks itself on behalf of a person, for the next minute.
    pub fn internal_token_of(&self, user: UserId) -> Secret<String> {
        self.signed(&user.to_string())
    }

    fn signed(&self, person: &str) -> Secret<String> {
        let end = self.now().plus(LIFETIME).as_micros().to_be_bytes();
        let said = [end.as_slice(), person.as_bytes()].concat();
        let tag = self.barrier().sign(PURPOSE, &said);
        let text = URL_SAFE_NO_PAD.encode([said.as_slice(), tag.as_slice()].concat());
        Secret::new(format!("{PREFIX}{text}"))
    }

    /// For whom a token speaks that the server shows to itself, if it is one and still may.
    pub(crate) fn internal(&self, token: &str, now: Timestamp) -> Option<Internal> {
        let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX)?).ok()?;
        let (said, tag) = bytes.split_last_chunk::<TAG>()?;
        let (end, person) = said.split_first_chunk::<INSTANT>()?;
        let ends_at = Timestamp::from_micros(i64::from_be_bytes(*end));
        // One that ends later than any that is made was not made here.
        let lasts = ends_at > now && ends_at <= now.plus(LIFETIME.saturating_mul(2));
        if !lasts || !self.barrier().verify(PURPOSE, said, tag) {
            return None;
        }
        if person.is_empty() {
            return Some(Internal::Server);
        }
        std::str::from_utf8(person).ok()?.parse().ok().map(Internal::Person)
    }

    /// Who asks with such a token. Someone whose account is gone asks nothing any more.
    pub(crate) async fn internal_actor(&self, internal: Internal) -> Result<Actor> {
        let Internal::Person(id) = internal else { return Ok(Actor::System) };
        let user = self.db().glance(move |tx| store::find_user(tx, id)).await?;
        let user = user.ok_or_else(Error::unauthorized)?;
        Ok(Actor::User(UserActor {
            id,
            username: user.username,
            site_admin: user.site_admin,
            token: None,
            session: None,
            limits: TokenLimits::default(),
        }))
    }
}
