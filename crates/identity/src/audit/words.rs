//! The words of records, as people and other programs read them.

/// A kind of thing as the vendor's trail calls it: `authentication_token` of
/// `authentication-tokens`.
pub(crate) fn kind_in_singular(kind: &str) -> String {
    let kind = kind.replace('-', "_");
    if let Some(stem) = kind.strip_suffix("ies") {
        return format!("{stem}y");
    }
    match kind.strip_suffix('s') {
        Some(stem) if !stem.ends_with(['s', 'u']) => stem.to_owned(),
        _ => kind,
    }
}

/// A word of the wire as people read it: `State version` of `state-versions`, `Force unlock` of
/// `force-unlock`.
pub(crate) fn in_words(word: &str) -> String {
    let word = word.replace(['-', '_'], " ");
    let mut letters = word.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters.as_str().chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_called_as_the_vendor_does() {
        for (kind, name) in [
            ("authentication-tokens", "authentication_token"),
            ("workspaces", "workspace"),
            ("token-ttl-policies", "token_ttl_policy"),
            ("project-access", "project_access"),
            ("site", "site"),
            ("various", "various"),
        ] {
            assert_eq!(kind_in_singular(kind), name, "{kind}");
        }
    }

    #[test]
    fn words_are_read_without_dashes() {
        assert_eq!(in_words(&kind_in_singular("state-versions")), "State version");
        assert_eq!(in_words("force-unlock"), "Force unlock");
        assert_eq!(in_words(""), "");
    }
}
