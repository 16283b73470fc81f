//! Whom an identity is meant for.

/// The names of this server that an identity may be meant for: its URL, with and without a slash,
/// its host with the port, and its host.
pub(crate) fn audiences_of(external_url: &str) -> Vec<String> {
    let url = external_url.trim_end_matches('/');
    let authority = url.split_once("://").map_or(url, |(_, authority)| authority);
    let host = match authority.rsplit_once(':') {
        // Not the colons inside of an IPv6 address.
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let mut names = vec![url.to_owned(), format!("{url}/"), authority.to_owned(), host.to_owned()];
    names.dedup();
    names
}

/// Whether one of an identity's audiences is the one that is wanted; if none is, one of ours.
pub(crate) fn is_meant_for(wanted: &str, ours: &[String], audiences: &[&str]) -> bool {
    let fits = |audience: &&str| {
        if wanted.is_empty() {
            ours.iter().any(|name| name == audience)
        } else {
            wanted == *audience
        }
    };
    audiences.iter().any(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_has_a_few_names() {
        for (url, expected) in [
            ("https://tf.example.org", vec!["tf.example.org"]),
            ("https://tf.example.org:8443", vec!["tf.example.org:8443", "tf.example.org"]),
            ("https://[::1]:8443", vec!["[::1]:8443", "[::1]"]),
            ("https://[::1]", vec!["[::1]"]),
        ] {
            let mut all = vec![url.to_owned(), format!("{url}/")];
            all.extend(expected.into_iter().map(str::to_owned));
            assert_eq!(audiences_of(url), all);
        }
    }

    #[test]
    fn an_identity_for_somebody_else_is_not_for_us() {
        let ours = audiences_of("https://tf.example.org:8443");
        for (wanted, audiences, expected) in [
            ("", vec!["https://tf.example.org:8443"], true),
            ("", vec!["tf.example.org"], true),
            ("", vec!["else", "tf.example.org:8443"], true),
            ("", vec![], false),
            ("", vec![""], false),
            ("", vec!["TF.example.org"], false),
            ("", vec!["https://tf.example.org"], false),
            ("", vec!["tf.example.org.evil.example"], false),
            ("special", vec!["special"], true),
            ("special", vec!["tf.example.org", "special"], true),
            ("special", vec!["tf.example.org"], false),
            ("special", vec![], false),
        ] {
            assert_eq!(is_meant_for(wanted, &ours, &audiences), expected, "{wanted} {audiences:?}");
        }
    }
}
