//! Whom the model speaks as.

use std::{fmt, path::Path, path::PathBuf, str::FromStr, sync::Arc};

use pocket_tts_audio::Audio;
use pocket_tts_flow_lm::FlowLmState;

use crate::{
    Error, Result, catalogue,
    config::{Location, LocationError},
};

/// Where a voice comes from.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum VoiceSource {
    /// A voice of the model's catalogue, such as `alba`.
    Named(String),
    /// A file: a state exported before (`.safetensors`), or else a recording to clone.
    File(Location),
    /// A recording in memory, to clone.
    Samples(Audio),
}

/// A voice, ready to speak: the state of a model that has heard it.
///
/// Cheap to clone and safe to share; each request forks the state it holds.
#[derive(Clone)]
pub struct Voice {
    pub(crate) primed: Arc<PrimedVoice>,
}

pub(crate) struct PrimedVoice {
    /// The model that made it.
    pub(crate) model_id: u64,
    pub(crate) state: FlowLmState,
}

impl VoiceSource {
    /// Reads a voice as a user writes it: a name of the catalogue, a path, or an `https://` or `hf://`
    /// location. A word that is no file and has neither folder nor extension counts as a name.
    ///
    /// # Errors
    ///
    /// If it has a scheme but is no location.
    pub fn parse(text: &str) -> Result<Self, LocationError> {
        let location = Location::parse(text)?;
        let is_name = match &location {
            Location::Path(path) => {
                is_known(text)
                    || (path.extension().is_none() && path.components().count() == 1 && !path.exists())
            }
            _ => false,
        };
        Ok(if is_name { Self::Named(text.to_owned()) } else { Self::File(location) })
    }
}

/// Whether some model has a voice of this name.
fn is_known(name: &str) -> bool {
    #[cfg(feature = "tiny")]
    if name == crate::embedded::VOICE {
        return true;
    }
    catalogue::voice_names().any(|known| known == name)
}

impl FromStr for VoiceSource {
    type Err = LocationError;

    fn from_str(text: &str) -> Result<Self, LocationError> {
        Self::parse(text)
    }
}

impl From<&Path> for VoiceSource {
    fn from(path: &Path) -> Self {
        Self::File(Location::Path(path.to_owned()))
    }
}

impl From<PathBuf> for VoiceSource {
    fn from(path: PathBuf) -> Self {
        Self::File(Location::Path(path))
    }
}

impl fmt::Debug for Voice {
    /// Tells the size only; the numbers mean nothing to a reader.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Voice").field("positions", &self.positions()).finish_non_exhaustive()
    }
}

impl Voice {
    pub(crate) fn new(model_id: u64, state: FlowLmState) -> Self {
        Self { primed: Arc::new(PrimedVoice { model_id, state }) }
    }

    /// A fork of the state for a request of the model `model_id`.
    pub(crate) fn fork(&self, model_id: u64) -> Result<FlowLmState> {
        if self.primed.model_id == model_id {
            Ok(self.primed.state.clone())
        } else {
            Err(Error::ForeignVoice)
        }
    }

    /// Positions of the model's memory that the voice takes, 80 ms of its recording each.
    pub fn positions(&self) -> usize {
        self.primed.state.position()
    }

    /// The state, for this workspace's own tests and benchmarks.
    #[doc(hidden)]
    pub fn state(&self) -> &FlowLmState {
        &self.primed.state
    }
}
