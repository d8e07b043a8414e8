//! What is said in place of things that can't be spoken.

use crate::language;

/// What is said in place of things that can't be spoken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CleaningWords {
    /// For a block of code: a sentence with its mark, or nothing.
    pub code_block: String,
}

/// By code.
const CODE_BLOCK: [(&str, &str); 7] = [
    ("en", "Code block."),
    ("fr", "Bloc de code."),
    ("de", "Codeblock."),
    ("es", "Bloque de código."),
    ("it", "Blocco di codice."),
    ("pt", "Bloco de código."),
    ("nl", "Codeblok."),
];

impl CleaningWords {
    /// The words of a language: `en`, `pt-BR`, `french` or the name of a model. English if it is unknown.
    pub fn of_language(name: &str) -> Self {
        let code = language::code(name).unwrap_or("en");
        let found = CODE_BLOCK.into_iter().find(|(known, _)| *known == code);
        Self { code_block: found.map_or("", |(_, words)| words).to_owned() }
    }
}

impl Default for CleaningWords {
    /// The English words.
    fn default() -> Self {
        Self::of_language("en")
    }
}
