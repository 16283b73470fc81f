//! Which of several variables with one key counts for a workspace, decided without a database.
//!
//! The order is the vendor's: <https://developer.hashicorp.com/terraform/cloud-docs/variables#precedence>.
//! What has priority wins over what is narrower; else the narrower wins, and what a project owns
//! over what the organization owns. Sets of one rank go by their names, in the order of Unicode.

use std::collections::BTreeMap;

use super::Category;

/// Where a set counts, as seen from one workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// It names the workspace.
    Workspace,
    /// It names the workspace's project.
    Project,
    /// It counts in the whole organization.
    Global,
}

/// Where a variable comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source<'a> {
    /// It is the workspace's own.
    Workspace,
    /// It is a set's.
    Set {
        /// The set's name.
        name: &'a str,
        /// Whether the set wins over what is narrower.
        priority: bool,
        /// Whether a project owns the set, and not the organization.
        of_project: bool,
        /// Where the set counts.
        place: Place,
    },
}

impl<'a> Source<'a> {
    /// The smaller one wins.
    fn rank(self) -> (u8, &'a str) {
        use Place::{Global, Project, Workspace};
        let Self::Set { name, priority, of_project, place } = self else { return (5, "") };
        let rank = match (priority, of_project, place) {
            (true, _, Global) => 0,
            (true, false, Project) => 1,
            (true, false, Workspace) => 2,
            (true, true, Project) => 3,
            (true, true, Workspace) => 4,
            (false, true, Workspace) => 6,
            (false, true, Project) => 7,
            (false, false, Workspace) => 8,
            (false, false, Project) => 9,
            (false, _, Global) => 10,
        };
        (rank, name)
    }
}

/// The place by which a set counts that counts by several: the one that makes it win.
pub(crate) fn strongest(places: &[Place], priority: bool) -> Option<Place> {
    let places = places.iter().copied();
    if priority { places.max() } else { places.min() }
}

/// For each variable: none if it counts, or else the position of the one that counts instead.
pub(crate) fn covers(variables: &[(Category, &str, Source<'_>)]) -> Vec<Option<usize>> {
    let mut winners: BTreeMap<(Category, &str), usize> = BTreeMap::new();
    for (position, (category, key, source)) in variables.iter().enumerate() {
        winners
            .entry((*category, *key))
            .and_modify(|best| {
                let other = variables.get(*best).map(|(_, _, other)| other.rank());
                if other.is_some_and(|other| source.rank() < other) {
                    *best = position;
                }
            })
            .or_insert(position);
    }
    let instead = |(position, (category, key, _)): (usize, &(Category, &str, Source<'_>))| {
        winners.get(&(*category, *key)).copied().filter(|winner| *winner != position)
    };
    variables.iter().enumerate().map(instead).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn set(name: &str, priority: bool, of_project: bool, place: Place) -> Source<'_> {
        Source::Set { name, priority, of_project, place }
    }

    /// The vendor's table, from what wins over all to what loses to all.
    const ORDER: [Source<'static>; 13] = [
        set("b", true, false, Place::Global),
        set("b", true, false, Place::Project),
        set("b", true, false, Place::Workspace),
        set("b", true, true, Place::Project),
        set("a", true, true, Place::Workspace),
        set("b", true, true, Place::Workspace),
        Source::Workspace,
        set("b", false, true, Place::Workspace),
        set("b", false, true, Place::Project),
        set("b", false, false, Place::Workspace),
        set("b", false, false, Place::Project),
        set("A", false, false, Place::Global),
        set("b", false, false, Place::Global),
    ];

    #[test]
    fn each_rank_wins_over_all_that_follow() {
        for (position, winner) in ORDER.iter().enumerate() {
            for loser in &ORDER[position + 1..] {
                let key = (Category::Env, "REGION");
                let variables = [(key.0, key.1, *loser), (key.0, key.1, *winner)];
                assert_eq!(covers(&variables), [Some(1), None], "{winner:?} {loser:?}");
            }
        }
    }

    #[test]
    fn names_go_by_their_code_points() {
        let places = |first, second| {
            let of = |name| (Category::Terraform, "x", set(name, false, false, Place::Global));
            covers(&[of(first), of(second)])
        };
        assert_eq!(places("A_set", "B_set"), [None, Some(0)]);
        assert_eq!(places("a_set", "B_set"), [Some(1), None]);
        assert_eq!(places("ä", "z"), [Some(1), None]);
    }

    #[test]
    fn keys_of_other_categories_are_other_keys() {
        let variables = [
            (Category::Terraform, "x", Source::Workspace),
            (Category::Env, "x", Source::Workspace),
            (Category::Env, "X", Source::Workspace),
        ];
        assert_eq!(covers(&variables), [None, None, None]);
    }

    #[test]
    fn a_set_counts_by_the_place_that_makes_it_win() {
        let places = [Place::Project, Place::Workspace];
        assert_eq!(strongest(&places, false), Some(Place::Workspace));
        assert_eq!(strongest(&places, true), Some(Place::Project));
        assert_eq!(strongest(&[], true), None);
    }

    fn any_variable() -> impl Strategy<Value = (bool, usize, usize)> {
        (any::<bool>(), 0..3_usize, 0..ORDER.len())
    }

    fn category(env: bool) -> Category {
        if env { Category::Env } else { Category::Terraform }
    }

    proptest! {
        #[test]
        fn one_of_each_key_counts_and_nothing_wins_over_it(
            drawn in prop::collection::vec(any_variable(), 0..24),
        ) {
            let keys = ["a", "b", "c"];
            let variables: Vec<_> = drawn
                .iter()
                .map(|(env, key, source)| (category(*env), keys[*key], ORDER[*source]))
                .collect();
            let covered = covers(&variables);
            prop_assert_eq!(covered.len(), variables.len());
            for (position, instead) in covered.iter().enumerate() {
                let (category, key, source) = variables[position];
                let same = |other: usize| variables[other].0 == category && variables[other].1 == key;
                if let Some(winner) = instead {
                    prop_assert!(same(*winner) && covered[*winner].is_none());
                    prop_assert!(variables[*winner].2.rank() <= source.rank());
                } else {
                    let rivals = (0..variables.len()).filter(|other| same(*other));
                    let counting: Vec<_> =
                        rivals.filter(|other| covered[*other].is_none()).collect();
                    prop_assert_eq!(counting, vec![position]);
                }
            }
        }

        #[test]
        fn the_order_of_asking_does_not_matter(
            drawn in prop::collection::btree_set(0..ORDER.len(), 1..8),
            turn in 0..8_usize,
        ) {
            let of = |source: &usize| (Category::Env, "k", ORDER[*source]);
            let straight: Vec<_> = drawn.iter().map(of).collect();
            let mut turned = straight.clone();
            turned.rotate_left(turn % straight.len());
            let winner = |variables: &[(Category, &str, Source<'static>)]| {
                let position = covers(variables).iter().position(Option::is_none).unwrap();
                variables[position].2
            };
            prop_assert_eq!(winner(&straight), winner(&turned));
        }

        #[test]
        fn priority_wins_over_the_workspace_and_nothing_else_does(source in 0..ORDER.len()) {
            let key = (Category::Terraform, "k");
            let variables = [(key.0, key.1, Source::Workspace), (key.0, key.1, ORDER[source])];
            let wins = covers(&variables)[0].is_some();
            prop_assert_eq!(wins, matches!(ORDER[source], Source::Set { priority: true, .. }));
        }
    }
}
