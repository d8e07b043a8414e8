//! Everything that can go wrong, by what the caller can do about it.

use std::io::ErrorKind::InvalidData;
use std::path::PathBuf;

use pocket_tts_audio::AudioError;
use pocket_tts_files::SaveError;
use pocket_tts_hub::FetchError;
use pocket_tts_markup::MarkupError;
use pocket_tts_tensor::WeightError;
use pocket_tts_text::{TextError, TokenizerError};

use crate::{
    ModelTag,
    cloning_refusal::CloningRefusal,
    config::{ConfigProblem, Location, closest},
    voices::is_voice_mix,
};

/// The result of a fallible operation of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why speech could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text has nothing to say (see [`Error::is_nothing_to_say`]), or can't be tokenized.
    #[error("cannot speak the text: {0}")]
    Text(TextError),
    /// The mark-up of the text is invalid.
    #[error("the mark-up of the text is wrong in {problem}; {}", problem.help)]
    Markup {
        /// What is wrong, and where.
        problem: MarkupError,
    },
    /// An option is outside its range.
    #[error("`{option}` {problem}")]
    InvalidOption {
        /// The option's name.
        option: &'static str,
        /// What is wrong, and what is allowed.
        problem: String,
    },
    /// No voice has that name.
    #[error(
        "there is no voice `{name}`{} a voice can also be a recording (WAV, MP3, FLAC, Ogg, WebM, AAC or M4A) or an exported \
         voice (.safetensors), as a path, an https:// or hf:// location",
        known_are(meant.as_deref(), known)
    )]
    UnknownVoice {
        /// The name asked for.
        name: String,
        /// The name that was probably meant.
        meant: Option<String>,
        /// The names that would have worked.
        known: Vec<String>,
    },
    /// Several voices were asked for at once, as in `alba(1)+marius(2)`.
    #[error("`{name}` names a mix of voices, and voices cannot be mixed; name one voice")]
    VoiceMix {
        /// What was asked for.
        name: String,
    },
    /// A predefined voice was requested from weights that it wasn't made for.
    #[error(
        "the voice `{name}` works with the released models only; give a recording instead, if this model clones voices, or \
         a voice that was exported with this model (.safetensors); the recording of `{name}` is {recording}"
    )]
    PredefinedVoice {
        /// The voice.
        name: String,
        /// The recording that it was made of.
        recording: Location,
    },
    /// A voice was given to another model than the one that made it.
    #[error("this voice was prepared by another model; prepare it with the model that speaks")]
    ForeignVoice,
    /// A voice file doesn't fit the model.
    #[error("`{file}` is not a voice for this model: {problem}")]
    VoiceFile {
        /// The file.
        file: String,
        /// What is wrong with it, and what would fit.
        problem: String,
    },
    /// An exported voice was made with other weights.
    #[error(
        "`{file}` is a voice of another model, as it was exported with {made_with} and this model is {model}; export it \
         again from its recording with this model, or use the model that it was made with"
    )]
    VoiceOfOtherModel {
        /// The file.
        file: String,
        /// The model that exported it.
        made_with: ModelTag,
        /// The model that should speak.
        model: ModelTag,
    },
    /// A recording is too long to be used whole.
    #[error(
        "`{file}` is longer than the {longest_s} s that a voice can hold; cut it, or have it truncated to its first 30 s"
    )]
    RecordingTooLong {
        /// The recording.
        file: String,
        /// Seconds that a voice of this model can hold.
        longest_s: u32,
    },
    /// A voice can't be exported.
    #[error(transparent)]
    SaveVoice(SaveError),
    /// A recording could not be read.
    #[error("cannot take a voice from `{file}`: {source}")]
    Recording {
        /// The recording.
        file: String,
        /// What is wrong with it.
        source: AudioError,
    },
    /// The loaded weights can't encode voices.
    #[error(
        "no voice can be taken from a recording with these weights, as {refusal}; {}, or choose a voice that \
         needs no cloning (an exported .safetensors file{})",
        refusal.advice(),
        or_one_of(known)
    )]
    NoVoiceCloning {
        /// Why these are the weights without voice cloning.
        refusal: CloningRefusal,
        /// The voices that need no cloning.
        known: Vec<String>,
    },
    /// A model description can't be used.
    #[error(transparent)]
    Config(ConfigProblem),
    /// A file is not where the configuration says, or isn't available.
    #[error(transparent)]
    Fetch(FetchError),
    /// The weights don't fit the configuration.
    #[error("cannot load the weights of `{model}`: {source}")]
    Weights {
        /// The model.
        model: String,
        /// What is wrong with them.
        source: WeightError,
    },
    /// The tokenizer can't be loaded or doesn't fit.
    #[error("cannot load the tokenizer of `{model}`: {source}")]
    Tokenizer {
        /// The model.
        model: String,
        /// What is wrong with it.
        source: TokenizerError,
    },
    /// A file could not be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The model computed a number that isn't finite.
    #[error("the model computed a number that is not finite in frame {frame}; its weights may be damaged")]
    NotFinite {
        /// The frame, counted from the sentence's first.
        frame: usize,
    },
    /// A generation thread panicked, so the audio is incomplete.
    #[error("a generation thread panicked, which is a bug of this program; the audio is incomplete")]
    WorkerPanicked,
    /// The system refused a thread.
    #[error("cannot start a thread: {source}")]
    Thread {
        /// The system's reason.
        source: std::io::Error,
    },
}

