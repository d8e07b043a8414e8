//! A model in memory, and how it gets there.

use std::sync::{Arc, Mutex, PoisonError};

use pocket_tts_core::{Precision, TtsModel, TtsModelBuilder, Voice};

use super::{choice::ModelChoice, registry::Source};

/// A model in memory, with the voice of requests that name none.
#[derive(Debug, Clone)]
pub(crate) struct LoadedModel {
    pub(super) model: TtsModel,
    default_voice: Arc<Mutex<Option<Voice>>>,
}

/// Loads models.
pub(super) struct Loader {
    pub(super) choices: Vec<ModelChoice>,
    pub(super) precision: Precision,
    pub(super) threads: Option<usize>,
    pub(super) offline: bool,
}

impl LoadedModel {
    /// The model.
    pub(crate) fn model(&self) -> &TtsModel {
        &self.model
    }

    /// The default voice. The first call prepares it, so that later ones depend on no file.
    pub(crate) fn default_voice(
        &self,
        prepare: impl FnOnce(&TtsModel) -> pocket_tts_core::Result<Voice>,
    ) -> pocket_tts_core::Result<Voice> {
        // A panic during preparation leaves it empty.
        let mut prepared = self.default_voice.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(voice) = prepared.as_ref() {
            return Ok(voice.clone());
        }
        let voice = prepare(&self.model)?;
        *prepared = Some(voice.clone());
        Ok(voice)
    }
}

impl Loader {
    fn builder(&self, index: usize) -> TtsModelBuilder {
        let builder = self.choices[index].builder().offline(self.offline).precision(self.precision);
        self.threads.into_iter().fold(builder, TtsModelBuilder::threads)
    }
}

impl Source<LoadedModel> for Loader {
    fn estimated_bytes(&self, index: usize) -> Option<u64> {
        self.builder(index).weight_file_bytes()
    }

    fn load(&self, index: usize) -> pocket_tts_core::Result<(LoadedModel, u64)> {
        let model = self.builder(index).build()?;
        if let Some(problem) = model.weight_cache_problem() {
            tracing::warn!(problem, "cannot keep the loaded weights for a faster start");
        }
        let bytes = model.memory_bytes();
        Ok((LoadedModel { model, default_voice: Arc::default() }, bytes))
    }
}
