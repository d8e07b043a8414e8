//! The languages that texts can be normalized in.

use std::sync::OnceLock;

use crate::rbnf::Locale;
use crate::table::Table;

/// A language with its own table in `languages/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Language {
    /// English, with American dates.
    English,
    /// French.
    French,
    /// German.
    German,
    /// Spanish.
    Spanish,
    /// Italian.
    Italian,
    /// Portuguese as in Brazil.
    Portuguese,
    /// Portuguese as in Portugal.
    EuropeanPortuguese,
    /// Dutch.
    Dutch,
}

impl Language {
    /// All languages.
    pub const ALL: [Self; 8] = [
        Self::English,
        Self::French,
        Self::German,
        Self::Spanish,
        Self::Italian,
        Self::Portuguese,
        Self::EuropeanPortuguese,
        Self::Dutch,
    ];

    /// The English name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "english",
            Self::French => "french",
            Self::German => "german",
            Self::Spanish => "spanish",
            Self::Italian => "italian",
            Self::Portuguese => "portuguese",
            Self::EuropeanPortuguese => "portuguese_european",
            Self::Dutch => "dutch",
        }
    }

    /// The ISO 639-1 code, with a region if there are two variants.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
            Self::German => "de",
            Self::Spanish => "es",
            Self::Italian => "it",
            Self::Portuguese => "pt",
            Self::EuropeanPortuguese => "pt-PT",
            Self::Dutch => "nl",
        }
    }

    /// The language of a name (`french`), of a code with or without a region (`fr`, `fr-CA`, `pt_PT`), or of the name of
    /// a model that begins with a language (`french_24l`), in any case.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase().replace('-', "_");
        let exact = |language: &Self| {
            name == language.name() || name == language.code().to_ascii_lowercase().replace('-', "_")
        };
        if let Some(language) = Self::ALL.into_iter().find(exact) {
            return Some(language);
        }
        let first = name.split('_').next().unwrap_or_default();
        let is_first = |language: &Self| first == language.name() || first == language.code();
        Self::ALL.into_iter().find(is_first)
    }

    pub(crate) fn locale(self) -> Locale {
        match self {
            Self::English => Locale::English,
            Self::French => Locale::French,
            Self::German => Locale::German,
            Self::Spanish => Locale::Spanish,
            Self::Italian => Locale::Italian,
            Self::Portuguese => Locale::BrazilianPortuguese,
            Self::EuropeanPortuguese => Locale::EuropeanPortuguese,
            Self::Dutch => Locale::Dutch,
        }
    }

    /// The text of the language's table, and of the table of which it is a variant.
    fn source(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::English => (include_str!("../languages/english.toml"), None),
            Self::French => (include_str!("../languages/french.toml"), None),
            Self::German => (include_str!("../languages/german.toml"), None),
            Self::Spanish => (include_str!("../languages/spanish.toml"), None),
            Self::Italian => (include_str!("../languages/italian.toml"), None),
            Self::Portuguese => (include_str!("../languages/portuguese.toml"), None),
            Self::EuropeanPortuguese => (
                include_str!("../languages/portuguese_european.toml"),
                Some(include_str!("../languages/portuguese.toml")),
            ),
            Self::Dutch => (include_str!("../languages/dutch.toml"), None),
        }
    }

    /// The table, read once.
    pub(crate) fn table(self) -> &'static Table {
        static TABLES: [OnceLock<Table>; Language::ALL.len()] =
            [const { OnceLock::new() }; Language::ALL.len()];
        TABLES[self as usize].get_or_init(|| {
            let (own, base) = self.source();
            Table::read(own, base, self.name())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rbnf::Speller;

    #[test]
    fn languages_are_found_by_name_code_and_model() {
        for (name, language) in [
            ("english", Some(Language::English)),
            ("english_2026-01", Some(Language::English)),
            ("FR", Some(Language::French)),
            ("fr-CA", Some(Language::French)),
            ("french_24l", Some(Language::French)),
            ("pt", Some(Language::Portuguese)),
            ("pt-BR", Some(Language::Portuguese)),
            ("pt_PT", Some(Language::EuropeanPortuguese)),
            ("portuguese_european", Some(Language::EuropeanPortuguese)),
            ("portuguese_24l", Some(Language::Portuguese)),
            ("klingon", None),
            ("", None),
        ] {
            assert_eq!(Language::of_name(name), language, "{name}");
        }
    }

    #[test]
    fn every_table_can_be_read_and_names_rule_sets_that_exist() {
        for language in Language::ALL {
            language.table();
            let speller = Speller::of(language.locale());
            let (own, base) = language.source();
            let quoted = own.split('"').chain(base.unwrap_or_default().split('"'));
            for rule_set in quoted.filter(|text| text.starts_with("spellout-")) {
                assert!(speller.has(rule_set), "{} has no {rule_set}", language.name());
            }
        }
    }
}
