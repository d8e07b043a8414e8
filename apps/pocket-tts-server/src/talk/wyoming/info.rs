//! The server's description of itself, and the voices that its names refer to.

use serde_json::{Value, json};

use crate::{
    api_error::ApiError,
    app::App,
    intake::fields::VoiceField,
    models::{choice::ModelChoice, language},
    names::VERSION,
    talk::plan::RequestedSpeech,
    voices::store::VoiceStore,
};

/// The language of models whose language is unknown: clients need one for each voice.
const UNKNOWN_LANGUAGE: &str = "en";

/// A voice as clients see it. Names of voices of further models begin with the model's name.
struct WyomingVoice {
    name: String,
    model: String,
    voice: String,
    language: &'static str,
}

/// The data of the event `info`.
pub(super) fn info(app: &App) -> Value {
    let attribution = json!({ "name": "Kyutai", "url": "https://kyutai.org" });
    let voices: Vec<Value> = voices(app)
        .into_iter()
        .map(|voice| {
            json!({
                "name": voice.name,
                "attribution": attribution,
                "installed": true,
                "description": format!("{} ({})", voice.voice, voice.model),
                "version": VERSION,
                "languages": [voice.language],
                "speakers": null,
            })
        })
        .collect();
    let program = json!({
        "name": "pocket-tts",
        "attribution": attribution,
        "installed": true,
        "description": "Text to speech on an ordinary CPU",
        "version": VERSION,
        "voices": voices,
        "supports_synthesize_streaming": true,
    });
    json!({ "tts": [program], "asr": [], "handle": [], "intent": [], "wake": [], "mic": [], "snd": [] })
}

/// The model and voice of the field `voice` of an event.
///
/// # Errors
///
/// If it is neither a name nor a language.
pub(super) fn requested_speech(app: &App, voice: Option<&Value>) -> Result<RequestedSpeech, ApiError> {
    let text = |key: &str| match voice.and_then(|voice| voice.get(key)) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(ApiError::bad_request(format!("`voice.{key}` must be a text")).param("voice")),
    };
    let (name, language) = (text("name")?, text("language")?);
    if let Some(name) = name {
        let listed = voices(app).into_iter().find(|voice| voice.name == name);
        let (model, voice) =
            listed.map_or((None, name.to_owned()), |listed| (Some(listed.model), listed.voice));
        return Ok(RequestedSpeech {
            model,
            voice: Some(VoiceField::Name(voice)),
            ..RequestedSpeech::default()
        });
    }
    Ok(RequestedSpeech { language: language.map(str::to_owned), ..RequestedSpeech::default() })
}

fn voices(app: &App) -> Vec<WyomingVoice> {
    let mut voices = Vec::new();
    for model in app.models.names() {
        let language = app.models.choice(model).and_then(ModelChoice::language).and_then(language::code);
        let is_first = model == app.models.default_name();
        let mut names = app.voices.listed(model);
        if is_first {
            let created = app.voices.store().map(VoiceStore::list).unwrap_or_default();
            names.extend(created.into_iter().map(|voice| voice.name));
        }
        voices.extend(names.into_iter().map(|voice| WyomingVoice {
            name: if is_first { voice.clone() } else { format!("{model}/{voice}") },
            model: model.clone(),
            voice,
            language: language.unwrap_or(UNKNOWN_LANGUAGE),
        }));
    }
    voices
}
