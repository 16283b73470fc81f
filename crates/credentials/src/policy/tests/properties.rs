//! What holds for all policies, and that two implementations decide alike.

use std::time::Duration;

use proptest::{prelude::*, sample::select};
use serde_json::{Map, Value, json};

use super::{
    oracle::{self, Rule, Values, Wish},
    *,
};
use crate::Operation;

const GIVEN: [&str; 7] = ["create", "delete", "list", "patch", "read", "sudo", "update"];

/// Few segments, so that patterns meet.
fn path_of(segments: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(select(segments), 1..5).prop_map(|segments| segments.join("/"))
}

fn pattern() -> impl Strategy<Value = String> {
    let path = path_of(&["a", "a", "b", "ab", "+", "+", "+a", "a+", ""]);
    (path, any::<bool>()).prop_map(|(path, open)| {
        if open && !path.ends_with('+') { format!("{path}*") } else { path }
    })
}

fn asked_path() -> impl Strategy<Value = String> {
    path_of(&["a", "a", "b", "ab", "abc", "+a", "c", ""])
}

fn values() -> impl Strategy<Value = Values> {
    let value = select(vec!["x", "xy", "y*", "*y", "*", "*x*", "5", ""]).prop_map(str::to_owned);
    let name = select(vec!["k", "l", "*"]).prop_map(str::to_owned);
    let some = prop::collection::btree_map(name, prop::collection::vec(value, 0..3), 0..3);
    prop_oneof![Just(Values::new()), some]
}

fn rule() -> impl Strategy<Value = Rule> {
    let deny = prop_oneof![9 => Just(false), 1 => Just(true)];
    let required = select(vec![vec![], vec![], vec!["k"], vec!["K", "l"]]);
    let ttl = || select(vec![0, 0, 0, 5, 10]);
    let capabilities = prop::sample::subsequence(GIVEN.to_vec(), 0..=7);
    (pattern(), capabilities, deny, values(), values(), required, ttl(), ttl()).prop_map(
        |(path, mut capabilities, deny, allowed, denied, required, min, max)| {
            if deny {
                capabilities.push("deny");
            }
            let required = required.into_iter().map(str::to_owned).collect();
            let max = if max > 0 && max < min { min } else { max };
            Rule { path, capabilities, allowed, denied, required, min, max }
        },
    )
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    prop::collection::vec(rule(), 0..12)
}

fn wish() -> impl Strategy<Value = Wish> {
    let operation = select(vec![
        Operation::Read,
        Operation::List,
        Operation::Create,
        Operation::Update,
        Operation::Patch,
        Operation::Delete,
    ]);
    let value = select(vec![json!("x"), json!("xy"), json!("*"), json!(5), json!("5"), json!("")]);
    let name = select(vec!["k", "K", "l", "m"]).prop_map(str::to_owned);
    let parameters = prop::collection::hash_map(name, value, 0..3);
    let parameters = parameters.prop_map(|all| all.into_iter().collect::<Map<String, Value>>());
    (operation, asked_path(), parameters, select(vec![None, None, Some(5), Some(7)]))
        .prop_map(|(operation, path, parameters, wrap)| Wish { operation, path, parameters, wrap })
}

fn written(rules: &[Rule]) -> String {
    rules.iter().map(Rule::text).collect()
}

fn grants(acl: &Acl, wish: &Wish) -> bool {
    let question = Question {
        operation: wish.operation,
        path: &wish.path,
        parameters: &wish.parameters,
        wrap_ttl: wish.wrap.map(Duration::from_secs),
    };
    acl.allow(&question).allowed
}

/// The same rules, dealt out to so many policies.
fn dealt(rules: &[Rule], policies: usize) -> Acl {
    let hands = (0..policies).map(|hand| {
        let own: Vec<_> = rules.iter().skip(hand).step_by(policies).cloned().collect();
        policy(&written(&own))
    });
    Acl::new(hands.collect(), NOW, &|_| None)
}

proptest! {
    #[test]
    fn both_implementations_decide_alike(rules in rules(), wish in wish(), policies in 1..4_usize) {
        let acl = dealt(&rules, policies);
        // Leading slashes mean nothing to a request.
        let path = wish.path.trim_start_matches('/');
        prop_assert_eq!(acl.capabilities(&wish.path), oracle::capabilities(&rules, path));
        let bare = Wish { path: path.to_owned(), ..wish.clone() };
        prop_assert_eq!(grants(&acl, &wish), oracle::allows(&rules, &bare));
    }

    #[test]
    fn order_and_place_of_rules_mean_nothing(rules in rules(), wish in wish(), policies in 1..4_usize) {
        let together = dealt(&rules, 1);
        let reversed: Vec<_> = rules.iter().rev().cloned().collect();
        for other in [dealt(&rules, policies), dealt(&reversed, policies)] {
            prop_assert_eq!(other.capabilities(&wish.path), together.capabilities(&wish.path));
            prop_assert_eq!(grants(&other, &wish), grants(&together, &wish));
        }
    }

    #[test]
    fn a_rule_that_denies_wins(rules in rules(), wish in wish()) {
        let path = wish.path.trim_start_matches('/');
        let list = wish.operation == Operation::List;
        let Some(counts) = oracle::winner(&rules, list, path) else { return Ok(()) };
        // A slash before the path means nothing, and one that belongs to it stays.
        let capabilities = vec!["deny", "read"];
        let denied = Rule { path: format!("/{counts}"), capabilities, ..Rule::default() };
        let acl = acl(&[&written(&rules), &written(&[denied])]);
        prop_assert!(!grants(&acl, &wish));
        prop_assert!(!list || acl.capabilities(path) == ["deny"]);
    }

    #[test]
    fn more_rules_for_the_same_paths_take_nothing(rules in rules(), more in rules(), path in asked_path()) {
        let more: Vec<_> = more
            .into_iter()
            .zip(rules.iter().cycle())
            .filter(|(more, _)| !more.capabilities.contains(&"deny"))
            .map(|(more, known)| Rule { path: known.path.clone(), ..more })
            .collect();
        let (before, after) = (dealt(&rules, 1), acl(&[&written(&rules), &written(&more)]));
        let (before, after) = (before.capabilities(&path), after.capabilities(&path));
        let kept = before.iter().all(|capability| after.contains(capability));
        prop_assert!(kept || before == ["deny"], "{before:?} {after:?}");
    }

    #[test]
    fn whoever_may_something_below_a_mount_knows_of_it(rules in rules(), wish in wish()) {
        let acl = dealt(&rules, 1);
        let path = wish.path.trim_start_matches('/');
        if let Some((mount, _)) = path.split_once('/').filter(|_| grants(&acl, &wish)) {
            prop_assert!(acl.reaches(&format!("{mount}/")), "{}", mount);
        }
    }
}
