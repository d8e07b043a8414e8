//! Fetches recordings from the web for clients: from public hosts only, over https only, up to a size limit.
//!
//! A host name is resolved once for each hop, every address is checked, and the connection uses one of the checked
//! addresses, so that a DNS record that changes in between has no effect.

use std::{
    fmt,
    io::{self, Read},
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use ureq::{
    Agent,
    config::Config,
    http::{Uri, header::LOCATION},
    unversioned::{
        resolver::{ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};
use url::{Host, Url};

use super::address::is_public;

/// Largest recording that is fetched for a request.
pub(super) const MAX_RECORDING_BYTES: usize = 20_000_000;
const MAX_REDIRECTS: usize = 3;
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
const TOTAL_LIMIT: Duration = Duration::from_secs(20);
const HTTPS_PORT: u16 = 443;
/// Recordings that are cached, as many as the reference caches voices.
const KEPT: usize = 2;
/// Domains of the local machine and network, whatever they resolve to.
const LOCAL_SUFFIXES: [&str; 5] = ["localhost", "local", "internal", "home.arpa", "intranet"];

/// Fetches recordings, and caches the last ones.
#[derive(Debug)]
pub(crate) struct RemoteVoices {
    web: Box<dyn Web>,
    kept: Mutex<Vec<(Url, Arc<[u8]>)>>,
}

/// Why a recording cannot be fetched, for the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct RemoteError(String);

/// The network, as far as this module needs it.
trait Web: Send + Sync + fmt::Debug {
    fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>>;
    /// Requests the URL from one of these addresses. Follows no redirects.
    fn get(&self, url: &Url, addresses: &[IpAddr], limit: Duration) -> Result<RemoteAnswer, RemoteError>;
}

#[derive(Debug)]
enum RemoteAnswer {
    Body(Vec<u8>),
    Redirect(String),
}

impl Default for RemoteVoices {
    fn default() -> Self {
        Self { web: Box::new(Internet), kept: Mutex::default() }
    }
}

impl RemoteVoices {
    /// The file at `url`, which [`check`] has approved.
    pub(crate) fn fetch(&self, url: &Url) -> Result<Arc<[u8]>, RemoteError> {
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, bytes)) = kept().iter().find(|(known, _)| known == url) {
            return Ok(Arc::clone(bytes));
        }
        let bytes: Arc<[u8]> = self.follow(url)?.into();
        let mut kept = kept();
        kept.truncate(KEPT - 1);
        kept.insert(0, (url.clone(), Arc::clone(&bytes)));
        Ok(bytes)
    }

    fn follow(&self, url: &Url) -> Result<Vec<u8>, RemoteError> {
        let end = Instant::now() + TOTAL_LIMIT;
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let addresses = self.addresses(&url)?;
            let left = end.checked_duration_since(Instant::now()).ok_or_else(too_slow)?;
            match self.web.get(&url, &addresses, left)? {
                RemoteAnswer::Body(bytes) => return Ok(bytes),
                RemoteAnswer::Redirect(target) => {
                    let target = url.join(&target).map_err(|_| refused("it redirects to an invalid URL"))?;
                    url = check(target.as_str())?;
                }
            }
        }
        Err(RemoteError(format!("it redirects more than {MAX_REDIRECTS} times")))
    }

    /// The addresses of a host, all of which are public.
    fn addresses(&self, url: &Url) -> Result<Vec<IpAddr>, RemoteError> {
        let addresses = match url.host() {
            Some(Host::Domain(name)) => {
                self.web.resolve(name).map_err(|_| refused("its host can't be found"))?
            }
            Some(Host::Ipv4(address)) => vec![address.into()],
            Some(Host::Ipv6(address)) => vec![address.into()],
            None => Vec::new(),
        };
        if addresses.is_empty() {
            return Err(refused("its host can't be found"));
        }
        if addresses.iter().all(|address| is_public(*address)) { Ok(addresses) } else { Err(not_public()) }
    }
}

/// Checks a client's URL without using the network.
pub(crate) fn check(text: &str) -> Result<Url, RemoteError> {
    let url = Url::parse(text).map_err(|error| RemoteError(format!("it is not a URL: {error}")))?;
    if url.scheme() != "https" {
        return Err(refused("only https:// is fetched"));
    }
    if !url.username().is_empty() || url.password().is_some() || text.contains('@') {
        return Err(refused("it may not hold a user name or an @"));
    }
    if url.port().is_some_and(|port| port != HTTPS_PORT) {
        return Err(refused("only port 443 is fetched from"));
    }
    let is_local = match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            LOCAL_SUFFIXES.iter().any(|suffix| {
                name.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            })
        }
        Some(Host::Ipv4(address)) => !is_public(address.into()),
        Some(Host::Ipv6(address)) => !is_public(address.into()),
        None => true,
    };
    if is_local { Err(not_public()) } else { Ok(url) }
}

fn refused(problem: &str) -> RemoteError {
    RemoteError(problem.to_owned())
}

fn not_public() -> RemoteError {
    refused("its host is not on the public internet")
}

fn too_slow() -> RemoteError {
    RemoteError(format!("it took longer than {} s", TOTAL_LIMIT.as_secs()))
}

/// The real network.
#[derive(Debug)]
struct Internet;

/// Resolves to addresses that were checked before.
#[derive(Debug)]
struct Pinned(Vec<SocketAddr>);

impl Resolver for Pinned {
    fn resolve(&self, _: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut addresses = self.empty();
        for address in self.0.iter().take(addresses.len().max(1)) {
            addresses.push(*address);
        }
        Ok(addresses)
    }
}

impl Web for Internet {
    fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        Ok((host, HTTPS_PORT).to_socket_addrs()?.map(|address| address.ip()).collect())
    }

    fn get(&self, url: &Url, addresses: &[IpAddr], limit: Duration) -> Result<RemoteAnswer, RemoteError> {
        let config = Agent::config_builder()
            .https_only(true)
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT_LIMIT))
            .timeout_global(Some(limit))
            .build();
        let pinned = addresses.iter().map(|address| SocketAddr::new(*address, HTTPS_PORT)).collect();
        let agent = Agent::with_parts(config, DefaultConnector::default(), Pinned(pinned));
        let failed = |error: &ureq::Error| match error {
            ureq::Error::Timeout(_) => too_slow(),
            _ => refused("its host gave no usable response"),
        };
        let mut response = agent.get(url.as_str()).call().map_err(|error| failed(&error))?;
        let status = response.status();
        if status.is_redirection() {
            let target = response.headers().get(LOCATION).and_then(|target| target.to_str().ok());
            return Ok(RemoteAnswer::Redirect(
                target.ok_or_else(|| refused("it redirects without a target"))?.to_owned(),
            ));
        }
        if !status.is_success() {
            return Err(RemoteError(format!("its host answered with status {}", status.as_u16())));
        }
        let mut bytes = Vec::new();
        let read =
            response.body_mut().as_reader().take(MAX_RECORDING_BYTES as u64 + 1).read_to_end(&mut bytes);
        read.map_err(|_| refused("its host closed the connection early, or was too slow"))?;
        if bytes.len() > MAX_RECORDING_BYTES {
            return Err(RemoteError(format!("it is larger than {MAX_RECORDING_BYTES} bytes")));
        }
        Ok(RemoteAnswer::Body(bytes))
    }
}

#[cfg(test)]
mod tests;
