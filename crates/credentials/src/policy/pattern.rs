//! Which paths a rule is about.
//!
//! `a/b` is one path, `a/b*` is every path that begins so, and a `+` between slashes is any one
//! segment. Of several patterns that match, the most specific counts: see [`Rank`].

use std::cmp::{Ordering, Reverse};

use super::spelling::Spelling;

/// A path of a policy, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// One path.
    Exact(String),
    /// Every path that begins with this.
    Prefix(String),
    /// Paths whose segments fit.
    Segments(Segments),
}

/// How specific a pattern is; the greatest wins. In this order: where the first wildcard stands,
/// whether the end is fixed, how few `+` there are, how long it is, and what is greater as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank<'a> {
    first_wildcard: usize,
    closed: bool,
    wildcards: Reverse<usize>,
    length: usize,
    text: &'a str,
}

impl Pattern {
    /// Reads a pattern. None if `+` and `*` meet.
    pub(crate) fn parse(path: &str) -> Option<Self> {
        if path.contains("+*") {
            return None;
        }
        let segmented = path == "+" || path.starts_with("+/") || path.contains("/+");
        Some(match (segmented, path.strip_suffix('*')) {
            (true, start) => {
                Self::Segments(Segments::new(start.unwrap_or(path).to_owned(), start.is_some()))
            }
            (false, Some(start)) => Self::Prefix(start.to_owned()),
            (false, None) => Self::Exact(path.to_owned()),
        })
    }

    /// What it is among paths of which one spelling counts. With a `+` it may also be about paths
    /// whose names are not the same in any case: then it stays as well.
    pub(crate) fn spelled(self, spelling: &Spelling) -> Vec<Self> {
        match self {
            Self::Exact(text) => vec![Self::Exact(spelling.of_path(&text).into_owned())],
            Self::Prefix(text) => vec![Self::Prefix(spelling.of_path(&text).into_owned())],
            Self::Segments(segments) => {
                let mut all = vec![];
                for other in spelling.folders().filter_map(|folder| segments.spelled_in(folder)) {
                    let other = Self::Segments(other);
                    if !all.contains(&other) {
                        all.push(other);
                    }
                }
                all.push(Self::Segments(segments));
                all
            }
        }
    }

    /// Which wildcards it has: how many `+`, and whether a `*` stands at the end.
    pub(crate) const fn wildcards(&self) -> (usize, bool) {
        match self {
            Self::Exact(_) => (0, false),
            Self::Prefix(_) => (0, true),
            Self::Segments(segments) => (segments.wildcards, segments.open),
        }
    }
}

/// How specific a prefix is.
pub(crate) const fn rank_of_prefix(text: &str) -> Rank<'_> {
    Rank {
        first_wildcard: text.len(),
        closed: false,
        wildcards: Reverse(0),
        length: text.len(),
        text,
    }
}

/// A pattern with `+` in it. The order is that of [`Rank`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Segments {
    /// Without the `*` at the end.
    text: String,
    /// Whether there was one.
    open: bool,
    first_wildcard: usize,
    wildcards: usize,
}

impl Segments {
    fn new(text: String, open: bool) -> Self {
        let first_wildcard = text.find('+').unwrap_or(text.len());
        let wildcards = text.split('/').filter(|segment| *segment == "+").count();
        Self { text, open, first_wildcard, wildcards }
    }

    /// The same with the name in small letters that it has for something in a folder.
    fn spelled_in(&self, folder: &str) -> Option<Self> {
        let mut parts: Vec<String> = self.text.split('/').map(str::to_owned).collect();
        let folder = folder.trim_end_matches('/').split('/');
        let depth = folder.clone().count();
        let name = parts.get(depth)?.to_ascii_lowercase();
        let fits = folder.zip(&parts).all(|(segment, part)| part == "+" || part == segment);
        if !fits || parts.get(depth) == Some(&name) {
            return None;
        }
        *parts.get_mut(depth)? = name;
        Some(Self::new(parts.join("/"), self.open))
    }

    pub(crate) fn rank(&self) -> Rank<'_> {
        Rank {
            first_wildcard: self.first_wildcard,
            closed: !self.open,
            wildcards: Reverse(self.wildcards),
            length: self.text.len(),
            text: &self.text,
        }
    }

    /// Whether it is about this path.
    pub(crate) fn matches(&self, path: &str) -> bool {
        // Most patterns are about something else, which their beginning shows.
        if !self.text.get(..self.first_wildcard).is_some_and(|start| path.starts_with(start)) {
            return false;
        }
        let mut segments = path.split('/');
        let mut wanted = self.text.split('/').peekable();
        while let Some(part) = wanted.next() {
            let Some(segment) = segments.next() else { return false };
            if !self.fits(part, wanted.peek().is_none(), segment) {
                return false;
            }
        }
        self.open || segments.next().is_none()
    }

    /// Whether it is about anything at or below a mount.
    pub(crate) fn reaches(&self, mount: &str) -> bool {
        let mut wanted = self.text.split('/').peekable();
        for segment in mount.trim_end_matches('/').split('/') {
            let Some(part) = wanted.next() else { return false };
            let last = wanted.peek().is_none();
            if !self.fits(part, last, segment) {
                return false;
            }
            if self.open && last {
                return true;
            }
        }
        true
    }

    fn fits(&self, part: &str, last: bool, segment: &str) -> bool {
        part == "+" || part == segment || (self.open && last && segment.starts_with(part))
    }
}

impl Ord for Segments {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for Segments {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
