//! Requests over HTTP: redirects, time-outs, tokens that stay with their server, and when to ask again.
//!
//! It must not know what is being fetched.

use std::time::Duration;

use ureq::http::header::{AUTHORIZATION, LOCATION, RETRY_AFTER};
use ureq::http::{HeaderMap, Response, Uri};
use ureq::{Agent, Body};

use super::error::FetchError;
use super::settings::FetcherSettings;
use crate::Location;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
const MOST_REDIRECTS: usize = 10;
/// The longest wait that a server can ask for. Whoever asks for more is told of by an error.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// Bytes that make a failed attempt count as headway.
const HEADWAY_BYTES: u64 = 1 << 20;

/// What makes requests for one file.
#[derive(Debug)]
pub(super) struct Client<'a> {
    agent: Agent,
    location: &'a Location,
    stall_timeout: Duration,
    /// The token, and the only server that may see it.
    token: Option<(&'a str, Uri)>,
}

/// How a request is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Head,
}

/// A header of a request.
pub(super) type Header<'a> = (&'static str, &'a str);

/// An answer, and whose it is.
pub(super) struct Answer {
    pub(super) url: Uri,
    pub(super) response: Response<Body>,
}

/// How often a request may still be made again.
#[derive(Debug)]
pub(super) struct Attempts {
    most: u32,
    made: u32,
    first_delay: Duration,
}

