//! Addresses and networks. Must never read an address in two ways, as the one that wrote it and the one that checks it may.
//!
//! An address is IPv4 in dotted decimal of four numbers without leading zeros, or IPv6 in any spelling of RFC 4291, section
//! 2.2, without zone, brackets or port. A network is an address, `/` and a length in decimal (RFC 4632, RFC 4291 section 2.3),
//! or an address alone, which is the network of that one; bits beyond the length must be 0. An IPv6 address that stands for
//! an IPv4 one (`::ffff:10.0.0.1`, RFC 4291 section 2.5.5.2) is that one, and so with networks: the two families never mix.

use std::net::{IpAddr, Ipv6Addr};

/// A network, by its first address and how many of its bits count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    first: IpAddr,
    length: u32,
}

/// How many bits of an IPv6 address stand before the IPv4 address that it stands for.
const MAPPED_BITS: u32 = 96;

/// Reads an address.
pub(super) fn parse_address(text: &str) -> Option<IpAddr> {
    text.parse()
        .ok()
        .map(|address: IpAddr| address.to_canonical())
}

impl Network {
    /// Reads a network.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let Some((address, length)) = text.split_once('/') else {
            let first = parse_address(text)?;
            let length = width(first);
            return Some(Self { first, length });
        };
        let written: IpAddr = address.parse().ok()?;
        let length = parse_length(length).filter(|length| *length <= width(written))?;
        let first = written.to_canonical();
        let network = if first.is_ipv4() && written.is_ipv6() {
            // A network that is larger than all of IPv4 stays one of IPv6, to whose addresses these do not belong.
            match length.checked_sub(MAPPED_BITS) {
                Some(length) => Self { first, length },
                None => Self {
                    first: written,
                    length,
                },
            }
        } else {
            Self { first, length }
        };
        (network.masked(network.first) == bits(network.first)).then_some(network)
    }

    /// Whether the address lies in it.
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4() && self.masked(address) == bits(self.first)
    }

    /// The bits of an address that count, the others 0.
    fn masked(&self, address: IpAddr) -> u128 {
        let ignored = width(address) - self.length;
        bits(address)
            .checked_shr(ignored)
            .and_then(|counting| counting.checked_shl(ignored))
            .unwrap_or_default()
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn width(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => Ipv6Addr::BITS,
    }
}

fn parse_length(text: &str) -> Option<u32> {
    let is_canonical = text == "0" || !text.starts_with('0');
    let is_short_decimal = text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_canonical && is_short_decimal {
        text.parse().ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_in(network: &str, address: &str) -> bool {
        let network = Network::parse(network).unwrap_or_else(|| panic!("{network}"));
        network.contains(parse_address(address).unwrap_or_else(|| panic!("{address}")))
    }

    #[test]
    fn networks_contain_their_addresses_and_no_others() {
        for (network, address) in [
            ("10.0.0.0/8", "10.255.255.255"),
            ("10.1.2.3", "10.1.2.3"),
            ("10.1.2.3/32", "10.1.2.3"),
            ("0.0.0.0/0", "255.255.255.255"),
            ("192.168.4.0/22", "192.168.7.255"),
            ("2001:db8::/32", "2001:DB8:0:0::1"),
            ("::/0", "2001:db8::1"),
            ("::1", "0:0:0:0:0:0:0:1"),
            ("2001:db8::ff00/120", "2001:db8::ffff"),
        ] {
            assert!(is_in(network, address), "{network} {address}");
        }
        for (network, address) in [
            ("10.0.0.0/8", "11.0.0.0"),
            ("10.1.2.3", "10.1.2.4"),
            ("192.168.4.0/22", "192.168.8.0"),
            ("2001:db8::/32", "2001:db9::"),
            ("2001:db8::ff00/120", "2001:db8::fe00"),
        ] {
            assert!(!is_in(network, address), "{network} {address}");
        }
    }

    #[test]
    fn an_ipv4_address_in_ipv6_is_the_ipv4_address() {
        assert!(is_in("10.0.0.0/8", "::ffff:10.1.2.3"));
        assert!(is_in("10.0.0.0/8", "::ffff:a01:203"));
        assert!(is_in("::ffff:10.0.0.0/104", "10.1.2.3"));
        assert!(is_in("::ffff:10.0.0.0/104", "::ffff:10.1.2.3"));
        assert!(is_in("::ffff:0:0/96", "8.8.8.8"));
        assert!(!is_in("::ffff:10.0.0.0/104", "11.0.0.0"));
        // The families never mix, however large a network is.
        assert!(!is_in("::/0", "10.1.2.3"));
        assert!(!is_in("::/0", "::ffff:10.1.2.3"));
        assert!(!is_in("0.0.0.0/0", "2001:db8::1"));
        // What only ends like one is none.
        assert!(!is_in("10.0.0.0/8", "::10.1.2.3"));
        assert!(!is_in("10.0.0.0/8", "64:ff9b::10.1.2.3"));
    }

    #[test]
    fn only_one_spelling_of_what_systems_read_differently() {
        for address in [
            "",
            " 10.0.0.1",
            "10.0.0.1 ",
            "10.0.0",
            "10.0.0.1.2",
            "010.0.0.1",
            "0x0a.0.0.1",
            "167772161",
            "10.0.0.256",
            "10.0.0.1/8",
            "10.0.0.1:80",
            "[::1]",
            "[::1]:80",
            "::1%eth0",
            "::1%1",
            ":::1",
            "1::2::3",
            "12345::",
            "::ffff:010.0.0.1",
            "localhost",
            "１０.0.0.1",
        ] {
            assert_eq!(parse_address(address), None, "{address}");
        }
        for network in [
            "",
            "/",
            "/8",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/08",
            "10.0.0.0/+8",
            "10.0.0.0/ 8",
            "10.0.0.0/8/8",
            "10.0.0.0/255.0.0.0",
            "10.0.0.1/8",
            "10/8",
            "2001:db8::/129",
            "2001:db8::1/32",
            "::ffff:10.0.0.1/104",
            "::ffff:10.0.0.0/64",
            "10.0.0.0/4294967304",
            "10.0.0.0/-1",
        ] {
            assert_eq!(Network::parse(network), None, "{network}");
        }
    }
}
