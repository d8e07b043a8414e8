#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod async_stream;
pub mod audio;
mod builder;
mod cache;
mod catalogue;
mod checkpoint;
mod cloning_refusal;
pub mod config;
mod description;
mod digest;
mod download;
#[cfg(feature = "tiny")]
mod embedded;
mod error;
mod find_heads;
mod front_end;
mod front_end_options;
mod latents;
mod local_files;
mod machine;
mod model;
mod model_size;
mod model_source;
mod names;
mod options;
mod parts;
mod playback;
mod request;
mod scheduler;
mod speaking;
mod stream;
mod synthesis;
mod text_report;
mod timeline;
mod voices;
mod weight_cache;
mod words;

pub use async_stream::AsyncSpeechStream;
pub use builder::{DEFAULT_LANGUAGE, MOST_THREADS, TtsModelBuilder};
pub use cache::ModelCache;
pub use cloning_refusal::CloningRefusal;
pub use config::{Location, LocationError};
pub use download::{DownloadVoices, Downloaded, DownloadedFile, FileRole};
pub use error::{Error, ErrorKind, Result};
pub use find_heads::HeadScore;
pub use front_end::{Script, ScriptReader};
pub use machine::{instruction_set, usable_cores};
pub use model::TtsModel;
pub use model_source::ModelSource;
pub use names::{model_name, model_names};
pub use options::{Check, GenerateOptions};
#[doc(hidden)]
pub use parts::Parts;
pub use playback::AudioChunk;
pub use pocket_tts_audio::Audio;
pub use pocket_tts_files::SaveError;
pub use pocket_tts_hub::{
    CachedFile, FetchError, FetchEvent, FetchObserver, HubAccess, HubUnreachable, Leftover, LeftoverKind,
    Verdict,
};
pub use pocket_tts_markup::{Dictionary, DictionaryError, InputFormat, MarkupError, TextFormat};
pub use pocket_tts_normalize::{Language, Rule as NormalizationRule};
pub use pocket_tts_tensor::Precision;
pub use pocket_tts_text::{
    SentenceSplitter, Splitting, TextError, UnknownCharacter, default_text, has_words,
};
pub use request::SpeechPart;
pub use stream::{CancelHandle, SpeechStream};
pub use synthesis::CheckedSentence;
pub use text_report::{TextReport, TextWarning};
pub use timeline::{SentenceTime, TimingEvent, WordTime};
#[doc(hidden)]
pub use voices::Fingerprints;
pub use voices::{
    EncodedVoice, ModelTag, PredefinedVoice, Resampler, Voice, VoiceCacheUsage, VoiceOptions, VoiceSource,
    VoiceWarning, is_voice_mix, voices,
};
pub use weight_cache::default_weight_cache_dir;
pub use words::SpeechProblem;

// Many threads may speak through one model: checked by the compiler, not promised in prose.
const _: () = {
    assert_shareable::<TtsModel>();
    assert_shareable::<Voice>();
    assert_shareable::<CancelHandle>();
    assert_movable::<SpeechStream>();
};
const fn assert_shareable<T: Clone + Send + Sync + 'static>() {}
const fn assert_movable<T: Send + 'static>() {}
