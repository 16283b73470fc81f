//! A name for a new account, out of what the other server calls somebody.

/// As long as a username may be, less the number that makes it unique.
const MAX: usize = 54;
const NOBODY: &str = "user";

/// A valid username that is as near as can be: of an address what stands before the `@`, and in
/// the place of what no username holds a hyphen.
pub(crate) fn near(wanted: &str) -> String {
    let wanted = wanted.split('@').next().unwrap_or_default();
    let mut name = String::with_capacity(wanted.len());
    for character in wanted.chars() {
        let kept = character.is_ascii_alphanumeric() || "._-".contains(character);
        if kept {
            name.push(character);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    let name: String =
        name.trim_start_matches(['.', '_', '-']).trim_end_matches('-').chars().take(MAX).collect();
    if name.is_empty() { NOBODY.to_owned() } else { name }
}

/// The names to try, in their order: the name itself, then with a number.
pub(crate) fn candidates(name: &str) -> impl Iterator<Item = String> {
    let numbered = name.to_owned();
    std::iter::once(name.to_owned()).chain((2..=9_999).map(move |n| format!("{numbered}-{n}")))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::names;

    #[test]
    fn names_stay_as_near_as_they_can() {
        for (wanted, expected) in [
            ("ada", "ada"),
            ("Ada.Lovelace@example.com", "Ada.Lovelace"),
            ("ada lovelace", "ada-lovelace"),
            ("EXAMPLE\\ada", "EXAMPLE-ada"),
            ("_ada", "ada"),
            ("Zoë", "Zo"),
            ("李", "user"),
            ("@example.com", "user"),
            ("", "user"),
            ("a//b", "a-b"),
        ] {
            assert_eq!(near(wanted), expected, "{wanted}");
        }
    }

    #[test]
    fn numbers_make_them_unique() {
        let names: Vec<_> = candidates("ada").take(3).collect();
        assert_eq!(names, ["ada", "ada-2", "ada-3"]);
    }

    proptest! {
        #[test]
        fn whatever_is_wanted_becomes_a_username(wanted in any::<String>()) {
            let name = near(&wanted);
            for candidate in candidates(&name).step_by(5_000) {
                prop_assert!(names::username(&candidate).is_ok(), "{wanted:?} {candidate:?}");
            }
        }
    }
}
