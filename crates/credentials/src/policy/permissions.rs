//! What a rule gives, and on which conditions.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde_json::Value;

use super::Capabilities;

/// Parameters by their lower-cased names, with the values that are meant; none means any value.
pub(crate) type Parameters = BTreeMap<String, Vec<Value>>;

/// What a rule gives on its path. What is empty or zero is no condition.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Permissions {
    /// What can be done.
    pub(crate) capabilities: Capabilities,
    /// Only these parameters; `*` for all others.
    pub(crate) allowed: Parameters,
    /// Not these parameters; `*` for all.
    pub(crate) denied: Parameters,
    /// Not without these parameters, lower-cased.
    pub(crate) required: BTreeSet<String>,
    /// Only if the answer is wrapped, for at least so long.
    pub(crate) min_wrapping_ttl: Duration,
    /// Only if the answer is wrapped, for at most so long.
    pub(crate) max_wrapping_ttl: Duration,
    /// How much a list shows at most at once.
    pub(crate) page_limit: u64,
}

impl Permissions {
    /// Nothing at all, and nobody can add to it.
    pub(crate) fn deny() -> Self {
        Self { capabilities: Capabilities::DENY, ..Self::default() }
    }

    /// Adds what another rule gives on the same path. The order does not matter.
    ///
    /// As in Vault, of two wrapping times the shorter counts, also of two least ones, and a rule
    /// without allowed parameters does not lift the limits of one with them.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.capabilities = self.capabilities.union(other.capabilities);
        if self.capabilities == Capabilities::DENY {
            *self = Self::deny();
            return;
        }
        add(&mut self.allowed, &other.allowed);
        add(&mut self.denied, &other.denied);
        self.required.extend(other.required.iter().cloned());
        self.min_wrapping_ttl = least(self.min_wrapping_ttl, other.min_wrapping_ttl);
        self.max_wrapping_ttl = least(self.max_wrapping_ttl, other.max_wrapping_ttl);
        self.page_limit = least(self.page_limit, other.page_limit);
    }
}

/// Values come together, and any value stays any value.
fn add(parameters: &mut Parameters, others: &Parameters) {
    for (name, values) in others {
        match parameters.get_mut(name) {
            Some(known) if known.is_empty() || values.is_empty() => known.clear(),
            Some(known) => known.extend(values.iter().cloned()),
            None => {
                parameters.insert(name.clone(), values.clone());
            }
        }
    }
}

/// The smaller one; nothing is no limit.
fn least<T: Ord + Default>(one: T, other: T) -> T {
    let nothing = T::default();
    if one == nothing || (other != nothing && other < one) { other } else { one }
}