/// What a caller can do about an [`Error`]. Applications map it to exit codes and statuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Ask for something else.
    InvalidRequest,
    /// Name something that exists.
    NotFound,
    /// Install other model files.
    BadModel,
    /// Look at the machine: disk, network, permissions.
    Environment,
    /// Report a bug.
    Internal,
}

impl Error {
    /// No voice has this name.
    pub(crate) fn unknown_voice(name: &str, known: Vec<String>) -> Self {
        if is_voice_mix(name) {
            return Self::VoiceMix { name: name.to_owned() };
        }
        let meant = closest(name, known.iter().map(String::as_str)).map(str::to_owned);
        Self::UnknownVoice { name: name.to_owned(), meant, known }
    }

    /// Whether the text has nothing to say: it is empty, or has only marks or unknown characters.
    pub fn is_nothing_to_say(&self) -> bool {
        matches!(
            self,
            Self::Text(
                TextError::Empty
                    | TextError::VanishedInPreparation { .. }
                    | TextError::NothingToSay { .. }
                    | TextError::UnknownCharacters { .. }
            )
        )
    }

    /// The class of this error.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Text(_)
            | Self::Markup { .. }
            | Self::InvalidOption { .. }
            | Self::VoiceMix { .. }
            | Self::PredefinedVoice { .. }
            | Self::ForeignVoice
            | Self::VoiceFile { .. }
            | Self::VoiceOfOtherModel { .. }
            | Self::RecordingTooLong { .. }
            | Self::Recording { .. }
            | Self::NoVoiceCloning { .. } => ErrorKind::InvalidRequest,
            Self::UnknownVoice { .. } | Self::Config(ConfigProblem::UnknownName { .. }) => {
                ErrorKind::NotFound
            }
            // Bytes that are no text are a matter of the file; all else is one of the machine.
            Self::Config(ConfigProblem::Read { source, .. }) if source.kind() != InvalidData => {
                ErrorKind::Environment
            }
            Self::Weights { source: WeightError::OutOfMemory { .. }, .. } => ErrorKind::Environment,
            Self::Config(_) | Self::Weights { .. } | Self::Tokenizer { .. } | Self::NotFinite { .. } => {
                ErrorKind::BadModel
            }
            Self::Fetch(_) | Self::Io { .. } | Self::SaveVoice(_) | Self::Thread { .. } => {
                ErrorKind::Environment
            }
            Self::WorkerPanicked => ErrorKind::Internal,
        }
    }
}

fn or_one_of(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!(", or one of {}", names.join(", ")) }
}

/// The end of a sentence, with a guess at what was meant if there is one.
fn known_are(meant: Option<&str>, names: &[String]) -> String {
    match meant {
        _ if names.is_empty() => ";".to_owned(),
        None => format!("; known voices are {}, and", names.join(", ")),
        Some(meant) => format!("; did you mean `{meant}`? known voices are {}, and", names.join(", ")),
    }
}

impl From<TextError> for Error {
    fn from(error: TextError) -> Self {
        Self::Text(error)
    }
}

impl From<ConfigProblem> for Error {
    fn from(error: ConfigProblem) -> Self {
        Self::Config(error)
    }
}

impl From<FetchError> for Error {
    fn from(error: FetchError) -> Self {
        Self::Fetch(error)
    }
}
