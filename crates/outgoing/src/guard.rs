//! Which addresses may be reached: a pure judgement.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::Settings;

/// Alibaba's, Azure's and Amazon's metadata services, as far as they are not link-local.
const METADATA: [IpAddr; 3] = [
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
];

/// What an address is, as far as it matters to whoever must not be spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// Anybody's on the internet.
    Public,
    /// Of this machine or of the operator's own networks: one setting allows all of them.
    Private,
    /// Of this link, of the cloud's metadata service, of many, of nobody or of a special kind: only
    /// an explicit network allows them.
    Special,
}

/// What may be reached.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    allow_private: bool,
    allowed: Vec<IpNet>,
}

impl Guard {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self { allow_private: settings.allow_private, allowed: settings.allowed_networks.clone() }
    }

    /// Whether an address may be connected to.
    pub(crate) fn admits(&self, address: IpAddr) -> bool {
        let real = real(address);
        let listed =
            |address: &IpAddr| self.allowed.iter().any(|network| network.contains(address));
        match classify(real) {
            Class::Public => true,
            Class::Private if self.allow_private => true,
            Class::Private | Class::Special => listed(&real) || listed(&address),
        }
    }
}

/// The IPv4 address that an IPv6 one stands for: mapped, or reached through NAT64 (networks with
/// IPv6 only give every name such addresses).
fn real(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address.to_canonical() else { return address.to_canonical() };
    match v6.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let [a, b] = high.to_be_bytes();
            let [c, d] = low.to_be_bytes();
            IpAddr::V4(Ipv4Addr::new(a, b, c, d))
        }
        _ => IpAddr::V6(v6),
    }
}

fn classify(address: IpAddr) -> Class {
    match address {
        address if METADATA.contains(&address) => Class::Special,
        IpAddr::V4(v4) => classify_v4(v4),
        IpAddr::V6(v6) => classify_v6(v6),
    }
}

/// After IANA's registry of special addresses.
fn classify_v4(address: Ipv4Addr) -> Class {
    match address.octets() {
        // Loopback, private networks, shared address space.
        [10 | 127, ..] | [192, 168, ..] | [172, 16..=31, ..] | [100, 64..=127, ..] => {
            Class::Private
        }
        // "This network", link-local (with most metadata services), protocol assignments,
        // documentation, 6to4 relays, benchmarking, multicast, reserved, broadcast.
        [0 | 224.., ..]
        | [169, 254, ..]
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => Class::Special,
        _ => Class::Public,
    }
}

/// Only 2000::/3 is anybody's. What carries an IPv4 address inside (6to4, Teredo) is not, since
/// nobody needs it to reach a server and its IPv4 address may be anything.
fn classify_v6(address: Ipv6Addr) -> Class {
    match address.segments() {
        // Loopback, unique local.
        [0, 0, 0, 0, 0, 0, 0, 1] | [0xfc00..=0xfdff, ..] => Class::Private,
        // Protocol assignments with Teredo; documentation; 6to4; documentation again.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => Class::Special,
        [0x2000..=0x3fff, ..] => Class::Public,
        _ => Class::Special,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn guard(allow_private: bool, networks: &[&str]) -> Guard {
        let allowed = networks.iter().map(|network| network.parse().unwrap()).collect();
        Guard { allow_private, allowed }
    }

    #[test]
    fn every_kind_of_address() {
        for (class, addresses) in [
            (
                Class::Public,
                "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 \
                 128.0.0.0 169.253.255.255 172.15.255.255 172.32.0.0 192.0.1.1 192.167.255.255 \
                 198.17.255.255 198.20.0.0 223.255.255.255 2606:4700::1111 2a00:1450::1 2001:200::1 \
                 ::ffff:1.1.1.1 64:ff9b::8.8.8.8",
            ),
            (
                Class::Private,
                "10.0.0.0 10.255.255.255 127.0.0.1 127.255.255.255 100.64.0.0 100.127.255.255 \
                 172.16.0.0 172.31.255.255 192.168.0.1 ::1 fc00::1 fdff:ffff::1 ::ffff:10.0.0.1 \
                 ::ffff:7f00:1 64:ff9b::10.0.0.1 64:ff9b::127.0.0.1",
            ),
            (
                Class::Special,
                "0.0.0.0 0.1.2.3 169.254.169.254 169.254.0.1 100.100.100.200 168.63.129.16 192.0.0.192 \
                 192.0.2.1 192.88.99.1 198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.9 224.0.0.1 \
                 239.255.255.255 240.0.0.1 255.255.255.255 :: fe80::1 febf::1 fec0::1 ff02::1 \
                 2002:0a00:0001::1 2002:0808:0808::1 2001::1 2001:0:4136:e378::1 2001:db8::1 \
                 3fff::1 fd00:ec2::254 ::ffff:169.254.169.254 64:ff9b::169.254.169.254 64:ff9b:1::1 \
                 100::1 ::7f00:1 4000::1 5f00::1",
            ),
        ] {
            for address in addresses.split_whitespace() {
                assert_eq!(classify(real(address.parse().unwrap())), class, "{address}");
            }
        }
    }

    #[test]
    fn one_setting_opens_what_is_private_and_a_network_what_it_names() {
        let admits = |guard: &Guard, address: &str| guard.admits(address.parse().unwrap());
        let strict = guard(false, &[]);
        let private = guard(true, &[]);
        let listed = guard(false, &["10.1.0.0/16", "169.254.169.254/32", "2002::/16"]);
        for (address, by) in [
            ("1.1.1.1", [true, true, true]),
            ("127.0.0.1", [false, true, false]),
            ("10.1.2.3", [false, true, true]),
            ("::ffff:10.1.2.3", [false, true, true]),
            ("64:ff9b::10.1.2.3", [false, true, true]),
            ("10.2.2.3", [false, true, false]),
            ("169.254.169.254", [false, false, true]),
            ("169.254.169.253", [false, false, false]),
            ("2002::1", [false, false, true]),
            ("ff02::1", [false, false, false]),
        ] {
            let found = [&strict, &private, &listed].map(|guard| admits(guard, address));
            assert_eq!(found, by, "{address}");
        }
    }

    proptest! {
        /// An IPv4 address in other clothes is what it is without them.
        #[test]
        fn clothes_make_no_difference(bits: u32) {
            let bare = Ipv4Addr::from(bits);
            let [a, b, c, d] = bare.octets().map(u16::from);
            let nat64 = Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, a << 8 | b, c << 8 | d);
            for guard in [guard(false, &[]), guard(true, &[]), guard(false, &["10.0.0.0/7"])] {
                let expected = guard.admits(bare.into());
                prop_assert_eq!(guard.admits(bare.to_ipv6_mapped().into()), expected);
                prop_assert_eq!(guard.admits(nat64.into()), expected);
            }
        }
    }
}
