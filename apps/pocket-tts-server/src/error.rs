//! Why the server can't start or go on.

use std::{io, path::PathBuf};

use crate::settings::SettingsError;

/// Why the server can't start or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// A setting is wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The first model or its default voice can't be loaded.
    #[error(transparent)]
    Speech(#[from] pocket_tts_core::Error),
    /// An address can't be listened on.
    #[error(
        "cannot listen on {address}: {source}; is another program there? Choose another --port or --host"
    )]
    Listen {
        /// The address.
        address: String,
        /// The system's reason.
        source: io::Error,
    },
    /// A Unix socket can't be made.
    #[error("cannot make the socket {}: {source}; choose another --unix-socket", path.display())]
    Socket {
        /// Where it should be.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The Wyoming port shall be told to other machines, which don't reach it.
    #[error(
        "--wyoming-zeroconf tells other machines of the Wyoming port, but none of them reaches {0}; let --wyoming \
         listen on an address of the network, as 0.0.0.0:10200, or leave --wyoming-zeroconf out"
    )]
    Unreachable(String),
    /// The folder of voices can't be used.
    #[error("cannot use the folder {}: {source}; choose another --voices-dir", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The system refuses what a server needs.
    #[error("the server cannot go on: {0}")]
    System(io::Error),
    /// A bug.
    #[error("{0}; this is a bug of this program")]
    Internal(String),
}

/// What can be done about an error; programs map it to exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerErrorKind {
    /// Give other options.
    Usage,
    /// Install other model files.
    BadModel,
    /// Look at the machine.
    Environment,
    /// Report a bug.
    Internal,
}

impl ServerError {
    /// The class of this error.
    pub fn kind(&self) -> ServerErrorKind {
        use pocket_tts_core::ErrorKind;
        match self {
            Self::Settings(error) if error.is_about_reading() => ServerErrorKind::Environment,
            Self::Settings(_) | Self::Unreachable(_) => ServerErrorKind::Usage,
            Self::Speech(error) => match error.kind() {
                ErrorKind::InvalidRequest | ErrorKind::NotFound => ServerErrorKind::Usage,
                ErrorKind::BadModel => ServerErrorKind::BadModel,
                ErrorKind::Environment => ServerErrorKind::Environment,
                _ => ServerErrorKind::Internal,
            },
            Self::Listen { .. } | Self::Socket { .. } | Self::Folder { .. } | Self::System(_) => {
                ServerErrorKind::Environment
            }
            Self::Internal(_) => ServerErrorKind::Internal,
        }
    }
}
