//! The default voices of models, as operators write them: `VOICE` for the first model, `MODEL=VOICE` for any.

use std::collections::BTreeMap;

use pocket_tts_core::{Location, VoiceSource};
use pocket_tts_settings::InvalidValue;

use crate::models::choice::ModelChoice;

const SETTING: &str = "default_voice";

/// The default voices, by model. The first model is the default one.
pub(super) fn default_voices(
    texts: &[String],
    models: &[(String, ModelChoice)],
) -> Result<BTreeMap<String, VoiceSource>, InvalidValue> {
    let mut voices = BTreeMap::new();
    for text in texts.iter().flat_map(|text| pieces(text, models)) {
        let (model, voice) = model_and_voice(&text, models);
        // There always is a first one.
        let Some((name, choice)) = model.or(models.first()) else { continue };
        let source = VoiceSource::parse(voice)
            .map_err(|error| InvalidValue::new(SETTING, &text, error.to_string()))?;
        if let VoiceSource::File(Location::Path(path)) = &source
            && !path.exists()
        {
            let problem = "there is no such file; check its path";
            return Err(InvalidValue::missing_file(SETTING, &text, problem));
        }
        if let Some(problem) = problem_of(&source, name, choice) {
            return Err(InvalidValue::new(SETTING, &text, &problem));
        }
        if voices.insert(name.clone(), source).is_some() {
            return Err(InvalidValue::new(
                SETTING,
                &text,
                format!("the model `{name}` has another default voice already"),
            ));
        }
    }
    Ok(voices)
}

/// Splits at the commas before the name of a model. File names may have commas, too.
fn pieces(text: &str, models: &[(String, ModelChoice)]) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for part in text.split(',') {
        match pieces.last_mut() {
            Some(last) if model_and_voice(part, models).0.is_none() => {
                last.push(',');
                last.push_str(part);
            }
            _ => pieces.push(part.to_owned()),
        }
    }
    pieces
}

/// The model, if it is named, and the voice.
fn model_and_voice<'a, 'b>(
    text: &'a str,
    models: &'b [(String, ModelChoice)],
) -> (Option<&'b (String, ModelChoice)>, &'a str) {
    let named = text
        .split_once('=')
        .and_then(|(name, voice)| models.iter().find(|(known, _)| known == name).map(|model| (model, voice)));
    named.map_or((None, text), |(model, voice)| (Some(model), voice))
}

/// Why a model cannot use this voice, as far as that is known without loading it.
fn problem_of(source: &VoiceSource, name: &str, choice: &ModelChoice) -> Option<String> {
    match (source, choice) {
        (VoiceSource::Named(voice), ModelChoice::Config(_)) => Some(format!(
            "the model `{name}` has no named voices, and there is no file `{voice}`; give a recording or an exported voice"
        )),
        (VoiceSource::Named(voice), ModelChoice::Language(_)) => {
            let known = choice.voice_names();
            (!known.contains(voice)).then(|| {
                format!(
                    "that is neither a file nor a voice of the model `{name}`; it has {}",
                    known.join(", ")
                )
            })
        }
        _ => None,
    }
}
