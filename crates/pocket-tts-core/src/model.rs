//! The model: loaded once, shared by every request.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use pocket_tts_audio::{Audio, DecodeLimits, decode_file, end_on_pause, resample};
use pocket_tts_hub::Fetcher;
use pocket_tts_tensor::{WeightFile, signal};
use pocket_tts_text::{cut_overlong, split_into_sentences};

use crate::{
    Error, GenerateOptions, ModelSource, Result, SpeechStream, TtsModelBuilder, Voice, VoiceSource,
    catalogue,
    config::{Config, Location},
    parts::{Parts, Sources},
    stream::About,
    synthesis::Writer,
    voice_state,
};

/// Seconds of a recording that a voice is taken from; longer prompts garble the speech.
const LONGEST_RECORDING_S: f64 = 30.0;
/// The tensor that the first releases kept a voice in: what the language model reads.
const EARLY_VOICE: &str = "audio_prompt";

/// A text-to-speech model: weights and configuration, no request's state.
///
/// Cheap to clone and safe to share; any number of threads may speak through one model at once, and
/// what one says never depends on the others.
#[derive(Clone)]
pub struct TtsModel {
    id: u64,
    source: ModelSource,
    parts: Arc<Parts>,
    fetcher: Arc<Fetcher>,
}

impl fmt::Debug for TtsModel {
    /// Names the model; its weights would fill a book.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("TtsModel").field("source", &self.source).finish_non_exhaustive()
    }
}

impl TtsModel {
    /// A loader. Without further calls it loads the model `english`.
    pub fn builder() -> TtsModelBuilder {
        TtsModelBuilder::default()
    }

