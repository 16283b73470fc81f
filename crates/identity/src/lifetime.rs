//! How long tokens may live at most that reach an organization, kind by kind.

use std::{collections::BTreeMap, time::Duration};

use crate::TokenKind;

/// The shortest limit that can be set: less would lock everybody out.
pub(crate) const SHORTEST: Duration = Duration::from_mins(1);

/// What the vendor limits tokens to where nothing else is said: two years.
pub(crate) const USUAL: Duration = Duration::from_hours(2 * 365 * 24);

/// A kind of tokens of which an organization can say how long they live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LimitedKind {
    /// The organization's token.
    Organization,
    /// Tokens of its teams.
    Team,
    /// Tokens of people, when they are used in the organization.
    User,
    /// The token of its audit trail.
    AuditTrails,
    /// Keys; without a limit of their own they have that of the organization's token. The vendor
    /// has no keys, and its clients know of the other kinds only.
    Key,
}

impl LimitedKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Organization, Self::Team, Self::User, Self::AuditTrails, Self::Key];

    /// The kinds that the vendor's clients know.
    pub const OF_THE_VENDOR: [Self; 4] =
        [Self::Organization, Self::Team, Self::User, Self::AuditTrails];

    /// The word on the wire: with underscores, other than everywhere else.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Organization => "organization",
            Self::Team => "team",
            Self::User => "user",
            Self::AuditTrails => "audit_trails",
            Self::Key => "access_keys",
        }
    }

    /// Reads that word, also when it is written with hyphens.
    pub fn parse(word: &str) -> Option<Self> {
        let word = word.replace('-', "_");
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The kind of tokens in the database whose limit this is.
    pub const fn token_kind(self) -> TokenKind {
        match self {
            Self::Organization => TokenKind::Organization,
            Self::Team => TokenKind::Team,
            Self::User => TokenKind::User,
            Self::AuditTrails => TokenKind::AuditTrails,
            Self::Key => TokenKind::Key,
        }
    }
}

/// The limits of an organization; a kind without one lives as long as it likes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lifetimes(BTreeMap<LimitedKind, Duration>);

impl Lifetimes {
    /// These limits.
    pub fn new(limits: impl IntoIterator<Item = (LimitedKind, Duration)>) -> Self {
        Self(limits.into_iter().collect())
    }

    /// The limit of a kind, if it has one of its own.
    pub fn of(&self, kind: LimitedKind) -> Option<Duration> {
        self.0.get(&kind).copied()
    }

    /// Whether nothing is limited.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A length of time, for people: in the largest unit that fits.
pub(crate) fn in_words(length: Duration) -> String {
    let counted = |number: u64, unit: &str| match number {
        1 => format!("1 {unit}"),
        _ => format!("{number} {unit}s"),
    };
    let seconds = length.as_secs();
    match seconds {
        0..120 => counted(seconds, "second"),
        120..7_200 => counted(seconds / 60, "minute"),
        7_200..172_800 => counted(seconds / 3_600, "hour"),
        _ => counted(seconds / 86_400, "day"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_with_hyphens_too() {
        for kind in LimitedKind::ALL {
            assert_eq!(LimitedKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(LimitedKind::parse("audit-trails"), Some(LimitedKind::AuditTrails));
        assert_eq!(LimitedKind::parse("agent"), None);
    }

    #[test]
    fn lengths_are_told_in_the_unit_that_fits() {
        let told = |seconds| in_words(Duration::from_secs(seconds));
        assert_eq!(told(1), "1 second");
        assert_eq!(told(60), "60 seconds");
        assert_eq!(told(3_600), "60 minutes");
        assert_eq!(told(86_400), "24 hours");
        assert_eq!(told(30 * 86_400), "30 days");
    }
}
