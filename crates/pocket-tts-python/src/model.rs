//! The model: loaded once, shared by all threads.

use std::{path::PathBuf, sync::OnceLock};

use pocket_tts_core::{
    self as core, Audio, Error, GenerateOptions, Location, Resampler, TtsModel, VoiceOptions, VoiceSource,
};
use pyo3::{prelude::*, types::PyByteArray};

use crate::{
    errors::Raise,
    load_options::{LoadOptions, voice_source},
    speak_options::SpeakOptions,
    speech::Speech,
    voice::Voice,
    waiting::interruptible,
};

/// A text-to-speech model.
#[pyclass(frozen, weakref, module = "pocket_tts_rs._native")]
pub(crate) struct Model {
    core: TtsModel,
    /// Where the weights are from, for people.
    weights_path: String,
    /// The hash of the encoder, if it is known.
    encoder_hash: OnceLock<String>,
}

#[pymethods]
impl Model {
    /// Loads a model, fetching what isn't on this machine.
    #[staticmethod]
    fn load(py: Python<'_>, options: LoadOptions) -> PyResult<Self> {
        let has_other_weights = options.weights.is_some();
        let [name, choice] = [options.weights_name(), options.model_name()];
        let builder = options.builder()?;
        let load = move || -> Result<_, Error> {
            let model = builder.build()?;
            // The file of these weights may be gone later.
            let hash = has_other_weights.then(|| model.encoder_hash()).transpose()?;
            Ok((model, hash))
        };
        let (core, hash) = interruptible(py, load)?.map_err(Raise::raise)?;
        let weights_path = name.or_else(|| core.config().weights_path.clone()).or(choice).unwrap_or_default();
        Ok(Self { core, weights_path, encoder_hash: hash.map(OnceLock::from).unwrap_or_default() })
    }

    /// A voice by name, path or location.
    fn voice(&self, py: Python<'_>, text: &str, truncate: bool) -> PyResult<Voice> {
        self.prepare(py, voice_source(text)?, truncate)
    }

    /// A voice from a file.
    fn voice_of_path(&self, py: Python<'_>, path: PathBuf, truncate: bool) -> PyResult<Voice> {
        self.prepare(py, VoiceSource::from(path), truncate)
    }

    /// A voice from the bytes of a recording or of an exported voice, which errors call `name`.
    fn voice_of_bytes(&self, py: Python<'_>, name: &str, bytes: &[u8], truncate: bool) -> PyResult<Voice> {
        self.prepare(py, VoiceSource::from_bytes(name, bytes.to_vec()), truncate)
    }

    /// A voice from mono samples.
    fn voice_of_samples(
        &self,
        py: Python<'_>,
        samples: &[u8],
        sample_rate_hz: u32,
        truncate: bool,
    ) -> PyResult<Voice> {
        let samples = bytemuck::pod_collect_to_vec(samples);
        self.prepare(py, VoiceSource::Samples(Audio { samples, sample_rate_hz }), truncate)
    }

    /// Starts to speak. `voices` are the voice that speaks, and the voices that mark-up names; others are the model's own.
    fn speak(
        &self,
        py: Python<'_>,
        text: String,
        voices: (Py<Voice>, Vec<(String, Py<Voice>)>),
        options: SpeakOptions,
    ) -> PyResult<Speech> {
        let (keeps_all, options) = (options.keep_unknown_characters(), options.resolve()?);
        let (model, voice) = (self.core.clone(), voices.0.get().voice.clone());
        let named = voices.1.into_iter().map(|(name, voice)| (name, voice.get().voice.clone()));
        let named: Vec<(String, core::Voice)> = named.collect();
        let start = move || {
            let find = |name: &str| match named.iter().find(|(known, _)| known == name) {
                Some((_, voice)) => Ok(voice.clone()),
                None => model.voice(&VoiceSource::Named(name.to_owned())),
            };
            let script = model.script(&text, &options)?;
            let stream = model.stream_script(&script, &voice, find, &options)?;
            Ok((stream, if keeps_all { noise_warning(&model, &text, options) } else { None }))
        };
        let (stream, warning) = py.detach(start).map_err(|error: Error| error.raise())?;
        Ok(Speech::new(stream, warning))
    }

    /// The problems of a text, without speaking it, and its number of tokens.
    fn check_text(
        &self,
        py: Python<'_>,
        text: String,
        options: SpeakOptions,
    ) -> PyResult<(Vec<String>, usize)> {
        let options: GenerateOptions = options.resolve()?;
        let report = py.detach(|| self.core.check_text(&text, &options)).map_err(Raise::raise)?;
        Ok((report.warnings().iter().map(ToString::to_string).collect(), report.token_count))
    }

