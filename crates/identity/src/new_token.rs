//! A token to be made, and what binds it: the rules, without input or output.
//!
//! A token hands on no more than it is: one that is bound to networks makes tokens for those
//! networks only, one that only reads makes none, and one that ends makes tokens that live no
//! longer than it was given itself. (Not "no longer than it has left": whoever replaces a token in
//! time, as credential engines do, makes the new one while the old one still lives.)

use std::time::Duration;

use kernel::{Error, Result, Timestamp};

use crate::{
    lifetime::in_words,
    names,
    token::{Networks, Token, is_past},
};

const MAX_DESCRIPTION: usize = 255;

/// Clocks differ, and requests take time: an end that is later than allowed by less than this is
/// brought forward instead of refused.
const GRACE: Duration = Duration::from_mins(1);

/// A token to be made.
#[derive(Clone, Debug, Default)]
pub struct NewToken {
    /// What people say about it.
    pub description: String,
    /// When it ends; none: never, or as late as is allowed.
    pub expires_at: Option<Timestamp>,
    /// Whether it changes nothing.
    pub read_only: bool,
    /// Where it may be used from.
    pub networks: Networks,
    /// Whether it makes no others, so that nothing that it made outlives it.
    pub childless: bool,
}

impl NewToken {
    /// A token about which nothing else is said.
    pub fn described(description: impl Into<String>) -> Self {
        Self { description: description.into(), ..Self::default() }
    }

    /// With an end.
    #[must_use]
    pub fn until(self, expires_at: Option<Timestamp>) -> Self {
        Self { expires_at, ..self }
    }

    /// The same if it can be made at all.
    pub(crate) fn checked(self, now: Timestamp) -> Result<Self> {
        let described = names::text("description", self.description.trim(), MAX_DESCRIPTION);
        if is_past(self.expires_at, now) {
            let past = Error::invalid("expired-at", "the token's end must be in the future");
            return Err(described
                .err()
                .map_or_else(|| past.clone(), |error| error.and(past.clone())));
        }
        Ok(Self { description: described?, ..self })
    }

    /// The same as far as the token that makes it can hand it on.
    pub(crate) fn made_with(self, maker: &Token, now: Timestamp) -> Result<Self> {
        if maker.read_only {
            return Err(Error::forbidden(
                "this token may only read; use another one to make tokens",
            ));
        }
        if maker.childless {
            return Err(childless());
        }
        if !self.networks.are_within(&maker.networks) {
            return Err(Error::invalid(
                "source-networks",
                format!(
                    "the token that you use works from {} only, and makes tokens for networks \
                     within these; name them in \"source-networks\", or use another token",
                    maker.networks.text().replace(' ', ", ")
                ),
            ));
        }
        let Some(end) = maker.expires_at else { return Ok(self) };
        self.lasting_at_most(end.since(maker.created_at), now)
    }

    /// The same as far as a token hands it on that was made for so long; the longest is for ever.
    pub(crate) fn lasting_at_most(self, longest: Duration, now: Timestamp) -> Result<Self> {
        if longest == Duration::MAX {
            return Ok(self);
        }
        self.within(longest, now, || {
            format!(
                "the token that you use was made for {}, and makes tokens that live at most as \
                 long; choose an earlier end, or use another token",
                in_words(longest)
            )
        })
    }

    /// The same as far as the organization lets such tokens live.
    pub(crate) fn limited_to(
        self,
        longest: Duration,
        organization: &str,
        now: Timestamp,
    ) -> Result<Self> {
        self.within(longest, now, || {
            format!(
                "\"{organization}\" lets such tokens live at most {}; choose an end before {}",
                in_words(longest),
                now.plus(longest)
            )
        })
    }

    /// No end is the latest that is allowed.
    fn within(
        self,
        longest: Duration,
        now: Timestamp,
        refusal: impl FnOnce() -> String,
    ) -> Result<Self> {
        let latest = now.plus(longest);
        match self.expires_at {
            Some(end) if end > latest.plus(GRACE) => Err(Error::invalid("expired-at", refusal())),
            Some(end) if end <= latest => Ok(self),
            Some(_) | None => Ok(self.until(Some(latest))),
        }
    }
}

