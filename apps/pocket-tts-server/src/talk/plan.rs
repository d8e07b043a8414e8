//! The model, the voice and the options of a conversation. It must not know protocols.

use std::sync::Arc;

use pocket_tts_core::GenerateOptions;

use crate::{
    api_error::ApiError,
    app::App,
    intake::{
        checking::{ResponseUse, with_check},
        fields::{VoiceField, temperature},
        reading::ReadingFields,
    },
    random,
    speech::run::SpeechPlan,
    voices::choice::VoiceChoice,
};

/// What a client requests. The server chooses the rest.
#[derive(Debug, Default)]
pub(super) struct RequestedSpeech {
    pub(super) model: Option<String>,
    pub(super) language: Option<String>,
    pub(super) voice: Option<VoiceField>,
    pub(super) seed: Option<u64>,
    pub(super) temperature: Option<f32>,
    pub(super) reading: ReadingFields,
    /// What is done about words that the speech lacks, by name.
    pub(super) check: Option<String>,
    /// Whether the client is told when sentences and words are heard.
    pub(super) has_times: bool,
    /// Whether the text is written piece by piece, so that its voice stays from one piece to the next.
    pub(super) is_growing: bool,
}

/// The checked model, voice and options.
#[derive(Debug, Clone)]
pub(super) struct ConversationPlan {
    /// The options of each sentence, so that a request for a single sentence gives the same audio.
    pub(super) speech: SpeechPlan,
    pub(super) seed: u64,
    /// As requested.
    pub(super) is_growing: bool,
    /// As requested.
    pub(super) has_times: bool,
}

impl ConversationPlan {
    /// # Errors
    ///
    /// If the server has no such model or voice, or a number is outside its range.
    pub(super) fn new(app: &Arc<App>, requested: &RequestedSpeech) -> Result<Self, ApiError> {
        let model = app.models.select(requested.model.as_deref(), requested.language.as_deref())?.to_owned();
        let voice = match &requested.voice {
            Some(VoiceField::Name(name) | VoiceField::Object { id: name }) => {
                app.voices.by_name(&model, name)?
            }
            None => VoiceChoice::Default,
        };
        let seed = requested.seed.unwrap_or_else(random::seed);
        let options = GenerateOptions::default()
            .seed(seed)
            .temperature(temperature(requested.temperature.map(f64::from))?);
        let options = requested.reading.apply(options, &app.settings.reading)?;
        let check = app.settings.reading.check;
        let mut options = with_check(options, requested.check.as_deref(), check, ResponseUse::Streamed)?;
        let (is_growing, has_times) = (requested.is_growing, requested.has_times);
        if has_times {
            options = options.timings(true);
        }
        Ok(Self { speech: SpeechPlan { model, voice, options }, seed, is_growing, has_times })
    }
}
