//! The address of a client behind trusted proxies.
//!
//! Each proxy appends the address of its client to `X-Forwarded-For` or `Forwarded`. Anything before the entry of the
//! first trusted proxy can be forged, so entries are read from the right.

use std::net::{IpAddr, SocketAddr};

use actix_web::http::header::{FORWARDED, HeaderMap, HeaderName, X_FORWARDED_FOR};
use ipnet::IpNet;

/// Stands for proxies that connect over a Unix socket.
const UNIX: &str = "unix";

/// The proxies whose entries are trusted.
#[derive(Debug, Clone, Default)]
pub(crate) struct TrustedProxies {
    networks: Vec<IpNet>,
    unix: bool,
}

impl TrustedProxies {
    /// Takes addresses, networks such as `10.0.0.0/8`, and `unix`.
    ///
    /// # Errors
    ///
    /// Returns the text that is none of these.
    pub(crate) fn parse(texts: &[String]) -> Result<Self, String> {
        let mut proxies = Self::default();
        for text in texts.iter().map(|text| text.trim()) {
            if text == UNIX {
                proxies.unix = true;
                continue;
            }
            let network = text.parse().or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
            proxies.networks.push(network.map_err(|_| text.to_owned())?);
        }
        Ok(proxies)
    }

    /// The address of the client of a request; `None` over a Unix socket.
    pub(crate) fn client_address(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
        let listed = entries(headers, &X_FORWARDED_FOR, address);
        let forwarded = entries(headers, &FORWARDED, forwarded_for);
        let by_list = self.follow(peer, &listed);
        if forwarded.is_empty() {
            return by_list;
        }
        let by_forwarded = self.follow(peer, &forwarded);
        // Proxies write one of the two headers and pass the other one on unchecked. If they differ, the client may have
        // forged one.
        if listed.is_empty() || by_list == by_forwarded { by_forwarded } else { peer }
    }

    /// The last address that is not a trusted proxy's, or else the first known one.
    fn follow(&self, peer: Option<IpAddr>, entries: &[Option<IpAddr>]) -> Option<IpAddr> {
        let mut client = peer;
        let mut unread = entries.iter().rev();
        while self.trusts(client)
            && let Some(Some(address)) = unread.next()
        {
            client = Some(*address);
        }
        client
    }

    fn trusts(&self, address: Option<IpAddr>) -> bool {
        address.map_or(self.unix, |address| {
            let address = address.to_canonical();
            self.networks.iter().any(|network| network.contains(&address))
        })
    }
}

/// The entries of all lines of a header, in order; `None` for an entry without an address.
fn entries(
    headers: &HeaderMap,
    name: &HeaderName,
    read: impl Fn(&str) -> Option<IpAddr>,
) -> Vec<Option<IpAddr>> {
    let lines = headers.get_all(name).map(|value| value.to_str().unwrap_or_default());
    // Commas within quotes separate entries, too. Otherwise a client's open quote would hide the entries of proxies.
    lines.flat_map(|line| line.split(',')).map(read).collect()
}

/// The address in an entry of `Forwarded`.
fn forwarded_for(entry: &str) -> Option<IpAddr> {
    let mut pairs = entry.split(';').filter_map(|pair| pair.split_once('='));
    let (_, node) = pairs.find(|(name, _)| name.trim().eq_ignore_ascii_case("for"))?;
    address(node)
}

/// An address with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    bare.parse::<IpAddr>().ok().or_else(with_port).map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn client(trusted: &[&str], peer: Option<&str>, lines: &[(&'static str, &'static str)]) -> String {
        let trusted: Vec<String> = trusted.iter().map(|text| (*text).to_owned()).collect();
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        let peer = peer.map(|peer| peer.parse().unwrap());
        let address = TrustedProxies::parse(&trusted).unwrap().client_address(peer, &headers);
        address.map_or("none".to_owned(), |address| address.to_string())
    }

    #[test]
    fn no_proxy_is_trusted_by_default() {
        let claim = [("x-forwarded-for", "192.0.2.9"), ("forwarded", "for=192.0.2.9")];
        assert_eq!(client(&[], Some("192.0.2.1"), &claim), "192.0.2.1");
        assert_eq!(client(&["10.0.0.0/8"], Some("192.0.2.1"), &claim), "192.0.2.1");
        assert_eq!(client(&["10.0.0.0/8"], None, &claim), "none");
    }

    #[test]
    fn the_last_address_that_is_no_trusted_proxy_is_the_client() {
        for (lines, expected) in [
            (&[("x-forwarded-for", "192.0.2.9")][..], "192.0.2.9"),
            // What a client writes itself comes before what the proxy has seen.
            (&[("x-forwarded-for", "1.2.3.4, 192.0.2.9")], "192.0.2.9"),
            (&[("x-forwarded-for", "1.2.3.4"), ("x-forwarded-for", "192.0.2.9")], "192.0.2.9"),
            (&[("x-forwarded-for", "1.2.3.4, 192.0.2.9, 10.1.1.1")], "192.0.2.9"),
            (&[("x-forwarded-for", "10.3.3.3, 10.1.1.1")], "10.3.3.3"),
            (&[("x-forwarded-for", "1.2.3.4, unknown, 10.1.1.1")], "10.1.1.1"),
            (&[("x-forwarded-for", "192.0.2.9:4711")], "192.0.2.9"),
            (&[("x-forwarded-for", "2001:db8::1")], "2001:db8::1"),
            (&[("forwarded", "for=1.2.3.4, for=\"[2001:db8::1]:4711\";proto=https")], "2001:db8::1"),
            (&[("forwarded", "by=10.0.0.1;For=192.0.2.9")], "192.0.2.9"),
            (&[("forwarded", "for=1.2.3.4;host=\"open, for=192.0.2.9")], "192.0.2.9"),
            (&[("forwarded", "for=_hidden")], "10.0.0.1"),
            (&[], "10.0.0.1"),
        ] {
            assert_eq!(client(&["10.0.0.0/8"], Some("10.0.0.1"), lines), expected, "{lines:?}");
        }
        let lines = [("x-forwarded-for", "192.0.2.9")];
        assert_eq!(client(&["10.0.0.1"], Some("::ffff:10.0.0.1"), &lines), "192.0.2.9");
        assert_eq!(client(&["unix"], None, &lines), "192.0.2.9");
    }

    #[test]
    fn headers_that_contradict_each_other_are_not_trusted() {
        let both = |address| [("x-forwarded-for", "192.0.2.9"), ("forwarded", address)];
        assert_eq!(client(&["10.0.0.1"], Some("10.0.0.1"), &both("for=192.0.2.9")), "192.0.2.9");
        assert_eq!(client(&["10.0.0.1"], Some("10.0.0.1"), &both("for=1.2.3.4")), "10.0.0.1");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for wrong in ["", "example.org", "10.0.0.0/33", "*"] {
            assert_eq!(TrustedProxies::parse(&[wrong.to_owned()]).unwrap_err(), wrong);
        }
    }
}
