//! Configurations by name.

use super::{early_model, model_config::Config, problem::ConfigProblem, released::released};

/// The configuration of a released model, whose name [`model_name`](crate::model_name) resolves, or of the first one by its
/// old name, `b6369a24`.
///
/// # Errors
/// [`ConfigProblem::UnknownName`] if there is no such model.
///
/// # Source
/// `pocket_tts/models/tts_model.py`, `TTSModel.load_model`
pub fn builtin(name: &str) -> Result<Config, ConfigProblem> {
    if name == early_model::NAME { early_model::config() } else { released(name) }
}

#[cfg(test)]
mod tests {
    use super::builtin;
    use crate::config::builtin_names;

    #[test]
    fn every_built_in_config_passes_its_checks() {
        assert_eq!(builtin_names().len(), 27);
        for name in builtin_names() {
            let config = builtin(name).unwrap();
            assert_eq!(config.mimi.samples_per_frame(), 1920, "{name}");
            let layers = if name.ends_with("_24l") { 24 } else { config.flow_lm.transformer.num_layers };
            assert_eq!(config.flow_lm.transformer.num_layers, layers, "{name}");
        }
    }

    #[test]
    fn codes_of_languages_and_capitals_are_understood() {
        for (alias, name) in
            [("en", "english"), ("ENGLISH", "english"), ("de-CH", "german"), ("fr_24L", "french_24l")]
        {
            assert_eq!(builtin(alias).unwrap(), builtin(name).unwrap(), "{alias}");
        }
        let voices = crate::voices("FR").unwrap();
        assert!(voices.iter().any(|voice| voice.is_default && voice.name == "estelle"));
    }

    #[test]
    fn an_unknown_name_gets_the_list_and_a_guess() {
        let message = builtin("frensh").unwrap_err().to_string();
        assert!(message.starts_with("there is no model `frensh`; did you mean `french`? known models are "));
        assert!(message.contains("dutch, dutch_24l, english, "), "{message}");
        assert!(message.ends_with(", spanish_24l"));
        let message = builtin("eng").unwrap_err().to_string();
        assert!(message.contains("did you mean `english`?"), "{message}");
        let message = builtin("Frensh").unwrap_err().to_string();
        assert!(message.contains("did you mean `french`?"), "{message}");
        let message = builtin("../english").unwrap_err().to_string();
        assert!(message.starts_with("there is no model `../english`"), "{message}");
    }
}
