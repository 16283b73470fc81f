//! A token with the names of what it has to do with, and the order of a list of them.

use kernel::ProjectId;

use crate::Token;

/// A token, as a list shows it.
#[derive(Clone, Debug)]
pub struct ListedToken {
    /// The token.
    pub token: Token,
    /// The name of whoever made it.
    pub creator: Option<String>,
    /// The name of the team it belongs to.
    pub team: Option<String>,
    /// The name of the project it is good at.
    pub project: Option<String>,
    /// The name of the workspace it is good at.
    pub workspace: Option<String>,
    /// The project that this workspace stands in.
    pub home: Option<ProjectId>,
}

/// In which order the tokens of teams are listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TeamTokenOrder(usize);

const ORDERS: [&str; 10] = [
    "team-name",
    "-team-name",
    "created-by",
    "-created-by",
    "created-at",
    "-created-at",
    "expired-at",
    "-expired-at",
    "last-used-at",
    "-last-used-at",
];

impl TeamTokenOrder {
    /// Reads a `sort` parameter; what is not known is by the team's name.
    pub fn parse(word: Option<&str>) -> Self {
        let word = word.unwrap_or_default().replace('_', "-");
        Self(ORDERS.iter().position(|known| *known == word).unwrap_or_default())
    }

    /// The word.
    pub fn as_str(self) -> &'static str {
        ORDERS.get(self.0).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_are_read_and_others_ignored() {
        for word in ORDERS {
            assert_eq!(TeamTokenOrder::parse(Some(word)).as_str(), word);
        }
        assert_eq!(TeamTokenOrder::parse(Some("-last_used_at")).as_str(), "-last-used-at");
        assert_eq!(TeamTokenOrder::parse(Some("nonsense")).as_str(), "team-name");
        assert_eq!(TeamTokenOrder::parse(None).as_str(), "team-name");
    }
}
