//! The tokens that the server shows to itself: the credential engine speaks to every Terraform API
//! over HTTP, also to this server's own. They are signed, and not stored, so that every server of
//! an installation knows them; and good for a moment only. One speaks for the server itself, or for
//! a person on whose behalf something is done: then that person's rights hold, as they are now, and
//! for how long the API token was made with which they had said that it be done.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Actor, Error, Result, Secret, Timestamp, TokenLimits, UserActor, UserId};

use crate::{Identity, store};

const PREFIX: &str = "stwi_";
const PURPOSE: &str = "internal token";
const LIFETIME: Duration = Duration::from_mins(1);
const INSTANT: usize = 8;
/// What stands for a person who had shown no API token; any other number is its lifetime.
const NO_TOKEN: u64 = 0;
const TAG: usize = 32;

/// For whom such a token speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Internal {
    /// The server itself.
    Server,
    /// A person, and for how long the API token was made with which they asked for it, if they did
    /// it with one; the longest of all is for ever.
    Person(UserId, Option<Duration>),
}

impl Identity {
    /// A token with which the server asks itself, for the next minute.
    pub fn internal_token(&self) -> Secret<String> {
        self.signed("", None)
    }

    /// A token with which the server asks itself on behalf of a person, for the next minute. If
    /// they have shown an API token for that, it was made for `lifetime` ([`Duration::MAX`]: for
    /// ever), and no other is made for longer.
    pub fn internal_token_of(&self, user: UserId, lifetime: Option<Duration>) -> Secret<String> {
        self.signed(&user.to_string(), lifetime)
    }

    fn signed(&self, person: &str, lifetime: Option<Duration>) -> Secret<String> {
        let end = self.now().plus(LIFETIME).as_micros().to_be_bytes();
        let lifetime = lifetime.map_or(NO_TOKEN, |lifetime| lifetime.as_secs().max(1));
        let said = [end.as_slice(), &lifetime.to_be_bytes(), person.as_bytes()].concat();
        let tag = self.barrier().sign(PURPOSE, &said);
        let text = URL_SAFE_NO_PAD.encode([said.as_slice(), tag.as_slice()].concat());
        Secret::new(format!("{PREFIX}{text}"))
    }

    /// For whom a token speaks that the server shows to itself, if it is one and still may.
    pub(crate) fn internal(&self, token: &str, now: Timestamp) -> Option<Internal> {
        let bytes = URL_SAFE_NO_PAD.decode(token.strip_prefix(PREFIX)?).ok()?;
        let (said, tag) = bytes.split_last_chunk::<TAG>()?;
        let (end, rest) = said.split_first_chunk::<INSTANT>()?;
        let (lifetime, person) = rest.split_first_chunk::<{ size_of::<u64>() }>()?;
        let ends_at = Timestamp::from_micros(i64::from_be_bytes(*end));
        // One that ends later than any that is made was not made here.
        let lasts = ends_at > now && ends_at <= now.plus(LIFETIME.saturating_mul(2));
        if !lasts || !self.barrier().verify(PURPOSE, said, tag) {
            return None;
        }
        if person.is_empty() {
            return Some(Internal::Server);
        }
        let lifetime = match u64::from_be_bytes(*lifetime) {
            NO_TOKEN => None,
            u64::MAX => Some(Duration::MAX),
            seconds => Some(Duration::from_secs(seconds)),
        };
        let person = std::str::from_utf8(person).ok()?.parse().ok()?;
        Some(Internal::Person(person, lifetime))
    }

    /// Who asks with such a token. Someone whose account is gone asks nothing any more.
    pub(crate) async fn internal_actor(&self, internal: Internal) -> Result<Actor> {
        let Internal::Person(id, lifetime) = internal else { return Ok(Actor::System) };
        let user = self.db().glance(move |tx| store::find_user(tx, id)).await?;
        let user = user.ok_or_else(Error::unauthorized)?;
        Ok(Actor::User(UserActor {
            id,
            username: user.username,
            site_admin: user.site_admin,
            token: None,
            session: None,
            limits: TokenLimits { lifetime, ..TokenLimits::default() },
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Site;

    #[tokio::test]
    async fn only_what_was_signed_here_speaks_and_only_for_a_minute() {
        let site = Site::new();
        let identity = &site.identity;
        let now = identity.now();
        let user = UserId::generate();
        let server = identity.internal_token();
        let person = identity.internal_token_of(user, None);
        let speaks = |token: &str, now| identity.internal(token, now);
        assert_eq!(speaks(server.expose(), now), Some(Internal::Server));
        assert_eq!(speaks(person.expose(), now), Some(Internal::Person(user, None)));
        for lifetime in [Duration::from_mins(10), Duration::MAX] {
            let bound = identity.internal_token_of(user, Some(lifetime));
            assert_eq!(speaks(bound.expose(), now), Some(Internal::Person(user, Some(lifetime))));
        }
        for token in [&server, &person] {
            assert_eq!(speaks(token.expose(), now.plus(LIFETIME)), None);
            // With the clock set back by much it is one that was never made.
            assert_eq!(speaks(token.expose(), now.minus(LIFETIME.saturating_mul(3))), None);
        }
        // Neither a person nor the end can be changed, and no other server's is taken.
        let bytes = URL_SAFE_NO_PAD.decode(person.expose().strip_prefix(PREFIX).unwrap()).unwrap();
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(&changed));
            assert_eq!(speaks(&token, now), None, "{place}");
        }
        for length in 0..bytes.len() {
            let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(&bytes[..length]));
            assert_eq!(speaks(&token, now), None, "{length}");
        }
        let other = Site::new();
        assert_eq!(speaks(other.identity.internal_token().expose(), now), None);
        for odd in ["", PREFIX, "stwi_!!", "stw_x"] {
            assert_eq!(speaks(odd, now), None, "{odd}");
        }
    }

    #[tokio::test]
    async fn whoever_is_gone_asks_nothing_any_more() {
        let site = Site::new();
        let gone = site.identity.internal_actor(Internal::Person(UserId::generate(), None)).await;
        assert_eq!(gone.unwrap_err().kind(), kernel::Kind::Unauthorized);
        let server = site.identity.internal_actor(Internal::Server).await;
        assert_eq!(server.unwrap(), Actor::System);
    }
}
