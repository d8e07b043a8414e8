//! Files from plain web servers, cached under the hash of their URL.
//!
//! It knows one cache folder: `HASH.EXTENSION` contains the bytes and `.origins/HASH.EXTENSION` records their origin. It
//! must not know the Hugging Face hub.

use std::path::{Path, PathBuf};
use std::thread;

use ureq::http::header::{ETAG, LAST_MODIFIED};
use ureq::http::{HeaderMap, Uri};

use super::digest::{self, Checksum};
use super::error::FetchError;
use super::http::{Attempts, Client, HttpResponse};
use super::origin::Origin;
use super::progress::{FetchEvent, Observer};
use super::settings::FetcherSettings;
use super::transfer::{Transfer, content_length};
use crate::Location;
use pocket_tts_files::Lock;
use pocket_tts_files::partial::{leftovers, leftovers_of_any_version, remove, unfinished_bytes};

pub(super) const LOCKS: &str = ".locks";

/// A longer extension is a part of the name.
const MAX_EXTENSION_LENGTH: usize = 16;
/// Characters of the hash that identifies a version of a file.
const VERSION_CHARACTERS: usize = 16;

/// A file of a web server.
#[derive(Debug)]
pub(super) struct WebFile<'a> {
    location: &'a Location,
    url: &'a str,
    folder: &'a Path,
    name: String,
}

impl<'a> WebFile<'a> {
    /// The file at `location`, whose URL is `url`. Its name in `folder` is the SHA-256 of the URL with its extension.
    pub(super) fn new(folder: &'a Path, location: &'a Location, url: &'a str) -> Self {
        let mut name = digest::sha256_of(url);
        if let Some(extension) = location.extension().filter(|extension| is_plain(extension)) {
            name.push('.');
            name.push_str(&extension);
        }
        Self { location, url, folder, name }
    }

    /// Its path in the cache.
    pub(super) fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    /// Fetches the file. Returns its path and the number of received bytes.
    ///
    /// If the server announces no length, the end of the body is the end of the file.
    pub(super) fn download(
        &self,
        settings: &FetcherSettings,
        observer: &Observer,
    ) -> Result<(PathBuf, u64), FetchError> {
        let url: Uri = self.url.parse().map_err(|error| FetchError::Protocol {
            location: self.location.clone(),
            reason: format!("it is not a URL: {error}"),
        })?;
        let path = self.path();
        let _lock = self.lock(settings, observer);
        if path.is_file() {
            return Ok((path, 0));
        }
        let client = Client::new(settings, self.location, &url);
        let response = self.open(&client, &url, settings, observer)?;
        let headers = response.inner.headers();
        let validator = validator(headers);
        // A partial file of another version must not be resumed.
        let version = validator.as_deref().map_or_else(|| "0".to_owned(), digest::sha256_of);
        let stem = format!("{}.{}", self.name, version.get(..VERSION_CHARACTERS).unwrap_or("0"));
        if validator.is_none() {
            remove(&leftovers(self.folder, &stem));
        }
        let transfer = Transfer {
            location: self.location,
            settings,
            observer,
            client: &client,
            url: &url,
            folder: self.folder,
            stem: &stem,
            expected_bytes: content_length(headers),
            limit_bytes: settings.size_limit_bytes,
            checksum: Checksum::of_headers(headers),
            if_range: validator,
        };
        let has_partial = !leftovers(self.folder, &stem).is_empty();
        let received_bytes = transfer.run(&path, (!has_partial).then_some(response))?;
        // The record is optional, so an error is ignored.
        drop(Origin::of(self.url, &path).and_then(|origin| origin.write(self.folder, &self.name)));
        remove(&leftovers_of_any_version(self.folder, &self.name));
        Ok((path, received_bytes))
    }

    fn lock(&self, settings: &FetcherSettings, observer: &Observer) -> Lock {
        if !settings.locks {
            return Lock::none();
        }
        let path = self.folder.join(LOCKS).join(format!("{}.lock", self.name));
        let progress = || unfinished_bytes(self.folder, &self.name);
        let on_wait = || observer.notify(&FetchEvent::Waiting { location: self.location });
        Lock::acquire(&path, settings.stall_timeout.saturating_mul(2), progress, on_wait)
    }

    fn open(
        &self,
        client: &Client<'_>,
        url: &Uri,
        settings: &FetcherSettings,
        observer: &Observer,
    ) -> Result<HttpResponse, FetchError> {
        let mut attempts = Attempts::new(settings);
        loop {
            let error = match client.get(url, &[]) {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            let Some(delay) = attempts.next(&error) else { return Err(error) };
            let (location, reason) = (self.location, &error.summary());
            observer.notify(&FetchEvent::Retrying { location, reason, delay });
            thread::sleep(delay);
        }
    }
}

/// The validator that allows parts of a file to be joined: a strong `ETag`, or else the modification date.
fn validator(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::to_owned);
    text(ETAG).filter(|etag| etag.starts_with('"')).or_else(|| text(LAST_MODIFIED))
}

fn is_plain(extension: &str) -> bool {
    extension.len() <= MAX_EXTENSION_LENGTH && extension.chars().all(|c| c.is_ascii_alphanumeric())
}
