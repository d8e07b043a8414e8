//! HTTP requests: redirects, time-outs, tokens and retries.
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
const MAX_REDIRECTS: usize = 10;
/// The longest `Retry-After` that is waited for. A longer one is an error.
const MAX_RETRY_DELAY: Duration = Duration::from_mins(1);
/// A failed attempt that received this many bytes resets the number of retries.
const PROGRESS_BYTES: u64 = 1 << 20;

/// Makes the requests for one file.
#[derive(Debug)]
pub(super) struct Client<'a> {
    agent: Agent,
    location: &'a Location,
    stall_timeout: Duration,
    /// The token, and the only server that it may be sent to.
    token: Option<(&'a str, Uri)>,
}

/// The method of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Head,
}

/// A header of a request.
pub(super) type Header<'a> = (&'static str, &'a str);

/// A response, and the URL that sent it.
pub(super) struct HttpResponse {
    pub(super) url: Uri,
    pub(super) inner: Response<Body>,
}

/// Counts the retries of a request.
#[derive(Debug)]
pub(super) struct Attempts {
    max_retries: u32,
    retries: u32,
    first_delay: Duration,
}

impl<'a> Client<'a> {
    /// A client for the file at `location`, whose first URL is `url`.
    pub(super) fn new(settings: &FetcherSettings, location: &'a Location, url: &Uri) -> Self {
        let agent = Agent::config_builder()
            // A redirect must not lead from HTTPS to HTTP.
            .https_only(url.scheme_str() == Some("https"))
            // `get` follows them, without the token on other servers.
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

    /// Sends `token` to the server of `url` and to no other.
    pub(super) fn with_token(mut self, token: Option<&'a str>, url: &Uri) -> Self {
        self.token = token.map(|token| (token, url.clone()));
        self
    }

    /// One request. The response may be a redirect but not an error status.
    pub(super) fn request(
        &self,
        method: Method,
        url: &Uri,
        headers: &[Header<'_>],
    ) -> Result<HttpResponse, FetchError> {
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
                // The `HEAD` request has been granted access, so the address has expired.
                Method::Get if matches!(status, 401 | 403) => {
                    FetchError::Status { location, status, retry_after }
                }
                _ => FetchError::from_status(location, status, retry_after),
            });
        }
        Ok(HttpResponse { url: url.clone(), inner: response })
    }

    /// A request that follows redirects to their end.
    pub(super) fn get(&self, url: &Uri, headers: &[Header<'_>]) -> Result<HttpResponse, FetchError> {
        let mut response = self.request(Method::Get, url, headers)?;
        for _ in 0..MAX_REDIRECTS {
            match self.redirect(&response)? {
                None => return Ok(response),
                Some(target) => response = self.request(Method::Get, &target, headers)?,
            }
        }
        Err(self.protocol("too many redirects"))
    }

    /// The target of a redirect; `None` for other responses.
    pub(super) fn redirect(&self, response: &HttpResponse) -> Result<Option<Uri>, FetchError> {
        if !response.inner.status().is_redirection() {
            return Ok(None);
        }
        let target = response.inner.headers().get(LOCATION).and_then(|target| target.to_str().ok());
        let target = target.and_then(|target| join(&response.url, target));
        let target = target.ok_or_else(|| self.protocol("it is redirected to an invalid address"))?;
        if response.url.scheme_str() == Some("https") && target.scheme_str() != Some("https") {
            return Err(self.protocol("it is redirected from https:// to http://"));
        }
        Ok(Some(target))
    }

    /// A violation of the protocol by the server.
    pub(super) fn protocol(&self, reason: &str) -> FetchError {
        FetchError::Protocol { location: self.location.clone(), reason: reason.to_owned() }
    }
}

impl Attempts {
    /// As many retries as the settings allow.
    pub(super) fn new(settings: &FetcherSettings) -> Self {
        Self { max_retries: settings.retries, retries: 0, first_delay: settings.retry_delay }
    }

    /// Records how many bytes an attempt received.
    pub(super) fn record_progress(&mut self, bytes: u64) {
        if bytes >= PROGRESS_BYTES {
            self.retries = 0;
        }
    }

    /// How long to wait before the next attempt after `error`; `None` if the request must not be retried.
    pub(super) fn next(&mut self, error: &FetchError) -> Option<Duration> {
        let retry_after = match error {
            FetchError::Unreachable { .. } | FetchError::TooSlow { .. } | FetchError::Incomplete { .. } => {
                None
            }
            FetchError::Status { status: 408 | 429 | 500 | 502..=504, retry_after, .. } => *retry_after,
            _ => return None,
        };
        if self.retries >= self.max_retries || retry_after.is_some_and(|wait| wait > MAX_RETRY_DELAY) {
            return None;
        }
        let delay = self.first_delay.saturating_mul(1 << self.retries.min(16)).min(MAX_RETRY_DELAY);
        self.retries += 1;
        Some(retry_after.map_or(delay, |wait| wait.max(delay)))
    }
}

/// The `Retry-After` header in seconds. Dates are ignored: the usual delay applies.
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

/// Resolves `target`, absolute or relative, against `base`.
fn join(base: &Uri, target: &str) -> Option<Uri> {
    // The fragment is not sent to a server.
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
    fn redirects_are_absolute_or_relative() {
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
    fn delays_double_and_end() {
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
        attempts.record_progress(1 << 20);
        assert!(attempts.next(&status(500, None)).is_some());
    }
}
