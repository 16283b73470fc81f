//! The same decisions made a second time, as plainly as the contract says them and as slowly as
//! that takes: all rules side by side, all that match sorted.

use std::{cmp::Ordering, collections::BTreeMap};

use serde_json::{Map, Value};

use crate::Operation;

pub(super) type Values = BTreeMap<String, Vec<String>>;

/// A rule, before it is written down.
#[derive(Clone, Debug, Default)]
pub(super) struct Rule {
    pub(super) path: String,
    pub(super) capabilities: Vec<&'static str>,
    pub(super) allowed: Values,
    pub(super) denied: Values,
    pub(super) required: Vec<String>,
    pub(super) min: u64,
    pub(super) max: u64,
}

impl Rule {
    /// As it stands in a policy.
    pub(super) fn text(&self) -> String {
        let parameters = |values: &Values| {
            let lines = values.iter().map(|(name, values)| format!("{name:?} = {values:?}\n"));
            lines.collect::<String>()
        };
        format!(
            "path {:?} {{\n capabilities = {:?}\n allowed_parameters = {{ {} }}\n \
             denied_parameters = {{ {} }}\n required_parameters = {:?}\n \
             min_wrapping_ttl = {}\n max_wrapping_ttl = {}\n}}\n",
            self.path,
            self.capabilities,
            parameters(&self.allowed),
            parameters(&self.denied),
            self.required,
            self.min,
            self.max,
        )
    }

    fn denies(&self) -> bool {
        self.capabilities.contains(&"deny")
    }
}

/// What a request wants.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    pub(super) operation: Operation,
    pub(super) path: String,
    pub(super) parameters: Map<String, Value>,
    pub(super) wrap: Option<u64>,
}

fn is_segmented(pattern: &str) -> bool {
    pattern == "+" || pattern.starts_with("+/") || pattern.contains("/+")
}

fn matches(pattern: &str, path: &str) -> bool {
    let (start, open) = match pattern.strip_suffix('*') {
        Some(start) => (start, true),
        None => (pattern, false),
    };
    if !is_segmented(pattern) {
        return if open { path.starts_with(start) } else { path == start };
    }
    let wanted: Vec<_> = start.split('/').collect();
    let mut given: Vec<_> = path.split('/').map(str::to_owned).collect();
    if open && given.len() >= wanted.len() {
        // What is behind the last segment does not matter, also within that segment.
        given.truncate(wanted.len());
        let (last, cut) = (given.last_mut().unwrap(), wanted.last().unwrap());
        if last.starts_with(cut) {
            *last = (*cut).to_owned();
        }
    }
    wanted.len() == given.len()
        && wanted.iter().zip(&given).all(|(wanted, given)| *wanted == "+" || wanted == given)
}

/// Which of two patterns is less specific.
fn compare(one: &str, other: &str) -> Ordering {
    let first = |pattern: &str| {
        let position = if is_segmented(pattern) { pattern.find('+') } else { pattern.find('*') };
        position.unwrap_or(pattern.len())
    };
    let glob = |pattern: &str| pattern.ends_with('*');
    let open = |pattern: &str| pattern.split('/').filter(|part| *part == "+").count();
    let bare = |pattern: &str| pattern.strip_suffix('*').unwrap_or(pattern).to_owned();
    first(one)
        .cmp(&first(other))
        .then(glob(other).cmp(&glob(one)))
        .then(open(other).cmp(&open(one)))
        .then(bare(one).len().cmp(&bare(other).len()))
        .then(bare(one).cmp(&bare(other)))
}

