//! What stands between the right password and the second factor: a short-lived ticket, signed, in
//! a cookie. It names the account and lets nobody in.
//!
//! It is stamped with the password that it was given for, so that it is worth nothing once that
//! was changed.

use std::time::Duration;

use barrier::{Barrier, constant_time_equal, hex};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use kernel::{Timestamp, UserId};

const PURPOSE: &str = "sign-in ticket";
const STAMP_PURPOSE: &str = "password stamp";
const STAMP_LENGTH: usize = 32;

/// What is still to be done before a session begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Show a code.
    Code,
    /// Set up a second factor, which this server requires.
    Enrol,
}

impl Stage {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Enrol => "enrol",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Code, Self::Enrol].into_iter().find(|known| known.as_str() == word)
    }

    /// How long a person has for it. Setting up may mean installing an app first.
    pub(crate) const fn patience(self) -> Duration {
        match self {
            Self::Code => Duration::from_mins(10),
            Self::Enrol => Duration::from_mins(30),
        }
    }
}

/// A ticket that was found good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    pub(crate) stage: Stage,
    pub(crate) user: UserId,
    pub(crate) expires_at: Timestamp,
    stamp: String,
}

impl Ticket {
    /// A ticket for somebody whose password, that of this hash, was right.
    pub(crate) fn new(
        barrier: &Barrier,
        stage: Stage,
        user: UserId,
        password_hash: &str,
        now: Timestamp,
    ) -> Self {
        let expires_at = now.plus(stage.patience());
        Self { stage, user, expires_at, stamp: stamp(barrier, user, password_hash) }
    }

    /// Whether the password is still the one that it was given for.
    pub(crate) fn is_for_password(&self, barrier: &Barrier, password_hash: &str) -> bool {
        constant_time_equal(&self.stamp, stamp(barrier, self.user, password_hash))
    }

    /// The text that stands in the cookie.
    pub(crate) fn text(&self, barrier: &Barrier) -> String {
        let payload = self.payload();
        let tag = barrier.sign(PURPOSE, payload.as_bytes());
        format!("{payload}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    /// Reads that text. None if it is not ours or too old.
    pub(crate) fn read(text: &str, barrier: &Barrier, now: Timestamp) -> Option<Self> {
        let (payload, tag) = text.rsplit_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        if !barrier.verify(PURPOSE, payload.as_bytes(), &tag) {
            return None;
        }
        let mut parts = payload.split('.');
        let ticket = Self {
            stage: Stage::parse(parts.next()?)?,
            user: parts.next()?.parse().ok()?,
            expires_at: Timestamp::from_micros(parts.next()?.parse().ok()?),
            stamp: parts.next()?.to_owned(),
        };
        (ticket.expires_at > now).then_some(ticket)
    }

    /// What a secret that is drawn for this ticket is bound to.
    pub(crate) fn binding(&self) -> String {
        format!("ticket:{}", self.payload())
    }

    fn payload(&self) -> String {
        let (stage, end) = (self.stage.as_str(), self.expires_at.as_micros());
        format!("{stage}.{}.{end}.{}", self.user, self.stamp)
    }
}

fn stamp(barrier: &Barrier, user: UserId, password_hash: &str) -> String {
    let tag = barrier.sign(STAMP_PURPOSE, format!("{user}:{password_hash}").as_bytes());
    let mut text = hex(tag);
    text.truncate(STAMP_LENGTH);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::Site;

    #[tokio::test]
    async fn a_ticket_is_read_until_it_ends_and_by_nobody_else() {
        let site = Site::new();
        let barrier = site.identity.barrier();
        let now = Timestamp::from_micros(1_700_000_000_000_000);
        for stage in [Stage::Code, Stage::Enrol] {
            let ticket = Ticket::new(barrier, stage, UserId::generate(), "$argon2id$a", now);
            let text = ticket.text(barrier);
            assert_eq!(Ticket::read(&text, barrier, now), Some(ticket.clone()));
            let last = now.plus(stage.patience()).minus(Duration::from_secs(1));
            assert!(Ticket::read(&text, barrier, last).is_some());
            assert_eq!(Ticket::read(&text, barrier, now.plus(stage.patience())), None);
            assert!(ticket.is_for_password(barrier, "$argon2id$a"));
            assert!(!ticket.is_for_password(barrier, "$argon2id$b"));
            let other = Site::new();
            assert_eq!(Ticket::read(&text, other.identity.barrier(), now), None);
        }
    }

    #[tokio::test]
    async fn no_part_of_a_ticket_can_be_changed() {
        let site = Site::new();
        let barrier = site.identity.barrier();
        let now = Timestamp::from_micros(0);
        let (ada, eve) = (UserId::generate(), UserId::generate());
        let text = Ticket::new(barrier, Stage::Code, ada, "hash", now).text(barrier);
        let forged = [
            text.replace(&ada.to_string(), &eve.to_string()),
            text.replacen("code", "enrol", 1),
            text.replacen(".600000000.", ".9600000000.", 1),
            text.get(..text.len() - 1).unwrap().to_owned(),
            text.rsplit_once('.').unwrap().0.to_owned(),
            format!("{text}."),
            String::new(),
            "....".to_owned(),
        ];
        for forged in forged {
            assert_ne!(forged, text);
            assert_eq!(Ticket::read(&forged, barrier, now), None, "{forged}");
        }
    }
}