impl<'a> Client<'a> {
    /// A client for the file at `location`, which is first asked for at `url`.
    pub(super) fn new(settings: &FetcherSettings, location: &'a Location, url: &Uri) -> Self {
        let agent = Agent::config_builder()
            // A redirect must not lead from protected to unprotected transport.
            .https_only(url.scheme_str() == Some("https"))
            // They are followed here, where the token can be kept back.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            // A compressed body would hide the length of the file.
            .accept_encoding("identity")
            .user_agent(concat!("pocket-tts/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(CONNECT_TIMEOUT))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_recv_response(Some(settings.stall_timeout))
            .timeout_per_read(Some(settings.stall_timeout))
            .build()
            .new_agent();
        Self { agent, location, stall_timeout: settings.stall_timeout, token: None }
    }

    /// Sends `token` along to the server of `url`, and to no other.
    pub(super) fn with_token(mut self, token: Option<&'a str>, url: &Uri) -> Self {
        self.token = token.map(|token| (token, url.clone()));
        self
    }

    /// One request, whose answer may be a redirect but no error.
    pub(super) fn ask(
        &self,
        method: Method,
        url: &Uri,
        headers: &[Header<'_>],
    ) -> Result<Answer, FetchError> {
        let mut request = match method {
            Method::Get => self.agent.get(url),
            Method::Head => self.agent.head(url),
        };
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some((token, _)) = self.token.as_ref().filter(|(_, home)| same_server(home, url)) {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let response = request.call();
        let response =
            response.map_err(|error| FetchError::from_request(self.location, &error, self.stall_timeout))?;
        let status = response.status();
        if status.is_client_error() || status.is_server_error() {
            let (location, status, retry_after) =
                (self.location.clone(), status.as_u16(), retry_after(response.headers()));
            return Err(match method {
                // Who may have a file was settled by the first question. Here an address has expired.
                Method::Get if matches!(status, 401 | 403) => {
                    FetchError::Status { location, status, retry_after }
                }
                _ => FetchError::from_status(location, status, retry_after),
            });
        }
        Ok(Answer { url: url.clone(), response })
    }

    /// A request that follows redirects to their end.
    pub(super) fn get(&self, url: &Uri, headers: &[Header<'_>]) -> Result<Answer, FetchError> {
        let mut answer = self.ask(Method::Get, url, headers)?;
        for _ in 0..MOST_REDIRECTS {
            match self.redirect(&answer)? {
                None => return Ok(answer),
                Some(target) => answer = self.ask(Method::Get, &target, headers)?,
            }
        }
        Err(self.protocol("it is redirected without end"))
    }

    /// Where an answer leads, if it is a redirect.
    pub(super) fn redirect(&self, answer: &Answer) -> Result<Option<Uri>, FetchError> {
        if !answer.response.status().is_redirection() {
            return Ok(None);
        }
        let target = answer.response.headers().get(LOCATION).and_then(|target| target.to_str().ok());
        let target = target.and_then(|target| join(&answer.url, target));
        let target = target.ok_or_else(|| self.protocol("it is redirected to no usable address"))?;
        if answer.url.scheme_str() == Some("https") && target.scheme_str() != Some("https") {
            return Err(self.protocol("it is redirected to an address without protection"));
        }
        Ok(Some(target))
    }

    /// A server that doesn't speak as it should.
    pub(super) fn protocol(&self, reason: &str) -> FetchError {
        FetchError::Protocol { location: self.location.clone(), reason: reason.to_owned() }
    }
}

impl Attempts {
    /// As many as the settings allow.
    pub(super) fn new(settings: &FetcherSettings) -> Self {
        Self { most: settings.retries, made: 0, first_delay: settings.retry_delay }
    }

    /// Takes note of how much an attempt brought.
    pub(super) fn headway(&mut self, bytes: u64) {
        if bytes >= HEADWAY_BYTES {
            self.made = 0;
        }
    }

    /// How long to wait before the next attempt after `error`; `None` if there shall be none.
    pub(super) fn next(&mut self, error: &FetchError) -> Option<Duration> {
        let asked_for = match error {
            FetchError::Unreachable { .. } | FetchError::TooSlow { .. } | FetchError::Incomplete { .. } => {
                None
            }
            FetchError::Status { status: 408 | 429 | 500 | 502..=504, retry_after, .. } => *retry_after,
            _ => return None,
        };
        if self.made >= self.most || asked_for.is_some_and(|wait| wait > LONGEST_WAIT) {
            return None;
        }
        let delay = self.first_delay.saturating_mul(1 << self.made.min(16)).min(LONGEST_WAIT);
        self.made += 1;
        Some(asked_for.map_or(delay, |wait| wait.max(delay)))
    }
}

/// What a server says about when to come back. Dates are not read: the usual waiting time does as well.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

fn same_server(one: &Uri, other: &Uri) -> bool {
    let parts = |url: &Uri| {
        let default_port = if url.scheme_str() == Some("https") { 443 } else { 80 };
        let host = url.host().map(str::to_ascii_lowercase);
        (url.scheme_str().map(str::to_owned), host, url.port_u16().unwrap_or(default_port))
    };
    parts(one) == parts(other)
}

/// The address that `target`, whole or relative, means in an answer from `base`.
fn join(base: &Uri, target: &str) -> Option<Uri> {
    // The part behind # is for the reader of a file, not for its server.
    let target = target.split('#').next().unwrap_or_default();
    let scheme = base.scheme_str()?;
    let text = if has_scheme(target) {
        target.to_owned()
    } else if target.starts_with("//") {
        format!("{scheme}:{target}")
    } else {
        let folder = if target.starts_with('/') {
            ""
        } else {
            base.path().rsplit_once('/').map_or("/", |(folder, _)| folder)
        };
        let slash = if target.starts_with('/') || folder.ends_with('/') { "" } else { "/" };
        format!("{scheme}://{}{folder}{slash}{target}", base.authority()?)
    };
    let url: Uri = text.parse().ok()?;
    (matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some()).then_some(url)
}

fn has_scheme(target: &str) -> bool {
    target
        .split_once("://")
        .is_some_and(|(scheme, _)| scheme.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Attempts, join, same_server};
    use crate::{FetchError, FetcherSettings, Location};

    #[test]
    fn redirects_are_whole_or_relative() {
        let base = "https://host:8443/a/b?x=1".parse().unwrap();
        for (target, expected) in [
            ("https://other/c", Some("https://other/c")),
            ("//other/c", Some("https://other/c")),
            ("/c?d=/e://f", Some("https://host:8443/c?d=/e://f")),
            ("c", Some("https://host:8443/a/c")),
            ("/c#part", Some("https://host:8443/c")),
            ("ftp://other/c", None),
            ("https:///c", None),
            ("/a b", None),
        ] {
            assert_eq!(join(&base, target).map(|url| url.to_string()).as_deref(), expected, "{target}");
        }
    }

    #[test]
    fn a_server_is_a_scheme_a_host_and_a_port() {
        let same = |one: &str, other: &str| same_server(&one.parse().unwrap(), &other.parse().unwrap());
        assert!(same("https://Host/a", "https://host:443/b"));
        for other in ["http://host/a", "https://host:1/a", "https://cdn.host/a", "https://host.evil/a"] {
            assert!(!same("https://host/a", other), "{other}");
        }
    }

    #[test]
    fn waiting_times_double_and_end() {
        let location = Location::parse("https://host/a").unwrap();
        let status = |status, retry_after: Option<u64>| FetchError::Status {
            location: location.clone(),
            status,
            retry_after: retry_after.map(Duration::from_secs),
        };
        let delays = |error: &FetchError| {
            let mut attempts = Attempts::new(&FetcherSettings::default());
            let delays = std::iter::from_fn(|| attempts.next(error)).map(|delay| delay.as_secs());
            delays.collect::<Vec<_>>()
        };
        assert_eq!(delays(&status(503, None)), [1, 2, 4]);
        assert_eq!(delays(&status(429, Some(3))), [3, 3, 4]);
        assert_eq!(delays(&status(429, Some(61))), [0; 0]);
        assert_eq!(delays(&status(418, None)), [0; 0]);
        assert_eq!(delays(&FetchError::NotFound { location: location.clone(), status: 404 }), [0; 0]);
        let mut attempts = Attempts::new(&FetcherSettings { retries: 1, ..FetcherSettings::default() });
        assert!(attempts.next(&status(500, None)).is_some() && attempts.next(&status(500, None)).is_none());
        attempts.headway(1 << 20);
        assert!(attempts.next(&status(500, None)).is_some());
    }
}
