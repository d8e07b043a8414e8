//! Errors of fetching, with advice in their messages.
//!
//! It knows how the network libraries report failures. It must not start a transfer.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;
use ureq::Timeout;

use crate::Location;

/// Why a file could not be fetched.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// A local file does not exist, is unreadable or is a folder.
    #[error("the file {} cannot be read ({source}); check its path and its permissions", .path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The network is forbidden and no cache has the file.
    #[error(
        "{location} is not in the cache, and the network is switched off; allow the network once (the variable \
         HF_HUB_OFFLINE forbids it too), or name a file on this machine instead"
    )]
    Offline {
        /// The file.
        location: Location,
    },
    /// The server could not be reached or stopped responding: no network, no such host, refused, timed out.
    #[error(
        "{location} is not in the cache, and its server cannot be reached ({reason}); run once with a \
         network, or name a file on this machine instead"
    )]
    Unreachable {
        /// The file.
        location: Location,
        /// The network's error.
        reason: String,
    },
    /// The hub requires an account that has accepted the terms of the repository (status 401 or 403).
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
    /// The server responded with an error status.
    #[error(
        "the server of {location} responded with status {status}{}; {}",
        after(*.retry_after),
        status_advice(*.status)
    )]
    Status {
        /// The file.
        location: Location,
        /// The status.
        status: u16,
        /// How long the server asks to wait before a retry.
        retry_after: Option<Duration>,
    },
    /// The connection was closed before the end of the file. The next fetch resumes the transfer.
    #[error("the transfer of {location} was interrupted ({reason}); run again to resume it")]
    Incomplete {
        /// The file.
        location: Location,
        /// How it was interrupted.
        reason: String,
    },
    /// The transfer was too slow. The next fetch resumes it.
    #[error(
        "the transfer of {location} was aborted, as it was slower than {least_bytes_per_second} bytes per second; \
         run again when the network is faster to resume it"
    )]
    TooSlow {
        /// The file.
        location: Location,
        /// The required speed, in bytes per second.
        least_bytes_per_second: u64,
    },
    /// The received bytes are not the announced file. None of them was kept.
    #[error(
        "the data received for {location} is not the announced file ({reason}), and nothing of it was kept; run \
         again, and if the error persists, check for a proxy, and HF_ENDPOINT if it is set"
    )]
    Damaged {
        /// The file.
        location: Location,
        /// How it differs.
        reason: String,
    },
    /// The file is larger than any model.
    #[error("{location} is larger than the limit of {limit_bytes} bytes; check the address")]
    TooLarge {
        /// The file.
        location: Location,
        /// The limit, in bytes.
        limit_bytes: u64,
    },
    /// The server violated the protocol.
    #[error("{location} cannot be fetched ({reason}); check the address, and HF_ENDPOINT if it is set")]
    Protocol {
        /// The file.
        location: Location,
        /// What was unexpected.
        reason: String,
    },
    /// No cache folder is known.
    #[error(
        "there is no cache folder for {location}, as the home folder is unknown; set HOME, or HF_HOME for \
         hf:// and XDG_CACHE_HOME for all"
    )]
    NoCacheFolder {
        /// The file.
        location: Location,
    },
    /// A cache folder cannot be written.
    #[error(
        "the cache at {} cannot be written ({source}); free space there, fix its permissions, or set \
         HF_HOME and XDG_CACHE_HOME to another folder",
        .path.display()
    )]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

impl FetchError {
    /// A disk error at `path`.
    pub(super) fn disk(path: &Path) -> impl FnOnce(io::Error) -> Self {
        |source| Self::Disk { path: path.to_path_buf(), source }
    }

    /// The error for a failed request for `location`.
    pub(super) fn from_request(location: &Location, error: &ureq::Error, stall_timeout: Duration) -> Self {
        let (location, reason) = (location.clone(), error.to_string());
        match error {
            ureq::Error::Timeout(Timeout::RecvResponse | Timeout::PerRead) => {
                Self::Unreachable { location, reason: no_data(stall_timeout) }
            }
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

    /// The error for a failure while the body of `location` is read.
    pub(super) fn from_body(location: &Location, error: &io::Error, stall_timeout: Duration) -> Self {
        let location = location.clone();
        let timed_out = matches!(request_error_within(error), Some(ureq::Error::Timeout(_)))
            || error.kind() == io::ErrorKind::TimedOut;
        if timed_out {
            Self::Unreachable { location, reason: no_data(stall_timeout) }
        } else {
            Self::Incomplete { location, reason: error.to_string() }
        }
    }

    /// The error for an error status.
    pub(super) fn from_status(location: Location, status: u16, retry_after: Option<Duration>) -> Self {
        match (status, location) {
            (401 | 403, Location::HuggingFace { repo, path, revision }) => Self::Denied {
                repo: repo.clone(),
                location: Location::HuggingFace { repo, path, revision },
                status,
            },
            (404 | 410, location) => Self::NotFound { location, status },
            (_, location) => Self::Status { location, status, retry_after },
        }
    }

    /// The problem without advice, for messages about a retry.
    pub(super) fn summary(&self) -> String {
        match self {
            Self::Unreachable { location, reason } => {
                format!("the server of {location} cannot be reached ({reason})")
            }
            Self::Incomplete { location, reason } => {
                format!("the transfer of {location} was interrupted ({reason})")
            }
            Self::TooSlow { location, .. } => format!("the transfer of {location} is too slow"),
            Self::Status { location, status, .. } => {
                format!("the server of {location} responded with status {status}")
            }
            other => other.to_string(),
        }
    }

    /// Whether a later fetch can resume from the bytes received so far.
    pub(super) fn is_resumable(&self) -> bool {
        !matches!(self, Self::Damaged { .. } | Self::TooLarge { .. })
    }
}

fn no_data(stall_timeout: Duration) -> String {
    format!("it sent nothing for {} s", stall_timeout.as_secs_f64())
}

fn after(retry_after: Option<Duration>) -> String {
    retry_after.map_or_else(String::new, |wait| format!(" and asks to wait {} s", wait.as_secs()))
}

fn request_error_within(error: &io::Error) -> Option<&ureq::Error> {
    error.get_ref()?.downcast_ref()
}

fn status_advice(status: u16) -> &'static str {
    match status {
        401 | 403 => "it requires a login, which is not supported: fetch the file by other means",
        429 => "it received too many requests: wait a while and run again",
        500.. => "it has an internal problem: run again later",
        _ => "check the address",
    }
}
