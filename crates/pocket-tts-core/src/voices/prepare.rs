//! The order of the work from a source to a voice: known already, in the folder, or made anew.

use std::{fs::File, io::Read, path::Path, sync::Arc};

use pocket_tts_audio::{Audio, AudioError, end_on_pause};
use pocket_tts_tensor::{WeightFile, signal};
use pocket_tts_transformer::TransformerConfig;

use super::{
    Digest, EncodedVoice, Voice, VoiceCache, VoiceCacheUsage, VoiceOptions, VoiceSource, VoiceWarning,
    disk::{Found, VoiceFolder},
    memory::Key,
    recording::{self, LONGEST_TRUNCATED_S, Recording},
    state_file::{self, MAX_POSITIONS, ReadMetadata, ReadVoice},
    voice::{HeadShape, PrimedVoice},
};
use crate::{Error, Result, TtsModel, catalogue, config::Location};

/// What messages call samples that have no name.
const SAMPLES: &str = "the samples";
/// Seconds that [`end_on_pause`] may append.
const PAUSE_S: f64 = 0.08;

/// Where voices that were prepared before are looked for.
#[derive(Debug)]
pub(crate) struct VoiceCaches {
    pub(crate) memory: VoiceCache,
    pub(crate) folder: Option<VoiceFolder>,
}

