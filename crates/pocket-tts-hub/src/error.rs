//! Why a file could not be had, in words that say what to do about it.
//!
//! It knows how the network libraries report failures. It must not start a transfer.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

use crate::Location;

/// Why a file could not be had.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// A local file that is absent, unreadable or a folder.
    #[error("the file {} cannot be read ({source}); check its path and its permissions", .path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The network is forbidden and no cache has the file.
    #[error(
        "{location} is not in the cache, and the network is switched off; run once with a network (without \
         --offline and HF_HUB_OFFLINE), or name a file on this machine instead"
    )]
    Offline {
        /// The file.
        location: Location,
    },
    /// The server was not reached or fell silent: no network, no such host, refused, timed out.
    #[error(
        "{location} is not in the cache, and its server cannot be reached ({reason}); run once with a \
         network, or name a file on this machine instead; `pocket-tts generate` without --language \
         speaks offline"
    )]
    Unreachable {
        /// The file.
        location: Location,
        /// What the network said.
        reason: String,
    },
    /// The hub wants an account that accepted the terms of the repository (status 401 or 403).
    #[error(
        "the Hugging Face hub denies access to {location} (status {status}); log in and accept the terms on \
         https://huggingface.co/{repo}, then run `hf auth login` or set HF_TOKEN; if there is no such page, \
         check the repository's name"
    )]
    Denied {
        /// The file.
        location: Location,
        /// The repository, `owner/name`.
        repo: String,
        /// 401 or 403.
        status: u16,
    },
    /// The server has no such file (status 404 or 410).
    #[error("there is no {location} (status {status}); check the path, and the revision if there is one")]
    NotFound {
        /// The file.
        location: Location,
        /// 404 or 410.
        status: u16,
    },
    /// The server answered with another status than success.
    #[error("the server of {location} answered with status {status}; {}", status_advice(*.status))]
    Status {
        /// The file.
        location: Location,
        /// The status.
        status: u16,
    },
    /// The transfer ended before the file did. Nothing of it was kept.
    #[error("the transfer of {location} broke off ({reason}) and nothing of it was kept; run again")]
    Incomplete {
        /// The file.
        location: Location,
        /// How it ended.
        reason: String,
    },
    /// The file is larger than any model.
    #[error("{location} is larger than {limit_bytes} bytes, the most that is fetched; check the address")]
    TooLarge {
        /// The file.
        location: Location,
        /// The limit, in bytes.
        limit_bytes: u64,
    },
    /// The server spoke, but not as a server of this kind does.
    #[error("{location} cannot be fetched ({reason}); check the address, and HF_ENDPOINT if it is set")]
    Protocol {
        /// The file.
        location: Location,
        /// What was unexpected.
        reason: String,
    },
    /// No folder is known to keep downloads in.
    #[error(
        "there is no folder to keep {location} in, as the home folder is unknown; set HOME, or HF_HOME for \
         hf:// and XDG_CACHE_HOME for all"
    )]
    NoCacheFolder {
        /// The file.
        location: Location,
    },
    /// A cache folder cannot be written.
    #[error(
        "the cache at {} cannot be written ({source}); free space there, mend its permissions, or set \
         HF_HOME and XDG_CACHE_HOME to another folder",
        .path.display()
    )]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl FetchError {
    /// A failure of the disk at `path`.
    pub(super) fn disk(path: &Path) -> impl FnOnce(io::Error) -> Self {
        |source| Self::Disk { path: path.to_path_buf(), source }
    }

    /// A server that fell silent for `stall_timeout`.
    pub(super) fn stalled(location: &Location, stall_timeout: Duration) -> Self {
        let reason = format!("it was silent for {} s", stall_timeout.as_secs_f64());
        Self::Unreachable { location: location.clone(), reason }
    }

    /// What a failed request for `location` means.
    pub(super) fn from_request(location: &Location, error: &ureq::Error) -> Self {
        let (location, reason) = (location.clone(), error.to_string());
        match error {
            ureq::Error::StatusCode(status) => Self::from_status(location, *status),
            ureq::Error::Io(source) if source.kind() == io::ErrorKind::UnexpectedEof => {
                Self::Incomplete { location, reason }
            }
            ureq::Error::Io(_)
            | ureq::Error::Timeout(_)
            | ureq::Error::HostNotFound
            | ureq::Error::ConnectionFailed
            | ureq::Error::ConnectProxyFailed(_) => Self::Unreachable { location, reason },
            _ => Self::Protocol { location, reason },
        }
    }

    /// What it means that the body of `location` could not be read to its end.
    pub(super) fn from_body(location: &Location, error: &io::Error) -> Self {
        let (location, reason) = (location.clone(), error.to_string());
        let timed_out = matches!(request_error_within(error), Some(ureq::Error::Timeout(_)))
            || error.kind() == io::ErrorKind::TimedOut;
        if timed_out { Self::Unreachable { location, reason } } else { Self::Incomplete { location, reason } }
    }

    /// What a failure of the hub's library means; `staging` is where it was writing.
    pub(super) fn from_hub(location: &Location, staging: &Path, error: hf_hub::api::sync::ApiError) -> Self {
        use hf_hub::api::sync::ApiError;
        match error {
            ApiError::RequestError(error) => Self::from_request(location, &error),
            // The library copies from the network to the disk and does not tell whose failure it was.
            ApiError::IoError(error) if is_of_network(&error) => Self::from_body(location, &error),
            ApiError::IoError(error) => Self::disk(staging)(error),
            ApiError::LockAcquisition(path) => Self::disk(&path)(io::ErrorKind::WouldBlock.into()),
            other => Self::Protocol {
                location: location.clone(),
                reason: format!("the answer is not that of a Hugging Face hub: {other}"),
            },
        }
    }

    fn from_status(location: Location, status: u16) -> Self {
        match (status, location) {
            (401 | 403, Location::HuggingFace { repo, path, revision }) => Self::Denied {
                repo: repo.clone(),
                location: Location::HuggingFace { repo, path, revision },
                status,
            },
            (404 | 410, location) => Self::NotFound { location, status },
            (_, location) => Self::Status { location, status },
        }
    }
}

fn request_error_within(error: &io::Error) -> Option<&ureq::Error> {
    error.get_ref()?.downcast_ref()
}

fn is_of_network(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, TimedOut, UnexpectedEof};
    request_error_within(error).is_some()
        || matches!(error.kind(), UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe | TimedOut)
}

fn status_advice(status: u16) -> &'static str {
    match status {
        401 | 403 => "it asks for a login, which is not supported here: fetch the file by other means",
        429 => "it was asked too often: wait a while and run again",
        500.. => "it has a problem of its own: run again later",
        _ => "check the address",
    }
}
