//! The default text and voice of each language.
//!
//! They equal the reference's. Must not know where voices are stored. Source: `pocket_tts/default_parameters.py`.

/// The language that is used if none is named or the named one is unknown.
pub const DEFAULT_LANGUAGE: &str = "english";

/// The text to speak when none is given. `language` may be a language, its code or the name of a model, in any case:
/// the first language whose name is part of it counts (`french_24l` is French), else English.
///
/// Source: `get_default_text_for_language`.
pub fn default_text(language: Option<&str>) -> &'static str {
    let known = find(&TEXTS, language).or_else(|| find(&TEXTS, Some(DEFAULT_LANGUAGE)));
    known.unwrap_or_default()
}

/// The name of the predefined voice to speak with when none is given, found as in [`default_text`].
/// Predefined voices fit the released weights only; other models need a voice made for them.
///
/// Source: `get_default_voice_for_language`.
pub fn default_voice(language: Option<&str>) -> &'static str {
    find(&VOICES, language).unwrap_or(FALLBACK_VOICE)
}

/// The language of an ISO 639-1 code in any case: `fr`, or with a region `fr-CA` or `fr_CA`.
pub fn language_of_code(code: &str) -> Option<&'static str> {
    let is_region =
        |region: &str| matches!(region.len(), 2 | 3) && region.bytes().all(|b| b.is_ascii_alphanumeric());
    let (code, region) = code.split_once(['-', '_']).unwrap_or((code, "ZZ"));
    let found = CODES.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(code));
    found.filter(|_| is_region(region)).map(|(_, language)| language)
}

const FALLBACK_VOICE: &str = "alba";

/// ISO 639-1.
const CODES: [(&str, &str); 7] = [
    ("en", "english"),
    ("fr", "french"),
    ("de", "german"),
    ("pt", "portuguese"),
    ("it", "italian"),
    ("es", "spanish"),
    ("nl", "dutch"),
];

const TEXTS: [(&str, &str); 7] = [
    (
        "english",
        "Hello world. \
         I am Kyutai's Pocket TTS. \
         I'm fast enough to run on small CPUs. \
         I hope you'll like me.",
    ),
    (
        "french",
        "Bonjour le monde. \
         Je suis le TTS de poche de Kyutai. \
         Je suis assez rapide pour fonctionner sur de petits CPU. \
         J'espère que vous m'aimerez.",
    ),
    (
        "german",
        "Hallo Welt. \
         Ich bin Pocket TTS von Kyutai. \
         Ich bin schnell genug, um auch auf kleinen CPUs zu laufen. \
         Ich hoffe, ich gefalle dir.",
    ),
    (
        "portuguese",
        "Olá mundo. \
         Eu sou o Pocket TTS da Kyutai. \
         Sou rápido o suficiente para rodar em CPUs pequenas. \
         Espero que você goste de mim.",
    ),
    (
        "italian",
        "Ciao mondo. \
         Sono il Pocket TTS di Kyutai. \
         Sono abbastanza veloce da funzionare su piccole CPU. \
         Spero che ti piacerò.",
    ),
    (
        "dutch",
        "Hallo wereld. \
         Ik ben Pocket TTS van Kyutai. \
         Ik ben snel genoeg om op kleine CPU's te draaien. \
         Ik hoop dat je me leuk vindt.",
    ),
    (
        "spanish",
        "Hola mundo. \
         Soy el Pocket TTS de Kyutai. \
         Soy lo suficientemente rápido para funcionar en pequeñas CPU. \
         Espero que te guste.",
    ),
];

const VOICES: [(&str, &str); 6] = [
    ("italian", "giovanni"),
    ("spanish", "lola"),
    ("german", "juergen"),
    ("portuguese", "rafael"),
    ("french", "estelle"),
    ("dutch", "daan"),
];

fn find(table: &[(&str, &'static str)], language: Option<&str>) -> Option<&'static str> {
    let given = language?;
    let language = language_of_code(given).map_or_else(|| given.to_ascii_lowercase(), str::to_owned);
    table.iter().find(|(key, _)| language.contains(key)).map(|(_, value)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_name_counts_as_the_language_in_it() {
        assert!(default_text(Some("french_24l")).starts_with("Bonjour"));
        assert_eq!(default_voice(Some("french_24l")), "estelle");
        assert_eq!(default_voice(Some("english_2026-10")), "alba");
        assert_eq!(default_voice(Some("FRENCH")), "estelle");
    }

    #[test]
    fn unknown_and_missing_languages_are_english() {
        for language in [None, Some(""), Some("klingon"), Some("fr_24layers"), Some(DEFAULT_LANGUAGE)] {
            assert!(default_text(language).starts_with("Hello world. I am"), "{language:?}");
            assert_eq!(default_voice(language), "alba");
        }
    }

    #[test]
    fn a_code_means_its_language_in_any_case_and_region() {
        for code in ["fr", "FR", "fr-CA", "fr_ca", "fr-419"] {
            assert_eq!(language_of_code(code), Some("french"), "{code}");
            assert!(default_text(Some(code)).starts_with("Bonjour"), "{code}");
        }
        for other in ["", "f", "xx", "french", "fr-", "fr_24layers", "fr-é", "b6369a24"] {
            assert_eq!(language_of_code(other), None, "{other}");
        }
        for (_, language) in CODES {
            assert!(find(&TEXTS, Some(language)).is_some(), "{language}");
        }
    }

    #[test]
    fn every_language_has_a_text_of_three_or_more_sentences_and_a_voice() {
        for (language, text) in TEXTS {
            assert!(text.matches(". ").count() >= 2 && text.ends_with('.') && !text.contains("  "));
            assert!(language == DEFAULT_LANGUAGE || find(&VOICES, Some(language)).is_some(), "{language}");
        }
    }
}
