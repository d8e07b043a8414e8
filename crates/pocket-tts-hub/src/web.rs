//! Files from plain web servers, kept under the hash of their address.
//!
//! It knows one cache folder and HTTP. It must not know the Hugging Face hub.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use ureq::Agent;

use super::error::FetchError;
use super::settings::FetcherSettings;
use crate::Location;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
const CHUNK_BYTES: usize = 1 << 16;
/// Beyond this it is no extension but a part of the name.
const LONGEST_EXTENSION: usize = 16;

/// Where `folder` keeps the file of a URL: the address's SHA-256 with the extension. `None` if it is no URL.
pub(super) fn cache_path(folder: &Path, location: &Location) -> Option<PathBuf> {
    let Location::Https(url) = location else { return None };
    let mut name = format!("{:x}", Sha256::digest(url));
    if let Some(extension) = location.extension().filter(|extension| is_plain(extension)) {
        name.push('.');
        name.push_str(&extension);
    }
    Some(folder.join(name))
}

/// Fetches `url`, the address of `location`, into `folder`.
///
/// A file whose server announces no length is taken as whole where the server ends it.
pub(super) fn download(
    settings: &FetcherSettings,
    folder: &Path,
    location: &Location,
    url: &str,
) -> Result<PathBuf, FetchError> {
    let no_name = || FetchError::Protocol { location: location.clone(), reason: "it is no URL".to_owned() };
    let path = cache_path(folder, location).ok_or_else(no_name)?;
    let response = agent(settings, url).get(url).call();
    let body = response.map_err(|error| FetchError::from_request(location, &error))?.into_body();

    fs::create_dir_all(folder).map_err(FetchError::disk(folder))?;
    let mut file = NamedTempFile::new_in(folder).map_err(FetchError::disk(folder))?;
    let announced_bytes = body.content_length();
    let mut received_bytes = 0;
    let mut reader = body.into_reader();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let too_large = received_bytes > settings.size_limit_bytes
            || announced_bytes.is_some_and(|bytes| bytes > settings.size_limit_bytes);
        if too_large {
            let limit_bytes = settings.size_limit_bytes;
            return Err(FetchError::TooLarge { location: location.clone(), limit_bytes });
        }
        let count = reader.read(&mut chunk).map_err(|error| FetchError::from_body(location, &error))?;
        if count == 0 {
            break;
        }
        let part = chunk.get(..count).unwrap_or_default();
        file.write_all(part).map_err(FetchError::disk(folder))?;
        received_bytes += count as u64;
    }
    if let Some(announced_bytes) = announced_bytes.filter(|bytes| *bytes != received_bytes) {
        let reason = format!("{received_bytes} of {announced_bytes} bytes came");
        return Err(FetchError::Incomplete { location: location.clone(), reason });
    }
    // Without this, a power cut could leave the final name on a file whose bytes never reached the disk.
    file.as_file().sync_all().map_err(FetchError::disk(folder))?;
    file.persist(&path).map_err(|error| FetchError::disk(&path)(error.error))?;
    Ok(path)
}

fn agent(settings: &FetcherSettings, url: &str) -> Agent {
    Agent::config_builder()
        // A redirect must not lead from protected to unprotected transport.
        .https_only(url.starts_with("https://"))
        // A compressed body would hide the length of the file.
        .accept_encoding("identity")
        .user_agent(concat!("pocket-tts/", env!("CARGO_PKG_VERSION")))
        .timeout_resolve(Some(CONNECT_TIMEOUT))
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_recv_response(Some(settings.stall_timeout))
        .timeout_per_read(Some(settings.stall_timeout))
        .build()
        .new_agent()
}

fn is_plain(extension: &str) -> bool {
    extension.len() <= LONGEST_EXTENSION && extension.chars().all(|c| c.is_ascii_alphanumeric())
}
