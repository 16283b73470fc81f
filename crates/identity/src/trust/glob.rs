//! Patterns: `*` is any run of characters, `?` any one of them, everything else is itself.

/// Whether a text is as a pattern says, all of it. Takes time in proportion to the product of both
/// lengths at most, whatever the pattern.
pub(super) fn matches(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut position) = (0, 0);
    // The last star, and how much of the text it has taken so far.
    let mut star: Option<(usize, usize)> = None;
    while position < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, position));
                at += 1;
            }
            Some(wanted) if *wanted == '?' || text.get(position) == Some(wanted) => {
                at += 1;
                position += 1;
            }
            _ => {
                let Some((before, taken)) = star else { return false };
                star = Some((before, taken + 1));
                (at, position) = (before + 1, taken + 1);
            }
        }
    }
    pattern.iter().skip(at).all(|rest| *rest == '*')
}

/// Whether a pattern names nothing, and at most says how long a text is.
pub(super) fn names_nothing(pattern: &str) -> bool {
    !pattern.is_empty() && pattern.chars().all(|character| matches!(character, '*' | '?'))
}

/// Whether what comes first is settled.
pub(super) fn has_a_beginning(pattern: &str) -> bool {
    !pattern.starts_with(['*', '?']) && !pattern.is_empty()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stars_and_question_marks() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("a", "a", true),
            ("a", "A", false),
            ("*", "", true),
            ("*", "a/b\nc", true),
            ("?", "", false),
            ("?", "é", true),
            ("??", "é", false),
            ("refs/heads/*", "refs/heads/release/1", true),
            ("refs/heads/*", "refs/heads/", true),
            ("refs/heads/*", "refs/tags/v1", false),
            ("*/main", "refs/heads/main", true),
            ("*/main", "refs/heads/main2", false),
            ("a*b*c", "aXbXc", true),
            ("a*b*c", "aXcXb", false),
            ("a*b*c", "abcbc", true),
            ("repo:acme/*:ref:*", "repo:acme/app:ref:refs/heads/x", true),
            ("repo:acme/*", "repo:acme-evil/app", false),
            ("[a-z]", "b", false),
            ("a.c", "abc", false),
            ("\\*", "*", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn hostile_patterns_take_no_time() {
        let start = Instant::now();
        assert!(!matches(&"*a".repeat(500), &"a".repeat(499)));
        assert!(!matches(&format!("{}b", "*a".repeat(500)), &"a".repeat(16_000)));
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    }

    /// What a pattern means, without regard to time.
    fn means(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            (['*', rest @ ..], _) => {
                means(rest, text) || (!text.is_empty() && means(pattern, &text[1..]))
            }
            (['?', rest @ ..], [_, others @ ..]) => means(rest, others),
            ([wanted, rest @ ..], [found, others @ ..]) => wanted == found && means(rest, others),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn matching_is_what_it_means(pattern in "[ab*?]{0,8}", text in "[abc]{0,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(matches(&pattern, &text), means(&chars(&pattern), &chars(&text)));
        }

        #[test]
        fn every_text_is_itself(text in "[^*?]{0,20}") {
            prop_assert!(matches(&text, &text));
        }
    }
}
