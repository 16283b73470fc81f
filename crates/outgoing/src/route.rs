//! Where a request may go, and where an answer sends it next: pure decisions about URLs.

use http::{HeaderMap, Method, StatusCode, header};
use kernel::{Error, Kind, Result};
use reqwest::Url;

use crate::{failure::Failure, guard::Guard};

/// What is allowed of a URL itself, before anything is looked up.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    pub(crate) guard: Guard,
    pub(crate) allow_http: bool,
}

impl Rules {
    /// Reads a URL that a request may be sent to.
    pub(crate) fn parse(&self, text: &str) -> Result<Url> {
        let url =
            Url::parse(text).map_err(|error| invalid(format!("the URL can't be read: {error}")))?;
        self.check(&url)?;
        Ok(url)
    }

    /// Refuses URLs that no request may be sent to. Odd ways to write an IPv4 address (`0x7f.1`,
    /// `2130706433`) are plain ones here already: the parser makes them so.
    fn check(&self, url: &Url) -> Result<()> {
        match url.scheme() {
            "https" => {}
            "http" if self.allow_http => {}
            "http" => return Err(invalid("the URL must start with https://".to_owned())),
            other => return Err(invalid(format!("\"{other}:\" is not a web address"))),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("the URL must not hold a name or a password".to_owned()));
        }
        let host = host(url);
        let literal = host.trim_start_matches('[').trim_end_matches(']').parse();
        let port = url.port_or_known_default().unwrap_or_default();
        match literal {
            Ok(address) if !self.guard.admits(address) => {
                Err(Failure::OutOfBounds(vec![(address, port).into()]).at(host))
            }
            _ => Ok(()),
        }
    }

    /// Where an answer redirects to, if it does and may. Only what has no body is sent again.
    pub(crate) fn redirect(
        &self,
        method: &Method,
        url: &Url,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> Result<Option<Url>> {
        let moved = matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308);
        if !moved || !(method == Method::GET || method == Method::HEAD) {
            return Ok(None);
        }
        let Some(location) = headers.get(header::LOCATION) else { return Ok(None) };
        let refuse = |reason: String| Failure::Redirect(reason).at(host(url));
        let next = location
            .to_str()
            .ok()
            .and_then(|location| url.join(location).ok())
            .ok_or_else(|| refuse("the new address can't be read".to_owned()))?;
        self.check(&next).map_err(|error| match error.kind() {
            Kind::Invalid => refuse(error.to_string()).caused_by(
                error.internal_cause().unwrap_or("the new address is not allowed").to_owned(),
            ),
            _ => error,
        })?;
        if url.scheme() == "https" && next.scheme() != "https" {
            return Err(refuse("from https to http".to_owned()));
        }
        Ok(Some(next))
    }
}

/// The headers that may go along to another URL: credentials stay at their origin.
pub(crate) fn carry_over(from: &Url, to: &Url, mut headers: HeaderMap) -> HeaderMap {
    if from.origin() == to.origin() {
        return headers;
    }
    let secret: Vec<_> = headers
        .iter()
        .filter(|(name, value)| {
            value.is_sensitive()
                || [header::AUTHORIZATION, header::COOKIE, header::PROXY_AUTHORIZATION]
                    .contains(name)
        })
        .map(|(name, _)| name.clone())
        .collect();
    for name in secret {
        headers.remove(name);
    }
    headers
}

/// The host of a URL, as errors name it.
pub(crate) fn host(url: &Url) -> &str {
    url.host_str().unwrap_or_default()
}

