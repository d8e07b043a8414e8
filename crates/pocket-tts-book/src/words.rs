//! Words in the languages of books.

/// What is said in place of a table, by code.
const TABLE: [(&str, &str); 7] = [
    ("en", "Table."),
    ("fr", "Tableau."),
    ("de", "Tabelle."),
    ("es", "Tabla."),
    ("it", "Tabella."),
    ("pt", "Tabela."),
    ("nl", "Tabel."),
];

/// Titles of pages that are not read aloud, in lower case.
const SKIPPED_TITLES: &[&str] = &[
    "cover",
    "cover page",
    "copyright",
    "copyright page",
    "copyright notice",
    "contents",
    "table of contents",
    "imprint",
    "couverture",
    "sommaire",
    "table des matières",
    "umschlag",
    "titelbild",
    "cover-bild",
    "impressum",
    "inhalt",
    "inhaltsverzeichnis",
    "cubierta",
    "portadilla",
    "índice",
    "créditos",
    "copertina",
    "indice",
    "sommario",
    "capa",
    "sumário",
    "ficha técnica",
    "omslag",
    "inhoud",
    "inhoudsopgave",
    "colofon",
];

/// Words with which the heading of a chapter begins in plain texts, in lower case.
const CHAPTER_WORDS: &[&str] = &[
    "chapter",
    "part",
    "book",
    "letter",
    "volume",
    "act",
    "scene",
    "canto",
    "section",
    "kapitel",
    "teil",
    "buch",
    "chapitre",
    "partie",
    "livre",
    "capítulo",
    "parte",
    "libro",
    "capitolo",
    "livro",
    "hoofdstuk",
    "deel",
    "boek",
];

/// Words that are headings of chapters by themselves, in lower case.
const CHAPTER_NAMES: &[&str] = &[
    "prologue",
    "epilogue",
    "preface",
    "introduction",
    "foreword",
    "afterword",
    "conclusion",
    "interlude",
    "prolog",
    "epilog",
    "vorwort",
    "nachwort",
    "einleitung",
    "épilogue",
    "préface",
    "avant-propos",
    "prólogo",
    "epílogo",
    "prefacio",
    "introducción",
    "prologo",
    "epilogo",
    "prefazione",
    "introduzione",
    "prefácio",
    "introdução",
    "proloog",
    "epiloog",
    "voorwoord",
    "inleiding",
];

/// Numbers in words that follow a word for a chapter, in lower case.
const NUMBERS: &[&str] = &[
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "last",
    "erstes",
    "zweites",
    "drittes",
    "viertes",
    "eins",
    "zwei",
    "drei",
    "vier",
    "fünf",
    "sechs",
    "sieben",
    "acht",
    "neun",
    "zehn",
    "un",
    "premier",
    "première",
    "deux",
    "trois",
    "quatre",
    "cinq",
    "uno",
    "primero",
    "primo",
    "dos",
    "due",
    "tres",
    "tre",
    "um",
    "primeiro",
    "dois",
    "três",
    "een",
    "twee",
    "drie",
];

/// What is said in place of a table in this language; English if it is unknown.
pub(crate) fn table(language: &str) -> &'static str {
    let code = code(language);
    TABLE.into_iter().find(|(known, _)| *known == code).map_or(TABLE[0].1, |(_, word)| word)
}

/// Whether a page with this title is not read aloud.
pub(crate) fn is_skipped_title(title: &str) -> bool {
    SKIPPED_TITLES.contains(&title.trim().to_lowercase().as_str())
}

/// The words of a chapter's heading in a plain text, such as "CHAPTER IV. The whale" or "Prologue".
pub(crate) fn names_a_chapter(line: &str) -> bool {
    let line = line.to_lowercase();
    let mut words = line.split_whitespace();
    let Some(first) = words.next() else { return false };
    let first = bare(first);
    if CHAPTER_NAMES.contains(&first) {
        return words.next().is_none_or(|next| next.starts_with(['-', '–', '—']) || line.contains(':'));
    }
    let second = words.next().map(bare).unwrap_or_default();
    if CHAPTER_WORDS.contains(&first) {
        return is_number(second)
            || (second == "the" && words.next().is_some_and(|word| is_number(bare(word))));
    }
    // "Erstes Kapitel", "First Chapter".
    is_number(first) && CHAPTER_WORDS.contains(&second) && words.next().is_none()
}

fn is_number(word: &str) -> bool {
    let is_roman = word.len() <= 9 && word.chars().all(|character| "ivxlcdm".contains(character));
    let is_spelled = |word: &str| NUMBERS.contains(&word);
    !word.is_empty()
        && (is_roman
            || word.chars().all(|character| character.is_ascii_digit())
            || word.split('-').all(is_spelled))
}

fn bare(word: &str) -> &str {
    word.trim_matches(|character: char| !character.is_alphanumeric())
}

/// The code of a language that is written as `en-GB`, `English` or the name of a model.
pub(crate) fn code(language: &str) -> &str {
    const NAMES: [(&str, &str); 7] = [
        ("english", "en"),
        ("french", "fr"),
        ("german", "de"),
        ("spanish", "es"),
        ("italian", "it"),
        ("portuguese", "pt"),
        ("dutch", "nl"),
    ];
    const CODES: [(&str, &str); 7] = [
        ("eng", "en"),
        ("fre", "fr"),
        ("fra", "fr"),
        ("ger", "de"),
        ("deu", "de"),
        ("spa", "es"),
        ("ita", "it"),
    ];
    let first = language.split(['-', '_', '.']).next().unwrap_or_default();
    let known = |(name, _): &&(&str, &str)| first.eq_ignore_ascii_case(name);
    let named = NAMES.iter().find(known).or_else(|| CODES.iter().find(known)).map(|(_, code)| *code);
    named
        .or_else(|| TABLE.iter().map(|(code, _)| *code).find(|code| first.eq_ignore_ascii_case(code)))
        .unwrap_or("en")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_of_chapters_are_told_from_sentences() {
        for heading in [
            "Chapter 1",
            "CHAPTER IV. The Whale",
            "Chapter Twenty-One",
            "BOOK THE FIRST",
            "Prologue",
            "Epilogue: Years later",
            "Erstes Kapitel",
            "Kapitel 3",
            "Chapitre premier",
        ] {
            assert!(names_a_chapter(heading), "{heading}");
        }
        for text in [
            "Chapter and verse were read.",
            "Part of it is gone.",
            "Book a room.",
            "The Book",
            "Introduction of errors",
            "",
        ] {
            assert!(!names_a_chapter(text), "{text}");
        }
    }

    #[test]
    fn languages_are_known_by_codes_and_names() {
        for (name, word) in [
            ("de-AT", "Tabelle."),
            ("french_24l", "Tableau."),
            ("nl", "Tabel."),
            ("ita", "Tabella."),
            ("xx", "Table."),
        ] {
            assert_eq!(table(name), word, "{name}");
        }
    }
}
