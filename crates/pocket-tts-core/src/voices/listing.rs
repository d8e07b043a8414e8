//! The voices that there are to choose from, without loading a model. It must not fetch anything.

use pocket_tts_hub::Fetcher;

use crate::{
    ModelSource, Result, TtsModel, catalogue,
    config::{self, Location},
};

/// The languages that released models speak.
const LANGUAGES: [&str; 7] = ["english", "french", "german", "portuguese", "italian", "spanish", "dutch"];
/// Where the pages of repositories are.
const HUB: &str = "https://huggingface.co/";

/// A voice that a model has by name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PredefinedVoice {
    /// What to ask for.
    pub name: String,
    /// Whether the model speaks with it if nobody asks for one.
    pub is_default: bool,
    /// The language whose models speak with it by default, if any. Each model has a state of each voice.
    pub default_of: Option<&'static str>,
    /// The recording behind it, which any model that clones can take; `None` for the built-in voice.
    pub recording: Option<Location>,
    /// The state of this model; `None` if it is compiled in.
    pub state: Option<Location>,
    /// The page that tells under which terms the recording may be used.
    pub licence_page: Option<String>,
    /// Whether the state is on this machine.
    pub is_cached: bool,
}

/// The voices of a released model, by the model's name, in upstream's order; nothing is fetched or loaded.
///
/// # Errors
///
/// If there is no such model.
pub fn voices(model: &str) -> Result<Vec<PredefinedVoice>> {
    let source = ModelSource::named(model.to_owned());
    if let ModelSource::Language(name) = &source {
        config::builtin(name)?;
    }
    Ok(list(&source, &Fetcher::from_environment()))
}

impl TtsModel {
    /// The voices that this model has by name; none if it was loaded by its configuration, as their states
    /// fit the released weights only.
    pub fn voices(&self) -> Vec<PredefinedVoice> {
        list(self.source(), self.fetcher())
    }
}

fn list(source: &ModelSource, fetcher: &Fetcher) -> Vec<PredefinedVoice> {
    let default = source.default_voice();
    let names = source.voice_names().into_iter();
    let listed = names.map(|name| {
        let recording = if source.is_embedded() { None } else { catalogue::voice_recording(&name) };
        let state = source.predefined_state(&name);
        PredefinedVoice {
            is_default: default == crate::VoiceSource::Named(name.clone()),
            default_of: default_of(&name),
            licence_page: recording.as_ref().and_then(page),
            is_cached: state.as_ref().is_none_or(|state| fetcher.cached(state).is_some()),
            recording,
            state,
            name,
        }
    });
    listed.collect()
}

fn default_of(name: &str) -> Option<&'static str> {
    LANGUAGES.into_iter().find(|language| pocket_tts_text::default_voice(Some(language)) == name)
}

/// The page of the repository that a file is in.
fn page(location: &Location) -> Option<String> {
    match location {
        Location::HuggingFace { repo, .. } => Some(format!("{HUB}{repo}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::voices;

    #[test]
    fn each_language_has_27_voices_and_one_default() {
        for (model, default) in [
            ("english", "alba"),
            ("italian_24l", "giovanni"),
            ("spanish", "lola"),
            ("german", "juergen"),
            ("portuguese", "rafael"),
            ("french", "estelle"),
            ("dutch", "daan"),
        ] {
            let voices = voices(model).unwrap();
            assert_eq!(voices.len(), 27);
            let defaults: Vec<_> = voices.iter().filter(|voice| voice.is_default).collect();
            assert_eq!(defaults.iter().map(|voice| voice.name.as_str()).collect::<Vec<_>>(), [default]);
            assert!(defaults[0].default_of.is_some_and(|language| model.contains(language)), "{model}");
            for voice in &voices {
                let state = voice.state.as_ref().unwrap().to_string();
                assert!(state.contains(&format!("languages/{model}/embeddings/{}.", voice.name)), "{state}");
                let recording = voice.recording.as_ref().unwrap().to_string();
                let page = voice.licence_page.as_deref().unwrap();
                let repository = page.strip_prefix("https://huggingface.co/").unwrap();
                assert!(recording.starts_with(&format!("hf://{repository}/")), "{recording}: {page}");
            }
        }
    }

    #[test]
    fn an_unknown_model_has_no_voices() {
        assert!(voices("englsh").unwrap_err().to_string().contains("did you mean `english`"));
    }

    #[cfg(feature = "tiny")]
    #[test]
    fn the_built_in_voice_is_always_there() {
        let voices = voices("tiny").unwrap();
        assert_eq!(voices.len(), 1);
        assert!(voices[0].is_default && voices[0].is_cached && voices[0].state.is_none());
    }
}