/// Why a token that makes no others is refused where somebody is let in by what it makes.
pub(crate) fn childless() -> Error {
    Error::forbidden(
        "this token was given out for a while, and makes no tokens, keys or trusted issuers: they \
         would outlive it; use another token",
    )
}

#[cfg(test)]
mod tests {
    use kernel::{Id, UserId};

    use super::*;
    use crate::TokenHolder;

    const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
    const DAY: Duration = Duration::from_hours(24);

    fn maker(networks: &str, lifetime: Option<Duration>) -> Token {
        let created_at = NOW.minus(DAY / 2);
        Token {
            id: Id::generate(),
            holder: TokenHolder::User(UserId::generate()),
            description: String::new(),
            read_only: false,
            networks: Networks::parse(networks).unwrap(),
            created_by: None,
            created_at,
            last_used_at: None,
            last_used_address: None,
            expires_at: lifetime.map(|lifetime| created_at.plus(lifetime)),
            childless: false,
        }
    }

    fn in_networks(networks: &str) -> NewToken {
        NewToken { networks: Networks::parse(networks).unwrap(), ..NewToken::default() }
    }

    #[test]
    fn what_can_not_be_is_refused_all_at_once() {
        let long = NewToken::described("x".repeat(256)).until(Some(NOW));
        let error = long.checked(NOW).unwrap_err();
        let pointers: Vec<_> = error.details().iter().map(|one| one.pointer.as_deref()).collect();
        let [description, end] =
            ["/data/attributes/description", "/data/attributes/expired-at"].map(Some);
        assert_eq!(pointers, [description, end]);
        let fine = NewToken::described(" ci ").until(Some(NOW.plus(DAY))).checked(NOW).unwrap();
        assert_eq!(fine.description, "ci");
    }

    #[test]
    fn a_bound_token_hands_on_its_networks_or_less() {
        let table = [
            ("", "", true),
            ("", "10.0.0.0/8", true),
            ("10.0.0.0/8", "10.1.0.0/16", true),
            ("10.0.0.0/8 2001:db8::/32", "2001:db8::1/128 10.0.0.0/8", true),
            ("10.0.0.0/8", "", false),
            ("10.0.0.0/8", "0.0.0.0/0", false),
            ("10.0.0.0/8", "10.1.0.0/16 11.0.0.0/16", false),
        ];
        for (bound, wanted, fine) in table {
            let made = in_networks(wanted).made_with(&maker(bound, None), NOW);
            assert_eq!(made.is_ok(), fine, "{bound:?} {wanted:?}");
        }
    }

    #[test]
    fn a_token_that_ends_makes_none_that_lives_longer() {
        let maker = maker("", Some(DAY));
        let until = |end| NewToken::default().until(end).made_with(&maker, NOW);
        assert_eq!(until(None).unwrap().expires_at, Some(NOW.plus(DAY)));
        let hour = Some(NOW.plus(DAY / 24));
        assert_eq!(until(hour).unwrap().expires_at, hour);
        // A successor made in time, by a clock that runs a little ahead.
        let ahead = Some(NOW.plus(DAY + Duration::from_secs(2)));
        assert_eq!(until(ahead).unwrap().expires_at, Some(NOW.plus(DAY)));
        assert!(until(Some(NOW.plus(DAY * 2))).is_err());
    }

    #[test]
    fn a_token_that_only_reads_or_is_childless_makes_none() {
        let reader = Token { read_only: true, ..maker("", None) };
        let childless = Token { childless: true, ..maker("", None) };
        for maker in [reader, childless] {
            let error = NewToken::default().made_with(&maker, NOW).unwrap_err();
            assert_eq!(error.kind(), kernel::Kind::Forbidden);
        }
    }

    #[test]
    fn no_end_is_the_latest_that_the_organization_allows() {
        let limited = |end| NewToken::default().until(end).limited_to(DAY, "acme", NOW);
        assert_eq!(limited(None).unwrap().expires_at, Some(NOW.plus(DAY)));
        let error = limited(Some(NOW.plus(DAY * 3))).unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"acme\" lets such tokens live at most 24 hours; choose an end before \
             2023-11-15T22:13:20.000Z"
        );
    }
}