/// The pattern that counts for a path.
pub(super) fn winner(rules: &[Rule], list: bool, path: &str) -> Option<String> {
    let paths = || rules.iter().map(|rule| rule.path.strip_prefix('/').unwrap_or(&rule.path));
    let is_exact = |pattern: &str| !is_segmented(pattern) && !pattern.ends_with('*');
    let mut tries = vec![path];
    if list && path.ends_with('/') {
        tries.push(&path[..path.len() - 1]);
    }
    for path in &tries {
        if let Some(exact) = paths().find(|pattern| is_exact(pattern) && pattern == path) {
            return Some(exact.to_owned());
        }
    }
    for path in &tries {
        let mut found: Vec<_> =
            paths().filter(|pattern| !is_exact(pattern) && matches(pattern, path)).collect();
        found.sort_by(|one, other| compare(one, other));
        if let Some(best) = found.last() {
            return Some((*best).to_owned());
        }
    }
    None
}

/// All rules of one pattern, one after the other.
fn merged(rules: &[Rule], pattern: &str) -> Rule {
    let mut all = Rule::default();
    let same =
        rules.iter().filter(|rule| rule.path.strip_prefix('/').unwrap_or(&rule.path) == pattern);
    for rule in same {
        if rule.denies() {
            return Rule { capabilities: vec!["deny"], ..Rule::default() };
        }
        all.capabilities.extend(&rule.capabilities);
        for (into, from) in [(&mut all.allowed, &rule.allowed), (&mut all.denied, &rule.denied)] {
            for (name, values) in from {
                let known = into.get(&name.to_lowercase());
                let mut together = values.clone();
                together.extend(known.cloned().unwrap_or_default());
                if values.is_empty() || known.is_some_and(Vec::is_empty) {
                    together.clear();
                }
                into.insert(name.to_lowercase(), together);
            }
        }
        all.required.extend(rule.required.clone());
        for (into, from) in [(&mut all.min, rule.min), (&mut all.max, rule.max)] {
            if from > 0 && (*into == 0 || from < *into) {
                *into = from;
            }
        }
    }
    all
}

/// What can be done with a path, sorted.
pub(super) fn capabilities(rules: &[Rule], path: &str) -> Vec<&'static str> {
    let Some(pattern) = winner(rules, true, path) else { return vec!["deny"] };
    let mut capabilities = merged(rules, &pattern).capabilities;
    capabilities.sort_unstable();
    capabilities.dedup();
    if capabilities.is_empty() { vec!["deny"] } else { capabilities }
}

/// Whether the wish is granted; none of its paths need `sudo`.
pub(super) fn allows(rules: &[Rule], wish: &Wish) -> bool {
    let Some(pattern) = winner(rules, wish.operation == Operation::List, &wish.path) else {
        return false;
    };
    let rule = merged(rules, &pattern);
    if !rule.capabilities.contains(&wish.operation.capability()) {
        return false;
    }
    let wrap = wish.wrap.unwrap_or(0);
    if (rule.min > 0 && wrap < rule.min) || (rule.max > 0 && (wrap == 0 || wrap > rule.max)) {
        return false;
    }
    if matches!(wish.operation, Operation::List | Operation::Delete) {
        return true;
    }
    let has = |name: &String| wish.parameters.contains_key(&name.to_lowercase());
    if !rule.required.iter().all(has) {
        return false;
    }
    wish.parameters.iter().all(|(name, value)| {
        let name = name.to_lowercase();
        let value = match value {
            Value::String(text) => text.clone(),
            number => number.to_string(),
        };
        let is_in = |values: &Vec<String>| {
            values.is_empty() || values.iter().any(|meant| fits(meant, &value))
        };
        let denied = rule.denied.contains_key("*") || rule.denied.get(&name).is_some_and(is_in);
        let unnamed = rule.allowed.is_empty() || rule.allowed.contains_key("*");
        !denied && rule.allowed.get(&name).map_or(unnamed, is_in)
    })
}

fn fits(meant: &str, value: &str) -> bool {
    match meant.len() {
        0 | 1 => meant == value,
        _ if meant.starts_with('*') && meant.ends_with('*') => {
            value.contains(&meant[1..meant.len() - 1])
        }
        _ if meant.starts_with('*') => value.ends_with(&meant[1..]),
        _ if meant.ends_with('*') => value.starts_with(&meant[..meant.len() - 1]),
        _ => meant == value,
    }
}
