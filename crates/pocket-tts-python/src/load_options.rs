//! Which model to load, as the Python half says it.

use std::path::PathBuf;

use pocket_tts_core::{
    Location, Precision, TtsModel, TtsModelBuilder, VoiceSource, default_weight_cache_dir,
};
use pyo3::prelude::*;

use crate::errors::Class;

/// The arguments of a load, by their keys in a dictionary.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct LoadOptions {
    /// The name of a released model.
    language: Option<String>,
    /// The path or location of a configuration, instead.
    config: Option<String>,
    precision: String,
    threads: Option<usize>,
    offline: bool,
    voice_cache_bytes: Option<usize>,
    voice_cache_dir: Option<PathBuf>,
    /// Whether packed weights are kept in the usual folder.
    weight_cache: bool,
    weight_cache_dir: Option<PathBuf>,
    /// Weights that replace the model's own.
    weights: Option<PathBuf>,
}

impl LoadOptions {
    /// The loader of the model.
    pub(crate) fn builder(self) -> PyResult<TtsModelBuilder> {
        let precision = Precision::named(&self.precision).filter(|known| Precision::ALL.contains(known));
        let Some(precision) = precision else {
            let allowed = Precision::ALL.map(Precision::name).join(", ");
            let problem = format!("`precision` is `{}`, but must be one of {allowed}", self.precision);
            return Err(Class::Request.exception(problem));
        };
        let mut builder = TtsModel::builder().precision(precision);
        if let Some(language) = self.language {
            builder = builder.language(language);
        }
        if let Some(config) = self.config {
            builder = builder.config(location(&config)?);
        }
        // Else the environment decides.
        if self.offline {
            builder = builder.offline(true);
        }
        if let Some(file) = self.weights {
            builder = builder.weights(file);
        }
        if let Some(threads) = self.threads {
            builder = builder.threads(threads);
        }
        if let Some(bytes) = self.voice_cache_bytes {
            builder = builder.voice_cache_bytes(bytes);
        }
        if let Some(folder) = self.voice_cache_dir {
            builder = builder.voice_cache_dir(folder);
        }
        let usual = if self.weight_cache { default_weight_cache_dir() } else { None };
        if let Some(folder) = self.weight_cache_dir.or(usual) {
            builder = builder.weight_cache_dir(folder);
        }
        Ok(builder)
    }
}

fn location(text: &str) -> PyResult<Location> {
    Location::parse(text).map_err(|error| Class::Request.exception(error.to_string()))
}

/// A voice as a user writes it: a name, a path or a location.
pub(crate) fn voice_source(text: &str) -> PyResult<VoiceSource> {
    VoiceSource::parse(text).map_err(|error| Class::Request.exception(error.to_string()))
}