    /// Sound, mono samples at the model's rate, to the codec's latents, `[frames, width]`.
    fn encode_latents<'py>(&self, py: Python<'py>, samples: &[u8]) -> PyResult<Bound<'py, PyByteArray>> {
        let samples: Vec<f32> = bytemuck::pod_collect_to_vec(samples);
        let model = self.core.clone();
        let latents = interruptible(py, move || model.encode_latents(&samples))?.map_err(Raise::raise)?;
        Ok(PyByteArray::new(py, bytemuck::cast_slice(&latents)))
    }

    /// Latents, `[frames, width]`, to sound.
    fn decode_latents<'py>(&self, py: Python<'py>, latents: &[u8]) -> PyResult<Bound<'py, PyByteArray>> {
        let latents: Vec<f32> = bytemuck::pod_collect_to_vec(latents);
        let model = self.core.clone();
        let samples = interruptible(py, move || model.decode_latents(&latents))?.map_err(Raise::raise)?;
        Ok(PyByteArray::new(py, bytemuck::cast_slice(&samples)))
    }

    /// The SHA-256 of the weights that make latents.
    pub(crate) fn encoder_hash(&self, py: Python<'_>) -> PyResult<String> {
        if let Some(hash) = self.encoder_hash.get() {
            return Ok(hash.clone());
        }
        let model = self.core.clone();
        let hash = interruptible(py, move || model.encoder_hash())?.map_err(Raise::raise)?;
        Ok(self.encoder_hash.get_or_init(|| hash).clone())
    }

    /// The numbers of each latent.
    #[getter]
    fn latent_width(&self) -> usize {
        self.core.latent_width()
    }

    #[getter]
    fn sample_rate(&self) -> u32 {
        self.core.sample_rate_hz()
    }

    #[getter]
    fn samples_per_frame(&self) -> usize {
        self.core.samples_per_frame()
    }

    #[getter]
    fn threads(&self) -> usize {
        self.core.threads()
    }

    #[getter]
    fn has_voice_cloning(&self) -> bool {
        self.core.can_clone_voices()
    }

    #[getter]
    fn has_word_times(&self) -> bool {
        self.core.has_word_times()
    }

    #[getter]
    fn voice_names(&self) -> Vec<String> {
        self.core.voice_names()
    }

    /// The voice that speaks by default, as [`voice`](Self::voice) takes it.
    #[getter]
    fn default_voice(&self) -> Option<String> {
        match self.core.default_voice() {
            VoiceSource::Named(name) => Some(name),
            VoiceSource::File(location) => Some(Location::to_string(&location)),
            _ => None,
        }
    }

    #[getter]
    fn language(&self) -> &'static str {
        self.core.language().name()
    }

    #[getter]
    fn default_temperature(&self) -> f64 {
        self.core.config().default_temperature
    }

    #[getter]
    fn default_eos_threshold(&self) -> f64 {
        self.core.config().default_eos_threshold
    }

    #[getter]
    fn weight_cache_problem(&self) -> Option<&str> {
        self.core.weight_cache_problem()
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.core)
    }
}

impl Model {
    /// The library's model.
    pub(crate) fn core(&self) -> &TtsModel {
        &self.core
    }

    /// Where the weights are from, for people.
    pub(crate) fn weights_path(&self) -> &str {
        &self.weights_path
    }

    fn prepare(&self, py: Python<'_>, source: VoiceSource, truncate: bool) -> PyResult<Voice> {
        let options = VoiceOptions::default().truncate(truncate).resampler(Resampler::Reference);
        let model = self.core.clone();
        let prepare = move || -> Result<_, Error> { model.voice_with(&source, &options) };
        let voice = interruptible(py, prepare)?.map_err(Raise::raise)?;
        Ok(Voice { voice })
    }
}

/// A warning if nothing of a text would be left without what the model does not know.
fn noise_warning(model: &TtsModel, text: &str, options: GenerateOptions) -> Option<String> {
    // Every model knows some of these letters, and reading a text again takes time.
    if text.contains(|character: char| character.is_ascii_alphabetic()) {
        return None;
    }
    match model.check_text(text, &options.keep_unknown_characters(false)) {
        Err(error @ Error::Text(_)) if error.is_nothing_to_say() => {
            Some(format!("noise is heard, as in pocket-tts: {error}"))
        }
        _ => None,
    }
}
