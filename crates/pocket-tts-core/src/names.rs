//! Names of models, and what users write for them.

use pocket_tts_configs::CONFIGS;

/// The name of the model that is compiled in.
pub(crate) const EMBEDDED_MODEL: &str = "tiny";

/// The names of its voices. The first one speaks by default.
#[cfg(feature = "tiny")]
pub(crate) fn embedded_voice_names() -> impl Iterator<Item = &'static str> {
    pocket_tts_tiny::VOICES.iter().map(|(name, _)| *name)
}

/// The names that [`TtsModelBuilder::language`](crate::TtsModelBuilder::language) takes.
pub fn model_names() -> impl Iterator<Item = &'static str> {
    let embedded = cfg!(feature = "tiny").then_some(EMBEDDED_MODEL);
    embedded.into_iter().chain(CONFIGS.iter().map(|(name, _)| *name))
}

/// The name of the model that `name` means: one of [`model_names`] in upper or lower case, or the code of a language,
/// such as `fr` or `fr-CA`, with the ending of a model if it has one (`fr_24l`). `None` if there is no such model.
///
/// ```
/// assert_eq!(pocket_tts_core::model_name("EN"), Some("english"));
/// assert_eq!(pocket_tts_core::model_name("fr_24l"), Some("french_24l"));
/// assert_eq!(pocket_tts_core::model_name("klingon"), None);
/// ```
pub fn model_name(name: &str) -> Option<&'static str> {
    let known = |name: &str| model_names().find(|known| known.eq_ignore_ascii_case(name));
    let of_language = || known(pocket_tts_text::language_of_code(name)?);
    let with_ending = || {
        let (code, ending) = name.split_once('_')?;
        known(&format!("{}_{ending}", pocket_tts_text::language_of_code(code)?))
    };
    known(name).or_else(with_ending).or_else(of_language)
}
