//! The identity of a client, for rates, limits and the log.

use std::net::{IpAddr, Ipv6Addr};

use super::keys::ApiKeys;

/// Bits of an IPv6 address that a provider assigns to one customer, who chooses the rest.
const CUSTOMER_BITS: u32 = 64;

/// A client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Client {
    /// The holder of a key, by the index of the key. Keys with the same label belong to one client.
    Key(usize),
    /// Without keys, the IPv4 address or the network of the IPv6 address; `None` over a Unix socket.
    Address(Option<IpAddr>),
}

impl Client {
    /// The client at an address.
    pub(crate) fn at(address: Option<IpAddr>) -> Self {
        Self::Address(address.map(|address| match address.to_canonical() {
            IpAddr::V6(address) => {
                let mask = u128::MAX << (Ipv6Addr::BITS - CUSTOMER_BITS);
                IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & mask))
            }
            address @ IpAddr::V4(_) => address,
        }))
    }

    /// The client's name in the log: the label of its key, or its address. Never the key.
    pub(crate) fn label(self, keys: &ApiKeys) -> String {
        match self {
            Self::Key(index) => keys.label(index).to_owned(),
            Self::Address(Some(address @ IpAddr::V6(_))) if !address.is_loopback() => {
                format!("{address}/{CUSTOMER_BITS}")
            }
            Self::Address(Some(address)) => address.to_string(),
            Self::Address(None) => "unix".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_cannot_change_its_identity_within_its_own_network() {
        let client = |text: &str| Client::at(Some(text.parse().unwrap()));
        assert_eq!(client("2001:db8:1:2::1"), client("2001:db8:1:2:ffff::2"));
        assert_ne!(client("2001:db8:1:2::1"), client("2001:db8:1:3::1"));
        assert_eq!(client("::ffff:192.0.2.1"), client("192.0.2.1"));
        assert_ne!(client("192.0.2.1"), client("192.0.2.2"));
    }

    #[test]
    fn the_log_names_a_label_or_an_address_and_never_a_key() {
        let keys = ApiKeys::new(["laptop:sesame", "secret"]);
        let label = |client: Client| client.label(&keys);
        assert_eq!((label(Client::Key(0)), label(Client::Key(1))), ("laptop".to_owned(), "key-2".to_owned()));
        let address = |text: &str| label(Client::at(Some(text.parse().unwrap())));
        assert_eq!(address("192.0.2.1"), "192.0.2.1");
        assert_eq!(address("2001:db8:1:2::1"), "2001:db8:1:2::/64");
        assert_eq!(label(Client::at(None)), "unix");
    }
}
