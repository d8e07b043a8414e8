//! Why the server cannot start or has stopped.

use std::{io, path::PathBuf};

use pocket_tts_settings::SettingsError;

/// Why the server cannot start or has stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// A setting is wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The first model or its default voice cannot be loaded.
    #[error(transparent)]
    Speech(#[from] pocket_tts_core::Error),
    /// An address cannot be bound.
    #[error(
        "cannot listen on {address}: {source}; choose another --port or --host if another program uses it"
    )]
    Listen {
        /// The address.
        address: String,
        /// The system's reason.
        source: io::Error,
    },
    /// A host to listen on has no known address.
    #[error(
        "cannot find the address of the host `{host}`: {source}; check the spelling of the name, or give an address of \
         this machine, such as 127.0.0.1"
    )]
    UnknownHost {
        /// The host.
        host: String,
        /// The system's reason.
        source: io::Error,
    },
    /// A Unix socket cannot be created.
    #[error("cannot create the socket {}: {source}; choose another --unix-socket", path.display())]
    Socket {
        /// Its path.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The Wyoming port is to be advertised, but no other machine can reach it.
    #[error(
        "--wyoming-zeroconf advertises the Wyoming port, but other machines cannot reach {0}; let --wyoming listen on an \
         address of the network, as 0.0.0.0:10200, or leave out --wyoming-zeroconf"
    )]
    Unreachable(String),
    /// The folder of voices cannot be used.
    #[error("cannot use the folder {}: {source}; choose another --voices-dir", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The operating system refuses a resource.
    #[error("the server cannot continue: {0}")]
    System(io::Error),
    /// A bug.
    #[error("{0}; this is a bug in this program")]
    Internal(String),
}

/// The class of an error; programs map it to exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerErrorKind {
    /// Give other options.
    Usage,
    /// Install other model files.
    BadModel,
    /// Check the machine: files, permissions, the network.
    Environment,
    /// Report a bug.
    Internal,
}

impl ServerError {
    /// The class of this error.
    pub fn kind(&self) -> ServerErrorKind {
        use pocket_tts_core::ErrorKind;
        match self {
            Self::Settings(error) if error.is_environment_error() => ServerErrorKind::Environment,
            Self::Settings(_) | Self::Unreachable(_) => ServerErrorKind::Usage,
            Self::Speech(error) => match error.kind() {
                ErrorKind::InvalidRequest | ErrorKind::NotFound => ServerErrorKind::Usage,
                ErrorKind::BadModel => ServerErrorKind::BadModel,
                ErrorKind::Environment => ServerErrorKind::Environment,
                _ => ServerErrorKind::Internal,
            },
            Self::Listen { .. }
            | Self::UnknownHost { .. }
            | Self::Socket { .. }
            | Self::Folder { .. }
            | Self::System(_) => ServerErrorKind::Environment,
            Self::Internal(_) => ServerErrorKind::Internal,
        }
    }
}