    pub(crate) fn load(source: ModelSource, sources: Sources, fetcher: Fetcher) -> Result<Self> {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);
        let parts = Arc::new(Parts::load(sources)?);
        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        Ok(Self { id, source, parts, fetcher: Arc::new(fetcher) })
    }

    /// Samples per second of the speech.
    pub fn sample_rate_hz(&self) -> u32 {
        self.parts.config.mimi.sample_rate
    }

    /// Samples of one frame, the smallest piece of speech.
    pub fn samples_per_frame(&self) -> usize {
        self.parts.decoder.samples_per_frame()
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.parts.config
    }

    /// Whether the model can take voices from recordings.
    pub fn can_clone_voices(&self) -> bool {
        self.parts.voice_cloning
    }

    /// The names of the voices that this model has.
    pub fn voice_names(&self) -> Vec<String> {
        self.source.voice_names()
    }

    /// The voice to speak with if nobody asks for one.
    pub fn default_voice(&self) -> VoiceSource {
        self.source.default_voice()
    }

    /// Prepares a voice, which is work worth doing once.
    ///
    /// Of a recording the first 30 s are heard, mixed down to one channel and brought to the model's rate;
    /// the reference takes all of it, and longer prompts garble its speech.
    ///
    /// # Errors
    ///
    /// If there is no such voice, its file can't be had or read, or it doesn't fit the model.
    pub fn voice(&self, source: &VoiceSource) -> Result<Voice> {
        match source {
            VoiceSource::Named(name) => self.named_voice(name),
            VoiceSource::File(location) => self.voice_file(location),
            VoiceSource::Samples(audio) => self.clone_voice(audio, "the samples"),
        }
    }

    /// Speaks `text` to its end.
    ///
    /// # Errors
    ///
    /// As [`stream`](Self::stream), and whatever ends a stream early: audio is returned whole or not
    /// at all.
    pub fn generate(&self, text: &str, voice: &Voice, options: &GenerateOptions) -> Result<Audio> {
        let mut samples = Vec::new();
        for chunk in self.stream(text, voice, options)? {
            samples.extend(chunk?.samples);
        }
        Ok(Audio { samples, sample_rate_hz: self.sample_rate_hz() })
    }

    /// Speaks `text`, handing out each frame as soon as it is made.
    ///
    /// # Errors
    ///
    /// Before any audio is made: if the text holds nothing to say, an option is outside its range or
    /// the voice belongs to another model.
    pub fn stream(&self, text: &str, voice: &Voice, options: &GenerateOptions) -> Result<SpeechStream> {
        let parts = &self.parts;
        let options = options.resolve(&parts.config)?;
        let voice = voice.fork(self.id)?;
        let sentences =
            split_into_sentences(&parts.tokenizer, text, options.max_tokens, &parts.text_options)?;
        let sentences = cut_overlong(&parts.tokenizer, sentences, options.max_tokens)?;
        if sentences.is_empty() {
            return Err(Error::UnknownCharacters);
        }
        // A later sentence may vanish in preparation although the text as a whole doesn't.
        for sentence in &sentences {
            pocket_tts_text::prepare(&sentence.text, &parts.text_options)?;
        }
        let about = About {
            seed: options.seed,
            overlong_sentences: sentences
                .iter()
                .filter(|sentence| sentence.token_count > options.max_tokens)
                .count(),
        };
        SpeechStream::start(parts, Writer::new(Arc::clone(parts), voice, sentences, options), about)
    }

    /// The loaded parts, for this workspace's own tests and benchmarks.
    #[doc(hidden)]
    pub fn parts(&self) -> &Arc<Parts> {
        &self.parts
    }

    fn named_voice(&self, name: &str) -> Result<Voice> {
        let known = self.voice_names();
        #[cfg(feature = "tiny")]
        if self.source == ModelSource::Tiny && name == crate::embedded::VOICE {
            return self.exported_voice(&crate::embedded::voice()?);
        }
        if let ModelSource::Language(language) = &self.source
            && let Some(location) = catalogue::predefined_voice_location(language, name)
        {
            return self.voice_file(&location);
        }
        if catalogue::voice_names().any(|predefined| predefined == name) {
            return Err(Error::PredefinedVoice { name: name.to_owned() });
        }
        Err(Error::UnknownVoice { name: name.to_owned(), known })
    }

    fn voice_file(&self, location: &Location) -> Result<Voice> {
        let is_state = location.extension().as_deref() == Some("safetensors");
        if !is_state && !self.parts.voice_cloning {
            return Err(Error::NoVoiceCloning { known: self.voice_names() });
        }
        let path = self.fetcher.fetch(location)?;
        if is_state {
            let file = WeightFile::open(&path).map_err(|error| Error::VoiceFile {
                file: location.to_string(),
                problem: error.to_string(),
            })?;
            return self.exported_voice(&file);
        }
        let limits = DecodeLimits { max_duration_s: Some(LONGEST_RECORDING_S), ..DecodeLimits::default() };
        let audio = decode_file(&path, &limits)
            .map_err(|source| Error::Recording { file: location.to_string(), source })?;
        self.clone_voice(&audio, &location.to_string())
    }

    fn exported_voice(&self, file: &WeightFile) -> Result<Voice> {
        let config = self.parts.flow_lm.backbone().config();
        let state = match file.shape(EARLY_VOICE) {
            Some(&[1, frames, width]) if width == config.d_model && frames > 0 => {
                let problem = |error: pocket_tts_tensor::WeightError| Error::VoiceFile {
                    file: file.name().to_owned(),
                    problem: error.to_string(),
                };
                let prompt = file.values(EARLY_VOICE).map_err(problem)?;
                self.parts.primed(signal(prompt, [frames, width]))
            }
            _ => voice_state::parse(file, config)?,
        };
        Ok(Voice::new(self.id, state))
    }

    fn clone_voice(&self, audio: &Audio, name: &str) -> Result<Voice> {
        if !self.parts.voice_cloning {
            return Err(Error::NoVoiceCloning { known: self.voice_names() });
        }
        let of_audio = |source| Error::Recording { file: name.to_owned(), source };
        if audio.samples.is_empty() {
            return Err(of_audio(pocket_tts_audio::AudioError::NoSamples));
        }
        if let Some(index) = audio.samples.iter().position(|sample| !sample.is_finite()) {
            return Err(of_audio(pocket_tts_audio::AudioError::NotFinite { index }));
        }
        let longest = (LONGEST_RECORDING_S * f64::from(audio.sample_rate_hz)) as usize;
        let kept = audio.samples.iter().copied().take(longest).collect();
        let kept = Audio { samples: kept, sample_rate_hz: audio.sample_rate_hz };
        let resampled = resample(&kept, self.sample_rate_hz()).map_err(of_audio)?;
        let prompt = end_on_pause(&resampled.samples, self.sample_rate_hz());
        Ok(Voice::new(self.id, self.parts.primed(self.parts.voice_prompt(&prompt))))
    }
}
