//! The host names that a server without keys answers to, as protection from DNS rebinding.
//!
//! A page of another site can make its own name resolve to the address of this server. Its requests then look like those
//! of the server's own pages except for the name in `Host`, which is a name in the public domain name system. So only
//! addresses and names outside that system are allowed.

use std::net::IpAddr;

use actix_web::http::header::{HOST, HeaderMap};

use crate::api_error::ApiError;

/// Stands for all names.
const ALL: &str = "*";
/// Domains reserved for private use, in which no name can be registered.
const PRIVATE_DOMAINS: [&str; 4] = [".localhost", ".local", ".internal", ".home.arpa"];
/// Characters of a refused name that are shown.
const MAX_SHOWN: usize = 80;

/// The names that a server answers to.
#[derive(Debug, Clone)]
pub(crate) struct AllowedHosts {
    check: Check,
    /// In lower case.
    names: Vec<String>,
}

/// Which requests are checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    None,
    /// Requests over a network. Pages cannot reach a Unix socket.
    Network,
    All,
}

impl AllowedHosts {
    /// Allows the operator's names, the host that the server listens on, and this machine's name. With keys nothing is
    /// checked unless the operator gives names.
    pub(crate) fn new(given: &[String], listening: &str, has_keys: bool) -> Self {
        let check = match (given, has_keys) {
            (given, _) if given.iter().any(|name| name == ALL) => Check::None,
            ([], true) => Check::None,
            ([], false) => Check::Network,
            _ => Check::All,
        };
        let machine = gethostname::gethostname().to_string_lossy().into_owned();
        let own = [listening.to_owned(), machine];
        let names = given.iter().chain(&own).map(|name| name.to_ascii_lowercase()).collect();
        Self { check, names }
    }

    /// What is wrong with an operator's name, if anything.
    pub(crate) fn problem_of(name: &str) -> Option<&'static str> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_[]:".contains(&byte);
        let has_port = host_of(name) != name;
        (name != ALL && (name.is_empty() || has_port || !name.bytes().all(is_plain)))
            .then_some("it must be a host name without scheme and port, such as tts.example.org, or *")
    }

    /// Rejects requests to other names.
    pub(crate) fn check(&self, headers: &HeaderMap, has_address: bool) -> Result<(), ApiError> {
        if self.check == Check::None || (self.check == Check::Network && !has_address) {
            return Ok(());
        }
        let hosts = headers.get_all(HOST).map(|value| value.to_str().unwrap_or_default());
        let Some(refused) = hosts.map(host_of).find(|host| !self.answers_to(host)) else { return Ok(()) };
        let shown: String = refused.chars().take(MAX_SHOWN).flat_map(char::escape_debug).collect();
        let message = format!(
            "this server does not answer to the host name `{shown}`; use its address, or have its operator allow the name \
             with --allowed-host"
        );
        Err(ApiError::refused(421, message).code("host_not_allowed"))
    }

    fn answers_to(&self, host: &str) -> bool {
        let host = host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase();
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(&host);
        // A name without a dot is one of the local network, such as that of a container.
        bare.parse::<IpAddr>().is_ok()
            || !host.contains('.')
            || PRIVATE_DOMAINS.iter().any(|domain| host.ends_with(domain))
            || self.names.contains(&host)
    }
}

/// The host of `HOST` or `HOST:PORT`.
fn host_of(text: &str) -> &str {
    match text.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && is_whole(host) => host,
        _ => text,
    }
}

/// Whether this is not a prefix of an IPv6 address.
fn is_whole(host: &str) -> bool {
    host.ends_with(']') || !host.contains(':')
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn hosts(given: &[&str], has_keys: bool) -> AllowedHosts {
        let given: Vec<String> = given.iter().map(|name| (*name).to_owned()).collect();
        AllowedHosts::new(&given, "tts.example.net", has_keys)
    }

    fn check(hosts: &AllowedHosts, host: &'static str, has_address: bool) -> Result<(), ApiError> {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static(host));
        hosts.check(&headers, has_address)
    }

    fn answers(given: &[&str], has_keys: bool, host: &'static str) -> bool {
        check(&hosts(given, has_keys), host, true).is_ok()
    }

    #[test]
    fn addresses_and_private_names_are_allowed() {
        for host in [
            "localhost",
            "localhost:8000",
            "LOCALHOST.",
            "app.localhost",
            "127.0.0.1:8000",
            "192.0.2.7",
            "[::1]:8000",
            "[2001:db8::1]",
            "pocket-tts:8000",
            "nas.local",
            "pocket-tts.default.svc.cluster.local:8000",
            "tts.home.arpa",
            "TTS.example.net:8000",
        ] {
            assert!(answers(&[], false, host), "{host}");
        }
        assert!(hosts(&[], false).check(&HeaderMap::new(), true).is_ok());
        let machine = gethostname::gethostname().to_string_lossy().into_owned();
        assert!(hosts(&[], false).answers_to(&machine));
    }

    #[test]
    fn public_names_are_rejected_unless_the_operator_allows_them() {
        for host in [
            "evil.example",
            "evil.example:8000",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "evil.example:8000:8000",
            "[::1].evil.example",
            "tts.example.net.evil.example",
            "1.2.3",
            "a.b@localhost",
        ] {
            assert!(!answers(&[], false, host), "{host}");
            assert!(!answers(&["tts.example.org"], true, host), "{host}");
            assert!(answers(&["*"], false, host), "{host}");
        }
        assert!(answers(&["tts.example.org"], false, "tts.Example.org:80"));
        let error = check(&hosts(&[], false), "evil.example", true).unwrap_err();
        assert_eq!(error.status(), 421);
        assert!(error.to_string().contains("`evil.example`") && error.to_string().contains("--allowed-host"));
        // One of several must not hide the others.
        let mut headers = HeaderMap::new();
        headers.append(HOST, HeaderValue::from_static("localhost"));
        headers.append(HOST, HeaderValue::from_static("evil.example"));
        assert!(hosts(&[], false).check(&headers, true).is_err());
    }

    #[test]
    fn keys_and_unix_sockets_need_no_check_unless_names_are_given() {
        assert!(answers(&[], true, "evil.example"));
        assert!(check(&hosts(&[], false), "evil.example", false).is_ok());
        assert!(check(&hosts(&["tts.example.org"], false), "evil.example", false).is_err());
    }

    #[test]
    fn an_allowed_name_has_neither_scheme_nor_port() {
        for name in ["*", "tts.example.org", "[::1]", "10.0.0.1"] {
            assert_eq!(AllowedHosts::problem_of(name), None, "{name}");
        }
        for name in ["", "https://tts.example.org", "tts.example.org:80", "tts.example.org/", "a b"] {
            assert!(AllowedHosts::problem_of(name).is_some(), "{name}");
        }
    }
}
