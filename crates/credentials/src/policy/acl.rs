//! What the policies of one caller let them do.
//!
//! Of all rules that match a path, one counts: the rule for exactly this path, or else the most
//! specific pattern. Where several policies have a rule for the same path or pattern, what they give
//! comes together, and `deny` in any of them denies.

use std::{borrow::Cow, sync::Arc, time::Duration};

use kernel::Timestamp;
use serde_json::{Map, Value};

use super::{
    Capability, Policy, Values,
    permissions::Permissions,
    protected::needs_sudo,
    rules::{Found, Rules, together},
};
use crate::Operation;

/// What somebody's policies let them do. Made for each request: that is cheap.
#[derive(Clone, Debug, Default)]
pub struct Acl {
    root: bool,
    policies: Vec<Arc<Policy>>,
    /// The rules that hold for this caller only.
    own: Rules,
}

/// Paths, and the names of what can be done with them.
pub(crate) type RuleNames = Vec<(String, Vec<&'static str>)>;

/// What a request wants.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// To do what.
    pub operation: Operation,
    /// With what.
    pub path: &'a str,
    /// With which parameters.
    pub parameters: &'a Map<String, Value>,
    /// For how long the answer is to be wrapped, if it is.
    pub wrap_ttl: Option<Duration>,
}

/// The answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// Whether it may be done.
    pub allowed: bool,
    /// Whether the caller is an administrator there: `sudo`, or root.
    pub sudo: bool,
    /// How many entries a list may show at most, where a policy says so.
    pub page_limit: Option<u64>,
}

impl Acl {
    /// Everything is allowed.
    pub fn root() -> Self {
        Self { root: true, ..Self::default() }
    }

    /// What these policies let someone do of whom these values are known.
    pub fn new(policies: Vec<Arc<Policy>>, now: Timestamp, values: Values<'_>) -> Self {
        let mut own = Rules::default();
        for policy in &policies {
            policy.settle(now, values, &mut own);
        }
        Self { root: false, policies, own }
    }

    /// Whether everything is allowed.
    pub const fn is_root(&self) -> bool {
        self.root
    }

    /// Decides. Paths that are for administrators need `sudo` besides; help needs nothing.
    pub fn allow(&self, question: &Question<'_>) -> Decision {
        if self.root {
            return Decision { allowed: true, sudo: true, page_limit: None };
        }
        if question.operation == Operation::Help {
            return Decision { allowed: true, ..Decision::default() };
        }
        let path = question.path.trim_start_matches('/');
        let Some(permissions) = self.permissions(path, question.operation == Operation::List)
        else {
            return Decision::default();
        };
        let sudo = permissions.capabilities.holds(Capability::Sudo);
        let given = permissions.allow(question.operation, question.parameters, question.wrap_ttl);
        let limited = question.operation == Operation::List && permissions.page_limit > 0;
        Decision {
            allowed: given && (sudo || !needs_sudo(path)),
            sudo,
            page_limit: limited.then_some(permissions.page_limit),
        }
    }

    /// The names of what can be done with a path, sorted: `root` alone for who may do everything,
    /// `deny` alone for who may do nothing.
    pub fn capabilities(&self, path: &str) -> Vec<&'static str> {
        if self.root {
            return vec!["root"];
        }
        let permissions = self.permissions(path.trim_start_matches('/'), true);
        permissions.map(|permissions| permissions.capabilities).unwrap_or_default().names()
    }

    /// Whether the caller is an administrator of a path.
    pub fn is_sudo(&self, path: &str) -> bool {
        let permissions = self.permissions(path.trim_start_matches('/'), false);
        self.root
            || permissions
                .is_some_and(|permissions| permissions.capabilities.holds(Capability::Sudo))
    }

    /// Whether anything can be done with a mount or below it: who can't, need not know of it.
    pub fn reaches(&self, mount: &str) -> bool {
        let grants = |rule: Cow<'_, Permissions>| rule.capabilities.grants();
        // What is below and has no rule of its own is under the longest prefix of the mount.
        let prefix = self.rules().filter_map(|rules| rules.longest_prefix(mount));
        let prefix = prefix.max_by_key(|prefix| prefix.len()).map(Found::Prefix);
        let mut found = self.rules().flat_map(|rules| rules.within(mount)).chain(prefix);
        self.root
            || self.permissions(mount, true).is_some_and(grants)
            || found.any(|found| self.at(found).is_some_and(grants))
    }

    /// What the rules give: for paths, and for all paths that begin so.
    pub(crate) fn rules_by_path(&self) -> (RuleNames, RuleNames) {
        let (mut exact, mut prefixes) = (RuleNames::new(), RuleNames::new());
        for found in self.rules().flat_map(|rules| rules.within("")) {
            let (names, path) = match found {
                Found::Exact(path) => (&mut exact, path),
                Found::Prefix(path) => (&mut prefixes, path),
                Found::Segments(_) => continue,
            };
            if let Some(permissions) = self.at(found) {
                names.push((path.to_owned(), permissions.capabilities.names()));
            }
        }
        (exact, prefixes)
    }

    /// The rule that counts. What is listed may be named with or without its slash.
    fn permissions(&self, path: &str, list: bool) -> Option<Cow<'_, Permissions>> {
        let folder = path.strip_suffix('/').filter(|_| list);
        let exact = |path| self.at(Found::Exact(path));
        exact(path)
            .or_else(|| folder.and_then(exact))
            .or_else(|| self.most_specific(path))
            .or_else(|| folder.and_then(|folder| self.most_specific(folder)))
    }

    fn most_specific(&self, path: &str) -> Option<Cow<'_, Permissions>> {
        let found = self.rules().filter_map(|rules| rules.find(path));
        self.at(found.max_by(|one, other| one.rank().cmp(&other.rank()))?)
    }

    /// What all policies give at one path or pattern.
    fn at(&self, found: Found<'_>) -> Option<Cow<'_, Permissions>> {
        together(self.rules().filter_map(|rules| rules.get(found)))
    }

    fn rules(&self) -> impl Iterator<Item = &Rules> {
        self.policies.iter().map(|policy| policy.rules()).chain([&self.own])
    }
}
