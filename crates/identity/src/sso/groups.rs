//! From groups to teams: what changes for a person, as a pure function.
//!
//! A place that somebody gave is left alone, whatever the groups say. A place that came by groups
//! ends with them, and a membership that came by groups ends with its last team.

use std::collections::BTreeSet;

use kernel::{MembershipId, OrganizationId, TeamId};

/// A team that one of the person's groups belongs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Wanted {
    pub(crate) organization: OrganizationId,
    pub(crate) team: TeamId,
}

/// A membership that the person has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Present {
    pub(crate) membership: MembershipId,
    pub(crate) organization: OrganizationId,
    /// Whether it came by groups, and by nobody's hand.
    pub(crate) by_groups: bool,
    pub(crate) teams: Vec<Place>,
}

/// A place in a team.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) team: TeamId,
    /// Whether it came by groups.
    pub(crate) by_groups: bool,
    /// Whether the organization would be left without an owner.
    pub(crate) last_owner: bool,
}

/// What is to be done, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Become a member.
    Join(OrganizationId),
    /// Enter a team of an organization that one is a member of by now.
    Enter(Wanted),
    /// Leave a team.
    Leave(MembershipId, TeamId),
    /// Be a member no more.
    End(MembershipId),
}

/// What changes for somebody with these teams by their groups, and these places now.
pub(crate) fn plan(wanted: &[Wanted], present: &[Present]) -> Vec<Change> {
    let wanted: BTreeSet<Wanted> = wanted.iter().copied().collect();
    let mut changes = Vec::new();
    let mut joined = BTreeSet::new();
    for place in &wanted {
        let member = present.iter().find(|member| member.organization == place.organization);
        if member.is_none() && joined.insert(place.organization) {
            changes.push(Change::Join(place.organization));
        }
        if !member.is_some_and(|member| member.is_in(place.team)) {
            changes.push(Change::Enter(*place));
        }
    }
    for member in present {
        let leaving: Vec<&Place> = member.teams.iter().filter(|p| p.is_over(&wanted)).collect();
        changes.extend(leaving.iter().map(|p| Change::Leave(member.membership, p.team)));
        let left = member.teams.len() - leaving.len();
        let enters = wanted.iter().any(|place| place.organization == member.organization);
        if member.by_groups && left == 0 && !enters {
            changes.push(Change::End(member.membership));
        }
    }
    changes
}

impl Present {
    fn is_in(&self, team: TeamId) -> bool {
        self.teams.iter().any(|place| place.team == team)
    }
}

impl Place {
    fn is_over(&self, wanted: &BTreeSet<Wanted>) -> bool {
        let kept = wanted.iter().any(|place| place.team == self.team);
        self.by_groups && !kept && !self.last_owner
    }
}

#[cfg(test)]
#[path = "groups/tests.rs"]
mod tests;
