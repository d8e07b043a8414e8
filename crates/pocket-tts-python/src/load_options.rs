//! Which model to load, as the Python half says it.

use std::path::PathBuf;

use pocket_tts_core::{
    FetchEvent, Location, Precision, TtsModel, TtsModelBuilder, VoiceSource, default_weight_cache_dir,
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
    /// Weights that replace the model's own. They are read while the model is loaded only.
    pub(crate) weights: Option<PathBuf>,
    /// Where those are from, for people.
    weights_name: Option<String>,
    /// Called with each event of a download; see [`report`].
    on_download: Option<Py<PyAny>>,
}

impl LoadOptions {
    /// Where weights that replace the model's own are from.
    pub(crate) fn weights_name(&self) -> Option<String> {
        self.weights_name.clone()
    }

    /// What names the model.
    pub(crate) fn model_name(&self) -> Option<String> {
        self.config.clone().or_else(|| self.language.clone())
    }

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
        if let Some(callable) = self.on_download {
            builder = builder.on_fetch(move |event: &FetchEvent<'_>| report(&callable, event));
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

/// Calls `callable` with the kind of the event, the location of the file, the bytes so far, all bytes if they are known, and
/// a reason.
fn report(callable: &Py<PyAny>, event: &FetchEvent<'_>) {
    let (kind, location, done, total, reason) = match *event {
        FetchEvent::Waiting { location } => ("waiting", location, 0, None, ""),
        FetchEvent::Started { location, done_bytes, total_bytes } => {
            ("started", location, done_bytes, total_bytes, "")
        }
        FetchEvent::Received { location, done_bytes, .. } => ("received", location, done_bytes, None, ""),
        FetchEvent::Retrying { location, reason, .. } => ("retrying", location, 0, None, reason),
        FetchEvent::Finished { location, total_bytes } => {
            ("finished", location, total_bytes, Some(total_bytes), "")
        }
        FetchEvent::Failed { location } => ("failed", location, 0, None, ""),
        _ => return,
    };
    // Nobody listens while the interpreter ends.
    let _ended = Python::try_attach(|py| {
        if let Err(error) = callable.call1(py, (kind, location.to_string(), done, total, reason)) {
            error.write_unraisable(py, Some(callable.bind(py)));
        }
    });
}

fn location(text: &str) -> PyResult<Location> {
    Location::parse(text).map_err(|error| Class::Request.exception(error.to_string()))
}

/// A voice as a user writes it: a name, a path or a location.
pub(crate) fn voice_source(text: &str) -> PyResult<VoiceSource> {
    VoiceSource::parse(text).map_err(|error| Class::Request.exception(error.to_string()))
}
