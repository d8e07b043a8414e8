//! A prepared voice.

use std::{fmt, io::Write, path::Path, sync::Arc};

use pocket_tts_files::{AtomicFile, SaveError};
use pocket_tts_flow_lm::FlowLmState;

use super::{VoiceWarning, primed::PrimedVoice, state_file};
use crate::{Error, Result};

/// A voice, ready to speak: the state of a language model after the voice's prompt.
///
/// Cheap to clone and safe to share; each request forks the state it holds.
#[derive(Clone)]
pub struct Voice {
    primed: Arc<PrimedVoice>,
}

impl fmt::Debug for Voice {
    /// Tells the size only; the numbers mean nothing to a reader.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Voice").field("positions", &self.positions()).finish_non_exhaustive()
    }
}

impl Voice {
    pub(super) fn new(primed: PrimedVoice) -> Self {
        Self { primed: Arc::new(primed) }
    }

    /// Checks that the voice belongs to the model `model_id`.
    pub(crate) fn check_model(&self, model_id: u64) -> Result<()> {
        if self.primed.model_id == model_id { Ok(()) } else { Err(Error::ForeignVoice) }
    }

    /// Positions of the model's memory that the voice takes, 80 ms of its recording each.
    pub fn positions(&self) -> usize {
        self.primed.state.position()
    }

    /// What a person should know about this voice; nothing, for most.
    pub fn warnings(&self) -> &[VoiceWarning] {
        &self.primed.warnings
    }

    /// Exports the voice into a file, which appears whole or not at all: see
    /// [`to_safetensors`](Self::to_safetensors). A file of that name is replaced.
    ///
    /// # Errors
    ///
    /// [`Error::SaveVoice`], if the file can't be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        write_file(path, &self.to_safetensors()).map_err(Error::SaveVoice)
    }

    /// The voice as the bytes of a `.safetensors` file, which this program and the Python package load far
    /// faster than they can encode a recording.
    ///
    /// The tensors are the same as the Python package's. The header's metadata says, under keys that
    /// begin with `pocket_tts.`: the version of the format and of this program, the name of the model and the
    /// fingerprint of its weights (both left out where a file without them was loaded), the number of
    /// positions, and a hash of the numbers. The recording isn't named.
    pub fn to_safetensors(&self) -> Vec<u8> {
        state_file::to_bytes(&self.primed, &[])
    }

    /// Bytes of the keys and values.
    pub(super) fn bytes(&self) -> usize {
        let parts = self.primed.state.caches.iter().flat_map(|cache| [cache.keys(), cache.values()]);
        parts.flatten().map(size_of_val).sum()
    }

    pub(super) fn primed(&self) -> &PrimedVoice {
        &self.primed
    }

    /// The same voice with one warning more.
    pub(super) fn with_warning(self, warning: VoiceWarning) -> Self {
        let primed = &self.primed;
        Self::new(PrimedVoice {
            model_id: primed.model_id,
            state: primed.state.clone(),
            shape: primed.shape,
            made_with: primed.made_with.clone(),
            warnings: primed.warnings.iter().cloned().chain([warning]).collect(),
        })
    }

    /// The state, which a sentence forks. Public for this workspace's own tests and benchmarks.
    #[doc(hidden)]
    pub fn state(&self) -> &FlowLmState {
        &self.primed.state
    }
}

/// Writes a file whole or not at all.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), SaveError> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(bytes).map_err(|reason| SaveError::Io { path: path.to_owned(), reason })?;
    file.commit()
}