/// What a recording comes as.
#[derive(Clone, Copy)]
enum Sound<'a> {
    File(&'a [u8]),
    Samples(&'a Audio),
}

impl TtsModel {
    /// Prepares a voice with [`VoiceOptions::default`]: see [`voice_with`](Self::voice_with).
    ///
    /// # Errors
    ///
    /// As [`voice_with`](Self::voice_with).
    pub fn voice(&self, source: &VoiceSource) -> Result<Voice> {
        self.voice_with(source, &VoiceOptions::default())
    }

    /// Prepares a voice, or finds it among those prepared before: see
    /// [`voice_cache_bytes`](crate::TtsModelBuilder::voice_cache_bytes).
    ///
    /// A recording is mixed down to one channel, cut after 30 s unless the options say otherwise, brought to
    /// the model's rate and ended on a pause. (The Python package's `generate` takes all of it; longer prompts
    /// garble its speech.) Any number of threads may prepare voices at once; those that ask for the same one
    /// wait for the first of them.
    ///
    /// # Errors
    ///
    /// If there is no such voice, its file can't be had or read, or it doesn't fit the model.
    pub fn voice_with(&self, source: &VoiceSource, options: &VoiceOptions) -> Result<Voice> {
        match source {
            VoiceSource::Named(name) => self.named_voice(name),
            VoiceSource::File(location) => self.voice_file(location, *options),
            VoiceSource::Samples(audio) => self.cloned_voice(SAMPLES, Sound::Samples(audio), *options),
            VoiceSource::Encoded(EncodedVoice { name, bytes }) if is_safetensors(bytes) => {
                self.exported_voice(name, bytes.to_vec())
            }
            VoiceSource::Encoded(EncodedVoice { name, bytes }) => {
                self.cloned_voice(name, Sound::File(bytes), *options)
            }
        }
    }

    /// How full the cache of prepared voices is, and how often it was of use.
    pub fn voice_cache_usage(&self) -> VoiceCacheUsage {
        self.caches().memory.usage()
    }

    fn named_voice(&self, name: &str) -> Result<Voice> {
        let key = |place: &str| Digest::new("named").add(place.as_bytes()).finish();
        #[cfg(feature = "tiny")]
        if self.source().is_embedded() && name == crate::embedded::VOICE {
            return self.caches().memory.voice(key(name), || self.parsed_voice(&crate::embedded::voice()?));
        }
        if let Some(location) = self.source().predefined_state(name) {
            return self.caches().memory.voice(key(&location.to_string()), || {
                let path = self.fetcher().fetch(&location)?;
                let bytes = read_state(&path, &location.to_string(), self.language_model())?;
                self.parsed_voice(&state_file::open(&location.to_string(), bytes)?)
            });
        }
        if let Some(recording) = catalogue::voice_recording(name) {
            return Err(Error::PredefinedVoice { name: name.to_owned(), recording });
        }
        Err(Error::unknown_voice(name, self.voice_names()))
    }

    fn voice_file(&self, location: &Location, options: VoiceOptions) -> Result<Voice> {
        let name = location.to_string();
        let is_state = location.extension().as_deref() == Some("safetensors");
        if !is_state && !self.can_clone_voices() {
            return Err(Error::NoVoiceCloning { known: self.voice_names() });
        }
        let path = self.fetcher().fetch(location)?;
        if is_state {
            return self.exported_voice(&name, read_state(&path, &name, self.language_model())?);
        }
        let bytes =
            read_recording(&path).map_err(|source| Error::Recording { file: name.clone(), source })?;
        self.cloned_voice(&name, Sound::File(&bytes), options)
    }

    fn exported_voice(&self, name: &str, bytes: Vec<u8>) -> Result<Voice> {
        let key = Digest::new("exported").add(&bytes).finish();
        self.caches().memory.voice(key, || self.parsed_voice(&state_file::open(name, bytes)?))
    }

    fn parsed_voice(&self, file: &WeightFile) -> Result<Voice> {
        Ok(match state_file::parse(file, self.language_model(), self.tag())? {
            ReadVoice::State(state, metadata) => {
                let ReadMetadata { made_with, warnings } = metadata;
                let warnings = warnings.into_iter().map(VoiceWarning::Recording).collect();
                Voice::new(PrimedVoice { made_with, warnings, ..self.primed(state) })
            }
            // What the model made of the prompt just now is its own.
            ReadVoice::Prompt(prompt, shape) => {
                Voice::new(self.primed(self.parts().primed(signal(prompt, shape))))
            }
        })
    }

    fn cloned_voice(&self, name: &str, sound: Sound<'_>, options: VoiceOptions) -> Result<Voice> {
        if !self.can_clone_voices() {
            return Err(Error::NoVoiceCloning { known: self.voice_names() });
        }
        let key = options.digest(sound.digest()).finish();
        self.caches().memory.voice(key, || {
            let voice = match &self.caches().folder {
                Some(folder) => {
                    self.voice_in_folder(folder, &key, || self.encoded_voice(name, sound, options))
                }
                None => self.encoded_voice(name, sound, options),
            }?;
            let one_voice = self.source().knows_one_voice();
            Ok(if one_voice { voice.with_warning(VoiceWarning::OneVoice) } else { voice })
        })
    }

    /// The voice as the folder has it, or else made anew and put there.
    fn voice_in_folder(
        &self,
        folder: &VoiceFolder,
        key: &Key,
        encode: impl FnOnce() -> Result<Voice>,
    ) -> Result<Voice> {
        let damage = match folder.find(key) {
            Found::Nothing => None,
            Found::Damaged(problem) => Some(problem),
            Found::Bytes(file) => match self.parsed_voice(&file) {
                Ok(voice) => return Ok(voice),
                Err(error) => Some(error.to_string()),
            },
        };
        let mut voice = encode()?;
        let kept = folder.keep(key, &voice);
        if let Some(problem) = damage {
            voice = voice.with_warning(VoiceWarning::Cache(format!(
                "a prepared voice was of no use and was made anew: {problem}"
            )));
        }
        if let Err(problem) = kept {
            let text = format!("the prepared voice could not be kept for the next time: {problem}");
            voice = voice.with_warning(VoiceWarning::Cache(text));
        }
        Ok(voice)
    }

    fn encoded_voice(&self, name: &str, sound: Sound<'_>, options: VoiceOptions) -> Result<Voice> {
        let of_audio = |source| Error::Recording { file: name.to_owned(), source };
        let rate_hz = self.sample_rate_hz();
        let holds_s = self.longest_voice_s();
        let longest_s = if options.truncate { LONGEST_TRUNCATED_S.min(holds_s) } else { holds_s };
        let recording = match sound {
            Sound::File(bytes) => Recording::from_bytes(bytes, longest_s),
            Sound::Samples(audio) => Recording::from_audio(audio, longest_s),
        }
        .map_err(of_audio)?;
        if recording.was_cut && !options.truncate {
            return Err(Error::RecordingTooLong { file: name.to_owned(), longest_s: holds_s as u32 });
        }
        let mut warnings: Vec<_> = recording.warnings().into_iter().map(VoiceWarning::Recording).collect();
        if recording.was_cut {
            warnings.push(VoiceWarning::Truncated);
        }
        let resampled = recording.resampled(rate_hz, options.resampler).map_err(of_audio)?;
        let prompt = end_on_pause(&resampled.samples, rate_hz);
        let state = self.parts().primed(self.parts().voice_prompt(&prompt));
        Ok(Voice::new(PrimedVoice { warnings, ..self.primed(state) }))
    }

    /// Seconds of a recording that fit a voice, with the pause behind them and the position before them.
    fn longest_voice_s(&self) -> f64 {
        let frames = MAX_POSITIONS - 1;
        (frames * self.samples_per_frame()) as f64 / f64::from(self.sample_rate_hz()) - PAUSE_S
    }

    /// A voice of this model's own making.
    fn primed(&self, state: pocket_tts_flow_lm::FlowLmState) -> PrimedVoice {
        let config = self.language_model();
        PrimedVoice {
            model_id: self.id(),
            state,
            shape: HeadShape { heads: config.num_kv_heads, head_dim: config.head_dim() },
            made_with: Some(self.tag().clone()),
            warnings: Vec::new(),
        }
    }

    fn language_model(&self) -> &TransformerConfig {
        self.parts().flow_lm.backbone().config()
    }
}

impl Sound<'_> {
    fn digest(self) -> Digest {
        match self {
            Self::File(bytes) => Digest::new("recording").add(bytes),
            Self::Samples(audio) => {
                Digest::new("samples").add(&audio.sample_rate_hz.to_le_bytes()).add_floats(&audio.samples)
            }
        }
    }
}