fn invalid(text: String) -> Error {
    Error::new(Kind::Invalid, text)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::Settings;

    fn rules(allow_http: bool) -> Rules {
        Rules { guard: Guard::new(&Settings::default()), allow_http }
    }

    #[test]
    fn what_a_url_may_be() {
        for (url, expected) in [
            ("https://example.org/a?b", ""),
            ("https://1.1.1.1:8443/", ""),
            ("https://[2606:4700::1111]/", ""),
            ("http://example.org/", "must start with https://"),
            ("ftp://example.org/", "\"ftp:\" is not a web address"),
            ("file:///etc/passwd", "\"file:\" is not a web address"),
            ("unix:/run/x", "is not a web address"),
            ("example.org", "can't be read"),
            ("https://", "can't be read"),
            ("https://user@example.org/", "name or a password"),
            ("https://:secret@example.org/", "name or a password"),
            ("https://127.0.0.1/", "private, local or special"),
            ("https://127.1/", "private, local or special"),
            ("https://0x7f000001/", "private, local or special"),
            ("https://0177.0.0.1/", "private, local or special"),
            ("https://2130706433/", "private, local or special"),
            ("https://１２７.０.０.１/", "private, local or special"),
            ("https://10.0.0.1./", "private, local or special"),
            ("https://0/", "private, local or special"),
            ("https://[::1]/", "private, local or special"),
            ("https://[::ffff:127.0.0.1]/", "private, local or special"),
            ("https://[::ffff:7f00:1]/", "private, local or special"),
            ("https://[64:ff9b::7f00:1]/", "private, local or special"),
            ("https://[fe80::1]/", "private, local or special"),
            ("https://169.254.169.254/latest/meta-data/", "private, local or special"),
        ] {
            match rules(false).parse(url) {
                Ok(_) => assert_eq!(expected, "", "{url}"),
                Err(error) => {
                    assert_eq!(error.kind(), Kind::Invalid);
                    assert!(
                        error.to_string().contains(expected) && !expected.is_empty(),
                        "{error}"
                    );
                }
            }
        }
        assert!(rules(true).parse("http://example.org").is_ok());
        assert!(rules(true).parse("http://127.0.0.1").is_err());
    }

    #[test]
    fn where_an_answer_leads() {
        let go = |method: Method, from: &str, status: u16, location: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::LOCATION, HeaderValue::from_static(location));
            let status = StatusCode::from_u16(status).unwrap();
            rules(true)
                .redirect(&method, &from.parse().unwrap(), status, &headers)
                .map(|url| url.map(|url| url.to_string()))
                .map_err(|error| error.to_string())
        };
        let get = |status, location| go(Method::GET, "https://a.org/x/y", status, location);
        let found = |url: &str| Ok(Some(url.to_owned()));
        assert_eq!(get(200, "/z"), Ok(None));
        assert_eq!(get(300, "/z"), Ok(None));
        assert_eq!(get(304, "/z"), Ok(None));
        for status in [301, 302, 303, 307, 308] {
            assert_eq!(get(status, "z?q=1"), found("https://a.org/x/z?q=1"));
        }
        assert_eq!(get(302, "//b.org"), found("https://b.org/"));
        assert_eq!(go(Method::POST, "https://a.org/", 307, "/z"), Ok(None));
        assert_eq!(go(Method::GET, "http://a.org/", 307, "http://b.org"), found("http://b.org/"));
        for (location, expected) in [
            ("http://a.org/", "from https to http"),
            ("https://127.0.0.1/", "private"),
            ("https://2130706433/", "private"),
            ("https://u:p@a.org/", "password"),
            ("gopher://a.org/", "not a web address"),
            ("https://[", "can't be read"),
        ] {
            let error = get(302, location).unwrap_err();
            assert!(
                error.starts_with("\"a.org\" redirects") && error.contains(expected),
                "{error}"
            );
        }
    }

    #[test]
    fn credentials_stay_at_their_origin() {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer x"));
        headers.insert(header::ACCEPT, HeaderValue::from_static("a/b"));
        let mut key = HeaderValue::from_static("secret");
        key.set_sensitive(true);
        headers.insert("x-key", key);
        let left = |to: &str| {
            let from = Url::parse("https://a.org/x").unwrap();
            carry_over(&from, &Url::parse(to).unwrap(), headers.clone()).len()
        };
        assert_eq!(left("https://a.org/y"), 3);
        assert_eq!(left("https://a.org:443/y"), 3);
        for other in
            ["https://b.org/x", "https://a.org:8443/x", "http://a.org/x", "https://x.a.org"]
        {
            assert_eq!(left(other), 1, "{other}");
        }
    }
}
