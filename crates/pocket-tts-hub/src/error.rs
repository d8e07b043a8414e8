//! Why a file could not be had, in words that say what to do about it.
//!
//! It knows how the network libraries report failures. It must not start a transfer.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;
use ureq::Timeout;

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
        "{location} is not in the cache, and the network is switched off; allow the network once (the variable \
         HF_HUB_OFFLINE forbids it too), or name a file on this machine instead"
    )]
    Offline {
        /// The file.
        location: Location,
    },
    /// The server was not reached or fell silent: no network, no such host, refused, timed out.
    #[error(
        "{location} is not in the cache, and its server cannot be reached ({reason}); run once with a \
         network, or name a file on this machine instead"
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
    #[error(
        "the server of {location} answered with status {status}{}; {}",
        after(*.retry_after),
        status_advice(*.status)
    )]
    Status {
        /// The file.
        location: Location,
        /// The status.
        status: u16,
        /// How long the server asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// The transfer ended before the file did. What came is taken up again by the next fetch.
    #[error("the transfer of {location} broke off ({reason}); run again, and it goes on from there")]
    Incomplete {
        /// The file.
        location: Location,
        /// How it ended.
        reason: String,
    },
    /// The transfer would have taken for ever. What came is taken up again by the next fetch.
    #[error(
        "the transfer of {location} was given up, as less than {least_bytes_per_second} bytes a second came; \
         run again when the network is faster, and it goes on from there"
    )]
    TooSlow {
        /// The file.
        location: Location,
        /// What should have come, in bytes a second.
        least_bytes_per_second: u64,
    },
    /// The bytes that came are not those of the file that was announced. None of them was kept.
    #[error(
        "what came as {location} is not the announced file ({reason}), and nothing of it was kept; run again, \
         and if it stays so, look for a proxy on the way, or at HF_ENDPOINT if it is set"
    )]
    Damaged {
        /// The file.
        location: Location,
        /// In what it differs.
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

    /// What a failed request for `location` means.
    pub(super) fn from_request(location: &Location, error: &ureq::Error, stall_timeout: Duration) -> Self {
        let (location, reason) = (location.clone(), error.to_string());
        match error {
            ureq::Error::Timeout(Timeout::RecvResponse | Timeout::PerRead) => {
                Self::Unreachable { location, reason: silence(stall_timeout) }
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

    /// What it means that the body of `location` could not be read to its end.
    pub(super) fn from_body(location: &Location, error: &io::Error, stall_timeout: Duration) -> Self {
        let location = location.clone();
        let timed_out = matches!(request_error_within(error), Some(ureq::Error::Timeout(_)))
            || error.kind() == io::ErrorKind::TimedOut;
        if timed_out {
            Self::Unreachable { location, reason: silence(stall_timeout) }
        } else {
            Self::Incomplete { location, reason: error.to_string() }
        }
    }

    /// What a status that is no success means.
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

    /// What happened, without advice, for those who wait for another attempt.
    pub(super) fn in_short(&self) -> String {
        match self {
            Self::Unreachable { location, reason } => {
                format!("the server of {location} cannot be reached ({reason})")
            }
            Self::Incomplete { location, reason } => {
                format!("the transfer of {location} broke off ({reason})")
            }
            Self::TooSlow { location, .. } => format!("the transfer of {location} is too slow"),
            Self::Status { location, status, .. } => {
                format!("the server of {location} answered with status {status}")
            }
            other => other.to_string(),
        }
    }

    /// Whether what came until then is the beginning of the file, as far as is known.
    pub(super) fn leaves_a_beginning(&self) -> bool {
        !matches!(self, Self::Damaged { .. } | Self::TooLarge { .. })
    }
}

fn silence(stall_timeout: Duration) -> String {
    format!("it was silent for {} s", stall_timeout.as_secs_f64())
}

fn after(retry_after: Option<Duration>) -> String {
    retry_after.map_or_else(String::new, |wait| format!(" and asks to wait {} s", wait.as_secs()))
}

fn request_error_within(error: &io::Error) -> Option<&ureq::Error> {
    error.get_ref()?.downcast_ref()
}

fn status_advice(status: u16) -> &'static str {
    match status {
        401 | 403 => "it asks for a login, which is not supported here: fetch the file by other means",
        429 => "it was asked too often: wait a while and run again",
        500.. => "it has a problem of its own: run again later",
        _ => "check the address",
    }
}
