//! The languages that models speak, by name and by code. It must not know which models there are.

use crate::api_error::ApiError;

/// Names and ISO 639-1 codes.
const LANGUAGES: [(&str, &str); 7] = [
    ("english", "en"),
    ("french", "fr"),
    ("german", "de"),
    ("portuguese", "pt"),
    ("italian", "it"),
    ("spanish", "es"),
    ("dutch", "nl"),
];

/// The language that a request names: `french`, `fr` or `fr-CA`, in any case.
pub(crate) fn parse(text: &str) -> Result<&'static str, ApiError> {
    let text_lower = text.to_ascii_lowercase();
    let code = text_lower.split(['-', '_']).next().unwrap_or_default();
    let found = LANGUAGES.into_iter().find(|(name, known)| *name == text_lower || *known == code);
    found.map(|(name, _)| name).ok_or_else(|| {
        let known = LANGUAGES.map(|(name, code)| format!("{name} ({code})")).join(", ");
        let message = format!("`language` `{}` is unknown; known are {known}", text.escape_debug());
        ApiError::bad_request(message).param("language").code("language_not_found")
    })
}

/// The ISO 639-1 code of a language's name.
pub(crate) fn code(name: &str) -> Option<&'static str> {
    LANGUAGES.into_iter().find(|(language, _)| *language == name).map(|(_, code)| code)
}

/// The language of a released model.
pub(crate) fn of_model(name: &str) -> Option<&'static str> {
    if name == "tiny" {
        return Some("english");
    }
    let first = name.split('_').next().unwrap_or_default();
    LANGUAGES.into_iter().find(|(language, _)| *language == first).map(|(language, _)| language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_known_by_name_and_by_code() {
        for text in ["french", "FR", "fr-CA", "fr_FR"] {
            assert_eq!(parse(text).unwrap(), "french");
        }
        assert!(parse("klingon").unwrap_err().to_string().contains("english (en)"));
        for name in pocket_tts_core::model_names() {
            assert!(of_model(name).is_some(), "{name}");
        }
    }
}
