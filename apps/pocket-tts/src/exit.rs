//! The failures of the command, and their exit codes.
//!
//! It must not print.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use pocket_tts_audio::audiobook::AudiobookError;
use pocket_tts_audio::{EncodeError, SaveAudioError};
use pocket_tts_book::BookError;
use pocket_tts_core::{Error, ErrorKind, FetchError};
use pocket_tts_dataset::DatasetError;
use pocket_tts_files::SaveError;
use pocket_tts_play::PlayError;
use pocket_tts_server::{ServerError, ServerErrorKind};
use pocket_tts_settings::SettingsError;

use crate::signal::Signal;

/// A bug; `EX_SOFTWARE` of sysexits.
pub(crate) const INTERNAL: u8 = 70;

/// Some of several items failed, and the others are done; or a check found a problem.
const SOME_FAILED: u8 = 1;
const USAGE: u8 = 2;
const BAD_MODEL: u8 = 3;
const ENVIRONMENT: u8 = 4;
/// The code that shells report for a command killed by SIGPIPE.
const CLOSED_PIPE: u8 = 141;

/// Why the command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The request cannot be met.
    #[error("{0}")]
    Usage(String),
    /// A setting is wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The library's error.
    #[error(transparent)]
    Speech(#[from] Error),
    /// The server's error.
    #[error(transparent)]
    Serve(#[from] ServerError),
    /// The output file cannot be written.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// The audio cannot be encoded in this format.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// The book cannot be read.
    #[error(transparent)]
    Book(#[from] BookError),
    /// The audiobook cannot be written.
    #[error(transparent)]
    Audiobook(#[from] AudiobookError),
    /// The set of recordings, or one of them, cannot be used.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The speech cannot be played.
    #[error(transparent)]
    Play(#[from] PlayError),
    /// A write failed.
    #[error("cannot write to {target}: {source}; check the free space, or choose another output")]
    Write { target: String, source: io::Error },
    /// The audio cannot be written to standard output.
    #[error(
        "standard output is closed, so the audio would be lost; open it, or name a file with --output-path"
    )]
    ClosedOutput,
    /// Results cannot be printed to standard output.
    #[error("standard output is closed, so nothing can be printed; open it, for example without `>&-`")]
    ClosedResults,
    /// The file with the text cannot be read.
    #[error("cannot read the text in {}: {source}; check its path and its permissions", path.display())]
    ReadText { path: PathBuf, source: io::Error },
    /// A spoken passage of a book cannot be read.
    #[error("cannot read {}: {source}; check its permissions", path.display())]
    ReadPart { path: PathBuf, source: io::Error },
    /// Standard input cannot be read.
    #[error("cannot read standard input: {0}")]
    Read(io::Error),
    /// A folder of recordings cannot be read.
    #[error("cannot read the folder {}: {source}; check its permissions", path.display())]
    ReadFolder { path: PathBuf, source: io::Error },
    /// The folder for the results cannot be created.
    #[error("cannot create the folder {}: {source}; choose another place", path.display())]
    CreateFolder { path: PathBuf, source: io::Error },
    /// Some of several voices failed. Each has been reported.
    #[error("{} of {} could not be exported: {}", names.len(), counted(*total, "voice"), names.join(", "))]
    Exports {
        names: Vec<String>,
        total: usize,
        /// What the first of them would have ended with alone.
        code: u8,
    },
    /// Some lines of a manifest failed. Each has been reported.
    #[error(
        "{failed} of {} failed; {}run the same command again to speak only what is missing",
        counted(*total, "line"),
        match (*are_wrong, *failed) {
            (false, _) => "",
            (true, 1) => "correct it and ",
            (true, _) => "correct them and ",
        }
    )]
    Lines {
        failed: usize,
        total: usize,
        /// Whether nothing but the lines themselves is wrong.
        are_wrong: bool,
    },
    /// The user interrupted the lines of a manifest.
    #[error("interrupted after {}; run the same command again to go on", counted(*spoken, "line"))]
    StoppedLines { spoken: usize, signal: Signal },
    /// Checks of this machine found problems. Each has been reported.
    #[error("{} found; follow the lines that begin with help", counted(*problems, "problem"))]
    Doctor { problems: usize },
    /// A manifest or its log cannot be read.
    #[error("cannot read {}: {source}; check its path and its permissions", path.display())]
    ReadManifest { path: PathBuf, source: io::Error },
    /// Cached files are damaged or missing. Each has been reported.
    #[error(
        "{damaged} of {} damaged or missing; `pocket-tts cache verify --remove` removes damaged files, and the next use of \
         the model fetches them again",
        if *total == 1 { "1 cached file is".to_owned() } else { format!("{total} cached files are") }
    )]
    DamagedCache { damaged: usize, total: usize },
    /// Files of the caches cannot be removed. Each has been reported.
    #[error("{} could not be removed; check the permissions of the cache", counted(*failures, "file"))]
    Prune { failures: usize },
    /// Some recordings failed. Each has been reported.
    #[error("{failed} of {} failed; {place}", counted(*total, "recording"))]
    Recordings {
        failed: usize,
        total: usize,
        /// Where the reasons are.
        place: String,
    },
    /// The user interrupted the work on recordings.
    #[error("interrupted after {}; run the same command again to go on", counted(*done, "recording"))]
    StoppedRecordings { done: usize, signal: Signal },
    /// The user interrupted the export of several voices.
    #[error("interrupted after {done} of {total} voices")]
    Stopped { done: usize, total: usize, signal: Signal },
    /// The user interrupted the work before there was any audio.
    #[error("interrupted, and nothing was written")]
    Interrupted { signal: Signal },
    /// The user interrupted the speech, which is lost.
    #[error("interrupted, and nothing was written; --keep-partial keeps the audio so far")]
    InterruptedSpeech { signal: Signal },
    /// The user interrupted the speech, and the audio so far is kept.
    #[error("interrupted, and the first {duration_s:.1} s of the speech are in {target}")]
    Partial { signal: Signal, duration_s: f64, target: String },
    /// The user interrupted the reading of a book.
    #[error("interrupted after {done} of {total} passages; run the same command again to go on there")]
    StoppedReading { done: usize, total: usize, signal: Signal },
    /// The reader of the output closed the pipe.
    #[error("the reader of the output closed the pipe")]
    ClosedPipe,
    /// A bug.
    #[error("{0}, which is a bug in this program")]
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

    /// The exit code as a number.
    pub(crate) fn number(&self) -> u8 {
        match self {
            Self::Settings(error) if error.is_environment_error() => ENVIRONMENT,
            Self::Book(BookError::Io(_))
            | Self::Audiobook(AudiobookError::Save(_))
            | Self::Dataset(
                DatasetError::Read { .. }
                | DatasetError::Save(_)
                | DatasetError::SaveSound(SaveAudioError::Save(_))
                | DatasetError::Thread(_),
            )
            | Self::Save(_)
            | Self::Play(_)
            | Self::Write { .. }
            | Self::ClosedOutput
            | Self::ClosedResults
            | Self::Read(_)
            | Self::ReadText { .. }
            | Self::ReadPart { .. }
            | Self::ReadFolder { .. }
            | Self::ReadManifest { .. }
            | Self::CreateFolder { .. }
            | Self::Prune { .. } => ENVIRONMENT,
            Self::DamagedCache { .. } => BAD_MODEL,
            Self::Lines { .. } | Self::Recordings { .. } | Self::Doctor { .. } => SOME_FAILED,
            Self::Exports { code, .. } => *code,
            Self::Dataset(_)
            | Self::Usage(_)
            | Self::Book(_)
            | Self::Audiobook(_)
            | Self::Settings(_)
            | Self::Encode(_) => USAGE,
            Self::Speech(error) => code_of_kind(error.kind()),
            Self::Serve(error) => match error.kind() {
                ServerErrorKind::Usage => USAGE,
                ServerErrorKind::BadModel => BAD_MODEL,
                ServerErrorKind::Environment => ENVIRONMENT,
                // As in `code_of_kind`.
                _ => INTERNAL,
            },
            Self::Interrupted { signal }
            | Self::InterruptedSpeech { signal }
            | Self::Partial { signal, .. }
            | Self::Stopped { signal, .. }
            | Self::StoppedLines { signal, .. }
            | Self::StoppedRecordings { signal, .. }
            | Self::StoppedReading { signal, .. } => signal.exit_code(),
            Self::ClosedPipe => CLOSED_PIPE,
            Self::Internal(_) => INTERNAL,
        }
    }

    /// Whether the request must be corrected.
    pub(crate) fn is_usage(&self) -> bool {
        self.number() == USAGE
    }

    /// Whether nothing is printed: by convention a closed pipe ends a program silently.
    pub(crate) fn is_silent(&self) -> bool {
        matches!(self, Self::ClosedPipe)
    }

    /// Whether [`hint`](Self::hint) says everything that the message advises.
    pub(crate) fn hint_replaces_advice(&self) -> bool {
        matches!(self, Self::Speech(Error::Fetch(FetchError::Offline { .. })))
    }

    /// Further advice, besides the message's own.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Speech(Error::Fetch(FetchError::Offline { .. })) => Some(
                "run once without --offline, POCKET_TTS_OFFLINE and HF_HUB_OFFLINE, for example `pocket-tts download \
                 LANGUAGE`, or leave out --language and --config to use the built-in model, which needs no network",
            ),
            Self::Speech(Error::Fetch(FetchError::Unreachable { .. })) => {
                Some("leave out --language to use the built-in model, which needs no network")
            }
            Self::Speech(Error::RecordingTooLong { .. }) => {
                Some("leave out --no-truncate to use only its first 30 s")
            }
            Self::Speech(Error::Weights { .. } | Error::Tokenizer { .. }) => {
                Some("if the file was downloaded, run `pocket-tts cache verify` to check it")
            }
            Self::Speech(Error::PredefinedVoice { .. }) => {
                Some("add --language english for that voice, or leave out --voice for the model's own")
            }
            _ => None,
        }
    }
}

fn code_of_kind(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::InvalidRequest | ErrorKind::NotFound => USAGE,
        ErrorKind::BadModel => BAD_MODEL,
        ErrorKind::Environment => ENVIRONMENT,
        // An unknown kind of error is a bug in this program.
        _ => INTERNAL,
    }
}

/// A number and its noun.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
