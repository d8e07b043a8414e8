//! Which model and voice speak in a conversation, and how. It must not know protocols.

use std::sync::Arc;

use pocket_tts_core::GenerateOptions;

use crate::{
    api_error::ApiError,
    app::App,
    endpoints::speech::{VoiceField, temperature},
    random,
    speech::run::SpeechPlan,
    voices::VoiceChoice,
};

/// What a client wishes; what it leaves out is the server's choice.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    pub(super) model: Option<String>,
    pub(super) language: Option<String>,
    pub(super) voice: Option<VoiceField>,
    pub(super) seed: Option<u64>,
    pub(super) temperature: Option<f32>,
}

/// Which model and voice speak, and how.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// What each sentence is spoken with, so that each can be asked for again by itself.
    pub(super) speech: SpeechPlan,
    pub(super) seed: u64,
}

impl Plan {
    /// # Errors
    ///
    /// If the server has no such model or voice, or a number is outside its range.
    pub(super) fn new(app: &Arc<App>, wishes: &Wishes) -> Result<Self, ApiError> {
        let model = app.models.select(wishes.model.as_deref(), wishes.language.as_deref())?.to_owned();
        let voice = match &wishes.voice {
            Some(VoiceField::Name(name) | VoiceField::Object { id: name }) => {
                app.voices.by_name(&model, name)?
            }
            None => VoiceChoice::Default,
        };
        let seed = wishes.seed.unwrap_or_else(random::seed);
        let options = GenerateOptions::default()
            .seed(seed)
            .temperature(temperature(wishes.temperature.map(f64::from))?);
        Ok(Self { speech: SpeechPlan { model, voice, options }, seed })
    }
}
