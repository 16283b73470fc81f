//! What paths match, and how their help writes it: as the regular expressions that people know
//! from Vault.

/// A pattern: pieces between slashes.
#[derive(Clone, Copy, Debug)]
pub struct Pattern(pub &'static [Piece]);

/// A piece of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// This text.
    Is(&'static str),
    /// A name: word characters, with dots and hyphens inside.
    Name(&'static str),
    /// One whole piece, whatever it holds.
    Any(&'static str),
    /// Pieces, at least one, but those that the rest of the pattern needs.
    Many(&'static str),
    /// All the rest, at least one character, slashes too.
    Rest(&'static str),
    /// All the rest, perhaps nothing.
    RestOrNothing(&'static str),
    /// Nothing more but perhaps a slash: for lists.
    MaybeSlash,
}

/// What a pattern captured, in its order.
pub type Captured = Vec<(&'static str, String)>;

impl Pattern {
    /// What a path below the mount gives to the captures; none if it does not match.
    pub fn matches(&self, path: &str) -> Option<Captured> {
        let mut captured = Captured::new();
        // Nothing left, and nothing but a slash left, are different.
        let mut rest = Some(path);
        for (position, piece) in self.0.iter().enumerate() {
            match piece {
                Piece::Many(name) => {
                    let after = self.0.len() - position - 1;
                    let (many, others) = split_before_last(rest?, after)?;
                    captured.push((*name, many.to_owned()));
                    rest = others;
                }
                Piece::Rest(name) => {
                    let all = rest.take().filter(|all| !all.is_empty())?;
                    captured.push((*name, all.to_owned()));
                }
                Piece::RestOrNothing(name) => {
                    captured.push((*name, rest.take().unwrap_or_default().to_owned()));
                }
                Piece::MaybeSlash => {
                    rest.take().unwrap_or_default().is_empty().then_some(())?;
                }
                Piece::Is(_) | Piece::Name(_) | Piece::Any(_) => {
                    let (one, others) = match rest?.split_once('/') {
                        Some((one, others)) => (one, Some(others)),
                        None => (rest?, None),
                    };
                    rest = others;
                    match piece {
                        Piece::Is(text) => (one == *text).then_some(())?,
                        Piece::Name(name) if is_name(one) => {
                            captured.push((*name, one.to_owned()));
                        }
                        Piece::Any(name) if !one.is_empty() => {
                            captured.push((*name, one.to_owned()));
                        }
                        _ => return None,
                    }
                }
            }
        }
        rest.is_none().then_some(captured)
    }

    /// The pattern as a regular expression, for the help.
    pub fn regex(&self) -> String {
        let mut text = String::from("^");
        for (position, piece) in self.0.iter().enumerate() {
            let slash = if position == 0 { "" } else { "/" };
            let piece = match piece {
                Piece::Is(word) => format!("{slash}{}", word.replace('.', r"\.")),
                Piece::Name(name) => format!(r"{slash}(?P<{name}>\w(([\w-.]+)?\w)?)"),
                Piece::Any(name) => format!("{slash}(?P<{name}>[^/]+)"),
                Piece::Many(name) | Piece::Rest(name) => format!("{slash}(?P<{name}>.+)"),
                Piece::RestOrNothing(name) => format!("({slash}(?P<{name}>.*))?"),
                Piece::MaybeSlash => "/?".to_owned(),
            };
            text.push_str(&piece);
        }
        text.push('$');
        text
    }
}

/// A path before its last so many pieces, and those; none if nothing is before them.
fn split_before_last(path: &str, pieces: usize) -> Option<(&str, Option<&str>)> {
    let Some(last) = pieces.checked_sub(1) else {
        return (!path.is_empty()).then_some((path, None));
    };
    let (slash, _) = path.rmatch_indices('/').nth(last)?;
    let (before, after) = path.split_at_checked(slash)?;
    (!before.is_empty()).then_some((before, after.strip_prefix('/')))
}

/// Begins and ends with a word character; inside also dots and hyphens.
pub fn is_name(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let bytes = text.as_bytes();
    bytes.first().is_some_and(|byte| word(*byte))
        && bytes.last().is_some_and(|byte| word(*byte))
        && bytes.iter().all(|byte| word(*byte) || matches!(byte, b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLE: Pattern = Pattern(&[Piece::Is("role"), Piece::Name("name")]);
    const ROLES: Pattern = Pattern(&[Piece::Is("role"), Piece::MaybeSlash]);
    const LOOKUP: Pattern = Pattern(&[Piece::Is("lookup"), Piece::RestOrNothing("prefix")]);

    #[test]
    fn paths_are_matched_whole() {
        let name = |path| ROLE.matches(path).and_then(|captured| Some(captured.first()?.1.clone()));
        assert_eq!(name("role/my-role").as_deref(), Some("my-role"));
        assert_eq!(name("role/a").as_deref(), Some("a"));
        for path in ["role", "role/", "role/a/b", "role/-a", "role/a-", "roles/a", "", "role/a b"] {
            assert_eq!(name(path), None, "{path}");
        }
        assert!(ROLES.matches("role").is_some() && ROLES.matches("role/").is_some());
        assert!(ROLES.matches("role/x").is_none());
        for (path, rest) in [("lookup", ""), ("lookup/", ""), ("lookup/a/b", "a/b")] {
            assert_eq!(LOOKUP.matches(path), Some(vec![("prefix", rest.to_owned())]), "{path}");
        }
    }

    #[test]
    fn many_pieces_leave_what_others_need() {
        const TUNE: Pattern =
            Pattern(&[Piece::Is("mounts"), Piece::Many("path"), Piece::Is("tune")]);
        let path = |text| TUNE.matches(text).and_then(|captured| Some(captured.first()?.1.clone()));
        assert_eq!(path("mounts/a/tune").as_deref(), Some("a"));
        assert_eq!(path("mounts/auth/people/tune").as_deref(), Some("auth/people"));
        assert_eq!(path("mounts/tune/tune").as_deref(), Some("tune"));
        for text in ["mounts/tune", "mounts//tune", "mounts/a", "mounts/a/tune/", "mounts"] {
            assert_eq!(path(text), None, "{text}");
        }
    }

    #[test]
    fn patterns_are_written_as_people_know_them() {
        assert_eq!(ROLE.regex(), r"^role/(?P<name>\w(([\w-.]+)?\w)?)$");
        assert_eq!(ROLES.regex(), "^role/?$");
    }
}
