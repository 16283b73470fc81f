//! Policies as they are asked: rules by path.

use std::{borrow::Cow, collections::BTreeMap, ops::Bound, sync::Arc};

use kernel::Timestamp;

use super::{
    PolicyError, Values, parse,
    pattern::{Pattern, Rank, Segments, rank_of_prefix},
    permissions::Permissions,
    spelling::Spelling,
    template::Template,
};

/// A policy that was read. Reading takes a while, asking does not: keep it.
#[derive(Clone, Debug)]
pub struct Policy {
    name: String,
    rules: Rules,
    conditional: Vec<Conditional>,
    /// How the paths of requests are spelled that it is asked about.
    spelling: Arc<Spelling>,
}

/// A rule that holds for some, or for some time.
#[derive(Clone, Debug)]
pub(crate) struct Conditional {
    pub(crate) path: ConditionalPath,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) permissions: Arc<Permissions>,
}

#[derive(Clone, Debug)]
pub(crate) enum ConditionalPath {
    Fixed(Pattern),
    Template(Template),
}

impl Policy {
    /// Reads the text of a policy, in HCL or JSON.
    pub fn parse(name: &str, text: &str) -> Result<Self, PolicyError> {
        let mut policy = Self {
            name: name.to_owned(),
            rules: Rules::default(),
            conditional: Vec::new(),
            spelling: Arc::default(),
        };
        parse::read(text, &mut policy)?;
        Ok(policy)
    }

    /// The same policy where paths of requests are spelled in one way: what it says of names in
    /// other spellings holds for that one.
    #[must_use]
    pub(crate) fn spelled(self, spelling: &Arc<Spelling>) -> Self {
        let rules = self.rules.spelled(spelling);
        Self { rules, spelling: Arc::clone(spelling), ..self }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) const fn rules(&self) -> &Rules {
        &self.rules
    }

    pub(crate) fn add(&mut self, pattern: Pattern, permissions: Permissions) {
        self.rules.add(pattern, Arc::new(permissions));
    }

    pub(crate) fn add_conditional(&mut self, rule: Conditional) {
        self.conditional.push(rule);
    }

    /// Puts the conditional rules that hold now and for these values among others.
    pub(crate) fn settle(&self, now: Timestamp, values: Values<'_>, rules: &mut Rules) {
        for rule in &self.conditional {
            if rule.expires_at.is_some_and(|end| end < now) {
                continue;
            }
            let pattern = match &rule.path {
                ConditionalPath::Fixed(pattern) => Some(pattern.clone()),
                ConditionalPath::Template(template) => template.fill(values),
            };
            for pattern in pattern.into_iter().flat_map(|one| one.spelled(&self.spelling)) {
                rules.add(pattern, Arc::clone(&rule.permissions));
            }
        }
    }
}

/// Rules by path, one for each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    exact: BTreeMap<String, Arc<Permissions>>,
    prefixes: BTreeMap<String, Arc<Permissions>>,
    segments: BTreeMap<Segments, Arc<Permissions>>,
}

/// A pattern that matches.
#[derive(Clone, Copy)]
pub(crate) enum Found<'a> {
    Exact(&'a str),
    Prefix(&'a str),
    Segments(&'a Segments),
}

impl Found<'_> {
    pub(crate) fn rank(&self) -> Rank<'_> {
        match self {
            Self::Exact(text) | Self::Prefix(text) => rank_of_prefix(text),
            Self::Segments(segments) => segments.rank(),
        }
    }
}

impl Rules {
    fn add(&mut self, pattern: Pattern, permissions: Arc<Permissions>) {
        match pattern {
            Pattern::Exact(text) => add(&mut self.exact, text, permissions),
            Pattern::Prefix(text) => add(&mut self.prefixes, text, permissions),
            Pattern::Segments(segments) => add(&mut self.segments, segments, permissions),
        }
    }

    fn spelled(self, spelling: &Spelling) -> Self {
        let exact = self.exact.into_iter().map(|(text, given)| (Pattern::Exact(text), given));
        let prefixes =
            self.prefixes.into_iter().map(|(text, given)| (Pattern::Prefix(text), given));
        let segments =
            self.segments.into_iter().map(|(one, given)| (Pattern::Segments(one), given));
        let mut all = Self::default();
        for (pattern, given) in exact.chain(prefixes).chain(segments) {
            for pattern in pattern.spelled(spelling) {
                all.add(pattern, Arc::clone(&given));
            }
        }
        all
    }

    /// What stands at a pattern.
    pub(crate) fn get(&self, found: Found<'_>) -> Option<&Permissions> {
        let permissions = match found {
            Found::Exact(text) => self.exact.get(text),
            Found::Prefix(text) => self.prefixes.get(text),
            Found::Segments(segments) => self.segments.get(segments),
        };
        permissions.map(AsRef::as_ref)
    }

    /// The most specific pattern with wildcards that matches.
    pub(crate) fn find(&self, path: &str) -> Option<Found<'_>> {
        let prefix = self.longest_prefix(path).map(Found::Prefix);
        let segments = self.segments.keys().rev().find(|segments| segments.matches(path));
        let segments = segments.map(Found::Segments);
        prefix.into_iter().chain(segments).max_by(|one, other| one.rank().cmp(&other.rank()))
    }

    /// The longest prefix that matches. Goes down from the path to what sorts before it: all that
    /// begins as the path does sorts between its prefixes and itself.
    pub(crate) fn longest_prefix(&self, path: &str) -> Option<&str> {
        let mut bound = path;
        loop {
            let range = (Bound::Unbounded, Bound::Included(bound));
            let (key, _) = self.prefixes.range::<str, _>(range).next_back()?;
            if path.starts_with(key.as_str()) {
                return Some(key);
            }
            bound = common(key, path);
        }
    }

    /// Everything at or below a mount.
    pub(crate) fn within<'a>(&'a self, mount: &'a str) -> impl Iterator<Item = Found<'a>> {
        let from = (Bound::Included(mount), Bound::Unbounded);
        let exact = self.exact.range::<str, _>(from).map(|(key, _)| key.as_str());
        let exact = exact.take_while(move |key| key.starts_with(mount)).map(Found::Exact);
        let prefixes = self.prefixes.range::<str, _>(from).map(|(key, _)| key.as_str());
        let prefixes = prefixes.take_while(move |key| key.starts_with(mount)).map(Found::Prefix);
        let segments = self.segments.keys().filter(move |segments| segments.reaches(mount));
        exact.chain(prefixes).chain(segments.map(Found::Segments))
    }
}

fn add<K: Ord>(rules: &mut BTreeMap<K, Arc<Permissions>>, key: K, permissions: Arc<Permissions>) {
    match rules.get_mut(&key) {
        Some(known) => Arc::make_mut(known).merge(&permissions),
        None => {
            rules.insert(key, permissions);
        }
    }
}

/// What several rules give together.
pub(crate) fn together<'a>(
    mut rules: impl Iterator<Item = &'a Permissions>,
) -> Option<Cow<'a, Permissions>> {
    let mut all = Cow::Borrowed(rules.next()?);
    for rule in rules {
        all.to_mut().merge(rule);
    }
    Some(all)
}

/// What both texts begin with, as a part of the second.
fn common<'a>(one: &str, other: &'a str) -> &'a str {
    let mut characters = other.char_indices();
    let differs = one.chars().zip(&mut characters).find(|(one, (_, other))| one != other);
    let end = match differs {
        Some((_, (position, _))) => position,
        None => one.len().min(other.len()),
    };
    other.get(..end).unwrap_or_default()
}
