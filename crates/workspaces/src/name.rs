//! Workspace names, and the patterns by which a list searches them.

use kernel::{Error, Result};

const LONGEST: usize = 90;

/// Whether a text can be a workspace's name: 1 to 90 letters, digits, dashes and underscores.
pub(crate) fn is_valid(name: &str) -> bool {
    (1..=LONGEST).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Refuses what can't be a workspace's name.
pub(crate) fn validate(name: &str) -> Result<()> {
    if is_valid(name) {
        return Ok(());
    }
    let text = if name.is_empty() {
        "the name can't be blank"
    } else if name.len() > LONGEST {
        "the name is too long: it has at most 90 characters"
    } else {
        "the name can only include letters, numbers, - and _"
    };
    Err(Error::invalid("name", text))
}

/// The form under which names are searched and ordered.
pub(crate) fn fold(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// A `LIKE … ESCAPE '!'` pattern for names that contain `text`.
pub(crate) fn containing(text: &str) -> String {
    let mut pattern = String::from("%");
    push_escaped(&mut pattern, text);
    pattern.push('%');
    pattern
}

/// A `LIKE … ESCAPE '!'` pattern in which each `*` of `wildcard` stands for any characters.
pub(crate) fn matching(wildcard: &str) -> String {
    let mut pattern = String::new();
    for (position, part) in wildcard.split('*').enumerate() {
        if position > 0 {
            pattern.push('%');
        }
        push_escaped(&mut pattern, part);
    }
    pattern
}

fn push_escaped(pattern: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            // No name has one, and PostgreSQL takes none in a text; this never matches.
            '\0' => pattern.push('?'),
            '%' | '_' | '!' => pattern.extend(['!', character]),
            _ => pattern.push(character.to_ascii_lowercase()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a database does with `LIKE … ESCAPE '!'`.
    fn like(pattern: &[char], text: &[char]) -> bool {
        match pattern {
            [] => text.is_empty(),
            ['%', rest @ ..] => (0..=text.len()).any(|skip| like(rest, &text[skip..])),
            ['_', rest @ ..] => !text.is_empty() && like(rest, &text[1..]),
            ['!', literal, rest @ ..] | [literal, rest @ ..] => {
                text.first() == Some(literal) && like(rest, &text[1..])
            }
        }
    }

    fn is_like(pattern: &str, text: &str) -> bool {
        let pattern: Vec<char> = pattern.chars().collect();
        like(&pattern, &text.chars().collect::<Vec<_>>())
    }

    /// What people mean by a star.
    fn is_glob(wildcard: &str, text: &str) -> bool {
        let parts: Vec<&str> = wildcard.split('*').collect();
        let [only] = parts.as_slice() else {
            let (first, last) = (parts[0], parts[parts.len() - 1]);
            let Some(mut rest) = text.strip_prefix(first) else { return false };
            for part in &parts[1..parts.len() - 1] {
                let Some(found) = rest.find(part) else { return false };
                rest = &rest[found + part.len()..];
            }
            return rest.ends_with(last);
        };
        *only == text
    }

    proptest! {
        #[test]
        fn names_of_the_right_form_are_taken(name in "[A-Za-z0-9_-]{1,90}") {
            prop_assert!(validate(&name).is_ok());
        }

        #[test]
        fn names_with_anything_else_are_refused(
            before in "[A-Za-z0-9_-]{0,20}", other in "[^A-Za-z0-9_-]", after in "[A-Za-z0-9_-]{0,20}",
        ) {
            let refused = validate(&format!("{before}{other}{after}")).unwrap_err();
            prop_assert_eq!(refused.details()[0].pointer.as_deref(), Some("/data/attributes/name"));
        }

        #[test]
        fn a_wildcard_matches_as_people_read_it(
            wildcard in "[a-c_%!*]{0,6}", name in "[a-c_%!]{0,8}",
        ) {
            prop_assert_eq!(is_like(&matching(&wildcard), &name), is_glob(&wildcard, &name));
        }

        #[test]
        fn a_search_matches_names_that_contain_it(text in "[a-cA-C_%!]{0,3}", name in "[a-cA-C_%!]{0,8}") {
            let contains = fold(&name).contains(&fold(&text));
            prop_assert_eq!(is_like(&containing(&text), &fold(&name)), contains);
        }
    }

    #[test]
    fn names_out_of_length_are_refused() {
        assert!(validate("").is_err());
        assert!(validate(&"a".repeat(90)).is_ok());
        assert!(validate(&"a".repeat(91)).is_err());
    }
}
