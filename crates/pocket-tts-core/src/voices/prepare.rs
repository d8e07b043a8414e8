//! From a source to a voice: which kind it is, what names it, and whether it is in memory already.

use std::{path::Path, sync::Arc};

use pocket_tts_audio::{AudioError, DecodeLimits, read_file};
use pocket_tts_tensor::{WeightFile, signal, with_threads};
use pocket_tts_transformer::TransformerConfig;

use super::{
    EncodedVoice, Voice, VoiceCacheUsage, VoiceOptions, VoiceSource, VoiceWarning,
    cloning::Sound,
    primed::{HeadShape, PrimedVoice},
    state_file::{self, ReadMetadata, ReadVoice},
};
use crate::{Error, Result, TtsModel, catalogue, config::Location, digest::Digest};

/// What messages call samples that have no name.
const SAMPLES: &str = "the samples";
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
    /// garble its speech.) Any number of threads can prepare voices at once; requests for the same one
    /// wait for the first request.
    ///
    /// # Errors
    ///
    /// If there is no such voice, its file isn't available or readable, or it doesn't match the model.
    pub fn voice_with(&self, source: &VoiceSource, options: &VoiceOptions) -> Result<Voice> {
        with_threads(self.threads(), || self.prepared_voice(source, *options))
    }

    fn prepared_voice(&self, source: &VoiceSource, options: VoiceOptions) -> Result<Voice> {
        match source {
            VoiceSource::Named(name) => self.named_voice(name),
            VoiceSource::File(location) => self.voice_file(location, options),
            VoiceSource::Samples(audio) => self.cloned_voice(SAMPLES, Sound::Samples(audio), options),
            VoiceSource::Encoded(EncodedVoice { name, bytes }) if is_safetensors(bytes) => {
                self.exported_voice(name, Arc::clone(bytes))
            }
            VoiceSource::Encoded(EncodedVoice { name, bytes }) => {
                self.cloned_voice(name, Sound::File(bytes), options)
            }
        }
    }

    /// The usage of the cache of prepared voices.
    pub fn voice_cache_usage(&self) -> VoiceCacheUsage {
        self.caches().memory.usage()
    }

    fn named_voice(&self, name: &str) -> Result<Voice> {
        let key = |place: &str| Digest::new("named").add(place.as_bytes()).finish();
        #[cfg(feature = "tiny")]
        if self.source().is_embedded()
            && let Some(state) = crate::embedded::voice(name)
        {
            return self.caches().memory.voice(key(name), || self.parsed_voice(&state?));
        }
        if let Some(location) = self.source().predefined_state(name) {
            return self.caches().memory.voice(key(&location.to_string()), || {
                let path = self.fetcher().fetch(&location)?;
                let name = location.to_string();
                self.parsed_voice(&state_file::open(&name, self.read_state(&path, &name)?)?)
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
        if !is_state {
            self.demand_cloning()?;
        }
        let longest = state_file::max_file_bytes(self.language_model());
        let limit = if is_state { options.max_file_bytes.min(longest) } else { options.max_file_bytes };
        let path = self.fetcher().clone().at_most(limit as u64).fetch(location)?;
        if is_state {
            return self.exported_voice(&name, self.read_state(&path, &name)?);
        }
        let bytes = read_file(&path, &DecodeLimits { max_bytes: limit, ..DecodeLimits::default() })
            .map_err(|source| Error::Recording { file: name.clone(), source })?;
        self.cloned_voice(&name, Sound::File(&bytes), options)
    }

    fn exported_voice(&self, name: &str, bytes: Arc<[u8]>) -> Result<Voice> {
        let limit = state_file::max_file_bytes(self.language_model());
        if bytes.len() > limit {
            return Err(too_large(name, limit));
        }
        let key = Digest::new("exported").add(&bytes).finish();
        self.caches().memory.voice(key, || self.parsed_voice(&state_file::open(name, bytes)?))
    }

    /// Reads a file that should be a voice, up to the size that such a file can have. It isn't mapped: another process that
    /// replaces or truncates it must not harm this one.
    fn read_state(&self, path: &Path, name: &str) -> Result<Arc<[u8]>> {
        let limit = state_file::max_file_bytes(self.language_model());
        let limits = DecodeLimits { max_bytes: limit, ..DecodeLimits::default() };
        match read_file(path, &limits) {
            Ok(bytes) => Ok(bytes.into()),
            Err(AudioError::TooManyBytes { .. }) => Err(too_large(name, limit)),
            Err(AudioError::Read { reason, .. }) => Err(Error::Io { path: path.to_owned(), source: reason }),
            Err(error) => Err(Error::VoiceFile { file: name.to_owned(), problem: error.to_string() }),
        }
    }

    pub(super) fn parsed_voice(&self, file: &WeightFile) -> Result<Voice> {
        Ok(match state_file::parse(file, self.language_model(), self.tag())? {
            ReadVoice::State(state, metadata) => {
                let ReadMetadata { made_with, warnings } = metadata;
                let warnings = warnings.into_iter().map(VoiceWarning::Recording).collect();
                Voice::new(PrimedVoice { made_with, warnings, ..self.primed(state) })
            }
            // The model made this state, so it needs no tag check.
            ReadVoice::Prompt(prompt, shape) => {
                Voice::new(self.primed(self.parts().primed(signal(prompt, shape))))
            }
        })
    }

    /// A voice that this model made.
    pub(super) fn primed(&self, state: pocket_tts_flow_lm::FlowLmState) -> PrimedVoice {
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

/// Whether bytes begin as an exported voice does: the length of a header that fits, then the header.
fn is_safetensors(bytes: &[u8]) -> bool {
    bytes.split_first_chunk().is_some_and(|(length, rest)| {
        rest.first() == Some(&b'{') && u64::from_le_bytes(*length) <= rest.len() as u64
    })
}

fn too_large(name: &str, limit: usize) -> Error {
    let problem = format!("it is larger than {limit} bytes, which no voice of this model is");
    Error::VoiceFile { file: name.to_owned(), problem }
}
