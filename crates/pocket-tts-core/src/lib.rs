//! Text to speech on an ordinary CPU, streaming.
//!
//! ```
//! use pocket_tts_core::{GenerateOptions, TtsModel};
//!
//! # fn main() -> pocket_tts_core::Result<()> {
//! # #[cfg(feature = "tiny")] {
//! let model = TtsModel::builder().language("tiny").build()?;
//! let voice = model.voice(&model.default_voice())?;
//! let audio = model.generate("Hello.", &voice, &GenerateOptions::default())?;
//! assert_eq!(audio.sample_rate_hz, 24_000);
//! # }
//! # Ok(())
//! # }
//! ```
//!
//! A [`TtsModel`] holds weights only, and serves any number of threads at once. A [`Voice`] is a state that
//! each request forks. [`TtsModel::stream`] hands out each frame as soon as it exists;
//! [`TtsModel::generate`] collects them. Errors say what was wrong, what is allowed and how to mend it, and
//! [`Error::kind`] sorts them by what a caller can do.
//!
//! No item of this crate's public API names a tensor, a device or a backend.

#![forbid(unsafe_code)]

mod async_stream;
pub mod audio;
mod builder;
mod cache;
mod catalogue;
mod checkpoint;
pub mod config;
mod digest;
mod download;
#[cfg(feature = "tiny")]
mod embedded;
mod error;
mod model;
mod model_size;
mod options;
mod parts;
mod scheduler;
mod stream;
mod synthesis;
mod text_report;
mod voices;
mod weight_cache;

pub use async_stream::AsyncSpeechStream;
pub use builder::{DEFAULT_LANGUAGE, MOST_THREADS, ModelSource, TtsModelBuilder};
pub use cache::ModelCache;
pub use config::{Location, LocationError};
pub use download::{CloningRefusal, DownloadVoices, Downloaded, DownloadedFile, FileRole};
pub use error::{Error, ErrorKind, Result};
pub use model::TtsModel;
pub use options::GenerateOptions;
#[doc(hidden)]
pub use parts::Parts;
pub use pocket_tts_audio::Audio;
pub use pocket_tts_files::SaveError;
pub use pocket_tts_hub::{
    CachedFile, FetchError, FetchEvent, FetchObserver, Leftover, LeftoverKind, Verdict,
};
pub use pocket_tts_tensor::Precision;
pub use pocket_tts_text::{TextError, UnknownCharacter, default_text};
pub use stream::{AudioChunk, CancelHandle, SpeechStream};
pub use text_report::{TextReport, TextWarning};
#[doc(hidden)]
pub use voices::Fingerprints;
pub use voices::{
    EncodedVoice, ModelTag, PredefinedVoice, Resampler, Voice, VoiceCacheUsage, VoiceOptions, VoiceSource,
    VoiceWarning, is_voice_mix, voices,
};
pub use weight_cache::default_weight_cache_dir;

/// The names that [`TtsModelBuilder::language`] takes.
pub fn model_names() -> impl Iterator<Item = &'static str> {
    #[cfg(feature = "tiny")]
    let embedded = Some(embedded::NAME);
    #[cfg(not(feature = "tiny"))]
    let embedded = None;
    embedded.into_iter().chain(config::builtin_names())
}

/// The README's examples run as tests.
#[cfg(all(doctest, feature = "tiny"))]
#[doc = include_str!("../../../README.md")]
struct Readme;

// Many threads may speak through one model: checked by the compiler, not promised in prose.
const _: () = {
    assert_shareable::<TtsModel>();
    assert_shareable::<Voice>();
    assert_shareable::<CancelHandle>();
    assert_movable::<SpeechStream>();
};
const fn assert_shareable<T: Clone + Send + Sync + 'static>() {}
const fn assert_movable<T: Send + 'static>() {}

/// The name of the model that `name` means: one of [`model_names`] in upper or lower case, or the code of a language,
/// such as `fr` or `fr-CA`, with the ending of a model if it has one (`fr_24l`). `None` if there is no such model.
///
/// ```
/// assert_eq!(pocket_tts_core::model_name("EN"), Some("english"));
/// assert_eq!(pocket_tts_core::model_name("fr_24l"), Some("french_24l"));
/// assert_eq!(pocket_tts_core::model_name("klingon"), None);
/// ```
pub fn model_name(name: &str) -> Option<&'static str> {
    let known = |name: &str| model_names().find(|known| known.eq_ignore_ascii_case(name));
    let of_language = || known(pocket_tts_text::language_of_code(name)?);
    let with_ending = || {
        let (code, ending) = name.split_once('_')?;
        known(&format!("{}_{ending}", pocket_tts_text::language_of_code(code)?))
    };
    known(name).or_else(with_ending).or_else(of_language)
}
