//! How the command can fail, and the one place that turns failures into exit codes.
//!
//! It must not print.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use pocket_tts_audio::{EncodeError, SpeedError};
use pocket_tts_core::{Error, ErrorKind, FetchError};
use pocket_tts_files::SaveError;
use pocket_tts_server::{ServerError, ServerErrorKind};
use pocket_tts_settings::SettingsError;

use crate::signal::Signal;

/// A bug; `EX_SOFTWARE` of sysexits.
pub(crate) const INTERNAL: u8 = 70;

const USAGE: u8 = 2;
const BAD_MODEL: u8 = 3;
const ENVIRONMENT: u8 = 4;
/// What shells report of a command that died of a closed pipe.
const CLOSED_PIPE: u8 = 141;

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// Something was asked for that can't be had.
    #[error("{0}")]
    Usage(String),
    /// A setting is wrong, wherever it came from.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The library's error.
    #[error(transparent)]
    Speech(#[from] Error),
    /// The server's error.
    #[error(transparent)]
    Serve(#[from] ServerError),
    /// The output file can't be written.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// The sound can't be had in that format.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The sound can't be had at that speed.
    #[error(transparent)]
    Speed(#[from] SpeedError),
    /// A write failed on the way.
    #[error("cannot write to {target}: {source}; check the free space, or choose another place")]
    Write { target: String, source: io::Error },
    /// There is nowhere to write to.
    #[error(
        "standard output is closed, so the sound would be lost; open it, or name a file with --output-path"
    )]
    ClosedOutput,
    /// There is nowhere to print to.
    #[error("standard output is closed, so nobody would see what was asked for; open it")]
    ClosedAnswer,
    /// The file with the text can't be read.
    #[error("cannot read the text in {}: {source}; check its path and its permissions", path.display())]
    ReadText { path: PathBuf, source: io::Error },
    /// Standard input can't be read.
    #[error("cannot read standard input: {0}")]
    Read(io::Error),
    /// A folder of recordings can't be read.
    #[error("cannot read the folder {}: {source}; check its permissions", path.display())]
    ReadFolder { path: PathBuf, source: io::Error },
    /// A folder for the results can't be made.
    #[error("cannot create the folder {}: {source}; choose another place", path.display())]
    CreateFolder { path: PathBuf, source: io::Error },
    /// Some of several voices failed; each has been told already.
    #[error("{} of {} could not be exported: {}", names.len(), counted(*total, "voice"), names.join(", "))]
    Exports {
        names: Vec<String>,
        total: usize,
        /// What the first of them would have ended with alone.
        code: u8,
    },
    /// Files of the caches are damaged or gone; each has been told already.
    #[error(
        "{damaged} of {} damaged or gone; `pocket-tts cache verify --remove` removes what is, and the next use of the \
         model fetches it again",
        if *total == 1 { "1 cached file is".to_owned() } else { format!("{total} cached files are") }
    )]
    DamagedCache { damaged: usize, total: usize },
    /// Leftovers of the caches can't be removed; each has been told already.
    #[error("{} could not be removed; check the permissions of the cache", counted(*failures, "file"))]
    Prune { failures: usize },
    /// The user interrupted the export of several voices.
    #[error("interrupted after {done} of {total} voices")]
    Stopped { done: usize, total: usize, signal: Signal },
    /// The user interrupted the work before there was speech.
    #[error("interrupted: nothing was written")]
    Interrupted { signal: Signal },
    /// The user interrupted the speech, which is lost.
    #[error("interrupted: nothing was written; --keep-partial keeps what has been spoken until then")]
    InterruptedSpeech { signal: Signal },
    /// The user interrupted the speech, which is kept.
    #[error("interrupted: the first {duration_s:.1} s of the speech are in {target}")]
    Partial { signal: Signal, duration_s: f64, target: String },
    /// The reader of the sound has left.
    #[error("the reader of the sound closed the pipe")]
    ClosedPipe,
    /// A bug.
    #[error("{0}, which is a bug of this program")]
    Internal(String),
}

impl Failure {
    /// Returns the failure of a write to `target`.
    pub(crate) fn write(target: &str, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::BrokenPipe {
            Self::ClosedPipe
        } else {
            Self::Write { target: target.to_owned(), source }
        }
    }

    /// The exit code.
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(self.number())
    }

    /// The number behind the exit code.
    pub(crate) fn number(&self) -> u8 {
        match self {
            Self::Settings(error) if error.is_environment_error() => ENVIRONMENT,
            Self::Save(_)
            | Self::Write { .. }
            | Self::ClosedOutput
            | Self::ClosedAnswer
            | Self::Read(_)
            | Self::ReadText { .. }
            | Self::ReadFolder { .. }
            | Self::CreateFolder { .. }
            | Self::Prune { .. } => ENVIRONMENT,
            Self::DamagedCache { .. } => BAD_MODEL,
            Self::Exports { code, .. } => *code,
            Self::Usage(_) | Self::Settings(_) | Self::Encode(_) | Self::Speed(_) => USAGE,
            Self::Speech(error) => code_of_kind(error.kind()),
            Self::Serve(error) => match error.kind() {
                ServerErrorKind::Usage => USAGE,
                ServerErrorKind::BadModel => BAD_MODEL,
                ServerErrorKind::Environment => ENVIRONMENT,
                // As below.
                _ => INTERNAL,
            },
            Self::Interrupted { signal }
            | Self::InterruptedSpeech { signal }
            | Self::Partial { signal, .. }
            | Self::Stopped { signal, .. } => signal.exit_code(),
            Self::ClosedPipe => CLOSED_PIPE,
            Self::Internal(_) => INTERNAL,
        }
    }

    /// Whether there is nobody to tell: the tools at both ends of a pipe end without a word.
    pub(crate) fn is_silent(&self) -> bool {
        matches!(self, Self::ClosedPipe)
    }

    /// What may help, if the message doesn't say it.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Speech(Error::Fetch(FetchError::Offline { .. })) => Some(
                "the network is switched off by --offline, POCKET_TTS_OFFLINE or HF_HUB_OFFLINE; \
                 `pocket-tts download LANGUAGE` fetches all that a model needs, and without --language and --config \
                 the built-in model speaks, which needs no network",
            ),
            Self::Speech(Error::Fetch(FetchError::Unreachable { .. })) => Some(
                "`pocket-tts generate` without --language speaks with the built-in model, which needs no network",
            ),
            Self::Speech(Error::RecordingTooLong { .. }) => {
                Some("leave out --no-truncate to take the voice from its first 30 s")
            }
            Self::Speech(Error::Weights { .. } | Error::Tokenizer { .. }) => {
                Some("if the file was downloaded, `pocket-tts cache verify` tells whether it is damaged")
            }
            Self::Speech(Error::PredefinedVoice { .. }) => Some(
                "with --language english that voice speaks; without --voice a model speaks with its own voice",
            ),
            _ => None,
        }
    }
}

fn code_of_kind(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::InvalidRequest | ErrorKind::NotFound => USAGE,
        ErrorKind::BadModel => BAD_MODEL,
        ErrorKind::Environment => ENVIRONMENT,
        // A class that this program doesn't know yet is one that it should.
        _ => INTERNAL,
    }
}

/// A number of things.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
