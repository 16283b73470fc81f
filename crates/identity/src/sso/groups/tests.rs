//! A table of cases, and what holds for all of them.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

fn organization(number: u8) -> OrganizationId {
    format!("org-{number:016}").parse().unwrap()
}

fn team(organization: u8, number: u8) -> TeamId {
    format!("team-{organization:08}{number:08}").parse().unwrap()
}

fn membership(number: u8) -> MembershipId {
    format!("ou-{number:016}").parse().unwrap()
}

fn wanted(places: &[(u8, u8)]) -> Vec<Wanted> {
    let wanted = |(org, number): &(u8, u8)| Wanted {
        organization: organization(*org),
        team: team(*org, *number),
    };
    places.iter().map(wanted).collect()
}

/// A membership in organization `org`, with teams as (number, by groups, last owner).
fn present(org: u8, by_groups: bool, teams: &[(u8, bool, bool)]) -> Present {
    let place = |(number, by_groups, last_owner): &(u8, bool, bool)| Place {
        team: team(org, *number),
        by_groups: *by_groups,
        last_owner: *last_owner,
    };
    Present {
        membership: membership(org),
        organization: organization(org),
        by_groups,
        teams: teams.iter().map(place).collect(),
    }
}

/// The changes in few signs: `+1` joins, `+1.2` enters, `-1.2` leaves, `-1` ends.
fn told(changes: &[Change]) -> String {
    let digits = |text: String| -> String {
        let number = text.rsplit('-').next().unwrap().to_owned();
        if text.starts_with("team-") {
            let (org, team) = number.split_at(8);
            format!("{}.{}", org.trim_start_matches('0'), team.trim_start_matches('0'))
        } else {
            number.trim_start_matches('0').to_owned()
        }
    };
    let words: Vec<String> = changes
        .iter()
        .map(|change| match change {
            Change::Join(id) => format!("+{}", digits(id.to_string())),
            Change::Enter(place) => format!("+{}", digits(place.team.to_string())),
            Change::Leave(_, team) => format!("-{}", digits(team.to_string())),
            Change::End(id) => format!("-{}", digits(id.to_string())),
        })
        .collect();
    words.join(" ")
}

#[test]
fn each_case() {
    let (yes, no) = (true, false);
    type Case<'a> = (&'a str, &'a [(u8, u8)], &'a [Present], &'a str);
    let cases: [Case<'_>; 13] = [
        ("nobody", &[], &[], ""),
        ("new to an organization", &[(1, 1)], &[], "+1 +1.1"),
        ("two teams of one", &[(1, 1), (1, 2)], &[], "+1 +1.1 +1.2"),
        ("two organizations", &[(2, 1), (1, 1)], &[], "+1 +1.1 +2 +2.1"),
        ("a group named twice", &[(1, 1), (1, 1)], &[], "+1 +1.1"),
        ("a member enters", &[(1, 1)], &[present(1, no, &[])], "+1.1"),
        ("all as it was", &[(1, 1)], &[present(1, yes, &[(1, yes, no)])], ""),
        ("given already", &[(1, 1)], &[present(1, no, &[(1, no, no)])], ""),
        ("given stays", &[], &[present(1, yes, &[(1, no, no)])], ""),
        ("the group is gone", &[], &[present(1, yes, &[(1, yes, no)])], "-1.1 -1"),
        ("an invited member stays one", &[], &[present(1, no, &[(1, yes, no)])], "-1.1"),
        ("from one to another", &[(1, 2)], &[present(1, yes, &[(1, yes, no)])], "+1.2 -1.1"),
        ("the last owner stays", &[], &[present(1, yes, &[(1, yes, yes), (2, yes, no)])], "-1.2"),
    ];
    for (case, groups, places, expected) in cases {
        assert_eq!(told(&plan(&wanted(groups), places)), expected, "{case}");
    }
}

/// What is there after a plan.
fn apply(changes: &[Change], present: &[Present]) -> Vec<Present> {
    let mut after: BTreeMap<OrganizationId, Present> =
        present.iter().map(|member| (member.organization, member.clone())).collect();
    for change in changes {
        match change {
            Change::Join(id) => {
                let member = Present {
                    membership: MembershipId::generate(),
                    organization: *id,
                    by_groups: true,
                    teams: Vec::new(),
                };
                assert!(after.insert(*id, member).is_none());
            }
            Change::Enter(place) => {
                let place_there = Place { team: place.team, by_groups: true, last_owner: false };
                after.get_mut(&place.organization).unwrap().teams.push(place_there);
            }
            Change::Leave(id, team) => {
                let member = after.values_mut().find(|member| member.membership == *id).unwrap();
                member.teams.retain(|place| place.team != *team);
            }
            Change::End(id) => {
                let ended = after.values().find(|member| member.membership == *id).unwrap();
                assert!(ended.by_groups && ended.teams.is_empty());
                after.retain(|_, member| member.membership != *id);
            }
        }
    }
    after.into_values().collect()
}

prop_compose! {
    fn memberships()(
        members in prop::collection::btree_map(
            0..4_u8,
            (any::<bool>(), prop::collection::btree_map(0..4_u8, (any::<bool>(), any::<bool>()), 0..4)),
            0..4,
        )
    ) -> Vec<Present> {
        members
            .into_iter()
            .map(|(org, (by_groups, teams))| {
                let teams: Vec<_> =
                    teams.into_iter().map(|(number, (by, last))| (number, by, last)).collect();
                present(org, by_groups, &teams)
            })
            .collect()
    }
}

proptest! {
    #[test]
    fn groups_decide_about_what_came_by_groups_and_nothing_else(
        groups in prop::collection::vec((0..4_u8, 0..4_u8), 0..8),
        before in memberships(),
    ) {
        let wanted = wanted(&groups);
        let after = apply(&plan(&wanted, &before), &before);
        // Nothing is left to do.
        prop_assert_eq!(plan(&wanted, &after), vec![]);
        let is_in = |members: &[Present], team: TeamId| members.iter().any(|m| m.is_in(team));
        for place in &wanted {
            prop_assert!(is_in(&after, place.team));
        }
        for place in after.iter().flat_map(|member| &member.teams).filter(|place| place.by_groups) {
            let due = wanted.iter().any(|wanted| wanted.team == place.team);
            prop_assert!(due || place.last_owner);
        }
        for member in &before {
            let now = after.iter().find(|other| other.membership == member.membership);
            // Given places, and memberships that people gave, are all there.
            prop_assert!(member.by_groups || now.is_some());
            for place in member.teams.iter().filter(|place| !place.by_groups || place.last_owner) {
                prop_assert!(now.is_some_and(|now| now.is_in(place.team)));
            }
        }
        for member in after.iter().filter(|member| member.by_groups) {
            prop_assert!(!member.teams.is_empty());
        }
    }
}
