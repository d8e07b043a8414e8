//! Files on this machine, from the web and from the Hugging Face hub, each as a path to a whole local file.
//!
//! It knows caches and transfers. It must not know what the files hold.

mod error;
mod location;
mod repository;
mod settings;
#[doc(hidden)]
pub mod testing;
#[cfg(test)]
mod tests;
mod watch;
mod web;

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

pub use error::FetchError;
pub use location::{Location, LocationError};
pub use settings::FetcherSettings;

use repository::RepositoryFile;

/// Turns locations into paths of whole files, over the network only where no cache has them.
///
/// Nothing is remembered between calls but the settings, so that one fetcher may serve many threads.
///
/// # Source
/// `pocket_tts/utils/utils.py`, `download_if_necessary`
#[derive(Debug, Clone)]
pub struct Fetcher {
    settings: FetcherSettings,
}

impl Fetcher {
    /// A fetcher with these settings.
    pub fn new(settings: FetcherSettings) -> Self {
        Self { settings }
    }

    /// A fetcher that heeds the environment, see [`FetcherSettings::from_environment`].
    pub fn from_environment() -> Self {
        Self::new(FetcherSettings::from_environment())
    }

    /// Forbids or allows the network, whatever was set before.
    #[must_use]
    pub fn offline(mut self, offline: bool) -> Self {
        self.settings.offline = offline;
        self
    }

    /// The file at `location`, from this machine if it is there, else from the network.
    ///
    /// A file that is in a cache is never asked for again, not even one of a branch that may have moved on.
    ///
    /// # Errors
    /// If the file is neither on this machine nor to be had; the variants of [`FetchError`] say why.
    pub fn fetch(&self, location: &Location) -> Result<PathBuf, FetchError> {
        if let Location::Path(path) = location {
            return match open_file(path) {
                Ok(_) => Ok(path.clone()),
                Err(source) => Err(FetchError::Missing { path: path.clone(), source }),
            };
        }
        if let Some(path) = self.cached(location) {
            return Ok(path);
        }
        let cache = match location {
            Location::HuggingFace { .. } => self.settings.hub_cache.as_deref(),
            _ => self.settings.web_cache.as_deref(),
        };
        let cache = cache.ok_or_else(|| FetchError::NoCacheFolder { location: location.clone() })?;
        if self.settings.offline {
            return Err(FetchError::Offline { location: location.clone() });
        }
        match location {
            Location::Path(path) => Ok(path.clone()),
            Location::Https(url) => web::download(&self.settings, cache, location, url),
            Location::HuggingFace { repo, path, revision } => {
                RepositoryFile::new(cache, repo, path, revision.as_deref()).download(&self.settings)
            }
        }
    }

    /// The file at `location` if it is on this machine; the network stays untouched.
    pub fn cached(&self, location: &Location) -> Option<PathBuf> {
        match location {
            Location::Path(path) => open_file(path).is_ok().then(|| path.clone()),
            Location::Https(_) => {
                let path = web::cache_path(self.settings.web_cache.as_deref()?, location)?;
                path.is_file().then_some(path)
            }
            Location::HuggingFace { repo, path, revision } => {
                RepositoryFile::new(self.settings.hub_cache.as_deref()?, repo, path, revision.as_deref())
                    .cached()
            }
        }
    }
}

/// A folder can be opened on some systems, so its kind is asked for too.
fn open_file(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder"));
    }
    Ok(file)
}
