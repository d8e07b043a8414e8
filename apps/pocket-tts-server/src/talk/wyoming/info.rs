//! What the server tells of itself, and which voice a name in it means.

use serde_json::{Value, json};

use crate::{
    api_error::ApiError,
    app::App,
    endpoints::speech::VoiceField,
    models::{ModelChoice, language},
    talk::plan::Wishes,
    voices::store::VoiceStore,
};

/// Clients need a language to offer a voice for; it is this for models that nothing is known of.
const UNKNOWN_LANGUAGE: &str = "en";

/// A voice as clients see it: voices of models other than the first have the model's name before theirs.
struct ListedVoice {
    name: String,
    model: String,
    voice: String,
    language: &'static str,
}

/// The data of the event `info`.
pub(super) fn info(app: &App) -> Value {
    let attribution = json!({ "name": "Kyutai", "url": "https://kyutai.org" });
    let version = env!("CARGO_PKG_VERSION");
    let voices: Vec<Value> = voices(app)
        .into_iter()
        .map(|voice| {
            json!({
                "name": voice.name,
                "attribution": attribution,
                "installed": true,
                "description": format!("{} ({})", voice.voice, voice.model),
                "version": version,
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
        "version": version,
        "voices": voices,
        "supports_synthesize_streaming": true,
    });
    json!({ "tts": [program], "asr": [], "handle": [], "intent": [], "wake": [], "mic": [], "snd": [] })
}

/// The model and voice that the field `voice` of an event means.
///
/// # Errors
///
/// If it is neither a name nor a language.
pub(super) fn wishes(app: &App, voice: Option<&Value>) -> Result<Wishes, ApiError> {
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
        return Ok(Wishes { model, voice: Some(VoiceField::Name(voice)), ..Wishes::default() });
    }
    Ok(Wishes { language: language.map(str::to_owned), ..Wishes::default() })
}

fn voices(app: &App) -> Vec<ListedVoice> {
    let mut voices = Vec::new();
    for model in app.models.names() {
        let language = app.models.choice(model).and_then(ModelChoice::language).and_then(language::code);
        let is_first = model == app.models.default_name();
        let mut names = app.voices.listed(model);
        if is_first {
            let created = app.voices.store().map(VoiceStore::list).unwrap_or_default();
            names.extend(created.into_iter().map(|voice| voice.name));
        }
        voices.extend(names.into_iter().map(|voice| ListedVoice {
            name: if is_first { voice.clone() } else { format!("{model}/{voice}") },
            model: model.clone(),
            voice,
            language: language.unwrap_or(UNKNOWN_LANGUAGE),
        }));
    }
    voices
}
