//! Names for requests.

use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

use http::HeaderMap;

pub(super) const HEADER: &str = "x-request-id";

/// Draws a name per request: a counter in random order, so that a name is unique while the server
/// runs, differs from run to run, and costs next to nothing.
pub(super) struct RequestIds {
    seed: u64,
    counter: AtomicU64,
}

impl RequestIds {
    pub(super) fn new() -> Self {
        Self { seed: RandomState::new().hash_one(0), counter: AtomicU64::new(0) }
    }

    /// The name that a trusted proxy gave to the request, or else a new one.
    pub(super) fn of(&self, headers: &HeaderMap, trusted: bool) -> String {
        let given = headers.get(HEADER).filter(|_| trusted).and_then(|value| value.to_str().ok());
        match given.filter(|text| is_sound(text)) {
            Some(given) => given.to_owned(),
            None => self.next(),
        }
    }

    fn next(&self) -> String {
        let count = self.counter.fetch_add(1, Ordering::Relaxed);
        let number = mixed(self.seed.wrapping_add(count.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        format!("req-{number:016x}")
    }
}

/// The last steps of SplitMix64: a permutation, so distinct numbers stay distinct.
const fn mixed(mut number: u64) -> u64 {
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

fn is_sound(text: &str) -> bool {
    (1..=100).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/=+".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct() {
        let ids = RequestIds::new();
        let mut names: Vec<_> = (0..1_000).map(|_| ids.next()).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 1_000);
    }

    #[test]
    fn only_trusted_proxies_name_requests() {
        let ids = RequestIds::new();
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, "abc-1".parse().unwrap());
        assert_eq!(ids.of(&headers, true), "abc-1");
        assert_ne!(ids.of(&headers, false), "abc-1");
        headers.insert(HEADER, "a b".parse().unwrap());
        assert!(ids.of(&headers, true).starts_with("req-"));
    }
}
