//! Where a request comes from, past proxies that may say so.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;

use crate::{Network, Peer};

/// The client as far as we may believe it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Client {
    pub(super) address: Option<IpAddr>,
    pub(super) secure: bool,
    /// Whether the other end of the connection is a trusted proxy.
    pub(super) trusted: bool,
}

impl Client {
    pub(super) fn of(peer: Option<&Peer>, headers: &HeaderMap, proxies: &[Network]) -> Self {
        let Some(peer) = peer else { return Self { address: None, secure: false, trusted: false } };
        let address = peer.address.ip().to_canonical();
        let is_proxy = |address| proxies.iter().any(|network| network.contains(address));
        if !is_proxy(address) {
            return Self { address: Some(address), secure: peer.secure, trusted: false };
        }
        let forwarded = forwarded_for(headers, is_proxy).unwrap_or(address);
        let protocol = headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
        let secure = protocol.map_or(peer.secure, |text| last(text).eq_ignore_ascii_case("https"));
        Self { address: Some(forwarded), secure, trusted: true }
    }
}

/// The last address that no trusted proxy has: whatever stands before it, the client may have
/// made up. If all are proxies it is the first of them.
fn forwarded_for(headers: &HeaderMap, is_proxy: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
    let mut found = None;
    for value in headers.get_all("x-forwarded-for").iter().rev() {
        for part in value.to_str().ok()?.rsplit(',') {
            let Some(address) = parse(part.trim()) else { return found };
            found = Some(address);
            if !is_proxy(address) {
                return found;
            }
        }
    }
    found
}

/// An address, with or without a port.
fn parse(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(with_port).map(|address: IpAddr| address.to_canonical())
}

/// The last item of a list: the proxy next to us wrote it.
fn last(text: &str) -> &str {
    text.rsplit(',').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn client(peer: &str, forwarded: &[&str], proxies: &[&str]) -> Client {
        let peer = Peer { address: peer.parse().unwrap(), secure: false };
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        headers.insert("x-forwarded-proto", "https".parse().unwrap());
        let proxies: Vec<Network> = proxies.iter().map(|text| text.parse().unwrap()).collect();
        Client::of(Some(&peer), &headers, &proxies)
    }

    fn address(text: &str) -> Option<IpAddr> {
        text.parse().ok()
    }

    #[test]
    fn strangers_are_not_believed() {
        let client = client("203.0.113.9:1", &["198.51.100.1"], &["10.0.0.0/8"]);
        assert_eq!(client.address, address("203.0.113.9"));
        assert!(!client.secure);
    }

    #[test]
    fn the_last_address_that_is_no_proxy_counts() {
        let chain = ["1.1.1.1, 198.51.100.7", "10.0.0.2"];
        let client = client("[::ffff:10.0.0.1]:1", &chain, &["10.0.0.0/8"]);
        assert_eq!(client.address, address("198.51.100.7"));
        assert!(client.secure);
    }

    #[test]
    fn ports_and_brackets_are_taken_off() {
        let proxies = ["10.0.0.0/8"];
        for (text, expected) in [
            ("198.51.100.7:4711", "198.51.100.7"),
            ("[2001:db8::1]:4711", "2001:db8::1"),
            ("[2001:db8::1]", "2001:db8::1"),
            ("unknown", "10.0.0.1"),
            ("", "10.0.0.1"),
        ] {
            assert_eq!(
                client("10.0.0.1:1", &[text], &proxies).address,
                address(expected),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn nothing_in_front_changes_the_answer(junk in "[ -~]{0,80}") {
            let value = format!("{junk}, 198.51.100.7");
            let client = client("10.0.0.1:1", &[&value], &["10.0.0.0/8"]);
            prop_assert_eq!(client.address, address("198.51.100.7"));
        }
    }
}
