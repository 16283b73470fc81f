//! The query of a list: page, order, includes, search and filters.
//!
//! Nothing here fails. Clients send parameters by accident, and the ones that they mean are
//! answered as well as we can: what can't be read counts as not sent.

use std::{collections::BTreeMap, convert::Infallible};

use axum::extract::FromRequestParts;
use http::request::Parts;
use kernel::PageRequest;

/// The query of a list, as an extractor.
#[derive(Clone, Debug, Default)]
pub struct ListQuery {
    /// The page asked for.
    pub page: PageRequest,
    /// The order asked for, e.g. `name` or `-created-at`.
    pub sort: Option<String>,
    /// The related things asked for, once each, with `_` for `-`.
    pub includes: Vec<String>,
    pairs: Vec<(String, String)>,
}

impl ListQuery {
    /// Reads a query string.
    pub fn parse(query: &str) -> Self {
        let pairs: Vec<(String, String)> =
            form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let mut list = Self { pairs, ..Self::default() };
        list.page = PageRequest::new(
            list.number("page[number]").unwrap_or(1),
            list.number("page[size]").unwrap_or(PageRequest::DEFAULT_SIZE),
        );
        list.sort = list.get("sort").map(str::to_owned);
        list.includes = list.list("include").iter().map(|name| name.replace('-', "_")).collect();
        list.includes.sort_unstable();
        list.includes.dedup();
        list
    }

    /// Whether a related thing was asked for; `name` is written with `_`.
    pub fn wants(&self, name: &str) -> bool {
        self.includes.iter().any(|include| include == name)
    }

    /// The first value of a parameter that is not empty.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.values(key).find(|value| !value.is_empty())
    }

    /// Whether a parameter was sent at all, with or without a value.
    pub fn has(&self, key: &str) -> bool {
        self.values(key).next().is_some()
    }

    /// The values of a parameter that may be repeated, separated by commas, or both.
    pub fn list(&self, key: &str) -> Vec<&str> {
        let repeated = self
            .pairs
            .iter()
            .filter(|(candidate, _)| candidate.strip_suffix("[]").unwrap_or(candidate) == key);
        repeated
            .flat_map(|(_, value)| value.split(','))
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .collect()
    }

    /// Keys and values that were sent as `name[0][key]=…&name[0][value]=…`, in the order of their
    /// numbers. A value that was not sent is none, an empty one is empty.
    pub fn indexed_pairs(&self, name: &str) -> Vec<(&str, Option<&str>)> {
        let mut found: BTreeMap<u32, (Option<&str>, Option<&str>)> = BTreeMap::new();
        for (parameter, value) in &self.pairs {
            let Some((number, part)) = split_indexed(parameter, name) else { continue };
            let entry = found.entry(number).or_default();
            match part {
                "key" => entry.0 = Some(value.as_str()),
                "value" => entry.1 = Some(value.as_str()),
                _ => {}
            }
        }
        found.into_values().filter_map(|(key, value)| Some((key?, value))).collect()
    }

    fn values(&self, key: &str) -> impl Iterator<Item = &str> {
        let matching = self.pairs.iter().filter(move |(candidate, _)| candidate == key);
        matching.map(|(_, value)| value.as_str())
    }

    /// A number from 1; one that is too large is the largest.
    fn number(&self, key: &str) -> Option<u32> {
        let text = self.get(key)?.trim();
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.then(|| text.parse().unwrap_or(u32::MAX))?;
        (number > 0).then_some(number)
    }
}

/// `name[7][key]` is `(7, "key")`.
fn split_indexed<'a>(parameter: &'a str, name: &str) -> Option<(u32, &'a str)> {
    let rest = parameter.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']')?;
    let (number, part) = rest.split_once("][")?;
    Some((number.parse().ok()?, part))
}

impl<S: Sync> FromRequestParts<S> for ListQuery {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn brackets_may_be_encoded() {
        let query = ListQuery::parse(
            "page%5Bnumber%5D=3&page%5Bsize%5D=50&filter%5Bproject%5D%5Bid%5D=prj-1&sort=-name",
        );
        assert_eq!(query.page, PageRequest::new(3, 50));
        assert_eq!(query.get("filter[project][id]"), Some("prj-1"));
        assert_eq!(query.sort.as_deref(), Some("-name"));
    }

    #[test]
    fn includes_are_normalised_and_repeatable() {
        let query = ListQuery::parse("include=current-run,default_project&include=current_run,");
        assert_eq!(query.includes, ["current_run", "default_project"]);
        assert!(query.wants("current_run"));
    }

    #[test]
    fn lists_are_split_and_joined() {
        let query = ListQuery::parse("search[tags]=a, b,&search[tags]=c&filter[x][]=d");
        assert_eq!(query.list("search[tags]"), ["a", "b", "c"]);
        assert_eq!(query.list("filter[x]"), ["d"]);
    }

    #[test]
    fn tag_filters_keep_absent_and_empty_apart() {
        let query = ListQuery::parse(
            "filter[tagged][10][key]=late&filter[tagged][0][key]=env&filter[tagged][0][value]=prod\
             &filter[tagged][1][key]=team&filter[tagged][2][key]=x&filter[tagged][2][value]=\
             &filter[tagged][nonsense][key]=y&filter[tagged][3][value]=alone&TagBindings=junk",
        );
        assert_eq!(
            query.indexed_pairs("filter[tagged]"),
            [("env", Some("prod")), ("team", None), ("x", Some("")), ("late", None)]
        );
    }

    #[test]
    fn page_numbers_that_make_no_sense_count_as_not_sent() {
        for text in ["0", "-1", "abc", "", "1.5", "%2B2", "²"] {
            let query = ListQuery::parse(&format!("page[number]={text}&page[size]={text}"));
            assert_eq!(query.page, PageRequest::default(), "{text}");
        }
        let query = ListQuery::parse("page[number]=99999999999999999999&page[size]=1000");
        assert_eq!(query.page, PageRequest::new(u32::MAX, 100));
    }

    proptest! {
        #[test]
        fn any_query_is_read(text in ".{0,300}") {
            let query = ListQuery::parse(&text);
            prop_assert!((1..=PageRequest::MAX_SIZE).contains(&query.page.size()));
            query.indexed_pairs("filter[tagged]");
        }

        #[test]
        fn what_was_written_is_read(
            pairs in prop::collection::vec(("[a-z\\[\\]]{1,12}", ".{1,20}"), 0..8),
        ) {
            let text =
                form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
            let query = ListQuery::parse(&text);
            for (key, _) in &pairs {
                let first = pairs.iter().find(|pair| pair.0 == *key).map(|pair| pair.1.as_str());
                prop_assert_eq!(query.get(key), first);
            }
        }
    }
}
