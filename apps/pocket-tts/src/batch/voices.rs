//! The voices of lines, each prepared once while it is in use. It must not know lines.

use std::sync::{Arc, Mutex, PoisonError};

use pocket_tts_core::{TtsModel, Voice, VoiceOptions, VoiceSource};

use crate::exit::Failure;
use crate::model_choice::voice_name;

/// Voices that are held; the one that has not been used for longest makes room.
const MOST_HELD: usize = 16;

/// The voices of a model.
#[derive(Debug)]
pub(super) struct Voices<'a> {
    model: &'a TtsModel,
    /// The latest use is last.
    held: Mutex<Vec<Held>>,
}

#[derive(Debug)]
struct Held {
    source: VoiceSource,
    options: VoiceOptions,
    slot: Arc<Slot>,
}

/// The first line with a voice prepares it, and others wait for that.
type Slot = Mutex<Option<Voice>>;

/// A voice for a line.
#[derive(Debug)]
pub(super) struct FoundVoice {
    pub(super) voice: Voice,
    /// What is to be known about the voice; empty if it has been found before.
    pub(super) warnings: Vec<String>,
}

impl<'a> Voices<'a> {
    pub(super) fn new(model: &'a TtsModel) -> Self {
        Self { model, held: Mutex::default() }
    }

    /// Prepares a voice, or finds it.
    pub(super) fn find(
        &self,
        source: Option<&VoiceSource>,
        options: VoiceOptions,
    ) -> Result<FoundVoice, Failure> {
        let source = source.cloned().unwrap_or_else(|| self.model.default_voice());
        let slot = self.slot(&source, options);
        // What a panic leaves is empty, or whole.
        let mut place = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(voice) = place.as_ref() {
            return Ok(FoundVoice { voice: voice.clone(), warnings: Vec::new() });
        }
        let voice = self.model.voice_with(&source, &options)?;
        let name = voice_name(&source);
        let warnings = voice.warnings().iter().map(|warning| format!("voice {name}: {warning}")).collect();
        *place = Some(voice.clone());
        Ok(FoundVoice { voice, warnings })
    }

    fn slot(&self, source: &VoiceSource, options: VoiceOptions) -> Arc<Slot> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let known = held.iter().position(|held| held.source == *source && held.options == options);
        let latest = match known {
            Some(index) => held.remove(index),
            None => Held { source: source.clone(), options, slot: Arc::default() },
        };
        let slot = Arc::clone(&latest.slot);
        held.push(latest);
        if held.len() > MOST_HELD {
            held.remove(0);
        }
        slot
    }
}

#[cfg(all(test, feature = "tiny"))]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_voice_is_read_once_until_others_need_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let model = TtsModel::builder().embedded().build().unwrap();
        let own = model.voice(&model.default_voice()).unwrap();
        let source = |index: usize| VoiceSource::from(folder.path().join(format!("{index}.safetensors")));
        let path = |index: usize| folder.path().join(format!("{index}.safetensors"));
        own.save(&path(0)).unwrap();
        for index in 1..=MOST_HELD {
            fs::copy(path(0), path(index)).unwrap();
        }
        let voices = Voices::new(&model);
        let find = |index: usize| voices.find(Some(&source(index)), VoiceOptions::default());
        find(0).unwrap();
        fs::remove_file(path(0)).unwrap();
        find(0).unwrap();
        for index in 1..=MOST_HELD {
            find(index).unwrap();
        }
        assert!(find(0).is_err(), "it was forgotten");
        assert!(voices.find(None, VoiceOptions::default()).is_ok());
    }
}
