//! The model: loaded once, shared by all threads.

use std::path::PathBuf;

use pocket_tts_core::{
    self as core, Audio, Error, GenerateOptions, Location, Resampler, TtsModel, VoiceOptions, VoiceSource,
};
use pyo3::prelude::*;

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
    model: TtsModel,
}

#[pymethods]
impl Model {
    /// Loads a model, fetching what isn't on this machine.
    #[staticmethod]
    fn load(py: Python<'_>, options: LoadOptions) -> PyResult<Self> {
        let builder = options.builder()?;
        let model = interruptible(py, || builder.build())?.map_err(Raise::raise)?;
        Ok(Self { model })
    }

    /// A voice by name, path or location.
    fn voice(&self, py: Python<'_>, text: &str, truncate: bool) -> PyResult<Voice> {
        self.prepare(py, voice_source(text)?, truncate)
    }

    /// A voice from a file.
    fn voice_of_path(&self, py: Python<'_>, path: PathBuf, truncate: bool) -> PyResult<Voice> {
        self.prepare(py, VoiceSource::from(path), truncate)
    }

    /// A voice from the bytes of a recording or of an exported voice.
    fn voice_of_bytes(&self, py: Python<'_>, bytes: &[u8], truncate: bool) -> PyResult<Voice> {
        self.prepare(py, VoiceSource::from_bytes("the bytes", bytes.to_vec()), truncate)
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
        let options = options.resolve()?;
        let (model, voice) = (self.model.clone(), voices.0.get().voice.clone());
        let named = voices.1.into_iter().map(|(name, voice)| (name, voice.get().voice.clone()));
        let named: Vec<(String, core::Voice)> = named.collect();
        let start = move || {
            let find = |name: &str| match named.iter().find(|(known, _)| known == name) {
                Some((_, voice)) => Ok(voice.clone()),
                None => model.voice(&VoiceSource::Named(name.to_owned())),
            };
            let script = model.script(&text, &options)?;
            model.stream_script(&script, &voice, find, &options)
        };
        let stream = py.detach(start).map_err(Raise::raise)?;
        Ok(Speech::new(stream))
    }

    /// The problems of a text, without speaking it, and its number of tokens.
    fn check_text(
        &self,
        py: Python<'_>,
        text: String,
        options: SpeakOptions,
    ) -> PyResult<(Vec<String>, usize)> {
        let options: GenerateOptions = options.resolve()?;
        let report = py.detach(|| self.model.check_text(&text, &options)).map_err(Raise::raise)?;
        Ok((report.warnings().iter().map(ToString::to_string).collect(), report.token_count))
    }

    #[getter]
    fn sample_rate(&self) -> u32 {
        self.model.sample_rate_hz()
    }

    #[getter]
    fn samples_per_frame(&self) -> usize {
        self.model.samples_per_frame()
    }

    #[getter]
    fn threads(&self) -> usize {
        self.model.threads()
    }

    #[getter]
    fn has_voice_cloning(&self) -> bool {
        self.model.can_clone_voices()
    }

    #[getter]
    fn has_word_times(&self) -> bool {
        self.model.has_word_times()
    }

    #[getter]
    fn voice_names(&self) -> Vec<String> {
        self.model.voice_names()
    }

    /// The voice that speaks by default, as [`voice`](Self::voice) takes it.
    #[getter]
    fn default_voice(&self) -> Option<String> {
        match self.model.default_voice() {
            VoiceSource::Named(name) => Some(name),
            VoiceSource::File(location) => Some(Location::to_string(&location)),
            _ => None,
        }
    }

    #[getter]
    fn language(&self) -> &'static str {
        self.model.language().name()
    }

    #[getter]
    fn default_temperature(&self) -> f64 {
        self.model.config().default_temperature
    }

    #[getter]
    fn default_eos_threshold(&self) -> f64 {
        self.model.config().default_eos_threshold
    }

    #[getter]
    fn weight_cache_problem(&self) -> Option<&str> {
        self.model.weight_cache_problem()
    }

    fn __repr__(&self) -> String {
        format!("{:?}", self.model)
    }
}

impl Model {
    fn prepare(&self, py: Python<'_>, source: VoiceSource, truncate: bool) -> PyResult<Voice> {
        let options = VoiceOptions::default().truncate(truncate).resampler(Resampler::Reference);
        let model = self.model.clone();
        let prepare = move || -> Result<_, Error> { model.voice_with(&source, &options) };
        let voice = interruptible(py, prepare)?.map_err(Raise::raise)?;
        Ok(Voice { voice })
    }
}
