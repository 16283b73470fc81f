//! The session's cookie.

use std::time::Duration;

use http::{HeaderMap, header};

/// Browsers take a name with this prefix from this very host only, over TLS only.
const SECURE_NAME: &str = "__Host-stateward";
/// Over plain HTTP browsers refuse that prefix.
const PLAIN_NAME: &str = "stateward";

fn is_secure(external_url: &str) -> bool {
    external_url.starts_with("https://")
}

const fn name(secure: bool) -> &'static str {
    if secure { SECURE_NAME } else { PLAIN_NAME }
}

/// The `Set-Cookie` value that begins a session.
pub(crate) fn set(external_url: &str, value: &str, lifetime: Duration) -> String {
    let secure = is_secure(external_url);
    let name = name(secure);
    let attribute = if secure { "; Secure" } else { "" };
    let seconds = lifetime.as_secs();
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{attribute}")
}

/// The `Set-Cookie` value that ends a session.
pub(crate) fn clear(external_url: &str) -> String {
    set(external_url, "", Duration::ZERO)
}

/// The session's secret, as the browser sent it.
pub(crate) fn read<'a>(external_url: &str, headers: &'a HeaderMap) -> Option<&'a str> {
    let wanted = name(is_secure(external_url));
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == wanted && !value.is_empty()).then_some(value))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn over_tls_the_cookie_is_bound_to_this_host() {
        assert_eq!(
            set("https://tf.example", "abc", Duration::from_mins(1)),
            "__Host-stateward=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
        );
        assert_eq!(
            clear("http://tf.example"),
            "stateward=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
        );
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=b; stateward=plain"));
        headers.append(header::COOKIE, HeaderValue::from_static("x; __Host-stateward=abc; y=z"));
        assert_eq!(read("https://tf.example", &headers), Some("abc"));
        assert_eq!(read("http://tf.example", &headers), Some("plain"));
        assert_eq!(read("http://tf.example", &HeaderMap::new()), None);
    }
}
