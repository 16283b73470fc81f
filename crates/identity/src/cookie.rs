//! The cookies: the session's, and those of somebody who is about to begin one.

use std::time::Duration;

use http::{HeaderMap, header};

/// What a cookie is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cookie {
    /// The secret of a session.
    Session,
    /// The ticket of somebody whose password was right and who has yet to show a code.
    Ticket,
    /// What binds a sign-in at another server to this browser.
    Binding,
}

impl Cookie {
    /// Browsers take a name with the prefix `__Host-` from this very host only, over TLS only; over
    /// plain HTTP they refuse it.
    const fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Session, true) => "__Host-stateward",
            (Self::Session, false) => "stateward",
            (Self::Ticket, true) => "__Host-stateward-ticket",
            (Self::Ticket, false) => "stateward-ticket",
            (Self::Binding, true) => "__Host-stateward-binding",
            (Self::Binding, false) => "stateward-binding",
        }
    }
}

fn is_secure(external_url: &str) -> bool {
    external_url.starts_with("https://")
}

/// The `Set-Cookie` value that gives the browser a cookie.
pub(crate) fn set(external_url: &str, cookie: Cookie, value: &str, lifetime: Duration) -> String {
    let secure = is_secure(external_url);
    let name = cookie.name(secure);
    let attribute = if secure { "; Secure" } else { "" };
    let seconds = lifetime.as_secs();
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{attribute}")
}

/// The `Set-Cookie` value that takes a cookie away.
pub(crate) fn clear(external_url: &str, cookie: Cookie) -> String {
    set(external_url, cookie, "", Duration::ZERO)
}

/// A cookie, as the browser sent it.
pub(crate) fn read<'a>(
    external_url: &str,
    cookie: Cookie,
    headers: &'a HeaderMap,
) -> Option<&'a str> {
    let wanted = cookie.name(is_secure(external_url));
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
            set("https://tf.example", Cookie::Session, "abc", Duration::from_mins(1)),
            "__Host-stateward=abc; Path=/; Max-Age=60; HttpOnly; SameSite=Lax; Secure"
        );
        assert_eq!(
            clear("http://tf.example", Cookie::Session),
            "stateward=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"
        );
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=b; stateward=plain"));
        headers.append(header::COOKIE, HeaderValue::from_static("x; __Host-stateward=abc; y=z"));
        let read = |url, headers| read(url, Cookie::Session, headers);
        assert_eq!(read("https://tf.example", &headers), Some("abc"));
        assert_eq!(read("http://tf.example", &headers), Some("plain"));
        assert_eq!(read("http://tf.example", &HeaderMap::new()), None);
    }

    #[test]
    fn no_cookie_is_taken_for_another() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("stateward-ticket=a; stateward=b"));
        let read = |cookie| read("http://tf.example", cookie, &headers);
        assert_eq!(read(Cookie::Ticket), Some("a"));
        assert_eq!(read(Cookie::Session), Some("b"));
        assert_eq!(read(Cookie::Binding), None);
    }
}