/// Whether bytes begin as an exported voice does: the length of a header that fits, then the header.
fn is_safetensors(bytes: &[u8]) -> bool {
    bytes.split_first_chunk().is_some_and(|(length, rest)| {
        rest.first() == Some(&b'{') && u64::from_le_bytes(*length) <= rest.len() as u64
    })
}

/// Reads a file that should be a voice of such a model, and no more than such a file can hold. It isn't
/// mapped: whoever replaces or shortens it meanwhile must not harm this process.
fn read_state(path: &Path, name: &str, config: &TransformerConfig) -> Result<Vec<u8>> {
    let limit = state_file::max_file_bytes(config);
    let bytes = read_at_most(path, limit).map_err(|source| Error::Io { path: path.to_owned(), source })?;
    bytes.ok_or_else(|| Error::VoiceFile {
        file: name.to_owned(),
        problem: format!("it is larger than {limit} bytes, which no voice of this model is"),
    })
}

fn read_recording(path: &Path) -> Result<Vec<u8>, AudioError> {
    let max_bytes = recording::max_bytes();
    let bytes = read_at_most(path, max_bytes)
        .map_err(|reason| AudioError::Read { name: path.display().to_string(), reason })?;
    bytes.ok_or(AudioError::TooManyBytes { max_bytes })
}

/// A file's bytes, or `None` if there are more than `limit`.
fn read_at_most(path: &Path, limit: usize) -> std::io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    let read = File::open(path)?.take((limit as u64).saturating_add(1)).read_to_end(&mut bytes)?;
    Ok((read <= limit).then_some(bytes))
}

impl VoiceCaches {
    /// The caches of a model.
    pub(crate) fn new(
        memory_bytes: usize,
        folder: Option<std::path::PathBuf>,
        parts: &Arc<crate::parts::Parts>,
    ) -> Self {
        let max_file_bytes = state_file::max_file_bytes(parts.flow_lm.backbone().config());
        let folder = folder.map(|folder| VoiceFolder::new(folder, parts.fingerprints, max_file_bytes));
        Self { memory: VoiceCache::new(memory_bytes), folder }
    }
}
