#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod access;
mod cache;
mod digest;
mod error;
mod http;
mod location;
mod origin;
mod progress;
mod repository;
mod settings;
#[doc(hidden)]
pub mod testing;
#[cfg(test)]
mod tests;
mod transfer;
mod web;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

pub use access::{HubAccess, HubUnreachable};
pub use cache::{CachedFile, Leftover, LeftoverKind, Verdict};
pub use error::FetchError;
pub use location::{Location, LocationError};
pub use progress::{FetchEvent, FetchObserver, Observer};
pub use settings::FetcherSettings;

use repository::RepositoryFile;
use web::WebFile;

/// Turns locations into paths of complete files. It uses the network only for files that no cache has.
///
/// It keeps no state between calls. Threads can share one fetcher.
///
/// # Source
/// `pocket_tts/utils/utils.py`, `download_if_necessary`
#[derive(Debug, Clone)]
pub struct Fetcher {
    settings: FetcherSettings,
    observer: Observer,
}

/// A file on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Its path.
    pub path: PathBuf,
    /// Bytes received over the network for it; 0 if it was local or cached.
    pub received_bytes: u64,
}

impl Fetcher {
    /// A fetcher with these settings.
    pub fn new(settings: FetcherSettings) -> Self {
        Self { settings, observer: Observer::default() }
    }

    /// A fetcher with the environment's settings, see [`FetcherSettings::from_environment`].
    pub fn from_environment() -> Self {
        Self::new(FetcherSettings::from_environment())
    }

    /// Forbids or allows the network, whatever the settings say.
    #[must_use]
    pub fn offline(mut self, offline: bool) -> Self {
        self.settings.offline = offline;
        self
    }

    /// Limits the size of files from any server.
    #[must_use]
    pub fn at_most(mut self, bytes: u64) -> Self {
        let settings = &mut self.settings;
        settings.size_limit_bytes = settings.size_limit_bytes.min(bytes);
        settings.hub_size_limit_bytes = settings.hub_size_limit_bytes.min(bytes);
        self
    }

    /// Reports the progress of each fetch to `observer`.
    #[must_use]
    pub fn observed_by(mut self, observer: Observer) -> Self {
        self.observer = observer;
        self
    }

    /// The file at `location`, from this machine if it is there, else from the network.
    ///
    /// A cached file causes no request and no write, even if its branch may have a newer version. Bytes from the network
    /// are checked against the size and the checksum that the server announces, and the file gets its name in the cache
    /// only when it is complete. An interrupted transfer is resumed, by this call or by a later one.
    ///
    /// # Errors
    /// If the file is neither on this machine nor available over the network; see [`FetchError`].
    pub fn fetch(&self, location: &Location) -> Result<PathBuf, FetchError> {
        self.obtain(location).map(|fetched| fetched.path)
    }

    /// As [`fetch`](Self::fetch), and also returns the number of received bytes.
    ///
    /// # Errors
    /// As [`fetch`](Self::fetch).
    pub fn obtain(&self, location: &Location) -> Result<Fetched, FetchError> {
        if let Location::Path(path) = location {
            return match check_file(path) {
                Ok(()) => Ok(Fetched { path: path.clone(), received_bytes: 0 }),
                Err(source) => Err(FetchError::Missing { path: path.clone(), source }),
            };
        }
        if let Some(path) = self.cached(location) {
            return Ok(Fetched { path, received_bytes: 0 });
        }
        let outcome = self.download(location);
        match &outcome {
            Ok(fetched) => {
                let total_bytes = fetched.path.metadata().map_or(0, |metadata| metadata.len());
                self.observer.notify(&FetchEvent::Finished { location, total_bytes });
            }
            Err(_) => self.observer.notify(&FetchEvent::Failed { location }),
        }
        outcome
    }

    /// The file at `location` if it is on this machine, without a request and without a write.
    pub fn cached(&self, location: &Location) -> Option<PathBuf> {
        match location {
            Location::Path(path) => check_file(path).is_ok().then(|| path.clone()),
            Location::Https(url) => {
                let path = WebFile::new(self.settings.web_cache.as_deref()?, location, url).path();
                path.is_file().then_some(path)
            }
            Location::HuggingFace { repo, path, revision } => {
                RepositoryFile::new(self.settings.hub_cache.as_deref()?, repo, path, revision.as_deref())
                    .cached()
            }
        }
    }

    /// The settings.
    pub fn settings(&self) -> &FetcherSettings {
        &self.settings
    }

    fn download(&self, location: &Location) -> Result<Fetched, FetchError> {
        let (settings, observer) = (&self.settings, &self.observer);
        let no_folder = || FetchError::NoCacheFolder { location: location.clone() };
        let allowed = |cache: Option<&PathBuf>| match cache {
            None => Err(no_folder()),
            Some(_) if settings.offline => Err(FetchError::Offline { location: location.clone() }),
            Some(folder) => Ok(folder.clone()),
        };
        let (path, received_bytes) = match location {
            Location::Path(path) => (path.clone(), 0),
            Location::Https(url) => {
                let cache = allowed(settings.web_cache.as_ref())?;
                WebFile::new(&cache, location, url).download(settings, observer)?
            }
            Location::HuggingFace { repo, path, revision } => {
                let cache = allowed(settings.hub_cache.as_ref())?;
                RepositoryFile::new(&cache, repo, path, revision.as_deref()).download(settings, observer)?
            }
        };
        Ok(Fetched { path, received_bytes })
    }
}

/// Checks that a file can be read.
fn check_file(path: &Path) -> io::Result<()> {
    let metadata = path.metadata()?;
    // Some systems can open a folder.
    if metadata.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    // Opening a named pipe waits for its writer, and closing it would terminate that writer.
    if metadata.is_file() {
        File::open(path)?;
    }
    Ok(())
}
