//! The names of the seven languages.

/// Code and English name.
const LANGUAGES: [(&str, &str); 7] = [
    ("en", "english"),
    ("fr", "french"),
    ("de", "german"),
    ("es", "spanish"),
    ("it", "italian"),
    ("pt", "portuguese"),
    ("nl", "dutch"),
];

/// The code of the language that `name` means, in lower case: a code with or without a region (`pt-BR`), a name, or the
/// name of a model that contains a name (`french_24l`).
pub(crate) fn code(name: &str) -> Option<&'static str> {
    let name = name.trim().to_ascii_lowercase();
    let start = name.split(['-', '_']).next().unwrap_or_default();
    let by_code = LANGUAGES.iter().find(|(code, _)| *code == start);
    by_code.or_else(|| LANGUAGES.iter().find(|(_, language)| name.contains(language))).map(|(code, _)| *code)
}

/// The region of a code such as `pt-BR`, in lower case.
pub(crate) fn region(name: &str) -> Option<String> {
    let (start, region) = name.trim().split_once(['-', '_'])?;
    (start.len() == 2 && matches!(region.len(), 2 | 3)).then(|| region.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_known_by_code_name_and_model() {
        for (name, expected) in [
            ("en", Some("en")),
            ("pt-BR", Some("pt")),
            ("German", Some("de")),
            ("french_24l", Some("fr")),
            ("ja", None),
            ("", None),
        ] {
            assert_eq!(code(name), expected, "{name}");
        }
        assert_eq!(region("pt_BR").as_deref(), Some("br"));
        assert_eq!(region("french_24l"), None);
    }
}
